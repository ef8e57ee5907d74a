//! Numbers and words that several formats share: a value in the unit that suits it, a change, a side in a line.

use crate::units;
use crate::verdict::{
    Change, Comparison, Cost, FunctionChange, Method, Metric, Origin, RunSummary, Status, Test,
};

/// A cost in the metric's shown unit. The unit may be any text: what is no letter or sign of a unit is not shown.
pub(super) fn cost(cost: Cost, metric: &Metric) -> String {
    let text = units::scaled_label(cost.rounded(), &metric.unit, &metric.shown_unit);
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '*' | '/' | '_' | ' ' | '%');
    if text.chars().all(is_plain) { text } else { text.replace(|c| !is_plain(c), "?") }
}

/// A cost with its sign.
pub(super) fn delta(delta: Cost, metric: &Metric) -> String {
    let text = cost(delta, metric);
    if delta.rounded() > 0 && text != "0" { format!("+{text}") } else { text }
}

/// A relative change, or the word for what has none.
pub(super) fn change(change: &Change) -> String {
    match (change.change, change.status) {
        (_, Status::Removed) => "gone".to_owned(),
        (Some(part), _) => units::signed_percent(part),
        (None, _) if change.new.rounded() == 0 => String::new(),
        (None, _) => "new".to_owned(),
    }
}

/// The interval of the change, as parts of the base: `+18.1%..+31.9%`. Empty where nothing was estimated.
pub(super) fn interval(change: &Change) -> String {
    let base = change.base.as_f64();
    match change.evidence {
        Some(evidence) if base > 0.0 => {
            let [low, high] = [evidence.low, evidence.high].map(|end| units::signed_percent(end / base));
            format!("{low}..{high}")
        }
        _ => String::new(),
    }
}

/// The false discovery rate of the row, to three digits. Empty where nothing was estimated.
pub(super) fn q(change: &Change) -> String {
    match change.evidence {
        None => String::new(),
        Some(evidence) if evidence.q_value < 0.001 => "<0.001".to_owned(),
        Some(evidence) => format!("{:.3}", evidence.q_value.min(1.0)),
    }
}

/// A sign for what was found of a row by its counts: `~` for within the limit, `?` for what cannot be told.
pub(super) fn mark(change: &Change) -> &'static str {
    match (change.evidence, change.status) {
        (Some(_), Status::Unchanged) => " ~",
        (Some(_), Status::Inconclusive) => " ?",
        _ => "",
    }
}

/// How the sides were held against each other, in one line.
pub(super) fn method(comparison: &Comparison) -> String {
    let Method { basis, test, base_events, new_events, in_turns } = comparison.method;
    let footing = match basis {
        "share" => "share (each function against the other functions of its run)",
        "per-second" => "per second",
        "per-op" => "per operation",
        _ => "absolute",
    };
    let test = match (test, base_events, new_events) {
        (Test::Counts, Some(base), Some(new)) => {
            format!("test by event counts ({base:.0} base, {new:.0} new), 95% intervals")
        }
        (Test::Exact, _, _) => "exact counts".to_owned(),
        _ => "no test".to_owned(),
    };
    let turns = match in_turns {
        Some(true) => "; runs in turns",
        Some(false) => "; sides one after the other",
        None => "",
    };
    format!("{footing}; {test}{turns}")
}

/// What the data could have shown of the largest function, where that is known.
pub(super) fn resolution(comparison: &Comparison) -> Option<String> {
    let size = |row: &&FunctionChange| row.flat.base_share;
    let largest = comparison.functions.iter().filter(|row| row.flat.base_share > 0.0);
    let largest = largest.max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let rise = units::plain_percent(largest.flat.evidence?.detectable?);
    let share = units::plain_percent(largest.flat.base_share);
    Some(format!("a rise of {rise} would have shown in the largest function, with {share} of the total"))
}

/// One side in a few words: `12.03s in 6 runs, 18045 samples`.
pub(super) fn side(runs: &[RunSummary], total: Cost, metric: &Metric) -> String {
    let samples: i64 = runs.iter().map(|run| run.samples).fold(0, i64::saturating_add);
    let runs = match runs.len() {
        1 => "1 run".to_owned(),
        count => format!("{count} runs"),
    };
    let plural = if samples == 1 { "" } else { "s" };
    format!("{} ({runs}, {samples} sample{plural})", cost(total, metric))
}

/// Where the runs of a side were captured and what is known of the program, in a line; `None` if it is not known.
pub(super) fn origin(runs: &[RunSummary]) -> Option<String> {
    const SHOWN: usize = 3;
    let origins = || runs.iter().filter_map(|run| run.origin.as_ref());
    let distinct = |of: &dyn Fn(&Origin) -> String| {
        let mut values: Vec<String> = Vec::new();
        for value in origins().map(of).filter(|value| !value.is_empty()) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    };
    let (start, end) =
        (origins().map(|origin| &origin.start).min()?, origins().map(|origin| &origin.end).max()?);
    let mut urls = distinct(&|origin| origin.url.clone());
    let hidden = urls.len().saturating_sub(SHOWN);
    urls.truncate(SHOWN);
    let more = if hidden > 0 { format!(" and {hidden} more") } else { String::new() };
    let program: Vec<String> = [
        distinct(&|origin| origin.go_version.clone()),
        distinct(&Origin::platform),
        distinct(&|origin| origin.cpus.map_or_else(String::new, |cpus| format!("{cpus} CPUs"))),
        distinct(&|origin| origin.build_id.chars().take(12).collect())
            .into_iter()
            .map(|id| format!("build {id}"))
            .collect(),
    ]
    .concat();
    let program = if program.is_empty() { String::new() } else { format!(" ({})", program.join(", ")) };
    Some(format!("{}{more}{program}, {} to {}", urls.join(", "), whole_seconds(start), whole_seconds(end)))
}

/// A moment as RFC 3339 writes it, without the fraction of its second.
fn whole_seconds(moment: &str) -> String {
    moment.split_once('.').map_or_else(|| moment.to_owned(), |(seconds, _)| format!("{seconds}Z"))
}

/// The comparison's title: its name if it has one, and what is measured.
pub(super) fn title(comparison: &Comparison) -> String {
    let Metric { kind, is_mean, unit, .. } = &comparison.metric;
    let metric = format!("{}{kind} in {unit}", if *is_mean { "mean_" } else { "" });
    if comparison.name.is_empty() { metric } else { format!("{}: {metric}", comparison.name) }
}

/// `1 limit is broken`, `3 limits are broken`.
pub(super) fn count(number: usize, noun: &str, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {noun} {one}") } else { format!("{number} {noun}s {many}") }
}
