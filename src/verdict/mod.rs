//! Aggregated runs to a verdict: limits, judging, accepted changes, caveats.

mod amount;
mod bench;
mod breach;
mod call_paths;
mod chance;
mod codes;
mod comparison;
mod fold;
mod headline;
mod judge;
mod lay_out;
mod limit;
mod measured;
mod origin;
mod stacks;
mod surroundings;
mod undecided;

pub use amount::Amount;
pub use call_paths::{CallPath, CallPaths, Caller, call_paths};
pub use chance::{Below, Calibrated, Chance, Counts, Surroundings, TotalCounts, weigh_alone};
pub use codes::{CaveatCode, Entry, Topic, entries, explain, list, nearest_name};
pub use comparison::{
    AcceptedChange, BASES, BreachKind, Caveat, Change, Comparison, Cost, Evidence, FOOTINGS, FunctionChange,
    ListedLine, Listing, Method, Metric, Outcome, RunCosts, RunSummary, Status, Test, Undecided, Verdict,
    Violation,
};
pub use headline::headline;
pub use judge::{Case, Divisors, Footing, Rules, Totals, judge};
pub use lay_out::lay_out;
pub use limit::{Accept, Level, Limit, LimitSummary, Measure};
pub use origin::Origin;
pub use stacks::{Folding, Sides, StackFrame, StackFunction, StackNode, Stacks};
