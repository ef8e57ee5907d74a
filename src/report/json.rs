//! The comparison as JSON, format version 1: the contract with scripts.
//!
//! These structs are the format. They are apart from the internal types so that those may change; a minor
//! version only adds fields.

use schemars::JsonSchema;
use serde::Serialize;

use super::json_stacks::StacksV1;
use crate::verdict::{
    AcceptedChange, Caveat, Change, Comparison, Cost, FunctionChange, Limit, Outcome, RunSummary, Violation,
};

/// The version of the format.
pub const FORMAT_VERSION: &str = "1.0";

/// A verdict with everything it rests on.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "profgate verdict")]
struct Document<'a> {
    /// The version of this format; a minor step only adds fields.
    format_version: &'static str,
    /// What wrote it.
    tool: Tool,
    /// pass, warn, fail or inconclusive.
    verdict: &'static str,
    /// The exit code of the process.
    exit_code: u8,
    /// The verdict in one sentence.
    headline: &'a str,
    /// One for each pair of paths and metric.
    comparisons: Vec<ComparisonV1<'a>>,
    /// The limits in force, the most particular first.
    limits: Vec<LimitV1<'a>>,
    /// Broken limits that the team has agreed to.
    accepted: Vec<AcceptedV1<'a>>,
}

/// The program that wrote the document.
#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Two sides compared in one metric.
#[derive(Serialize, JsonSchema)]
struct ComparisonV1<'a> {
    /// The relative path both sides share; empty when there is one comparison.
    name: &'a str,
    metric: MetricV1<'a>,
    /// pass, warn, fail or inconclusive.
    verdict: &'static str,
    base: SideV1<'a>,
    new: SideV1<'a>,
    /// The whole profile.
    total: ChangeV1,
    /// Every function, largest delta first, then by name.
    functions: Vec<FunctionV1<'a>>,
    /// Broken limits, worst first.
    violations: Vec<ViolationV1<'a>>,
    /// Cost that moved between functions.
    shifts: Vec<ShiftV1>,
    /// What to keep in mind while reading the numbers.
    caveats: Vec<CaveatV1<'a>>,
    /// The call stacks of both sides; in `json-full` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    stacks: Option<StacksV1>,
}

/// What is measured.
#[derive(Serialize, JsonSchema)]
struct MetricV1<'a> {
    /// The sample type.
    #[serde(rename = "type")]
    kind: &'a str,
    /// The unit of every value.
    unit: &'a str,
}

/// One side.
#[derive(Serialize, JsonSchema)]
struct SideV1<'a> {
    /// In the order given.
    runs: Vec<RunV1<'a>>,
}

/// One profile.
#[derive(Serialize, JsonSchema)]
struct RunV1<'a> {
    source: &'a str,
    /// Number of samples behind the values.
    samples: i64,
    /// Sum of the values, in the metric's unit.
    total: i64,
    /// Length of collection; 0 if unknown.
    duration_nanos: i64,
    /// Number of events between two samples.
    period: i64,
}

/// A cost on both sides, in the metric's unit.
#[derive(Serialize, JsonSchema)]
struct ChangeV1 {
    /// Mean of the base runs; an integer with one run.
    base: NumberV1,
    /// Mean of the new runs; an integer with one run.
    new: NumberV1,
    /// What was added.
    delta: NumberV1,
    /// delta / base; null where base is 0.
    change: Option<f64>,
    /// Part of the base's total.
    base_share: f64,
    /// Part of the new side's total.
    new_share: f64,
    /// Lower end of the interval of delta; null with statistics off.
    low: Option<f64>,
    /// Upper end of the interval of delta.
    high: Option<f64>,
    /// Chance of data like these if the limit were kept.
    p_value: Option<f64>,
    /// The same, family-wise.
    p_adjusted: Option<f64>,
    /// False discovery rate.
    q_value: Option<f64>,
    /// Smallest relative increase these runs would have shown.
    detectable: Option<f64>,
    /// regressed, improved, unchanged, inconclusive, added, removed, shifted or accepted.
    status: &'static str,
}

/// An integer where the value is exact, a floating-point number where it is a mean.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum NumberV1 {
    Exact(i64),
    Mean(f64),
}

/// A row.
#[derive(Serialize, JsonSchema)]
struct FunctionV1<'a> {
    /// The name as `go tool pprof -top` prints it.
    name: &'a str,
    /// A source file, empty if unknown.
    file: &'a str,
    /// The cost of its own code.
    flat: ChangeV1,
    /// The cost of it and what it calls.
    cum: ChangeV1,
}

/// A broken limit.
#[derive(Serialize, JsonSchema)]
struct ViolationV1<'a> {
    /// The limit's name.
    limit: &'a str,
    /// fail or warn.
    level: &'static str,
    /// flat, cum or total.
    measure: &'static str,
    /// Null for the total.
    function: Option<&'a str>,
    /// The cost on the new side.
    observed: f64,
    /// The largest cost the limit allows.
    allowed: f64,
    /// One sentence.
    message: &'a str,
}

