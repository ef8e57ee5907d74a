//! The comparison as markdown for `$GITHUB_STEP_SUMMARY`: complete, and below what GitHub takes.
//!
//! Functions stand in one block of plain text for each comparison, where a row costs a third of the room that it takes in
//! a table of markdown. When that is still too much, detail is given up in steps, and the summary says which.

use std::fmt::Write as _;

use hashbrown::HashSet;

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
    /// Broken limits of a comparison that are listed, beside the mark that their functions have in the table.
    broken: usize,
    /// Whether the costs of both sides are shown beside their difference.
    has_costs: bool,
    /// Whether functions that did not change are shown.
    has_unchanged: bool,
    /// Functions of a comparison.
    rows: usize,
    /// What is given up, in words.
    given_up: &'static str,
}

const EVERYTHING: Detail = Detail {
    name: 140,
    broken: usize::MAX,
    has_costs: true,
    has_unchanged: true,
    rows: usize::MAX,
    given_up: "",
};

const SHORT: Detail = Detail {
    name: 60,
    broken: 100,
    given_up: "long names lack their middle, and broken limits beyond the first 100 are only marked in the table",
    ..EVERYTHING
};

const DELTAS: Detail = Detail {
    has_costs: false,
    given_up: "long names lack their middle, only differences are shown, and broken limits beyond the first 100 are only \
               marked in the table",
    ..SHORT
};

const CHANGED: Detail = Detail {
    has_unchanged: false,
    given_up: "long names lack their middle, only differences are shown, functions without one are counted, and broken \
               limits beyond the first 100 are only marked in the table",
    ..DELTAS
};

const STEPS: [Detail; 8] = [
    EVERYTHING,
    SHORT,
    DELTAS,
    CHANGED,
    Detail {
        rows: 5_000,
        given_up: "only the 5000 largest differences of each comparison are shown",
        ..CHANGED
    },
    Detail {
        rows: 1_000,
        given_up: "only the 1000 largest differences of each comparison are shown",
        ..CHANGED
    },
    Detail {
        rows: 100,
        given_up: "only the 100 largest differences of each comparison are shown",
        ..CHANGED
    },
    Detail {
        broken: 5,
        rows: 5,
        given_up: "only the 5 largest differences and the 5 worst broken limits of each comparison are shown",
        ..CHANGED
    },
];

impl Detail {
    /// The cells of a change that are left out.
    fn skipped(self) -> usize {
        if self.has_costs { 0 } else { 2 }
    }
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
    let _ = writeln!(text, "\n**{broken}**\n\n<pre>");
    for violation in violations.iter().take(detail.broken) {
        let level = violation.level.name();
        // A message is a name with some numbers.
        let message = shortened_to(&violation.message, detail.name + 160);
        let limit = shortened_to(&violation.limit, detail.name);
        let _ = writeln!(text, "{level}  {} [{}]", preformatted(&message), preformatted(&limit));
        if text.len() > SUMMARY_LIMIT {
            return;
        }
    }
    if violations.len() > detail.broken {
        let more = present::count(violations.len() - detail.broken, "more limit", "is", "are");
        let _ = writeln!(text, "and {more} broken");
    }
    text.push_str("</pre>\n");
}

fn functions(text: &mut String, comparison: &Comparison, detail: Detail) {
    let all = &comparison.functions;
    if all.is_empty() {
        return;
    }
    let broken: HashSet<&str> =
        comparison.violations.iter().filter_map(|violation| violation.function.as_deref()).collect();
    let is_shown = |row: &&FunctionChange| {
        detail.has_unchanged || row.flat.delta.as_f64() != 0.0 || row.cum.delta.as_f64() != 0.0
    };
    let shown = || all.iter().filter(is_shown).take(detail.rows);
    let summary = present::count(all.len(), "function", "", "");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n<details><summary>{}</summary>\n<pre>", summary.trim_end());
    let header = if detail.has_costs {
        &["flat base", "new", "delta", "change", "cum base", "new", "delta", "change"][..]
    } else {
        &["flat", "change", "cum", "change"]
    };
    row(text, ' ', header.iter().map(|&cell| cell.to_owned()), "function (! breaks a limit)");
    for function in shown() {
        let name = shortened_to(&function.name, detail.name);
        let numbers = [&function.flat, &function.cum].into_iter();
        let numbers = numbers.flat_map(|change| cells(comparison, change).into_iter().skip(detail.skipped()));
        let mark = if broken.contains(&*function.name) { '!' } else { ' ' };
        row(text, mark, numbers, &preformatted(&name));
        if text.len() > SUMMARY_LIMIT {
            return;
        }
    }
    let left_out = all.len() - shown().count();
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{}",
            present::count(left_out, "more function", "is not listed", "are not listed")
        );
    }
    text.push_str("</pre>\n</details>\n\n");
}

/// Adds a line: a mark, right-aligned cells that are as wide as most of them, and what they belong to.
fn row(text: &mut String, mark: char, cells: impl Iterator<Item = String>, name: &str) {
    text.push(mark);
    for cell in cells {
        // Writing to a string cannot fail.
        let _ = write!(text, "{cell:>9} ");
    }
    text.push(' ');
    text.push_str(name);
    text.push('\n');
}

/// Both costs, their difference, and the difference as a part.
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
