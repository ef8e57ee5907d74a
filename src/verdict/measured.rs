//! The values of a row in all runs to its change: exact as pprof shows it, and unrounded for judging.

use super::comparison::{Change, Cost, Status};
use super::judge::{Case, Divisors, Rules, shown};
use super::limit::Measure;
use crate::aggregate::Matrix;
use crate::error::{Error, ErrorKind, Result};

/// The values of one row and measure in all runs.
pub(super) struct Pair<'a> {
    pub(super) base: &'a [i64],
    pub(super) new: &'a [i64],
    /// Number of events, for values per event.
    pub(super) events: Option<(&'a [i64], &'a [i64])>,
}

impl<'a> Pair<'a> {
    pub(super) fn of(costs: &'a Matrix, events: Option<&'a Matrix>, row: usize, measure: Measure) -> Self {
        let pick =
            |matrix: &'a Matrix| if measure == Measure::Flat { matrix.flat(row) } else { matrix.cum(row) };
        let (base, new) = pick(costs);
        Self { base, new, events: events.map(pick) }
    }

    /// The totals of all runs.
    pub(super) fn of_totals(case: &'a Case<'_>) -> Self {
        let events = case.event_totals.as_ref().map(|events| (&events.base[..], &events.new[..]));
        Self { base: &case.totals.base, new: &case.totals.new, events }
    }

    /// The costs of both sides and their difference, before divisors.
    fn costs(&self) -> Result<(Cost, Cost, Cost)> {
        let (base, new) = match self.events {
            None => (mean(self.base), mean(self.new)),
            Some((base, new)) => (mean_per_event(self.base, base), mean_per_event(self.new, new)),
        };
        let delta = match (self.base, self.new, self.events) {
            (&[base], &[new], None) => Cost::Exact(difference(new, base)?),
            // pprof divides the difference of the values by the difference of the events.
            (&[base], &[new], Some((&[base_events], &[new_events]))) => {
                let events = difference(new_events, base_events)?;
                Cost::Exact(per_event(difference(new, base)?, events))
            }
            _ => Cost::Mean(new.as_f64() - base.as_f64()),
        };
        Ok((base, new, delta))
    }

    /// The means of both sides, without any rounding.
    fn means(&self) -> (f64, f64) {
        match self.events {
            None => (plain_mean(self.base), plain_mean(self.new)),
            Some((base, new)) => (ratio_mean(self.base, base), ratio_mean(self.new, new)),
        }
    }
}

fn difference(new: i64, base: i64) -> Result<i64> {
    new.checked_sub(base).ok_or_else(|| {
        Error::new(ErrorKind::Malformed, "a difference passes 2^63")
            .help("a profile is damaged, or its unit is too fine for what it holds")
    })
}

#[expect(clippy::cast_precision_loss, reason = "means are floating-point numbers")]
fn plain_mean(runs: &[i64]) -> f64 {
    if runs.is_empty() {
        0.0
    } else {
        runs.iter().map(|&value| value as f64).sum::<f64>() / runs.len() as f64
    }
}

#[expect(clippy::cast_precision_loss, reason = "means are floating-point numbers")]
fn ratio_mean(runs: &[i64], events: &[i64]) -> f64 {
    if runs.is_empty() {
        return 0.0;
    }
    let each = runs.iter().zip(events).map(|(&value, &events)| match events {
        0 => value as f64,
        _ => value as f64 / events as f64,
    });
    each.sum::<f64>() / runs.len() as f64
}

fn mean(runs: &[i64]) -> Cost {
    match runs {
        [] => Cost::Exact(0),
        [only] => Cost::Exact(*only),
        _ => Cost::Mean(plain_mean(runs)),
    }
}

fn mean_per_event(runs: &[i64], events: &[i64]) -> Cost {
    match (runs, events) {
        ([], _) => Cost::Exact(0),
        (&[value], &[events]) => Cost::Exact(per_event(value, events)),
        _ => Cost::Mean(ratio_mean(runs, events)),
    }
}

/// A value per event, truncated, as pprof's `-mean` has it: the value itself where there is no event.
fn per_event(value: i64, events: i64) -> i64 {
    value.checked_div(events).unwrap_or(value)
}

/// What rows are measured against.
pub(super) struct Scale {
    divisors: Divisors,
    footing: f64,
    /// Totals that shares refer to: sums, even for values per event.
    sums: (f64, f64),
    /// The base's total in the unit of the values that are judged.
    pub(super) base_total: f64,
    /// The new side's total that budgets are a part of.
    pub(super) new_total: f64,
    /// Whether there is a base to rise from.
    pub(super) has_base: bool,
}

impl Scale {
    pub(super) fn new(case: &Case<'_>, rules: &Rules<'_>) -> Self {
        let (base_total, new_total) = Pair::of_totals(case).means();
        Self {
            divisors: rules.divisors,
            footing: rules.footing.factor,
            sums: (plain_mean(&case.totals.base), plain_mean(&case.totals.new)),
            base_total: base_total / rules.divisors.base,
            new_total: new_total / rules.divisors.new,
            has_base: !case.base.is_empty(),
        }
    }

    /// The change of one row, not judged yet.
    ///
    /// # Errors
    /// When the difference passes 2⁶³, or a divisor makes a value pass it.
    pub(super) fn change(&self, pair: &Pair<'_>) -> Result<Change> {
        let (base, new, delta) = pair.costs()?;
        let (base_mean, new_mean) = pair.means();
        let Divisors { base: base_divisor, new: new_divisor } = self.divisors;
        let (divided_base, divided_new) = (base_mean / base_divisor, new_mean / new_divisor);
        #[expect(clippy::float_cmp, reason = "both sides have the same divisor, digit for digit")]
        let delta = if base_divisor == new_divisor {
            divide(delta, base_divisor)?
        } else {
            shown(delta, divided_new - divided_base)?
        };
        // Judged is what was measured, not what rounding leaves of it.
        let exact = match delta {
            Cost::Exact(value) if base_divisor.to_bits() == 1_f64.to_bits() && pair.events.is_none() => {
                Cost::Exact(value).as_f64()
            }
            _ => divided_new - divided_base,
        };
        let new_footed = divided_new * self.footing;
        #[expect(clippy::float_cmp, reason = "1 is the literal factor of values that are left alone")]
        let rise = if self.footing == 1.0 { exact } else { new_footed - divided_base };
        Ok(Change {
            base: divide(base, base_divisor)?,
            new: divide(new, new_divisor)?,
            delta,
            change: part(exact, divided_base),
            base_share: part(plain_mean(pair.base), self.sums.0).unwrap_or(0.0),
            new_share: part(plain_mean(pair.new), self.sums.1).unwrap_or(0.0),
            new_footed,
            rise,
            evidence: None,
            status: presence(pair),
        })
    }
}

/// Whether the row stands on one side alone.
fn presence(pair: &Pair<'_>) -> Status {
    let is_gone = |runs: &[i64]| runs.iter().all(|&value| value == 0);
    match (is_gone(pair.base), is_gone(pair.new)) {
        (true, false) => Status::Added,
        (false, true) => Status::Removed,
        _ => Status::Unchanged,
    }
}

fn divide(cost: Cost, divisor: f64) -> Result<Cost> {
    #[expect(clippy::float_cmp, reason = "1 is the literal divisor of values that are left alone")]
    if divisor == 1.0 {
        return Ok(cost);
    }
    // pprof multiplies by the inverse and truncates.
    shown(cost, cost.as_f64() * (1.0 / divisor))
}

pub(super) fn part(value: f64, whole: f64) -> Option<f64> {
    (whole != 0.0).then(|| value / whole)
}
