//! Finished comparisons to the one sentence that people read first.

use super::comparison::{Comparison, Status, Verdict, Violation};
use super::limit::{Level, Measure};
use crate::units;

/// The outcome of `comparisons` in one sentence, taken from their rows.
#[must_use]
pub fn headline(comparisons: &[Comparison]) -> String {
    match comparisons.iter().map(|comparison| comparison.verdict).max() {
        Some(Verdict::Fail) => broken(comparisons, Level::Fail),
        Some(Verdict::Warn) => broken(comparisons, Level::Warn),
        Some(Verdict::Inconclusive) => "the data cannot settle the limits".to_owned(),
        Some(Verdict::Pass) | None => holds(comparisons),
    }
}

/// Names the violation of `level` with the largest excess, a function's before the total's.
fn broken(comparisons: &[Comparison], level: Level) -> String {
    let all = || {
        comparisons.iter().flat_map(move |comparison| {
            let of_level = comparison.violations.iter().filter(move |violation| violation.level == level);
            of_level.map(move |violation| (comparison, violation))
        })
    };
    // Violations stand worst first, and the first of equals is the minimum.
    let Some((comparison, worst)) = all().min_by_key(|(_, violation)| violation.function.is_none()) else {
        return "a limit is broken".to_owned();
    };
    let others = all().count() - 1;
    let more = match others {
        0 => String::new(),
        1 => ", and 1 more limit is broken".to_owned(),
        _ => format!(", and {others} more limits are broken"),
    };
    format!("{}{more}", sentence(comparison, worst))
}

fn sentence(comparison: &Comparison, violation: &Violation) -> String {
    let row = violation.function.as_ref();
    let change = match row {
        None => Some(&comparison.total),
        Some(name) => comparison
            .functions
            .iter()
            .find(|function| function.name == *name)
            .map(|function| function.measured(violation.measure)),
    };
    let subject = match (row, violation.measure) {
        (None, _) => "the whole profile".to_owned(),
        (Some(name), Measure::Cum) => format!("`{name}` with what it calls"),
        (Some(name), _) => format!("`{name}`"),
    };
    let what = noun(&comparison.metric.kind);
    let place = if comparison.name.is_empty() { String::new() } else { format!("{}: ", comparison.name) };
    match change.and_then(|change| change.change) {
        Some(part) if part > 0.0 => {
            let percent = units::signed_percent(part);
            format!("{place}{subject} takes {} more {what}", percent.trim_start_matches('+'))
        }
        Some(_) => format!("{place}{subject} takes more {what} than its budget"),
        None => {
            let share = change.map_or(0.0, |change| change.new_share);
            format!("{place}{subject} is new and takes {} of the {what}", units::plain_percent(share))
        }
    }
}

/// What a sample type counts, in words.
fn noun(kind: &str) -> String {
    match kind {
        "cpu" => "CPU time".to_owned(),
        "samples" => "samples".to_owned(),
        "alloc_space" => "allocated memory".to_owned(),
        "alloc_objects" => "allocated objects".to_owned(),
        "inuse_space" => "memory in use".to_owned(),
        "inuse_objects" => "objects in use".to_owned(),
        "contentions" => "contentions".to_owned(),
        "delay" => "waiting time".to_owned(),
        "goroutine" => "goroutines".to_owned(),
        "threadcreate" => "threads".to_owned(),
        other => other.to_owned(),
    }
}

fn holds(comparisons: &[Comparison]) -> String {
    let rows = || comparisons.iter().flat_map(|comparison| &comparison.functions);
    let improved = rows()
        .filter(|row| row.flat.status == Status::Improved || row.cum.status == Status::Improved)
        .count();
    let count = rows().count();
    let compared = if count == 1 { "1 function".to_owned() } else { format!("{count} functions") };
    match improved {
        0 => format!("the limits hold for {compared}"),
        1 => format!("the limits hold for {compared}; 1 improved"),
        _ => format!("the limits hold for {compared}; {improved} improved"),
    }
}
