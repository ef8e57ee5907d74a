//! The comparison as markdown for a pull-request comment: the verdict first, evidence as far as there is room.

use std::fmt::Write as _;

use super::escape::{markdown_code, markdown_text, shortened};
use super::{call_paths, present};
use crate::verdict::{Change, Comparison, FunctionChange, Metric, Outcome, Verdict, Violation};

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
    let headline = markdown_text(&outcome.headline);
    page.say(format_args!("### {sign} profgate: {} · {headline}\n", outcome.verdict.name()));
    for comparison in &outcome.comparisons {
        violations(&mut page, comparison);
    }
    for comparison in &outcome.comparisons {
        undecided(&mut page, comparison);
    }
    for comparison in &outcome.comparisons {
        functions(&mut page, comparison, top);
    }
    artifacts(&mut page, outcome);
    notes(&mut page, outcome);
    if page.left_out > 0 {
        let left_out = present::count(page.left_out, "line", "was", "were");
        page.say(format_args!("\n{left_out} left out for want of room; the JSON report has all of them.\n"));
    }
    page.text
}

/// Adds a table as far as it fits; rows that do not are counted, and not even formatted.
fn table<T>(page: &mut Page, header: &[&str], rows: &[T], cells: impl Fn(&T) -> Vec<String>) {
    let alignment: String =
        header.iter().enumerate().map(|(at, _)| if at == 0 { "|:--" } else { "|--:" }).collect();
    let mut fits = page.add(&format!("\n| {} |\n{alignment}|\n", header.join(" | ")));
    for (at, row) in rows.iter().enumerate() {
        fits = fits && page.add(&format!("| {} |\n", cells(row).join(" | ")));
        if !fits {
            page.left_out += rows.len() - at;
            return;
        }
    }
}

/// Adds a table that folds away under `summary`.
fn folded<T>(page: &mut Page, summary: &str, header: &[&str], rows: &[T], cells: impl Fn(&T) -> Vec<String>) {
    if rows.is_empty() {
        return;
    }
    if !page.has_room_for(200) {
        page.left_out += rows.len();
        return;
    }
    page.say(format_args!("\n<details><summary>{summary}</summary>\n"));
    table(page, header, rows, cells);
    page.text.push_str("\n</details>\n");
}

fn violations(page: &mut Page, comparison: &Comparison) {
    let all = &comparison.violations;
    if all.is_empty() {
        return;
    }
    let broken = present::count(all.len(), "limit", "is broken", "are broken");
    if !page.add(&format!("\n**{}: {broken}**\n", markdown_text(&present::title(comparison)))) {
        page.left_out += all.len();
        return;
    }
    let cells = |violation: &Violation| {
        let name =
            violation.function.as_deref().map_or_else(|| "the whole profile".to_owned(), markdown_code);
        let change = &violation.change;
        let limit = format!("{} ({})", markdown_text(&shortened(&violation.limit)), violation.level.name());
        let from_to = from_to(change, &comparison.metric);
        vec![name, violation.measure.name().to_owned(), from_to, present::change(change), limit]
    };
    let header = ["takes more than allowed", "measure", "base → new", "change", "limit"];
    let (open, rest) = all.split_at(all.len().min(OPEN_VIOLATIONS));
    table(page, &header, open, cells);
    folded(page, &format!("{} more", rest.len()), &header, rest, cells);
    for (violation, behind) in open.iter().zip(&comparison.call_paths) {
        page.left_out += usize::from(!page.add(&call_paths::passage(comparison, violation, behind)));
    }
}

/// Names the files in which there is more to see.
fn artifacts(page: &mut Page, outcome: &Outcome) {
    let names: Vec<String> = outcome.artifacts.iter().map(|name| markdown_code(name)).collect();
    if !names.is_empty() {
        page.add(&format!("\nMore in {}.\n", names.join(", ")));
    }
}

/// Says which limits the data leave open, and what would settle them.
fn undecided(page: &mut Page, comparison: &Comparison) {
    if comparison.undecided.is_empty() {
        return;
    }
    let heading = format!("\n**{}: the data cannot tell**\n\n", markdown_text(&present::title(comparison)));
    if !page.add(&heading) {
        page.left_out += comparison.undecided.len();
        return;
    }
    list(page, comparison.undecided.iter(), |open| {
        format!("- {} ({})\n", markdown_text(&open.message), markdown_text(&shortened(&open.limit)))
    });
}

