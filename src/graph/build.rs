//! Samples to the flat and cumulative value of each node.

use super::{Keys, Measure, Node, Weight};
use crate::profile::Profile;

/// Sums up what each key of `keys` was measured with: one node for each key, in the order of keys.
///
/// A sample counts once for each node on its stack, however often the node stands there, and once more as flat
/// value for the innermost.
pub(super) fn measure_nodes(profile: &Profile, keys: &Keys, measure: Measure) -> Vec<Node> {
    let node = |key| Node { key, flat: Weight::default(), cum: Weight::default() };
    let mut nodes: Vec<Node> = (0..super::key::row_number(keys.len())).map(node).collect();
    // The number of the last sample that a node was seen in, from 1: no set to clear for each sample.
    let mut last_seen = vec![0_u32; nodes.len()];
    for (sample, number) in profile.samples.iter().zip(1..) {
        let weight = measure.of(&sample);
        if weight.is_zero() {
            continue;
        }
        for &location in sample.stack {
            for &key in keys.of(location) {
                let seen = &mut last_seen[key as usize];
                if *seen != number {
                    *seen = number;
                    nodes[key as usize].cum.add(weight);
                }
            }
        }
        if let Some(&leaf) = sample.stack.first() {
            nodes[keys.of(leaf)[0] as usize].flat.add(weight);
        }
    }
    nodes
}
