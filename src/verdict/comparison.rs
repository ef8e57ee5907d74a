//! The finished comparison: the only thing that reports read. They compute nothing.

use super::call_paths::CallPaths;
use super::codes::CaveatCode;
use super::limit::{Level, LimitSummary, Measure};
use super::origin::Origin;
use super::stacks::{Sides, Stacks};
use crate::error::ExitCode;

/// A cost in the metric's unit: what one run holds, or the mean of several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cost {
    /// The value of a single run, to the last digit.
    Exact(i64),
    /// The mean of a side's runs, or a value that a divisor changed.
    Mean(f64),
}

impl Cost {
    /// The cost as a floating-point number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "for ratios; exact values are kept beside")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Exact(value) => value as f64,
            Self::Mean(value) => value,
        }
    }

    /// The cost as the nearest integer, for showing.
    #[must_use]
    pub fn rounded(self) -> i64 {
        match self {
            Self::Exact(value) => value,
            Self::Mean(value) => crate::units::go_int(value.round()),
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It costs more than its limit allows.
    Regressed,
    /// It costs less, by as much as would count as a regression the other way.
    Improved,
    /// It costs about the same.
    Unchanged,
    /// The data cannot tell.
    Inconclusive,
    /// It has a cost on the new side alone.
    Added,
    /// It has a cost on the base side alone.
    Removed,
    /// Its cost moved to or from another row.
    Shifted,
    /// It broke a limit, and the team has agreed to that.
    Accepted,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Regressed,
        Self::Improved,
        Self::Unchanged,
        Self::Inconclusive,
        Self::Added,
        Self::Removed,
        Self::Shifted,
        Self::Accepted,
    ];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regressed => "regressed",
            Self::Improved => "improved",
            Self::Unchanged => "unchanged",
            Self::Inconclusive => "inconclusive",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Shifted => "shifted",
            Self::Accepted => "accepted",
        }
    }
}

/// What the statistics say of a change; absent with statistics off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// Lower end of the interval of the delta, in the metric's unit.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Chance of data like these if the row kept its limit.
    pub p_value: f64,
    /// The same, adjusted for the number of rows that were tested.
    pub p_adjusted: f64,
    /// Expected share of false rows among those called changed if this one is.
    pub q_value: f64,
    /// The smallest relative increase that these runs would have shown, if there is one.
    pub detectable: Option<f64>,
}

/// A cost on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Cost on the base side.
    pub base: Cost,
    /// Cost on the new side.
    pub new: Cost,
    /// What was added.
    pub delta: Cost,
    /// The delta as a part of the base; `None` where the base is 0.
    pub change: Option<f64>,
    /// The part of the base's total.
    pub base_share: f64,
    /// The part of the new side's total.
    pub new_share: f64,
    /// Cost on the new side for the amount of work that the base did, not rounded.
    pub new_footed: f64,
    /// What was added on that footing, not rounded: what limits are held against.
    pub rise: f64,
    /// What the statistics say.
    pub evidence: Option<Evidence>,
    /// What became of the row.
    pub status: Status,
}

/// A row of the comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionChange {
    /// The name as pprof prints it.
    pub name: String,
    /// A source file, empty if unknown.
    pub file: String,
    /// The line of the file that the row begins on, 0 if unknown.
    pub line: i64,
    /// The cost of its own code.
    pub flat: Change,
    /// The cost of it and what it calls.
    pub cum: Change,
}

impl FunctionChange {
    /// The larger of the two deltas, by magnitude: what rows are sorted by.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        self.flat.delta.as_f64().abs().max(self.cum.delta.as_f64().abs())
    }

    /// The change of `measure`.
    #[must_use]
    pub fn measured(&self, measure: Measure) -> &Change {
        if measure == Measure::Flat { &self.flat } else { &self.cum }
    }
}

/// One run as reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSummary {
    /// Where the profile came from.
    pub source: String,
    /// Number of samples behind the values.
    pub samples: i64,
    /// Sum of the metric's values, in its unit.
    pub total: i64,
    /// Length of collection, 0 if unknown.
    pub duration_nanos: i64,
    /// Number of events between two samples.
    pub period: i64,
    /// Where it was captured, if that is known.
    pub origin: Option<Origin>,
}

/// What a footing may make of a change, in words.
pub const FOOTINGS: [&str; 5] =
    ["", "by its part of the total", "per second", "per operation", "relative to the other functions"];

/// How a limit was broken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreachKind {
    /// By an increase.
    Increase {
        /// The rise as a part of the base, on the footing of the comparison; `None` where the base is 0.
        rise: Option<f64>,
        /// What the footing makes of it, one of [`FOOTINGS`].
        words: &'static str,
    },
    /// By taking more of the total than a budget.
    Budget {
        /// The part that is allowed.
        budget: f64,
    },
}

/// A broken limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// The limit's name.
    pub limit: String,
    /// What breaking it does.
    pub level: Level,
    /// Which number broke it.
    pub measure: Measure,
    /// The row; `None` for the total.
    pub function: Option<String>,
    /// How it was broken.
    pub kind: BreachKind,
    /// What changed.
    pub change: Change,
    /// The cost on the new side, in the metric's unit, on the base's footing.
    pub observed: f64,
    /// The largest cost the limit allows.
    pub allowed: f64,
    /// One sentence.
    pub message: String,
}

