//! A saved JSON verdict to the [`Outcome`] that it was written from.
//!
//! The file may come from another machine, and may hold anything: what does not fit together is an error.

use std::borrow::Cow;

use serde::Deserialize;

use super::json::{
    AcceptedV1, BreachV1, CaveatV1, ChangeV1, ComparisonV1, Document, FORMAT_VERSION, FunctionV1, LimitV1,
    MethodV1, MetricV1, NumberV1, SideV1, UndecidedV1, ViolationV1,
};
use super::json_origin;
use super::json_stacks::StacksV1;
use crate::error::{Error, ErrorKind, ExitCode, Result};
use crate::verdict::{
    AcceptedChange, BASES, BreachKind, Caveat, Change, Comparison, Cost, Evidence, FOOTINGS, FunctionChange,
    Level, LimitSummary, Measure, Method, Metric, Outcome, RunSummary, Stacks, Status, Test, Undecided,
    Verdict, Violation,
};

/// Frames on all paths of a tree together. A file of some megabytes can say a tree whose paths take terabytes when they
/// are written out; a million paths of 250 frames stay below this.
const MOST_FRAMES: usize = 1 << 28;

/// Reads what [`json`](super::json()) or [`json_full`](super::json_full()) wrote.
///
/// # Errors
/// When the text is not a verdict, is one of another major version, or contradicts itself.
pub fn read_json(text: &str) -> Result<Outcome> {
    /// What tells a verdict from other JSON.
    #[derive(Deserialize)]
    struct Version {
        format_version: String,
    }
    let version: Version = serde_json::from_str(text).map_err(|error| {
        malformed(format!("is not a verdict of profgate ({error})"))
            .help("give the file that `--report json` or `--report json-full` wrote")
    })?;
    let major = |version: &str| version.split_once('.').map_or(version, |(major, _)| major).to_owned();
    if major(&version.format_version) != major(FORMAT_VERSION) {
        let problem = format!(
            "has format version {}, and this profgate reads {FORMAT_VERSION}",
            version.format_version
        );
        return Err(malformed(problem).help("render it with the profgate that wrote it"));
    }
    let document: Document<'_> =
        serde_json::from_str(text).map_err(|error| malformed(format!("is not a whole verdict ({error})")))?;
    outcome(document)
}

fn malformed(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Malformed, problem)
}

fn contradiction(problem: &str) -> Error {
    malformed(format!("contradicts itself: {problem}")).help("the file was changed; save the verdict again")
}

fn outcome(document: Document<'_>) -> Result<Outcome> {
    let verdict = named("verdict", &document.verdict, &Verdict::ALL, Verdict::name)?;
    let exit_code = match (document.exit_code, verdict) {
        (0, Verdict::Pass | Verdict::Warn | Verdict::Inconclusive) => ExitCode::Pass,
        (1, Verdict::Fail) => ExitCode::Fail,
        (3, Verdict::Inconclusive) => ExitCode::Inconclusive,
        (code, _) => {
            return Err(contradiction(&format!("exit code {code} for the verdict {}", verdict.name())));
        }
    };
    let limits = document.limits.into_iter().map(limit).collect::<Result<Vec<_>>>()?;
    let mut comparisons = document.comparisons.into_iter().map(comparison).collect::<Result<Vec<_>>>()?;
    let worst = comparisons.iter().map(|comparison| comparison.verdict).max().unwrap_or(Verdict::Pass);
    if verdict != worst {
        return Err(contradiction("the verdict is not that of its comparisons"));
    }
    if comparisons.iter().any(|comparison| comparison.covered_limits.len() != limits.len()) {
        return Err(contradiction("a comparison does not say which limits cover it"));
    }
    for change in document.accepted {
        let (name, kind) = (change.comparison.clone(), change.metric.clone());
        let of = comparisons
            .iter_mut()
            .find(|comparison| comparison.name == name && comparison.metric.kind == kind)
            .ok_or_else(|| contradiction("an accepted change belongs to no comparison"))?;
        of.accepted.push(accepted(change)?);
    }
    let headline = document.headline.into_owned();
    Ok(Outcome { verdict, exit_code, headline, comparisons, limits, artifacts: Vec::new() })
}

