//! Places in the program: one row for each address, its lines by range.

use super::{FunctionId, LocationId, MappingId};

/// A place in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Location {
    /// The id in the file; unique, never 0.
    pub id: u64,
    /// The mapping the address lies in.
    pub mapping: Option<MappingId>,
    /// The instruction's address, 0 if unknown.
    pub address: u64,
    /// Whether the linker folded other functions into this one.
    pub is_folded: bool,
}

/// A source position in a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Line {
    /// The function.
    pub function: FunctionId,
    /// The line, 0 if unknown.
    pub line: i64,
    /// The column, 0 if unknown.
    pub column: i64,
}

/// All locations of a profile.
///
/// The lines of a location stand innermost first: all but the last were inlined into the one after them. A
/// location without lines was never symbolized, or a filter removed what it had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locations {
    /// Indexed by [`LocationId`].
    pub rows: Vec<Location>,
    ends: Vec<u32>,
    lines: Vec<Line>,
}

impl Locations {
    /// Number of locations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Appends a location with its lines, innermost first.
    ///
    /// # Panics
    /// Past 2³² lines, which no input below the size limits can hold.
    pub fn push(&mut self, row: Location, lines: impl IntoIterator<Item = Line>) {
        self.lines.extend(lines);
        self.ends.push(u32::try_from(self.lines.len()).expect("inputs are limited to 4 GiB"));
        self.rows.push(row);
    }

    /// The row of `id`.
    #[must_use]
    pub fn row(&self, id: LocationId) -> &Location {
        &self.rows[id.index()]
    }

    /// The lines of `id`, innermost first.
    #[must_use]
    pub fn lines(&self, id: LocationId) -> &[Line] {
        let start = if id.index() == 0 { 0 } else { self.ends[id.index() - 1] };
        &self.lines[start as usize..self.ends[id.index()] as usize]
    }

    /// Every line of every location, for changes that keep their number.
    pub fn lines_mut(&mut self) -> &mut [Line] {
        &mut self.lines
    }

    /// Every id in order.
    pub fn ids(&self) -> impl Iterator<Item = LocationId> + use<> {
        (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).map(LocationId::new)
    }

    /// The same locations with the lines that `keep` copies from each location's own into the vector it is
    /// given, which is empty each time.
    #[must_use]
    pub fn with_lines(&self, mut keep: impl FnMut(LocationId, &[Line], &mut Vec<Line>)) -> Self {
        let mut kept = Self::default();
        let mut lines = Vec::new();
        for id in self.ids() {
            keep(id, self.lines(id), &mut lines);
            kept.push(*self.row(id), lines.drain(..));
        }
        kept
    }
}
