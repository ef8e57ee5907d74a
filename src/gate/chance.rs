//! Runs to what statistics need of them: event counts, the footing they are compared on, and how they were recorded.

use super::counts::{Counted, count};
use super::{Plan, Runs, load};
use crate::aggregate::{Matrix, Run, marked};
use crate::config::Basis;
use crate::error::Result;
use crate::source::Sources;
use crate::stats::noise::Noise;
use crate::stats::table::Sides;
use crate::stats::turns::took_turns;
use crate::verdict::{
    Below, Calibrated, Caveat, CaveatCode, Chance, Divisors, Method, Surroundings, Test, TotalCounts,
};

/// Recordings whose lengths agree up to this factor were ended by the clock.
const SAME_LENGTH: f64 = 1.02;

/// How one metric is going to be compared.
pub(super) struct Approach {
    /// The footing, never [`Basis::Auto`].
    pub(super) basis: Basis,
    pub(super) counted: Option<Counted>,
    pub(super) method: Method,
    pub(super) caveats: Vec<Caveat>,
}

/// Chooses how to compare `column`.
pub(super) fn approach(plan: &Plan, runs: &Runs, costs: &Matrix, column: usize) -> Approach {
    let mut caveats = Vec::new();
    let caveat = |code, message: &str| Caveat { code, message: message.to_owned() };
    let is_pair = runs.base.len() == 1 && runs.new.len() == 1;
    let counted = if plan.has_statistics && !plan.mean && !runs.base.is_empty() && !runs.new.is_empty() {
        count(costs, &runs.base, &runs.new, column)
    } else {
        None
    };
    let is_exact = counted.as_ref().is_some_and(|counted| counted.is_exact) && is_pair;
    let is_guess = counted.as_ref().is_some_and(|counted| counted.is_guess);
    let test = match &counted {
        Some(_) if is_guess && is_pair => Test::Off,
        Some(_) if is_exact => Test::Exact,
        Some(_) => Test::Counts,
        None => Test::Off,
    };
    if !plan.has_statistics {
        caveats.push(caveat(
            CaveatCode::StatisticsOff,
            "noise is not considered: each delta is judged as it stands",
        ));
    } else if counted.is_none() && !runs.base.is_empty() {
        let message = if plan.mean {
            "the noise of values per event is not known: each delta is judged as it stands"
        } else {
            "the profiles hold negative values, which no sampling gives: each delta is judged as it stands"
        };
        caveats.push(caveat(CaveatCode::NoEventCounts, message));
    } else if is_guess {
        let message = if is_pair {
            "the profiles do not count the events behind their values: each delta is judged as it stands"
        } else {
            "the profiles do not count the events behind their values: each of their records counts as one, and how \
             far runs differ tells the rest"
        };
        caveats.push(caveat(CaveatCode::NoEventCounts, message));
    }
    let counted = counted.filter(|_| test == Test::Counts);
    let sum = |runs: &[f64]| runs.iter().sum::<f64>();
    let events = counted.as_ref().map(|counted| counted.per_run.split_at(runs.base.len()));
    let basis = basis(plan, test);
    let in_turns = in_turns(runs);
    let method = Method {
        basis: crate::config::Choice::name(basis),
        test,
        base_events: events.map(|(base, _)| sum(base)),
        new_events: events.map(|(_, new)| sum(new)),
        in_turns,
    };
    Approach { basis, counted, method, caveats }
}

/// The footing: the one asked for, else the one that suits what is known of the work.
fn basis(plan: &Plan, test: Test) -> Basis {
    let has_own_divisors = plan.divisors != Divisors::both(plan.divisors.base);
    match plan.basis {
        Basis::Auto if plan.operations.is_some() => Basis::PerOp,
        Basis::Auto if test != Test::Counts || has_own_divisors => Basis::Absolute,
        // The rest of the same run has had the same load, time and machine.
        Basis::Auto => Basis::Share,
        chosen => chosen,
    }
}

fn in_turns(runs: &Runs) -> Option<bool> {
    let times = |runs: &[Run]| runs.iter().map(|run| run.info.time_nanos).collect::<Vec<_>>();
    took_turns(Sides { base: &times(&runs.base), new: &times(&runs.new) })
}

