//! Pooled events into the share of the family's error that each hypothesis gets: where it buys the most detections.
//!
//! Equal shares waste most of the error on rows too small to show anything. Here a row is rejected where the evidence
//! for a rise, averaged over rises of several sizes, exceeds one common bound; the bound is chosen so that the levels
//! add up (Spjøtvoll's optimal procedure, in the form of Roeder and Wasserman's weights). Only pooled counts and the
//! noise within the sides enter, which say nothing about how the counts are split between the sides.

use rayon::prelude::*;

use super::special::{normal, real};

/// Rises that a gate is for, as ratios of new to base cost.
const RATIOS: [f64; 6] = [1.1, 1.2, 1.35, 1.5, 2.0, 4.0];

/// Part of the error that is spread in proportion to the prior alone, against surprises outside the model.
const SPREAD_EVENLY: f64 = 0.1;

/// What is known of a hypothesis before its counts are split between the sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prospect {
    /// Prior weight of a change there, relative to other hypotheses.
    pub(crate) prior: f64,
    /// Standard deviation of the log ratio if nothing changed.
    pub(crate) deviation: f64,
    /// For each ratio of [`RATIOS`], its logarithm beyond what the limit allows; not positive where it allows it.
    pub(crate) beyond: [f64; RATIOS.len()],
}

impl Prospect {
    /// `allowed` tells the logarithm of the greatest ratio that the limit allows if the true one is the given one.
    pub(crate) fn new(prior: f64, deviation: f64, allowed: impl Fn(f64) -> f64) -> Self {
        Prospect { prior, deviation, beyond: RATIOS.map(|ratio| ratio.ln() - allowed(ratio)) }
    }

    /// The level at which the average evidence reaches `bound`, a logarithm.
    fn level(&self, bound: f64) -> f64 {
        let effects = self.beyond.map(|beyond| beyond / self.deviation);
        if effects.iter().all(|effect| *effect <= 0.1) || self.prior <= 0.0 {
            return 0.0;
        }
        let wanted = bound - self.prior.ln() + real(RATIOS.len()).ln();
        // ln of the sum of exp(z effect - effect²/2) rises with z; Newton from where the largest effect alone would.
        let mut z = effects
            .iter()
            .filter(|effect| **effect > 0.1)
            .map(|effect| 0.5 * effect + wanted / effect)
            .fold(f64::INFINITY, f64::min);
        for _ in 0..20 {
            let (mut sum, mut slope, mut top) = (0.0, 0.0, f64::NEG_INFINITY);
            let exponents = effects.map(|effect| {
                if effect > 0.1 { z * effect - 0.5 * effect * effect } else { f64::NEG_INFINITY }
            });
            for exponent in &exponents {
                top = top.max(*exponent);
            }
            for (exponent, effect) in exponents.iter().zip(effects) {
                let term = (exponent - top).exp();
                sum += term;
                slope += term * effect;
            }
            let step = (top + sum.ln() - wanted) / (slope / sum);
            z -= step;
            if step.abs() < 1e-6 {
                break;
            }
        }
        normal::cdf(-z)
    }
}

/// Weights that add up to one, at the given family-wise level.
pub(crate) fn optimal(prospects: &[Prospect], alpha: f64) -> Vec<f64> {
    let prior: f64 = prospects.iter().map(|p| p.prior).sum();
    if prior <= 0.0 {
        return vec![0.0; prospects.len()];
    }
    let levels = |bound: f64| -> Vec<f64> { prospects.par_iter().map(|p| p.level(bound)).collect() };
    let (mut low, mut high) = (-40.0, 60.0);
    let mut best = vec![0.0; prospects.len()];
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        best = levels(middle);
        let total: f64 = best.iter().sum();
        if (total / alpha - 1.0).abs() < 1e-3 {
            break;
        }
        if total > alpha { low = middle } else { high = middle }
    }
    let total: f64 = best.iter().sum();
    if total <= 0.0 {
        return prospects.iter().map(|p| p.prior / prior).collect();
    }
    let even = SPREAD_EVENLY / prior;
    best.iter()
        .zip(prospects)
        .map(|(level, p)| (1.0 - SPREAD_EVENLY) * level / total + even * p.prior)
        .collect()
}
