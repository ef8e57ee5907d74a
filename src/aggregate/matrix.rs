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
    /// The line of the file that the row begins on, 0 if unknown.
    pub line: i64,
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
    /// Whether any function has a cost on both sides.
    pub has_common_functions: bool,
    ids: Vec<RowId>,
    flat: Vec<i64>,
    cum: Vec<i64>,
}

/// The sums of one column for the rows of a [`Matrix`]: rows × runs, base runs first.
#[derive(Debug, Clone)]
pub struct Cells {
    /// Flat sums, where the leaves that preemption adds count as what they interrupted.
    pub flat: Vec<i64>,
    /// Cum sums.
    pub cum: Vec<i64>,
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
        let has_common_functions = has_common_functions(keys, &used, &cum, base.len(), stride);
        let rows = used
            .par_iter()
            .map(|&id| Row { name: keys.name(id), file: keys.file(id), line: keys.line(id) })
            .collect();
        Self { rows, base_runs: base.len(), new_runs: new.len(), has_common_functions, ids: used, flat, cum }
    }

    /// The costs of `column` in the same rows of the same runs: each row keeps its number, whether or not it has a cost
    /// there.
    #[must_use]
    pub fn of_column(&self, base: &[Run], new: &[Run], column: usize) -> Self {
        let Cells { flat, cum } = self.sums(base, new, column, false);
        Self { flat, cum, rows: self.rows.clone(), ids: self.ids.clone(), ..*self }
    }

    /// The sums of `column` for the same rows of the same runs, for statistics.
    #[must_use]
    pub fn cells(&self, base: &[Run], new: &[Run], column: usize) -> Cells {
        self.sums(base, new, column, true)
    }

    /// The sums of `column`; of interrupted leaves at their callers if `is_moved`.
    fn sums(&self, base: &[Run], new: &[Run], column: usize, is_moved: bool) -> Cells {
        let runs = self.base_runs + self.new_runs;
        let known = self.ids.iter().map(|id| id.index() + 1).max().unwrap_or(0);
        let mut position = vec![usize::MAX; known];
        for (at, id) in self.ids.iter().enumerate() {
            position[id.index()] = at;
        }
        let place = |row: usize| position.get(row).copied().filter(|&at| at != usize::MAX);
        let mut cells = Cells { flat: vec![0; self.len() * runs], cum: vec![0; self.len() * runs] };
        for (index, run) in base.iter().chain(new).enumerate() {
            for (row, own, all) in run.costs() {
                if let Some(at) = place(row) {
                    cells.flat[at * runs + index] = own[column];
                    cells.cum[at * runs + index] = all[column];
                }
            }
            for (leaf, caller, sums) in run.interrupted().iter().filter(|_| is_moved) {
                if let (Some(leaf), Some(caller)) = (place(leaf.index()), place(caller.index())) {
                    cells.flat[leaf * runs + index] -= sums[column];
                    cells.flat[caller * runs + index] += sums[column];
                }
            }
        }
        cells
    }

    /// The rows' ids in [`Keys`].
    #[must_use]
    pub fn ids(&self) -> &[RowId] {
        &self.ids
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

/// Whether a function has a cum cost on both sides, be it in different rows.
fn has_common_functions(keys: &Keys, rows: &[RowId], cum: &[i64], base_runs: usize, stride: usize) -> bool {
    let has_cost = |runs: &[i64]| runs.iter().any(|&value| value != 0);
    let mut has_base = vec![false; keys.texts()];
    let mut has_new = vec![false; keys.texts()];
    for (&row, runs) in rows.iter().zip(cum.chunks_exact(stride)) {
        let place = keys.place_of(row).index();
        let (base, new) = runs.split_at(base_runs);
        has_base[place] |= has_cost(base);
        has_new[place] |= has_cost(new);
    }
    has_base.iter().zip(&has_new).any(|(base, new)| *base && *new)
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
