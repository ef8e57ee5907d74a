//! A verdict and what the base branch and the label agree to, to what counts.
//!
//! The verdict comes from a job that runs the pull request's code under the pull request's configuration, so what was
//! accepted there is a claim. What counts is what the pull request cannot edit.

use jiff::civil::Date;

use crate::config::ConfigFile;
use crate::error::ExitCode;
use crate::report::{markdown_code, markdown_text};
use crate::verdict::{Level, Outcome, Verdict, Violation};

/// How many functions are named in a note.
const NAMED: usize = 5;

/// The configuration of the base branch.
#[derive(Debug)]
pub(super) struct Agreement {
    /// What notes call it.
    pub(super) place: String,
    pub(super) config: ConfigFile,
}

/// What a verdict comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether a job that enforces the verdict stops: limits are broken, or open where that was to fail, and nobody
    /// agreed to it.
    pub(super) is_broken: bool,
    /// What a job that enforces the verdict exits with.
    pub(super) exit_code: ExitCode,
    /// What to say about agreements, in markdown.
    pub(super) notes: Vec<String>,
    verdict: Verdict,
    /// Whether it is broken by what the report calls accepted.
    is_turned: bool,
}

impl Standing {
    /// What `outcome` comes to with the `[[accept]]` of `agreement` instead of those it was judged with, on `today`.
    /// `label` is one that the pull request has, with the commit that it was first seen with and the last one.
    pub(super) fn of(
        outcome: &Outcome,
        agreement: Option<&Agreement>,
        label: Option<(&str, (&str, &str))>,
        today: Date,
    ) -> Self {
        let mut standing = Self {
            is_broken: outcome.exit_code != ExitCode::Pass,
            is_turned: false,
            exit_code: outcome.exit_code,
            notes: Vec::new(),
            verdict: outcome.verdict,
        };
        if let Some(agreement) = agreement {
            standing.hold_to(agreement, outcome, today);
        }
        if let Some((label, (agreed, head))) = label.filter(|_| standing.is_broken) {
            let label = markdown_code(label);
            if agreed == head {
                standing.is_broken = false;
                standing.exit_code = ExitCode::Pass;
                standing.notes.push(format!("**Acknowledged** by the label {label}."));
            } else {
                standing.notes.push(format!(
                    "The label {label} was set for {} and does not count for what was pushed later; remove it and \
                     set it again to acknowledge this.",
                    markdown_code(agreed)
                ));
            }
        }
        standing
    }

    /// Whether there is nothing to look at.
    pub(super) fn is_well(&self) -> bool {
        !self.is_broken && self.verdict == Verdict::Pass
    }

    /// The heading of a comment, where it is not that of the report.
    pub(super) fn heading(&self) -> Option<&'static str> {
        self.is_turned
            .then_some("### ❌ profgate: fail · limits are broken that the base branch does not accept")
    }

    fn hold_to(&mut self, agreement: &Agreement, outcome: &Outcome, today: Date) {
        let accepts: Vec<_> =
            agreement.config.accepted.iter().filter(|accept| !accept.value.has_expired(today)).collect();
        let is_agreed = |violation: &Violation| {
            violation.function.as_deref().is_some_and(|name| {
                accepts.iter().any(|accept| accept.value.functions.is_match(name.as_bytes()))
            })
        };
        let comparisons = || outcome.comparisons.iter();
        let broken = || comparisons().flat_map(|comparison| &comparison.violations);
        let claimed =
            || comparisons().flat_map(|comparison| &comparison.accepted).map(|accepted| &accepted.violation);
        let is_fail = |violation: &&Violation| violation.level == Level::Fail;
        let open: Vec<_> = broken().filter(is_fail).filter(|violation| !is_agreed(violation)).collect();
        let unagreed: Vec<_> = claimed().filter(is_fail).filter(|violation| !is_agreed(violation)).collect();
        let place = markdown_text(&agreement.place);
        if outcome.verdict == Verdict::Fail
            && open.is_empty()
            && broken().any(|violation| violation.level == Level::Fail)
        {
            self.is_broken = false;
            self.exit_code = ExitCode::Pass;
            self.notes.push(format!(
                "**Acknowledged** by {place}, which accepts every function that is named here."
            ));
        }
        if !unagreed.is_empty() {
            self.is_turned = outcome.verdict != Verdict::Fail;
            self.is_broken = true;
            self.exit_code = ExitCode::Fail;
            let mut names: Vec<_> = unagreed
                .iter()
                .filter_map(|violation| violation.function.as_deref())
                .map(markdown_code)
                .collect();
            names.sort();
            names.dedup();
            let more = if names.len() > NAMED { ", …" } else { "" };
            names.truncate(NAMED);
            self.notes.push(format!(
                "**Broken limits count here** although this pull request's own configuration accepts them: {}{more}. \
                 {place} does not.",
                names.join(", ")
            ));
        }
        let mut base: Vec<_> = agreement.config.limits.iter().map(|limit| limit.value.expression()).collect();
        let mut own: Vec<_> = outcome.limits.iter().map(|limit| limit.expression.clone()).collect();
        base.sort();
        own.sort();
        if !base.is_empty() && base != own {
            self.notes.push(format!("The limits in force are not those of {place}."));
        }
    }
}
