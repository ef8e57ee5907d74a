//! A log-likelihood on a grid of variances into the mean and variance of its posterior.
//!
//! Variances of costs between runs are positive and known only by order of magnitude, so every estimate of one is a
//! distribution on the same logarithmic grid.

use std::sync::LazyLock;

use super::{mixture::VarianceEstimate, special::real};

/// Points of the grid.
pub(crate) const POINTS: usize = 33;

/// Smallest variance of the grid: a coefficient of variation of 0.3 %. The largest is 1.
const SMALLEST: f64 = 1e-5;

/// A number for each variance of the grid.
pub(crate) type OnGrid = [f64; POINTS];

/// The variances: from 1e-5 to 1 in equal steps of the logarithm.
pub(crate) static GRID: LazyLock<OnGrid> = LazyLock::new(|| LN_GRID.map(f64::exp));

/// Their logarithms.
pub(crate) static LN_GRID: LazyLock<OnGrid> =
    LazyLock::new(|| std::array::from_fn(|j| SMALLEST.ln() * (1.0 - real(j) / real(POINTS - 1))));

/// A likelihood known up to a factor, with the logarithm of that factor: `ln L = log_scale + ln scaled`. The largest
/// entry is not far from one, so that products of a few stay representable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Likelihood {
    pub(crate) scaled: OnGrid,
    pub(crate) log_scale: f64,
}

impl Likelihood {
    /// Of which the logarithm is given.
    pub(crate) fn from_log(log_likelihood: &OnGrid) -> Self {
        let log_scale = log_likelihood.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { scaled: log_likelihood.map(|log| (log - log_scale).exp()), log_scale }
    }
}

/// The posterior's mean and variance for a logarithm of density known up to a constant.
pub(crate) fn moments(log_density: &OnGrid) -> VarianceEstimate {
    moments_of(&Likelihood::from_log(log_density).scaled)
}

/// The posterior's mean and variance for a density known up to a factor.
pub(crate) fn moments_of(density: &OnGrid) -> VarianceEstimate {
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    for (&weight, &variance) in density.iter().zip(GRID.iter()) {
        total += weight;
        first += weight * variance;
        second += weight * variance * variance;
    }
    let mean = first / total;
    VarianceEstimate { mean, variance: (second / total - mean * mean).max(0.0) }
}

/// Logarithm of a normal density of `ln variance` around `ln centre`, up to a constant.
pub(crate) fn log_normal_prior(centre: f64, deviation: f64) -> OnGrid {
    LN_GRID.map(|ln_variance| -0.5 * ((ln_variance - centre.ln()) / deviation).powi(2))
}
