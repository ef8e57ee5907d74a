//! Aggregated runs to a verdict: limits, judging, accepted changes, caveats.

mod amount;
mod breach;
mod codes;
mod comparison;
mod fold;
mod headline;
mod judge;
mod lay_out;
mod limit;
mod measured;
mod stacks;

pub use amount::Amount;
pub use codes::{CaveatCode, Entry, Topic, entries, explain, list, nearest_name};
pub use comparison::{
    AcceptedChange, BreachKind, Caveat, Change, Comparison, Cost, Evidence, FunctionChange, ListedLine,
    Listing, Metric, Outcome, RunCosts, RunSummary, Status, Verdict, Violation,
};
pub use headline::headline;
pub use judge::{Case, Divisors, Footing, Rules, Totals, judge};
pub use lay_out::lay_out;
pub use limit::{Accept, Level, Limit, Measure};
pub use stacks::{Folding, Sides, StackFrame, StackFunction, StackNode, Stacks};
