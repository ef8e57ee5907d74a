//! A row of the comparison to a place in the repository, which forges can show beside the code.

use hashbrown::HashMap;

use crate::verdict::{Comparison, FunctionChange, Violation};

/// What is known of the repository that reports are read in.
pub struct Places<'a> {
    /// The path from the repository's root of a source file as the profile names it; `None` if it lies outside.
    pub locate: &'a dyn Fn(&str) -> Option<String>,
    /// The file in the repository that states the limits, where what has no place of its own is shown.
    pub limits: Option<String>,
}

/// A place in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The path from the repository's root, with slashes.
    pub(super) path: String,
    /// The line, if it is known.
    pub(super) line: Option<i64>,
}

/// The places of the rows of one comparison.
pub(super) struct RowPlaces<'a> {
    places: &'a Places<'a>,
    rows: HashMap<&'a str, &'a FunctionChange>,
}

impl<'a> RowPlaces<'a> {
    pub(super) fn new(comparison: &'a Comparison, places: &'a Places<'a>) -> Self {
        // Nothing is looked up where nothing is broken.
        let is_needed = !comparison.violations.is_empty() || !comparison.accepted.is_empty();
        let rows = comparison.functions.iter().filter(|_| is_needed).map(|row| (&*row.name, row));
        Self { places, rows: rows.collect() }
    }

    /// Where the row of `violation` begins; `None` for the total, and for what lies outside of the repository.
    pub(super) fn of(&self, violation: &Violation) -> Option<Place> {
        let row = self.rows.get(violation.function.as_deref()?)?;
        let path = (self.places.locate)(&row.file).filter(|_| !row.file.is_empty())?;
        Some(Place { path, line: Some(row.line).filter(|&line| line > 0) })
    }

    /// Where to show `violation`: where its row begins, else where the limits stand.
    pub(super) fn of_any(&self, violation: &Violation) -> Option<Place> {
        let limits = || self.places.limits.clone().map(|path| Place { path, line: None });
        self.of(violation).or_else(limits)
    }
}
