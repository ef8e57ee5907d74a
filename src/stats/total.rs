//! Totals of the runs of both sides into a judgement of the whole profile.
//!
//! A total has no rest to be compared with, so that the machine's speed stays in it. The runs' own scatter tells how
//! much that is; a single pair is held to what totals of identical code were measured to differ by.

use super::{
    confidence::{Interval, RatioConfidence},
    family::Effect,
    footing::scale_variance_of,
    mixture::VarianceEstimate,
    noise::Noise,
    power::Sensitivity,
    table::Sides,
    threshold::{Observed, Threshold},
};

/// Totals of one metric.
#[derive(Clone, Copy, Debug)]
pub struct Totals<'a> {
    /// Effective events of each run, base runs first.
    pub events: &'a [f64],
    /// What each run's events are a rate of: 1 for the same work.
    pub exposures: &'a [f64],
    /// Number of runs of each side.
    pub runs: Sides<usize>,
    /// What one event is worth in the metric's unit.
    pub value_per_event: f64,
}

/// What the totals say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TotalJudgement {
    /// p-value of "it rose by no more than the threshold allows".
    pub p_increase: f64,
    /// p-value of "it fell by no more than the threshold allows".
    pub p_decrease: f64,
    /// New over base total, per exposure.
    pub ratio: Interval,
    /// Smallest relative increase that these runs would have shown.
    pub detectable: f64,
    /// Whether the whole interval lies within the threshold, both ways.
    pub is_within: bool,
}

/// Judges the totals at level `alpha`, with intervals of `confidence` and detection with probability `power`.
#[must_use]
pub fn judge(
    totals: &Totals<'_>,
    threshold: Threshold,
    noise: &Noise,
    in_turns: bool,
    levels: Levels,
) -> TotalJudgement {
    let side = |values: &[f64]| {
        let (base, new) = values.split_at(totals.runs.base);
        Sides { base: base.iter().sum::<f64>(), new: new.iter().sum::<f64>() }
    };
    let (events, exposure) = (side(totals.events), side(totals.exposures));
    let effect = speed(totals, noise, in_turns);
    #[expect(clippy::cast_precision_loss, reason = "numbers of runs are small")]
    let allowance = threshold.absolute.max(0.0) * totals.runs.base as f64 / totals.value_per_event;
    let observed = Observed { events, exposure, allowance };
    let (up, down) = (
        observed.greatest_log_ratio(threshold.relative),
        observed.swapped().greatest_log_ratio(threshold.relative),
    );
    let log_exposure = (exposure.new / exposure.base).ln();
    let rising = RatioConfidence::new(events, log_exposure, effect);
    let falling = RatioConfidence::new(events.swapped(), -log_exposure, effect);
    let tail = 0.5 * (1.0 - levels.confidence);
    let ratio = Interval {
        low: if events.new > 0.0 { rising.quantile(tail).exp() } else { 0.0 },
        centre: events.new / events.base / log_exposure.exp(),
        high: if events.base > 0.0 { rising.quantile(1.0 - tail).exp() } else { f64::INFINITY },
    };
    let sensitivity = Sensitivity {
        events,
        runs: totals.runs,
        log_exposure,
        effect: Effect { within: effect, ..Effect::default() },
        log_allowed: up,
        level: levels.alpha.clamp(1e-12, 0.5),
        power: levels.power,
    };
    TotalJudgement {
        p_increase: rising.p_above(up),
        p_decrease: falling.p_above(down),
        ratio,
        detectable: sensitivity.detectable(),
        is_within: ratio.high <= up.exp() && ratio.low >= (-down).exp(),
    }
}

/// The levels at which totals are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Chance to fail a total that did not change.
    pub alpha: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Probability of detection that [`TotalJudgement::detectable`] stands for.
    pub power: f64,
}

/// Variance of the log ratio of the totals beyond their sampling.
fn speed(totals: &Totals<'_>, noise: &Noise, in_turns: bool) -> VarianceEstimate {
    let freedom = totals.runs.base + totals.runs.new - 2;
    let expected = if freedom == 0 { noise.single_total } else { noise.speed };
    // Runs of a side that follow each other are taken as one draw of the machine's state.
    let factor = if in_turns { super::family::runs_factor(totals.runs) } else { 2.0 };
    scale_variance_of(totals.events, totals.exposures, totals.runs, expected).times(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: Levels = Levels { alpha: 0.01, confidence: 0.95, power: 0.9 };

    fn judged(events: &[f64], base: usize, noise: &Noise, in_turns: bool) -> TotalJudgement {
        let runs = Sides { base, new: events.len() - base };
        let totals = Totals { events, exposures: &vec![1.0; events.len()], runs, value_per_event: 1.0 };
        judge(&totals, Threshold { relative: 0.05, absolute: 0.0 }, noise, in_turns, LEVELS)
    }

    #[test]
    fn a_single_pair_of_cpu_totals_is_held_to_what_machines_differ_by() {
        let some = judged(&[3000.0, 3900.0], 1, &Noise::CPU, false);
        assert!(some.p_increase > 0.05, "{some:?}");
        let enormous = judged(&[3000.0, 39_000.0], 1, &Noise::CPU, false);
        assert!(enormous.p_increase < 0.01, "{enormous:?}");
        let memory = judged(&[30_000.0, 39_000.0], 1, &Noise::ALLOCATIONS, false);
        assert!(memory.p_increase < 1e-6 && memory.ratio.low > 1.2, "{memory:?}");
    }

    #[test]
    fn steady_runs_in_turns_show_a_small_rise_and_runs_one_after_the_other_do_not() {
        let events =
            [9900.0, 10_100.0, 10_000.0, 9950.0, 10_050.0, 12_400.0, 12_500.0, 12_600.0, 12_450.0, 12_550.0];
        let turns = judged(&events, 5, &Noise::CPU, true);
        assert!(turns.p_increase < 0.001, "{turns:?}");
        assert!(
            (turns.ratio.centre - 1.25).abs() < 1e-12 && turns.ratio.low > 1.15 && turns.ratio.high < 1.36
        );
        assert!(turns.detectable < 0.2, "{turns:?}");
        assert!(judged(&events, 5, &Noise::CPU, false).p_increase > turns.p_increase);
    }

    #[test]
    fn totals_that_stay_are_within_the_limit() {
        let events = [10_000.0, 10_050.0, 9950.0, 10_010.0, 10_020.0, 9980.0, 10_000.0, 10_030.0];
        let same = judged(&events, 4, &Noise::ALLOCATIONS, true);
        assert!(same.is_within && same.p_increase > 0.9 && same.p_decrease > 0.9, "{same:?}");
    }
}
