//! Nodes and edges to the order in which reports show them.
//!
//! pprof leaves true ties to chance: it sorts what comes out of a hash table in random order. Here ties are
//! broken by the other value, then by the order of first appearance in the profile.

use std::cmp::{Ordering, Reverse};

use super::{Edge, Edges, Names, Node, NodeId};
use crate::units::go_int;

/// What a report sorts its nodes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The absolute flat value.
    Flat,
    /// The absolute cumulative value.
    Cum,
    /// How much a node tells in a picture: much for nodes that many calls meet in or leave from.
    Entropy,
}

/// Sorts `shown` by `order`, then by name.
pub(super) fn sort_nodes(shown: &mut [NodeId], nodes: &[Node], edges: &Edges, names: &Names, order: Order) {
    let score = |id: NodeId| {
        let node = &nodes[id.index()];
        match order {
            Order::Flat => node.flat.value,
            Order::Cum => node.cum.value,
            Order::Entropy => entropy_score(id, node, edges),
        }
    };
    let mut scored: Vec<(i64, NodeId)> = shown.iter().map(|&id| (score(id).wrapping_abs(), id)).collect();
    scored.sort_by(|&(x_score, x_id), &(y_score, y_id)| {
        let (x, y) = (&nodes[x_id.index()], &nodes[y_id.index()]);
        let rest = |node: &Node| match order {
            Order::Flat => node.cum.value.wrapping_abs(),
            Order::Cum | Order::Entropy => node.flat.value.wrapping_abs(),
        };
        y_score
            .cmp(&x_score)
            .then_with(|| names.get(x.key).cmp(names.get(y.key)))
            .then_with(|| rest(y).cmp(&rest(x)))
            .then_with(|| x_id.cmp(&y_id))
    });
    for (slot, (_, id)) in shown.iter_mut().zip(scored) {
        *slot = id;
    }
}

/// The score of pprof's graphs: entropy of the edges on both sides, times the cumulative value, plus flat.
///
/// An edge of weight 0 makes the score undefined; such nodes end where the processor's conversion to an integer
/// puts them, as in pprof.
fn entropy_score(id: NodeId, node: &Node, edges: &Edges) -> i64 {
    let side = |weights: &[i64], own| if weights.is_empty() { 1.0 } else { entropy(weights, own) };
    let incoming: Vec<i64> = edges.incoming(id).map(|edge| edge.weight.value).collect();
    let outgoing: Vec<i64> = edges.outgoing(id).map(|edge| edge.weight.value).collect();
    let score = 0.0 + side(&incoming, 0) + side(&outgoing, node.flat.value);
    #[expect(clippy::cast_precision_loss, reason = "pprof scores in floating point")]
    go_int(score * node.cum.value as f64).wrapping_add(node.flat.value)
}

#[expect(clippy::cast_precision_loss, reason = "pprof scores in floating point")]
fn entropy(weights: &[i64], own: i64) -> f64 {
    let positive = weights.iter().filter(|&&weight| weight > 0);
    let total = positive.fold(own, |sum, &weight| sum.wrapping_add(weight));
    if total == 0 {
        return 0.0;
    }
    let term = |weight: i64| {
        let share = weight.wrapping_abs() as f64 / total as f64;
        -share * share.log2()
    };
    let mut score = 0.0;
    for &weight in weights {
        score += term(weight);
    }
    if own > 0 {
        score += term(own);
    }
    score
}

/// The order of edges: by absolute weight, then by the names of caller and callee.
pub(super) fn compare_edges(x: &Edge, y: &Edge, nodes: &[Node], names: &Names) -> Ordering {
    let magnitude = |edge: &Edge| Reverse(edge.weight.value.wrapping_abs());
    let name = |id: NodeId| names.get(nodes[id.index()].key);
    magnitude(x)
        .cmp(&magnitude(y))
        .then_with(|| name(x.source).cmp(name(y.source)))
        .then_with(|| name(x.target).cmp(name(y.target)))
        .then_with(|| (x.source, x.target).cmp(&(y.source, y.target)))
}

/// Whether a report leaves a node out: nothing was measured there, or only less than before.
pub(super) fn is_left_out(node: &Node, drops_negative: bool) -> bool {
    let (flat, cum) = (node.flat.value, node.cum.value);
    (flat == 0 && cum == 0) || (drops_negative && (flat < 0 || (flat == 0 && cum < 0)))
}

/// The nodes that a report may show, in the order of first appearance.
pub(super) fn select(nodes: &[Node], drops_negative: bool) -> Vec<NodeId> {
    (0..)
        .map(NodeId)
        .zip(nodes)
        .filter(|(_, node)| !is_left_out(node, drops_negative))
        .map(|(id, _)| id)
        .collect()
}
