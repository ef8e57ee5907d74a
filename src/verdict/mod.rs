//! Aggregated runs to a verdict: limits, judging, accepted changes, caveats.

mod codes;
mod comparison;
mod headline;
mod judge;
mod limit;

pub use codes::CaveatCode;
pub use comparison::{
    AcceptedChange, Caveat, Change, Comparison, Cost, Evidence, FunctionChange, Metric, Outcome, RunSummary,
    Status, Verdict, Violation,
};
pub use headline::headline;
pub use judge::{Case, Divisors, Rules, Totals, judge};
pub use limit::{Accept, Amount, Level, Limit, Measure};
