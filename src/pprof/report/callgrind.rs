//! A graph to the format of callgrind, which call graph viewers read (`-callgrind`).

use std::io::Write;

use hashbrown::HashMap;

use super::Report;
use crate::graph::{Calls, Key, NodeId, Trimmed};
use crate::pprof::output::Printed;
use crate::profile::StrId;
use crate::units::{go_int, scale};

/// Prints each node with the calls it makes.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let trimmed = report.graph(Calls::All)?;
    let suffixes = suffixes(&trimmed);
    out.write_all(b"positions: instr line\nevents: ")?;
    out.write_all(&report.sample_type)?;
    writeln!(out, "({})", report.unit)?;

    let (mut objects, mut files, mut functions) =
        (Compressed::default(), Compressed::default(), Compressed::default());
    let cost = |value| go_int(scale(value, &report.sample_unit, &report.unit).0);
    let text = |id: StrId| report.profile.text(id);
    let mut previous: Option<Key> = None;
    for &id in &trimmed.graph.shown {
        let key = *trimmed.graph.key(id);
        let is_same = previous
            .is_some_and(|other| (other.object, other.file, other.name) == (key.object, key.file, key.name));
        if !is_same {
            out.write_all(b"\nob=")?;
            objects.write(text(key.object), out)?;
            out.write_all(b"\nfl=")?;
            files.write(text(key.file), out)?;
            out.write_all(b"\nfn=")?;
            functions.write(text(key.name), out)?;
            out.write_all(b"\n")?;
        }
        let from = previous.map(|key| key.address);
        let flat = cost(trimmed.graph.node(id).flat.mean());
        writeln!(out, "{} {} {flat}", address(from, key.address), key.line)?;
        for edge in trimmed.sorted(trimmed.graph.edges.outgoing(id)) {
            let callee = trimmed.graph.key(edge.target);
            out.write_all(b"cfl=")?;
            files.write(text(callee.file), out)?;
            out.write_all(b"\ncfn=")?;
            // A callee that is not shown has no name.
            let name =
                suffixes.get(&edge.target).map(|suffix| [text(callee.name), suffix.as_bytes()].concat());
            functions.write(&name.unwrap_or_default(), out)?;
            writeln!(out, "\ncalls=0 {} {}", address(from, callee.address), callee.line)?;
            writeln!(out, "* * {}", cost(edge.weight.value))?;
        }
        previous = Some(key);
    }
    Ok(())
}

/// What is appended to the name of each node that is shown.
///
/// callgrind takes functions of one name and file for one; those that are not get a number.
fn suffixes(trimmed: &Trimmed) -> HashMap<NodeId, String> {
    let graph = &trimmed.graph;
    let mut numbers = HashMap::<(StrId, StrId), HashMap<u32, usize>>::new();
    let name = |id: NodeId| (graph.key(id).file, graph.key(id).name);
    for &id in &graph.shown {
        let functions = numbers.entry(name(id)).or_default();
        let next = functions.len() + 1;
        functions.entry(graph.functions[id.index()]).or_insert(next);
    }
    let suffix = |id: NodeId| {
        let functions = &numbers[&name(id)];
        match functions.len() {
            1 => String::new(),
            count => format!(" [{}/{count}]", functions[&graph.functions[id.index()]]),
        }
    };
    graph.shown.iter().map(|&id| (id, suffix(id))).collect()
}

/// Names that are written once, and then by number.
#[derive(Default)]
struct Compressed(HashMap<Vec<u8>, usize>);

impl Compressed {
    fn write(&mut self, name: &[u8], out: &mut dyn Write) -> std::io::Result<()> {
        if name.is_empty() {
            return Ok(());
        }
        if let Some(number) = self.0.get(name) {
            return write!(out, "({number})");
        }
        let number = self.0.len() + 1;
        self.0.insert(name.to_vec(), number);
        write!(out, "({number}) ")?;
        out.write_all(name)
    }
}

/// `current`, relative to the address before if that is shorter.
fn address(previous: Option<u64>, current: u64) -> String {
    let absolute = format!("{current:#x}");
    let Some(previous) = previous else { return absolute };
    if previous == current {
        return "*".to_owned();
    }
    let relative = format!("{:+}", current.wrapping_sub(previous).cast_signed());
    if relative.len() < absolute.len() { relative } else { absolute }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_where_that_is_shorter() {
        assert_eq!(address(None, 0), "0x0");
        assert_eq!(address(Some(0x400_000), 0x400_000), "*");
        assert_eq!(address(Some(0x400_000), 0x400_010), "+16");
        assert_eq!(address(Some(0x400_010), 0x400_000), "-16");
        assert_eq!(address(Some(0x7fff_0000_0000), 0x400), "0x400");
    }
}
