//! Runs of both sides to rows × runs of one metric.

use rayon::prelude::*;

use super::keys::{Keys, RowId};
use super::run::Run;

/// A row's identity as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name as pprof prints it.
    pub name: String,
    /// A source file, empty if unknown.
    pub file: String,
}

/// The costs of one metric: for each row a flat and a cum value in each run, base runs first.
///
/// Rows stand in the order of their names; a row without a cost in any run is left out.
#[derive(Debug, Clone)]
pub struct Matrix {
    /// What each row is.
    pub rows: Vec<Row>,
    /// Number of base runs.
    pub base_runs: usize,
    /// Number of new runs.
    pub new_runs: usize,
    flat: Vec<i64>,
    cum: Vec<i64>,
}

impl Matrix {
    /// Picks the column of sample type number `columns[run]` from each run.
    #[must_use]
    pub fn new(keys: &Keys, base: &[Run], new: &[Run], columns: &[usize]) -> Self {
        let runs = base.len() + new.len();
        let ids = keys.in_order();
        // Position of each row id in the order of names.
        let mut position = vec![0_usize; ids.len()];
        for (at, id) in ids.iter().enumerate() {
            position[id.index()] = at;
        }
        let mut flat = vec![0_i64; ids.len() * runs];
        let mut cum = flat.clone();
        for (index, (run, &column)) in base.iter().chain(new).zip(columns).enumerate() {
            for (row, own, all) in run.costs() {
                flat[position[row] * runs + index] = own[column];
                cum[position[row] * runs + index] = all[column];
            }
        }
        let stride = runs.max(1);
        let is_used: Vec<bool> = flat
            .par_chunks_exact(stride)
            .zip(cum.par_chunks_exact(stride))
            .map(|(flat, cum)| flat.iter().chain(cum).any(|&value| value != 0))
            .collect();
        let used: Vec<RowId> =
            ids.iter().zip(&is_used).filter(|(_, used)| **used).map(|(&id, _)| id).collect();
        if used.len() < ids.len() {
            retain_rows(&mut flat, stride, &is_used);
            retain_rows(&mut cum, stride, &is_used);
        }
        let rows = used.par_iter().map(|&id| Row { name: keys.name(id), file: keys.file(id) }).collect();
        Self { rows, base_runs: base.len(), new_runs: new.len(), flat, cum }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row has a cost.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The flat costs of `row`: those of the base runs and those of the new runs.
    #[must_use]
    pub fn flat(&self, row: usize) -> (&[i64], &[i64]) {
        self.sides(&self.flat, row)
    }

    /// The cum costs of `row`: those of the base runs and those of the new runs.
    #[must_use]
    pub fn cum(&self, row: usize) -> (&[i64], &[i64]) {
        self.sides(&self.cum, row)
    }

    fn sides<'a>(&self, values: &'a [i64], row: usize) -> (&'a [i64], &'a [i64]) {
        let runs = self.base_runs + self.new_runs;
        values[row * runs..(row + 1) * runs].split_at(self.base_runs)
    }
}

/// Keeps the rows of `values`, `stride` entries each, that are marked.
fn retain_rows(values: &mut Vec<i64>, stride: usize, is_kept: &[bool]) {
    let mut end = 0;
    for (row, _) in is_kept.iter().enumerate().filter(|(_, kept)| **kept) {
        values.copy_within(row * stride..(row + 1) * stride, end);
        end += stride;
    }
    values.truncate(end);
}
