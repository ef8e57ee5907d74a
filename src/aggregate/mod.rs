//! Samples to sums: the flat and cum cost of each function, one [`Run`] for each profile and a [`Matrix`] for all; and
//! the cost of each call path, one [`CallTree`] for both sides.

mod below;
mod call_tree;
mod costs;
mod events;
mod frames;
mod keys;
mod matrix;
mod open_path;
mod prefixes;
mod run;
mod signals;

pub use below::{below, marked};
pub use call_tree::{CallTree, Cut, Side, TreeNode};
pub(crate) use costs::overflow;
pub use costs::{Adding, Costs};
pub use events::{Events, Sampling};
pub use frames::{FrameId, FrameKey, Frames, LocationFrames};
pub use keys::{Detail, Keys, LocationRows, RowId, RowKey};
pub use matrix::{Cells, Matrix, Row};
pub use prefixes::{PathBounds, PathHash};
pub(crate) use run::sample_count;
pub use run::{MetricType, Run, RunInfo, aggregate_profile, aggregate_stream};
pub use signals::{PREEMPTION, SCHEDULING, is_exempt};

pub use crate::select::Pattern;
