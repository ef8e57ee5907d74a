//! Log-likelihoods of many rows into the distribution of a variance over the rows.
//!
//! The distribution is an average over normal distributions of the variance's logarithm, with every centre on the grid
//! and several widths, each weighted by the likelihood of the rows under it and by a prior for the centre.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::{
    mixture::VarianceEstimate,
    posterior::{self, LN_GRID, Likelihood, OnGrid, POINTS},
};

/// Widths of the distribution of the variance's logarithm that are considered.
const WIDTHS: [f64; 4] = [0.35, 0.7, 1.05, 1.4];

/// Rows per task: a fixed number, so that sums do not depend on the number of threads.
const CHUNK: usize = 256;

/// Rows whose likelihoods are multiplied before a logarithm is taken.
const FACTORS: usize = 8;

/// A dot product of a shape and a scaled likelihood is not let below this, so that products stay representable.
const LEAST_FACTOR: f64 = 1e-30;

/// What is expected of the distribution before any row is looked at.
pub(crate) struct Expected {
    /// The typical variance.
    pub(crate) centre: f64,
    /// How far its logarithm may be off.
    pub(crate) deviation: f64,
    /// The prior of a width is proportional to this power of it.
    pub(crate) width_power: f64,
}

impl Expected {
    /// Rows differ widely: of eight measured families the logarithms of the variances had a standard deviation of 1.0 to
    /// 1.5 in five and of 0.7 in the others. A few runs of mostly small rows say little about that, and where the width
    /// is taken for too small, noisy rows are drawn to the centre and fail.
    pub(crate) const WIDE: f64 = 4.0;

    fn log_prior(&self, centre: f64, width: f64) -> f64 {
        self.width_power * width.ln() - 0.5 * ((centre - self.centre.ln()) / self.deviation).powi(2)
    }
}

/// Shapes whose logarithm of evidence lies this far below the best are left out. Taking one row out again adds at most
/// the logarithm of [`LEAST_FACTOR`], 69, so that what is left out weighs less than e⁻⁴⁰ even then.
const LEAST_EVIDENCE: f64 = -110.0;

/// With more rows than this, shapes are first held against every sixteenth row, and those left out there that would be
/// with a sixteenth of the evidence.
const MANY: usize = 2048;
const SAMPLED: usize = 16;

/// Where the variances of a family's rows are expected to lie before a row is looked at.
#[derive(Clone, Debug)]
pub struct Population {
    /// The shapes that matter, with their weights up to a factor.
    mixture: Vec<(&'static OnGrid, f64)>,
    weights: OnGrid,
    typical: f64,
}

impl Population {
    /// Estimates the distribution from the likelihoods of some rows.
    pub(crate) fn estimate(rows: &[&Likelihood], expected: &Expected) -> Population {
        let mut shapes: Vec<(&OnGrid, f64)> = shapes()
            .iter()
            .zip(centres())
            .map(|(shape, (centre, width))| (shape, expected.log_prior(centre, width)))
            .collect();
        if rows.len() > MANY {
            let some: Vec<&Likelihood> = rows.iter().step_by(SAMPLED).copied().collect();
            let scores = scores(&shapes, &some);
            let least = largest(&scores) + LEAST_EVIDENCE;
            let mut scores = scores.into_iter();
            shapes.retain(|_| scores.next().is_some_and(|score| score >= least));
        }
        let scores = scores(&shapes, rows);
        let top = largest(&scores);
        let mixture: Vec<(&OnGrid, f64)> = shapes
            .iter()
            .zip(scores)
            .filter(|(_, score)| score - top >= LEAST_EVIDENCE)
            .map(|((shape, _), score)| (*shape, (score - top).exp()))
            .collect();
        let mut weights = mixed(mixture.iter().copied());
        let total: f64 = weights.iter().sum();
        weights = weights.map(|weight| weight / total);
        let typical = weights.iter().zip(LN_GRID.iter()).map(|(w, ln)| w * ln).sum::<f64>().exp();
        Population { mixture, weights, typical }
    }

