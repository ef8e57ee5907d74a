//! One profile to one [`Run`]: its rows' costs and what the header says, the profile itself forgotten.

use std::sync::Mutex;

use rayon::prelude::*;

use super::costs::Costs;
use super::events::Sampling;
use super::keys::{Detail, Keys, LocationRows, RowId};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Profile, SampleStream, ValueType};

/// A sample type: what is counted, in which unit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetricType {
    /// The name of the type, `cpu`.
    pub kind: String,
    /// The unit of its values, `nanoseconds`.
    pub unit: String,
}

/// What is known of a run beside its costs.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// The sample types, in the order of the file.
    pub types: Vec<MetricType>,
    /// The sample type to show unless another is asked for; empty is unset.
    pub default_type: String,
    /// The event between two samples.
    pub period_type: MetricType,
    /// Number of such events between two samples.
    pub period: i64,
    /// Time of collection, nanoseconds since 1970; 0 is unknown.
    pub time_nanos: i64,
    /// Length of collection in nanoseconds; 0 is unknown.
    pub duration_nanos: i64,
    /// Number of samples in the file.
    pub records: u64,
    /// Number of measurements behind the values, before anything scales them: the sum of the column that counts
    /// samples, and `records` without such a column.
    pub samples: i64,
    /// Sum of each type's values.
    pub totals: Vec<i64>,
    /// Sum of the magnitudes of each type's values.
    pub magnitudes: Vec<i64>,
    /// How much of the values is chance.
    pub sampling: Sampling,
    /// What the contentions of all samples can be divided by; 0 without contentions.
    pub divisor: u64,
}

/// The costs of one profile by row.
#[derive(Debug, Clone)]
pub struct Run {
    /// What is known beside the costs.
    pub info: RunInfo,
    /// The rows with a cost.
    rows: Vec<u32>,
    /// For each entry of `rows`: a flat sum for each type and variance, then the same of cum sums.
    sums: Vec<i64>,
    /// Flat sums of preempted leaves: the row of the leaf, the row it interrupted.
    interrupted: Vec<(RowId, RowId, Vec<i64>)>,
}

impl Run {
    /// The row numbers with a cost, each with its flat sums followed by its cum sums, one for each type and then for
    /// each column of variances.
    pub fn costs(&self) -> impl Iterator<Item = (usize, &[i64], &[i64])> {
        let width = self.info.types.len() + self.info.sampling.extra();
        self.rows.iter().zip(self.sums.chunks_exact((width * 2).max(1))).map(move |(&row, sums)| {
            let (flat, cum) = sums.split_at(width);
            (row as usize, flat, cum)
        })
    }

    /// Flat sums of preempted leaves: the row of the leaf, the row it interrupted, and the sums.
    pub(super) fn interrupted(&self) -> &[(RowId, RowId, Vec<i64>)] {
        &self.interrupted
    }

    fn new(profile: &Profile, sampling: Sampling, costs: &Costs) -> Result<Self> {
        costs.check()?;
        let header = &profile.header;
        let named = |ty: ValueType| MetricType {
            kind: profile.display(ty.kind).into_owned(),
            unit: profile.display(ty.unit).into_owned(),
        };
        let info = RunInfo {
            types: header.sample_types.iter().copied().map(named).collect(),
            default_type: profile.display(header.default_sample_type).into_owned(),
            period_type: named(header.period_type),
            period: header.period,
            time_nanos: header.time_nanos,
            duration_nanos: header.duration_nanos,
            records: costs.samples(),
            samples: sample_count(profile, costs.totals(), costs.samples()),
            totals: costs.totals().to_vec(),
            magnitudes: costs.magnitudes().to_vec(),
            sampling,
            divisor: costs.divisor(),
        };
        let interrupted =
            costs.interrupted().map(|(leaf, caller, sums)| (leaf, caller, sums.to_vec())).collect();
        let mut run = Self { info, rows: Vec::new(), sums: Vec::new(), interrupted };
        for (row, flat, cum) in costs.rows() {
            let row = u32::try_from(row).map_err(|_| too_many_rows())?;
            run.rows.push(row);
            run.sums.extend_from_slice(flat);
            run.sums.extend_from_slice(cum);
        }
        Ok(run)
    }
}

/// The measurements behind a profile's values, where `totals` are the sums of its columns and `records` is the
/// number of its samples.
pub(crate) fn sample_count(profile: &Profile, totals: &[i64], records: u64) -> i64 {
    let counts = |ty: &ValueType| profile.text(ty.kind) == b"samples" && profile.text(ty.unit) == b"count";
    let column = profile.header.sample_types.iter().position(counts);
    let total = column.and_then(|column| totals.get(column)).copied();
    total.unwrap_or_else(|| i64::try_from(records).unwrap_or(i64::MAX))
}

fn too_many_rows() -> Error {
    Error::new(ErrorKind::Malformed, "the profiles have more than 2^32 functions")
}

/// Aggregates a profile by reading its samples where they stand, in parallel where there are many.
///
/// # Errors
/// When a sample is damaged, or sums overflow or need too much memory.
pub fn aggregate_stream(stream: &impl SampleStream, keys: &Mutex<Keys>, detail: Detail) -> Result<Run> {
    let profile = stream.profile();
    let (rows, count) = locate(profile, keys, detail)?;
    let sampling = Sampling::of(profile, &[]);
    let new = || Costs::new(count, profile.width(), sampling.extra());
    let costs = (0..stream.chunks())
        .into_par_iter()
        .try_fold(
            || None,
            |costs: Option<Costs>, chunk| {
                let mut costs = costs.map_or_else(new, Ok)?;
                let mut adding = costs.adding(&rows, &sampling);
                stream.walk(chunk, |stack, values| adding.add(stack, values))?;
                drop(adding);
                Ok(Some(costs))
            },
        )
        .try_reduce(
            || None,
            |a, b| {
                Ok(match (a, b) {
                    (Some(a), Some(b)) => Some(a.plus(&b)),
                    (a, b) => a.or(b),
                })
            },
        )?
        .map_or_else(new, Ok)?;
    Run::new(profile, sampling, &costs)
}

/// Aggregates a profile whose samples have been read, and whose columns were multiplied by `scales` since (1 where
/// there is none).
///
/// # Errors
/// When sums overflow or need too much memory.
pub fn aggregate_profile(
    profile: &Profile,
    scales: &[f64],
    keys: &Mutex<Keys>,
    detail: Detail,
) -> Result<Run> {
    let (rows, count) = locate(profile, keys, detail)?;
    let sampling = Sampling::of(profile, scales);
    let mut costs = Costs::new(count, profile.width(), sampling.extra())?;
    let mut adding = costs.adding(&rows, &sampling);
    for sample in profile.samples.iter() {
        adding.add(sample.stack, sample.values);
    }
    drop(adding);
    Run::new(profile, sampling, &costs)
}

/// The rows of the profile's locations, and the number of rows known then.
fn locate(profile: &Profile, keys: &Mutex<Keys>, detail: Detail) -> Result<(LocationRows, usize)> {
    let mut keys = keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let rows = keys.locate(profile, detail)?;
    Ok((rows, keys.len()))
}
