//! Samples to the weighted edges between the nodes that stay.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};
use rayon::prelude::*;

use super::build::chunks;
use super::key::row_number;
use super::{Keys, Measure, NodeId, Weight};
use crate::profile::Profile;

/// Calls from one node to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The caller.
    pub source: NodeId,
    /// What it called.
    pub target: NodeId,
    /// What was measured below the call; once for each sample.
    pub weight: Weight,
    /// Some of the calls went through nodes that do not stay.
    pub is_residual: bool,
    /// All of the calls were inlined.
    pub is_inline: bool,
}

impl Edge {
    /// Adds the calls of `other`, which has the same ends.
    fn merge(&mut self, other: &Self) {
        self.weight.add(other.weight);
        self.is_residual |= other.is_residual;
        self.is_inline &= other.is_inline;
    }
}

/// The edges of a graph, with the edges into and out of each node.
#[derive(Debug, Clone, Default)]
pub struct Edges {
    rows: Vec<Edge>,
    incoming: Lists,
    outgoing: Lists,
}

/// For each node a list of edges.
#[derive(Debug, Clone, Default)]
struct Lists {
    ends: Vec<u32>,
    edges: Vec<u32>,
}

impl Lists {
    fn new(nodes: usize, rows: &[Edge], node_of: impl Fn(&Edge) -> NodeId) -> Self {
        let mut ends = vec![0_u32; nodes];
        for edge in rows {
            ends[node_of(edge).index()] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        // Filled from behind, each end moves to the start of its list, which is the end of the one before.
        let mut starts = ends.clone();
        let mut edges = vec![0; rows.len()];
        for (row, edge) in rows.iter().enumerate().rev() {
            let start = &mut starts[node_of(edge).index()];
            *start -= 1;
            edges[*start as usize] = row_number(row);
        }
        Self { ends, edges }
    }

    fn of(&self, node: NodeId) -> &[u32] {
        let Some(&end) = self.ends.get(node.index()) else { return &[] };
        let start = if node.index() == 0 { 0 } else { self.ends[node.index() - 1] };
        &self.edges[start as usize..end as usize]
    }
}

impl Edges {
    /// The edges `rows` of a graph with `nodes` nodes.
    #[must_use]
    pub fn new(nodes: usize, rows: Vec<Edge>) -> Self {
        let incoming = Lists::new(nodes, &rows, |edge| edge.target);
        let outgoing = Lists::new(nodes, &rows, |edge| edge.source);
        Self { rows, incoming, outgoing }
    }

    /// All edges.
    #[must_use]
    pub fn rows(&self) -> &[Edge] {
        &self.rows
    }

    /// The edges that lead to `node`.
    #[must_use]
    pub fn incoming(&self, node: NodeId) -> impl ExactSizeIterator<Item = &Edge> {
        self.incoming.of(node).iter().map(|&row| &self.rows[row as usize])
    }

    /// The edges that start at `node`.
    #[must_use]
    pub fn outgoing(&self, node: NodeId) -> impl ExactSizeIterator<Item = &Edge> {
        self.outgoing.of(node).iter().map(|&row| &self.rows[row as usize])
    }

    /// The rows of the edges that lead to `node`.
    pub(super) fn incoming_rows(&self, node: NodeId) -> &[u32] {
        self.incoming.of(node)
    }

    /// Removes the edges that `keep` rejects, which it is asked row by row.
    pub fn retain(&mut self, keep: impl FnMut(&Edge) -> bool) {
        let before = self.rows.len();
        self.rows.retain(keep);
        if self.rows.len() != before {
            *self = Self::new(self.incoming.ends.len(), std::mem::take(&mut self.rows));
        }
    }
}

/// Which edges to collect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Nodes that stay; edges bridge the others. All stay without it.
    pub(super) kept: Option<&'a [bool]>,
    /// Only edges that lead to one of these nodes. All do without it.
    pub(super) targets: Option<&'a [bool]>,
}

/// Sums up the calls between nodes. A sample counts once for each edge on its stack; what a node called itself
/// is no edge.
pub(super) fn collect(profile: &Profile, keys: &Keys, measure: Measure, wanted: Wanted<'_>) -> Vec<Edge> {
    let tables: Vec<Table> =
        chunks(profile).map(|rows| collect_chunk(profile, keys, measure, wanted, rows)).collect();
    let mut tables = tables.into_iter();
    let mut all = tables.next().unwrap_or_else(|| Table::new(keys.len()));
    for table in tables {
        for edge in &table.rows {
            let row = all.row(edge.source.0, edge.target.0);
            all.rows[row].merge(edge);
        }
    }
    all.rows
}

