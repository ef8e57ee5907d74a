//! Two event counts and odds into the probability of a split at least as uneven, with mid-p at the observed point.
//!
//! Given `n` events in all, the number on the new side is binomial with success probability `expit(log_odds)`. The
//! mid-p tail counts half of the observed point. It never exceeded its nominal level in exact enumeration of two
//! Poisson counts, and it is symmetric: the tails to both sides add up to one.

use super::special::{
    beta::{BinomialLogPmf, continued_fraction},
    polygamma,
};

/// Counts are scaled down together beyond this many events: there, every other source of variance is larger.
const MAX_EVENTS: f64 = 1e7;

/// The tail of one pair of counts, ready to be evaluated at many odds.
///
/// Counts may be fractional (effective counts); the binomial is then continued by the incomplete beta function.
///
/// As a function of the odds the tail is a distribution function, the confidence distribution of the log odds: with
/// one half each, the logarithm of the odds of `Beta(new, base + 1)` and of `Beta(new + 1, base)`.
pub struct Tail {
    base: f64,
    new: f64,
    pmf: BinomialLogPmf,
    spread: f64,
}

impl Tail {
    /// Prepares the tail of `new` against `base` events. Negative or undefined counts are taken as none.
    #[must_use]
    pub fn new(base: f64, new: f64) -> Self {
        let (base, new) = (base.max(0.0), new.max(0.0));
        let scale = (MAX_EVENTS / (base + new)).min(1.0);
        let (base, new) = if scale < 1.0 { (base * scale, new * scale) } else { (base, new) };
        let spread = (polygamma::trigamma(new + 0.5) + polygamma::trigamma(base + 0.5)).sqrt();
        Tail { base, new, pmf: BinomialLogPmf::new(new, base), spread }
    }

    /// `P(X > new) + P(X = new) / 2` when the odds of an event to lie on the new side are `exp(log_odds)`.
    ///
    /// `½ [I_π(new, base + 1) + I_π(new + 1, base)]` with `π = expit(log_odds)`: one continued fraction, because the
    /// two differ by the probability of the observed point.
    #[must_use]
    pub fn at(&self, log_odds: f64) -> f64 {
        let p = 1.0 / (1.0 + (-log_odds).exp());
        let q = 1.0 / (1.0 + log_odds.exp());
        let point = self.pmf.at(p, q).exp();
        if p < (self.new + 2.0) / (self.base + self.new + 3.0) {
            half_point_and_beyond(self.new, self.base, p, point)
        } else {
            1.0 - half_point_and_beyond(self.base, self.new, q, point)
        }
    }
}

impl Tail {
    /// Standard deviation of the log odds that the counts alone leave open.
    pub(crate) fn spread(&self) -> f64 {
        self.spread
    }

    /// The log odds in the middle of the confidence distribution, finite for every pair of counts.
    pub(crate) fn centre(&self) -> f64 {
        ((self.new + 0.5) / (self.base + 0.5)).ln()
    }

    /// Density of the confidence distribution at a log odds.
    pub(crate) fn density(&self, log_odds: f64) -> f64 {
        let p = 1.0 / (1.0 + (-log_odds).exp());
        let q = 1.0 / (1.0 + log_odds.exp());
        0.5 * self.pmf.at(p, q).exp() * (self.new * q + self.base * p)
    }

    /// What the confidence distribution has at minus infinity: one half where no event lies on the new side.
    pub(crate) fn mass_below(&self) -> f64 {
        if self.new > 0.0 { 0.0 } else { 0.5 }
    }
}

/// `I_p(k + 1, rest) + point / 2`, where `point` is the binomial probability of `k` among `k + rest` at `p`.
fn half_point_and_beyond(k: f64, rest: f64, p: f64, point: f64) -> f64 {
    if rest <= 0.0 || point <= 0.0 {
        return 0.5 * point;
    }
    let beyond = point * p * rest / (k + 1.0) * continued_fraction(k + 1.0, rest, p);
    beyond + 0.5 * point
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All outcomes of `n` events one by one.
    fn enumerate(new: u32, n: u32, p: f64) -> f64 {
        let mut choose = 1.0;
        let mut sum = 0.0;
        for k in 0..=n {
            let probability = choose * p.powi(k.cast_signed()) * (1.0 - p).powi((n - k).cast_signed());
            if k > new {
                sum += probability;
            } else if k == new {
                sum += 0.5 * probability;
            }
            choose *= f64::from(n - k) / f64::from(k + 1);
        }
        sum
    }

    #[test]
    fn equals_the_enumeration_of_all_outcomes() {
        for n in [0_u32, 1, 2, 7, 30, 61] {
            for new in 0..=n {
                for log_odds in [-2.0_f64, -0.3, 0.0, 0.05, 1.7] {
                    let p = 1.0 / (1.0 + (-log_odds).exp());
                    let want = enumerate(new, n, p);
                    let got = Tail::new(f64::from(n - new), f64::from(new)).at(log_odds);
                    assert!(
                        (got - want).abs() <= 1e-12 * want.max(1e-30) + 1e-15,
                        "{new} of {n} at {log_odds}: {got} {want}"
                    );
                }
            }
        }
    }

    #[test]
    fn both_directions_add_up_to_one() {
        for (base, new) in [(0.0, 3.0), (3.7, 2.5), (1e4, 1.1e4), (4e6, 4.01e6)] {
            for log_odds in [-0.5, 0.0, 0.01] {
                let there = Tail::new(base, new).at(log_odds);
                let back = Tail::new(new, base).at(-log_odds);
                assert!((there + back - 1.0).abs() < 1e-12, "{base} {new} {log_odds}: {there} {back}");
            }
        }
    }

    #[test]
    fn nothing_observed_says_nothing() {
        assert!((Tail::new(0.0, 0.0).at(0.3) - 0.5).abs() < 1e-15);
        assert!((Tail::new(f64::NAN, -1.0).at(0.3) - 0.5).abs() < 1e-15);
    }

    /// Values of the same expression at 40 digits (mpmath), where fixed-length expansions fail.
    #[test]
    fn stays_accurate_with_millions_of_events() {
        for (base, new, log_odds, want) in TRUTH_OF_LARGE_COUNTS {
            let got = Tail::new(base, new).at(log_odds);
            assert!((got / want - 1.0).abs() < 1e-9, "{base} {new} {log_odds}: {got} {want}");
        }
    }
    const TRUTH_OF_LARGE_COUNTS: [(f64, f64, f64, f64); 8] = [
        (5e4, 5.05e4, 0.0, 0.057_375_349_581_590_417),
        (4.99e5, 5.01e5, 0.0, 0.022_750_158_943_681_586),
        (4.99e5, 5.06e5, 0.005, 3.796_267_148_335_046_5e-6),
        (4.999e6, 5.001e6, 0.0, 0.263_544_639_794_482_6),
        (4.98e6, 5.01e6, 0.001, 1.274_189_216_075_106_8e-15),
        (4.9e6, 5e6, 0.01, 2.837_321_231_576_464_6e-58),
        (9e5, 1.1e6, 0.19, 2.983_753_253_046_333_6e-14),
        (123_456.7, 234_567.8, 0.64, 0.299_025_576_856_804_3),
    ];
}
