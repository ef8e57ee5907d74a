//! Student's t distribution: probability above a point, and the point with a given probability above it.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

use super::{beta::incomplete_beta, normal};

/// From here on the distribution is normal to the accuracy of everything that uses it.
const NORMAL_FROM: f64 = 1e9;

/// `P(T > t)` with `freedom` degrees of freedom (real, positive).
pub(crate) fn survival(t: f64, freedom: f64) -> f64 {
    if freedom >= NORMAL_FROM {
        return normal::cdf(-t);
    }
    let beyond = 0.5 * incomplete_beta(0.5 * freedom, 0.5, freedom / (freedom + t * t));
    if t >= 0.0 { beyond } else { 1.0 - beyond }
}

/// The `t` with `P(T > t) = p`, for `0 < p < 1`.
pub(crate) fn upper_quantile(p: f64, freedom: f64) -> f64 {
    if freedom >= NORMAL_FROM {
        return -normal::quantile(p);
    }
    if p > 0.5 {
        return -upper_quantile(1.0 - p, freedom);
    }
    if p > 0.499_999 {
        return 0.0;
    }
    // Newton's method for ln P(T > t) as a function of ln t, which is concave, from above the root.
    let mut t = start(p, freedom);
    for _ in 0..60 {
        let beyond = survival(t, freedom);
        let step = (beyond / p).ln() * beyond / (t * density(t, freedom));
        t *= step.clamp(-1.0, 1.0).exp();
        if step.abs() < 1e-12 {
            break;
        }
    }
    t
}

/// Gaver and Kafadar's approximation, within some percent from four degrees of freedom on.
fn start(p: f64, freedom: f64) -> f64 {
    let z = -normal::quantile(p);
    let exponent = z * z * (freedom - 1.5).max(0.5) / (freedom - 1.0).max(1.0).powi(2);
    (freedom * exponent.min(300.0).exp_m1()).sqrt().max(1e-6)
}

/// Density of Student's t.
fn density(t: f64, freedom: f64) -> f64 {
    let constant = ln_gamma(0.5 * (freedom + 1.0)) - ln_gamma(0.5 * freedom) - 0.5 * (freedom * PI).ln();
    (constant - 0.5 * (freedom + 1.0) * (t * t / freedom).ln_1p()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_closed_forms() {
        for t in [-3.0, -0.4, 0.0, 1.0, 7.0, 60.0] {
            let cauchy = 0.5 - f64::atan(t) / PI;
            let two = 0.5 - 0.5 * t / (2.0 + t * t).sqrt();
            assert!((survival(t, 1.0) / cauchy - 1.0).abs() < 1e-9, "{t}");
            assert!((survival(t, 2.0) / two - 1.0).abs() < 1e-9, "{t}");
        }
    }

    #[test]
    fn quantiles_invert_the_survival_function() {
        for freedom in [1.0, 1.6, 4.3, 30.0, 9e5, 2e9] {
            for p in [1e-12, 1e-4, 0.05, 0.49, 0.5, 0.8] {
                let back = survival(upper_quantile(p, freedom), freedom);
                assert!((back / p - 1.0).abs() < 1e-6, "{freedom} {p}: {back}");
            }
        }
    }
}
