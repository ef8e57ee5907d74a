//! The values of samples to how much of them is chance: the number of independent events behind each sum.
//!
//! A sum of sampled values is `Σ wₛ kₛ`, where `kₛ` samples arrived that stand for `wₛ` each, and its variance by
//! sampling is `Σ wₛ² kₛ`. For CPU profiles `w` is the same everywhere and a column counts `k`. For sampled
//! allocations it depends on the size of the object, so the variance is added up beside the values.

use super::run::MetricType;
use crate::profile::{Header, Profile};

/// How the chance in the sums of one sample type is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Events {
    /// Nothing is left to chance.
    Exact,
    /// Another column counts the events.
    Counted {
        /// Its number.
        column: usize,
    },
    /// An event stands for this much.
    Each {
        /// In the unit of the values.
        value: f64,
    },
    /// A column beside the values holds the variance.
    Variance {
        /// Its number: beyond those of the sample types.
        column: usize,
        /// What its sums are multiplied by.
        unit: f64,
        /// Whether the events had to be guessed: each record counts as one.
        is_guess: bool,
    },
}

/// How the variance that a sample adds is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    /// Memory sampled every so many bytes on average: an object of size `S` is caught with probability
    /// `1 - exp(-S / rate)` (runtime/mprof.go), so a caught one stands for `1 / p` objects.
    Bytes { objects: usize, space: usize, rate: f64, is_space: bool },
    /// A delay that a number of contentions add up to: at best all of the same length.
    Delay { contentions: usize, delay: usize },
    /// One event for each record.
    Record { column: usize },
}

/// The rules of one profile: its sample types' [`Events`], and the columns to add beside their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    events: Vec<Events>,
    rules: Vec<(Rule, f64)>,
    /// What was multiplied into each column after the profile was written.
    scales: Vec<f64>,
    contentions: Option<usize>,
}

impl Sampling {
    /// The rules that the header of `profile` implies, where each column was multiplied by its entry in `scales`
    /// since (1 where there is none).
    #[must_use]
    pub fn of(profile: &Profile, scales: &[f64]) -> Self {
        let header = &profile.header;
        let named = |kind, unit| MetricType {
            kind: profile.display(kind).into_owned(),
            unit: profile.display(unit).into_owned(),
        };
        let types: Vec<MetricType> = header.sample_types.iter().map(|ty| named(ty.kind, ty.unit)).collect();
        let period = named(header.period_type.kind, header.period_type.unit);
        let mut scales = scales.to_vec();
        scales.resize(types.len(), 1.0);
        let contentions = find(&types, "contentions").filter(|_| find(&types, "delay").is_some());
        let mut sampling = Self { events: Vec::new(), rules: Vec::new(), scales, contentions };
        for column in 0..types.len() {
            let events = sampling.events_of(column, &types, header, &period);
            sampling.events.push(events);
        }
        sampling
    }

    fn events_of(
        &mut self,
        column: usize,
        types: &[MetricType],
        header: &Header,
        period: &MetricType,
    ) -> Events {
        let MetricType { kind, unit } = &types[column];
        if unit == "count" && matches!(kind.as_str(), "goroutine" | "goroutineleak" | "threadcreate") {
            return Events::Exact;
        }
        if let Some((objects, space)) = memory_columns(kind, types)
            && period.kind == "space"
            && header.period > 0
        {
            #[expect(clippy::cast_precision_loss, reason = "a rate is at most some megabytes")]
            let rate = header.period as f64;
            if rate <= 1.0 {
                return Events::Exact;
            }
            let is_space = column == space;
            let unit = if is_space { rate } else { 1.0 };
            return self.add(Rule::Bytes { objects, space, rate, is_space }, unit, types, false);
        }
        if let Some(contentions) = self.contentions {
            if column == contentions {
                return Events::Each { value: 1.0 };
            }
            if kind == "delay" {
                return self.add(Rule::Delay { contentions, delay: column }, DELAY_UNIT, types, false);
            }
        }
        if let Some(column) = types.iter().position(is_counter) {
            return Events::Counted { column };
        }
        if period == &types[column] && header.period > 0 {
            #[expect(clippy::cast_precision_loss, reason = "a ratio of events")]
            return Events::Each { value: header.period as f64 };
        }
        let unit = match unit.as_str() {
            "nanoseconds" => DELAY_UNIT,
            "bytes" => 1e6,
            _ => 1.0,
        };
        self.add(Rule::Record { column }, unit, types, true)
    }

