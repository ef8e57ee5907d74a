//! A graph to a table of its nodes (`-top`, `-text`).

use std::io::Write;

use super::Report;
use super::header::{self, Place};
use crate::graph::{Calls, Graph, NodeId};
use crate::pprof::output::Printed;

/// Prints the table.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let trimmed = report.graph(Calls::InlineMarks)?;
    out.write_all(&header::lines(report, &trimmed, Place::Text).join(&b'\n'))?;
    writeln!(out, "\n{:>10} {:>5}% {:>5}% {:>10} {:>5}%", "flat", "flat", "sum", "cum", "cum")?;
    let mut sum = 0_i64;
    for &id in &trimmed.graph.shown {
        let node = trimmed.graph.node(id);
        let (flat, cum) = (node.flat.mean(), node.cum.mean());
        sum = sum.wrapping_add(flat);
        write!(
            out,
            "{:>10} {} {} {:>10} {}  ",
            report.value(flat),
            report.percent(flat),
            report.percent(sum),
            report.value(cum),
            report.percent(cum)
        )?;
        out.write_all(trimmed.name(id))?;
        out.write_all(inline_mark(&trimmed.graph, id))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Whether all or some of the calls to a node were inlined.
fn inline_mark(graph: &Graph, id: NodeId) -> &'static [u8] {
    let inlined = graph.edges.incoming(id).filter(|edge| edge.is_inline).count();
    match graph.edges.incoming(id).len() {
        _ if inlined == 0 => b"",
        all if all == inlined => b" (inline)",
        _ => b" (partial-inline)",
    }
}
