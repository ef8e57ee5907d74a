//! A slice of numbers into a table of rows and runs, both sides next to each other.

use std::fmt;

/// One thing for each of the two sides that are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// The side that is compared against.
    pub base: T,
    /// The side that is judged.
    pub new: T,
}

impl<T> Sides<T> {
    /// The two sides changed places.
    #[must_use]
    pub fn swapped(self) -> Self {
        Sides { base: self.new, new: self.base }
    }

    /// The same function of each side.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Sides<U> {
        Sides { base: f(self.base), new: f(self.new) }
    }
}

impl Sides<f64> {
    /// Base and new together.
    #[must_use]
    pub fn sum(self) -> f64 {
        self.base + self.new
    }
}

/// Non-negative numbers for rows × runs: row-major, within a row the base runs first, then the new runs.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    cells: &'a [f64],
    runs: Sides<usize>,
}

/// Why a slice is not a table of counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// A side has no run.
    NoRuns,
    /// The slice's length is not a multiple of the number of runs.
    Ragged {
        /// Length of the slice.
        cells: usize,
        /// Runs of both sides.
        runs: usize,
    },
    /// A cell is negative, infinite or not a number.
    NotACount {
        /// Row of the cell.
        row: usize,
        /// Run of the cell, base runs first.
        run: usize,
    },
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TableError::NoRuns => write!(f, "a side has no run"),
            TableError::Ragged { cells, runs } => write!(f, "{cells} cells do not fill rows of {runs} runs"),
            TableError::NotACount { row, run } => write!(f, "row {row}, run {run} is not a count"),
        }
    }
}

impl std::error::Error for TableError {}

impl<'a> Table<'a> {
    /// Takes `cells` as rows of `runs.base + runs.new` numbers.
    ///
    /// # Errors
    ///
    /// If a side has no run, the last row is incomplete, or a cell is negative or not finite.
    pub fn new(cells: &'a [f64], runs: Sides<usize>) -> Result<Self, TableError> {
        let width = runs.base.saturating_add(runs.new);
        if runs.base == 0 || runs.new == 0 {
            return Err(TableError::NoRuns);
        }
        if !cells.len().is_multiple_of(width) {
            return Err(TableError::Ragged { cells: cells.len(), runs: width });
        }
        if let Some(cell) = cells.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
            return Err(TableError::NotACount { row: cell / width, run: cell % width });
        }
        Ok(Table { cells, runs })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.cells.len() / self.width()
    }

    /// Number of runs of each side.
    #[must_use]
    pub fn runs(&self) -> Sides<usize> {
        self.runs
    }

    /// Number of runs of both sides: the length of a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.runs.base + self.runs.new
    }

    /// One row, base runs first.
    #[must_use]
    pub fn row(&self, row: usize) -> &'a [f64] {
        &self.cells[row * self.width()..(row + 1) * self.width()]
    }

    /// One row's cells of each side.
    #[must_use]
    pub fn sides(&self, row: usize) -> Sides<&'a [f64]> {
        let (base, new) = self.row(row).split_at(self.runs.base);
        Sides { base, new }
    }

    /// One row's sum over the runs of each side.
    #[must_use]
    pub fn sums(&self, row: usize) -> Sides<f64> {
        self.sides(row).map(|side| side.iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_a_table_of_counts() {
        let runs = Sides { base: 1, new: 2 };
        assert_eq!(Table::new(&[], Sides { base: 0, new: 2 }).unwrap_err(), TableError::NoRuns);
        assert_eq!(Table::new(&[1.0; 4], runs).unwrap_err(), TableError::Ragged { cells: 4, runs: 3 });
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let error = Table::new(&[0.0, 1.0, 2.0, 3.0, bad, 5.0], runs).unwrap_err();
            assert_eq!(error, TableError::NotACount { row: 1, run: 1 });
        }
    }

    #[test]
    fn splits_rows_into_sides() {
        let table = Table::new(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0], Sides { base: 1, new: 2 }).unwrap();
        assert_eq!(table.rows(), 2);
        assert_eq!(table.sums(1), Sides { base: 8.0, new: 48.0 });
        assert_eq!(table.sides(0).new, [2.0, 4.0]);
    }
}
