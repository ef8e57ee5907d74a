//! Stacks with values to flat and cum sums by row.

use std::collections::BTreeMap;

use super::events::Sampling;
use super::keys::{LocationRows, RowId};
use super::open_path::{OpenPath, add_all};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::LocationId;

/// Most sums of one table, 1 GiB of them: past a million functions with 64 sample types.
const MAX_SUMS: usize = 1 << 27;

/// Running sums over samples. Recursion counts once: a sample adds to the cum of each row on its stack one time.
#[derive(Debug)]
pub struct Costs {
    /// Number of sample types and of the columns that tell their variance.
    width: usize,
    /// For each row `width` flat sums.
    flat: Vec<i64>,
    /// For each row `width` cum sums, but for what is open.
    cum: Vec<i64>,
    open: OpenPath,
    /// Flat sums of preempted leaves: the row of the leaf, the row it interrupted.
    interrupted: BTreeMap<(RowId, RowId), Vec<i64>>,
    /// What the contentions of all samples can be divided by.
    divisor: u64,
    /// Values of the sample at hand, with their variances.
    wide: Vec<i64>,
    /// Number of samples read.
    samples: u64,
    totals: Vec<i64>,
    magnitudes: Vec<i64>,
    /// Whether a sum of magnitudes did not fit. No sum of values can pass that, so it alone is watched.
    has_overflowed: bool,
}

impl Costs {
    /// Zeros for `rows` rows, `types` sample types and `extra` columns that tell the variance of their values.
    ///
    /// # Errors
    /// When their sums pass 1 GiB or the memory that is left.
    pub fn new(rows: usize, types: usize, extra: usize) -> Result<Self> {
        let width = types.saturating_add(extra);
        let too_large = || {
            let problem = format!("sums for {rows} functions and {width} sample types need too much memory");
            Error::new(ErrorKind::Malformed, problem).help("check that the profiles are not damaged")
        };
        let zeros = |each: usize| {
            let count =
                rows.checked_mul(each).filter(|&count| count <= MAX_SUMS / 2).ok_or_else(too_large)?;
            let mut sums = Vec::new();
            sums.try_reserve_exact(count).map_err(|_| too_large())?;
            sums.resize(count, 0);
            Ok(sums)
        };
        Ok(Self {
            width,
            flat: zeros(width)?,
            cum: zeros(width)?,
            open: OpenPath::new(rows),
            interrupted: BTreeMap::new(),
            divisor: 0,
            wide: Vec::new(),
            samples: 0,
            totals: vec![0; types],
            magnitudes: vec![0; types],
            has_overflowed: false,
        })
    }

    /// Begins to add samples of a profile whose locations have these `rows`, and the variance of whose values `sampling`
    /// tells.
    pub fn adding<'a>(&'a mut self, rows: &'a LocationRows, sampling: &'a Sampling) -> Adding<'a> {
        Adding { costs: self, rows, sampling }
    }

    #[inline]
    fn add(&mut self, rows: &LocationRows, sampling: &Sampling, stack: &[LocationId], values: &[i64]) {
        self.samples += 1;
        for ((total, magnitude), &value) in self.totals.iter_mut().zip(&mut self.magnitudes).zip(values) {
            *total = total.wrapping_add(value);
            self.has_overflowed |= add_to(magnitude, value.saturating_abs());
        }
        if values.iter().all(|&value| value == 0) {
            return;
        }
        if let Some(column) = sampling.contentions().filter(|_| self.divisor != 1) {
            self.divisor = greatest_common_divisor(self.divisor, values[column].unsigned_abs());
        }
        let mut wide = std::mem::take(&mut self.wide);
        let values = sampling.widen(values, &mut wide);
        self.add_leaf(rows, stack, values);
        self.open.spend(rows, stack, values, &mut self.cum);
        self.wide = wide;
    }

    #[inline]
    fn add_leaf(&mut self, rows: &LocationRows, stack: &[LocationId], values: &[i64]) {
        if let Some(&leaf) = stack.first().and_then(|&location| rows.of(location).first()) {
            let start = leaf.index() * self.width;
            add_all(&mut self.flat[start..start + self.width], values);
            if let Some(caller) = rows.interrupted(leaf, stack) {
                let sums = self.interrupted.entry((leaf, caller)).or_insert_with(|| vec![0; self.width]);
                add_all(sums, values);
            }
        }
    }

    /// Adds the sums of `other`, which counted other samples of the same profile.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        add_all(&mut self.flat, &other.flat);
        add_all(&mut self.cum, &other.cum);
        add_all(&mut self.totals, &other.totals);
        for (&rows, values) in &other.interrupted {
            add_all(self.interrupted.entry(rows).or_insert_with(|| vec![0; self.width]), values);
        }
        self.divisor = greatest_common_divisor(self.divisor, other.divisor);
        for (magnitude, &value) in self.magnitudes.iter_mut().zip(&other.magnitudes) {
            self.has_overflowed |= add_to(magnitude, value);
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

    /// Flat sums of preempted leaves: the row of the leaf, the row it interrupted, and the sums.
    pub fn interrupted(&self) -> impl Iterator<Item = (RowId, RowId, &[i64])> {
        self.interrupted.iter().map(|(&(leaf, caller), sums)| (leaf, caller, &sums[..]))
    }

    /// What the contentions of all samples can be divided by, 0 if there were none: in a mutex profile the rate at
    /// which they were sampled, as each sample counts for that many (runtime/mprof.go).
    #[must_use]
    pub fn divisor(&self) -> u64 {
        self.divisor
    }

    /// The rows with a sum that is not 0: their numbers, flat sums and cum sums, one for each type.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &[i64], &[i64])> {
        let each = |sums| <[i64]>::chunks_exact(sums, self.width.max(1));
        let rows = each(&self.flat).zip(each(&self.cum)).enumerate();
        let is_used =
            |(_, (flat, cum)): &(usize, (&[i64], &[i64]))| flat.iter().chain(*cum).any(|&sum| sum != 0);
        rows.filter(is_used).map(|(row, (flat, cum))| (row, flat, cum))
    }

    /// Fails if a sum did not fit: a verdict on wrapped numbers would be worse than none.
    ///
    /// # Errors
    /// When any sum passed 2⁶³.
    pub fn check(&self) -> Result<()> {
        if self.has_overflowed {
            return Err(overflow());
        }
        Ok(())
    }
}

