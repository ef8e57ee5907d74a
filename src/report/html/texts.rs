//! Texts to positions in one list, so that a page holds each of them once.

use hashbrown::HashMap;

/// Texts by position.
#[derive(Default)]
pub(super) struct Texts<'a> {
    pub(super) texts: Vec<&'a str>,
    index: HashMap<&'a str, u32>,
}

impl<'a> Texts<'a> {
    /// The position of `text`, which is added if it is not there yet.
    pub(super) fn position(&mut self, text: &'a str) -> u32 {
        // A page has fewer texts than bytes.
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.index.entry(text).or_insert_with(|| {
            self.texts.push(text);
            next
        })
    }
}

/// What `text` takes in the island.
pub(super) fn text_bytes(text: &str) -> usize {
    let escapes = text.bytes().filter(|&byte| byte < b' ' || matches!(byte, b'<' | b'"' | b'\\')).count();
    text.len() + escapes * 5 + 3
}
