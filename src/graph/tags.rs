//! Labels of samples to the tags of each node: what a picture hangs on a node to show where its values come from.

use hashbrown::HashMap;

use super::{Keys, Measure, NodeId, Weight};
use crate::profile::{Label, LabelValue, LocationId, Profile, SampleView, StrId};
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

/// Sums up the labels under those nodes that are `wanted`.
///
/// `path` writes the nodes that a sample counts for, the leaf last; it may name a node twice.
pub(super) fn collect(
    profile: &Profile,
    measure: Measure,
    units: TagUnits<'_>,
    wanted: &[bool],
    mut path: impl FnMut(&SampleView<'_>, &mut Vec<NodeId>),
) -> Vec<NodeTags> {
    let mut labels = LabelSets { profile, units, known: HashMap::new(), texts: Texts::default() };
    let mut tags = HashMap::<TagKey, Tag>::new();
    let mut last_seen = vec![0_u32; wanted.len()];
    let mut on_stack = Vec::new();
    for (sample, number) in profile.samples.iter().zip(1..) {
        let weight = measure.of(&sample);
        if weight.is_zero() || sample.labels.is_empty() {
            continue;
        }
        let set = labels.set(sample.labels);
        on_stack.clear();
        path(&sample, &mut on_stack);
        let mut add = |node: NodeId, add: fn(&mut Tag, Weight)| {
            for &(labels, name, value) in &set {
                let new = || Tag { name: Vec::new(), value, flat: Weight::default(), cum: Weight::default() };
                add(tags.entry((node, labels, name)).or_insert_with(new), weight);
            }
        };
        for &node in on_stack.iter().filter(|node| wanted[node.index()]) {
            if last_seen[node.index()] != number {
                last_seen[node.index()] = number;
                add(node, |tag, weight| tag.cum.add(weight));
            }
        }
        if let Some(&leaf) = on_stack.last().filter(|leaf| wanted[leaf.index()]) {
            add(leaf, |tag, weight| tag.flat.add(weight));
        }
    }
    by_node(tags, &labels.texts, wanted.len())
}

/// The nodes of a sample when each key is a node.
pub(super) fn key_path(keys: &Keys, stack: &[LocationId], path: &mut Vec<NodeId>) {
    for &location in stack.iter().rev() {
        path.extend(keys.of(location).iter().rev().map(|&key| NodeId(key)));
    }
}

/// A tag of a node: the text of the labels, and the text of the number or nothing for the labels themselves.
type TagKey = (NodeId, u32, Option<u32>);

/// The tags in the rows of their nodes, by name.
fn by_node(tags: HashMap<TagKey, Tag>, texts: &Texts, nodes: usize) -> Vec<NodeTags> {
    let mut rows: Vec<(TagKey, Tag)> = tags.into_iter().collect();
    let name = |&((node, labels, name), _): &(TagKey, Tag)| {
        (node, texts.get(labels), name.map(|name| texts.get(name)))
    };
    rows.sort_by(|x, y| name(x).cmp(&name(y)));
    let mut found = vec![NodeTags::default(); nodes];
    for ((node, labels, name), tag) in rows {
        let NodeTags { labels: of_labels, numbers } = &mut found[node.index()];
        let labels = texts.get(labels);
        let Some(name) = name else {
            of_labels.push(Tag { name: labels.to_vec(), ..tag });
            continue;
        };
        if numbers.last().is_none_or(|(known, _)| known != labels) {
            numbers.push((labels.to_vec(), Vec::new()));
        }
        if let Some((_, tags)) = numbers.last_mut() {
            tags.push(Tag { name: texts.get(name).to_vec(), ..tag });
        }
    }
    found
}

/// Texts by number.
#[derive(Default)]
struct Texts {
    numbers: HashMap<Vec<u8>, u32>,
    texts: Vec<Vec<u8>>,
}

impl Texts {
    fn number(&mut self, text: Vec<u8>) -> u32 {
        let Self { numbers, texts } = self;
        *numbers.entry(text).or_insert_with_key(|text| {
            texts.push(text.clone());
            super::key::row_number(texts.len() - 1)
        })
    }

    fn get(&self, number: u32) -> &[u8] {
        &self.texts[number as usize]
    }
}

/// What to count for a sample: tags without their nodes, each with its number.
type LabelSet = Vec<(u32, Option<u32>, i64)>;

/// The labels of samples, which repeat from sample to sample.
struct LabelSets<'a> {
    profile: &'a Profile,
    units: TagUnits<'a>,
    known: HashMap<Vec<Label>, LabelSet>,
    texts: Texts,
}

impl LabelSets<'_> {
    fn set(&mut self, labels: &[Label]) -> LabelSet {
        if let Some(known) = self.known.get(labels) {
            return known.clone();
        }
        let joined = joined_labels(self.profile, labels);
        let mut set = LabelSet::new();
        let is_empty = joined.is_empty();
        let joined = self.texts.number(joined);
        if !is_empty {
            set.push((joined, None, 0));
        }
        for label in labels {
            if let LabelValue::Number(number, _) = label.value
                && self.profile.text(label.key) == SIZE_KEY
            {
                let name = scaled_label(number, self.units.source, self.units.target).into_bytes();
                set.push((joined, Some(self.texts.number(name)), number));
            }
        }
        self.known.insert(labels.to_vec(), set.clone());
        set
    }
}

/// All text labels of a sample as one text; empty without labels.
fn joined_labels(profile: &Profile, labels: &[Label]) -> Vec<u8> {
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
