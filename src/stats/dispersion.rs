//! Runs of one side into the dispersion of each row: how much its true cost varies from run to run.
//!
//! The variance of a count with mean `m` is `m + φ m²`: sampling, and a cost that differs between runs by a factor
//! with variance `φ`. A few runs say little about one row's `φ`, but all rows together say how `φ` is distributed;
//! each row's estimate is the posterior under that distribution (the empirical Bayes of `edgeR` and `DESeq2`).

use rayon::prelude::*;

use super::{
    mixture::VarianceEstimate,
    posterior::{self, GRID, LN_GRID, OnGrid, POINTS},
    table::Sides,
};

/// Widths of the distribution of `ln φ` over the rows that are considered.
const WIDTHS: [f64; 4] = [0.35, 0.7, 1.05, 1.4];

/// Standard deviation of the prior for the centre of that distribution, around `ln` of the noise model's value.
const CENTRE_DEVIATION: f64 = 1.0;

/// Rows with fewer events a run than this do not shape the distribution.
const LEAST_MEAN: f64 = 2.0;

/// Rows per task: a fixed number, so that sums do not depend on the number of threads.
const CHUNK: usize = 256;

/// How far a row's counts scatter around what its share of each run predicts.
///
/// Sufficient for `φ`. Scatters of independent groups of runs (two sides, a calibration) are kept apart and their
/// log-likelihoods added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scatter {
    /// Pearson's statistic: squared deviations over their sampling variance, summed over the runs.
    pub chi_square: f64,
    /// Degrees of freedom: runs less sides.
    pub freedom: f64,
    /// Mean over the runs of the expected count, corrected for the row's own share.
    pub mean: f64,
}

impl Scatter {
    /// Log-likelihood of each `φ` of the grid: the deviations as normal with `1 + φ mean` times the sampling variance.
    pub(crate) fn log_likelihood(&self) -> OnGrid {
        GRID.map(|phi| {
            let inflation = 1.0 + phi * self.mean;
            -0.5 * (self.freedom * inflation.ln() + self.chi_square / inflation)
        })
    }

    /// The two groups as one, for reports of one number: statistics and freedom add up, the mean is weighted.
    #[must_use]
    pub fn pooled(&self, other: &Scatter) -> Scatter {
        let freedom = self.freedom + other.freedom;
        let weighted = self.mean * self.freedom + other.mean * other.freedom;
        Scatter {
            chi_square: self.chi_square + other.chi_square,
            freedom,
            mean: if freedom > 0.0 { weighted / freedom } else { 0.0 },
        }
    }
}

/// Accumulates the scatter of one row, run by run.
///
/// For each side give [`SideScatter::of`] the row's counts and what they are measured against in the same runs.
pub(crate) struct SideScatter {
    chi_square: f64,
    means: f64,
    runs: f64,
}

impl SideScatter {
    /// Scatter of one side's `counts` around shares of `rest`, whose sum weighs `rest_events` events.
    ///
    /// With `h = 1 + counts / rest_events`, the deviation of a count from its share of the same run's rest has `h`
    /// times the variance of the count alone; `correction` is `h` for the deviation and for the mean.
    pub(crate) fn of(
        counts: &[f64],
        rest: impl Iterator<Item = f64> + Clone,
        correction: Correction,
    ) -> SideScatter {
        let events: f64 = counts.iter().sum();
        let total: f64 = rest.clone().sum();
        let mut side = SideScatter { chi_square: 0.0, means: 0.0, runs: 0.0 };
        for (&count, part) in counts.iter().zip(rest) {
            let expected = if total > 0.0 { events * part / total } else { 0.0 };
            if expected > 0.0 {
                side.chi_square +=
                    (count - expected) * (count - expected) / (expected * correction.deviation);
            }
            side.means += expected / correction.mean;
            side.runs += 1.0;
        }
        side
    }

    /// Both sides together.
    pub(crate) fn join(sides: Sides<SideScatter>) -> Scatter {
        let Sides { base, new } = sides;
        let runs = base.runs + new.runs;
        Scatter {
            chi_square: base.chi_square + new.chi_square,
            freedom: (base.runs - 1.0).max(0.0) + (new.runs - 1.0).max(0.0),
            mean: (base.means + new.means) / runs,
        }
    }
}

