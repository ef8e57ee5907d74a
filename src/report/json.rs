//! The comparison as JSON, format version 1: the contract with scripts.
//!
//! These structs are the format, for writing here and for reading in `json_read`. They are apart from the internal types
//! so that those may change; a minor version only adds fields.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::json_details::DetailsV1;
use super::json_origin::{self, ProvenanceV1};
use super::json_stacks::StacksV1;
use crate::verdict::{
    AcceptedChange, BreachKind, Caveat, Change, Comparison, Cost, FunctionChange, LimitSummary, Method,
    Metric, Outcome, RunSummary, Undecided, Violation,
};

/// The version of the format.
pub const FORMAT_VERSION: &str = "1.0";

/// A verdict with everything it rests on.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(title = "profgate verdict")]
pub(super) struct Document<'a> {
    /// The version of this format; a minor step only adds fields.
    pub(super) format_version: Cow<'a, str>,
    /// What wrote it.
    pub(super) tool: Tool<'a>,
    /// pass, warn, fail or inconclusive.
    pub(super) verdict: Cow<'a, str>,
    /// The exit code of the process.
    pub(super) exit_code: u8,
    /// The verdict in one sentence.
    pub(super) headline: Cow<'a, str>,
    /// One for each pair of paths and metric.
    pub(super) comparisons: Vec<ComparisonV1<'a>>,
    /// The limits in force, the most particular first.
    pub(super) limits: Vec<LimitV1<'a>>,
    /// Broken limits that the team has agreed to.
    pub(super) accepted: Vec<AcceptedV1<'a>>,
}

/// The program that wrote the document.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Tool<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) version: Cow<'a, str>,
}

/// Two sides compared in one metric.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ComparisonV1<'a> {
    /// The relative path both sides share; empty when there is one comparison.
    pub(super) name: Cow<'a, str>,
    pub(super) metric: MetricV1<'a>,
    /// How the sides were held against each other.
    pub(super) method: MethodV1<'a>,
    /// pass, warn, fail or inconclusive.
    pub(super) verdict: Cow<'a, str>,
    pub(super) base: SideV1<'a>,
    pub(super) new: SideV1<'a>,
    /// The whole profile.
    pub(super) total: ChangeV1<'a>,
    /// Every function, largest delta first, then by name.
    pub(super) functions: Vec<FunctionV1<'a>>,
    /// Broken limits, worst first.
    pub(super) violations: Vec<ViolationV1<'a>>,
    /// Limits that the data leave open.
    pub(super) undecided: Vec<UndecidedV1<'a>>,
    /// Cost that moved between functions.
    pub(super) shifts: Vec<ShiftV1>,
    /// What to keep in mind while reading the numbers.
    pub(super) caveats: Vec<CaveatV1<'a>>,
    /// For each limit, whether it covers anything here.
    pub(super) covered_limits: Vec<bool>,
    /// The call stacks of both sides; in `json-full` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stacks: Option<StacksV1>,
    /// What reports show beside all that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) details: Option<DetailsV1>,
}

/// How the sides of a comparison were held against each other.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct MethodV1<'a> {
    /// absolute, share, per-second or per-op.
    pub(super) basis: Cow<'a, str>,
    /// none, exact or event-counts.
    pub(super) test: Cow<'a, str>,
    /// Independent events behind the values of all base runs; null without a test.
    pub(super) base_events: Option<f64>,
    /// The same of the new side.
    pub(super) new_events: Option<f64>,
    /// Whether the runs of the sides took turns; null if their times do not tell.
    pub(super) in_turns: Option<bool>,
}

/// A limit that the data leave open.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct UndecidedV1<'a> {
    /// The limit's name.
    pub(super) limit: Cow<'a, str>,
    /// fail or warn.
    pub(super) level: Cow<'a, str>,
    /// flat, cum or total.
    pub(super) measure: Cow<'a, str>,
    /// Null for the total.
    pub(super) function: Option<Cow<'a, str>>,
    /// Smallest relative increase these runs would have shown; null if none.
    pub(super) detectable: Option<f64>,
    /// How many more runs a side, in turns, would settle it; null if unknown.
    pub(super) more_runs: Option<usize>,
    /// One sentence.
    pub(super) message: Cow<'a, str>,
}

