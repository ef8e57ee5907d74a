//! Numbers and words that several formats share: a value in the unit that suits it, a change, a side in a line.

use crate::units;
use crate::verdict::{Change, Comparison, Cost, Metric, RunSummary, Status};

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
