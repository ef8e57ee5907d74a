//! Turns texts into the indices of a profile's string table.

use std::collections::HashMap;

/// The string table of one profile; index 0 is the empty string.
pub(crate) struct StringTable<'a> {
    indices: HashMap<&'a str, u64>,
    table: Vec<&'a str>,
}

impl<'a> StringTable<'a> {
    pub(crate) fn new() -> Self {
        Self { indices: HashMap::from([("", 0)]), table: vec![""] }
    }

    /// The index of `text`, added to the table on first use.
    pub(crate) fn index(&mut self, text: &'a str) -> u64 {
        *self.indices.entry(text).or_insert_with(|| {
            self.table.push(text);
            self.table.len() as u64 - 1
        })
    }

    /// The texts in the order of their indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'a str> {
        self.table.iter().copied()
    }
}
