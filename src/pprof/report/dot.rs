//! A graph to the language of Graphviz (`-dot`, and what `-svg` and the like draw).

use std::io::Write;

use super::header::{self, Place};
use super::short_name::shortened;
use super::{Report, colour, nodelets};
use crate::graph::{Calls, Edge, Key, NodeId, Trimmed, base_name};
use crate::pprof::output::Printed;

/// Font sizes of nodes in points: the smallest, and how much the largest is larger.
const FONT_SIZE: i64 = 8;
const FONT_GROWTH: f64 = 16.0;

/// Prints the graph.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let mut trimmed = report.graph(Calls::All)?;
    let tags = std::mem::take(&mut trimmed.graph.tags);
    let title = match report.profile.mappings.first().map(|mapping| report.profile.text(mapping.file)) {
        None | Some(b"") => None,
        Some(file) => Some(base_name(file)),
    };
    out.write_all(&[b"digraph \"", title.unwrap_or(b"unnamed"), b"\" {\n"].concat())?;
    out.write_all(b"node [style=filled fillcolor=\"#f8f8f8\"]\n")?;
    write_legend(report, &trimmed, title, out)?;

    let graph = &trimmed.graph;
    let magnitude = |id: NodeId| magnitude(graph.node(id).flat.mean());
    let largest = graph.shown.iter().map(|&id| magnitude(id)).reduce(f64::max).unwrap_or_default();
    // Nodes are numbered from 1 in the order of the report; one that is not shown is 0.
    let mut numbers = vec![0; graph.nodes.len()];
    let mut has_nodelets = vec![false; graph.nodes.len()];
    let mut edges = Vec::new();
    for (&id, number) in graph.shown.iter().zip(1..) {
        numbers[id.index()] = number;
        write_node(report, &trimmed, id, number, largest, out)?;
        let tags = tags.get(id.index()).cloned().unwrap_or_default();
        let nodelets = nodelets::draw(report, tags, number, graph.edges.outgoing(id).len() > 0);
        has_nodelets[id.index()] = !nodelets.is_empty();
        out.write_all(&nodelets)?;
        edges.extend(graph.edges.outgoing(id));
    }
    for edge in trimmed.sorted(edges.into_iter()) {
        let ends = [numbers[edge.source.index()], numbers[edge.target.index()]];
        write_edge(report, &trimmed, edge, ends, has_nodelets[edge.source.index()], out)?;
    }
    out.write_all(b"}\n")?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "pprof draws in floating point")]
fn magnitude(value: i64) -> f64 {
    value.wrapping_abs() as f64
}

fn write_legend(
    report: &Report<'_>,
    trimmed: &Trimmed,
    title: Option<&[u8]>,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let lines: Vec<Vec<u8>> =
        header::lines(report, trimmed, Place::Picture).iter().map(|line| escaped(line)).collect();
    let first = lines.first().map_or(&b""[..], Vec::as_slice);
    out.write_all(&[b"subgraph cluster_L { \"", first, b"\" [shape=box fontsize=16 label=\""].concat())?;
    out.write_all(&lines.join(&br"\l"[..]))?;
    out.write_all(b"\\l\"")?;
    if let Some(title) = title {
        out.write_all(&[b" tooltip=\"", title, b"\""].concat())?;
    }
    out.write_all(b"] }\n")
}

fn write_node(
    report: &Report<'_>,
    trimmed: &Trimmed,
    id: NodeId,
    number: u32,
    largest: f64,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let node = trimmed.graph.node(id);
    let (flat, cum) = (node.flat.mean(), node.cum.mean());
    let percent = |value| report.percent(value).trim().to_owned();
    let mut label = multiline_name(report, trimmed.graph.key(id));
    label.extend(if flat == 0 {
        b"0".to_vec()
    } else {
        format!("{} ({})", report.value(flat), percent(flat)).into_bytes()
    });
    if cum != flat {
        label.extend_from_slice(if flat == 0 { b" " } else { br"\n" });
        label.extend(format!("of {} ({})", report.value(cum), percent(cum)).bytes());
    }
    // The font grows with the square root of the flat value.
    let mut font_size = FONT_SIZE;
    if largest != 0.0 && flat != 0 && magnitude(flat) <= largest {
        font_size += crate::units::go_int((FONT_GROWTH * (magnitude(flat) / largest).sqrt()).ceil());
    }
    let score = colour::score(cum, report.total);
    write!(out, "N{number} [label=\"")?;
    out.write_all(&label)?;
    write!(out, "\" id=\"node{number}\" fontsize={font_size} shape=box tooltip=\"")?;
    out.write_all(&escaped(trimmed.name(id)))?;
    let (line, fill) = (colour::line(score), colour::fill(score));
    writeln!(out, " ({})\" color=\"{line}\" fillcolor=\"{fill}\"]", report.value(cum))
}

fn write_edge(
    report: &Report<'_>,
    trimmed: &Trimmed,
    edge: &Edge,
    [source, target]: [u32; 2],
    has_nodelets: bool,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let weight = edge.weight.mean();
    let shown = report.value(weight);
    let inline = if edge.is_inline { r"\n (inline)" } else { "" };
    write!(out, "N{source} -> N{target} [label=\" {shown}{inline}\"")?;
    if report.total != 0 {
        let part =
            |steps: i64| weight.wrapping_mul(steps).wrapping_div(report.total).wrapping_abs().min(steps) + 1;
        let (layout, width) = (part(100), part(5));
        if layout > 1 {
            write!(out, " weight={layout}")?;
        }
        if width > 1 {
            write!(out, " penwidth={width}")?;
        }
        write!(out, " color=\"{}\"", colour::line(colour::score(weight, report.total)))?;
    }
    let arrow = if edge.is_residual { b"..." } else { &b"->"[..] };
    let names = [escaped(trimmed.name(edge.source)), arrow.to_vec(), escaped(trimmed.name(edge.target))];
    let names = names.join(&b' ');
    for attribute in ["tooltip", "labeltooltip"] {
        write!(out, " {attribute}=\"")?;
        out.write_all(&names)?;
        write!(out, " ({shown})\"")?;
    }
    if edge.is_residual {
        out.write_all(b" style=\"dotted\"")?;
    }
    if has_nodelets {
        out.write_all(b" minlen=2")?;
    }
    out.write_all(b"]\n")
}

/// The name of a node, broken into lines for its box.
fn multiline_name(report: &Report<'_>, key: &Key) -> Vec<u8> {
    let text = |id| report.profile.text(id);
    let name = escaped(&shortened(text(key.name)));
    let name = replace(&name, b"::", br"\n");
    // What Go writes for type parameters is not broken.
    let name = replace(&name, b"[...]", "[…]".as_bytes());
    let name = replace(&name, b".", br"\n");
    let file = text(key.file);
    let file = if file.is_empty() { file } else { base_name(file) };
    let mut label = Vec::new();
    key.write_components(&mut label, br"\n", &name, file, text(key.object));
    label.extend_from_slice(br"\n");
    label
}

/// `text` inside double quotes; line breaks become left-aligned ones.
fn escaped(text: &[u8]) -> Vec<u8> {
    let text = replace(text, br"\", br"\\");
    let text = replace(&text, b"\"", b"\\\"");
    replace(&text, b"\n", br"\l")
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut start = 0;
    for found in memchr::memmem::find_iter(text, from) {
        replaced.extend_from_slice(&text[start..found]);
        replaced.extend_from_slice(to);
        start = found + from.len();
    }
    replaced.extend_from_slice(&text[start..]);
    replaced
}
