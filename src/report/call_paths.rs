//! What is behind a broken limit to a passage of markdown that folds away.

use std::fmt::Write as _;

use super::escape::{markdown_code, markdown_literal, visible};
use super::present;
use crate::verdict::{CallPath, CallPaths, Caller, Comparison, Cost, Measure, RunSummary, Violation};

/// Frames of a path that are shown, those next to the cost.
const MOST_FRAMES: usize = 4;

/// The longest command that anybody would copy, in bytes; more files make it longer.
const LONGEST_COMMAND: usize = 1_500;

/// The call paths behind `violation`, its callers that grew, and how to see the same numbers in pprof.
pub(super) fn passage(comparison: &Comparison, violation: &Violation, behind: &CallPaths) -> String {
    let subject = violation.function.as_deref().map_or_else(|| "the total".to_owned(), markdown_code);
    let measure = match violation.measure {
        Measure::Total => "",
        measure => measure.name(),
    };
    let mut text = format!("\n<details><summary>Behind {subject} {measure}</summary>\n");
    if !behind.paths.is_empty() {
        text.push_str("\n| call path | own cost there | delta | first difference | source |\n");
        text.push_str("|:--|--:|--:|:--|:--|\n");
        for path in &behind.paths {
            row(&mut text, comparison, path);
        }
    }
    if !behind.callers.is_empty() {
        let grown: Vec<String> = behind.callers.iter().map(|caller| grown(comparison, caller)).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\nCallers under which it grew: {}.", grown.join(", "));
    }
    if let Some(command) = command(comparison, violation) {
        let _ = writeln!(text, "\nThe same in pprof: {}", markdown_literal(&command));
    }
    text.push_str("\n</details>\n");
    text
}

fn row(text: &mut String, comparison: &Comparison, path: &CallPath) {
    let metric = &comparison.metric;
    let left_out = path.frames.len().saturating_sub(MOST_FRAMES);
    let names: Vec<&str> = path.frames[left_out..].iter().map(|name| short_name(name)).collect();
    let shown = names.join(" › ");
    let shown = if left_out > 0 { format!("… › {shown}") } else { shown };
    let cost = |value: f64| present::cost(Cost::Mean(value), metric);
    let source = match (&path.file[..], path.line) {
        ("", _) => String::new(),
        (file, 0) => markdown_code(file),
        (file, line) => markdown_code(&format!("{file}:{line}")),
    };
    let cells = [
        markdown_code(&shown),
        format!("{} → {}", cost(path.base), cost(path.new)),
        present::delta(Cost::Mean(path.new - path.base), metric),
        path.frames.get(path.differs).map_or_else(String::new, |name| markdown_code(name)),
        source,
    ];
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

/// A name without the directories of its package, as in Go's own tracebacks.
fn short_name(name: &str) -> &str {
    let bare = name.find(['[', '(', '<']).map_or(name, |end| &name[..end]);
    bare.rfind('/').map_or(name, |slash| &name[slash + 1..])
}

fn grown(comparison: &Comparison, caller: &Caller) -> String {
    let added = present::delta(Cost::Mean(caller.new - caller.base), &comparison.metric);
    format!("{} {added}", markdown_code(&caller.name))
}

/// A command that prints the numbers of `violation`, `None` where pprof has no such command.
fn command(comparison: &Comparison, violation: &Violation) -> Option<String> {
    let (base, new) = (&comparison.base, &comparison.new);
    let runs = base.len();
    // pprof adds runs up; divided by their number they are means, if both sides have as many.
    if runs == 0 || new.len() != runs {
        return None;
    }
    let mut words = vec!["go tool pprof -top".to_owned()];
    words.extend((violation.measure == Measure::Cum).then(|| "-cum".to_owned()));
    words.extend(comparison.pprof_flags.iter().map(|flag| quoted(flag)));
    words.extend((runs > 1).then(|| format!("-divide_by={runs}")));
    let has_focus = comparison.pprof_flags.iter().any(|flag| flag.starts_with("-focus="));
    if let Some(name) = violation.function.as_deref().filter(|_| !has_focus) {
        words.push(quoted(&format!("-focus=^{}$", regex::escape(name))));
    }
    let source = |run: &RunSummary| quoted(&run.source);
    words.extend(base.iter().map(|run| format!("-diff_base={}", source(run))));
    words.extend(new.iter().map(source));
    let command = words.join(" ");
    let is_copied_whole = visible(&command) == command && command.len() <= LONGEST_COMMAND;
    is_copied_whole.then_some(command)
}

/// `word` as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
