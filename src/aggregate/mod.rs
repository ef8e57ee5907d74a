//! Samples to the flat and cum cost of each function: one [`Run`] for each profile, a [`Matrix`] for all.

mod costs;
mod keys;
mod matrix;
mod run;

pub use costs::Costs;
pub(crate) use costs::overflow;
pub use keys::{Detail, Keys, LocationRows, RowId, RowKey};
pub use matrix::{Matrix, Row};
pub(crate) use run::sample_count;
pub use run::{MetricType, Run, RunInfo, aggregate_profile, aggregate_stream};

pub use crate::select::Pattern;
