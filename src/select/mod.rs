//! A profile to the part of it that the user asked for: pprof's selections, in pprof's order.
//!
//! ```text
//! what was read ── names ──── drop_frames ── label frames ── filters ───────── aggregation ──► reports
//!                  demangle   allocators     tagroot,        focus, ignore,    functions,
//!                             away           tagleaf         hide, show, …     files, lines
//! ```
//!
//! [`SelectionArgs`] is what a user writes, [`Selection`] the same compiled. Each step changes a
//! [`Profile`](crate::profile::Profile) in place. A pattern looks at each distinct text of the profile once.

mod args;
mod demangle;
mod drop_frames;
pub mod goregexp;
mod granularity;
mod label_frames;
mod label_units;
mod matches;
mod names;
mod note;
mod paths;
mod prune_from;
mod sample_labels;
mod selection;
mod show_from;
mod simplify;
mod symbolize;
mod tag_filter;
mod tag_range;

pub use args::SelectionArgs;
pub use drop_frames::drop_frames;
pub use goregexp::Pattern;
pub use granularity::{Aggregation, Granularity};
pub use label_units::LabelUnits;
pub use note::Note;
pub use paths::{PathTrim, clean};
pub use selection::{Filter, Selection};
pub use symbolize::Symbolization;
