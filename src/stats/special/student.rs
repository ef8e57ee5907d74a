//! Student's t distribution: probability above a point, and the point with a given probability above it.

use std::f64::consts::PI;

use super::{
    beta::{incomplete_beta_over, ln_beta},
    normal,
};

/// From here on the distribution is normal to the accuracy of everything that uses it.
const NORMAL_FROM: f64 = 1e9;

/// Newton's steps end below this: the error that is left is about its square.
const SMALL_STEP: f64 = 1e-5;

/// Student's t with `freedom` degrees of freedom (real, positive), ready to be evaluated at many points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Student {
    freedom: f64,
    /// Logarithm of `B(freedom / 2, 1 / 2)`.
    ln_beta: f64,
}

impl Student {
    /// Prepares what does not depend on the point.
    pub(crate) fn new(freedom: f64) -> Self {
        let ln_beta = if freedom >= NORMAL_FROM { 0.0 } else { ln_beta(0.5 * freedom, 0.5) };
        Self { freedom, ln_beta }
    }

    /// `P(T > t)`.
    pub(crate) fn survival(&self, t: f64) -> f64 {
        let Self { freedom, ln_beta } = *self;
        if freedom >= NORMAL_FROM {
            return normal::cdf(-t);
        }
        let beyond = 0.5 * incomplete_beta_over(ln_beta, 0.5 * freedom, 0.5, freedom / (freedom + t * t));
        if t >= 0.0 { beyond } else { 1.0 - beyond }
    }

    /// The `t` with `P(T > t) = p`, for `0 < p < 1`.
    pub(crate) fn upper_quantile(&self, p: f64) -> f64 {
        if self.freedom >= NORMAL_FROM {
            return -normal::quantile(p);
        }
        if p > 0.5 {
            return -self.upper_quantile(1.0 - p);
        }
        if p > 0.499_999 {
            return 0.0;
        }
        // Newton's method for ln P(T > t) as a function of ln t, which is concave.
        let mut t = self.near_quantile(p);
        for _ in 0..60 {
            let beyond = self.survival(t);
            let step = (beyond / p).ln() * beyond / (t * self.density(t));
            t *= step.clamp(-1.0, 1.0).exp();
            if step.abs() < SMALL_STEP {
                break;
            }
        }
        t
    }

    /// Hill's approximation (CACM algorithm 396), right to six digits from five degrees of freedom on.
    #[expect(clippy::many_single_char_names, reason = "the names of the algorithm")]
    fn near_quantile(&self, p: f64) -> f64 {
        let n = self.freedom.max(1.0);
        let a = 1.0 / (n - 0.5);
        let b = 48.0 / (a * a);
        let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
        let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * 0.5 * PI).sqrt() * n;
        let y = (2.0 * p * d).powf(2.0 / n);
        let square = if y > 0.05 + a {
            let x = normal::quantile(p);
            if n < 5.0 {
                c += 0.3 * (n - 4.5) * (x + 0.6);
            }
            c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
            let y = x * x;
            let y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
            (a * y * y).min(300.0).exp_m1()
        } else {
            let inner = 1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0);
            (inner * y - 1.0) * (n + 1.0) / (n + 2.0) + 1.0 / y
        };
        let t = (n * square).sqrt();
        if t.is_finite() { t.max(1e-6) } else { 1.0 }
    }

    fn density(&self, t: f64) -> f64 {
        let Self { freedom, ln_beta } = *self;
        (-ln_beta - 0.5 * freedom.ln() - 0.5 * (freedom + 1.0) * (t * t / freedom).ln_1p()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_closed_forms() {
        for t in [-3.0, -0.4, 0.0, 1.0, 7.0, 60.0] {
            let cauchy = 0.5 - f64::atan(t) / PI;
            let two = 0.5 - 0.5 * t / (2.0 + t * t).sqrt();
            assert!((Student::new(1.0).survival(t) / cauchy - 1.0).abs() < 1e-9, "{t}");
            assert!((Student::new(2.0).survival(t) / two - 1.0).abs() < 1e-9, "{t}");
        }
    }

    #[test]
    fn quantiles_invert_the_survival_function() {
        for freedom in [1.0, 1.6, 4.3, 30.0, 9e5, 2e9] {
            for p in [1e-12, 1e-4, 0.05, 0.49, 0.5, 0.8] {
                let student = Student::new(freedom);
                let back = student.survival(student.upper_quantile(p));
                assert!((back / p - 1.0).abs() < 1e-6, "{freedom} {p}: {back}");
            }
        }
    }
}
