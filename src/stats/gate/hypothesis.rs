//! A row's model and its threshold into p-values, an interval and a finding.

use super::{Finding, Part, RowJudgement, Settings};
use crate::stats::{
    confidence::{Interval, RatioConfidence},
    family::{Conventions, RowModel},
    special::real,
    table::Sides,
    threshold::Observed,
};

/// p-values above this are taken from cumulants alone: nothing is decided there.
const SCREEN: f64 = 0.2;

/// A row's model beside what it may do.
pub(super) struct Hypothesis {
    /// Number of the family: flat, then cum.
    pub(super) family: usize,
    pub(super) model: RowModel,
    pub(super) gated: bool,
    /// What the row may rise by whatever its cost, in events of the base side.
    pub(super) allowance: f64,
    pub(super) value_per_event: f64,
    /// Whether there is something to compare it with, and enough events.
    pub(super) usable: bool,
    /// Part of its cost that the row may rise by.
    pub(super) relative: f64,
    /// Logarithm of the greatest ratio of new to base that the threshold allows, and of base to new.
    pub(super) log_allowed: f64,
    pub(super) log_allowed_back: f64,
}

impl Hypothesis {
    /// Of one row of a family.
    pub(super) fn new(part: &Part<'_>, row: usize, family: usize) -> Self {
        let model = part.models.rows[row];
        let base_runs = real(part.measure.counts.runs().base);
        let threshold = part.measure.thresholds[row];
        let allowance = threshold.absolute.max(0.0) * base_runs / part.measure.value_per_event[row];
        let observed = Observed { events: model.events, exposure: model.exposure, allowance };
        Hypothesis {
            family,
            model,
            gated: part.measure.gated[row],
            allowance,
            value_per_event: part.measure.value_per_event[row],
            usable: model.log_exposure().is_finite(),
            relative: threshold.relative,
            log_allowed: observed.greatest_log_ratio(threshold.relative),
            log_allowed_back: observed.swapped().greatest_log_ratio(threshold.relative),
        }
    }

    /// p-values of "rose by no more than allowed" (`new`) and "fell by no more than allowed" (`base`).
    pub(super) fn p_values(&self, conventions: Conventions) -> Sides<f64> {
        if !self.usable {
            return Sides { base: 0.5, new: 0.5 };
        }
        let model = &self.model;
        let upward = model.confidence();
        let downward =
            || RatioConfidence::new(model.events.swapped(), -model.log_exposure(), model.effect.total());
        if conventions == Conventions::Published {
            return Sides {
                base: downward().p_above_published(self.log_allowed_back),
                new: upward.p_above_published(self.log_allowed),
            };
        }
        let rough = Sides {
            base: 1.0 - upward.rough_p_above(-self.log_allowed_back),
            new: upward.rough_p_above(self.log_allowed),
        };
        Sides {
            base: if rough.base > SCREEN { rough.base } else { downward().p_above(self.log_allowed_back) },
            new: if rough.new > SCREEN { rough.new } else { upward.p_above(self.log_allowed) },
        }
    }

    /// Fills in what follows from the row alone.
    pub(super) fn judge(&self, row: RowJudgement, runs: Sides<usize>, settings: &Settings) -> RowJudgement {
        let ratio = self.interval(settings.confidence);
        let regressed = self.usable && (row.q_increase <= settings.fdr || row.p_adjusted <= settings.alpha);
        let improved = self.usable && row.q_decrease <= settings.fdr;
        let within = ratio.high <= self.log_allowed.exp() && ratio.low >= (-self.log_allowed_back).exp();
        let finding = match (regressed, improved, within) {
            (true, _, _) => Finding::Regressed,
            (_, true, _) => Finding::Improved,
            (_, _, true) => Finding::Unchanged,
            _ => Finding::Inconclusive,
        };
        let row = RowJudgement { ratio, finding, ..row };
        let detectable =
            if self.usable { row.sensitivity(runs, settings).detectable() } else { f64::INFINITY };
        RowJudgement { detectable, ..row }
    }

    /// Confidence interval of the ratio of costs.
    fn interval(&self, confidence: f64) -> Interval {
        let Sides { base, new } = self.model.events;
        if !self.model.log_exposure().is_finite() || base + new <= 0.0 {
            return Interval { low: 0.0, centre: 1.0, high: f64::INFINITY };
        }
        let side = 0.5 * (1.0 - confidence);
        let of = self.model.confidence();
        Interval {
            low: if new > 0.0 { of.rough_quantile(side).exp() } else { 0.0 },
            centre: new / base / self.model.log_exposure().exp(),
            high: if base > 0.0 { of.rough_quantile(1.0 - side).exp() } else { f64::INFINITY },
        }
    }
}
