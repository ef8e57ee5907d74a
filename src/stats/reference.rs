//! The rows that did not change into the measure of all others.
//!
//! A run's total depends on load, on the speed of the machine and on how long was recorded. A row is therefore compared
//! with the other rows of its run. Rows that clearly changed are left out of that reference, so that one regression
//! does not make everything else look improved and one improvement does not make everything else fail.

use super::{
    special::real,
    table::{Sides, Table},
};

/// Rows with fewer events than this neither shape the reference's centre nor are left out of it.
pub(crate) const LEAST_EVENTS: f64 = 10.0;

/// A row this many standard deviations from the centre is left out.
const OUTLYING: f64 = 3.0;

/// Rounds of leaving out and centring again.
const ROUNDS: u32 = 3;

/// A reference with this part of both sides' totals is beyond doubt.
const MAJORITY: f64 = 0.5;

/// A reference with less than this part of both sides' totals is none: everything moved. One that holds much of one side
/// alone is what a large change left in place, or what it grew from.
const LEAST_SHARE: f64 = 0.3;

/// The flat rows that are taken as unchanged, and what they add up to.
#[derive(Clone, Debug)]
pub struct Reference {
    inside: Vec<bool>,
    per_run: Vec<f64>,
    total: Sides<f64>,
    value_per_event: f64,
    squares: f64,
    share: Sides<f64>,
    everything_moved: bool,
}

/// Flat rows of one comparison, as the reference sees them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlatRows<'a> {
    /// Effective event counts.
    pub(crate) counts: Table<'a>,
    /// Value of one event, for each row.
    pub(crate) value_per_event: &'a [f64],
}

impl Reference {
    /// Finds the rows that moved together.
    ///
    /// `noise` is a generous guess at the variance of the logarithm of an unchanged row's ratio, beyond sampling.
    pub(crate) fn find(flat: FlatRows<'_>, noise: f64) -> Reference {
        let events: Vec<Sides<f64>> = (0..flat.counts.rows()).map(|row| flat.counts.sums(row)).collect();
        let values: Vec<Sides<f64>> =
            events.iter().zip(flat.value_per_event).map(|(e, w)| e.map(|side| side * w)).collect();
        let moves: Vec<Move> = events.iter().map(|e| Move::of(*e, noise)).collect();
        let whole = sum(&values, &vec![true; values.len()]);
        let around = |centre: f64, rounds: u32| {
            let (inside, total) = settle(&moves, &values, centre, rounds);
            (inside, Sides { base: ratio(total.base, whole.base), new: ratio(total.new, whole.new) })
        };
        let (mut inside, mut share) = around(weighted_median(&moves), ROUNDS);
        if share.base.min(share.new) < MAJORITY {
            // Two groups of rows, each most of one side. The one that stayed as it was is the better ground.
            let runs = flat.counts.runs();
            let still = around((real(runs.new) / real(runs.base)).ln(), 1);
            if still.1.base.max(still.1.new) >= LEAST_SHARE {
                (inside, share) = still;
            }
        }
        let everything_moved = share.base.max(share.new) < LEAST_SHARE;
        if everything_moved {
            inside.fill(true);
        }
        Reference::of(flat, inside, share, everything_moved)
    }

    /// The reference of the given rows.
    fn of(flat: FlatRows<'_>, inside: Vec<bool>, share: Sides<f64>, everything_moved: bool) -> Reference {
        let runs = flat.counts.runs();
        let mut per_run = vec![0.0; flat.counts.width()];
        let (mut variance, mut squares) = (0.0, 0.0);
        for row in (0..inside.len()).filter(|&row| inside[row]) {
            let value = flat.value_per_event[row];
            let mut of_row = 0.0;
            for (sum, count) in per_run.iter_mut().zip(flat.counts.row(row)) {
                *sum += count * value;
                of_row += count * value;
            }
            variance += of_row * value;
            squares += of_row * of_row;
        }
        let (base, new) = per_run.split_at(runs.base);
        let total = Sides { base: base.iter().sum::<f64>(), new: new.iter().sum::<f64>() };
        let value_per_event = if total.sum() > 0.0 { variance / total.sum() } else { 1.0 };
        Reference { inside, per_run, total, value_per_event, squares, share, everything_moved }
    }

    /// The flat rows that are not part of the reference.
    #[must_use]
    pub fn outside(&self) -> Vec<usize> {
        (0..self.inside.len()).filter(|&row| !self.inside[row]).collect()
    }

    /// Whether a flat row is part of the reference.
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.inside[row]
    }

    /// Value of the reference in each run, base runs first.
    #[must_use]
    pub fn per_run(&self) -> &[f64] {
        &self.per_run
    }

    /// Value of the reference over the runs of each side.
    #[must_use]
    pub fn total(&self) -> Sides<f64> {
        self.total
    }

    /// Variance by sampling of the reference's value, for one unit of value.
    #[must_use]
    pub fn value_per_event(&self) -> f64 {
        self.value_per_event
    }

    /// Part of each side's total that the reference holds.
    #[must_use]
    pub fn share(&self) -> Sides<f64> {
        self.share
    }

    /// New over base value of the reference, all runs together.
    #[must_use]
    pub fn scale(&self) -> f64 {
        ratio(self.total.new, self.total.base)
    }

    /// Sum over the rows of their squared values, both sides together: how much of the reference's noise is that of a
    /// few rows.
    pub(crate) fn squares(&self) -> f64 {
        self.squares
    }

    /// Whether too little stayed in place to be a reference; all rows are then taken for it.
    #[must_use]
    pub fn everything_moved(&self) -> bool {
        self.everything_moved
    }
}

/// The rows around `centre`, centred again on what they add up to in each of the `rounds`, and that.
fn settle(moves: &[Move], values: &[Sides<f64>], mut centre: f64, rounds: u32) -> (Vec<bool>, Sides<f64>) {
    let mut inside = vec![true; moves.len()];
    let mut total = Sides { base: 0.0, new: 0.0 };
    for _ in 0..rounds {
        for (keep, m) in inside.iter_mut().zip(moves) {
            *keep = !(m.heavy && (m.log_ratio - centre).abs() > OUTLYING * m.variance.sqrt());
        }
        total = sum(values, &inside);
        centre = (total.new / total.base).ln();
    }
    (inside, total)
}

/// How far one row moved between the sides.
struct Move {
    log_ratio: f64,
    variance: f64,
    heavy: bool,
}

impl Move {
    fn of(events: Sides<f64>, noise: f64) -> Move {
        let Sides { base, new } = events.map(|side| side + 0.5);
        Move {
            log_ratio: (new / base).ln(),
            variance: 1.0 / base + 1.0 / new + noise,
            heavy: events.sum() >= LEAST_EVENTS,
        }
    }
}

/// Median of the log ratios of heavy rows, each weighted by the inverse of its variance.
fn weighted_median(moves: &[Move]) -> f64 {
    let mut heavy: Vec<(f64, f64)> =
        moves.iter().filter(|m| m.heavy).map(|m| (m.log_ratio, 1.0 / m.variance)).collect();
    heavy.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = 0.5 * heavy.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    for (log_ratio, weight) in heavy {
        below += weight;
        if below >= half {
            return log_ratio;
        }
    }
    0.0
}

fn sum(values: &[Sides<f64>], inside: &[bool]) -> Sides<f64> {
    let mut total = Sides { base: 0.0, new: 0.0 };
    for (value, _) in values.iter().zip(inside).filter(|(_, inside)| **inside) {
        total.base += value.base;
        total.new += value.new;
    }
    total
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
