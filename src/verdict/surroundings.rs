//! Circumstances of the recordings to whether any row may be blamed.

use super::chance::{Chance, Weighed};
use super::codes::CaveatCode;
use super::comparison::Caveat;
use super::undecided::Why;
use crate::stats::total;
use crate::units;

/// Fewer events than this on a side, in the mean of both, show nothing.
const LEAST_EVENTS: f64 = 500.0;

/// A reference, or a use of the CPUs, that moved by more than this factor's logarithm is not the code's doing: on busy
/// machines single pairs of identical code then fail in 5–13 % of cases, and below it in 1 %.
const MOVED: f64 = 0.15;

/// Beyond this factor no machine explains it: then what was done is another, and rows are told apart from the rest.
const BEYOND_MACHINES: f64 = 2.0;

/// How sure a shift of the reference must be where several runs tell how far it varies.
const SURE: f64 = 0.001;

/// Why no row may be blamed, if so, and what to say of the circumstances.
pub(super) fn surroundings(chance: &Chance<'_>, weighed: &Weighed) -> (Option<Why>, Option<Caveat>) {
    let (base, new) = chance.total.events.split_at(weighed.runs.base);
    let mean = 0.5 * (base.iter().sum::<f64>() + new.iter().sum::<f64>());
    if mean < LEAST_EVENTS {
        let message = format!(
            "{:.0} and {:.0} events were recorded, too few to tell functions apart; profile for longer, or more often",
            base.iter().sum::<f64>(),
            new.iter().sum::<f64>(),
        );
        return (Some(Why::FewEvents), Some(Caveat { code: CaveatCode::FewSamples, message }));
    }
    let moved = weighed.scale_by(&chance.total.exposures);
    let percent = units::plain_percent(moved);
    let of_all = |message: String| {
        (Some(Why::EverythingMoved), Some(Caveat { code: CaveatCode::GlobalChange, message }))
    };
    if weighed.judgement.reference.everything_moved() {
        return of_all(
            "hardly any function stayed as it was, so that none can be compared with the others".to_owned(),
        );
    }
    let is_single = weighed.runs.base == 1 && weighed.runs.new == 1;
    if is_single && chance.calibrated.is_none() && !chance.is_exact_sampling() {
        if (MOVED..BEYOND_MACHINES.ln()).contains(&moved.ln().abs()) {
            return of_all(format!(
                "the functions that did not change take {percent} of what they did, which is the machine's doing or \
                 another amount of work: single runs cannot tell; take several runs a side, in turns"
            ));
        }
        if let Some(utilization) = chance.surroundings.utilization.filter(|change| change.abs() > MOVED) {
            let message = format!(
                "the new side had {} of the base's CPU time for each second: the machine was busy with something \
                 else; run both sides again, in turns",
                units::plain_percent(utilization.exp())
            );
            return (
                Some(Why::EverythingMoved),
                Some(Caveat { code: CaveatCode::EnvironmentChanged, message }),
            );
        }
        return (None, None);
    }
    if !chance.surroundings.is_timed && moved.ln().abs() > MOVED && has_surely_moved(chance, weighed) {
        return of_all(format!(
            "the functions that did not change take {percent} of what they did, far from what runs differ by: \
             another machine, compiler or setting, or another amount of work"
        ));
    }
    (None, None)
}

/// Whether the reference differs between the sides by more than its runs explain.
fn has_surely_moved(chance: &Chance<'_>, weighed: &Weighed) -> bool {
    let reference = &weighed.judgement.reference;
    let events: Vec<f64> =
        reference.per_run().iter().map(|value| value / reference.value_per_event()).collect();
    let totals = total::Totals {
        events: &events,
        exposures: &chance.total.exposures,
        runs: weighed.runs,
        value_per_event: reference.value_per_event(),
    };
    let settings = &weighed.settings;
    let levels = total::Levels { alpha: SURE, confidence: settings.confidence, power: settings.power };
    let judged = total::judge(
        &totals,
        crate::stats::threshold::Threshold::default(),
        &chance.noise,
        chance.in_turns,
        levels,
    );
    judged.p_increase.min(judged.p_decrease) <= SURE
}
