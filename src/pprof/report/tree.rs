//! A graph to its nodes, each between those that call it and those it calls (`-tree`, `-peek`).

use std::io::Write;

use super::Report;
use super::header::{self, Place};
use crate::error::{Error, ErrorKind};
use crate::graph::{Calls, Edge, NodeId, Trimmed};
use crate::pprof::output::Printed;
use crate::units::percentage;

const SEPARATOR: &[u8] = b"----------------------------------------------------------+-------------\n";
const LEGEND: &[u8] = b"      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n";

/// Prints the nodes; with a pattern only those whose names match.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let trimmed = report.graph(Calls::All)?;
    let graph = &trimmed.graph;
    let is_wanted =
        |id: &&NodeId| report.pattern.as_ref().is_none_or(|pattern| pattern.is_match(trimmed.name(**id)));
    let wanted: Vec<NodeId> = graph.shown.iter().filter(is_wanted).copied().collect();
    if let Some(pattern) = &report.pattern
        && wanted.is_empty()
    {
        return Err(no_match(pattern.as_str()).into());
    }
    out.write_all(&header::lines(report, &trimmed, Place::Text).join(&b'\n'))?;
    out.write_all(b"\n")?;
    out.write_all(SEPARATOR)?;
    out.write_all(LEGEND)?;
    let mut sum = 0_i64;
    for id in wanted {
        let node = graph.node(id);
        let (flat, cum) = (node.flat.mean(), node.cum.mean());
        sum = sum.wrapping_add(flat);
        let context = Context { report, trimmed: &trimmed, cum };
        out.write_all(SEPARATOR)?;
        for edge in trimmed.sorted(graph.edges.incoming(id)) {
            context.edge(edge, edge.source, out)?;
        }
        write!(
            out,
            "{:>10} {} {} {:>10} {}                | ",
            report.value(flat),
            report.percent(flat),
            report.percent(sum),
            report.value(cum),
            report.percent(cum)
        )?;
        out.write_all(trimmed.name(id))?;
        out.write_all(b"\n")?;
        for edge in trimmed.sorted(graph.edges.outgoing(id)) {
            context.edge(edge, edge.target, out)?;
        }
    }
    if !graph.shown.is_empty() {
        out.write_all(SEPARATOR)?;
    }
    Ok(())
}

/// What is said when the pattern of a command matches nothing.
pub(super) fn no_match(pattern: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("no matches found for regexp: {pattern}"))
}

/// The node whose edges are printed.
struct Context<'a> {
    report: &'a Report<'a>,
    trimmed: &'a Trimmed,
    cum: i64,
}

impl Context<'_> {
    fn edge(&self, edge: &Edge, other: NodeId, out: &mut dyn Write) -> std::io::Result<()> {
        let weight = edge.weight.value;
        write!(out, "{:>50} {} |   ", self.report.value(weight), percentage(weight, self.cum))?;
        out.write_all(self.trimmed.name(other))?;
        out.write_all(if edge.is_inline { b" (inline)\n" } else { b"\n" })
    }
}
