//! Labels of samples to the tags of each node: what a picture hangs on a node to show where its values come from.

use hashbrown::HashMap;

use super::{Keys, Measure, NodeId, Weight};
use crate::profile::{LabelValue, Profile, StrId};
use crate::units::scaled_label;

/// What was measured under one label or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The text to show.
    pub name: Vec<u8>,
    /// The number of a numeric tag; 0 for labels.
    pub value: i64,
    /// What was measured in the node itself.
    pub flat: Weight,
    /// What was measured in the node and below.
    pub cum: Weight,
}

/// The tags of one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeTags {
    /// One tag for each set of text labels that samples have.
    pub labels: Vec<Tag>,
    /// Sizes, by the name of the text labels that stand beside them (empty if there are none).
    pub numbers: Vec<(Vec<u8>, Vec<Tag>)>,
}

impl NodeTags {
    /// Number of tags with a flat value.
    #[must_use]
    pub fn flat_count(&self) -> usize {
        let numbers = self.numbers.iter().flat_map(|(_, tags)| tags);
        self.labels.iter().chain(numbers).filter(|tag| tag.flat.value != 0).count()
    }

    /// Removes tags that are below `cutoff` both flat and cumulative.
    pub(super) fn trim(&mut self, cutoff: i64) {
        let is_kept =
            |tag: &Tag| tag.flat.value.wrapping_abs() >= cutoff || tag.cum.value.wrapping_abs() >= cutoff;
        self.labels.retain(is_kept);
        for (_, tags) in &mut self.numbers {
            tags.retain(is_kept);
        }
    }
}

/// Sorts `tags` by absolute value, then by name.
pub fn sort_tags(tags: &mut [Tag], by_flat: bool) {
    let size = |tag: &Tag| {
        let flat = tag.flat.value.wrapping_abs();
        if by_flat { (flat, 0) } else { (tag.cum.value.wrapping_abs(), flat) }
    };
    tags.sort_by(|x, y| size(y).cmp(&size(x)).then_with(|| x.name.cmp(&y.name)));
}

/// The one numeric label that pictures show.
const SIZE_KEY: &[u8] = b"bytes";
/// Marks samples of the base; not shown in pictures.
const BASE_KEY: &[u8] = b"pprof::base";

/// How numbers of tags are written.
#[derive(Debug, Clone, Copy)]
pub struct TagUnits<'a> {
    /// The unit of the label `bytes`.
    pub source: &'a str,
    /// The unit to show.
    pub target: &'a str,
}

/// Sums up the labels under each of `nodes` nodes.
///
/// `path` writes the nodes that a sample counts for, the leaf last; it may name a node twice.
pub(super) fn collect(
    profile: &Profile,
    measure: Measure,
    units: TagUnits<'_>,
    nodes: usize,
    mut path: impl FnMut(&crate::profile::SampleView<'_>, &mut Vec<NodeId>),
) -> Vec<NodeTags> {
    let mut collector = Collector { units, numbers: HashMap::new(), tags: vec![Found::default(); nodes] };
    let mut last_seen = vec![0_u32; nodes];
    let mut on_stack = Vec::new();
    for (sample, number) in profile.samples.iter().zip(1..) {
        let weight = measure.of(&sample);
        let sizes = sizes(profile, sample.labels);
        let labels = joined_labels(profile, sample.labels);
        if weight.is_zero() || (labels.is_empty() && sizes.is_empty()) {
            continue;
        }
        on_stack.clear();
        path(&sample, &mut on_stack);
        for &node in &on_stack {
            if last_seen[node.index()] != number {
                last_seen[node.index()] = number;
                collector.add(node, &labels, &sizes, |tag| tag.cum.add(weight));
            }
        }
        if let Some(&leaf) = on_stack.last() {
            collector.add(leaf, &labels, &sizes, |tag| tag.flat.add(weight));
        }
    }
    collector.tags.into_iter().map(Found::sorted).collect()
}

/// The nodes of a sample when each key is a node.
pub(super) fn key_path(keys: &Keys, stack: &[crate::profile::LocationId], path: &mut Vec<NodeId>) {
    for &location in stack.iter().rev() {
        path.extend(keys.of(location).iter().rev().map(|&key| NodeId(key)));
    }
}

fn sizes(profile: &Profile, labels: &[crate::profile::Label]) -> Vec<i64> {
    let size = |label: &crate::profile::Label| match label.value {
        LabelValue::Number(number, _) if profile.text(label.key) == SIZE_KEY => Some(number),
        _ => None,
    };
    labels.iter().filter_map(size).collect()
}

/// All text labels of a sample as one text; empty without labels.
fn joined_labels(profile: &Profile, labels: &[crate::profile::Label]) -> Vec<u8> {
    let join = |key: StrId, value: StrId| [profile.text(key), b":", profile.text(value)].concat();
    let mut texts: Vec<Vec<u8>> = labels
        .iter()
        .filter_map(|label| match label.value {
            LabelValue::Text(text) if profile.text(label.key) != BASE_KEY => Some(join(label.key, text)),
            _ => None,
        })
        .collect();
    texts.sort();
    // A line break in the language of dot, not in the text.
    texts.join(&br"\n"[..])
}

#[derive(Default, Clone)]
struct Found {
    labels: HashMap<Vec<u8>, Tag>,
    numbers: HashMap<Vec<u8>, HashMap<Vec<u8>, Tag>>,
}

impl Found {
    fn sorted(self) -> NodeTags {
        let by_name = |tags: HashMap<Vec<u8>, Tag>| {
            let mut tags: Vec<Tag> = tags.into_values().collect();
            tags.sort_by(|x, y| x.name.cmp(&y.name));
            tags
        };
        let mut numbers: Vec<_> =
            self.numbers.into_iter().map(|(labels, tags)| (labels, by_name(tags))).collect();
        numbers.sort_by(|(x, _), (y, _)| x.cmp(y));
        NodeTags { labels: by_name(self.labels), numbers }
    }
}

struct Collector<'a> {
    units: TagUnits<'a>,
    /// How each number is written.
    numbers: HashMap<i64, Vec<u8>>,
    tags: Vec<Found>,
}

impl Collector<'_> {
    fn add(&mut self, node: NodeId, labels: &[u8], sizes: &[i64], add: impl Fn(&mut Tag)) {
        let new = |name: &[u8], value| Tag {
            name: name.to_vec(),
            value,
            flat: Weight::default(),
            cum: Weight::default(),
        };
        let found = &mut self.tags[node.index()];
        if !labels.is_empty() {
            add(found.labels.entry_ref(labels).or_insert_with(|| new(labels, 0)));
        }
        for &size in sizes {
            let units = self.units;
            let name = self
                .numbers
                .entry(size)
                .or_insert_with(|| scaled_label(size, units.source, units.target).into_bytes());
            let numbers = found.numbers.entry_ref(labels).or_default();
            add(numbers.entry_ref(name.as_slice()).or_insert_with(|| new(name, size)));
        }
    }
}
