//! What functions cost from commit to commit, for people to see: text with sparklines, a drawing, a page.

mod svg;
mod terminal;

use crate::units;

pub use svg::{trend_html, trend_svg};
pub use terminal::trend_terminal;

/// What was measured of a branch, commit by commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// What was profiled, and on which branch.
    pub title: String,
    /// The commits, the oldest first.
    pub commits: Vec<Measured>,
    /// What was watched, in the order to show it in.
    pub series: Vec<Series>,
}

/// A commit that was profiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The commit, as people quote it.
    pub commit: String,
    /// The day it was made, or saved where that is not known.
    pub day: String,
}

/// One number from commit to commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What is measured: the function, or the whole profile.
    pub name: String,
    /// flat, cum or total.
    pub measure: &'static str,
    /// The comparison and the metric it belongs to.
    pub metric: String,
    /// The unit of the values.
    pub unit: String,
    /// The unit to show values in, `auto` for the one that suits each.
    pub shown_unit: String,
    /// The mean of a commit's runs, for each commit; `None` where it has no such profile.
    pub values: Vec<Option<f64>>,
    /// Where the level changed.
    pub steps: Vec<Step>,
    /// Whether it rises or falls too steadily for chance, without a step.
    pub is_creeping: bool,
}

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The first commit of the new level.
    pub at: usize,
    /// The mean of the level before.
    pub before: f64,
    /// The mean of the level after.
    pub after: f64,
    /// The chance of a change this clear if there was none.
    pub p_value: f64,
}

impl Step {
    /// The change as a part of the level before; `None` where that is 0.
    fn part(self) -> Option<f64> {
        (self.before != 0.0).then(|| (self.after - self.before) / self.before)
    }
}

impl Series {
    fn label(&self, value: f64) -> String {
        units::scaled_label(units::go_int(value.round()), &self.unit, &self.shown_unit)
    }

    /// The first and the last value that there is.
    fn ends(&self) -> Option<(f64, f64)> {
        let mut known = self.values.iter().flatten();
        let first = *known.next()?;
        Some((first, *known.next_back().unwrap_or(&first)))
    }

    /// The lowest and the highest value, at least a tenth apart, so that noise does not look like mountains.
    fn range(&self) -> (f64, f64) {
        let known = || self.values.iter().flatten().copied();
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        if low > high {
            return (0.0, 1.0);
        }
        let least = (low.abs().max(high.abs()) / 10.0).max(f64::MIN_POSITIVE);
        let missing = (least - (high - low)).max(0.0) / 2.0;
        (low - missing, high + missing)
    }

    /// What became of it in words: `1.20s → 1.45s  +20.8%`.
    fn summary(&self) -> String {
        self.ends().map_or_else(String::new, |(first, last)| self.between(first, last))
    }

    fn between(&self, from: f64, to: f64) -> String {
        let part = if from == 0.0 {
            String::new()
        } else {
            format!("  {}", units::signed_percent((to - from) / from))
        };
        format!("{} → {}{part}", self.label(from), self.label(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight commits, in the fifth of which the level rises.
    pub(super) fn example() -> Trend {
        let series = |name: &str, values: &[f64], steps: Vec<Step>| Series {
            name: name.to_owned(),
            measure: "flat",
            metric: "cpu in nanoseconds".to_owned(),
            unit: "nanoseconds".to_owned(),
            shown_unit: "auto".to_owned(),
            values: values.iter().map(|value| Some(*value * 1e6)).collect(),
            steps,
            is_creeping: false,
        };
        let step = Step { at: 4, before: 100e6, after: 121e6, p_value: 0.000_1 };
        let mut gap = series("<b>&\u{1b}\"]]>", &[5.0; 8], Vec::new());
        gap.is_creeping = true;
        gap.values[2] = None;
        Trend {
            title: "default, branch main".to_owned(),
            commits: (1..=8)
                .map(|day| Measured { commit: format!("c{day}"), day: format!("2026-11-0{day}") })
                .collect(),
            series: vec![
                series("main.slow", &[100.0, 101.0, 99.0, 100.0, 120.0, 121.0, 122.0, 121.0], vec![step]),
                gap,
            ],
        }
    }

    #[test]
    fn ranges_are_never_empty() {
        let mut series = example().series.remove(1);
        assert_eq!(series.range(), (4.75e6, 5.25e6));
        for values in [vec![], vec![None], vec![Some(0.0)]] {
            series.values = values;
            let (low, high) = series.range();
            assert!(low < high, "{low} {high}");
        }
    }
}
