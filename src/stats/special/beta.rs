//! The regularised incomplete beta function and the binomial probability it integrates.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// Terms of the continued fraction at most. It needs about `2 * sqrt(max(a, b))` near the mean.
const MAX_TERMS: u32 = 100_000;

/// The continued fraction `h` in `I_x(a, b) = x^a (1-x)^b / (a B(a, b)) * h`, by its recurrence for numerators and
/// denominators, which are scaled back after each pair of terms.
///
/// Converges fast for `x < (a + 1) / (a + b + 2)`, where no denominator vanishes; callers use the symmetry of `I`
/// beyond.
#[expect(clippy::many_single_char_names, reason = "the names of the recurrence in the literature")]
pub(crate) fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let (mut above, mut below) = (1.0, 1.0);
    let mut h = 1.0 / (1.0 - (a + b) * x / (a + 1.0));
    let mut scale = h;
    above *= scale;
    below *= scale;
    for term in 1..=MAX_TERMS {
        let m = f64::from(term);
        let (p, q, r) = (a - 1.0 + 2.0 * m, a + 2.0 * m, a + 1.0 + 2.0 * m);
        let even = m * (b - m) * x / (p * q);
        let odd = -(a + m) * (a + b + m) * x / (q * r);
        // The numerator and the denominator before are h and 1.
        let (above_even, below_even) = (h + even * above, 1.0 + even * below);
        let (above_odd, below_odd) = (above_even + odd * h, below_even + odd);
        scale = 1.0 / below_odd;
        let before = h;
        (above, below, h) = (above_even * scale, below_even * scale, above_odd * scale);
        if (h - before).abs() <= 2e-16 * h.abs() {
            break;
        }
    }
    h
}

/// Logarithm of the beta function.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// `I_x(a, b)`, the regularised incomplete beta function, for `a, b > 0` and `0 <= x <= 1`, where `ln_beta` is the
/// logarithm of the beta function there.
pub(crate) fn incomplete_beta_over(ln_beta: f64, a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

/// Logarithm of the binomial probability `C(n, k) p^k q^(n-k)`, continued to real counts.
///
/// Loader's form: Stirling's error and two deviances instead of three large logarithms of factorials that cancel.
/// The counts are given as the two parts `k` and `rest = n - k`, the probability as `p` and `q = 1 - p`.
pub(crate) struct BinomialLogPmf {
    k: f64,
    rest: f64,
    constant: f64,
}

impl BinomialLogPmf {
    /// Prepares what does not depend on the probability.
    pub(crate) fn new(k: f64, rest: f64) -> Self {
        let constant = if k > 0.0 && rest > 0.0 {
            let n = k + rest;
            stirling_error(n) - stirling_error(k) - stirling_error(rest)
                + 0.5 * (n / (2.0 * PI * k * rest)).ln()
        } else {
            0.0
        };
        BinomialLogPmf { k, rest, constant }
    }

    /// The logarithm at `p`, with `q = 1 - p` given apart so that neither loses digits.
    pub(crate) fn at(&self, p: f64, q: f64) -> f64 {
        let n = self.k + self.rest;
        if self.k <= 0.0 {
            return if self.rest > 0.0 { self.rest * q.ln() } else { 0.0 };
        }
        if self.rest <= 0.0 {
            return self.k * p.ln();
        }
        self.constant - deviance(self.k, n * p) - deviance(self.rest, n * q)
    }
}

/// `ln(x!) - ln(sqrt(2 pi x) (x/e)^x)` for `x > 0`.
fn stirling_error(x: f64) -> f64 {
    if x < 16.0 {
        return ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * (2.0 * PI).ln();
    }
    let r = 1.0 / (x * x);
    (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x
}

/// `x ln(x/m) + m - x` without cancellation where `x` is near `m`.
fn deviance(x: f64, m: f64) -> f64 {
    let v = (x - m) / (x + m);
    if v.abs() >= 0.1 {
        return x * (x / m).ln() + m - x;
    }
    let square = v * v;
    let mut power = 2.0 * x * v;
    let mut sum = (x - m) * v;
    for odd in [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0] {
        power *= square;
        sum += power / odd;
    }
    sum
}
