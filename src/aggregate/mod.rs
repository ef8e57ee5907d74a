//! Samples to sums: the flat and cum cost of each function, one [`Run`] for each profile and a [`Matrix`] for all; and
//! the cost of each call path, one [`CallTree`] for both sides.

mod call_tree;
mod costs;
mod frames;
mod keys;
mod matrix;
mod prefixes;
mod run;

pub use call_tree::{CallTree, Cut, Side, TreeNode};
pub use costs::Costs;
pub(crate) use costs::overflow;
pub use frames::{FrameId, FrameKey, Frames, LocationFrames};
pub use keys::{Detail, Keys, LocationRows, RowId, RowKey};
pub use matrix::{Matrix, Row};
pub use prefixes::{PathBounds, PathHash};
pub(crate) use run::sample_count;
pub use run::{MetricType, Run, RunInfo, aggregate_profile, aggregate_stream};

pub use crate::select::Pattern;
