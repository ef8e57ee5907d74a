//! Costs of both sides and limits to a [`Comparison`].

use std::cmp::Reverse;

use rayon::prelude::*;

use super::amount::Amount;
use super::comparison::{
    AcceptedChange, Caveat, Change, Comparison, Cost, FunctionChange, Metric, RunSummary, Status, Verdict,
    Violation,
};
use super::limit::{Accept, Level, Limit, Measure};
use crate::aggregate::Matrix;
use crate::error::{Error, ErrorKind, Result};
use crate::units;

/// Limits hold up to this relative slack: percentages are not exact in binary, and +10 % of 290 is 29.
const ROUNDING: f64 = 1e-9;

/// How the costs of both sides are brought on one footing before they are shown and judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divisors {
    /// Base values are divided by this.
    pub base: f64,
    /// New values are divided by this.
    pub new: f64,
}

impl Default for Divisors {
    fn default() -> Self {
        Self { base: 1.0, new: 1.0 }
    }
}

/// The column sums of the runs of both sides that shares refer to, in the metric's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// One for each base run.
    pub base: Vec<i64>,
    /// One for each new run.
    pub new: Vec<i64>,
}

/// What one comparison is made of.
#[derive(Debug)]
pub struct Case<'a> {
    /// The relative path that both sides share.
    pub name: String,
    /// What is measured.
    pub metric: Metric,
    /// Costs by row and run.
    pub costs: &'a Matrix,
    /// Number of events by row and run, for values per event.
    pub events: Option<&'a Matrix>,
    /// Totals of the runs.
    pub totals: Totals,
    /// Total events of the runs, for values per event.
    pub event_totals: Option<Totals>,
    /// What is known of the base runs.
    pub base: Vec<RunSummary>,
    /// What is known of the new runs.
    pub new: Vec<RunSummary>,
    /// Caveats found on the way here.
    pub caveats: Vec<Caveat>,
}

/// The rules of the gate.
#[derive(Debug)]
pub struct Rules<'a> {
    /// The limits, the most particular first.
    pub limits: &'a [Limit],
    /// Agreed changes.
    pub accepts: &'a [Accept],
    /// The sides' divisors.
    pub divisors: Divisors,
    /// What new values are multiplied by for judging, so that both sides did the same amount of work.
    pub footing: f64,
    /// Rows that got cheaper are left out.
    pub drop_negative: bool,
}

/// Judges one case.
///
/// # Errors
/// When no function is common to both sides, or a limit's unit does not convert to the metric's.
pub fn judge(case: Case<'_>, rules: &Rules<'_>) -> Result<Comparison> {
    check_units(rules.limits, &case.metric)?;
    require_common_functions(case.costs)?;
    let scale = Scale::new(&case, rules);
    let rows: Vec<(FunctionChange, Vec<Finding>)> = (0..case.costs.len())
        .into_par_iter()
        .filter_map(|row| {
            let flat = scale.change(&Pair::of(case.costs, case.events, row, Measure::Flat));
            let cum = scale.change(&Pair::of(case.costs, case.events, row, Measure::Cum));
            let is_kept = !rules.drop_negative || !is_negative(&flat, &cum);
            is_kept.then(|| {
                let label = &case.costs.rows[row];
                let (name, file) = (label.name.clone(), label.file.clone());
                scale.judge_row(FunctionChange { name, file, flat, cum }, rules, &case.metric)
            })
        })
        .collect();
    let mut findings = Vec::new();
    let mut functions = Vec::with_capacity(rows.len());
    for (function, found) in rows {
        functions.push(function);
        findings.extend(found);
    }
    functions.par_sort_by(|a, b| {
        b.magnitude()
            .total_cmp(&a.magnitude())
            .then_with(|| a.name.cmp(&b.name))
            .then_with(|| a.file.cmp(&b.file))
    });
    let (total, total_finding) = scale.judge_total(&case, rules);
    findings.extend(total_finding);
    let (violations, accepted) = settle(findings);
    Ok(Comparison {
        name: case.name,
        verdict: verdict_of(&violations),
        metric: case.metric,
        base: case.base,
        new: case.new,
        total,
        functions,
        violations,
        caveats: case.caveats,
        accepted,
    })
}

/// A broken limit, and the agreement that covers it if there is one.
struct Finding {
    violation: Violation,
    accept: Option<(String, Option<jiff::civil::Date>)>,
}

