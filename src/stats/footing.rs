//! What was held equal between runs into exposures: what a row's events are a rate of.

use super::{
    family::runs_factor,
    mixture::VarianceEstimate,
    posterior::{self, GRID},
    reference::Reference,
    special::real,
    table::Sides,
};

/// Standard deviation of the prior of the logarithm of the runs' variance in scale.
const PRIOR_DEVIATION: f64 = 1.2;

/// What the runs of both sides are compared by.
#[derive(Clone, Copy, Debug)]
pub enum Footing<'a> {
    /// The rows that did not change, in the same run: load, duration and speed of the machine cancel.
    Reference,
    /// A fixed exposure of each run, base runs first: 1 for the same work, seconds recorded, operations done. What
    /// scales a whole run stays in, and its variance from run to run is estimated and added to every row's.
    Exposure(&'a [f64]),
}

impl Footing<'_> {
    /// Exposure of each side and the variance that a run's scale gives to every row's log ratio; `None` for the
    /// reference. `speed` is the prior's centre for that variance.
    pub(crate) fn exposures(
        &self,
        reference: &Reference,
        runs: Sides<usize>,
        in_turns: bool,
        speed: f64,
    ) -> Option<(Sides<f64>, VarianceEstimate)> {
        let Footing::Exposure(per_run) = self else {
            return None;
        };
        let (base, new) = per_run.split_at(runs.base);
        let total = Sides { base: base.iter().sum(), new: new.iter().sum() };
        // Runs of a side that follow each other are taken as one draw of the machine's state.
        let factor = if in_turns { runs_factor(runs) } else { 2.0 };
        Some((total, scale_variance(per_run, reference, runs, speed).times(factor)))
    }
}

/// Variance of the logarithm of a run's scale, from how far the reference varies against the exposures.
fn scale_variance(
    exposure: &[f64],
    reference: &Reference,
    runs: Sides<usize>,
    expected: f64,
) -> VarianceEstimate {
    let events: Vec<f64> =
        reference.per_run().iter().map(|value| value / reference.value_per_event()).collect();
    scale_variance_of(&events, exposure, runs, expected)
}

/// The same of the events of each run.
pub(crate) fn scale_variance_of(
    events: &[f64],
    exposure: &[f64],
    runs: Sides<usize>,
    expected: f64,
) -> VarianceEstimate {
    let logs: Vec<f64> = events.iter().zip(exposure).map(|(events, e)| (events / e).ln()).collect();
    let mut density = posterior::log_normal_prior(expected, PRIOR_DEVIATION);
    if logs.iter().all(|l| l.is_finite()) {
        let (base, new) = logs.split_at(runs.base);
        let squares = squares_around_mean(base) + squares_around_mean(new);
        let freedom = real(runs.base + runs.new - 2);
        let mean = events.iter().sum::<f64>() / real(logs.len());
        let sampling = 1.0 / mean.max(1.0);
        for (value, variance) in density.iter_mut().zip(GRID.iter()) {
            let whole = variance + sampling;
            *value -= 0.5 * (freedom * whole.ln() + squares / whole);
        }
    }
    posterior::moments(&density)
}

fn squares_around_mean(logs: &[f64]) -> f64 {
    let mean = logs.iter().sum::<f64>() / real(logs.len());
    logs.iter().map(|l| (l - mean) * (l - mean)).sum()
}
