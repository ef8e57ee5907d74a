//! Broken limits to sentences and an order: what broke, by how much, and whether that was agreed to.

use std::cmp::Reverse;

use super::comparison::{AcceptedChange, BreachKind, Change, Metric, Violation};
use super::limit::{Limit, Measure};
use super::measured::part;
use crate::units;

/// How a limit was broken. Values are in the metric's unit, on the base's footing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Breach {
    /// By an increase.
    Increase {
        /// The largest cost that would have held.
        allowed: f64,
        /// What the footing makes of the change, in words; empty if nothing.
        words: &'static str,
    },
    /// By a budget.
    Budget {
        /// The part of the total that the row may take.
        budget: f64,
        /// The largest cost that would have held.
        allowed: f64,
    },
}

impl Breach {
    /// Whether it is a budget that is broken.
    pub(super) fn is_budget(self) -> bool {
        matches!(self, Self::Budget { .. })
    }
}

/// A broken limit, and the agreement that covers it if there is one: its reason and its last day.
pub(super) struct Finding {
    pub(super) violation: Violation,
    pub(super) accept: Option<(String, Option<jiff::civil::Date>)>,
}

/// Violations and accepted changes: failures before warnings, then the largest excess first.
pub(super) fn settle(mut findings: Vec<Finding>) -> (Vec<Violation>, Vec<AcceptedChange>) {
    findings.sort_by(|a, b| {
        let excess = |violation: &Violation| violation.observed - violation.allowed;
        let (a, b) = (&a.violation, &b.violation);
        let by_level = Reverse(a.level).cmp(&Reverse(b.level));
        by_level
            .then_with(|| excess(b).total_cmp(&excess(a)))
            .then_with(|| a.function.cmp(&b.function))
            .then_with(|| a.measure.cmp(&b.measure))
    });
    let mut violations = Vec::new();
    let mut accepted = Vec::new();
    for Finding { violation, accept } in findings {
        match accept {
            Some((reason, until)) => accepted.push(AcceptedChange { violation, reason, until }),
            None => violations.push(violation),
        }
    }
    (violations, accepted)
}

/// A breach in words and numbers. `change` belongs to `function`, or to the total if there is none.
pub(super) fn violation(
    limit: &Limit,
    measure: Measure,
    function: Option<&str>,
    change: Change,
    breach: Breach,
    metric: &Metric,
) -> Violation {
    let show =
        |value: f64| units::scaled_label(units::go_int(value.round()), &metric.unit, &metric.shown_unit);
    let what = match function {
        Some(name) => format!("`{name}` ({})", measure.name()),
        None => "the total".to_owned(),
    };
    let (kind, observed, allowed, message) = match breach {
        Breach::Increase { allowed, words } => {
            let base = change.new_footed - change.rise;
            let rise = part(change.rise, base);
            let grown = match rise {
                None => format!("is new and takes {}", show(change.new_footed)),
                Some(rise) => {
                    let percent = units::plain_percent(rise);
                    let footing = if words.is_empty() { String::new() } else { format!(" {words}") };
                    format!("rose by {percent}{footing} from {} to {}", show(base), show(change.new_footed))
                }
            };
            let message = format!("{what} {grown}; the limit allows {}", show(allowed));
            (BreachKind::Increase { rise, words }, change.new_footed, allowed, message)
        }
        Breach::Budget { budget, allowed } => {
            let (share, limit) = (units::plain_percent(change.new_share), units::plain_percent(budget));
            let cost = show(change.new.as_f64());
            let message = format!("{what} takes {share} of the total ({cost}); its budget is {limit}");
            (BreachKind::Budget { budget }, change.new.as_f64(), allowed, message)
        }
    };
    Violation {
        limit: limit.name.clone(),
        level: limit.level,
        measure,
        function: function.map(str::to_owned),
        kind,
        change,
        observed,
        allowed,
        message,
    }
}
