//! Event counts and limits to what chance explains of each row's change.

use super::comparison::{Change, Evidence};
use super::judge::Rules;
use super::limit::Measure;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::confidence::RatioConfidence;
use crate::stats::dispersion::Scatter;
use crate::stats::footing;
use crate::stats::gate::{self, Input, InputError, Judgement, RowJudgement, Settings};
use crate::stats::mixture::VarianceEstimate;
use crate::stats::noise::Noise;
use crate::stats::table::{Sides, Table, TableError};
use crate::stats::threshold::Threshold;
use crate::stats::total::TotalJudgement;

/// Intervals are of 95 % confidence: this many standard deviations to both sides, where the normal distribution serves.
const DEVIATIONS: f64 = 1.959_963_984_540_054;

/// The effective event counts of one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// Rows × runs as in the matrix of costs, base runs first. Not negative.
    pub events: Vec<f64>,
    /// What one event of each row is worth in the metric's unit.
    pub value_per_event: Vec<f64>,
}

/// How rows scattered between runs of identical code, recorded earlier.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// Flat rows.
    pub flat: Vec<Scatter>,
    /// Cum rows.
    pub cum: Vec<Scatter>,
}

/// For the flat rows given, what the samples that end in one of them add to each row's cum: rows × runs, in the
/// metric's unit. `None` if that cannot be told.
pub type Below<'a> = dyn Fn(&[usize]) -> Option<Vec<f64>> + Sync + 'a;

/// What is known of the chance in a comparison's values.
pub struct Chance<'a> {
    /// Flat rows.
    pub flat: Counts,
    /// Cum rows.
    pub cum: Counts,
    /// What is expected of this kind of profile.
    pub noise: Noise,
    /// What each run's events are rates of, base runs first; without it each row is compared with the rows of its own
    /// run that did not change.
    pub exposures: Option<Vec<f64>>,
    /// Whether the runs of the sides took turns.
    pub in_turns: bool,
    /// How rows of the reference are told from what lies above them.
    pub below: &'a Below<'a>,
    /// Runs of identical code.
    pub calibrated: Option<Calibrated>,
    /// How many more events a unit of value has on the new side than on the base side: 1 if both sides were sampled at
    /// the same rate.
    pub rate: f64,
    /// What the totals are judged by.
    pub total: TotalCounts,
    /// Differences of the machines that no row is to blame for.
    pub surroundings: Surroundings,
}

/// The events of whole runs.
#[derive(Debug, Clone, PartialEq)]
pub struct TotalCounts {
    /// Effective events of each run, base runs first.
    pub events: Vec<f64>,
    /// What one event is worth in the metric's unit.
    pub value_per_event: f64,
    /// What each run's events are rates of.
    pub exposures: Vec<f64>,
    /// Whether the user said that the runs do comparable work.
    pub is_comparable: bool,
}

/// What is known of the circumstances of the recordings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surroundings {
    /// Whether all recordings took the same time whatever they did: captures, and benchmarks of a fixed time.
    pub is_timed: bool,
    /// Logarithm of the ratio of the sides' CPU time by wall time, where both are known and the clock did not end the
    /// recordings.
    pub utilization: Option<f64>,
}

impl std::fmt::Debug for Chance<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chance")
            .field("noise", &self.noise)
            .field("in_turns", &self.in_turns)
            .finish_non_exhaustive()
    }
}

/// What a row may rise by, and whether it can break a limit at all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Allowed {
    pub(super) threshold: Threshold,
    pub(super) is_gated: bool,
}

/// The judgement of all rows by their counts.
pub(super) struct Weighed {
    pub(super) judgement: Judgement,
    pub(super) runs: Sides<usize>,
    pub(super) settings: Settings,
    /// What the ratio of the exposures is divided by to be one of shown values.
    pub(super) correction: f64,
}

