//! The comparison as JUnit's XML: a suite for each metric, a case for each limit.
//!
//! Names hold no measured numbers, so that a dashboard sees the same cases in every run; limits that hold are cases that
//! pass. What was measured stands in the property `delta` of a case, which dashboards show, and of a suite.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escape::{sentence, visible};
use super::present;
use crate::error::ExitCode;
use crate::verdict::{Change, Comparison, Level, LimitSummary, Measure, Outcome, Violation};

/// Broken rows of a limit that are written one by one.
const LISTED: usize = 50;

/// What became of a case.
enum Answer {
    Passed,
    Skipped(String),
    Failed { message: String, details: String },
    Error(String),
}

struct Case<'a> {
    limit: &'a LimitSummary,
    answer: Answer,
    /// The change that speaks for the limit.
    change: Option<&'a Change>,
    /// What is worth knowing of a case that passed.
    output: String,
}

/// Renders `outcome`.
#[must_use]
pub fn junit(outcome: &Outcome) -> String {
    let mut suites = String::new();
    let mut sums = Counts::default();
    for comparison in &outcome.comparisons {
        let cases: Vec<Case<'_>> = outcome
            .limits
            .iter()
            .enumerate()
            .map(|(at, limit)| {
                let is_covered = comparison.covered_limits.get(at) == Some(&true);
                case(comparison, limit, is_covered, outcome.exit_code)
            })
            .collect();
        let counts = Counts::of(&cases);
        suite(&mut suites, comparison, &cases, &counts);
        sums.add(&counts);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"profgate\" tests=\"{}\" failures=\"{}\" \
         errors=\"{}\">\n{suites}</testsuites>\n",
        sums.tests, sums.failures, sums.errors
    )
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(cases: &[Case<'_>]) -> Self {
        let count = |is: fn(&Answer) -> bool| cases.iter().filter(|case| is(&case.answer)).count();
        Self {
            tests: cases.len(),
            failures: count(|answer| matches!(answer, Answer::Failed { .. })),
            errors: count(|answer| matches!(answer, Answer::Error(_))),
            skipped: count(|answer| matches!(answer, Answer::Skipped(_))),
        }
    }

    fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
    }
}

fn case<'a>(
    comparison: &'a Comparison,
    limit: &'a LimitSummary,
    is_covered: bool,
    exit_code: ExitCode,
) -> Case<'a> {
    let broken: Vec<&Violation> =
        comparison.violations.iter().filter(|violation| violation.limit == limit.name).collect();
    let accepted = comparison.accepted.iter().filter(|accepted| accepted.violation.limit == limit.name);
    let mut output = String::new();
    for accepted in accepted.clone().take(LISTED) {
        let (message, reason) = (sentence(&accepted.violation.message), sentence(&accepted.reason));
        // Writing to a string cannot fail.
        let _ = writeln!(output, "accepted: {message} ({reason})");
    }
    // Violations stand worst first.
    let worst = broken.first().map(|violation| &violation.change);
    let total = || limit.measures.contains(&Measure::Total).then_some(&comparison.total);
    let change =
        worst.or_else(|| accepted.clone().next().map(|accepted| &accepted.violation.change)).or_else(total);
    let undecided = comparison.undecided.iter().find(|undecided| undecided.limit == limit.name);
    let answer = match (broken.first(), undecided) {
        (Some(worst), _) if limit.level == Level::Fail => {
            Answer::Failed { message: sentence(&worst.message), details: lines(&broken) }
        }
        (Some(_), _) => {
            output.insert_str(0, &lines(&broken));
            Answer::Passed
        }
        (None, _) if !is_covered => Answer::Skipped("the limit covers nothing in these profiles".to_owned()),
        (None, Some(undecided)) if limit.level == Level::Fail && exit_code == ExitCode::Inconclusive => {
            Answer::Error(sentence(&undecided.message))
        }
        (None, Some(undecided)) => Answer::Skipped(sentence(&undecided.message)),
        (None, _) => Answer::Passed,
    };
    Case { limit, answer, change, output }
}

/// What was broken, a line each.
fn lines(broken: &[&Violation]) -> String {
    let mut text = String::new();
    for violation in broken.iter().take(LISTED) {
        text.push_str(&sentence(&violation.message));
        text.push('\n');
    }
    if broken.len() > LISTED {
        let more = present::count(broken.len() - LISTED, "more row", "breaks", "break");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "and {more} the limit");
    }
    text
}

fn suite(text: &mut String, comparison: &Comparison, cases: &[Case<'_>], counts: &Counts) {
    let name = attribute(&visible(&format!("profgate {}", present::title(comparison)))).into_owned();
    let Counts { tests, failures, errors, skipped } = counts;
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">"
    );
    properties(text, "    ", comparison, &comparison.total);
    for case in cases {
        let subject = attribute(&visible(&case.limit.subject)).into_owned();
        let _ = writeln!(text, "    <testcase name=\"{subject}\" classname=\"{name}\">");
        if let Some(change) = case.change {
            properties(text, "      ", comparison, change);
        }
        let _ = match &case.answer {
            Answer::Passed => Ok(()),
            Answer::Skipped(message) => writeln!(text, "      <skipped message=\"{}\"/>", attribute(message)),
            Answer::Error(message) => {
                writeln!(text, "      <error type=\"inconclusive\" message=\"{}\"/>", attribute(message))
            }
            Answer::Failed { message, details } => writeln!(
                text,
                "      <failure type=\"limit\" message=\"{}\">{}</failure>",
                attribute(message),
                content(details)
            ),
        };
        if !case.output.is_empty() {
            let _ = writeln!(text, "      <system-out>{}</system-out>", content(&case.output));
        }
        text.push_str("    </testcase>\n");
    }
    text.push_str("  </testsuite>\n");
}

/// Writes what was measured: the delta in the metric's unit, and as a percentage of the base where it has one.
fn properties(text: &mut String, indent: &str, comparison: &Comparison, change: &Change) {
    let delta = change.delta.rounded().to_string();
    let percent = change.change.map(|part| format!("{:.2}", part * 100.0));
    let all =
        [("delta", Some(delta)), ("unit", Some(comparison.metric.unit.clone())), ("delta-percent", percent)];
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{indent}<properties>");
    for (name, value) in all {
        if let Some(value) = value {
            let _ = writeln!(
                text,
                "{indent}  <property name=\"{name}\" value=\"{}\"/>",
                attribute(&visible(&value))
            );
        }
    }
    let _ = writeln!(text, "{indent}</properties>");
}

/// `text` for an attribute in double quotes. Line ends are spelt out, as XML makes blanks of them.
fn attribute(text: &str) -> Cow<'_, str> {
    escaped(text, |c| match c {
        '\n' => Some("\\n"),
        '"' => Some("&quot;"),
        other => entity(other),
    })
}

/// `text` between tags.
fn content(text: &str) -> Cow<'_, str> {
    escaped(text, entity)
}

/// What stands for a sign that XML reads, or that it cannot hold (XML 1.0, production 2).
fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\t' | '\n' => None,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => Some("\u{fffd}"),
        _ => None,
    }
}

fn escaped(text: &str, replace: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if !text.contains(|c| replace(c).is_some()) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match replace(c) {
            Some(instead) => out.push_str(instead),
            None => out.push(c),
        }
    }
    out.into()
}
