//! The profiles so far to whether more runs are needed.

use super::files::Files;
use crate::cli::args::SettingArgs;
use crate::cli::plan;
use crate::error::{Error, ErrorKind, Result};
use crate::gate::{self, Plan};
use crate::source::{Pairing, Side, pair};
use crate::verdict::{Comparison, Verdict, headline};

/// Runs between two looks: each side has been first as often as the other.
pub(super) const STEP: u32 = 2;

/// When and how is looked at the profiles before the last run.
#[derive(Debug)]
pub(super) struct Settled {
    plan: Plan,
    runs: u32,
    most: u32,
    stops_early: bool,
}

/// What a look shows.
#[derive(Debug)]
pub(super) enum Look {
    /// No limit is undecided: the verdict, in words.
    Settled(String),
    /// The first thing that is undecided.
    Open(String),
}

impl Settled {
    /// Looks after every second run: from the first on if it may stop early, else when `runs` are done and go on to
    /// `most`.
    ///
    /// Each look is a chance for noise to break a limit. Together they have the chance that the configuration allows a
    /// gate: alpha is divided by their number (Bonferroni).
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub(super) fn plan(args: &SettingArgs, runs: u32, most: u32, stops_early: bool) -> Result<Self> {
        let directory = std::env::current_dir().map_err(|error| {
            Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
        })?;
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let plan = plan::plan(plan::effective(args, &directory)?, today)?;
        let mut settled = Self { plan, runs, most, stops_early };
        let looks = (1..=most).filter(|&run| settled.is_due(run)).count();
        settled.plan.alpha /= f64::from(u32::try_from(looks.max(1)).unwrap_or(u32::MAX));
        Ok(settled)
    }

    /// Whether to look after `run` runs of each side.
    pub(super) fn is_due(&self, run: u32) -> bool {
        let is_early = self.stops_early && run < self.runs && run.is_multiple_of(STEP);
        let is_late = run >= self.runs && (run - self.runs).is_multiple_of(STEP);
        run < self.most && (is_early || is_late)
    }

    /// Looks.
    ///
    /// # Errors
    /// When the profiles cannot be compared.
    pub(super) fn look(&self, files: &Files) -> Result<Look> {
        let side = |side: Side| [files.side(side).to_string_lossy().into_owned()];
        let (sources, _) = pair(&side(Side::Base), &side(Side::New), Pairing::ByPath)?;
        let each = sources.iter().map(|sources| gate::compare(sources, &self.plan, &|| ()));
        let comparisons = each.collect::<Result<Vec<_>>>()?.concat();
        gate::unused_limits(&self.plan.limits, &comparisons)?;
        Ok(look_at(&comparisons))
    }
}

fn look_at(comparisons: &[Comparison]) -> Look {
    let verdict = comparisons.iter().map(|comparison| comparison.verdict).max().unwrap_or(Verdict::Pass);
    let words = headline(comparisons);
    match verdict {
        Verdict::Inconclusive => Look::Open(words),
        Verdict::Pass | Verdict::Warn | Verdict::Fail => {
            Look::Settled(format!("{}, {words}", verdict.name()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(runs: u32, most: u32, stops_early: bool) -> Vec<u32> {
        let args = crate::cli::args::tests::no_settings();
        let settled = Settled::plan(&args, runs, most, stops_early).expect("the built-in limits");
        let due: Vec<u32> = (1..=most).filter(|&run| settled.is_due(run)).collect();
        let looks = f64::from(u32::try_from(due.len().max(1)).expect("few"));
        assert!((settled.plan.alpha * looks - 0.01).abs() < 1e-12, "{}", settled.plan.alpha);
        due
    }

    #[test]
    fn looks_come_after_every_second_run_and_never_after_the_last() {
        assert_eq!(due(6, 6, true), [2, 4]);
        assert_eq!(due(3, 8, false), [3, 5, 7]);
        assert_eq!(due(5, 8, true), [2, 4, 5, 7]);
        assert_eq!(due(5, 5, false), [0; 0]);
    }
}
