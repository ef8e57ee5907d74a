//! Broken limits to a code quality report of GitLab, shown beside a merge request.

use serde::Serialize;

use super::escape::sentence;
use super::fingerprint::{RULES, fingerprint, rule};
use super::places::{Place, Places, RowPlaces};
use crate::verdict::{Level, Outcome};

/// Where a finding is shown that has no place in the repository: GitLab wants a path for each.
const NOWHERE: &str = "profgate.toml";

/// A finding ("Code Quality", custom tool, in GitLab's documentation).
#[derive(Serialize)]
struct Finding {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    /// info, minor, major, critical or blocker.
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: i64,
}

/// Renders the broken limits of `outcome` as a JSON list, empty when they hold.
///
/// What lies outside of the repository is shown where the limits stand, and without a configuration at a
/// `profgate.toml` that need not exist.
#[must_use]
pub fn gitlab_codequality(outcome: &Outcome, places: &Places<'_>) -> String {
    let mut findings = Vec::new();
    for comparison in &outcome.comparisons {
        let rows = RowPlaces::new(comparison, places);
        findings.extend(comparison.violations.iter().map(|violation| {
            let nowhere = || Place { path: NOWHERE.to_owned(), line: None };
            let Place { path, line } = rows.of_any(violation).unwrap_or_else(nowhere);
            Finding {
                description: sentence(&violation.message),
                check_name: RULES[rule(violation)].id,
                fingerprint: fingerprint(comparison, violation),
                severity: match violation.level {
                    Level::Fail => "major",
                    Level::Warn => "minor",
                },
                location: Location { path, lines: Lines { begin: line.unwrap_or(1) } },
            }
        }));
    }
    super::json::with_newline(serde_json::to_string_pretty(&findings))
}