/// Adds samples; when it is dropped all of them are in the sums.
#[derive(Debug)]
pub struct Adding<'a> {
    costs: &'a mut Costs,
    rows: &'a LocationRows,
    sampling: &'a Sampling,
}

impl Adding<'_> {
    /// Adds one sample: its stack, leaf first, and its values. Samples that begin alike should follow each other.
    #[inline]
    pub fn add(&mut self, stack: &[LocationId], values: &[i64]) {
        self.costs.add(self.rows, self.sampling, stack, values);
    }
}

impl Drop for Adding<'_> {
    fn drop(&mut self) {
        let Costs { open, width, cum, .. } = &mut *self.costs;
        open.leave(*width, cum);
    }
}

/// The error for values whose sum does not fit.
pub(crate) fn overflow() -> Error {
    Error::new(ErrorKind::Malformed, "the values add up to more than 2^63")
        .help("the profile is damaged, or its unit is too fine for what it holds")
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Adds `value` to `sum` and says whether that overflowed.
#[inline]
fn add_to(sum: &mut i64, value: i64) -> bool {
    let (added, has_overflowed) = sum.overflowing_add(value);
    *sum = added;
    has_overflowed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::aggregate::{Detail, Keys};
    use crate::profile::{Function, FunctionId, Line, Location, Profile};

    /// Rows of a program with the functions 0, 1, … at locations of the same number.
    fn rows(functions: u32) -> LocationRows {
        let mut profile = Profile::default();
        for row in 0..functions {
            let name = profile.strings.intern(format!("f{row}").as_bytes()).expect("fits");
            profile.functions.push(Function { id: u64::from(row) + 1, name, ..Function::default() });
            let line = Line { function: FunctionId::new(row), line: 1, column: 0 };
            profile.locations.push(Location::default(), [line]);
        }
        Keys::default().locate(&profile, Detail::Functions { noinlines: false }).expect("few rows")
    }

    fn stack(locations: &[u32]) -> Vec<LocationId> {
        locations.iter().map(|&location| LocationId::new(location)).collect()
    }

    #[test]
    fn recursion_counts_once_and_the_leaf_is_flat() {
        let (rows, mut costs) = (rows(3), Costs::new(3, 1, 0).expect("small"));
        costs.adding(&rows, &Sampling::default()).add(&stack(&[0, 1, 0, 1, 2]), &[5]);
        costs.adding(&rows, &Sampling::default()).add(&stack(&[1]), &[7]);
        let sums: Vec<_> = costs.rows().map(|(row, flat, cum)| (row, flat[0], cum[0])).collect();
        assert_eq!(sums, [(0, 5, 5), (1, 7, 12), (2, 0, 5)]);
        assert_eq!((costs.totals(), costs.samples()), (&[12][..], 2));
    }

    proptest! {
        /// Neighbours share what they begin with, and functions recur.
        #[test]
        fn sums_are_those_of_each_sample_alone(
            samples in prop::collection::vec((prop::collection::vec(0..4_u32, 0..6), -3..9_i64), 1..30),
            width in 1..6_usize,
        ) {
            let rows = rows(4);
            let mut costs = Costs::new(4, width, 0).expect("small");
            let sampling = Sampling::default();
            let mut expected = vec![(vec![0; width], vec![0; width]); 4];
            let mut adding = costs.adding(&rows, &sampling);
            for (locations, value) in &samples {
                let values: Vec<i64> = (1..).take(width).map(|column| column * value).collect();
                adding.add(&stack(locations), &values);
                for row in 0..4_u32 {
                    let (flat, cum) = &mut expected[row as usize];
                    for (column, value) in values.iter().enumerate() {
                        flat[column] += if locations.first() == Some(&row) { *value } else { 0 };
                        cum[column] += if locations.contains(&row) { *value } else { 0 };
                    }
                }
            }
            drop(adding);
            let mut found = vec![(vec![0; width], vec![0; width]); 4];
            for (row, flat, cum) in costs.rows() {
                found[row] = (flat.to_vec(), cum.to_vec());
            }
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn tables_that_no_memory_holds_are_an_error() {
        for (rows, width) in [(60_000, 60_000), (1 << 22, 64), (usize::MAX, 2)] {
            let error = Costs::new(rows, width, 0).expect_err("too large");
            assert_eq!(error.kind(), ErrorKind::Malformed, "{rows} x {width}");
        }
        assert!(Costs::new(60_000, 64, 0).is_ok());
    }

    #[test]
    fn sums_that_do_not_fit_are_an_error_even_if_they_cancel() {
        let (rows, mut costs) = (rows(1), Costs::new(1, 1, 0).expect("small"));
        costs.adding(&rows, &Sampling::default()).add(&stack(&[0]), &[i64::MAX]);
        assert!(costs.check().is_ok());
        costs.adding(&rows, &Sampling::default()).add(&stack(&[0]), &[-1]);
        assert!(costs.check().is_err());
    }
}
