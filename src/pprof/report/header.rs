//! What stands above a report: the lines about the profile, the filters, and what is shown of how much.

use super::Report;
use crate::graph::{Trimmed, base_name};
use crate::pprof::time::short_time;
use crate::units::{go_int, label, percentage, scale};

/// A listed filter is cut after so many bytes.
const LONGEST_FILTER: usize = 80;

/// Where the lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Above a text.
    Text,
    /// In the legend of a picture, which is never compact and points at its manual.
    Picture,
}

/// The lines about the profile itself.
pub(super) fn profile_lines(report: &Report<'_>) -> Vec<Vec<u8>> {
    let profile = &report.profile;
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &[u8]| {
        if !value.is_empty() {
            lines.push([name.as_bytes(), value].concat());
        }
    };
    if let Some(main) = profile.mappings.first() {
        let file = profile.text(main.file);
        line("File: ", if file.is_empty() { file } else { base_name(file) });
        line("Build ID: ", profile.text(main.build_id));
    }
    for &comment in &profile.header.comments {
        let comment = profile.text(comment);
        if !comment.starts_with(b"#") {
            lines.push(comment.to_vec());
        }
    }
    let mut line = |name: &str, value: &[u8]| {
        if !value.is_empty() {
            lines.push([name.as_bytes(), value].concat());
        }
    };
    line("Type: ", &report.sample_type);
    line("Doc: ", profile.text(profile.header.doc_url));
    if profile.header.time_nanos != 0 {
        line("Time: ", short_time(profile.header.time_nanos, &report.env.time_zone).as_bytes());
    }
    let duration = profile.header.duration_nanos;
    if duration != 0 {
        let (nanos, unit) = scale(report.total, &report.sample_unit, "nanoseconds");
        let is_time = unit == "ns" && nanos != 0.0;
        let ratio =
            if is_time { format!("({})", percentage(go_int(nanos), duration)) } else { String::new() };
        let (duration, total) = (label(duration, "nanoseconds"), report.value(report.total));
        line("Duration: ", format!("{duration}, Total samples = {total} {ratio}").as_bytes());
    }
    lines
}

/// All lines above a report of `trimmed`.
pub(super) fn lines(report: &Report<'_>, trimmed: &Trimmed, place: Place) -> Vec<Vec<u8>> {
    let is_picture = place == Place::Picture;
    let has_profile_lines = is_picture || !report.view.has_compact_labels;
    let mut lines = if has_profile_lines { profile_lines(report) } else { Vec::new() };

    let filters = report.view.selection.active_filters();
    if !filters.is_empty() {
        lines.push(b"Active filters:".to_vec());
        lines.extend(filters.iter().map(|filter| match filter.as_bytes().get(..LONGEST_FILTER) {
            Some(start) if filter.len() > LONGEST_FILTER => [b"   ", start, "…".as_bytes()].concat(),
            _ => [b"   ", filter.as_bytes()].concat(),
        }));
    }

    let graph = &trimmed.graph;
    let shown = graph.shown.iter().fold(0_i64, |sum, &id| sum.wrapping_add(graph.node(id).flat.mean()));
    let total = report.total;
    let percent = report.percent(shown);
    lines.push(
        format!(
            "Showing nodes accounting for {}, {} of {} total",
            report.value(shown),
            percent.trim(),
            report.value(total)
        )
        .into_bytes(),
    );
    if total != 0 {
        let mut dropped = |count: usize, what: &str, by: &str, fraction: f64| {
            if count > 0 {
                let plural = if count > 1 { "s" } else { "" };
                #[expect(clippy::cast_precision_loss, reason = "pprof multiplies in floating point")]
                let cutoff = report.value(go_int(total as f64 * fraction).wrapping_abs());
                lines.push(format!("Dropped {count} {what}{plural} ({by} <= {cutoff})").into_bytes());
            }
        };
        dropped(trimmed.dropped_nodes, "node", "cum", report.view.node_fraction);
        if is_picture {
            dropped(trimmed.dropped_edges, "edge", "freq", report.view.edge_fraction);
        }
        let (count, original) = (graph.shown.len(), trimmed.original_count);
        if count > 0 && count < original {
            lines.push(format!("Showing top {count} nodes out of {original}").into_bytes());
        }
    }
    if is_picture {
        lines.push(b"\nSee https://git.io/JfYMW for how to read the graph".to_vec());
    }
    lines
}
