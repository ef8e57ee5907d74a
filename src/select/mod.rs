//! pprof's selections: which samples, which frames, which labels.

pub mod goregexp;
pub use goregexp::Pattern;
