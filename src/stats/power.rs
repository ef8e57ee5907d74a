//! Runs and their noise into what they can show: the smallest detectable rise, and the runs that a rise needs.

use super::{
    family::Effect,
    mixture::VarianceEstimate,
    special::{normal, real, student::Student},
    table::Sides,
};

/// What a row's test can detect, as a function of the rise and of the number of runs.
#[derive(Clone, Copy, Debug)]
pub struct Sensitivity {
    /// Pooled events of each side.
    pub events: Sides<f64>,
    /// Runs of each side.
    pub runs: Sides<usize>,
    /// Logarithm of new over base exposure.
    pub log_exposure: f64,
    /// Variance of the log ratio beyond the row's own sampling.
    pub effect: Effect,
    /// Logarithm of the greatest ratio that the limit allows.
    pub log_allowed: f64,
    /// Level at which the row is tested: its share of the family's.
    pub level: f64,
    /// Wanted probability of detection.
    pub power: f64,
}

/// More runs a side than this are not worth suggesting.
const MOST_RUNS: usize = 1000;

impl Sensitivity {
    /// Smallest relative increase that these runs show with the wanted probability; infinite if none is.
    ///
    /// Solves `x = (allowed ratio) * exp((t + z) * standard error) - 1`, where the error depends on `x` through the
    /// events it adds.
    #[must_use]
    pub fn detectable(&self) -> f64 {
        self.detectable_with(self.effect.total(), 1.0)
    }

    /// The same if the sides had taken turns.
    #[must_use]
    pub fn detectable_in_turns(&self) -> f64 {
        self.detectable_with(self.effect.within + self.effect.reference, 1.0)
    }

    /// Runs a side, with as many on both, at which a relative increase by `rise` is detectable. `None` if more runs of
    /// this kind cannot show it: take turns, calibrate, or make the runs longer.
    #[must_use]
    pub fn runs_for(&self, rise: f64) -> Option<usize> {
        let shown = |runs: usize| {
            let more = 0.5 * real(runs) * (1.0 / real(self.runs.base) + 1.0 / real(self.runs.new));
            let shrinking = (self.effect.within + self.effect.reference).times(1.0 / more);
            // More runs tell the dispersion better too: its own variance shrinks once more with their number.
            let shrinking = VarianceEstimate { variance: shrinking.variance / more, ..shrinking };
            self.detectable_with(shrinking + self.effect.between, more) <= rise
        };
        let mut high = 1;
        while !shown(high) {
            if high >= MOST_RUNS {
                return None;
            }
            high *= 2;
        }
        let mut low = high / 2;
        while high - low > 1 {
            let middle = low.midpoint(high);
            if shown(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }

    fn detectable_with(&self, effect: VarianceEstimate, more: f64) -> f64 {
        let base = self.events.base * more;
        let unchanged = base * self.log_exposure.exp();
        if base <= 0.0 || !unchanged.is_finite() || !self.log_allowed.is_finite() {
            return f64::INFINITY;
        }
        let effect = effect.widened();
        let z = normal::quantile(self.power);
        let whole = |rise: f64| {
            let sampling = 1.0 / base + 1.0 / (unchanged * (1.0 + rise));
            VarianceEstimate { mean: effect.mean + sampling, variance: effect.variance }
        };
        let mut rise = self.log_allowed.exp_m1();
        // The critical value depends on the rise through the degrees of freedom alone, and hardly.
        let t = Student::new(whole(rise).freedom()).upper_quantile(self.level);
        for _ in 0..12 {
            let whole = whole(rise);
            let next = (self.log_allowed + t * whole.scale() + z * whole.mean.sqrt()).exp_m1();
            let settled = (next - rise).abs() < 1e-4 * next;
            rise = next;
            if settled {
                break;
            }
        }
        rise
    }
}
