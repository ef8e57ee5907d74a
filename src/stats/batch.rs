//! Deviations of all rows into the variance between two sides that were not recorded in turns.
//!
//! Runs of one side that follow each other share a machine state. What differs between two such batches shows in no
//! scatter within a side, only in how far rows differ between the sides that should not.

use rayon::prelude::*;

use super::{
    mixture::VarianceEstimate,
    population::{Expected, Population},
    posterior::{self, GRID, Likelihood, OnGrid},
};

/// Standard deviation of the prior of `ln ω²`.
const PRIOR_DEVIATION: f64 = 1.2;

/// Part of the rows that are allowed to have really changed, and the variance of their changes.
const CHANGED: f64 = 0.05;
const CHANGE_VARIANCE: f64 = 0.1;

/// What one row contributes: how far it differs between the sides, and the variance of that without batches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deviation {
    /// Difference of the logarithms of the rates, new less base.
    pub(crate) difference: f64,
    /// Its variance by sampling, dispersion within the sides and the reference.
    pub(crate) variance: f64,
}

/// Estimates the variance between the sides for each row, from all other rows.
///
/// `None` marks rows with too few events to contribute; they receive the estimate of all the others. A row's own term
/// is left out of its estimate: otherwise a regression would widen the noise it is judged against. `expected` is the
/// centre of the prior.
pub(crate) fn between_sides(rows: &[Option<Deviation>], expected: f64) -> Vec<VarianceEstimate> {
    let log_density = |row: &Deviation| {
        let Likelihood { scaled, log_scale } = likelihood(row);
        scaled.map(|scaled| log_scale + scaled.max(f64::MIN_POSITIVE).ln())
    };
    let terms: Vec<Option<OnGrid>> = rows.par_iter().map(|row| row.as_ref().map(log_density)).collect();
    let mut total = posterior::log_normal_prior(expected, PRIOR_DEVIATION);
    for term in terms.iter().flatten() {
        for (sum, value) in total.iter_mut().zip(term) {
            *sum += value;
        }
    }
    let of_all = posterior::moments(&total);
    terms
        .par_iter()
        .map(|term| match term {
            Some(term) => posterior::moments(&std::array::from_fn(|j| total[j] - term[j])),
            None => of_all,
        })
        .collect()
}

/// Estimates for each row what its variance between the sides may be, where that differs by row.
///
/// A memory-bound function feels the machine's state more than others do, and between two single runs the variation of
/// each row's own cost cannot be told from the batch. A variance common to all rows would be too small for the noisy
/// ones: with it, identical programs in batches failed at 5 % in 7–9 % of simulated pairs, with this in 5–7 %. What a
/// row must expect is the whole distribution over the other rows.
pub(crate) fn between_rows(rows: &[Option<Deviation>], expected: f64) -> Vec<VarianceEstimate> {
    let terms: Vec<Option<Likelihood>> = rows.par_iter().map(|row| row.as_ref().map(likelihood)).collect();
    let shaping: Vec<&Likelihood> = terms.iter().flatten().collect();
    let prior = Expected { centre: expected, deviation: PRIOR_DEVIATION, width_power: Expected::WIDE };
    let population = Population::estimate(&shaping, &prior);
    terms.par_iter().map(|term| population.without(term.as_ref())).collect()
}

/// The density of one deviation for each variance of the grid: that of a row which did not change, or did.
fn likelihood(row: &Deviation) -> Likelihood {
    let half_square = 0.5 * row.difference * row.difference;
    let largest = row.variance + GRID[GRID.len() - 1] + CHANGE_VARIANCE;
    // Of the exponents the one of the largest variance is the largest.
    let log_scale = -half_square / largest;
    let normal = |variance: f64| (-half_square / variance - log_scale).exp() / variance.sqrt();
    let scaled = GRID.map(|batch| {
        let variance = row.variance + batch;
        (1.0 - CHANGED) * normal(variance) + CHANGED * normal(variance + CHANGE_VARIANCE)
    });
    Likelihood { scaled, log_scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(differences: &[f64], variance: f64) -> Vec<Option<Deviation>> {
        differences.iter().map(|&difference| Some(Deviation { difference, variance })).collect()
    }

    #[test]
    fn rows_that_agree_leave_no_room_for_batches_and_rows_that_differ_do() {
        let agree: Vec<f64> = (0..60).map(|i| 0.005 * (f64::from(i % 5) - 2.0)).collect();
        let differ: Vec<f64> = (0..60).map(|i| 0.1 * (f64::from(i % 5) - 2.0)).collect();
        let calm = between_sides(&rows(&agree, 1e-4), 5e-4)[0];
        let rough = between_sides(&rows(&differ, 1e-4), 5e-4)[0];
        assert!(calm.mean < 2e-4, "{calm:?}");
        // The rows differ by multiples of 0.1 with variance 0.02.
        assert!((0.01..0.03).contains(&rough.mean), "{rough:?}");
    }

    #[test]
    fn a_regression_does_not_widen_the_noise_it_is_judged_against() {
        let mut differences = vec![0.01, -0.02, 0.015, -0.01, 0.0, 0.02, -0.015, 0.005];
        let before = between_sides(&rows(&differences, 1e-3), 5e-4)[0];
        differences[0] = 3.0;
        let after = between_sides(&rows(&differences, 1e-3), 5e-4);
        assert!((after[0].mean / before.mean - 1.0).abs() < 1e-9);
        assert!(after[1].mean > before.mean);
        assert!(after.iter().all(|row| row.mean.is_finite()));
    }

    #[test]
    fn rows_without_events_get_the_estimate_of_all() {
        let mut some = rows(&[0.1, -0.1, 0.2], 1e-3);
        some.push(None);
        let estimates = between_sides(&some, 5e-4);
        let all = between_sides(&[some[0], some[1], some[2], None, None], 5e-4);
        assert_eq!(estimates[3], all[4]);
        assert!(estimates[3].mean > estimates[2].mean);
    }
}
