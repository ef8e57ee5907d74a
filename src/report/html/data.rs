//! The outcome to the JSON island of the page: columns, so that 50,000 functions and 250,000 call paths fit.

use std::borrow::Cow;

use serde::Serialize;

use super::texts::{Texts, text_bytes};
use super::tree::{Tree, fitting, tree};
use crate::report::present;
use crate::units;
use crate::verdict::{
    AcceptedChange, Change, Comparison, Cost, Evidence, LimitSummary, ListedLine, Listing, Outcome,
    RunSummary, Stacks, Status, Violation,
};

/// The bytes of a row without its texts, of values per event, and of evidence: more than most take.
const ROW_BYTES: usize = 70;
const MEAN_BYTES: usize = 60;
const EVIDENCE_BYTES: usize = 60;

/// Rows whose evidence is shown: the first, which changed most.
const MOST_EVIDENCE: usize = 5_000;
/// Broken limits that are shown.
const MOST_VIOLATIONS: usize = 1_000;

/// Everything the page shows.
#[derive(Serialize)]
struct Island<'a> {
    version: &'static str,
    verdict: &'static str,
    headline: &'a str,
    statuses: [&'static str; 8],
    comparisons: Vec<Side<'a>>,
    limits: Vec<LimitIsland<'a>>,
}

/// A limit in force.
#[derive(Serialize)]
struct LimitIsland<'a> {
    name: &'a str,
    expression: &'a str,
    level: &'static str,
    builtin: bool,
}

/// One comparison.
#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    title: String,
    kind: &'a str,
    unit: &'a str,
    /// Printed names and sizes of the units to show values in.
    steps: Vec<(String, f64)>,
    verdict: &'static str,
    base: Vec<Run<'a>>,
    new: Vec<Run<'a>>,
    total: Single,
    violations: Vec<Broken<'a>>,
    violations_left_out: usize,
    undecided: Vec<&'a str>,
    method: String,
    accepted: Vec<Accepted<'a>>,
    caveats: Vec<(&'static str, &'a str)>,
    /// Every name and path once; columns refer to them by position.
    texts: Vec<&'a str>,
    rows: Rows,
    /// Rows that the page has no room for.
    rows_left_out: usize,
    stacks: Option<Tree>,
    /// For each of the first rows, flat and cum of each run.
    runs: Vec<(&'a [i64], &'a [i64])>,
    listings: Vec<Listed<'a>>,
}

/// A run.
#[derive(Serialize)]
struct Run<'a> {
    source: &'a str,
    samples: i64,
    total: i64,
    seconds: f64,
}

/// A change that stands alone.
#[derive(Serialize)]
struct Single {
    base: f64,
    new: f64,
    delta: f64,
    change: String,
    status: &'static str,
    interval: Option<(f64, f64)>,
}

/// A broken limit.
#[derive(Serialize)]
struct Broken<'a> {
    limit: &'a str,
    level: &'static str,
    measure: &'static str,
    function: Option<&'a str>,
    allowed: f64,
    change: Single,
}

/// A broken limit that was agreed to.
#[derive(Serialize)]
struct Accepted<'a> {
    message: &'a str,
    reason: &'a str,
    until: Option<String>,
}

/// The rows, in columns of equal length.
#[derive(Serialize, Default)]
struct Rows {
    name: Vec<u32>,
    file: Vec<u32>,
    flat: Changes,
    cum: Changes,
}

/// One measure of all rows. Differences and shares are left to the page where they are those of the two sides.
#[derive(Serialize, Default)]
struct Changes {
    base: Vec<f64>,
    new: Vec<f64>,
    /// Position in [`STATUSES`].
    status: Vec<usize>,
    /// For values per event alone.
    delta: Vec<f64>,
    base_share: Vec<f64>,
    new_share: Vec<f64>,
    /// For the first rows, those with the largest differences: the interval of the delta and the false discovery rate.
    low: Vec<f64>,
    high: Vec<f64>,
    q: Vec<f64>,
}

/// The source lines of a function: text, flat base, flat new, cum base, cum new.
#[derive(Serialize)]
struct Listed<'a> {
    function: &'a str,
    file: &'a str,
    first: i64,
    lines: Vec<(&'a str, i64, i64, i64, i64)>,
}

/// The names of statuses, in the order in which rows refer to them.
const STATUSES: [Status; 8] = [
    Status::Regressed,
    Status::Improved,
    Status::Unchanged,
    Status::Inconclusive,
    Status::Added,
    Status::Removed,
    Status::Shifted,
    Status::Accepted,
];

