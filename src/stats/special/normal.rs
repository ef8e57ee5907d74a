//! The standard normal distribution: probability below a point, and the point with a given probability below it.

use std::f64::consts::SQRT_2;

use statrs::function::erf::{erfc, erfc_inv};

/// `P(Z <= z)`.
pub(crate) fn cdf(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// The `z` with `P(Z <= z) = p`; infinite at 0 and 1.
pub(crate) fn quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p.clamp(0.0, 1.0))
}
