//! The samples of some leaves to what they add to each row above them.
//!
//! A row's cum is part of what other rows are compared with, but for the samples that end in a row which is not. How
//! much that is shows only in the samples.

use std::sync::Mutex;

use rayon::prelude::*;

use super::keys::{Detail, Keys, LocationRows, RowId};
use crate::error::Result;
use crate::profile::{LocationId, Profile, SampleStream};

/// Sums of one column by row, over the samples whose leaf is of interest.
#[derive(Debug)]
struct Below<'a> {
    /// For each row whether samples that end in it count.
    is_leaf: &'a [bool],
    column: usize,
    sums: Vec<i64>,
    seen: Vec<u32>,
    sample: u32,
}

impl<'a> Below<'a> {
    fn new(is_leaf: &'a [bool], column: usize) -> Self {
        let rows = is_leaf.len();
        Self { is_leaf, column, sums: vec![0; rows], seen: vec![0; rows], sample: 0 }
    }

    fn add(&mut self, rows: &LocationRows, stack: &[LocationId], values: &[i64]) {
        let Some(&leaf) = stack.first().and_then(|&location| rows.of(location).first()) else { return };
        let leaf = rows.interrupted(leaf, stack).unwrap_or(leaf);
        let value = values[self.column];
        // A file that changed since it was first read may have other rows.
        if value == 0 || self.is_leaf.get(leaf.index()) != Some(&true) {
            return;
        }
        self.sample = self.sample.wrapping_add(1);
        if self.sample == 0 {
            self.seen.fill(0);
            self.sample = 1;
        }
        for row in stack.iter().flat_map(|&location| rows.of(location)) {
            let Some(seen) = self.seen.get_mut(row.index()) else { continue };
            if *seen != self.sample {
                *seen = self.sample;
                // Sums were found to fit when the profile was aggregated.
                self.sums[row.index()] = self.sums[row.index()].wrapping_add(value);
            }
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        for (sum, value) in self.sums.iter_mut().zip(&other.sums) {
            *sum = sum.wrapping_add(*value);
        }
        self
    }
}

/// For each row the part of its cum in `column` that comes from samples which end in a row that `is_leaf` marks.
///
/// # Errors
/// When a sample is damaged.
pub fn below(
    stream: &impl SampleStream,
    keys: &Mutex<Keys>,
    detail: Detail,
    is_leaf: &[bool],
    column: usize,
) -> Result<Vec<i64>> {
    let rows = located(stream.profile(), keys, detail)?;
    let sums = (0..stream.chunks())
        .into_par_iter()
        .try_fold(
            || Below::new(is_leaf, column),
            |mut below, chunk| {
                stream.walk(chunk, |stack, values| below.add(&rows, stack, values))?;
                Ok(below)
            },
        )
        .try_reduce(|| Below::new(is_leaf, column), |a, b| Ok(a.plus(&b)))?;
    Ok(sums.sums)
}

/// The rows of the profile's locations, all of which are known.
fn located(profile: &Profile, keys: &Mutex<Keys>, detail: Detail) -> Result<LocationRows> {
    keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner).locate(profile, detail)
}

/// Marks `rows` among `count` rows.
#[must_use]
pub fn marked(rows: &[RowId], count: usize) -> Vec<bool> {
    let mut marks = vec![false; count];
    for row in rows {
        marks[row.index()] = true;
    }
    marks
}