/// What is measured.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct MetricV1<'a> {
    /// The sample type.
    #[serde(rename = "type")]
    pub(super) kind: Cow<'a, str>,
    /// The unit of every value.
    pub(super) unit: Cow<'a, str>,
    /// Whether values are per event.
    pub(super) mean: bool,
    /// The unit to show values in; auto for the one that suits each.
    pub(super) shown_unit: Cow<'a, str>,
}

/// One side.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct SideV1<'a> {
    /// In the order given.
    pub(super) runs: Vec<RunV1<'a>>,
}

/// One profile.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct RunV1<'a> {
    pub(super) source: Cow<'a, str>,
    /// Number of samples behind the values.
    pub(super) samples: i64,
    /// Sum of the values, in the metric's unit.
    pub(super) total: i64,
    /// Length of collection; 0 if unknown.
    pub(super) duration_nanos: i64,
    /// Number of events between two samples.
    pub(super) period: i64,
    /// Where it was captured; left out if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provenance: Option<ProvenanceV1<'a>>,
}

/// A cost on both sides, in the metric's unit.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ChangeV1<'a> {
    /// Mean of the base runs; an integer with one run.
    pub(super) base: NumberV1,
    /// Mean of the new runs; an integer with one run.
    pub(super) new: NumberV1,
    /// What was added.
    pub(super) delta: NumberV1,
    /// delta / base; null where base is 0.
    pub(super) change: Option<f64>,
    /// Part of the base's total.
    pub(super) base_share: f64,
    /// Part of the new side's total.
    pub(super) new_share: f64,
    /// Lower end of the interval of delta; null with statistics off.
    pub(super) low: Option<f64>,
    /// Upper end of the interval of delta.
    pub(super) high: Option<f64>,
    /// Chance of data like these if the limit were kept.
    pub(super) p_value: Option<f64>,
    /// The same, family-wise.
    pub(super) p_adjusted: Option<f64>,
    /// False discovery rate.
    pub(super) q_value: Option<f64>,
    /// Smallest relative increase these runs would have shown.
    pub(super) detectable: Option<f64>,
    /// The new cost for the amount of work that the base did, where that is not `new`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new_on_footing: Option<f64>,
    /// What was added on that footing, which limits are held against, where that is not `delta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rise: Option<f64>,
    /// regressed, improved, unchanged, inconclusive, added, removed, shifted or accepted.
    pub(super) status: Cow<'a, str>,
}

/// An integer where the value is exact, a floating-point number where it is a mean.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum NumberV1 {
    Exact(i64),
    Mean(f64),
}

/// A row.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct FunctionV1<'a> {
    /// The name as `go tool pprof -top` prints it.
    pub(super) name: Cow<'a, str>,
    /// A source file, empty if unknown.
    pub(super) file: Cow<'a, str>,
    /// The line of the file that it begins on, 0 if unknown.
    pub(super) line: i64,
    /// The cost of its own code.
    pub(super) flat: ChangeV1<'a>,
    /// The cost of it and what it calls.
    pub(super) cum: ChangeV1<'a>,
}

/// A broken limit.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ViolationV1<'a> {
    /// The limit's name.
    pub(super) limit: Cow<'a, str>,
    /// fail or warn.
    pub(super) level: Cow<'a, str>,
    /// flat, cum or total.
    pub(super) measure: Cow<'a, str>,
    /// Null for the total.
    pub(super) function: Option<Cow<'a, str>>,
    /// The cost on the new side.
    pub(super) observed: f64,
    /// The largest cost the limit allows.
    pub(super) allowed: f64,
    /// One sentence.
    pub(super) message: Cow<'a, str>,
    /// How it was broken.
    pub(super) breach: BreachV1<'a>,
    /// The row's numbers.
    pub(super) change: ChangeV1<'a>,
}

/// How a limit was broken.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum BreachV1<'a> {
    /// By an increase.
    Increase {
        /// The rise as a part of the base; null where the base is 0.
        rise: Option<f64>,
        /// On what footing: per second, per operation, by its part of the total, or empty.
        footing: Cow<'a, str>,
    },
    /// By taking more of the total than a budget.
    Budget {
        /// The part that is allowed.
        budget: f64,
    },
}

/// Cost that moved from one function to another.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ShiftV1 {}

/// Something to keep in mind.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct CaveatV1<'a> {
    /// What `profgate explain` knows it by.
    pub(super) code: Cow<'a, str>,
    pub(super) message: Cow<'a, str>,
}

