//! Costs of both sides and limits to a [`Comparison`].

use rayon::prelude::*;

use super::breach::{Breach, Finding, settle, violation};
use super::codes::CaveatCode;
use super::comparison::{
    Caveat, Change, Comparison, Cost, FunctionChange, Metric, RunSummary, Status, Verdict, Violation,
};
use super::limit::{Accept, Level, Limit, Measure};
use super::measured::{Pair, Scale};
use crate::aggregate::Matrix;
use crate::error::{Error, ErrorKind, Result};

/// Limits hold up to this relative slack: percentages are not exact in binary, and +10 % of 290 is 29.
const ROUNDING: f64 = 1e-9;

/// The increase that counts where no limit covers a row, as in the built-in limit: a part of the row's base and a
/// part of the base's total.
const DEFAULT_INCREASE: (f64, f64) = (0.05, 0.005);

/// What values are divided by before they are shown.
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

/// How new values are brought to the amount of work that the base did, for judging.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Footing {
    /// New values are multiplied by this.
    pub factor: f64,
    /// What it makes of a change, in words: `per second`; empty if nothing.
    pub words: &'static str,
    /// Whether it makes both totals equal, so that no limit on the total can be broken.
    pub fixes_total: bool,
}

/// The column sums of the runs of both sides, in the metric's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// One for each base run.
    pub base: Vec<i64>,
    /// One for each new run.
    pub new: Vec<i64>,
}

/// What one comparison is made of. Without base runs, budgets alone are judged.
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
    /// How the sides are brought on one footing.
    pub footing: Footing,
    /// Rows that got cheaper are left out of the report. They are judged all the same.
    pub drop_negative: bool,
}

/// Judges one case.
///
/// # Errors
/// When no function is common to both sides, a limit's unit does not convert to the metric's, a limit on the total
/// cannot be broken on this footing, or a value or difference is too large to be counted.
pub fn judge(case: Case<'_>, rules: &Rules<'_>) -> Result<Comparison> {
    check_units(rules.limits, &case.metric)?;
    if !case.base.is_empty() && !case.costs.has_common_functions {
        return Err(Error::new(ErrorKind::Incomparable, "no function has a cost on both sides")
            .help("compare profiles of the same program, and check that no filter removes all of it"));
    }
    let scale = Scale::new(&case, rules);
    let bench = Bench { scale: &scale, rules, metric: &case.metric };
    let judged: Vec<Judged> = (0..case.costs.len())
        .into_par_iter()
        .map(|row| {
            let label = &case.costs.rows[row];
            let flat = scale.change(&Pair::of(case.costs, case.events, row, Measure::Flat))?;
            let cum = scale.change(&Pair::of(case.costs, case.events, row, Measure::Cum))?;
            let (name, file) = (label.name.clone(), label.file.clone());
            Ok(bench.row(FunctionChange { name, file, line: label.line, flat, cum }))
        })
        .collect::<Result<_>>()?;
    let total = bench.total(scale.change(&Pair::of_totals(&case))?)?;

    let mut covered = covered_limits(&judged, rules, &case.metric);
    let mut findings = Vec::new();
    let mut functions = Vec::with_capacity(judged.len());
    for Judged { row, findings: found } in judged {
        findings.extend(found);
        if !rules.drop_negative || !is_negative(&row) {
            functions.push(row);
        }
    }
    functions.par_sort_by(|a, b| {
        let by_delta = b.magnitude().total_cmp(&a.magnitude());
        by_delta.then_with(|| a.name.cmp(&b.name)).then_with(|| a.file.cmp(&b.file))
    });
    findings.extend(total.finding);
    let (violations, accepted) = settle(findings);
    let mut caveats = case.caveats;
    caveats.extend(total.caveat);
    for (covered, limit) in covered.iter_mut().zip(rules.limits) {
        *covered |= limit.covers(b"", Measure::Total, &case.metric.kind);
    }
    Ok(Comparison {
        name: case.name,
        verdict: verdict_of(&violations),
        metric: case.metric,
        base: case.base,
        new: case.new,
        total: total.change,
        functions,
        violations,
        caveats,
        accepted,
        covered_limits: covered,
        stacks: None,
    })
}

fn verdict_of(violations: &[Violation]) -> Verdict {
    match violations.iter().map(|violation| violation.level).max() {
        Some(Level::Fail) => Verdict::Fail,
        Some(Level::Warn) => Verdict::Warn,
        None => Verdict::Pass,
    }
}

/// Whether pprof's `-drop_negative` leaves the row out.
fn is_negative(row: &FunctionChange) -> bool {
    let (flat, cum) = (row.flat.delta.as_f64(), row.cum.delta.as_f64());
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

/// For each limit, whether it covers any row in any measure, decided by an earlier limit or not.
fn covered_limits(judged: &[Judged], rules: &Rules<'_>, metric: &Metric) -> Vec<bool> {
    let covers_any = |limit: &Limit| {
        let measures = [Measure::Flat, Measure::Cum];
        judged.par_iter().any(|Judged { row, .. }| {
            measures.iter().any(|&measure| limit.covers(row.name.as_bytes(), measure, &metric.kind))
        })
    };
    rules.limits.iter().map(covers_any).collect()
}

/// A judged row, and the limits it breaks.
struct Judged {
    row: FunctionChange,
    findings: Vec<Finding>,
}

/// The judged total.
struct JudgedTotal {
    change: Change,
    finding: Option<Finding>,
    caveat: Option<Caveat>,
}

/// Where rows are held against the rules.
struct Bench<'a> {
    scale: &'a Scale,
    rules: &'a Rules<'a>,
    metric: &'a Metric,
}