/// Cost that moved from one function to another.
#[derive(Serialize, JsonSchema)]
struct ShiftV1 {}

/// Something to keep in mind.
#[derive(Serialize, JsonSchema)]
struct CaveatV1<'a> {
    /// What `profgate explain` knows it by.
    code: &'static str,
    message: &'a str,
}

/// A limit in force.
#[derive(Serialize, JsonSchema)]
struct LimitV1<'a> {
    name: &'a str,
    /// As `--limit` takes it.
    expression: String,
    /// fail or warn.
    level: &'static str,
    /// Whether it holds because none was given.
    builtin: bool,
}

/// A broken limit that the team has agreed to.
#[derive(Serialize, JsonSchema)]
struct AcceptedV1<'a> {
    /// The comparison's name.
    comparison: &'a str,
    /// The metric's type.
    metric: &'a str,
    /// The row; null for the total.
    function: Option<&'a str>,
    /// flat, cum or total.
    measure: &'static str,
    /// The limit it would have broken.
    limit: &'a str,
    /// Why it is agreed to.
    reason: &'a str,
    /// The last day of the agreement; null without end.
    until: Option<String>,
    /// What would have been reported.
    message: &'a str,
}

/// Renders `outcome` as JSON on one line: it is for programs, and indentation would double its size.
#[must_use]
pub fn json(outcome: &Outcome) -> String {
    document(outcome, |_| None)
}

/// Renders `outcome` as [`json`] does, with the call stacks that other formats are drawn from.
#[must_use]
pub fn json_full(outcome: &Outcome) -> String {
    document(outcome, |comparison| comparison.stacks.as_ref().map(StacksV1::from))
}

fn document(outcome: &Outcome, stacks: impl Fn(&Comparison) -> Option<StacksV1>) -> String {
    let document = Document {
        format_version: FORMAT_VERSION,
        tool: Tool { name: "profgate", version: env!("CARGO_PKG_VERSION") },
        verdict: outcome.verdict.name(),
        exit_code: outcome.exit_code as u8,
        headline: &outcome.headline,
        comparisons: outcome
            .comparisons
            .iter()
            .map(|from| ComparisonV1 { stacks: stacks(from), ..comparison(from) })
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

fn with_newline(text: serde_json::Result<String>) -> String {
    // The types have text keys and finite depth, and memory cannot refuse to be written to.
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

fn comparison(from: &Comparison) -> ComparisonV1<'_> {
    ComparisonV1 {
        name: &from.name,
        metric: MetricV1 { kind: &from.metric.kind, unit: &from.metric.unit },
        verdict: from.verdict.name(),
        base: side(&from.base),
        new: side(&from.new),
        total: change(&from.total),
        functions: from.functions.iter().map(function).collect(),
        violations: from.violations.iter().map(violation).collect(),
        shifts: Vec::new(),
        caveats: from.caveats.iter().map(caveat).collect(),
        stacks: None,
    }
}

fn side(runs: &[RunSummary]) -> SideV1<'_> {
    SideV1 { runs: runs.iter().map(run).collect() }
}

fn run(from: &RunSummary) -> RunV1<'_> {
    RunV1 {
        source: &from.source,
        samples: from.samples,
        total: from.total,
        duration_nanos: from.duration_nanos,
        period: from.period,
    }
}

fn function(from: &FunctionChange) -> FunctionV1<'_> {
    FunctionV1 { name: &from.name, file: &from.file, flat: change(&from.flat), cum: change(&from.cum) }
}

fn change(from: &Change) -> ChangeV1 {
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
        detectable: evidence.map(|evidence| evidence.detectable),
        status: from.status.name(),
    }
}

fn number(cost: Cost) -> NumberV1 {
    match cost {
        Cost::Exact(value) => NumberV1::Exact(value),
        Cost::Mean(value) => NumberV1::Mean(value),
    }
}

fn violation(from: &Violation) -> ViolationV1<'_> {
    ViolationV1 {
        limit: &from.limit,
        level: from.level.name(),
        measure: from.measure.name(),
        function: from.function.as_deref(),
        observed: from.observed,
        allowed: from.allowed,
        message: &from.message,
    }
}

fn caveat(from: &Caveat) -> CaveatV1<'_> {
    CaveatV1 { code: from.code.as_str(), message: &from.message }
}

fn limit(from: &Limit) -> LimitV1<'_> {
    LimitV1 {
        name: &from.name,
        expression: from.expression(),
        level: from.level.name(),
        builtin: from.is_builtin,
    }
}

fn accepted<'a>(comparison: &'a Comparison, from: &'a AcceptedChange) -> AcceptedV1<'a> {
    let violation = &from.violation;
    AcceptedV1 {
        comparison: &comparison.name,
        metric: &comparison.metric.kind,
        function: violation.function.as_deref(),
        measure: violation.measure.name(),
        limit: &violation.limit,
        reason: &from.reason,
        until: from.until.map(|day| day.to_string()),
        message: &violation.message,
    }
}
