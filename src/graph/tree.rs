//! Samples to a call tree: a node for each path from the root, instead of one for each place.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::key::row_number;
use super::{Edge, Edges, Keys, Measure, Node, NodeId, Weight};
use crate::profile::{Profile, SampleView};

/// The call that leads to a node of a tree.
#[derive(Debug, Clone, Copy)]
struct Call {
    caller: NodeId,
    is_residual: bool,
    is_inline: bool,
}

/// A forest of call paths.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// For each node the call that leads to it; roots have none.
    calls: Vec<Option<Call>>,
    children: HashMap<(Option<NodeId>, u32), NodeId>,
}

impl Tree {
    /// Sums up every path of `profile`.
    pub(super) fn new(profile: &Profile, keys: &Keys, measure: Measure) -> Self {
        let mut tree = Self::default();
        for sample in profile.samples.iter() {
            let weight = measure.of(&sample);
            if weight.is_zero() {
                continue;
            }
            let mut caller = None;
            for &location in sample.stack.iter().rev() {
                let mut is_inline = false;
                for &key in keys.of(location).iter().rev() {
                    let node = tree.child(caller, key);
                    tree.nodes[node.index()].cum.add(weight);
                    if let Some(call) = &mut tree.calls[node.index()] {
                        call.is_inline &= is_inline;
                    }
                    caller = Some(node);
                    is_inline = true;
                }
            }
            if let Some(leaf) = caller {
                tree.nodes[leaf.index()].flat.add(weight);
            }
        }
        tree
    }

    fn child(&mut self, caller: Option<NodeId>, key: u32) -> NodeId {
        match self.children.entry((caller, key)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let id = NodeId(row_number(self.nodes.len()));
                self.nodes.push(Node { key, flat: Weight::default(), cum: Weight::default() });
                self.calls.push(caller.map(|caller| Call { caller, is_residual: false, is_inline: true }));
                *vacant.insert(id)
            }
        }
    }

    /// The nodes of `sample` from the root to the leaf.
    pub(super) fn path(&self, sample: &SampleView<'_>, keys: &Keys, path: &mut Vec<NodeId>) {
        let mut caller = None;
        for &location in sample.stack.iter().rev() {
            for &key in keys.of(location).iter().rev() {
                caller = self.children.get(&(caller, key)).copied();
                path.extend(caller);
            }
        }
    }

    /// Which nodes of `shown` are not in `kept`.
    fn removed(&self, shown: &[NodeId], kept: &[NodeId]) -> Vec<bool> {
        let mut removed = vec![false; self.nodes.len()];
        for id in shown {
            removed[id.index()] = true;
        }
        for id in kept {
            removed[id.index()] = false;
        }
        removed
    }

    /// Removes the nodes of `shown` that are not in `kept`; what they called is then called by their callers.
    pub(super) fn remove(&mut self, shown: &[NodeId], kept: &[NodeId]) {
        let removed = self.removed(shown, kept);
        // A caller has a smaller number than what it calls, so its own call leads to a node that stays already.
        for row in 0..self.calls.len() {
            let Some(call) = self.calls[row] else { continue };
            if !removed[call.caller.index()] {
                continue;
            }
            self.calls[row] = self.calls[call.caller.index()].map(|above| Call {
                caller: above.caller,
                is_residual: true,
                is_inline: above.is_inline && call.is_inline,
            });
        }
    }

    /// Removes the calls that lead to a node of `shown` with an absolute weight below `cutoff`.
    ///
    /// Returns how many there were.
    pub(super) fn remove_calls(&mut self, shown: &[NodeId], cutoff: i64) -> usize {
        let mut count = 0;
        for &id in shown {
            let is_low = self.nodes[id.index()].cum.value.wrapping_abs() < cutoff;
            if is_low && self.calls[id.index()].take().is_some() {
                count += 1;
            }
        }
        count
    }

    /// The calls as edges, but for those that lead to a node of `shown` that is not in `kept`.
    pub(super) fn edges(&self, shown: &[NodeId], kept: &[NodeId]) -> Edges {
        let removed = self.removed(shown, kept);
        let edge = |((target, node), call): ((NodeId, &Node), &Option<Call>)| {
            let call = call.filter(|_| !removed[target.index()])?;
            Some(Edge {
                source: call.caller,
                target,
                weight: node.cum,
                is_residual: call.is_residual,
                is_inline: call.is_inline,
            })
        };
        let rows = (0..).map(NodeId).zip(&self.nodes).zip(&self.calls).filter_map(edge).collect();
        Edges::new(self.nodes.len(), rows)
    }

    /// For each node the number of its whole function, given that of each key: in a tree, one for each caller.
    pub(super) fn functions(&self, of_keys: &[u32]) -> Vec<u32> {
        let mut index = HashMap::new();
        let mut functions = Vec::with_capacity(self.nodes.len());
        for (node, call) in self.nodes.iter().zip(&self.calls) {
            let next = row_number(index.len());
            let caller = call.map(|call| call.caller);
            functions.push(*index.entry((caller, of_keys[node.key as usize])).or_insert(next));
        }
        functions
    }
}