impl Chance<'_> {
    /// Whether sampling is all the chance there is: nothing of the machine shows in allocations of fixed work.
    pub(super) fn is_exact_sampling(&self) -> bool {
        self.noise == Noise::ALLOCATIONS
    }

    /// Judges every row. `flat` and `cum` have one entry for each row, thresholds being in the unit of the
    /// counts' values.
    pub(super) fn weigh(
        &self,
        runs: Sides<usize>,
        flat: &[Allowed],
        cum: &[Allowed],
        rules: &Rules<'_>,
    ) -> Result<Weighed> {
        let settings = Settings { alpha: rules.alpha, fdr: rules.fdr, ..Settings::new(self.noise) };
        let judgement = self.judgement(runs, flat, cum, settings)?;
        Ok(Weighed {
            judgement,
            runs,
            settings,
            correction: self.rate * rules.divisors.new / rules.divisors.base,
        })
    }

    fn judgement(
        &self,
        runs: Sides<usize>,
        flat: &[Allowed],
        cum: &[Allowed],
        settings: Settings,
    ) -> Result<Judgement> {
        let thresholds = |rows: &[Allowed]| rows.iter().map(|row| row.threshold).collect::<Vec<_>>();
        let gated = |rows: &[Allowed]| rows.iter().map(|row| row.is_gated).collect::<Vec<_>>();
        let (flat_thresholds, cum_thresholds) = (thresholds(flat), thresholds(cum));
        let (flat_gated, cum_gated) = (gated(flat), gated(cum));
        let calibrated = self.calibrated.as_ref();
        let input = Input {
            flat: gate::Measure {
                counts: Table::new(&self.flat.events, runs).map_err(|error| uncountable(&error))?,
                value_per_event: &self.flat.value_per_event,
                thresholds: &flat_thresholds,
                gated: &flat_gated,
                calibration: calibrated.map(|calibrated| &calibrated.flat[..]),
            },
            cum: Some(gate::Measure {
                counts: Table::new(&self.cum.events, runs).map_err(|error| uncountable(&error))?,
                value_per_event: &self.cum.value_per_event,
                thresholds: &cum_thresholds,
                gated: &cum_gated,
                calibration: calibrated.map(|calibrated| &calibrated.cum[..]),
            }),
            footing: self
                .exposures
                .as_deref()
                .map_or(footing::Footing::Reference, footing::Footing::Exposure),
            in_turns: self.in_turns,
            outside_below: self.below,
        };
        gate::judge(&input, &settings).map_err(|error| unjudged(&error))
    }
}

/// Counts come from sums that were checked, so that this is never seen.
fn uncountable(error: &TableError) -> Error {
    Error::new(ErrorKind::Malformed, format!("the events cannot be counted ({error})"))
        .help("judge without them: --statistics off")
}

fn unjudged(error: &InputError) -> Error {
    Error::new(ErrorKind::Malformed, format!("the events cannot be judged ({error})"))
        .help("judge without them: --statistics off")
}

impl Weighed {
    /// What the counts say of `measure` of a row.
    pub(super) fn row(&self, row: usize, measure: Measure) -> &RowJudgement {
        if measure == Measure::Flat { &self.judgement.flat[row] } else { &self.judgement.cum[row] }
    }

    /// p-value of "the row takes no more than `budget` of the new side's total", where the new side has `total` events
    /// of `value_per_event` each.
    ///
    /// The row's events among all are binomial around its share, the odds blurred by how far the new runs vary.
    pub(super) fn p_over_budget(
        &self,
        row: &RowJudgement,
        budget: f64,
        (total, worth): (f64, f64),
        own: f64,
    ) -> f64 {
        let events = row.events.new;
        let rest = total - events * own / worth;
        if events <= 0.0 {
            return 1.0;
        }
        if rest <= 0.0 || budget >= 1.0 {
            return if budget >= 1.0 { 1.0 } else { 0.0 };
        }
        let within = if row.scatter.freedom > 0.0 {
            // The scatter of the new side's mean alone, of that of a difference of two means.
            row.effect.within.times(real(self.runs.base) / real(self.runs.base + self.runs.new))
        } else {
            VarianceEstimate::known(self.settings.noise.dispersion / real(self.runs.new))
        };
        let odds = budget / (1.0 - budget) * worth / own;
        RatioConfidence::new(Sides { base: rest, new: events }, odds.ln(), within).p_above(0.0)
    }

