//! Stacks one after the other to cum sums by row.
//!
//! A sample mostly begins like the one before it. What stands on both stacks stays open and is added up once for all
//! samples that share it: a frame costs something when it comes and when it goes.

use super::keys::{LocationRows, RowId};
use crate::profile::LocationId;

/// The stack at hand, and what was spent under its frames since they came.
#[derive(Debug)]
pub(super) struct OpenPath {
    /// Leaf first.
    stack: Vec<LocationId>,
    /// The rows on the stack, outermost first; each once, where it stands for the first time.
    rows: Vec<RowId>,
    /// For each location from the outermost on the end of its part of `rows`.
    ends: Vec<usize>,
    /// For each location from the outermost on the values of the samples that ended there, or below it and went.
    spent: Vec<i64>,
    /// For each row whether it stands in `rows`.
    is_open: Vec<bool>,
}

impl OpenPath {
    /// The empty stack, in a program of so many rows.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            stack: Vec::new(),
            rows: Vec::new(),
            ends: Vec::new(),
            spent: Vec::new(),
            is_open: vec![false; rows],
        }
    }

    /// Goes to `stack`, leaf first, and spends `values` there, one for each column. What goes is added to `cum`, the
    /// sums of each row one after the other.
    #[inline]
    pub(super) fn spend(
        &mut self,
        rows: &LocationRows,
        stack: &[LocationId],
        values: &[i64],
        cum: &mut [i64],
    ) {
        // A number of columns that the compiler knows takes half the time.
        match values.len() {
            1 => self.spend_columns(1, rows, stack, values, cum),
            2 => self.spend_columns(2, rows, stack, values, cum),
            4 => self.spend_columns(4, rows, stack, values, cum),
            width => self.spend_columns(width, rows, stack, values, cum),
        }
    }

    #[expect(clippy::inline_always, reason = "for the compiler to know the width")]
    #[inline(always)]
    fn spend_columns(
        &mut self,
        width: usize,
        rows: &LocationRows,
        stack: &[LocationId],
        values: &[i64],
        cum: &mut [i64],
    ) {
        let pairs = self.stack.iter().rev().zip(stack.iter().rev());
        let shared = pairs.take_while(|(before, now)| before == now).count();
        self.close(width, shared, cum);
        for &location in stack[..stack.len() - shared].iter().rev() {
            for &row in rows.of(location) {
                if !std::mem::replace(&mut self.is_open[row.index()], true) {
                    self.rows.push(row);
                }
            }
            self.ends.push(self.rows.len());
            self.spent.resize(self.spent.len() + width, 0);
        }
        self.stack.clear();
        self.stack.extend_from_slice(stack);
        if let Some(start) = self.spent.len().checked_sub(width) {
            add_all(&mut self.spent[start..], &values[..width]);
        }
    }

    /// Lets all frames go.
    pub(super) fn leave(&mut self, width: usize, cum: &mut [i64]) {
        self.close(width, 0, cum);
        self.stack.clear();
    }

    /// Lets all but the outermost `kept` locations go.
    #[expect(clippy::inline_always, reason = "for the compiler to know the width")]
    #[inline(always)]
    fn close(&mut self, width: usize, kept: usize, cum: &mut [i64]) {
        while self.ends.len() > kept {
            self.ends.pop();
            let rows = self.ends.last().copied().unwrap_or(0);
            let (above, spent) = self.spent.split_at_mut(self.ends.len() * width);
            for row in self.rows.drain(rows..) {
                self.is_open[row.index()] = false;
                let start = row.index() * width;
                add_all(&mut cum[start..start + width], spent);
            }
            if let Some(start) = above.len().checked_sub(width) {
                add_all(&mut above[start..], spent);
            }
            let length = above.len();
            self.spent.truncate(length);
        }
    }
}

/// Adds `values` to `sums`, column by column.
#[inline]
pub(super) fn add_all(sums: &mut [i64], values: &[i64]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum = sum.wrapping_add(value);
    }
}
