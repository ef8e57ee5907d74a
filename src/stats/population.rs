//! Log-likelihoods of many rows into the distribution of a variance over the rows.
//!
//! The distribution is an average over normal distributions of the variance's logarithm, with every centre on the grid
//! and several widths, each weighted by the likelihood of the rows under it and by a prior for the centre.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::{
    mixture::VarianceEstimate,
    posterior::{self, LN_GRID, OnGrid, POINTS},
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

/// Where the variances of a family's rows are expected to lie before a row is looked at.
#[derive(Clone, Debug)]
pub struct Population {
    scores: Vec<f64>,
    log_weights: OnGrid,
    typical: f64,
}

impl Population {
    /// Estimates the distribution from the log-likelihoods of some rows.
    pub(crate) fn estimate(rows: &[&OnGrid], expected: &Expected) -> Population {
        let shapes = shapes();
        let partial: Vec<Vec<f64>> =
            rows.par_chunks(CHUNK).map(|chunk| log_evidence(chunk, shapes)).collect();
        let mut scores: Vec<f64> =
            centres().map(|(centre, width)| expected.log_prior(centre, width)).collect();
        for part in &partial {
            for (score, evidence) in scores.iter_mut().zip(part) {
                *score += evidence;
            }
        }
        let weights = mixed(&scores, shapes);
        let typical = weights.iter().zip(LN_GRID.iter()).map(|(w, ln)| w * ln).sum::<f64>().exp();
        Population { scores, log_weights: weights.map(f64::ln), typical }
    }

    /// The typical variance: geometric mean over the distribution.
    #[must_use]
    pub fn typical(&self) -> f64 {
        self.typical
    }

    /// One row's variance, given its log-likelihood.
    pub(crate) fn posterior(&self, log_likelihood: &OnGrid) -> VarianceEstimate {
        let log_density = std::array::from_fn(|j| self.log_weights[j] + log_likelihood[j]);
        posterior::moments(&log_density)
    }

    /// What is expected of a row from all others: of a row that helped to estimate the distribution, with its
    /// log-likelihood taken out again.
    pub(crate) fn without(&self, log_likelihood: Option<&OnGrid>) -> VarianceEstimate {
        let Some(own) = log_likelihood else {
            return posterior::moments(&self.log_weights);
        };
        let shapes = shapes();
        let own = log_evidence(&[own], shapes);
        let scores: Vec<f64> = self.scores.iter().zip(own).map(|(all, own)| all - own).collect();
        posterior::moments(&mixed(&scores, shapes).map(f64::ln))
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

/// The average of the shapes with weights of which the logarithms are given.
fn mixed(scores: &[f64], shapes: &[OnGrid]) -> OnGrid {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut weights = [0.0; POINTS];
    for (score, shape) in scores.iter().zip(shapes) {
        let weight = (score - top).exp();
        for (sum, density) in weights.iter_mut().zip(shape) {
            *sum += weight * density;
        }
    }
    let total: f64 = weights.iter().sum();
    weights.map(|w| w / total)
}

/// Logarithm of the likelihood of some rows under each shape.
///
/// Likelihoods are scaled by each row's largest, and logarithms taken of products of several.
fn log_evidence(rows: &[&OnGrid], shapes: &[OnGrid]) -> Vec<f64> {
    let mut tops = 0.0;
    let likelihoods: Vec<OnGrid> = rows
        .iter()
        .map(|log_likelihood| {
            let top = log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            tops += top;
            log_likelihood.map(|l| (l - top).exp())
        })
        .collect();
    shapes
        .iter()
        .map(|shape| {
            let product =
                |batch: &[OnGrid]| batch.iter().map(|l| dot(shape, l).max(LEAST_FACTOR)).product::<f64>();
            tops + likelihoods.chunks(FACTORS).map(|batch| product(batch).ln()).sum::<f64>()
        })
        .collect()
}

fn dot(a: &OnGrid, b: &OnGrid) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