    /// The smallest rise of the largest function that would have shown, as the runs were taken and had they been taken in
    /// turns.
    pub(super) fn gain_of_turns(&self) -> Option<(f64, f64)> {
        let size = |row: &&RowJudgement| row.events.sum();
        let largest = self.judgement.flat.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
        let sensitivity = largest.sensitivity(self.runs, &self.settings);
        let (now, then) = (sensitivity.detectable(), sensitivity.detectable_in_turns());
        (now.is_finite() && then.is_finite()).then_some((now, then))
    }

    /// How far the reference moved between the sides, for one unit of `exposures`.
    pub(super) fn scale_by(&self, exposures: &[f64]) -> f64 {
        let (base, new) = exposures.split_at(self.runs.base);
        self.judgement.reference.scale() * base.iter().sum::<f64>() / new.iter().sum::<f64>()
    }

    /// Puts what the counts say of a row into its change: the rise on the footing of the comparison, and the evidence.
    pub(super) fn inform(&self, mut change: Change, row: &RowJudgement) -> Change {
        let runs = real(self.runs.new) / real(self.runs.base);
        let scale = row.exposure.new / row.exposure.base / runs / self.correction;
        let (base, new) = (change.base.as_f64(), change.new.as_f64());
        if scale.is_finite() && scale > 0.0 {
            change.new_footed = new / scale;
            change.rise = change.new_footed - base;
        }
        let (low, high) = interval(change, row, scale);
        change.evidence = Some(Evidence {
            low,
            high,
            p_value: row.p_increase,
            p_adjusted: row.p_adjusted,
            q_value: if change.rise < 0.0 { row.q_decrease } else { row.q_increase },
            detectable: Some(row.detectable).filter(|rise| rise.is_finite()),
        });
        change
    }
}

/// The interval of the delta as it is shown, where `scale` is what an unchanged row is multiplied by.
fn interval(change: Change, row: &RowJudgement, scale: f64) -> (f64, f64) {
    let (base, new) = (change.base.as_f64(), change.new.as_f64());
    if base <= 0.0 || !(row.ratio.high * scale).is_finite() {
        // Nothing to be a ratio of: the new side's own chance.
        let deviation = DEVIATIONS * (1.0 / row.events.new.max(1.0) + row.effect.within.mean).sqrt();
        let low = (new * (-deviation).exp() - base).min(change.delta.as_f64());
        return (low, (new * deviation.exp() - base).max(change.delta.as_f64()));
    }
    let at = |ratio: f64| base * (ratio * scale - 1.0);
    (at(row.ratio.low).min(change.delta.as_f64()), at(row.ratio.high).max(change.delta.as_f64()))
}

/// Puts what the totals say into the total's change.
pub(super) fn inform_total(mut change: Change, judgement: &TotalJudgement) -> Change {
    let base = change.base.as_f64();
    let (ratio, delta) = (judgement.ratio, change.delta.as_f64());
    // The judged ratio is on the footing of the comparison, the delta is as shown.
    let shown = if ratio.centre > 0.0 { (delta / base + 1.0) / ratio.centre } else { 1.0 };
    change.new_footed = if ratio.centre.is_finite() { base * ratio.centre } else { change.new.as_f64() };
    change.rise = change.new_footed - base;
    change.evidence = Some(Evidence {
        low: base * (ratio.low * shown - 1.0),
        high: base * (ratio.high * shown - 1.0),
        p_value: judgement.p_increase,
        p_adjusted: judgement.p_increase,
        q_value: if change.rise < 0.0 { judgement.p_decrease } else { judgement.p_increase },
        detectable: Some(judgement.detectable).filter(|rise| rise.is_finite()),
    });
    change
}

#[expect(clippy::cast_precision_loss, reason = "numbers of runs are small")]
fn real(runs: usize) -> f64 {
    runs as f64
}

/// How far each row scatters between the runs of a side, beside the rest of its run: what a calibration keeps.
///
/// # Errors
/// When the counts are none.
pub fn weigh_alone(chance: &Chance<'_>, runs: Sides<usize>) -> Result<Calibrated> {
    let rows = vec![Allowed::default(); chance.flat.value_per_event.len()];
    let judgement = chance.judgement(runs, &rows, &rows, Settings::new(chance.noise))?;
    let scatters = |rows: &[RowJudgement]| rows.iter().map(|row| row.scatter).collect();
    Ok(Calibrated { flat: scatters(&judgement.flat), cum: scatters(&judgement.cum) })
}