/// The value of `all` that is called `text`.
fn named<T: Copy>(what: &str, text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T> {
    all.iter().copied().find(|&value| name(value) == text).ok_or_else(|| {
        malformed(format!("holds the unknown {what} `{text}`"))
            .help("render it with the profgate that wrote it")
    })
}

fn comparison(from: ComparisonV1<'_>) -> Result<Comparison> {
    let verdict = named("verdict", &from.verdict, &Verdict::ALL, Verdict::name)?;
    let violations = from.violations.into_iter().map(violation).collect::<Result<Vec<_>>>()?;
    if verdict != Verdict::Fail && violations.iter().any(|violation| violation.level == Level::Fail) {
        return Err(contradiction("a limit is broken, and the verdict is not fail"));
    }
    let stacks = from.stacks.map(stacks).transpose()?;
    let mut comparison = Comparison {
        name: from.name.into_owned(),
        metric: metric(from.metric),
        method: method(&from.method)?,
        verdict,
        base: side(from.base),
        new: side(from.new),
        total: change(&from.total)?,
        functions: from.functions.into_iter().map(function).collect::<Result<_>>()?,
        violations,
        undecided: from.undecided.into_iter().map(undecided).collect::<Result<_>>()?,
        caveats: from.caveats.into_iter().map(caveat).collect::<Result<_>>()?,
        accepted: Vec::new(),
        covered_limits: from.covered_limits,
        stacks,
        call_paths: Vec::new(),
        pprof_flags: Vec::new(),
        runs: Vec::new(),
        listings: Vec::new(),
    };
    if let Some(details) = from.details {
        details
            .add_to(&mut comparison)
            .ok_or_else(|| malformed("holds a call path without the frame that differs on it"))?;
    }
    Ok(comparison)
}

fn method(from: &MethodV1<'_>) -> Result<Method> {
    Ok(Method {
        basis: named("basis", &from.basis, &BASES, |basis| basis)?,
        test: named("test", &from.test, &Test::ALL, Test::name)?,
        base_events: from.base_events,
        new_events: from.new_events,
        in_turns: from.in_turns,
    })
}

fn undecided(from: UndecidedV1<'_>) -> Result<Undecided> {
    Ok(Undecided {
        level: level(&from.level)?,
        measure: measure(&from.measure)?,
        limit: from.limit.into_owned(),
        function: from.function.map(Cow::into_owned),
        detectable: from.detectable,
        more_runs: from.more_runs,
        message: from.message.into_owned(),
    })
}

fn stacks(from: StacksV1) -> Result<Stacks> {
    let wrong = |problem: &str| malformed(format!("holds call stacks {problem}"));
    let stacks = from.into_stacks().ok_or_else(|| wrong("whose columns do not fit together"))?;
    if !(is_divisor(stacks.base_divisor) && is_divisor(stacks.new_divisor)) {
        return Err(wrong("with a divisor that is not positive"));
    }
    let mut depths: Vec<usize> = Vec::with_capacity(stacks.nodes.len());
    let mut frames = 0_usize;
    for node in &stacks.nodes {
        // A caller stands before what it calls.
        let depth = node.parent.and_then(|caller| depths.get(caller as usize)).map_or(1, |depth| depth + 1);
        depths.push(depth);
        frames += depth;
    }
    if frames > MOST_FRAMES {
        return Err(wrong("with more frames than any program has"));
    }
    Ok(stacks)
}

fn is_divisor(divisor: f64) -> bool {
    divisor.is_finite() && divisor > 0.0
}

fn metric(from: MetricV1<'_>) -> Metric {
    Metric {
        kind: from.kind.into_owned(),
        is_mean: from.mean,
        unit: from.unit.into_owned(),
        shown_unit: from.shown_unit.into_owned(),
    }
}

fn side(from: SideV1<'_>) -> Vec<RunSummary> {
    let runs = from.runs.into_iter().map(|run| RunSummary {
        source: run.source.into_owned(),
        samples: run.samples,
        total: run.total,
        duration_nanos: run.duration_nanos,
        period: run.period,
        origin: run.provenance.map(json_origin::read),
    });
    runs.collect()
}

fn function(from: FunctionV1<'_>) -> Result<FunctionChange> {
    Ok(FunctionChange {
        flat: change(&from.flat)?,
        cum: change(&from.cum)?,
        name: from.name.into_owned(),
        file: from.file.into_owned(),
        line: from.line,
    })
}

fn change(from: &ChangeV1<'_>) -> Result<Change> {
    let cost = |number: NumberV1| match number {
        NumberV1::Exact(value) => Cost::Exact(value),
        NumberV1::Mean(value) => Cost::Mean(value),
    };
    let (new, delta) = (cost(from.new), cost(from.delta));
    Ok(Change {
        base: cost(from.base),
        new,
        delta,
        change: from.change,
        base_share: from.base_share,
        new_share: from.new_share,
        new_footed: from.new_on_footing.unwrap_or_else(|| new.as_f64()),
        rise: from.rise.unwrap_or_else(|| delta.as_f64()),
        evidence: evidence(from),
        status: named("status", &from.status, &Status::ALL, Status::name)?,
    })
}

/// What the statistics say: nothing if every number is missing. JSON has no infinity, so a single one that is missing
/// was infinite.
fn evidence(from: &ChangeV1<'_>) -> Option<Evidence> {
    let numbers = [from.low, from.high, from.p_value, from.p_adjusted, from.q_value, from.detectable];
    numbers.iter().any(Option::is_some).then(|| Evidence {
        low: from.low.unwrap_or(f64::NEG_INFINITY),
        high: from.high.unwrap_or(f64::INFINITY),
        p_value: from.p_value.unwrap_or(f64::INFINITY),
        p_adjusted: from.p_adjusted.unwrap_or(f64::INFINITY),
        q_value: from.q_value.unwrap_or(f64::INFINITY),
        detectable: from.detectable,
    })
}

fn level(text: &str) -> Result<Level> {
    named("level", text, &Level::ALL, Level::name)
}

fn measure(text: &str) -> Result<Measure> {
    named("measure", text, &Measure::ALL, Measure::name)
}

fn breach(from: &BreachV1<'_>) -> Result<BreachKind> {
    Ok(match from {
        BreachV1::Increase { rise, footing } => {
            BreachKind::Increase { rise: *rise, words: named("footing", footing, &FOOTINGS, |words| words)? }
        }
        BreachV1::Budget { budget } => BreachKind::Budget { budget: *budget },
    })
}

fn violation(from: ViolationV1<'_>) -> Result<Violation> {
    Ok(Violation {
        level: level(&from.level)?,
        measure: measure(&from.measure)?,
        kind: breach(&from.breach)?,
        change: change(&from.change)?,
        observed: from.observed,
        allowed: from.allowed,
        limit: from.limit.into_owned(),
        function: from.function.map(Cow::into_owned),
        message: from.message.into_owned(),
    })
}

fn accepted(from: AcceptedV1<'_>) -> Result<AcceptedChange> {
    let day =
        |text: Cow<'_, str>| text.parse().map_err(|_| malformed(format!("holds `{text}`, which is no day")));
    Ok(AcceptedChange {
        reason: from.reason.into_owned(),
        until: from.until.map(day).transpose()?,
        violation: violation(ViolationV1 {
            limit: from.limit,
            level: from.level,
            measure: from.measure,
            function: from.function,
            observed: from.observed,
            allowed: from.allowed,
            message: from.message,
            breach: from.breach,
            change: from.change,
        })?,
    })
}

fn caveat(from: CaveatV1<'_>) -> Result<Caveat> {
    let code = from.code.parse().map_err(|_| {
        malformed(format!("holds the unknown caveat `{}`", from.code))
            .help("render it with the profgate that wrote it")
    })?;
    Ok(Caveat { code, message: from.message.into_owned() })
}

fn limit(from: LimitV1<'_>) -> Result<LimitSummary> {
    Ok(LimitSummary {
        level: level(&from.level)?,
        measures: from.measures.iter().map(|text| measure(text)).collect::<Result<_>>()?,
        is_builtin: from.builtin,
        name: from.name.into_owned(),
        subject: from.subject.into_owned(),
        expression: from.expression.into_owned(),
    })
}
