//! The comparison as markdown for `$GITHUB_STEP_SUMMARY`: complete, and below what GitHub takes.
//!
//! Functions stand in one block of plain text for each comparison, where a row costs a third of the room that it takes in
//! a table of markdown. When that is still too much, detail is given up in steps, and the summary says which.

use std::fmt::Write as _;

use super::escape::{markdown_code, markdown_text, preformatted, shortened_to};
use super::present;
use crate::verdict::{Change, Comparison, FunctionChange, Outcome, Verdict, Violation};

/// The largest summary profgate writes, in bytes. GitHub takes 1 MiB for each step ("Workflow commands", job
/// summaries); what else the step writes has the rest.
pub const SUMMARY_LIMIT: usize = 1_000_000;

/// How much is shown; each step shows less than the one before.
#[derive(Debug, Clone, Copy)]
struct Detail {
    /// Characters of a name.
    name: usize,
    /// Whether rows that did not change are shown.
    has_unchanged: bool,
    /// Rows of a comparison, functions and broken limits each.
    rows: usize,
    /// What is given up, in words.
    given_up: &'static str,
}

const STEPS: [Detail; 7] = [
    Detail { name: 140, has_unchanged: true, rows: usize::MAX, given_up: "" },
    Detail { name: 60, has_unchanged: true, rows: usize::MAX, given_up: "long names lack their middle" },
    Detail {
        name: 60,
        has_unchanged: false,
        rows: usize::MAX,
        given_up: "long names lack their middle, and functions whose cost did not change are only counted",
    },
    few(
        4_000,
        "only the 4000 functions and broken limits with the largest change of each comparison are listed",
    ),
    few(
        1_000,
        "only the 1000 functions and broken limits with the largest change of each comparison are listed",
    ),
    few(
        100,
        "only the 100 functions and broken limits with the largest change of each comparison are listed",
    ),
    few(5, "only the 5 functions and broken limits with the largest change of each comparison are listed"),
];

const fn few(rows: usize, given_up: &'static str) -> Detail {
    Detail { name: 60, has_unchanged: false, rows, given_up }
}

/// Renders `outcome` with as much detail as fits into [`SUMMARY_LIMIT`] bytes.
#[must_use]
pub fn github_summary(outcome: &Outcome) -> String {
    let fitting = STEPS.into_iter().find_map(|detail| render(outcome, detail));
    // Thousands of comparisons: the verdict alone.
    fitting.unwrap_or_else(|| {
        let mut text = String::new();
        heading(&mut text, outcome);
        let count = outcome.comparisons.len();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n{count} comparisons do not fit into a summary; the JSON report has all of them."
        );
        text
    })
}

/// The summary with this detail, if it fits.
fn render(outcome: &Outcome, detail: Detail) -> Option<String> {
    let mut text = String::new();
    heading(&mut text, outcome);
    if !detail.given_up.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\nTo keep this summary below 1 MiB, {}; the JSON report has everything.",
            detail.given_up
        );
    }
    for comparison in &outcome.comparisons {
        comparison_section(&mut text, comparison, detail);
        if text.len() > SUMMARY_LIMIT {
            return None;
        }
    }
    limits(&mut text, outcome);
    (text.len() <= SUMMARY_LIMIT).then_some(text)
}

fn heading(text: &mut String, outcome: &Outcome) {
    let sign = match outcome.verdict {
        Verdict::Pass => "✅",
        Verdict::Warn => "⚠️",
        Verdict::Inconclusive => "❔",
        Verdict::Fail => "❌",
    };
    let (verdict, headline) = (outcome.verdict.name(), markdown_text(&outcome.headline));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "## {sign} profgate: {verdict} · {headline}");
}