/// Violations and accepted changes, the largest excess first, failures before warnings.
fn settle(mut findings: Vec<Finding>) -> (Vec<Violation>, Vec<AcceptedChange>) {
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

fn verdict_of(violations: &[Violation]) -> Verdict {
    match violations.iter().map(|violation| violation.level).max() {
        Some(Level::Fail) => Verdict::Fail,
        Some(Level::Warn) => Verdict::Warn,
        None => Verdict::Pass,
    }
}

fn is_negative(flat: &Change, cum: &Change) -> bool {
    let (flat, cum) = (flat.delta.as_f64(), cum.delta.as_f64());
    flat < 0.0 || (flat == 0.0 && cum < 0.0)
}

/// Fails when a limit that is about this metric states a quantity in another family of units.
fn check_units(limits: &[Limit], metric: &Metric) -> Result<()> {
    for limit in limits.iter().filter(|limit| limit.metric.as_ref().is_none_or(|own| *own == metric.kind)) {
        for amount in [&limit.max_increase, &limit.min_increase].into_iter().flatten() {
            if amount.resolve(1.0, &metric.unit).is_none() {
                return Err(Error::new(
                    ErrorKind::Incomparable,
                    format!(
                        "limit `{}` says {amount}, and `{}` is measured in {}",
                        limit.name, metric.kind, metric.unit
                    ),
                )
                .help("state it in a unit that converts, or give the limit the metric it is about"));
            }
        }
    }
    Ok(())
}

fn require_common_functions(costs: &Matrix) -> Result<()> {
    if costs.has_common_functions {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Incomparable, "no function has a cost on both sides")
        .help("compare profiles of the same program, and check that no filter removes all of it"))
}

/// The values of one row and measure in all runs.
struct Pair<'a> {
    base: &'a [i64],
    new: &'a [i64],
    events: Option<(&'a [i64], &'a [i64])>,
}

impl<'a> Pair<'a> {
    fn of(costs: &'a Matrix, events: Option<&'a Matrix>, row: usize, measure: Measure) -> Self {
        let pick =
            |matrix: &'a Matrix| if measure == Measure::Flat { matrix.flat(row) } else { matrix.cum(row) };
        let (base, new) = pick(costs);
        Self { base, new, events: events.map(pick) }
    }

    /// The costs of both sides and their difference, before divisors.
    fn costs(&self) -> (Cost, Cost, Cost) {
        let (base, new) = match self.events {
            None => (mean(self.base), mean(self.new)),
            Some((base, new)) => (mean_per_event(self.base, base), mean_per_event(self.new, new)),
        };
        let delta = match (self.base, self.new, self.events) {
            (&[base], &[new], None) => Cost::Exact(new.wrapping_sub(base)),
            // pprof divides the difference of the values by the difference of the events.
            (&[base], &[new], Some((&[base_events], &[new_events]))) => {
                let events = new_events.wrapping_sub(base_events);
                Cost::Exact(per_event(new.wrapping_sub(base), events))
            }
            _ => Cost::Mean(new.as_f64() - base.as_f64()),
        };
        (base, new, delta)
    }
}

#[expect(clippy::cast_precision_loss, reason = "means are floating-point numbers")]
fn mean(runs: &[i64]) -> Cost {
    match runs {
        [only] => Cost::Exact(*only),
        _ => Cost::Mean(runs.iter().map(|&value| value as f64).sum::<f64>() / runs.len() as f64),
    }
}

#[expect(clippy::cast_precision_loss, reason = "means are floating-point numbers")]
fn mean_per_event(runs: &[i64], events: &[i64]) -> Cost {
    if let (&[value], &[events]) = (runs, events) {
        return Cost::Exact(per_event(value, events));
    }
    let each = runs.iter().zip(events).map(|(&value, &events)| match events {
        0 => value as f64,
        _ => value as f64 / events as f64,
    });
    Cost::Mean(each.sum::<f64>() / runs.len() as f64)
}

/// A value per event, truncated, as pprof's `-mean` has it: the value itself where there is no event.
fn per_event(value: i64, events: i64) -> i64 {
    value.checked_div(events).unwrap_or(value)
}

/// What rows are measured against: divisors, footing and the totals of both sides.
struct Scale {
    divisors: Divisors,
    footing: f64,
    /// Totals after divisors.
    base_total: f64,
    new_total: f64,
    is_per_event: bool,
}

