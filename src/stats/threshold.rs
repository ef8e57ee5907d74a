//! A limit on the increase of a row into the greatest ratio of costs that it allows.

use super::table::Sides;

/// What a row's cost may rise by: the larger of a part of itself and an amount.
///
/// The hypothesis that is tested is "the new cost is at most `max((1 + relative) * base, base + absolute)`".
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Threshold {
    /// Part of the base cost: 0.05 allows a rise by 5 %.
    pub relative: f64,
    /// Amount on top of the base cost, in the row's value as the mean of the base runs.
    pub absolute: f64,
}

/// The observed side of a threshold: pooled events and what they are rates of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed {
    /// Events of the row over all runs of a side.
    pub(crate) events: Sides<f64>,
    /// Exposure of a side: the value of its reference, or its runs, seconds or operations.
    pub(crate) exposure: Sides<f64>,
    /// [`Threshold::absolute`] in events of the base side: times its runs, over the value of one event.
    pub(crate) allowance: f64,
}

impl Observed {
    /// The observation seen from the other side, for the test of a decrease.
    ///
    /// The allowance stays the same rate, and becomes events of what is now the base side.
    pub(crate) fn swapped(self) -> Observed {
        let rate = self.allowance / self.exposure.base;
        Observed {
            events: self.events.swapped(),
            exposure: self.exposure.swapped(),
            allowance: rate * self.exposure.new,
        }
    }

    /// Logarithm of the greatest ratio of new to base rate that the threshold allows, given these events.
    ///
    /// For the absolute part the base rate `λ` is the most likely one if the new rate is exactly `λ` plus the allowed
    /// rate: the positive root of `(e₀+e₁) λ² + ((e₀+e₁) a - n) λ - y₀ a = 0`. Infinite where that root is zero.
    pub(crate) fn greatest_log_ratio(&self, relative: f64) -> f64 {
        let by_part = relative.max(0.0).ln_1p();
        if self.allowance <= 0.0 {
            return by_part;
        }
        let allowed = self.allowance / self.exposure.base;
        let exposure = self.exposure.sum();
        let half = 0.5 * (exposure * allowed - self.events.sum());
        let root = (half * half + exposure * self.events.base * allowed).sqrt();
        // Of the two forms of the root the one that adds, so that no digits cancel.
        let rate =
            if half > 0.0 { self.events.base * allowed / (half + root) } else { (root - half) / exposure };
        if rate > 0.0 { by_part.max((allowed / rate).ln_1p()) } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(base: f64, new: f64, allowance: f64) -> Observed {
        Observed { events: Sides { base, new }, exposure: Sides { base: 1000.0, new: 1200.0 }, allowance }
    }

    /// Log-likelihood of two Poisson counts at rates `base` and `base + allowed`.
    fn log_likelihood(o: &Observed, base: f64, allowed: f64) -> f64 {
        let new = base + allowed;
        o.events.base * base.ln() - o.exposure.base * base + o.events.new * new.ln() - o.exposure.new * new
    }

    #[test]
    fn the_base_rate_is_the_most_likely_one_on_the_boundary() {
        for (base, new, allowance) in
            [(30.0, 60.0, 5.0), (3.0, 90.0, 20.0), (500.0, 480.0, 1.0), (0.0, 40.0, 10.0)]
        {
            let o = observed(base, new, allowance);
            let allowed = allowance / 1000.0;
            let rate = allowed / o.greatest_log_ratio(0.0).exp_m1();
            for other in [0.9, 0.99, 1.01, 1.1] {
                assert!(log_likelihood(&o, rate, allowed) > log_likelihood(&o, rate * other, allowed));
            }
        }
    }

    #[test]
    fn the_larger_part_counts() {
        let o = observed(1000.0, 1000.0, 1.0);
        assert!((o.greatest_log_ratio(0.5) - 1.5_f64.ln()).abs() < 1e-12);
        assert!(observed(10.0, 10.0, 50.0).greatest_log_ratio(0.5) > 1.5_f64.ln());
        assert!(observed(0.0, 5.0, 50.0).greatest_log_ratio(0.5).is_infinite());
    }

    #[test]
    fn swapping_keeps_the_allowed_rate() {
        let o = observed(30.0, 60.0, 5.0);
        let back = o.swapped().swapped();
        assert!((back.allowance - o.allowance).abs() < 1e-12);
        assert!((o.swapped().allowance / 1200.0 - 5.0 / 1000.0).abs() < 1e-15);
    }
}
