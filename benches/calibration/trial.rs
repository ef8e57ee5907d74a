//! A recording into what the gate says of it.

use profgate::stats::{
    footing::Footing,
    gate::{Input, Judgement, Measure, Settings, judge},
    noise::Noise,
    table::{Sides, Table},
    threshold::Threshold,
};

use super::{
    oracle, real,
    recording::{Capture, Plan, Recording},
};

/// Which families are judged, at what level and against what limit.
#[derive(Clone, Copy)]
pub(crate) struct Question {
    pub(crate) alpha: f64,
    /// Limits of 5 % and of 0.5 % of the base total, instead of none.
    pub(crate) limits: bool,
    pub(crate) with_cum: bool,
}

impl Question {
    pub(crate) fn settings(&self, capture: Capture) -> Settings {
        let noise = if capture == Capture::Heap { Noise::ALLOCATIONS } else { Noise::CPU };
        Settings { alpha: self.alpha, ..Settings::new(noise) }
    }

    /// Relative limit, and absolute limit as a part of the base total.
    pub(crate) fn limit(&self) -> (f64, f64) {
        if self.limits { (0.05, 0.005) } else { (0.0, 0.0) }
    }
}

/// What came out of one pair.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "answers to questions that do not exclude each other")]
pub(crate) struct Outcome {
    /// Some limit is broken.
    pub(crate) fails: bool,
    /// It says that it cannot tell.
    pub(crate) undecided: bool,
    /// Some limit is broken in a function that did not change, nor calls one that did.
    pub(crate) blames_others: bool,
    pub(crate) flags_target: bool,
    pub(crate) oracle_flags_target: bool,
}

/// Judges a recording; the first of `changed` is the target.
pub(crate) fn run(plan: &Plan<'_>, recording: &Recording, question: &Question, changed: &[usize]) -> Outcome {
    let judgement = judged(plan, recording, question);
    let functions = judgement.flat.len();
    let broken: Vec<usize> = judgement
        .flat
        .iter()
        .chain(&judgement.cum)
        .enumerate()
        .filter(|(_, row)| row.p_adjusted <= question.alpha)
        .map(|(i, _)| i % functions)
        .collect();
    let is_involved = |f: usize| plan.program.below(f).iter().any(|callee| changed.contains(callee));
    Outcome {
        fails: !broken.is_empty(),
        undecided: false,
        blames_others: broken.iter().any(|f| !is_involved(*f)),
        flags_target: changed.first().is_some_and(|target| broken.contains(target)),
        oracle_flags_target: changed.first().is_some_and(|f| oracle::flags(plan, recording, question, *f)),
    }
}

/// The gate's judgement of a recording.
pub(crate) fn judged(plan: &Plan<'_>, recording: &Recording, question: &Question) -> Judgement {
    let runs = Sides { base: plan.runs, new: plan.runs };
    let width = 2 * plan.runs;
    let functions = plan.program.cost.len();
    let flat = Table::new(&recording.flat, runs).expect("counts");
    let cum = Table::new(&recording.cum, runs).expect("counts");
    let base_total: f64 = (0..functions).map(|f| flat.sums(f).base * recording.flat_value[f]).sum();
    let (relative, absolute) = question.limit();
    let thresholds =
        vec![Threshold { relative, absolute: absolute * base_total / real(plan.runs) }; functions];
    let gated = vec![true; functions];
    let measure = |counts, value_per_event| Measure {
        counts,
        value_per_event,
        thresholds: &thresholds,
        gated: &gated,
        calibration: None,
    };
    let outside_below = |outside: &[usize]| {
        let mut below = vec![0.0; functions * width];
        for &f in outside {
            for run in 0..width {
                below[f * width + run] = recording.flat[f * width + run] * recording.flat_value[f];
            }
        }
        plan.program.accumulate(&mut below, width);
        Some(below)
    };
    let input = Input {
        flat: measure(flat, &recording.flat_value),
        cum: question.with_cum.then(|| measure(cum, &recording.cum_value)),
        footing: Footing::Reference,
        in_turns: plan.in_turns,
        outside_below: &outside_below,
    };
    judge(&input, &question.settings(plan.capture)).expect("tables of one shape")
}
