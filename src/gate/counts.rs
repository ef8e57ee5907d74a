//! Sums of values and their variances to effective event counts: the only thing that statistics see of a profile.
//!
//! A row's counts are its values divided by the worth of its average event, `w = Σu / Σv` over all runs, where `u` is
//! the variance by sampling of the value `v`; a count so made varies like a count of independent events.

use crate::aggregate::{Cells, Events, Matrix, Run};
use crate::verdict::Counts;

/// More events than this are not told apart from each other: the variation between runs is far larger by then.
const MOST_EVENTS: f64 = 1e6;

/// The effective counts of one metric.
pub(super) struct Counted {
    /// Flat rows.
    pub(super) flat: Counts,
    /// Cum rows.
    pub(super) cum: Counts,
    /// Column whose values, multiplied by `below_value`, are in the unit of the reference.
    pub(super) below_column: usize,
    pub(super) below_value: f64,
    /// Whether events had to be guessed.
    pub(super) is_guess: bool,
    /// Whether no chance is left in any value.
    pub(super) is_exact: bool,
    /// Events of each run, over all of its samples.
    pub(super) per_run: Vec<f64>,
    /// How many events a run has for a unit of value, as a multiple of the mean over all runs.
    pub(super) rates: Vec<f64>,
}

/// Counts the events of `column`. `None` where a value is negative: nothing was sampled that way.
pub(super) fn count(costs: &Matrix, base: &[Run], new: &[Run], column: usize) -> Option<Counted> {
    let runs: Vec<&Run> = base.iter().chain(new).collect();
    let events: Vec<Events> = runs.iter().map(|run| run.info.sampling.events()[column]).collect();
    match events.first()? {
        &Events::Counted { column: counter } => counted(costs, base, new, column, counter),
        _ => weighed(costs, base, new, column, &events),
    }
}

/// Where a column counts the events: CPU profiles.
fn counted(costs: &Matrix, base: &[Run], new: &[Run], column: usize, counter: usize) -> Option<Counted> {
    let runs: Vec<&Run> = base.iter().chain(new).collect();
    let cells = costs.cells(base, new, counter);
    let scales: Vec<f64> = runs.iter().map(|run| run.info.sampling.scale(counter)).collect();
    let per_run: Vec<f64> =
        runs.iter().zip(&scales).map(|(run, scale)| real(run.info.magnitudes[counter]) / scale).collect();
    let values: Vec<f64> =
        runs.iter().map(|run| real(run.info.magnitudes[column]) / run.info.sampling.scale(column)).collect();
    let (events, value) = (per_run.iter().sum::<f64>(), values.iter().sum::<f64>());
    if !(events > 0.0 && value > 0.0) {
        return None;
    }
    let worth = value / events;
    let rates = per_run.iter().zip(&values).map(|(events, value)| events / value * worth).collect();
    let counts = |cells: &[i64]| {
        let events = scaled(cells, &scales)?;
        Some(Counts { value_per_event: vec![worth; costs.len()], events })
    };
    Some(Counted {
        flat: counts(&cells.flat)?,
        cum: counts(&cells.cum)?,
        below_column: counter,
        below_value: worth,
        is_guess: false,
        is_exact: false,
        per_run,
        rates,
    })
}

/// Where events weigh differently: each row has its own average event.
fn weighed(costs: &Matrix, base: &[Run], new: &[Run], column: usize, events: &[Events]) -> Option<Counted> {
    let runs: Vec<&Run> = base.iter().chain(new).collect();
    let values = costs.cells(base, new, column);
    let scales: Vec<f64> = runs.iter().map(|run| run.info.sampling.scale(column)).collect();
    let of_column = |extra: usize| costs.cells(base, new, extra);
    // All runs have the same types, and so the same column of variances, where they have one.
    let extra = events.iter().find_map(|events| match events {
        Events::Variance { column, .. } => Some(of_column(*column)),
        _ => None,
    });
    let variance = |is_flat: bool, at: usize, value: f64, run: usize| match events[run] {
        Events::Exact | Events::Counted { .. } => 0.0,
        Events::Each { value: worth } => value * worth * rate(runs[run], column),
        Events::Variance { unit, .. } => {
            let pick = |cells: &Cells| if is_flat { cells.flat[at] } else { cells.cum[at] };
            extra.as_ref().map_or(0.0, pick_real(pick)) * unit * rate(runs[run], column)
        }
    };
    let width = runs.len();
    let mut per_run = vec![0.0; width];
    let mut counts = |is_flat: bool| {
        let cells = scaled(if is_flat { &values.flat } else { &values.cum }, &scales)?;
        let mut counts = Counts { events: cells, value_per_event: Vec::with_capacity(costs.len()) };
        for (row, values) in counts.events.chunks_exact_mut(width).enumerate() {
            let sum: f64 = values.iter().sum();
            let noise: f64 = values
                .iter()
                .enumerate()
                .map(|(run, &value)| variance(is_flat, row * width + run, value, run))
                .sum();
            let most = values.iter().fold(0.0, |most: f64, &value| most.max(value));
            let worth =
                (if sum > 0.0 { noise / sum } else { 1.0 }).max(most / MOST_EVENTS).max(f64::MIN_POSITIVE);
            for (value, events) in values.iter_mut().zip(&mut per_run) {
                *value /= worth;
                *events += if is_flat { *value } else { 0.0 };
            }
            counts.value_per_event.push(worth);
        }
        Some(counts)
    };
    let (flat, cum) = (counts(true)?, counts(false)?);
    Some(Counted {
        flat,
        cum,
        below_column: column,
        below_value: 1.0,
        is_guess: events.iter().any(|events| matches!(events, Events::Variance { is_guess: true, .. })),
        is_exact: events.iter().all(|events| *events == Events::Exact),
        per_run,
        rates: vec![1.0; width],
    })
}

fn pick_real(pick: impl Fn(&Cells) -> i64) -> impl Fn(&Cells) -> f64 {
    move |cells| real(pick(cells))
}

/// How many contentions a sampled one stands for, where `column` is one of a contention profile; else 1.
fn rate(run: &Run, column: usize) -> f64 {
    let is_contention = run.info.sampling.contentions().is_some_and(|contentions| {
        column == contentions || run.info.types.get(column).is_some_and(|ty| ty.kind == "delay")
    });
    #[expect(clippy::cast_precision_loss, reason = "a rate is small")]
    if is_contention { run.info.divisor.max(1) as f64 } else { 1.0 }
}

/// The cells as they were written, run by run; `None` if one is negative.
fn scaled(cells: &[i64], scales: &[f64]) -> Option<Vec<f64>> {
    if cells.iter().any(|&cell| cell < 0) {
        return None;
    }
    Some(cells.iter().zip(scales.iter().cycle()).map(|(&cell, scale)| real(cell) / scale).collect())
}

#[expect(clippy::cast_precision_loss, reason = "statistics are floating-point numbers")]
fn real(value: i64) -> f64 {
    value as f64
}
