//! The comparison as text for a person at a terminal or reading a build log.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Ansi};
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::escape::{sentence, shortened, visible};
use super::present;
use crate::verdict::{Change, Comparison, FunctionChange, Outcome, Status, Undecided, Verdict, Violation};

/// How words that matter stand out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    good: Ansi,
    bad: Ansi,
    doubtful: Ansi,
    faint: Ansi,
    strong: Ansi,
}

impl Style {
    /// No colours.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// The colours of a terminal.
    #[must_use]
    pub fn coloured() -> Self {
        let bold = |colour: AnsiColor| colour.on_default().bold();
        Self {
            good: bold(AnsiColor::Green),
            bad: bold(AnsiColor::Red),
            doubtful: bold(AnsiColor::Yellow),
            faint: Ansi::new().dimmed(),
            strong: Ansi::new().bold(),
        }
    }

    fn of(self, verdict: Verdict) -> Ansi {
        match verdict {
            Verdict::Pass => self.good,
            Verdict::Fail => self.bad,
            Verdict::Warn | Verdict::Inconclusive => self.doubtful,
        }
    }

    fn of_status(self, row: &FunctionChange) -> Ansi {
        let either = |status| row.flat.status == status || row.cum.status == status;
        if either(Status::Regressed) {
            self.bad
        } else if either(Status::Improved) {
            self.good
        } else {
            Ansi::new()
        }
    }
}

fn paint(style: Ansi, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Renders `outcome` with at most `top` functions of each comparison.
#[must_use]
pub fn terminal(outcome: &Outcome, top: usize, style: Style) -> String {
    let mut text = String::new();
    let verdict = paint(style.of(outcome.verdict), &outcome.verdict.name().to_uppercase());
    line(&mut text, &format!("{verdict}  {}", sentence(&outcome.headline)));
    for comparison in &outcome.comparisons {
        text.push('\n');
        render(&mut text, comparison, top, style);
    }
    text.push('\n');
    let heading = if outcome.limits.iter().all(|limit| limit.is_builtin) {
        "Limits (built in, as neither a configuration nor --limit gives any):"
    } else {
        "Limits:"
    };
    line(&mut text, &paint(style.strong, heading));
    for limit in &outcome.limits {
        let name = if limit.name == limit.expression { String::new() } else { format!("{}: ", limit.name) };
        line(&mut text, &format!("  {}{}", visible(&name), visible(&limit.expression)));
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn render(text: &mut String, comparison: &Comparison, top: usize, style: Style) {
    let metric = &comparison.metric;
    let verdict = paint(style.of(comparison.verdict), comparison.verdict.name());
    let title = sentence(&present::title(comparison));
    line(text, &format!("{}  {verdict}", paint(style.strong, &title)));
    let side = |runs, cost| present::side(runs, cost, metric);
    line(text, &format!("  base   {}", side(&comparison.base, comparison.total.base)));
    line(text, &format!("  new    {}", side(&comparison.new, comparison.total.new)));
    let total = &comparison.total;
    let change = format!("{} {}", present::delta(total.delta, metric), present::change(total));
    line(text, format!("  total  {} {}", change.trim_end(), present::interval(total)).trim_end());
    line(text, &format!("  basis  {}", present::method(comparison)));
    if let Some(resolution) = present::resolution(comparison) {
        line(text, &format!("  power  {resolution}"));
    }
    origins(text, comparison);
    violations(text, &comparison.violations, top, style);
    undecided(text, &comparison.undecided, style);
    for accepted in &comparison.accepted {
        let until = accepted.until.map_or_else(String::new, |day| format!(" until {day}"));
        let message = sentence(&accepted.violation.message);
        line(text, &format!("  accepted{until}: {message} ({})", sentence(&accepted.reason)));
    }
    let rows = &comparison.functions[..comparison.functions.len().min(top)];
    if !rows.is_empty() {
        text.push('\n');
        functions(text, comparison, rows, style);
    }
    if rows.iter().any(|row| !present::mark(&row.flat).is_empty() || !present::mark(&row.cum).is_empty()) {
        line(text, &paint(style.faint, "  ~ within its limit for certain, ? cannot be told from noise"));
    }
    let hidden = comparison.functions.len() - rows.len();
    if hidden > 0 {
        let more =
            format!("  {} not shown; --top N shows more", present::count(hidden, "function", "is", "are"));
        line(text, &paint(style.faint, &more));
    }
    for caveat in &comparison.caveats {
        let code = paint(style.doubtful, caveat.code.as_str());
        line(text, &format!("  note [{code}] {}", sentence(&caveat.message)));
    }
}

fn origins(text: &mut String, comparison: &Comparison) {
    for (side, runs) in [("base", &comparison.base), ("new", &comparison.new)] {
        if let Some(origin) = present::origin(runs) {
            line(text, &format!("  {side:6} was captured from {}", sentence(&origin)));
        }
    }
}

fn violations(text: &mut String, violations: &[Violation], top: usize, style: Style) {
    if violations.is_empty() {
        return;
    }
    text.push('\n');
    let broken = present::count(violations.len(), "limit", "is broken:", "are broken:");
    line(text, &paint(style.strong, &format!("  {broken}")));
    for violation in violations.iter().take(top) {
        let level = match violation.level {
            crate::verdict::Level::Fail => paint(style.bad, "fail"),
            crate::verdict::Level::Warn => paint(style.doubtful, "warn"),
        };
        line(text, &format!("  {level}  {} [{}]", sentence(&violation.message), sentence(&violation.limit)));
    }
    let hidden = violations.len().saturating_sub(top);
    if hidden > 0 {
        let more = format!("  {} not shown", present::count(hidden, "broken limit", "is", "are"));
        line(text, &paint(style.faint, &more));
    }
}

fn undecided(text: &mut String, undecided: &[Undecided], style: Style) {
    if undecided.is_empty() {
        return;
    }
    text.push('\n');
    line(text, &paint(style.strong, "  The data cannot tell:"));
    for open in undecided {
        let mark = paint(style.doubtful, "open");
        line(text, &format!("  {mark}  {} [{}]", sentence(&open.message), sentence(&open.limit)));
    }
}

fn functions(text: &mut String, comparison: &Comparison, rows: &[FunctionChange], style: Style) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let is_tested = rows.iter().any(|row| row.flat.evidence.is_some());
    let of_measure = |base: &'static str| {
        let columns = [base, "new", "delta", "change", "interval", "q"];
        columns.into_iter().take(if is_tested { columns.len() } else { 4 })
    };
    let header: Vec<&str> =
        of_measure("flat base").chain(of_measure("cum base")).chain(["function"]).collect();
    table.set_header(header.iter().copied());
    for row in rows {
        let cells = [&row.flat, &row.cum].into_iter().flat_map(|change| cells(comparison, change, is_tested));
        let name = visible(&shortened(&row.name)).into_owned();
        table.add_row(cells.chain([name]).map(Cell::new).collect::<Vec<_>>());
    }
    for column in 0..header.len() - 1 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let styles = std::iter::once(style.strong).chain(rows.iter().map(|row| style.of_status(row)));
    for (rendered, style) in table.lines().zip(styles) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, " {}", paint(style, rendered.trim_end()));
    }
}

fn cells(comparison: &Comparison, change: &Change, is_tested: bool) -> Vec<String> {
    let metric = &comparison.metric;
    let mut cells = vec![
        present::cost(change.base, metric),
        present::cost(change.new, metric),
        present::delta(change.delta, metric),
        format!("{}{}", present::change(change), present::mark(change)),
    ];
    if is_tested {
        cells.extend([present::interval(change), present::q(change)]);
    }
    cells
}
