//! Trends as text: a sparkline for each number, and a line for each change of its level.

use std::fmt::Write as _;

use super::{Series, Trend};
use crate::report::escape::{shortened, visible};

/// Eighths of a line's height (Unicode block elements).
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Renders `trend`.
#[must_use]
pub fn trend_terminal(trend: &Trend) -> String {
    let mut text = String::new();
    let ends = trend.commits.first().zip(trend.commits.last());
    let span = ends.map_or_else(String::new, |(first, last)| {
        format!(", from {} ({}) to {} ({})", first.commit, first.day, last.commit, last.day)
    });
    let count = trend.commits.len();
    let plural = if count == 1 { "" } else { "s" };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}: {count} commit{plural}{span}", visible(&trend.title));
    let mut metric = "";
    for series in &trend.series {
        if series.metric != metric {
            metric = &series.metric;
            let _ = writeln!(text, "\n{}", visible(metric));
        }
        let name = shortened(&series.name);
        let _ = writeln!(
            text,
            "  {}  {}  {} ({})",
            sparkline(series),
            series.summary(),
            visible(&name),
            series.measure
        );
        if series.is_creeping {
            let _ = writeln!(text, "  {}~ creeps", " ".repeat(trend.commits.len().saturating_sub(1)));
        }
        for step in &series.steps {
            let Some(commit) = trend.commits.get(step.at) else { continue };
            let _ = writeln!(
                text,
                "  {}^ since {} ({}): {}",
                " ".repeat(step.at),
                commit.commit,
                commit.day,
                series.between(step.before, step.after)
            );
        }
    }
    text
}

/// A bar for each commit, a blank where there is no value.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of 8 is a small index")]
fn sparkline(series: &Series) -> String {
    let (low, high) = series.range();
    let bar = |value: &Option<f64>| match value {
        None => ' ',
        Some(value) => BARS[(((value - low) / (high - low) * 8.0) as usize).min(7)],
    };
    series.values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::trend::tests::example;

    #[test]
    fn every_number_has_a_line_and_every_step_its_commit() {
        let expected = "\
default, branch main: 8 commits, from c1 (2026-11-01) to c8 (2026-11-08)

cpu in nanoseconds
  ▁▁▁▁████  100ms → 121ms  +21.0%  main.slow (flat)
      ^ since c5 (2026-11-05): 100ms → 121ms  +21.0%
  ▅▅ ▅▅▅▅▅  5ms → 5ms  +0.0%  <b>&\\u{1b}\"]]> (flat)
         ~ creeps
";
        assert_eq!(trend_terminal(&example()), expected);
    }
}
