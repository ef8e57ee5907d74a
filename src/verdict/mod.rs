//! Aggregated runs to a verdict: limits, judging, accepted changes, caveats.

mod amount;
mod breach;
mod codes;
mod comparison;
mod headline;
mod judge;
mod limit;
mod measured;
mod stacks;

pub use amount::Amount;
pub use codes::{CaveatCode, Entry, Topic, entries, explain, list, nearest_name};
pub use comparison::{
    AcceptedChange, BreachKind, Caveat, Change, Comparison, Cost, Evidence, FOOTINGS, FunctionChange, Metric,
    Outcome, RunSummary, Status, Verdict, Violation,
};
pub use headline::headline;
pub use judge::{Case, Divisors, Footing, Rules, Totals, judge};
pub use limit::{Accept, Level, Limit, LimitSummary, Measure};
pub use stacks::{Folding, Sides, StackFrame, StackFunction, StackNode, Stacks};
