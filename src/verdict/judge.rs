//! Costs of both sides and limits to a [`Comparison`].

use std::fmt::Write as _;

use rayon::prelude::*;

use super::bench::{Bench, Budgets, Draft, Judged, SaidOfTotal};
use super::breach::settle;
use super::chance::{Chance, Weighed};
use super::codes::CaveatCode;
use super::comparison::{
    Caveat, Comparison, Cost, FunctionChange, Method, Metric, RunSummary, Status, Undecided, Verdict,
    Violation,
};
use super::limit::{Accept, Level, Limit, Measure};
use super::measured::{Pair, Scale};
use super::surroundings::surroundings;
use super::undecided::{Ground, Open};
use crate::aggregate::Matrix;
use crate::error::{Error, ErrorKind, Result};
use crate::stats::table::Sides;
use crate::stats::total;
use crate::units;

/// With this many runs on each side, in turns, a rise that all functions share is not the machine's.
const LEAST_RUNS: usize = 3;

/// What values are divided by before they are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Divisors {
    /// Base values are divided by this.
    pub base: f64,
    /// New values are divided by this.
    pub new: f64,
}

impl Divisors {
    /// The same for both sides.
    #[must_use]
    pub const fn both(divisor: f64) -> Self {
        Self { base: divisor, new: divisor }
    }
}