/// Everything that statistics need of `column`, and what the rows' samples say when they are asked again.
pub(super) fn chance<'a>(
    plan: &Plan,
    runs: &Runs,
    column: usize,
    approach: Approach,
    operations: Option<&[f64]>,
    calibrated: Option<Calibrated>,
    below: &'a Below<'a>,
) -> Option<Chance<'a>> {
    let Approach { basis, counted, method, .. } = approach;
    let counted = counted?;
    let kind = runs.new.first().map_or("", |run| run.info.types[column].kind.as_str());
    let noise = noise(kind);
    let exposures = exposures(plan, runs, basis, operations, &counted.rates);
    let ones = || vec![1.0; runs.base.len() + runs.new.len()];
    let (base_rates, new_rates) = counted.rates.split_at(runs.base.len());
    let value: f64 = runs.base.iter().chain(&runs.new).map(|run| real(run.info.magnitudes[column])).sum();
    let events: f64 = counted.per_run.iter().sum();
    let in_turns = method.in_turns.unwrap_or(false);
    let total = TotalCounts {
        value_per_event: value / events.max(f64::MIN_POSITIVE),
        exposures: exposures.clone().unwrap_or_else(ones),
        is_comparable: !matches!(plan.basis, Basis::Auto | Basis::Share),
        events: counted.per_run,
    };
    Some(Chance {
        flat: counted.flat,
        cum: counted.cum,
        noise,
        exposures,
        in_turns,
        below,
        calibrated,
        rate: mean(new_rates) / mean(base_rates),
        total,
        surroundings: circumstances(runs, kind, column),
    })
}

/// What each run's events are rates of; `None` where the rest of the run is.
///
/// `operations` are those of each run, base runs first.
fn exposures(
    plan: &Plan,
    runs: &Runs,
    basis: Basis,
    operations: Option<&[f64]>,
    rates: &[f64],
) -> Option<Vec<f64>> {
    let of_run = |(at, run): (usize, &Run)| {
        let Divisors { base, new } = plan.divisors;
        let divisor = if at < runs.base.len() { base } else { new };
        match basis {
            Basis::PerSecond => real(run.info.duration_nanos) / 1e9 * divisor,
            Basis::PerOp => operations.and_then(|operations| operations.get(at)).unwrap_or(&1.0) * divisor,
            Basis::Absolute | Basis::Share | Basis::Auto => divisor,
        }
    };
    if matches!(basis, Basis::Share | Basis::Auto) {
        return None;
    }
    let all = runs.base.iter().chain(&runs.new).enumerate().map(of_run);
    Some(all.zip(rates).map(|(exposure, rate)| exposure * rate).collect())
}

/// What is expected of the noise of a sample type.
fn noise(kind: &str) -> Noise {
    match kind {
        _ if kind.starts_with("alloc_") => Noise::ALLOCATIONS,
        "contentions" | "delay" => Noise::CONTENTION,
        "objects" | "space" | "goroutine" | "goroutineleak" | "threadcreate" => Noise::SNAPSHOT,
        _ if kind.starts_with("inuse_") => Noise::SNAPSHOT,
        _ => Noise::CPU,
    }
}

fn circumstances(runs: &Runs, kind: &str, column: usize) -> Surroundings {
    let seconds = |run: &Run| real(run.info.duration_nanos);
    let all = || runs.base.iter().chain(&runs.new);
    let least = all().map(seconds).fold(f64::INFINITY, f64::min);
    let most = all().map(seconds).fold(0.0, f64::max);
    let is_timed = least > 0.0 && most <= least * SAME_LENGTH;
    let by_wall = |runs: &[Run]| {
        let each: Vec<f64> =
            runs.iter().map(|run| real(run.info.magnitudes[column]) / seconds(run)).collect();
        mean(&each)
    };
    let change = (by_wall(&runs.new) / by_wall(&runs.base)).ln();
    let utilization = (kind == "cpu" && least > 0.0 && !is_timed && change.is_finite()).then_some(change);
    Surroundings { is_timed, utilization }
}

/// For the flat rows given, what the samples that end in one of them add to each row's cum: rows × runs, in the unit
/// of the counts' values.
///
/// # Errors
/// When a source cannot be read again.
pub(super) fn below(
    sources: &Sources,
    plan: &Plan,
    runs: &Runs,
    costs: &Matrix,
    (column, value): (usize, f64),
    rows: &[usize],
) -> Result<Vec<f64>> {
    let count = runs.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len();
    let ids: Vec<_> = rows.iter().map(|&row| costs.ids()[row]).collect();
    let sums = load::beneath(sources, plan, runs, &marked(&ids, count), column)?;
    let scales: Vec<f64> =
        runs.base.iter().chain(&runs.new).map(|run| value / run.info.sampling.scale(column)).collect();
    let width = sums.len();
    let mut cells = vec![0.0; costs.len() * width];
    for (row, id) in costs.ids().iter().enumerate() {
        for (run, sums) in sums.iter().enumerate() {
            let sum = sums.get(id.index()).copied().unwrap_or(0);
            cells[row * width + run] = real(sum) * scales[run];
        }
    }
    Ok(cells)
}

fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of runs are small")]
    let count = values.len().max(1) as f64;
    values.iter().sum::<f64>() / count
}

#[expect(clippy::cast_precision_loss, reason = "statistics are floating-point numbers")]
fn real(value: i64) -> f64 {
    value as f64
}
