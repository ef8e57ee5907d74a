//! The measurements of a profile: stacks, values and labels as columns.

use super::{LocationId, Profile, StrId};
use crate::error::Result;

/// A label's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LabelValue {
    /// A text.
    Text(StrId),
    /// A number with its unit, which is empty if the file has none.
    Number(i64, StrId),
}

/// A label of a sample. A key may stand several times; the order of its values is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    /// The key.
    pub key: StrId,
    /// The value.
    pub value: LabelValue,
}

/// A profile whose samples stand somewhere else, and are read in chunks as they are needed.
pub trait SampleStream: Sync {
    /// Everything but the samples.
    fn profile(&self) -> &Profile;

    /// Number of chunks, which may be read in any order and in parallel.
    fn chunks(&self) -> usize;

    /// Hands each sample of a chunk to `visit`: its stack, leaf first, and its values.
    ///
    /// # Errors
    /// When a sample is damaged.
    fn walk(&self, chunk: usize, visit: impl FnMut(&[LocationId], &[i64])) -> Result<()>;
}

/// A profile in memory is one chunk.
impl SampleStream for Profile {
    fn profile(&self) -> &Profile {
        self
    }

    fn chunks(&self) -> usize {
        1
    }

    fn walk(&self, _: usize, mut visit: impl FnMut(&[LocationId], &[i64])) -> Result<()> {
        for sample in self.samples.iter() {
            visit(sample.stack, sample.values);
        }
        Ok(())
    }
}

/// All samples of a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Samples {
    width: usize,
    ends: Vec<u32>,
    locations: Vec<LocationId>,
    values: Vec<i64>,
    label_ends: Vec<u32>,
    labels: Vec<Label>,
}

/// One sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleView<'a> {
    /// The stack, leaf first.
    pub stack: &'a [LocationId],
    /// One value for each sample type.
    pub values: &'a [i64],
    /// The labels in the order of the file.
    pub labels: &'a [Label],
}

impl Samples {
    /// No samples, each to have `width` values.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Number of values of each sample.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a sample.
    ///
    /// # Panics
    /// When the number of values is not the width, or past 2³² frames or labels, which no input below the
    /// size limits can hold.
    pub fn push(
        &mut self,
        stack: impl IntoIterator<Item = LocationId>,
        values: impl IntoIterator<Item = i64>,
        labels: impl IntoIterator<Item = Label>,
    ) {
        self.locations.extend(stack);
        self.values.extend(values);
        self.labels.extend(labels);
        let fits = "inputs are limited to 4 GiB";
        self.ends.push(u32::try_from(self.locations.len()).expect(fits));
        self.label_ends.push(u32::try_from(self.labels.len()).expect(fits));
        assert_eq!(self.values.len(), self.ends.len() * self.width, "one value for each sample type");
    }

    /// Sample number `row`.
    #[must_use]
    pub fn get(&self, row: usize) -> SampleView<'_> {
        let start = |ends: &[u32]| if row == 0 { 0 } else { ends[row - 1] as usize };
        SampleView {
            stack: &self.locations[start(&self.ends)..self.ends[row] as usize],
            values: &self.values[row * self.width..(row + 1) * self.width],
            labels: &self.labels[start(&self.label_ends)..self.label_ends[row] as usize],
        }
    }

    /// The samples in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = SampleView<'_>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// All values, row by row, for changes that keep their number.
    pub fn values_mut(&mut self) -> &mut [i64] {
        &mut self.values
    }

    /// Sum of each column; wraps as pprof's sums do.
    #[must_use]
    pub fn column_sums(&self) -> Vec<i64> {
        let mut sums = vec![0_i64; self.width];
        for sample in self.iter() {
            for (sum, &value) in sums.iter_mut().zip(sample.values) {
                *sum = sum.wrapping_add(value);
            }
        }
        sums
    }

    /// Sum of the magnitudes of each column, which pprof calls the total; `None` if one passes 2⁶³. If none does,
    /// no sum of values wraps either.
    #[must_use]
    pub fn column_magnitudes(&self) -> Option<Vec<i64>> {
        let mut sums = vec![0_i64; self.width];
        for sample in self.iter() {
            for (sum, &value) in sums.iter_mut().zip(sample.values) {
                *sum = value.checked_abs().and_then(|value| sum.checked_add(value))?;
            }
        }
        Some(sums)
    }
}
