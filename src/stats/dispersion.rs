//! Runs of one side into the dispersion of each row: how much its true cost varies from run to run.
//!
//! The variance of a count with mean `m` is `m + φ m²`: sampling, and a cost that differs between runs by a factor
//! with variance `φ`. A few runs say little about one row's `φ`, but all rows together say how `φ` is distributed;
//! each row's estimate is the posterior under that distribution (the empirical Bayes of `edgeR` and `DESeq2`).

use super::{
    posterior::{GRID, OnGrid},
    table::Sides,
};

/// Rows with fewer events a run than this do not shape the distribution of `φ`.
pub(crate) const LEAST_MEAN: f64 = 2.0;

/// How far a row's counts scatter around what its share of each run predicts.
///
/// Sufficient for `φ`. Scatters of independent groups of runs (two sides, a calibration) are kept apart and their
/// log-likelihoods added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scatter {
    /// Pearson's statistic: squared deviations over their sampling variance, summed over the runs.
    pub chi_square: f64,
    /// Degrees of freedom: runs less sides.
    pub freedom: f64,
    /// Mean over the runs of the expected count, corrected for the row's own share.
    pub mean: f64,
}

impl Scatter {
    /// Log-likelihood of each `φ` of the grid: the deviations as normal with `1 + φ mean` times the sampling variance.
    pub(crate) fn log_likelihood(&self) -> OnGrid {
        GRID.map(|phi| {
            let inflation = 1.0 + phi * self.mean;
            -0.5 * (self.freedom * inflation.ln() + self.chi_square / inflation)
        })
    }

    /// The two groups as one, for reports of one number: statistics and freedom add up, the mean is weighted.
    #[must_use]
    pub fn pooled(&self, other: &Scatter) -> Scatter {
        let freedom = self.freedom + other.freedom;
        let weighted = self.mean * self.freedom + other.mean * other.freedom;
        Scatter {
            chi_square: self.chi_square + other.chi_square,
            freedom,
            mean: if freedom > 0.0 { weighted / freedom } else { 0.0 },
        }
    }
}

/// Accumulates the scatter of one row, run by run.
///
/// For each side give [`SideScatter::of`] the row's counts and what they are measured against in the same runs.
pub(crate) struct SideScatter {
    chi_square: f64,
    means: f64,
    runs: f64,
}

impl SideScatter {
    /// Scatter of one side's `counts` around shares of `rest`, whose sum weighs `rest_events` events.
    ///
    /// With `h = 1 + counts / rest_events`, the deviation of a count from its share of the same run's rest has `h`
    /// times the variance of the count alone; `correction` is `h` for the deviation and for the mean.
    pub(crate) fn of(
        counts: &[f64],
        rest: impl Iterator<Item = f64> + Clone,
        correction: Correction,
    ) -> SideScatter {
        let events: f64 = counts.iter().sum();
        let total: f64 = rest.clone().sum();
        let mut side = SideScatter { chi_square: 0.0, means: 0.0, runs: 0.0 };
        for (&count, part) in counts.iter().zip(rest) {
            let expected = if total > 0.0 { events * part / total } else { 0.0 };
            if expected > 0.0 {
                side.chi_square +=
                    (count - expected) * (count - expected) / (expected * correction.deviation);
            }
            side.means += expected / correction.mean;
            side.runs += 1.0;
        }
        side
    }

    /// Both sides together.
    pub(crate) fn join(sides: Sides<SideScatter>) -> Scatter {
        let Sides { base, new } = sides;
        let runs = base.runs + new.runs;
        Scatter {
            chi_square: base.chi_square + new.chi_square,
            freedom: (base.runs - 1.0).max(0.0) + (new.runs - 1.0).max(0.0),
            mean: (base.means + new.means) / runs,
        }
    }
}

/// Factors for the own share of a row in what it is measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Correction {
    /// Of the sampling variance of a deviation.
    pub(crate) deviation: f64,
    /// Of the mean.
    pub(crate) mean: f64,
}