/// Factors for the own share of a row in what it is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Correction {
    /// Of the sampling variance of a deviation.
    pub(crate) deviation: f64,
    /// Of the mean.
    pub(crate) mean: f64,
}

/// The distribution of `φ` over the rows of one family.
#[derive(Clone, Debug)]
pub struct Population {
    log_weights: OnGrid,
    typical: f64,
}

impl Population {
    /// Estimates the distribution from the rows' log-likelihoods; `expected` is the noise model's typical `φ`.
    ///
    /// An average over normal distributions of `ln φ` with every centre on the grid and four widths, each weighted by
    /// the likelihood of the rows under it. `rows` yields the mean count of each row and its log-likelihood.
    pub(crate) fn estimate(rows: &[(f64, OnGrid)], expected: f64) -> Population {
        let shapes = shapes();
        let partial: Vec<Vec<f64>> =
            rows.par_chunks(CHUNK).map(|chunk| log_evidence(chunk, &shapes)).collect();
        let mut scores: Vec<f64> = centres()
            .map(|(centre, _)| -0.5 * ((centre - expected.ln()) / CENTRE_DEVIATION).powi(2))
            .collect();
        for part in &partial {
            for (score, evidence) in scores.iter_mut().zip(part) {
                *score += evidence;
            }
        }
        let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut weights = [0.0; POINTS];
        for (score, shape) in scores.iter().zip(&shapes) {
            let weight = (score - top).exp();
            for (sum, density) in weights.iter_mut().zip(shape) {
                *sum += weight * density;
            }
        }
        let total: f64 = weights.iter().sum();
        let typical =
            weights.iter().zip(LN_GRID.iter()).map(|(w, ln_phi)| w / total * ln_phi).sum::<f64>().exp();
        Population { log_weights: weights.map(f64::ln), typical }
    }

    /// The typical dispersion: geometric mean over the distribution.
    #[must_use]
    pub fn typical(&self) -> f64 {
        self.typical
    }

    /// One row's `φ`, given its log-likelihood.
    pub(crate) fn posterior(&self, log_likelihood: &OnGrid) -> VarianceEstimate {
        let log_density = std::array::from_fn(|j| self.log_weights[j] + log_likelihood[j]);
        posterior::moments(&log_density)
    }
}

/// Logarithm of the centre, and the width, of each distribution considered.
fn centres() -> impl Iterator<Item = (f64, f64)> {
    LN_GRID.iter().flat_map(|&centre| WIDTHS.iter().map(move |&width| (centre, width)))
}

/// Those distributions on the grid, each adding up to one.
fn shapes() -> Vec<OnGrid> {
    centres()
        .map(|(centre, width)| {
            let density = LN_GRID.map(|ln_phi| (-0.5 * ((ln_phi - centre) / width).powi(2)).exp());
            let total: f64 = density.iter().sum();
            density.map(|d| d / total)
        })
        .collect()
}

/// Logarithm of the likelihood of some rows under each shape.
///
/// Likelihoods are scaled by each row's largest, so that products of many stay representable while logarithms are
/// taken of products of up to [`FACTORS`] rows at a time.
fn log_evidence(rows: &[(f64, OnGrid)], shapes: &[OnGrid]) -> Vec<f64> {
    let likelihoods: Vec<(f64, OnGrid)> = rows
        .iter()
        .filter(|(mean, _)| *mean >= LEAST_MEAN)
        .map(|(_, log_likelihood)| {
            let top = log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (top, log_likelihood.map(|l| (l - top).exp()))
        })
        .collect();
    let tops: f64 = likelihoods.iter().map(|(top, _)| top).sum();
    shapes
        .iter()
        .map(|shape| {
            let mut sum = tops;
            for batch in likelihoods.chunks(FACTORS) {
                let product: f64 = batch
                    .iter()
                    .map(|(_, likelihood)| dot(shape, likelihood).max(f64::MIN_POSITIVE.powf(1.0 / 16.0)))
                    .product();
                sum += product.ln();
            }
            sum
        })
        .collect()
}

/// Rows whose likelihoods are multiplied before a logarithm is taken.
const FACTORS: usize = 8;

fn dot(a: &OnGrid, b: &OnGrid) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