fn collect_chunk(
    profile: &Profile,
    keys: &Keys,
    measure: Measure,
    wanted: Wanted<'_>,
    rows: Range<usize>,
) -> Table {
    let is_kept = |key: u32| wanted.kept.is_none_or(|kept| kept[key as usize]);
    let is_target = |key: u32| wanted.targets.is_none_or(|targets| targets[key as usize]);
    let mut table = Table::new(keys.len());
    for (row, number) in rows.zip(1..) {
        let sample = profile.samples.get(row);
        let weight = measure.of(&sample);
        if weight.is_zero() {
            continue;
        }
        let mut caller = None;
        let mut is_residual = false;
        for &location in sample.stack.iter().rev() {
            // The last line is the function itself; the lines before it were inlined.
            let mut is_inline = false;
            for &key in keys.of(location).iter().rev() {
                if is_kept(key) {
                    if let Some(caller) = caller
                        && caller != key
                        && is_target(key)
                    {
                        let (source, target) = (NodeId(caller), NodeId(key));
                        table.add(number, &Edge { source, target, weight, is_residual, is_inline });
                    }
                    caller = Some(key);
                    is_residual = false;
                } else {
                    is_residual = true;
                }
                is_inline = true;
            }
        }
    }
    table
}

/// Edges found so far, by caller and callee.
struct Table {
    rows: Vec<Edge>,
    /// The last sample each edge was seen in, from 1.
    last_seen: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The edge that last led to a node: calls repeat from sample to sample, so it is often the one wanted.
    latest: Vec<u32>,
}

impl Table {
    fn new(nodes: usize) -> Self {
        Self {
            rows: Vec::new(),
            last_seen: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            latest: vec![u32::MAX; nodes],
        }
    }

    /// Counts a call, the first one of its kind in the sample.
    fn add(&mut self, sample: u32, call: &Edge) {
        let row = self.row(call.source.0, call.target.0);
        let seen = &mut self.last_seen[row];
        if *seen != sample {
            *seen = sample;
            self.rows[row].merge(call);
        }
    }

    /// The row of an edge, which is made if there is none yet.
    fn row(&mut self, source: u32, target: u32) -> usize {
        let Self { rows, index, hasher, .. } = self;
        let is_it = |row: u32| {
            rows.get(row as usize)
                .is_some_and(|edge| edge.source == NodeId(source) && edge.target == NodeId(target))
        };
        let latest = self.latest[target as usize];
        if is_it(latest) {
            return latest as usize;
        }
        let hash_of =
            |source: u32, target: u32| hasher.hash_one((u64::from(source) << 32) | u64::from(target));
        let hash = hash_of(source, target);
        let row = index.find(hash, |&row| is_it(row)).copied().unwrap_or_else(|| {
            let row = row_number(rows.len());
            rows.push(Edge {
                source: NodeId(source),
                target: NodeId(target),
                weight: Weight::default(),
                is_residual: false,
                is_inline: true,
            });
            self.last_seen.push(0);
            index.insert_unique(hash, row, |&row| {
                let edge = &rows[row as usize];
                hash_of(edge.source.0, edge.target.0)
            });
            row
        });
        self.latest[target as usize] = row;
        row as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(source: u32, target: u32, value: i64) -> Edge {
        let weight = Weight { value, divisor: 0 };
        Edge { source: NodeId(source), target: NodeId(target), weight, is_residual: false, is_inline: false }
    }

    #[test]
    fn lists_hold_the_edges_of_each_node_in_order() {
        let mut edges = Edges::new(3, vec![edge(0, 1, 1), edge(2, 1, 2), edge(0, 2, 3), edge(1, 0, 4)]);
        let values = |edges: &mut dyn Iterator<Item = &Edge>| -> Vec<i64> {
            edges.map(|edge| edge.weight.value).collect()
        };
        assert_eq!(values(&mut edges.incoming(NodeId(1))), [1, 2]);
        assert_eq!(values(&mut edges.outgoing(NodeId(0))), [1, 3]);
        edges.retain(|edge| edge.weight.value != 1);
        assert_eq!(values(&mut edges.incoming(NodeId(1))), [2]);
        assert_eq!(values(&mut edges.outgoing(NodeId(0))), [3]);
        assert_eq!(values(&mut edges.incoming(NodeId(2))), [3]);
    }
}
