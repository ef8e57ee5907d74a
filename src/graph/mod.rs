//! A profile to the graph of its calls: nodes with flat and cumulative values, weighted edges, trimming, orders.
//!
//! ```text
//! Profile ──► Keys ──► Node values ──► which nodes stay ──► Edges between them ──► Graph
//!             place     one walk        cut-offs, top n      one walk, only if
//!             → row     over samples                         a report shows calls
//! ```
//!
//! The values of a node do not depend on which other nodes stay: only edges bridge the gaps that removed nodes
//! leave. So values are summed once, and edges, which cost most of the time, once it is known between which
//! nodes they are wanted. All sums wrap, as pprof's do.

mod build;
mod edges;
mod key;
mod order;
mod tags;
mod tree;
mod trim;

pub use edges::{Edge, Edges};
pub use key::{Key, Keys, Names, base_name};
pub use order::Order;
pub use tags::{NodeTags, Tag, TagUnits, sort_tags};
pub use trim::{Calls, MOST_TAGS, Trimmed, Trimming, clean_files, trimmed};

use crate::profile::SampleView;

/// Which columns of a sample count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The column of the values.
    pub column: usize,
    /// The column to divide by, for means.
    pub divisor: Option<usize>,
}

impl Measure {
    /// Value and divisor of a sample.
    #[must_use]
    pub fn of(&self, sample: &SampleView<'_>) -> Weight {
        Weight {
            value: sample.values[self.column],
            divisor: self.divisor.map_or(0, |column| sample.values[column]),
        }
    }
}

/// A sum of sample values, with the sum of the divisors of a mean beside it (0 without one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// Sum of the values.
    pub value: i64,
    /// Sum of the divisors.
    pub divisor: i64,
}

impl Weight {
    /// Whether there is nothing to count.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// Adds `other`; wraps.
    pub fn add(&mut self, other: Self) {
        self.value = self.value.wrapping_add(other.value);
        self.divisor = self.divisor.wrapping_add(other.divisor);
    }

    /// The mean, truncated, or the sum if there is no divisor.
    #[must_use]
    pub fn mean(self) -> i64 {
        if self.divisor == 0 { self.value } else { self.value.wrapping_div(self.divisor) }
    }
}

/// A node of a graph: its row in [`Graph::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The node in row `row`.
    #[must_use]
    pub const fn new(row: u32) -> Self {
        Self(row)
    }

    /// The row number, to index a column with.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place in the program and what was measured there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Row of the place in [`Keys`]. Several nodes of a call tree may share one.
    pub key: u32,
    /// What was measured in the place itself.
    pub flat: Weight,
    /// What was measured in the place and in all it called; once for each sample.
    pub cum: Weight,
}

/// Nodes in the order in which a report shows them, and the calls between them.
#[derive(Debug, Clone)]
pub struct Graph {
    /// The places.
    pub keys: Keys,
    /// Every node of the profile, shown or not: an edge may lead to one that is not.
    pub nodes: Vec<Node>,
    /// The nodes of the report in its order.
    pub shown: Vec<NodeId>,
    /// The calls.
    pub edges: Edges,
    /// The labels of each shown node; empty unless they were asked for.
    pub tags: Vec<NodeTags>,
    /// For each node the node of its whole function: two nodes in one function share it.
    pub functions: Vec<u32>,
}

impl Graph {
    /// The node `id`.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The place of the node `id`.
    #[must_use]
    pub fn key(&self, id: NodeId) -> &Key {
        self.keys.get(self.node(id).key)
    }
}

impl Trimmed {
    /// The name of the node `id`.
    #[must_use]
    pub fn name(&self, id: NodeId) -> &[u8] {
        self.names.get(self.graph.node(id).key)
    }

    /// `edges` by absolute weight, then by the names of caller and callee.
    #[must_use]
    pub fn sorted<'a>(&self, edges: impl Iterator<Item = &'a Edge>) -> Vec<&'a Edge> {
        let mut edges: Vec<&Edge> = edges.collect();
        edges.sort_by(|x, y| order::compare_edges(x, y, &self.graph.nodes, &self.names));
        edges
    }
}
