//! Aggregated runs to a verdict: limits, judging, accepted changes, caveats.

mod limit;

pub use limit::{Accept, Amount, Level, Limit, Measure};
