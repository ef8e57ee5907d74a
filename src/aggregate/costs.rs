//! Stacks with values to flat and cum sums by row.

use super::keys::{LocationRows, RowId};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::LocationId;

/// Running sums over samples. Recursion counts once: a sample adds to the cum of each row on its stack one time.
#[derive(Debug)]
pub struct Costs {
    width: usize,
    /// For each row `width` flat sums, then `width` cum sums.
    sums: Vec<i64>,
    /// The last sample that added to a row's cum, counted from 1.
    seen: Vec<u32>,
    sample: u32,
    /// Number of samples read.
    samples: u64,
    totals: Vec<i64>,
    magnitudes: Vec<i64>,
    has_overflowed: bool,
}

impl Costs {
    /// Zeros for `rows` rows and `width` sample types.
    #[must_use]
    pub fn new(rows: usize, width: usize) -> Self {
        Self {
            width,
            sums: vec![0; rows * width * 2],
            seen: vec![0; rows],
            sample: 0,
            samples: 0,
            totals: vec![0; width],
            magnitudes: vec![0; width],
            has_overflowed: false,
        }
    }

    /// Adds one sample: its stack, leaf first, and its values.
    #[inline]
    pub fn add(&mut self, rows: &LocationRows, stack: &[LocationId], values: &[i64]) {
        self.samples += 1;
        self.sample = self.sample.wrapping_add(1);
        if self.sample == 0 {
            self.seen.fill(0);
            self.sample = 1;
        }
        for ((total, magnitude), &value) in self.totals.iter_mut().zip(&mut self.magnitudes).zip(values) {
            self.has_overflowed |= add_to(total, value);
            self.has_overflowed |= add_to(magnitude, value.saturating_abs());
        }
        if values.iter().all(|&value| value == 0) {
            return;
        }
        let stride = self.width * 2;
        if let Some(leaf) = stack.first().and_then(|&location| rows.of(location).first()) {
            let start = leaf.index() * stride;
            for (sum, &value) in self.sums[start..start + self.width].iter_mut().zip(values) {
                self.has_overflowed |= add_to(sum, value);
            }
        }
        for &location in stack {
            for row in rows.of(location) {
                let seen = &mut self.seen[row.index()];
                if *seen == self.sample {
                    continue;
                }
                *seen = self.sample;
                let start = row.index() * stride + self.width;
                for (sum, &value) in self.sums[start..start + self.width].iter_mut().zip(values) {
                    self.has_overflowed |= add_to(sum, value);
                }
            }
        }
    }

    /// Adds the sums of `other`, which counted other samples of the same profile.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        let pairs = [
            (&mut self.sums, &other.sums),
            (&mut self.totals, &other.totals),
            (&mut self.magnitudes, &other.magnitudes),
        ];
        for (ours, theirs) in pairs {
            for (sum, &value) in ours.iter_mut().zip(theirs) {
                self.has_overflowed |= add_to(sum, value);
            }
        }
        self.samples += other.samples;
        self.has_overflowed |= other.has_overflowed;
        self
    }

    /// Number of samples read.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Sum of each column.
    #[must_use]
    pub fn totals(&self) -> &[i64] {
        &self.totals
    }

    /// Sum of the magnitudes of each column: what pprof calls the total.
    #[must_use]
    pub fn magnitudes(&self) -> &[i64] {
        &self.magnitudes
    }

    /// The rows that any sample touched, with their flat sums followed by their cum sums, one for each type.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[i64])> {
        let stride = (self.width * 2).max(1);
        self.sums.chunks_exact(stride).enumerate().filter(|(_, sums)| sums.iter().any(|&sum| sum != 0))
    }

    /// Fails if a sum did not fit: a verdict on wrapped numbers would be worse than none.
    ///
    /// # Errors
    /// When any sum passed 2⁶³.
    pub fn check(&self) -> Result<()> {
        if self.has_overflowed {
            return Err(Error::new(ErrorKind::Malformed, "the values add up to more than 2^63")
                .help("the profile is damaged, or its unit is too fine for what it holds"));
        }
        Ok(())
    }
}

/// Adds `value` to `sum` and says whether that overflowed.
#[inline]
fn add_to(sum: &mut i64, value: i64) -> bool {
    let (added, has_overflowed) = sum.overflowing_add(value);
    *sum = added;
    has_overflowed
}

/// The row as an index, for callers that keep their own columns.
impl From<RowId> for usize {
    fn from(row: RowId) -> Self {
        row.index()
    }
}
