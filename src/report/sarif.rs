//! The broken limits as SARIF 2.1.0, for code scanning.
//!
//! Own structs for the small part of the format that is used; they are named as in the standard (OASIS, "Static Analysis
//! Results Interchange Format (SARIF) Version 2.1.0", section 3).

use std::fmt::Write as _;

use serde::Serialize;

use super::escape::{sentence, shortened, visible};
use super::fingerprint::{RULES, fingerprint, rule};
use super::places::{Place, Places, RowPlaces};
use crate::verdict::{AcceptedChange, Caveat, Comparison, Level, Outcome, Violation};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    results: Vec<SarifResult>,
    column_kind: &'static str,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportingDescriptor {
    id: &'static str,
    short_description: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    exit_code_description: String,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<DescriptorReference>,
    level: &'static str,
    message: Message,
}

#[derive(Serialize)]
struct DescriptorReference {
    id: &'static str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Suppression>,
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "profgate/v1")]
    v1: String,
}

#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

/// Renders the broken limits of `outcome` as results, accepted ones as suppressed, limits that
/// stay open and caveats as notifications.
///
/// What lies outside of the repository is shown where the limits stand, and has a logical location alone if nobody
/// wrote any.
#[must_use]
pub fn sarif(outcome: &Outcome, places: &Places<'_>) -> String {
    let mut results = Vec::new();
    for comparison in &outcome.comparisons {
        let rows = RowPlaces::new(comparison, places);
        results
            .extend(comparison.violations.iter().map(|violation| result(comparison, violation, &rows, None)));
        results.extend(
            comparison
                .accepted
                .iter()
                .map(|accepted| result(comparison, &accepted.violation, &rows, Some(accepted))),
        );
    }
    let rules = RULES.map(|rule| ReportingDescriptor {
        id: rule.id,
        short_description: Message { text: rule.title.to_owned() },
    });
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver { name: "profgate", version: env!("CARGO_PKG_VERSION"), rules: rules.into() },
            },
            invocations: [invocation(outcome)],
            results,
            column_kind: "unicodeCodePoints",
        }],
    };
    super::json::with_newline(serde_json::to_string_pretty(&log))
}

fn invocation(outcome: &Outcome) -> Invocation {
    let undecided = outcome.comparisons.iter().flat_map(|comparison| &comparison.undecided);
    let undecided = undecided.map(|undecided| Notification {
        descriptor: None,
        level: "warning",
        message: message(&undecided.message),
    });
    let caveats = outcome.comparisons.iter().flat_map(|comparison| &comparison.caveats);
    Invocation {
        execution_successful: true,
        exit_code: outcome.exit_code as u8,
        exit_code_description: sentence(&outcome.headline),
        tool_execution_notifications: undecided.chain(caveats.map(notification)).collect(),
    }
}

fn notification(caveat: &Caveat) -> Notification {
    Notification {
        descriptor: Some(DescriptorReference { id: caveat.code.as_str() }),
        level: "note",
        message: message(&caveat.message),
    }
}

fn result(
    comparison: &Comparison,
    violation: &Violation,
    rows: &RowPlaces<'_>,
    accepted: Option<&AcceptedChange>,
) -> SarifResult {
    let rule = rule(violation);
    let suppression = accepted.map(|accepted| Suppression {
        kind: "external",
        status: "accepted",
        justification: sentence(&accepted.reason),
    });
    SarifResult {
        rule_id: RULES[rule].id,
        rule_index: rule,
        level: match violation.level {
            Level::Fail => "error",
            Level::Warn => "warning",
        },
        message: message(&format!("{} [{}]", violation.message, violation.limit)),
        locations: [Location {
            physical_location: rows.of_any(violation).as_ref().map(physical),
            logical_locations: [logical(comparison, violation)],
        }],
        partial_fingerprints: Fingerprints { v1: fingerprint(comparison, violation) },
        suppressions: suppression.into_iter().collect(),
    }
}

/// Plain text on one line. In plain text too, `[text](target)` is a link (section 3.11.6): a word joiner parts it.
fn message(text: &str) -> Message {
    Message { text: sentence(text).replace("](", "]\u{2060}(") }
}

fn logical(comparison: &Comparison, violation: &Violation) -> LogicalLocation {
    match &violation.function {
        Some(name) => {
            LogicalLocation { fully_qualified_name: visible(&shortened(name)).into_owned(), kind: "function" }
        }
        None => LogicalLocation {
            fully_qualified_name: visible(&comparison.metric.kind).into_owned(),
            kind: "module",
        },
    }
}

fn physical(place: &Place) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri(&place.path), uri_base_id: "%SRCROOT%" },
        region: place.line.map(|start_line| Region { start_line }),
    }
}

/// A path as a relative reference (RFC 3986): what is no unreserved character or slash is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(byte.into());
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}