fn comparison_section(text: &mut String, comparison: &Comparison, detail: Detail) {
    let metric = &comparison.metric;
    let title = markdown_text(&present::title(comparison));
    let total = &comparison.total;
    let sides = [(&comparison.base, total.base), (&comparison.new, total.new)];
    let [base, new] = sides.map(|(runs, cost)| present::side(runs, cost, metric));
    let change = format!("{} {}", present::delta(total.delta, metric), present::change(total));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n### {title}: {}\n", comparison.verdict.name());
    let _ = writeln!(text, "base {base}, new {new}, total {}", change.trim_end());
    violations(text, &comparison.violations, detail);
    for accepted in comparison.accepted.iter().take(detail.rows) {
        let until = accepted.until.map_or_else(String::new, |day| format!(" until {day}"));
        let message = markdown_text(&accepted.violation.message);
        let _ = writeln!(text, "- accepted{until}: {message} ({})", markdown_text(&accepted.reason));
    }
    for undecided in comparison.undecided.iter().take(detail.rows) {
        let _ = writeln!(text, "- undecided: {}", markdown_text(&undecided.message));
    }
    functions(text, comparison, detail);
    for caveat in &comparison.caveats {
        let _ = writeln!(text, "- note: {} ({})", markdown_text(&caveat.message), caveat.code.as_str());
    }
}

fn violations(text: &mut String, violations: &[Violation], detail: Detail) {
    if violations.is_empty() {
        return;
    }
    let broken = present::count(violations.len(), "limit", "is broken", "are broken");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n**{broken}**\n");
    text.push_str("<pre>\n");
    for violation in violations.iter().take(detail.rows) {
        let level = violation.level.name();
        let (message, limit) = (shortened_to(&violation.message, detail.name * 3), &violation.limit);
        let limit = shortened_to(limit, detail.name);
        let _ = writeln!(text, "{level}  {} [{}]", preformatted(&message), preformatted(&limit));
        if text.len() > SUMMARY_LIMIT {
            return;
        }
    }
    text.push_str("</pre>\n");
}

fn functions(text: &mut String, comparison: &Comparison, detail: Detail) {
    let is_unchanged = |row: &&FunctionChange| {
        row.flat.delta.as_f64() == 0.0 && row.cum.delta.as_f64() == 0.0 && !detail.has_unchanged
    };
    let all = &comparison.functions;
    if all.is_empty() {
        return;
    }
    let shown = || all.iter().filter(|row| !is_unchanged(row)).take(detail.rows);
    let left_out = all.len() - shown().count();
    let summary = present::count(all.len(), "function", "", "");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n<details><summary>{}</summary>\n<pre>", summary.trim_end());
    let header = ["flat base", "new", "delta", "change", "cum base", "new", "delta", "change"];
    row(text, header.map(str::to_owned), "function");
    for function in shown() {
        let name = shortened_to(&function.name, detail.name);
        let numbers =
            [&function.flat, &function.cum].into_iter().flat_map(|change| cells(comparison, change));
        row(text, numbers, &preformatted(&name));
        if text.len() > SUMMARY_LIMIT {
            return;
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{}",
            present::count(left_out, "more function", "is not listed", "are not listed")
        );
    }
    text.push_str("</pre>\n</details>\n\n");
}

/// Adds a line: right-aligned cells, as wide as most of them are, and what they belong to.
fn row(text: &mut String, cells: impl IntoIterator<Item = String>, name: &str) {
    for cell in cells {
        // Writing to a string cannot fail.
        let _ = write!(text, "{cell:>9} ");
    }
    text.push(' ');
    text.push_str(name);
    text.push('\n');
}

fn cells(comparison: &Comparison, change: &Change) -> [String; 4] {
    let metric = &comparison.metric;
    [
        present::cost(change.base, metric),
        present::cost(change.new, metric),
        present::delta(change.delta, metric),
        present::change(change),
    ]
}

fn limits(text: &mut String, outcome: &Outcome) {
    text.push_str("\n### Limits\n\n");
    for limit in &outcome.limits {
        let origin = if limit.is_builtin { " (built in)" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {}{origin}", markdown_code(&limit.expression));
    }
}
