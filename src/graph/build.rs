//! Samples to the flat and cumulative value of each node.

use std::ops::Range;

use rayon::prelude::*;

use super::key::row_number;
use super::{Keys, Measure, Node, Weight};
use crate::profile::Profile;

/// Samples that one task walks over: enough to make the tables of a task, one row for each node, cheap beside it.
const CHUNK: usize = 1 << 16;

/// The samples of `profile` in runs for one task each. The runs do not depend on the machine, so that what is
/// put together from them does not either.
pub(super) fn chunks(profile: &Profile) -> impl IndexedParallelIterator<Item = Range<usize>> + use<> {
    let count = profile.samples.len();
    (0..count.div_ceil(CHUNK)).into_par_iter().map(move |chunk| {
        let start = chunk * CHUNK;
        start..count.min(start + CHUNK)
    })
}

/// Sums up what each key of `keys` was measured with: one node for each key, in the order of keys.
///
/// A sample counts once for each node on its stack, however often the node stands there, and once more as flat
/// value for the innermost.
pub(super) fn measure_nodes(profile: &Profile, keys: &Keys, measure: Measure) -> Vec<Node> {
    let add = |mut all: Vec<Node>, more: Vec<Node>| {
        for (node, more) in all.iter_mut().zip(more) {
            node.flat.add(more.flat);
            node.cum.add(more.cum);
        }
        all
    };
    let sums = chunks(profile).map(|rows| measure_chunk(profile, keys, measure, rows)).reduce_with(add);
    sums.unwrap_or_else(|| measure_chunk(profile, keys, measure, 0..0))
}

fn measure_chunk(profile: &Profile, keys: &Keys, measure: Measure, rows: Range<usize>) -> Vec<Node> {
    let node = |key| Node { key, flat: Weight::default(), cum: Weight::default() };
    let mut nodes: Vec<Node> = (0..row_number(keys.len())).map(node).collect();
    // The number of the last sample that a node was seen in, from 1: no set to clear for each sample.
    let mut last_seen = vec![0_u32; nodes.len()];
    for (row, number) in rows.zip(1..) {
        let sample = profile.samples.get(row);
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
