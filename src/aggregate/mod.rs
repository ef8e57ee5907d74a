//! Samples to the flat and cum cost of each function: one [`Run`] for each profile, a [`Matrix`] for all.

mod below;
mod costs;
mod events;
mod keys;
mod matrix;
mod run;
mod signals;

pub use below::{below_profile, below_stream, marked};
pub use costs::Costs;
pub(crate) use costs::overflow;
pub use events::{Events, Sampling};
pub use keys::{Detail, Keys, LocationRows, RowId, RowKey};
pub use matrix::{Cells, Matrix, Row};
pub(crate) use run::sample_count;
pub use run::{MetricType, Run, RunInfo, aggregate_profile, aggregate_stream};
pub use signals::{PREEMPTION, SCHEDULING, is_exempt};

pub use crate::select::Pattern;