/// A limit in force.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct LimitV1<'a> {
    pub(super) name: Cow<'a, str>,
    /// As `--limit` takes it.
    pub(super) expression: Cow<'a, str>,
    /// What it is called where names must not change with its numbers.
    pub(super) subject: Cow<'a, str>,
    /// fail or warn.
    pub(super) level: Cow<'a, str>,
    /// The numbers it holds down: flat, cum, total.
    pub(super) measures: Vec<Cow<'a, str>>,
    /// Whether it holds because none was given.
    pub(super) builtin: bool,
}

/// A broken limit that the team has agreed to.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct AcceptedV1<'a> {
    /// The comparison's name.
    pub(super) comparison: Cow<'a, str>,
    /// The metric's type.
    pub(super) metric: Cow<'a, str>,
    /// The row; null for the total.
    pub(super) function: Option<Cow<'a, str>>,
    /// flat, cum or total.
    pub(super) measure: Cow<'a, str>,
    /// The limit it would have broken.
    pub(super) limit: Cow<'a, str>,
    /// Why it is agreed to.
    pub(super) reason: Cow<'a, str>,
    /// The last day of the agreement; null without end.
    pub(super) until: Option<Cow<'a, str>>,
    /// What would have been reported.
    pub(super) message: Cow<'a, str>,
    /// fail or warn.
    pub(super) level: Cow<'a, str>,
    /// The cost on the new side.
    pub(super) observed: f64,
    /// The largest cost the limit allows.
    pub(super) allowed: f64,
    /// How it was broken.
    pub(super) breach: BreachV1<'a>,
    /// The row's numbers.
    pub(super) change: ChangeV1<'a>,
}

/// Renders `outcome` as JSON on one line: it is for programs, and indentation would double its size.
#[must_use]
pub fn json(outcome: &Outcome) -> String {
    document(outcome, false)
}

/// Renders `outcome` as [`json`] does, with the call stacks that other formats are drawn from.
#[must_use]
pub fn json_full(outcome: &Outcome) -> String {
    document(outcome, true)
}

fn document(outcome: &Outcome, is_full: bool) -> String {
    let stacks = |from: &Comparison| from.stacks.as_ref().filter(|_| is_full).map(StacksV1::from);
    let document = Document {
        format_version: FORMAT_VERSION.into(),
        tool: Tool { name: "profgate".into(), version: env!("CARGO_PKG_VERSION").into() },
        verdict: outcome.verdict.name().into(),
        exit_code: outcome.exit_code as u8,
        headline: (&outcome.headline).into(),
        comparisons: outcome
            .comparisons
            .iter()
            .map(|from| ComparisonV1 {
                stacks: stacks(from),
                details: DetailsV1::of(from, is_full),
                ..comparison(from)
            })
            .collect(),
        limits: outcome.limits.iter().map(limit).collect(),
        accepted: outcome
            .comparisons
            .iter()
            .flat_map(|comparison| comparison.accepted.iter().map(|change| accepted(comparison, change)))
            .collect(),
    };
    with_newline(serde_json::to_string(&document))
}

/// The JSON Schema of what [`json`] writes, indented.
#[must_use]
pub fn schema() -> String {
    with_newline(serde_json::to_string_pretty(&schemars::schema_for!(Document<'_>)))
}

pub(super) fn with_newline(text: serde_json::Result<String>) -> String {
    // The types have text keys and finite depth, and memory cannot refuse to be written to.
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

fn comparison(from: &Comparison) -> ComparisonV1<'_> {
    ComparisonV1 {
        name: (&from.name).into(),
        metric: metric(&from.metric),
        method: method(from.method),
        verdict: from.verdict.name().into(),
        base: side(&from.base),
        new: side(&from.new),
        total: change(&from.total),
        functions: from.functions.iter().map(function).collect(),
        violations: from.violations.iter().map(violation).collect(),
        undecided: from.undecided.iter().map(undecided).collect(),
        shifts: Vec::new(),
        caveats: from.caveats.iter().map(caveat).collect(),
        covered_limits: from.covered_limits.clone(),
        stacks: None,
        details: None,
    }
}

fn method<'a>(from: Method) -> MethodV1<'a> {
    MethodV1 {
        basis: from.basis.into(),
        test: from.test.name().into(),
        base_events: from.base_events,
        new_events: from.new_events,
        in_turns: from.in_turns,
    }
}

fn undecided(from: &Undecided) -> UndecidedV1<'_> {
    UndecidedV1 {
        limit: (&from.limit).into(),
        level: from.level.name().into(),
        measure: from.measure.name().into(),
        function: from.function.as_deref().map(Into::into),
        detectable: from.detectable,
        more_runs: from.more_runs,
        message: (&from.message).into(),
    }
}

fn metric(from: &Metric) -> MetricV1<'_> {
    MetricV1 {
        kind: (&from.kind).into(),
        unit: (&from.unit).into(),
        mean: from.is_mean,
        shown_unit: (&from.shown_unit).into(),
    }
}

fn side(runs: &[RunSummary]) -> SideV1<'_> {
    SideV1 { runs: runs.iter().map(run).collect() }
}