    /// The typical variance: geometric mean over the distribution.
    #[must_use]
    pub fn typical(&self) -> f64 {
        self.typical
    }

    /// One row's variance, given its likelihood.
    pub(crate) fn posterior(&self, likelihood: &Likelihood) -> VarianceEstimate {
        posterior::moments_of(&std::array::from_fn(|j| self.weights[j] * likelihood.scaled[j]))
    }

    /// What is expected of a row from all others: of a row that helped to estimate the distribution, with its
    /// likelihood taken out again.
    pub(crate) fn without(&self, likelihood: Option<&Likelihood>) -> VarianceEstimate {
        let Some(own) = likelihood else {
            return posterior::moments_of(&self.weights);
        };
        let others = self.mixture.iter().map(|&(shape, weight)| (shape, weight / factor(shape, own)));
        posterior::moments_of(&mixed(others))
    }
}

/// Logarithm of the centre, and the width, of each distribution considered.
fn centres() -> impl Iterator<Item = (f64, f64)> {
    LN_GRID.iter().flat_map(|&centre| WIDTHS.iter().map(move |&width| (centre, width)))
}

/// Those distributions on the grid, each adding up to one.
fn shapes() -> &'static [OnGrid] {
    static SHAPES: LazyLock<Vec<OnGrid>> = LazyLock::new(|| {
        centres()
            .map(|(centre, width)| {
                let density = LN_GRID.map(|ln| (-0.5 * ((ln - centre) / width).powi(2)).exp());
                let total: f64 = density.iter().sum();
                density.map(|d| d / total)
            })
            .collect()
    });
    &SHAPES
}

/// The sum of the shapes, each multiplied by its weight.
fn mixed<'a>(shapes: impl Iterator<Item = (&'a OnGrid, f64)>) -> OnGrid {
    let mut sums = [0.0; POINTS];
    for (shape, weight) in shapes {
        for (sum, density) in sums.iter_mut().zip(shape) {
            *sum += weight * density;
        }
    }
    sums
}

fn largest(scores: &[f64]) -> f64 {
    scores.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// For each shape the logarithm of its prior, which stands beside it, times the likelihood of the rows under it.
fn scores(shapes: &[(&OnGrid, f64)], rows: &[&Likelihood]) -> Vec<f64> {
    let partial: Vec<Vec<f64>> = rows.par_chunks(CHUNK).map(|chunk| log_evidence(shapes, chunk)).collect();
    let mut scores: Vec<f64> = shapes.iter().map(|(_, log_prior)| *log_prior).collect();
    for part in &partial {
        for (score, evidence) in scores.iter_mut().zip(part) {
            *score += evidence;
        }
    }
    scores
}

/// Logarithm of the likelihood of some rows under each shape: logarithms are taken of products of several.
fn log_evidence(shapes: &[(&OnGrid, f64)], rows: &[&Likelihood]) -> Vec<f64> {
    let scale: f64 = rows.iter().map(|row| row.log_scale).sum();
    let of_shape = |shape: &OnGrid| {
        let product = |batch: &[&Likelihood]| batch.iter().map(|row| factor(shape, row)).product::<f64>();
        scale + rows.chunks(FACTORS).map(|batch| product(batch).ln()).sum::<f64>()
    };
    shapes.iter().map(|(shape, _)| of_shape(shape)).collect()
}

/// The likelihood of a row under a shape, scaled.
fn factor(shape: &OnGrid, row: &Likelihood) -> f64 {
    // Four sums at a time, which processors add up side by side.
    let (shapes, likelihoods) = (shape.chunks_exact(4), row.scaled.chunks_exact(4));
    let rest = shapes.remainder().iter().zip(likelihoods.remainder()).map(|(x, y)| x * y).sum::<f64>();
    let mut sums = [0.0; 4];
    for (x, y) in shapes.zip(likelihoods) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    (sums[0] + sums[1] + (sums[2] + sums[3]) + rest).max(LEAST_FACTOR)
}
