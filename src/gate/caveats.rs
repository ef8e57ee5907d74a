//! The plan and the runs of a comparison to the reasons to read it with care that need no statistics.

use super::chance::Approach;
use super::{Plan, Runs};
use crate::aggregate::{Matrix, Run, is_exempt};
use crate::config::Basis;
use crate::select::Note;
use crate::verdict::{Caveat, CaveatCode, Test};

/// Longer recordings than this many times the shorter ones are worth a word.
const MAX_DURATION_RATIO: f64 = 1.1;

/// What can be said of one metric before its rows are judged.
pub(super) fn before_judging(plan: &Plan, runs: &Runs, column: usize, approach: &Approach) -> Vec<Caveat> {
    let caveat = |code, message: &str| Caveat { code, message: message.to_owned() };
    let mut caveats = Vec::new();
    if runs.base.is_empty() {
        caveats.push(caveat(
            CaveatCode::MissingBase,
            "there is no base to compare with, so nothing but budgets is judged",
        ));
    } else if approach.method.test != Test::Exact && (runs.base.len() == 1 || runs.new.len() == 1) {
        caveats.push(caveat(
            CaveatCode::SingleRun,
            "one run on a side cannot show how much runs of the same code differ",
        ));
    }
    if approach.counted.is_some() && approach.method.in_turns == Some(false) {
        caveats.push(caveat(
            CaveatCode::NotInterleaved,
            "the sides were recorded one after the other, so that what changed on the machine in between counts as a \
             difference; runs in turns would have shown smaller rises",
        ));
    }
    if !plan.limits.is_empty() && plan.limits.iter().all(|limit| limit.is_builtin) {
        caveats.push(caveat(CaveatCode::BuiltinLimits, "no limit was given, so the built-in ones were used"));
    }
    if plan.mean {
        caveats.push(caveat(
            CaveatCode::MeanDelta,
            "delta is pprof's, the added value by added event; changes and limits compare the sides' means",
        ));
    }
    if approach.basis == Basis::Absolute && !plan.normalize {
        caveats.extend(different_duration(runs));
    }
    caveats.extend(different_period(runs));
    caveats.extend(snapshot(runs, column));
    if !runs.dropped_types.is_empty() {
        let names: Vec<_> = runs.dropped_types.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("not every profile has {}, so it was left out", names.join(", "));
        caveats.push(caveat(CaveatCode::DroppedSampleTypes, &message));
    }
    let profiles = runs.base.len() + runs.new.len();
    caveats.extend(runs.notes.iter().map(|(note, about)| noted(note, *about, profiles)));
    caveats
}

/// Which functions break no limit because the machine's load decides what they cost.
pub(super) fn exempt(plan: &Plan, costs: &Matrix) -> Option<Caveat> {
    if plan.limits.iter().all(|limit| limit.functions.is_some()) {
        return None;
    }
    let names = costs.rows.iter().map(|row| row.name.as_str()).filter(|name| is_exempt(name.as_bytes()));
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| Caveat {
        code: CaveatCode::ExemptFrames,
        message: format!(
            "the load of the machine decides what these cost, so they break no limit: {}",
            names.join(", ")
        ),
    })
}

/// What to say when `rows` rows that got cheaper are not shown.
pub(super) fn rows_left_out(rows: usize) -> Option<Caveat> {
    let message = match rows {
        0 => return None,
        1 => "1 row that got cheaper is not shown".to_owned(),
        _ => format!("{rows} rows that got cheaper are not shown"),
    };
    Some(Caveat { code: CaveatCode::DropNegative, message })
}

/// The mean duration of runs in seconds, if all of them tell theirs.
#[expect(clippy::cast_precision_loss, reason = "durations are compared roughly")]
fn mean_seconds(runs: &[Run]) -> Option<f64> {
    let nanos = runs.iter().map(|run| Some(run.info.duration_nanos).filter(|&nanos| nanos > 0));
    let sum: f64 = nanos.map(|nanos| nanos.map(|nanos| nanos as f64)).sum::<Option<f64>>()?;
    Some(sum / runs.len() as f64 / 1e9)
}

fn different_duration(runs: &Runs) -> Option<Caveat> {
    let (base, new) = (mean_seconds(&runs.base)?, mean_seconds(&runs.new)?);
    (base.max(new) > base.min(new) * MAX_DURATION_RATIO).then(|| Caveat {
        code: CaveatCode::DifferentDuration,
        message: format!(
            "base was recorded for {base:.1} s and new for {new:.1} s; unless that is the work's own doing, compare with \
             --basis per-second"
        ),
    })
}

fn different_period(runs: &Runs) -> Option<Caveat> {
    let all = || runs.base.iter().chain(&runs.new);
    let periods = || all().map(|run| run.info.period).filter(|&period| period > 0);
    let (least, most) = (periods().min()?, periods().max()?);
    let unit = &all().next()?.info.period_type.unit;
    (least < most).then(|| Caveat {
        code: CaveatCode::DifferentPeriod,
        message: format!(
            "a sample stands for {least} {unit} in one profile and for {most} {unit} in another"
        ),
    })
}

fn snapshot(runs: &Runs, column: usize) -> Option<Caveat> {
    let kind = &runs.new.first()?.info.types.get(column)?.kind;
    (kind.starts_with("inuse_") || kind == "goroutine").then(|| Caveat {
        code: CaveatCode::SnapshotProfile,
        message: format!("`{kind}` was counted at one moment"),
    })
}

fn noted(note: &Note, about: usize, profiles: usize) -> Caveat {
    let code = match note {
        Note::NoMatch(_) => CaveatCode::FilterNoMatch,
        Note::Range { .. } => CaveatCode::FilterAsRange,
        Note::MixedUnits { .. } => CaveatCode::MixedLabelUnits,
        Note::InvalidFramePattern(_) => CaveatCode::InvalidDropFrames,
    };
    let message = if about < profiles {
        format!("{note}, in {about} of {profiles} profiles")
    } else {
        note.to_string()
    };
    Caveat { code, message }
}
