//! The edges of a picture to those that are needed to see what is connected.

use super::order::compare_edges;
use super::{Edge, Edges, Names, Node, NodeId};

/// Removes residual edges whose ends are connected without them, the lightest first.
///
/// An edge heavier than a direct one stays, so that no call looks more important than it is.
pub(super) fn remove_redundant(edges: &mut Edges, shown: &[NodeId], nodes: &[Node], names: &Names) {
    let mut is_removed = vec![false; edges.rows().len()];
    for &node in shown.iter().rev() {
        let mut incoming: Vec<u32> = edges.incoming_rows(node).to_vec();
        let row = |row: u32| &edges.rows()[row as usize];
        incoming.sort_by(|&x, &y| compare_edges(row(x), row(y), nodes, names));
        for &edge in incoming.iter().rev() {
            if !row(edge).is_residual {
                break;
            }
            if is_redundant(edges, edge, &is_removed, nodes.len()) {
                is_removed[edge as usize] = true;
            }
        }
    }
    let mut rows = is_removed.iter();
    edges.retain(|_| rows.next().is_none_or(|&is_removed| !is_removed));
}

/// Whether the caller of `edge` reaches what it calls by other edges.
fn is_redundant(edges: &Edges, edge: u32, is_removed: &[bool], nodes: usize) -> bool {
    let Edge { source, target, .. } = edges.rows()[edge as usize];
    let mut seen = vec![false; nodes];
    seen[target.index()] = true;
    let mut queue = vec![target];
    while let Some(node) = queue.pop() {
        for &incoming in edges.incoming_rows(node) {
            let caller = edges.rows()[incoming as usize].source;
            if incoming == edge || is_removed[incoming as usize] || seen[caller.index()] {
                continue;
            }
            if caller == source {
                return true;
            }
            seen[caller.index()] = true;
            queue.push(caller);
        }
    }
    false
}