impl Scale {
    fn new(case: &Case<'_>, rules: &Rules<'_>) -> Self {
        let total = |runs: &[i64], events: Option<&Vec<i64>>, divisor: f64| {
            let total = events.map_or_else(|| mean(runs), |events| mean_per_event(runs, events));
            total.as_f64() / divisor
        };
        let events = case.event_totals.as_ref();
        Self {
            divisors: rules.divisors,
            footing: rules.footing,
            base_total: total(&case.totals.base, events.map(|events| &events.base), rules.divisors.base),
            new_total: total(&case.totals.new, events.map(|events| &events.new), rules.divisors.new),
            is_per_event: events.is_some(),
        }
    }

    /// The change of one row, not judged yet.
    fn change(&self, pair: &Pair<'_>) -> Change {
        let is_gone = |runs: &[i64]| runs.iter().all(|&value| value == 0);
        let status = match (is_gone(pair.base), is_gone(pair.new)) {
            (true, false) => Status::Added,
            (false, true) => Status::Removed,
            _ => Status::Unchanged,
        };
        let (base, new, delta) = pair.costs();
        let Divisors { base: base_divisor, new: new_divisor } = self.divisors;
        #[expect(clippy::float_cmp, reason = "both sides have the same divisor, digit for digit")]
        let delta = if base_divisor == new_divisor {
            divide(delta, base_divisor)
        } else {
            let difference = new.as_f64() / new_divisor - base.as_f64() / base_divisor;
            match delta {
                Cost::Exact(_) => Cost::Exact(units::go_int(difference)),
                Cost::Mean(_) => Cost::Mean(difference),
            }
        };
        let (base, new) = (divide(base, base_divisor), divide(new, new_divisor));
        let difference = if self.is_per_event { new.as_f64() - base.as_f64() } else { delta.as_f64() };
        Change {
            base,
            new,
            delta,
            change: part(difference, base.as_f64()),
            base_share: part(base.as_f64(), self.base_total).unwrap_or(0.0),
            new_share: part(new.as_f64(), self.new_total).unwrap_or(0.0),
            evidence: None,
            status,
        }
    }

    fn judge_row(
        &self,
        mut row: FunctionChange,
        rules: &Rules<'_>,
        metric: &Metric,
    ) -> (FunctionChange, Vec<Finding>) {
        let accept = rules.accepts.iter().find(|accept| accept.functions.is_match(row.name.as_bytes()));
        let mut found = Vec::new();
        for measure in [Measure::Flat, Measure::Cum] {
            let limit =
                rules.limits.iter().find(|limit| limit.covers(row.name.as_bytes(), measure, &metric.kind));
            let change = *row.measured(measure);
            let breach = limit.and_then(|limit| self.breach(&change, limit, metric));
            let mut status = self.status(&change, limit, breach.is_some(), metric);
            if let (Some(limit), Some(breach)) = (limit, breach) {
                if accept.is_some() {
                    status = Status::Accepted;
                }
                found.push(Finding {
                    violation: violation(limit, measure, Some(&row.name), &change, breach, metric),
                    accept: accept.map(|accept| (accept.reason.clone(), accept.until)),
                });
            }
            match measure {
                Measure::Flat => row.flat.status = status,
                _ => row.cum.status = status,
            }
        }
        (row, found)
    }

    fn judge_total(&self, case: &Case<'_>, rules: &Rules<'_>) -> (Change, Option<Finding>) {
        let events = case.event_totals.as_ref().map(|events| (&events.base[..], &events.new[..]));
        let pair = Pair { base: &case.totals.base, new: &case.totals.new, events };
        let mut change = self.change(&pair);
        let covers = |limit: &&Limit| limit.covers(b"", Measure::Total, &case.metric.kind);
        let limit = rules.limits.iter().find(covers);
        let breach = limit.and_then(|limit| self.breach(&change, limit, &case.metric));
        change.status = self.status(&change, limit, breach.is_some(), &case.metric);
        let finding = limit.zip(breach).map(|(limit, breach)| Finding {
            violation: violation(limit, Measure::Total, None, &change, breach, &case.metric),
            accept: None,
        });
        (change, finding)
    }

    /// The new side's cost on the base's footing.
    fn footed(&self, change: &Change) -> f64 {
        change.new.as_f64() * self.footing
    }

