//! What the data say of each row and of the comparison.

use crate::stats::{
    confidence::{Interval, RatioConfidence},
    dispersion::Scatter,
    family::Effect,
    gate::Settings,
    power::Sensitivity,
    reference::Reference,
    table::Sides,
};

/// What the data say about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It rose by more than its threshold allows.
    Regressed,
    /// It fell by more than its threshold, seen from the new side.
    Improved,
    /// Its whole interval lies within the threshold, both ways.
    Unchanged,
    /// None of these can be said.
    Inconclusive,
}

/// The judgement of one row of one family.
#[derive(Clone, Copy, Debug)]
pub struct RowJudgement {
    /// Pooled events of each side.
    pub events: Sides<f64>,
    /// What these are counts of: value of the reference, or the fixed exposure.
    pub exposure: Sides<f64>,
    /// Variance of the logarithm of the ratio beyond the row's own sampling.
    pub effect: Effect,
    /// How far the runs of a side scatter.
    pub scatter: Scatter,
    /// Logarithm of the greatest ratio that the threshold allows.
    pub log_allowed: f64,
    /// Share of the family's error that is spent on this row; 0 if it is not in the family.
    pub weight: f64,
    /// p-value of "it rose by no more than the threshold allows". 0.5, no evidence, for rows with too few events.
    pub p_increase: f64,
    /// p-value of "it fell by no more than the threshold allows".
    pub p_decrease: f64,
    /// `p_increase` adjusted for the family: at most `alpha` is a broken limit.
    pub p_adjusted: f64,
    /// `p_increase` as a false discovery rate among the rows of both families.
    pub q_increase: f64,
    /// `p_decrease` as a false discovery rate among the rows of both families.
    pub q_decrease: f64,
    /// New over base cost on the footing of the comparison.
    pub ratio: Interval,
    /// Smallest relative increase that these runs would have shown.
    pub detectable: f64,
    /// What all this comes to.
    pub finding: Finding,
}

impl RowJudgement {
    /// What the row's test can detect. `runs` as in the table, `settings` as in the judgement. A row outside the family
    /// is taken as tested alone.
    #[must_use]
    pub fn sensitivity(&self, runs: Sides<usize>, settings: &Settings) -> Sensitivity {
        let share = if self.weight > 0.0 { self.weight } else { 1.0 };
        Sensitivity {
            events: self.events,
            runs,
            log_exposure: (self.exposure.new / self.exposure.base).ln(),
            effect: self.effect,
            log_allowed: self.log_allowed,
            level: (settings.alpha * share).clamp(1e-12, 0.5),
            power: settings.power,
        }
    }
}

impl RowJudgement {
    /// The p-value of an increase if runs of the same code did not differ but by sampling: what is left to say of two
    /// single runs. `None` where the runs themselves tell how they differ.
    #[must_use]
    pub fn p_of_sampling(&self) -> Option<f64> {
        if self.scatter.freedom > 0.0 || self.events.sum() <= 0.0 {
            return None;
        }
        let log_exposure = (self.exposure.new / self.exposure.base).ln();
        let confidence = RatioConfidence::new(self.events, log_exposure, self.effect.reference);
        log_exposure.is_finite().then(|| confidence.p_above(self.log_allowed))
    }
}

/// The judgement of a comparison.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Rows of the flat family.
    pub flat: Vec<RowJudgement>,
    /// Rows of the cum family; empty if there was none.
    pub cum: Vec<RowJudgement>,
    /// What the rows were compared with.
    pub reference: Reference,
    /// Fewest pooled events a row needs to be in the family.
    pub least_events: f64,
    /// Number of hypotheses in the family.
    pub family: usize,
    /// Typical dispersion of flat and of cum rows; 0 for a single pair without calibration.
    pub typical_dispersion: (f64, f64),
}