fn from_to(change: &Change, metric: &Metric) -> String {
    format!("{} → {}", present::cost(change.base, metric), present::cost(change.new, metric))
}

fn functions(page: &mut Page, comparison: &Comparison, top: usize) {
    let shown = &comparison.functions[..comparison.functions.len().min(top)];
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
    let resolution = present::resolution(comparison).map_or_else(String::new, |said| format!("; {said}"));
    let heading = format!("{heading}\n<sub>{}{resolution}</sub>\n", present::method(comparison));
    if !page.add(&heading) {
        page.left_out += 1 + shown.len();
        return;
    }
    let cell = |change: &Change| {
        let delta = present::delta(change.delta, metric);
        let interval = present::interval(change);
        let interval =
            if interval.is_empty() { interval } else { format!(" ({interval}, q {})", present::q(change)) };
        let mark = present::mark(change);
        let change = present::change(change);
        let gap = if change.is_empty() { "" } else { " " };
        format!("{delta}{gap}{change}{mark}{interval}")
    };
    let cells = |row: &FunctionChange| {
        let (flat, cum) = (&row.flat, &row.cum);
        vec![markdown_code(&row.name), from_to(flat, metric), cell(flat), from_to(cum, metric), cell(cum)]
    };
    let header = ["function", "flat base → new", "flat delta", "cum base → new", "cum delta"];
    let (open, rest) = shown.split_at(shown.len().min(OPEN_ROWS));
    if !open.is_empty() {
        table(page, &header, open, cells);
    }
    let more = present::count(rest.len(), "more function", "", "");
    folded(page, more.trim_end(), &header, rest, cells);
}

fn notes(page: &mut Page, outcome: &Outcome) {
    if !page.add("\n<details><summary>Notes and limits</summary>\n\n") {
        page.left_out += 1;
        return;
    }
    let comparisons = &outcome.comparisons;
    list(page, comparisons.iter().flat_map(|comparison| &comparison.accepted), |accepted| {
        let until = accepted.until.map_or_else(String::new, |day| format!(" until {day}"));
        let message = markdown_text(&accepted.violation.message);
        format!("- accepted{until}: {message} ({})\n", markdown_text(&accepted.reason))
    });
    let sides =
        comparisons.iter().flat_map(|comparison| [("base", &comparison.base), ("new", &comparison.new)]);
    let origins = sides.filter_map(|(side, runs)| Some((side, present::origin(runs)?)));
    list(page, origins, |(side, origin)| format!("- {side} captured from {}\n", markdown_text(&origin)));
    list(page, comparisons.iter().flat_map(|comparison| &comparison.caveats), |caveat| {
        format!("- {} ({})\n", markdown_text(&caveat.message), caveat.code.as_str())
    });
    list(page, outcome.limits.iter(), |limit| {
        let origin = if limit.is_builtin { " (built in)" } else { "" };
        format!("- limit {}{origin}\n", markdown_code(&limit.expression))
    });
    page.text.push_str("\n</details>\n");
}

/// Adds a line for each item as far as they fit, equal neighbours once; lines that do not fit are counted, and not
/// even formatted.
fn list<T>(page: &mut Page, items: impl Iterator<Item = T>, line: impl Fn(T) -> String) {
    let mut last = String::new();
    let mut fits = true;
    for item in items {
        if fits {
            let line = line(item);
            fits = line == last || page.add(&line);
            last = line;
        }
        page.left_out += usize::from(!fits);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn rows_behind_a_full_page_are_counted_and_not_formatted() {
        let formatted = Cell::new(0);
        let render = || {
            formatted.set(formatted.get() + 1);
            "x".repeat(1_000)
        };
        let rows = [(); 10_000];
        let mut page = Page { text: String::new(), left_out: 0 };
        table(&mut page, &["name"], &rows, |()| vec![render()]);
        let shown = page.text.matches("xx |").count();
        assert!(shown > 50, "{shown} rows fit");
        assert_eq!(page.left_out, 10_000 - shown);
        folded(&mut page, "more", &["name"], &rows, |()| vec![render()]);
        assert_eq!(page.left_out, 20_000 - shown);
        list(&mut page, 0..100, |number| format!("{number}{}\n", render()));
        assert_eq!(page.left_out, 20_100 - shown);
        assert_eq!(formatted.get(), shown + 3, "each takes one to see that the page is full");
    }
}