    /// The largest cost `limit` allows, if `change` exceeds it.
    fn breach(&self, change: &Change, limit: &Limit, metric: &Metric) -> Option<Breach> {
        if let Some(budget) = limit.max_share
            && change.new_share > budget * (1.0 + ROUNDING)
        {
            return Some(Breach::Budget { allowed: budget * self.new_total, budget });
        }
        let max = limit.max_increase.as_ref()?;
        let least = limit.min_share.unwrap_or(0.0);
        if change.base_share < least && change.new_share < least {
            return None;
        }
        let (slack, floor) = self.bounds(change, max, limit.min_increase.as_ref(), metric);
        let added = self.footed(change) - change.base.as_f64();
        let is_broken = added > slack * (1.0 + ROUNDING) && added >= floor * (1.0 - ROUNDING);
        is_broken.then(|| Breach::Increase { allowed: change.base.as_f64() + slack.max(floor) })
    }

    /// The increase a limit tolerates and the least it looks at, in the metric's unit.
    fn bounds(&self, change: &Change, max: &Amount, min: Option<&Amount>, metric: &Metric) -> (f64, f64) {
        // Units were checked before any row is judged.
        let slack = max.resolve(change.base.as_f64(), &metric.unit).unwrap_or(0.0);
        let floor = min.and_then(|min| min.resolve(self.base_total, &metric.unit)).unwrap_or(0.0);
        (slack, floor)
    }

    /// The status of a change by its limit, or by the built-in one where no limit covers it.
    fn status(&self, change: &Change, limit: Option<&Limit>, is_broken: bool, metric: &Metric) -> Status {
        if matches!(change.status, Status::Added | Status::Removed) {
            return change.status;
        }
        if is_broken {
            return Status::Regressed;
        }
        let default = (Amount::Part(0.05), Some(Amount::Part(0.005)));
        let (max, min) = match limit.and_then(|limit| limit.max_increase.as_ref().zip(Some(limit))) {
            Some((max, limit)) => (max, limit.min_increase.as_ref()),
            None => (&default.0, default.1.as_ref()),
        };
        let (slack, floor) = self.bounds(change, max, min, metric);
        let added = self.footed(change) - change.base.as_f64();
        let is_large = added.abs() > slack * (1.0 + ROUNDING) && added.abs() >= floor;
        match (is_large, added < 0.0) {
            (true, true) => Status::Improved,
            (true, false) if limit.is_none() => Status::Regressed,
            _ => Status::Unchanged,
        }
    }
}

/// How a limit was broken.
#[derive(Debug, Clone, Copy)]
enum Breach {
    Increase { allowed: f64 },
    Budget { allowed: f64, budget: f64 },
}

fn divide(cost: Cost, divisor: f64) -> Cost {
    #[expect(clippy::float_cmp, reason = "1 is the literal divisor of values that are left alone")]
    if divisor == 1.0 {
        return cost;
    }
    match cost {
        // pprof multiplies by the inverse and truncates.
        Cost::Exact(_) => Cost::Exact(units::go_int(cost.as_f64() * (1.0 / divisor))),
        Cost::Mean(value) => Cost::Mean(value / divisor),
    }
}

fn part(value: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| value / whole)
}

fn violation(
    limit: &Limit,
    measure: Measure,
    function: Option<&str>,
    change: &Change,
    breach: Breach,
    metric: &Metric,
) -> Violation {
    let show =
        |value: f64| units::scaled_label(units::go_int(value.round()), &metric.unit, &metric.shown_unit);
    let what = match function {
        Some(name) => format!("`{name}` ({})", measure.name()),
        None => "the total".to_owned(),
    };
    let from_to = format!("from {} to {}", show(change.base.as_f64()), show(change.new.as_f64()));
    let (allowed, message) = match breach {
        Breach::Increase { allowed } => {
            let grown = change.change.map_or_else(
                || format!("is new and takes {}", show(change.new.as_f64())),
                |part| format!("rose by {} {from_to}", units::signed_percent(part).trim_start_matches('+')),
            );
            (allowed, format!("{what} {grown}; the limit allows {}", show(allowed)))
        }
        Breach::Budget { allowed, budget } => {
            let share = units::plain_percent(change.new_share);
            let budget = units::plain_percent(budget);
            (allowed, format!("{what} takes {share} of the total ({from_to}); its budget is {budget}"))
        }
    };
    Violation {
        limit: limit.name.clone(),
        level: limit.level,
        measure,
        function: function.map(str::to_owned),
        observed: change.new.as_f64(),
        allowed,
        message,
    }
}