impl Bench<'_> {
    fn row(&self, mut row: FunctionChange) -> Judged {
        let name = row.name.as_bytes();
        let accept = self.rules.accepts.iter().find(|accept| accept.functions.is_match(name));
        let mut findings = Vec::new();
        for measure in [Measure::Flat, Measure::Cum] {
            let covers = |limit: &&Limit| limit.covers(row.name.as_bytes(), measure, &self.metric.kind);
            let limit = self.rules.limits.iter().find(covers);
            let mut change = *row.measured(measure);
            let breach = limit.and_then(|limit| self.breach(&change, limit));
            change.status = self.status(&change, limit, breach.is_some());
            if let (Some(limit), Some(breach)) = (limit, breach) {
                if accept.is_some() {
                    change.status = Status::Accepted;
                }
                let violation = violation(limit, measure, Some(&row.name), change, breach, self.metric);
                let accept = accept.map(|accept| (accept.reason.clone(), accept.until));
                findings.push(Finding { violation, accept });
            }
            match measure {
                Measure::Flat => row.flat = change,
                _ => row.cum = change,
            }
        }
        Judged { row, findings }
    }

    /// Judges the total.
    ///
    /// # Errors
    /// When a limit was given for it that cannot be broken on this footing.
    fn total(&self, mut change: Change) -> Result<JudgedTotal> {
        let covers = |limit: &&Limit| limit.covers(b"", Measure::Total, &self.metric.kind);
        let limit = self.rules.limits.iter().find(covers);
        let mut caveat = None;
        if let Some(limit) = limit.filter(|_| self.rules.footing.fixes_total) {
            if !limit.is_builtin {
                let problem =
                    format!("limit `{}` cannot be broken where both totals are made equal", limit.name);
                return Err(Error::new(ErrorKind::Limit, problem)
                    .help("drop the limit on the total, --normalize, or --basis share"));
            }
            let message = "both totals are made equal, so the total is not judged".to_owned();
            caveat = Some(Caveat { code: CaveatCode::UnusedLimit, message });
        }
        let breach = limit.and_then(|limit| self.breach(&change, limit));
        change.status = self.status(&change, limit, breach.is_some());
        let finding = limit.zip(breach).map(|(limit, breach)| Finding {
            violation: violation(limit, Measure::Total, None, change, breach, self.metric),
            accept: None,
        });
        Ok(JudgedTotal { change, finding, caveat })
    }

    /// How `change` breaks `limit`, if it does.
    fn breach(&self, change: &Change, limit: &Limit) -> Option<Breach> {
        if let Some(budget) = limit.max_share
            && change.new_share > budget * (1.0 + ROUNDING)
        {
            return Some(Breach::Budget { budget, allowed: budget * self.scale.new_total });
        }
        let is_small = |least: f64| change.base_share.abs() < least && change.new_share.abs() < least;
        if !self.scale.has_base || limit.max_increase.is_none() || limit.min_share.is_some_and(is_small) {
            return None;
        }
        let (slack, floor) = self.bounds(change, Some(limit));
        let is_broken = change.rise > slack * (1.0 + ROUNDING) && change.rise >= floor * (1.0 - ROUNDING);
        let base = change.new_footed - change.rise;
        let words = self.rules.footing.words;
        is_broken.then(|| Breach::Increase { allowed: base + slack.max(floor), words })
    }

    /// The rise that is tolerated and the least that counts, in the metric's unit: those of `limit`, or of the
    /// built-in one if it has none.
    fn bounds(&self, change: &Change, limit: Option<&Limit>) -> (f64, f64) {
        let base = (change.new_footed - change.rise).abs();
        let Some((limit, max)) = limit.and_then(|limit| Some((limit, limit.max_increase.as_ref()?))) else {
            return (DEFAULT_INCREASE.0 * base, DEFAULT_INCREASE.1 * self.scale.base_total);
        };
        // Units were checked before any row is judged.
        let resolve = |amount: &super::Amount, whole| amount.resolve(whole, &self.metric.unit).unwrap_or(0.0);
        let floor = limit.min_increase.as_ref().map_or(0.0, |min| resolve(min, self.scale.base_total));
        (resolve(max, base), floor)
    }

    fn status(&self, change: &Change, limit: Option<&Limit>, is_broken: bool) -> Status {
        if matches!(change.status, Status::Added | Status::Removed) {
            return change.status;
        }
        if is_broken {
            return Status::Regressed;
        }
        let (slack, floor) = self.bounds(change, limit);
        let size = change.rise.abs();
        let is_large = size > slack * (1.0 + ROUNDING) && size >= floor;
        match (is_large, change.rise < 0.0) {
            (true, true) => Status::Improved,
            (true, false) if limit.is_none() => Status::Regressed,
            _ => Status::Unchanged,
        }
    }
}

/// The value that a cost of one run is shown with, as an integer; means stay as they are.
pub(super) fn shown(cost: Cost, value: f64) -> Result<Cost> {
    match cost {
        Cost::Mean(_) => Ok(Cost::Mean(value)),
        // 2^63, the first number past the range.
        Cost::Exact(_) if value.abs() < 9_223_372_036_854_775_808.0 => {
            #[expect(clippy::cast_possible_truncation, reason = "pprof truncates; the range is checked")]
            let truncated = value as i64;
            Ok(Cost::Exact(truncated))
        }
        Cost::Exact(_) => Err(Error::new(ErrorKind::Usage, "the divided values pass 2^63")
            .at("--divide-by")
            .help("divide by a larger number")),
    }
}
