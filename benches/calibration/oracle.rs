//! A recording into what a test says that knows the noise of every function.
//!
//! The flat family alone, with the true variance of each function between runs in the place of an estimate, and the
//! same correction for many tests with the published weights.

use profgate::stats::{
    mixture::{self, VarianceEstimate},
    multiplicity,
    table::{Sides, Table},
    tail::Tail,
};

use super::{
    real,
    recording::{Capture, Plan, Recording},
    trial::Question,
};

/// Whether that test flags `target`.
pub(crate) fn flags(plan: &Plan<'_>, recording: &Recording, question: &Question, target: usize) -> bool {
    let runs = Sides { base: plan.runs, new: plan.runs };
    let flat = Table::new(&recording.flat, runs).expect("counts");
    let functions = plan.program.cost.len();
    let events: Vec<Sides<f64>> = (0..functions).map(|f| flat.sums(f)).collect();
    let counts: Vec<f64> = events.iter().map(|e| e.sum()).collect();
    let least = multiplicity::least_events(&counts, 0.5, question.alpha);
    let testable: Vec<bool> = counts.iter().map(|n| *n >= least).collect();
    let weights = multiplicity::weights(&counts, &testable, 1.0);
    let value = |f: usize| events[f].map(|side| side * recording.flat_value[f]);
    let mut total = Sides { base: 0.0, new: 0.0 };
    let mut variance = total;
    for f in 0..functions {
        let Sides { base, new } = value(f);
        total = Sides { base: total.base + base, new: total.new + new };
        let worth = recording.flat_value[f];
        variance = Sides { base: variance.base + base * worth, new: variance.new + new * worth };
    }
    let (relative, absolute) = question.limit();
    let p: Vec<f64> = (0..functions)
        .map(|f| {
            if !testable[f] {
                return 0.5;
            }
            // The target did change, and is part of nobody's reference.
            let own = value(if f == target { f } else { target });
            let rest = Sides { base: total.base - own.base, new: total.new - own.new };
            let sampling = variance.base / (total.base * total.base) + variance.new / (total.new * total.new);
            let effect = true_variance(plan, f) * 2.0 / real(plan.runs) + sampling;
            let rate = (value(f).sum() / 2.0).max(f64::MIN_POSITIVE);
            let allowed = relative.max(absolute * total.base / rate).ln_1p();
            let tail = Tail::new(events[f].base, events[f].new);
            let log_odds = (rest.new / rest.base).ln() + allowed;
            mixture::p_value(&tail, log_odds, VarianceEstimate::known(effect))
        })
        .collect();
    multiplicity::holm(&p, &weights)[target] <= question.alpha
}

/// Variance of the logarithm of a function's cost between runs.
pub(crate) fn true_variance(plan: &Plan<'_>, f: usize) -> f64 {
    let world = plan.world;
    if plan.capture == Capture::Heap {
        return 0.0;
    }
    let uneven = (plan.program.sensitivity[f] - 1.0) * world.speed;
    plan.program.deviation[f].powi(2) + world.package.powi(2) + uneven * uneven
}
