//! The comparison as markdown for a pull-request comment: the verdict first, evidence as far as there is room.

use std::fmt::Write as _;

use super::escape::{markdown_code, markdown_text};
use super::present;
use crate::verdict::{Change, Comparison, FunctionChange, Metric, Outcome, Verdict};

/// The largest comment profgate writes, in bytes; GitHub refuses 65,536 characters.
pub const MARKDOWN_LIMIT: usize = 60_000;

/// Rows of a comparison that stand open; the rest folds away.
const OPEN_ROWS: usize = 10;

/// Broken limits of a comparison that stand open.
const OPEN_VIOLATIONS: usize = 20;

/// Room kept for what is said about rows that were left out.
const CLOSING: usize = 200;

/// Text that stops growing at a limit, and remembers what it left out.
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    /// Adds text whatever its length.
    fn say(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(text);
    }

    fn has_room_for(&self, more: usize) -> bool {
        self.text.len() + more + CLOSING <= MARKDOWN_LIMIT
    }

    /// Adds `lines` if all of them fit.
    fn add(&mut self, lines: &str) -> bool {
        let fits = self.has_room_for(lines.len());
        if fits {
            self.text.push_str(lines);
        }
        fits
    }
}

/// Renders `outcome`, at most `top` functions of each comparison, never more than [`MARKDOWN_LIMIT`] bytes.
#[must_use]
pub fn markdown(outcome: &Outcome, top: usize) -> String {
    let sign = match outcome.verdict {
        Verdict::Pass => "✅",
        Verdict::Warn => "⚠️",
        Verdict::Inconclusive => "❔",
        Verdict::Fail => "❌",
    };
    let mut page = Page { text: String::new(), left_out: 0 };
    let headline = markdown_text(&clipped(&outcome.headline, 600));
    page.say(format_args!("### {sign} profgate: {} · {headline}\n", outcome.verdict.name()));
    for comparison in &outcome.comparisons {
        violations(&mut page, comparison);
    }
    for comparison in &outcome.comparisons {
        functions(&mut page, comparison, top);
    }
    notes(&mut page, outcome);
    if page.left_out > 0 {
        let left_out = present::count(page.left_out, "line", "was", "were");
        page.say(format_args!("\n{left_out} left out for want of room; the JSON report has all of them.\n"));
    }
    page.text
}

/// `text` cut at `length` characters.
fn clipped(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Adds a table; rows that do not fit are counted.
fn table(page: &mut Page, header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let alignment: String =
        header.iter().enumerate().map(|(at, _)| if at == 0 { "|:--" } else { "|--:" }).collect();
    if !page.add(&format!("\n| {} |\n{alignment}|\n", header.join(" | "))) {
        page.left_out += rows.count();
        return;
    }
    let mut is_full = false;
    for row in rows {
        is_full = is_full || !page.add(&format!("| {} |\n", row.join(" | ")));
        page.left_out += usize::from(is_full);
    }
}

fn violations(page: &mut Page, comparison: &Comparison) {
    if comparison.violations.is_empty() {
        return;
    }
    let broken = present::count(comparison.violations.len(), "limit", "is broken", "are broken");
    page.add(&format!("\n**{}: {broken}**\n", markdown_text(&present::title(comparison))));
    let metric = &comparison.metric;
    let row = |violation: &crate::verdict::Violation| {
        let name =
            violation.function.as_deref().map_or_else(|| "the whole profile".to_owned(), markdown_code);
        let change = find(comparison, violation.function.as_deref(), violation.measure);
        let from_to = change.map_or_else(String::new, |change| from_to(change, metric));
        let relative = change.map_or_else(String::new, present::change);
        let limit = format!("{} ({})", markdown_text(&clipped(&violation.limit, 80)), violation.level.name());
        vec![name, violation.measure.name().to_owned(), from_to, relative, limit]
    };
    let header = ["takes more than allowed", "measure", "base → new", "change", "limit"];
    table(page, &header, comparison.violations.iter().take(OPEN_VIOLATIONS).map(row));
    let rest = comparison.violations.get(OPEN_VIOLATIONS..).unwrap_or_default();
    if !rest.is_empty() && page.has_room_for(200) {
        page.say(format_args!("\n<details><summary>{} more</summary>\n", rest.len()));
        table(page, &header, rest.iter().map(row));
        page.text.push_str("\n</details>\n");
    }
}

fn find<'a>(
    comparison: &'a Comparison,
    function: Option<&str>,
    measure: crate::verdict::Measure,
) -> Option<&'a Change> {
    match function {
        None => Some(&comparison.total),
        Some(name) => {
            comparison.functions.iter().find(|row| row.name == name).map(|row| row.measured(measure))
        }
    }
}

fn from_to(change: &Change, metric: &Metric) -> String {
    format!("{} → {}", present::cost(change.base, metric), present::cost(change.new, metric))
}

fn functions(page: &mut Page, comparison: &Comparison, top: usize) {
    let metric = &comparison.metric;
    let side = |runs, cost| present::side(runs, cost, metric);
    let heading = format!(
        "\n**{}**: base {}, new {}, total {} {}\n",
        markdown_text(&present::title(comparison)),
        side(&comparison.base, comparison.total.base),
        side(&comparison.new, comparison.total.new),
        present::delta(comparison.total.delta, metric),
        present::change(&comparison.total),
    );
    if !page.add(&heading) {
        page.left_out += 1;
        return;
    }
    let cell = |change: &Change| {
        let delta = present::delta(change.delta, metric);
        format!("{delta} {}", present::change(change)).trim_end().to_owned()
    };
    let row = |row: &FunctionChange| {
        let (flat, cum) = (&row.flat, &row.cum);
        vec![markdown_code(&row.name), from_to(flat, metric), cell(flat), from_to(cum, metric), cell(cum)]
    };
    let header = ["function", "flat base → new", "flat delta", "cum base → new", "cum delta"];
    let shown = &comparison.functions[..comparison.functions.len().min(top)];
    let (open, folded) = shown.split_at(shown.len().min(OPEN_ROWS));
    if !open.is_empty() {
        table(page, &header, open.iter().map(row));
    }
    if !folded.is_empty() && page.has_room_for(200) {
        let more = present::count(folded.len(), "more function", "", "");
        page.say(format_args!("\n<details><summary>{}</summary>\n", more.trim_end()));
        table(page, &header, folded.iter().map(row));
        page.text.push_str("\n</details>\n");
    }
}

fn notes(page: &mut Page, outcome: &Outcome) {
    let mut lines = Vec::new();
    for comparison in &outcome.comparisons {
        for accepted in &comparison.accepted {
            let until = accepted.until.map_or_else(String::new, |day| format!(" until {day}"));
            let message = clipped(&accepted.violation.message, 400);
            let reason = clipped(&accepted.reason, 400);
            lines.push(format!(
                "- accepted{until}: {} ({})\n",
                markdown_text(&message),
                markdown_text(&reason)
            ));
        }
        for caveat in &comparison.caveats {
            let message = markdown_text(&clipped(&caveat.message, 400));
            lines.push(format!("- {message} ({})\n", caveat.code.as_str()));
        }
    }
    for limit in &outcome.limits {
        let expression = clipped(&limit.expression(), 300);
        let origin = if limit.is_builtin { " (built in)" } else { "" };
        lines.push(format!("- limit {}{origin}\n", markdown_code(&expression)));
    }
    lines.dedup();
    if !lines.is_empty() {
        page.add("\n<details><summary>Notes and limits</summary>\n\n");
        for line in lines {
            if !page.add(&line) {
                page.left_out += 1;
            }
        }
        page.text.push_str("\n</details>\n");
    }
}