/// Something to keep in mind while reading the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caveat {
    /// What `profgate explain` knows it by.
    pub code: CaveatCode,
    /// One sentence on this comparison.
    pub message: String,
}

/// A limit that the data leave open.
#[derive(Debug, Clone, PartialEq)]
pub struct Undecided {
    /// The limit's name.
    pub limit: String,
    /// What breaking it would do.
    pub level: Level,
    /// Which number leaves it open.
    pub measure: Measure,
    /// The row; `None` for the total.
    pub function: Option<String>,
    /// The smallest relative increase that these runs would have shown there, if any.
    pub detectable: Option<f64>,
    /// How many more runs a side, in turns, would settle it, if that is known.
    pub more_runs: Option<usize>,
    /// One sentence.
    pub message: String,
}

/// How chance is taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Not at all: measured values are held against the limits as they are.
    Off,
    /// There is none in the values.
    Exact,
    /// Overdispersed counts of events.
    Counts,
}

impl Test {
    /// Every test.
    pub const ALL: [Self; 3] = [Self::Off, Self::Exact, Self::Counts];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "none",
            Self::Exact => "exact",
            Self::Counts => "event-counts",
        }
    }
}

/// The footings there are, by their names in reports.
pub const BASES: [&str; 4] = ["absolute", "share", "per-second", "per-op"];

/// How the sides of a comparison were held against each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Method {
    /// The footing, one of [`BASES`].
    pub basis: &'static str,
    /// How chance was taken into account.
    pub test: Test,
    /// Independent events behind the values of all runs of the base side; `None` without a test.
    pub base_events: Option<f64>,
    /// The same of the new side.
    pub new_events: Option<f64>,
    /// Whether the runs of the sides took turns, if their times tell.
    pub in_turns: Option<bool>,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The sample type.
    pub kind: String,
    /// Whether values are per event.
    pub is_mean: bool,
    /// The unit of all values.
    pub unit: String,
    /// The unit to show values in, `auto` for the one that suits each.
    pub shown_unit: String,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The limits hold.
    Pass,
    /// A limit of level `warn` is broken.
    Warn,
    /// The data cannot settle a limit.
    Inconclusive,
    /// A limit is broken.
    Fail,
}

impl Verdict {
    /// Every verdict, the worst last.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Warn, Self::Inconclusive, Self::Fail];

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
        }
    }
}

/// Two sides compared in one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The relative path that both sides share; empty when there is one comparison.
    pub name: String,
    /// What is measured.
    pub metric: Metric,
    /// How the sides were held against each other.
    pub method: Method,
    /// The answer for this comparison.
    pub verdict: Verdict,
    /// Runs of the base side, in the order given.
    pub base: Vec<RunSummary>,
    /// Runs of the new side.
    pub new: Vec<RunSummary>,
    /// The whole profile.
    pub total: Change,
    /// Every row, largest delta first.
    pub functions: Vec<FunctionChange>,
    /// Every broken limit, worst first.
    pub violations: Vec<Violation>,
    /// Limits that the data leave open, in the order of the limits.
    pub undecided: Vec<Undecided>,
    /// What to keep in mind.
    pub caveats: Vec<Caveat>,
    /// Broken limits that the team has agreed to.
    pub accepted: Vec<AcceptedChange>,
    /// For each limit, whether it covers anything here.
    pub covered_limits: Vec<bool>,
    /// The call stacks behind the rows, if a report needs them.
    pub stacks: Option<Stacks>,
    /// What is behind the first violations, in their order, where a report explains them.
    pub call_paths: Vec<CallPaths>,
    /// pprof's flags that select and scale as this comparison does.
    pub pprof_flags: Vec<String>,
    /// What the first rows cost in each run, in their order: as many as a report may show, none with one run a side.
    pub runs: Vec<RunCosts>,
    /// The source lines of rows, where sources are at hand and a report shows them.
    pub listings: Vec<Listing>,
}

/// What one row costs in each run: base runs first, in the metric's unit as the profiles have it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunCosts {
    /// The cost of its own code.
    pub flat: Vec<i64>,
    /// The cost of it and what it calls.
    pub cum: Vec<i64>,
}

/// The part of a source file in which a function lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The row.
    pub function: String,
    /// The file, as the profiles name it.
    pub file: String,
    /// The number of the first line.
    pub first: i64,
    /// The lines.
    pub lines: Vec<ListedLine>,
}

/// A source line. Costs are sums over runs, as those of [`Stacks`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLine {
    /// The text, without its line ending.
    pub text: String,
    /// The cost of its own code.
    pub flat: Sides,
    /// The cost of it and what it calls.
    pub cum: Sides,
}

/// A violation that an acceptance covers.
#[derive(Debug, Clone, PartialEq)]
pub struct AcceptedChange {
    /// What would have been reported.
    pub violation: Violation,
    /// Why it is not.
    pub reason: String,
    /// Until when.
    pub until: Option<jiff::civil::Date>,
}

/// All comparisons of one invocation.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The answer: the worst of the comparisons'.
    pub verdict: Verdict,
    /// The exit code of the process.
    pub exit_code: ExitCode,
    /// One sentence.
    pub headline: String,
    /// The comparisons, by name, then metric.
    pub comparisons: Vec<Comparison>,
    /// The limits in force.
    pub limits: Vec<LimitSummary>,
    /// The files written beside a report in which there is more to see.
    pub artifacts: Vec<String>,
}