impl Default for Divisors {
    fn default() -> Self {
        Self::both(1.0)
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
    /// How the sides are compared.
    pub method: Method,
    /// What is known of the chance in the costs; without it they are judged as they stand.
    pub chance: Option<Chance<'a>>,
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
    /// The chance that identical code breaks any limit.
    pub alpha: f64,
    /// The expected share of false rows among those called changed.
    pub fdr: f64,
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
    let mut bench = Bench { scale: &scale, rules, metric: &case.metric, unsettled: None, budgets: None };
    let drafts = draft(&case, &bench)?;
    let chance = case.chance.as_ref().filter(|_| !case.base.is_empty());
    let weighed = chance.map(|chance| weigh(chance, &bench, &drafts, case.costs)).transpose()?;
    let mut caveats = case.caveats;
    let limits: Vec<[Option<usize>; 2]> = drafts.iter().map(|draft| draft.limits).collect();
    if let (Some(chance), Some(weighed)) = (chance, &weighed) {
        let (why, caveat) = surroundings(chance, weighed);
        bench.unsettled = why;
        caveats.extend(caveat);
        tell_gain_of_turns(&mut caveats, weighed);
        let has_budget = |limit: &&usize| rules.limits[**limit].max_share.is_some();
        let budgets = limits.iter().flatten().flatten().filter(has_budget).count();
        #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
        let level = rules.alpha / budgets.max(1) as f64;
        bench.budgets = Some(Budgets { chance, weighed, level });
    }
    let judged: Vec<Judged> = drafts
        .into_par_iter()
        .enumerate()
        .map(|(at, draft)| bench.row(at, draft, weighed.as_ref()))
        .collect();
    let total_pair = Pair {
        base: &case.totals.base,
        new: &case.totals.new,
        events: event_totals(case.event_totals.as_ref()),
    };
    let said = chance.zip(weighed.as_ref()).map(|(chance, weighed)| of_total(chance, weighed, &bench, rules));
    let total = bench.total(scale.change(&total_pair)?, said)?;

    let mut covered = covered_limits(&judged, rules, &case.metric);
    let is_decided = weighed
        .as_ref()
        .map_or_else(Vec::new, |weighed| decided_limits(&judged, &limits, weighed, rules.limits.len()));
    let mut findings = Vec::new();
    let mut open: Vec<Open> = total.open.into_iter().collect();
    let mut functions = Vec::with_capacity(judged.len());
    for Judged { row, findings: found, open: left } in judged {
        findings.extend(found);
        open.extend(left);
        functions.push(row);
    }
    let broken: Vec<String> = findings
        .iter()
        .chain(&total.finding)
        .filter(|finding| finding.accept.is_none())
        .map(|finding| finding.violation.limit.clone())
        .collect();
    let ground = Ground {
        limits: rules.limits,
        metric: &case.metric,
        weighed: weighed.as_ref(),
        rows: &functions,
        total: &total.change,
        is_decided: &is_decided,
        broken: &broken,
        words: rules.footing.words,
    };
    let undecided = ground.undecided(open);
    if rules.drop_negative {
        functions.retain(|row| !is_negative(row));
    }
    functions.par_sort_by(|a, b| {
        let by_delta = b.magnitude().total_cmp(&a.magnitude());
        by_delta.then_with(|| a.name.cmp(&b.name)).then_with(|| a.file.cmp(&b.file))
    });
    findings.extend(total.finding);
    let (violations, accepted) = settle(findings);
    caveats.extend(total.caveat);
    for (covered, limit) in covered.iter_mut().zip(rules.limits) {
        *covered |= limit.covers(b"", Measure::Total, &case.metric.kind);
    }
    Ok(Comparison {
        name: case.name,
        verdict: verdict_of(&violations, &undecided, bench.unsettled.is_some()),
        metric: case.metric,
        method: case.method,
        base: case.base,
        new: case.new,
        total: total.change,
        functions,
        violations,
        undecided,
        caveats,
        accepted,
        covered_limits: covered,
        stacks: None,
        call_paths: Vec::new(),
        pprof_flags: Vec::new(),
        runs: Vec::new(),
        listings: Vec::new(),
    })
}

/// Says what turns would have bought where the sides were recorded one after the other.
fn tell_gain_of_turns(caveats: &mut [Caveat], weighed: &Weighed) {
    let told = caveats.iter_mut().find(|caveat| caveat.code == CaveatCode::NotInterleaved);
    if let (Some(caveat), Some((now, then))) = (told, weighed.gain_of_turns()) {
        let [now, then] = [now, then].map(units::plain_percent);
        // Writing to a string cannot fail.
        let _ = write!(caveat.message, ": a rise of {then} in the largest function, instead of {now}");
    }
}

/// The changes of all rows, and the limit that decides each.
fn draft(case: &Case<'_>, bench: &Bench<'_>) -> Result<Vec<Draft>> {
    let (costs, events) = (case.costs, case.events);
    let draft = |row: usize| {
        let label = &costs.rows[row];
        let change = |measure| bench.scale.change(&Pair::of(costs, events, row, measure));
        let limit = |measure| bench.limit_of(label.name.as_bytes(), measure);
        let (flat, cum) = (change(Measure::Flat)?, change(Measure::Cum)?);
        let (name, file) = (label.name.clone(), label.file.clone());
        let row = FunctionChange { name, file, line: label.line, flat, cum };
        Ok(Draft { row, limits: [limit(Measure::Flat), limit(Measure::Cum)] })
    };
    (0..costs.len()).into_par_iter().map(draft).collect()
}

fn weigh(chance: &Chance<'_>, bench: &Bench<'_>, drafts: &[Draft], costs: &Matrix) -> Result<Weighed> {
    let allowed = |measure| drafts.par_iter().map(|draft| bench.allowed(draft, measure)).collect::<Vec<_>>();
    let runs = Sides { base: costs.base_runs, new: costs.new_runs };
    chance.weigh(runs, &allowed(Measure::Flat), &allowed(Measure::Cum), bench.rules)
}

/// What the counts say of the total.
fn of_total(chance: &Chance<'_>, weighed: &Weighed, bench: &Bench<'_>, rules: &Rules<'_>) -> SaidOfTotal {
    let counts = &chance.total;
    let totals = total::Totals {
        events: &counts.events,
        exposures: &counts.exposures,
        runs: weighed.runs,
        value_per_event: counts.value_per_event,
    };
    let limit = bench.limit_of(b"", Measure::Total).map(|limit| &rules.limits[limit]);
    let settings = &weighed.settings;
    let levels = total::Levels { alpha: rules.alpha, confidence: settings.confidence, power: settings.power };
    let judgement =
        total::judge(&totals, bench.threshold_of_total(limit), &chance.noise, chance.in_turns, levels);
    let has_runs = weighed.runs.base.min(weighed.runs.new) >= LEAST_RUNS;
    SaidOfTotal {
        judgement,
        scale: weighed.scale_by(&counts.exposures),
        may_rise_with_all: counts.is_comparable && chance.in_turns && has_runs,
        is_timed: chance.surroundings.is_timed && !counts.is_comparable,
    }
}

fn event_totals(totals: Option<&Totals>) -> Option<(&[i64], &[i64])> {
    totals.map(|totals| (&totals.base[..], &totals.new[..]))
}

fn verdict_of(violations: &[Violation], undecided: &[Undecided], is_unsettled: bool) -> Verdict {
    let broken = violations.iter().map(|violation| violation.level).max();
    let open = undecided.iter().map(|undecided| undecided.level).max();
    match (broken, open) {
        (Some(Level::Fail), _) => Verdict::Fail,
        (_, Some(Level::Fail)) => Verdict::Inconclusive,
        _ if is_unsettled => Verdict::Inconclusive,
        (Some(Level::Warn), _) => Verdict::Warn,
        (None, _) => Verdict::Pass,
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

/// For each limit, whether a row that it decides keeps or breaks it for certain.
fn decided_limits(
    judged: &[Judged],
    drafted: &[[Option<usize>; 2]],
    weighed: &Weighed,
    count: usize,
) -> Vec<bool> {
    let mut decided = vec![false; count];
    for (at, (judged, limits)) in judged.iter().zip(drafted).enumerate() {
        for (measure, limit) in [Measure::Flat, Measure::Cum].into_iter().zip(limits) {
            let status = judged.row.measured(measure).status;
            let is_tested = weighed.row(at, measure).weight > 0.0;
            if let (Some(limit), true) = (limit, is_tested && status != Status::Inconclusive) {
                decided[*limit] = true;
            }
        }
    }
    decided
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
