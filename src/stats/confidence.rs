//! Counts, exposures and an effect's variance into the confidence distribution of a row's ratio of costs.
//!
//! The p-value of "the ratio is at most r", as a function of r, is a distribution function: that of the logarithm of
//! the odds between the counts (see [`Tail`]), less the exposures' ratio, plus Student's t for the effect. Its
//! quantiles are the limits of confidence intervals. Cumulants give them in closed form for every row of a profile;
//! for the rows that matter they are then found exactly.

use super::{
    mixture::{self, VarianceEstimate},
    special::{normal, polygamma},
    table::Sides,
    tail::Tail,
};

/// The expansion in cumulants is used up to this many deviations from the mean.
const TRUSTED: f64 = 1.5;
/// Normal deviations for each deviation beyond: tails are heavier than the normal distribution's.
const TAIL_SLOPE: f64 = 0.6;
/// A larger standardised fourth cumulant than this is not told apart by the expansion.
const MOST_EXCESS: f64 = 4.0;

/// Where a row's ratio of new to base cost lies.
pub struct RatioConfidence {
    tail: Tail,
    log_exposure: f64,
    effect: VarianceEstimate,
    moments: Moments,
}

/// Mean, standard deviation and standardised third and fourth cumulant.
#[derive(Clone, Copy, Debug)]
struct Moments {
    mean: f64,
    deviation: f64,
    skewness: f64,
    excess: f64,
}

/// A confidence interval of a ratio of costs, with its middle. 1 is "no change".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit; 0 where nothing on the new side bounds it.
    pub low: f64,
    /// Most plausible value: the ratio of the observed rates. Infinite where the base side has no event.
    pub centre: f64,
    /// Upper limit; infinite where nothing on the base side bounds it.
    pub high: f64,
}

impl RatioConfidence {
    /// Of pooled `events`, where the new side had `exp(log_exposure)` times the exposure of the base side.
    #[must_use]
    pub fn new(events: Sides<f64>, log_exposure: f64, effect: VarianceEstimate) -> Self {
        let moments = Moments::of(events, log_exposure, effect.widened());
        RatioConfidence { tail: Tail::new(events.base, events.new), log_exposure, effect, moments }
    }

    /// p-value of "the ratio is at most `exp(log_ratio)`": small where the data show more.
    #[must_use]
    pub fn p_above(&self, log_ratio: f64) -> f64 {
        if log_ratio == f64::INFINITY {
            return 1.0;
        }
        mixture::p_value(&self.tail, self.log_exposure + log_ratio, self.effect.widened())
    }

    /// The same p-value in the published form, with 41 nodes whatever the counts.
    #[must_use]
    pub(crate) fn p_above_published(&self, log_ratio: f64) -> f64 {
        if log_ratio == f64::INFINITY {
            return 1.0;
        }
        mixture::over_effect(&self.tail, self.log_exposure + log_ratio, self.effect)
    }

    /// The same p-value from four cumulants: to be trusted while it is not small.
    #[must_use]
    pub fn rough_p_above(&self, log_ratio: f64) -> f64 {
        if log_ratio == f64::INFINITY {
            return 1.0;
        }
        normal::cdf(self.moments.normal_score(log_ratio))
    }

    /// The logarithm of the ratio with probability `p` below it, from four cumulants.
    #[must_use]
    pub fn rough_quantile(&self, p: f64) -> f64 {
        self.moments.quantile_at(normal::quantile(p))
    }

    /// The logarithm of the ratio with probability `p` below it, exactly.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let wanted = normal::quantile(p);
        let off = |x: f64| normal::quantile(self.p_above(x).clamp(1e-300, 1.0 - 1e-16)) - wanted;
        let mut here = self.rough_quantile(p);
        let mut error = off(here);
        let mut slope = 1.0 / self.moments.deviation;
        for _ in 0..30 {
            if error.abs() < 1e-6 {
                break;
            }
            let step = (-error / slope).clamp(-4.0 * self.moments.deviation, 4.0 * self.moments.deviation);
            let next = here + step;
            let error_next = off(next);
            let secant = (error_next - error) / step;
            if secant.is_finite() && secant > 0.0 {
                slope = secant;
            }
            (here, error) = (next, error_next);
        }
        here
    }
}

impl Moments {
    fn of(events: Sides<f64>, log_exposure: f64, effect: VarianceEstimate) -> Moments {
        // Half an event each stands for the mixture of the two betas of the mid-p tail.
        let new = polygamma::cumulants(events.new.max(0.0) + 0.5);
        let base = polygamma::cumulants(events.base.max(0.0) + 0.5);
        let variance = new[1] + base[1] + effect.mean.max(0.0);
        let deviation = variance.sqrt();
        // A t distribution of variance A whose own variance is uncertain by B has fourth cumulant 3 B.
        Moments {
            mean: new[0] - base[0] - log_exposure,
            deviation,
            skewness: (new[2] - base[2]) / (variance * deviation),
            excess: ((new[3] + base[3] + 3.0 * effect.variance) / (variance * variance)).min(MOST_EXCESS),
        }
    }

    /// Cornish and Fisher's expansion: the quantile at the normal quantile `z`.
    fn quantile_at(self, z: f64) -> f64 {
        let Moments { mean, deviation, skewness, excess } = self;
        let w = z + (z * z - 1.0) * skewness / 6.0 + (z * z * z - 3.0 * z) * excess / 24.0
            - (2.0 * z * z * z - 5.0 * z) * skewness * skewness / 36.0;
        mean + deviation * w
    }

    /// The inverse expansion: the normal quantile at `x`. Beyond [`TRUSTED`] deviations, where the polynomial would bend
    /// back, it goes on as a line.
    fn normal_score(self, x: f64) -> f64 {
        let Moments { mean, deviation, skewness, excess } = self;
        let score = (x - mean) / deviation;
        let w = score.clamp(-TRUSTED, TRUSTED);
        w - (w * w - 1.0) * skewness / 6.0 - (w * w * w - 3.0 * w) * excess / 24.0
            + (4.0 * w * w * w - 7.0 * w) * skewness * skewness / 36.0
            + TAIL_SLOPE * (score - w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rough_value_is_near_the_exact_one_and_falls_with_the_evidence() {
        for (base, new, mean, variance) in [
            (1731.0, 2625.0, 0.0044, 2e-5),
            (300.0, 310.0, 0.02, 8e-4),
            (20.0, 31.0, 0.005, 5e-5),
            (5000.0, 9000.0, 0.003, 3e-5),
        ] {
            let effect = VarianceEstimate { mean, variance };
            let of = RatioConfidence::new(Sides { base, new }, 0.0, effect);
            let mut before = 1.0;
            for step in 0..60 {
                let x = of.moments.mean + of.moments.deviation * (3.0 - 0.2 * f64::from(step));
                let (rough, exact) = (of.rough_p_above(x), of.p_above(x));
                assert!((rough - exact).abs() < 0.06, "{base} {new} at step {step}: {rough} {exact}");
                assert!(rough <= before, "{base} {new} at step {step}: {rough} after {before}");
                before = rough;
            }
        }
    }
}
