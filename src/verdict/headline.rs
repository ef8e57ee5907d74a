//! Finished comparisons to the one sentence that people read first.

use super::codes::CaveatCode;
use super::comparison::{BreachKind, Comparison, Status, Undecided, Verdict, Violation};
use super::limit::{Level, Measure};
use crate::units;

/// The outcome of `comparisons` in one sentence, taken from their rows.
#[must_use]
pub fn headline(comparisons: &[Comparison]) -> String {
    match comparisons.iter().map(|comparison| comparison.verdict).max() {
        Some(Verdict::Fail) => broken(comparisons, Level::Fail),
        Some(Verdict::Warn) => broken(comparisons, Level::Warn),
        Some(Verdict::Inconclusive) => open(comparisons),
        Some(Verdict::Pass) | None => holds(comparisons),
    }
}

/// Says why the limits stay open: what everything did, or which function it is about.
fn open(comparisons: &[Comparison]) -> String {
    let of_all = [CaveatCode::FewSamples, CaveatCode::GlobalChange, CaveatCode::EnvironmentChanged];
    let caveats = || comparisons.iter().flat_map(|comparison| &comparison.caveats);
    if let Some(code) = of_all.into_iter().find(|&code| caveats().any(|caveat| caveat.code == code)) {
        let why = match code {
            CaveatCode::FewSamples => "too few events were recorded",
            CaveatCode::GlobalChange => "everything moved",
            _ => "the machine was not the same",
        };
        return format!("the data cannot settle the limits: {why}");
    }
    let mut named = comparisons.iter().flat_map(|comparison| &comparison.undecided);
    let Some(first) = named.next() else { return "the data cannot settle the limits".to_owned() };
    let what = first.function.as_ref().map_or_else(|| "the total".to_owned(), |name| format!("`{name}`"));
    let runs = match first.more_runs {
        Some(more) => format!("; about {more} more runs a side would help"),
        None => String::new(),
    };
    format!(
        "whether {what} takes more {} cannot be told{runs}",
        noun(&comparisons_metric(comparisons, first))
    )
}

/// The metric of the comparison that `undecided` belongs to.
fn comparisons_metric(comparisons: &[Comparison], undecided: &Undecided) -> String {
    let of = comparisons.iter().find(|comparison| comparison.undecided.iter().any(|own| own == undecided));
    of.map_or_else(String::new, |comparison| comparison.metric.kind.clone())
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
    let subject = match (&violation.function, violation.measure) {
        (None, _) => "the whole profile".to_owned(),
        (Some(name), Measure::Cum) => format!("`{name}` with what it calls"),
        (Some(name), _) => format!("`{name}`"),
    };
    let what = noun(&comparison.metric.kind);
    let place = if comparison.name.is_empty() { String::new() } else { format!("{}: ", comparison.name) };
    let share = units::plain_percent(violation.change.new_share);
    match violation.kind {
        BreachKind::Increase { rise: Some(rise), words } => {
            let footing = if words.is_empty() { String::new() } else { format!(" {words}") };
            format!("{place}{subject} takes {} more {what}{footing}", units::plain_percent(rise))
        }
        BreachKind::Increase { rise: None, .. } => {
            format!("{place}{subject} is new and takes {share} of the {what}")
        }
        BreachKind::Budget { budget } => {
            let budget = units::plain_percent(budget);
            format!("{place}{subject} takes {share} of the {what}, and its budget is {budget}")
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
    if comparisons.iter().all(|comparison| comparison.base.is_empty()) {
        return "there is no base to compare with; the budgets hold".to_owned();
    }
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