/// The island, of about `budget` bytes at most: large trees are folded further, and rows that do not fit are counted.
pub(super) fn island(outcome: &Outcome, budget: usize) -> String {
    let each = budget / outcome.comparisons.len().max(1);
    let shown: Vec<(&Comparison, Option<Cow<'_, Stacks>>)> =
        outcome.comparisons.iter().map(|comparison| (comparison, fitting(comparison, each))).collect();
    let island = Island {
        version: env!("CARGO_PKG_VERSION"),
        verdict: outcome.verdict.name(),
        headline: &outcome.headline,
        statuses: STATUSES.map(Status::name),
        comparisons: shown
            .iter()
            .map(|(comparison, stacks)| side(comparison, stacks.as_deref(), each))
            .collect(),
        limits: outcome.limits.iter().map(limit).collect(),
    };
    escaped(&island)
}

/// `value` as JSON that ends no script, whatever its texts are.
fn escaped(value: &impl Serialize) -> String {
    // The types have text keys and finite depth, and memory cannot refuse to be written to.
    serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c")
}

fn side<'a>(from: &'a Comparison, stacks: Option<&'a Stacks>, budget: usize) -> Side<'a> {
    let mut texts = Texts::default();
    let stacks = stacks.map(|stacks| tree(stacks, &mut texts));
    let runs: Vec<_> = from.runs.iter().map(|runs| (&runs.flat[..], &runs.cum[..])).collect();
    let listings: Vec<_> = from.listings.iter().map(listed).collect();
    let mut side = Side {
        name: &from.name,
        title: present::title(from),
        kind: &from.metric.kind,
        unit: &from.metric.unit,
        steps: units::steps(&from.metric.unit, &from.metric.shown_unit),
        verdict: from.verdict.name(),
        base: from.base.iter().map(run).collect(),
        new: from.new.iter().map(run).collect(),
        total: single(&from.total),
        violations: from.violations.iter().take(MOST_VIOLATIONS).map(broken).collect(),
        violations_left_out: from.violations.len().saturating_sub(MOST_VIOLATIONS),
        undecided: from.undecided.iter().take(MOST_VIOLATIONS).map(|open| open.message.as_str()).collect(),
        method: present::method(from),
        accepted: from.accepted.iter().take(MOST_VIOLATIONS).map(accepted).collect(),
        caveats: from.caveats.iter().map(|caveat| (caveat.code.as_str(), caveat.message.as_str())).collect(),
        texts: Vec::new(),
        rows: Rows::default(),
        rows_left_out: 0,
        stacks,
        runs,
        listings,
    };
    let used = escaped(&side).len() + texts.texts.iter().map(|text| text_bytes(text)).sum::<usize>();
    side.rows = rows(from, budget.saturating_sub(used), &mut texts);
    side.rows_left_out = from.functions.len() - side.rows.name.len();
    side.texts = texts.texts;
    side
}

/// As many rows as fit in `budget` bytes.
fn rows<'a>(from: &'a Comparison, budget: usize, texts: &mut Texts<'a>) -> Rows {
    let mut rows = Rows::default();
    let mut used = 0;
    let is_mean = from.metric.is_mean;
    for (at, row) in from.functions.iter().enumerate() {
        let known = texts.texts.len();
        let (name, file) = (texts.position(&row.name), texts.position(&row.file));
        let has_evidence = at < MOST_EVIDENCE;
        used += ROW_BYTES + if is_mean { MEAN_BYTES } else { 0 };
        used += if has_evidence && row.flat.evidence.is_some() { EVIDENCE_BYTES } else { 0 };
        used += texts.texts[known..].iter().map(|text| text_bytes(text)).sum::<usize>();
        if used > budget {
            break;
        }
        rows.name.push(name);
        rows.file.push(file);
        for (column, change) in [(&mut rows.flat, &row.flat), (&mut rows.cum, &row.cum)] {
            column.push(change, is_mean, has_evidence);
        }
    }
    rows
}

impl Changes {
    fn push(&mut self, change: &Change, is_mean: bool, has_evidence: bool) {
        self.base.push(number(change.base));
        self.new.push(number(change.new));
        self.status.push(STATUSES.iter().position(|&status| status == change.status).unwrap_or(0));
        if is_mean {
            self.delta.push(number(change.delta));
            self.base_share.push(rounded(change.base_share, 1e6));
            self.new_share.push(rounded(change.new_share, 1e6));
        }
        if let Some(Evidence { low, high, q_value, .. }) = change.evidence.filter(|_| has_evidence) {
            self.low.push(rounded(low, 1e3));
            self.high.push(rounded(high, 1e3));
            self.q.push(rounded(q_value, 1e6));
        }
    }
}

/// A cost as a number of JavaScript, exact up to 2^53; means to a thousandth.
fn number(cost: Cost) -> f64 {
    match cost {
        Cost::Exact(_) => cost.as_f64(),
        Cost::Mean(mean) => rounded(mean, 1e3),
    }
}

/// `value` in steps of 1 / `steps`, if it is small enough for that to mean anything.
fn rounded(value: f64, steps: f64) -> f64 {
    if value.abs() < 1e12 { (value * steps).round() / steps } else { value.round() }
}

fn limit(from: &LimitSummary) -> LimitIsland<'_> {
    LimitIsland {
        name: &from.name,
        expression: &from.expression,
        level: from.level.name(),
        builtin: from.is_builtin,
    }
}

#[expect(clippy::cast_precision_loss, reason = "durations are shown roughly")]
fn run(from: &RunSummary) -> Run<'_> {
    Run {
        source: &from.source,
        samples: from.samples,
        total: from.total,
        seconds: from.duration_nanos as f64 / 1e9,
    }
}

fn single(from: &Change) -> Single {
    Single {
        base: number(from.base),
        new: number(from.new),
        delta: number(from.delta),
        change: present::change(from),
        status: from.status.name(),
        interval: from.evidence.map(|evidence| (evidence.low, evidence.high)),
    }
}

fn broken(from: &Violation) -> Broken<'_> {
    Broken {
        limit: &from.limit,
        level: from.level.name(),
        measure: from.measure.name(),
        function: from.function.as_deref(),
        allowed: from.allowed,
        change: single(&from.change),
    }
}

fn accepted(from: &AcceptedChange) -> Accepted<'_> {
    Accepted {
        message: &from.violation.message,
        reason: &from.reason,
        until: from.until.map(|day| day.to_string()),
    }
}

fn listed(from: &Listing) -> Listed<'_> {
    let line = |line: &'_ ListedLine| (line.flat.base, line.flat.new, line.cum.base, line.cum.new);
    Listed {
        function: &from.function,
        file: &from.file,
        first: from.first,
        lines: from
            .lines
            .iter()
            .map(|listed| {
                let (a, b, c, d) = line(listed);
                (listed.text.as_str(), a, b, c, d)
            })
            .collect(),
    }
}