    fn add(&mut self, rule: Rule, unit: f64, types: &[MetricType], is_guess: bool) -> Events {
        self.rules.push((rule, unit));
        Events::Variance { column: types.len() + self.rules.len() - 1, unit, is_guess }
    }

    /// How the events of each sample type are known.
    #[must_use]
    pub fn events(&self) -> &[Events] {
        &self.events
    }

    /// Number of columns beside those of the sample types.
    #[must_use]
    pub fn extra(&self) -> usize {
        self.rules.len()
    }

    /// The column whose values have the rate of a mutex profile as a common divisor.
    #[must_use]
    pub fn contentions(&self) -> Option<usize> {
        self.contentions
    }

    /// What was multiplied into a column after the profile was written.
    #[must_use]
    pub fn scale(&self, column: usize) -> f64 {
        self.scales.get(column).copied().unwrap_or(1.0)
    }

    /// The values of a sample, with the variance of those that need one behind them. `wide` is reused.
    #[inline]
    pub(super) fn widen<'a>(&self, values: &'a [i64], wide: &'a mut Vec<i64>) -> &'a [i64] {
        if self.rules.is_empty() {
            return values;
        }
        wide.clear();
        wide.extend_from_slice(values);
        for (rule, unit) in &self.rules {
            wide.push(rounded(self.variance(*rule, values) / unit));
        }
        wide
    }

    #[expect(clippy::cast_precision_loss, reason = "a variance is a floating-point number")]
    fn variance(&self, rule: Rule, values: &[i64]) -> f64 {
        let value = |column: usize| (values[column] as f64 / self.scale(column)).abs();
        match rule {
            Rule::Bytes { objects, space, rate, is_space } => {
                let (count, bytes) = (value(objects), value(space));
                if count <= 0.0 || bytes <= 0.0 {
                    return 0.0;
                }
                let size = bytes / count;
                let caught = -(-size / rate).exp_m1();
                if is_space { bytes * size / caught } else { count / caught }
            }
            Rule::Delay { contentions, delay } => value(delay) * value(delay) / value(contentions).max(1.0),
            Rule::Record { column } => value(column) * value(column),
        }
    }
}

/// Times are squared; in milliseconds squared their sums fit.
const DELAY_UNIT: f64 = 1e12;

/// The variance of one sample is held below this, so that two million of them add up.
const MAX_VARIANCE: f64 = 4e12;

/// A variance as an integer, so that sums do not depend on their order; never 0 for one that is there.
fn rounded(variance: f64) -> i64 {
    if variance <= 0.0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is held")]
    let whole = variance.round().clamp(1.0, MAX_VARIANCE) as i64;
    whole
}

fn find(types: &[MetricType], kind: &str) -> Option<usize> {
    types.iter().position(|ty| ty.kind == kind)
}

/// Whether a column counts samples: `samples` of Go's runtime, `cycles_sample` of perf's converter.
fn is_counter(ty: &MetricType) -> bool {
    ty.unit == "count" && (matches!(ty.kind.as_str(), "samples" | "sample") || ty.kind.ends_with("_sample"))
}

/// The columns that count objects and bytes where `kind` is one of them.
fn memory_columns(kind: &str, types: &[MetricType]) -> Option<(usize, usize)> {
    let prefix = kind.strip_suffix("objects").or_else(|| kind.strip_suffix("space"))?;
    let column = |what: &str| types.iter().position(|ty| ty.kind.strip_prefix(prefix) == Some(what));
    Some((column("objects")?, column("space")?))
}
