//! What a comparison of two sides is judged from: counts, limits, footing and levels.

use std::fmt;

use crate::stats::{
    dispersion::Scatter, family::Conventions, footing::Footing, noise::Noise, table::Table,
    threshold::Threshold,
};

/// One family of rows: the same functions in the same order in flat and cum.
#[derive(Clone, Copy)]
pub struct Measure<'a> {
    /// Effective event counts, rows × runs.
    pub counts: Table<'a>,
    /// What one event of a row is worth in the metric's unit; positive.
    pub value_per_event: &'a [f64],
    /// What each row may rise by.
    pub thresholds: &'a [Threshold],
    /// Which rows belong to the family that `alpha` holds for. May depend on names and on both sides' pooled values,
    /// not on how the sides differ.
    pub gated: &'a [bool],
    /// Scatter of each row in a calibration, if there is one.
    pub calibration: Option<&'a [Scatter]>,
}

/// What is judged.
pub struct Input<'a> {
    /// Own cost of each row.
    pub flat: Measure<'a>,
    /// Cost of each row and of everything it calls; rows as in `flat`.
    pub cum: Option<Measure<'a>>,
    /// What rows are rates of.
    pub footing: Footing<'a>,
    /// Whether the runs of the two sides took turns.
    pub in_turns: bool,
    /// For the flat rows given (those outside the reference): the value of the samples with one of them as the leaf,
    /// added up over each row on their stack (rows × runs, as `cum.counts`, in the metric's unit). Called at most
    /// once, never with an empty list. `None` if that cannot be told; cum rows are then compared with a reference
    /// that contains them, which understates their changes.
    pub outside_below: &'a dyn Fn(&[usize]) -> Option<Vec<f64>>,
}

/// How it is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Chance that an unchanged program breaks any gated limit.
    pub alpha: f64,
    /// Confidence of the two-sided intervals.
    pub confidence: f64,
    /// False discovery rate up to which a row counts as regressed or improved.
    pub fdr: f64,
    /// Probability of detection that [`RowJudgement::detectable`](super::RowJudgement::detectable) stands for.
    pub power: f64,
    /// What is expected of this kind of profile.
    pub noise: Noise,
    /// Form of the estimates.
    pub conventions: Conventions,
}

impl Settings {
    /// The defaults for a kind of profile: `alpha` 1 %, `fdr` 5 %, 95 % intervals, 90 % power.
    #[must_use]
    pub fn new(noise: Noise) -> Self {
        let conventions = Conventions::Current;
        Settings { alpha: 0.01, confidence: 0.95, fdr: 0.05, power: 0.9, noise, conventions }
    }
}

/// Why nothing can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// A slice has not one entry for each row, or a table not the flat table's shape.
    Shape,
    /// The value of an event is not positive and finite.
    Value {
        /// The row it belongs to.
        row: usize,
    },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Shape => write!(f, "rows or runs of a comparison differ between its tables"),
            InputError::Value { row } => write!(f, "an event of row {row} has no positive value"),
        }
    }
}

impl std::error::Error for InputError {}

/// Whether all tables have the same rows and runs, and events a value.
pub(super) fn check(input: &Input<'_>) -> Result<(), InputError> {
    let rows = input.flat.counts.rows();
    for measure in std::iter::once(&input.flat).chain(&input.cum) {
        let fits = measure.counts.rows() == rows
            && measure.counts.runs() == input.flat.counts.runs()
            && measure.value_per_event.len() == rows
            && measure.thresholds.len() == rows
            && measure.gated.len() == rows
            && measure.calibration.is_none_or(|groups| groups.len() == rows);
        if !fits {
            return Err(InputError::Shape);
        }
        if let Some(row) = measure.value_per_event.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
            return Err(InputError::Value { row });
        }
    }
    match input.footing {
        Footing::Exposure(runs) if runs.len() != input.flat.counts.width() => Err(InputError::Shape),
        _ => Ok(()),
    }
}