fn run(from: &RunSummary) -> RunV1<'_> {
    RunV1 {
        source: (&from.source).into(),
        samples: from.samples,
        total: from.total,
        duration_nanos: from.duration_nanos,
        period: from.period,
        provenance: from.origin.as_ref().map(json_origin::write),
    }
}

fn function(from: &FunctionChange) -> FunctionV1<'_> {
    FunctionV1 {
        name: (&from.name).into(),
        file: (&from.file).into(),
        line: from.line,
        flat: change(&from.flat),
        cum: change(&from.cum),
    }
}

fn change(from: &Change) -> ChangeV1<'_> {
    let evidence = from.evidence;
    ChangeV1 {
        base: number(from.base),
        new: number(from.new),
        delta: number(from.delta),
        change: from.change,
        base_share: from.base_share,
        new_share: from.new_share,
        low: evidence.map(|evidence| evidence.low),
        high: evidence.map(|evidence| evidence.high),
        p_value: evidence.map(|evidence| evidence.p_value),
        p_adjusted: evidence.map(|evidence| evidence.p_adjusted),
        q_value: evidence.map(|evidence| evidence.q_value),
        detectable: evidence.and_then(|evidence| evidence.detectable),
        new_on_footing: unless(from.new_footed, from.new),
        rise: unless(from.rise, from.delta),
        status: from.status.name().into(),
    }
}

/// `value` unless it is the shown `cost`.
fn unless(value: f64, cost: Cost) -> Option<f64> {
    (value.to_bits() != cost.as_f64().to_bits()).then_some(value)
}

fn number(cost: Cost) -> NumberV1 {
    match cost {
        Cost::Exact(value) => NumberV1::Exact(value),
        Cost::Mean(value) => NumberV1::Mean(value),
    }
}

fn violation(from: &Violation) -> ViolationV1<'_> {
    ViolationV1 {
        limit: (&from.limit).into(),
        level: from.level.name().into(),
        measure: from.measure.name().into(),
        function: from.function.as_deref().map(Into::into),
        observed: from.observed,
        allowed: from.allowed,
        message: (&from.message).into(),
        breach: breach(from.kind),
        change: change(&from.change),
    }
}

fn breach<'a>(from: BreachKind) -> BreachV1<'a> {
    match from {
        BreachKind::Increase { rise, words } => BreachV1::Increase { rise, footing: words.into() },
        BreachKind::Budget { budget } => BreachV1::Budget { budget },
    }
}

fn caveat(from: &Caveat) -> CaveatV1<'_> {
    CaveatV1 { code: from.code.as_str().into(), message: (&from.message).into() }
}

fn limit(from: &LimitSummary) -> LimitV1<'_> {
    LimitV1 {
        name: (&from.name).into(),
        expression: (&from.expression).into(),
        subject: (&from.subject).into(),
        level: from.level.name().into(),
        measures: from.measures.iter().map(|measure| measure.name().into()).collect(),
        builtin: from.is_builtin,
    }
}

fn accepted<'a>(comparison: &'a Comparison, from: &'a AcceptedChange) -> AcceptedV1<'a> {
    let violation = &from.violation;
    AcceptedV1 {
        comparison: (&comparison.name).into(),
        metric: (&comparison.metric.kind).into(),
        function: violation.function.as_deref().map(Into::into),
        measure: violation.measure.name().into(),
        limit: (&violation.limit).into(),
        reason: (&from.reason).into(),
        until: from.until.map(|day| day.to_string().into()),
        message: (&violation.message).into(),
        level: violation.level.name().into(),
        observed: violation.observed,
        allowed: violation.allowed,
        breach: breach(violation.kind),
        change: change(&violation.change),
    }
}
