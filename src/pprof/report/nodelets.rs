//! The labels of a node to the small boxes that hang on it.

use super::Report;
use crate::graph::{MOST_TAGS, NodeTags, Tag, Weight, sort_tags};
use crate::units::{go_int, label, scale};

/// Draws the tags of node `number`. A node without calls shows the cumulative values of its tags, which have the
/// values of the nodes that were left out below it; other nodes show the flat ones.
pub(super) fn draw(report: &Report<'_>, tags: NodeTags, number: u32, by_flat: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let NodeTags { mut labels, numbers } = tags;
    let mut numbers: Vec<_> = numbers.into_iter().map(|(name, tags)| (name, Some(tags))).collect();
    let mut take_numbers =
        |name: &[u8]| numbers.iter_mut().find(|(labels, _)| labels == name).and_then(|(_, tags)| tags.take());
    sort_tags(&mut labels, by_flat);
    labels.truncate(MOST_TAGS);
    for (row, tag) in labels.iter().enumerate() {
        let weight = if by_flat { tag.flat.mean() } else { tag.cum.mean() };
        if weight == 0 {
            continue;
        }
        let id = format!("N{number}_{row}");
        draw_box(&mut out, report, &format!("N{number}"), &id, &tag.name, weight, "");
        if let Some(tags) = take_numbers(&tag.name) {
            draw_numbers(&mut out, report, &id, tags, by_flat);
        }
    }
    if let Some(tags) = take_numbers(b"") {
        draw_numbers(&mut out, report, &format!("N{number}"), tags, by_flat);
    }
    out
}

fn draw_box(
    out: &mut Vec<u8>,
    report: &Report<'_>,
    source: &str,
    id: &str,
    name: &[u8],
    weight: i64,
    style: &str,
) {
    let weight = report.value(weight);
    out.extend(format!("{id} [label = \"").bytes());
    out.extend_from_slice(name);
    out.extend(format!("\" id=\"{id}\" fontsize=8 shape=box3d tooltip=\"{weight}\"]\n").bytes());
    let line = format!(
        "{source} -> {id} [label=\" {weight}\" weight=100 tooltip=\"{weight}\" labeltooltip=\"{weight}\"{style}]\n"
    );
    out.extend(line.bytes());
}

fn draw_numbers(out: &mut Vec<u8>, report: &Report<'_>, source: &str, tags: Vec<Tag>, by_flat: bool) {
    for (row, tag) in collapsed(report, tags, by_flat).iter().enumerate() {
        let (flat, cum) = (tag.flat.mean(), tag.cum.mean());
        let (weight, style) = if by_flat || flat == cum { (flat, "") } else { (cum, " style=\"dotted\"") };
        if weight != 0 {
            // The name of the source stands twice after an N, as in pprof.
            draw_box(out, report, source, &format!("N{source}_{row}"), &tag.name, weight, style);
        }
    }
}

/// `tags` in few groups of near sizes: the heaviest sizes, each with the others that are nearest to it.
fn collapsed(report: &Report<'_>, mut tags: Vec<Tag>, by_flat: bool) -> Vec<Tag> {
    sort_tags(&mut tags, by_flat);
    if tags.len() <= MOST_TAGS {
        return tags;
    }
    let unit = report.size_unit();
    let mut groups: Vec<Vec<Tag>> = Vec::new();
    for tag in tags {
        if groups.len() < MOST_TAGS {
            groups.push(vec![tag]);
            continue;
        }
        let mut nearest = 0;
        let mut smallest = f64::INFINITY;
        for (row, group) in groups.iter().enumerate() {
            let distance = distance(&tag, &group[0], &unit);
            if distance < smallest {
                (nearest, smallest) = (row, distance);
            }
        }
        groups[nearest].push(tag);
    }
    let mut tags: Vec<Tag> = groups.iter().map(|group| summary(group, &unit)).collect();
    sort_tags(&mut tags, by_flat);
    tags
}

#[expect(clippy::cast_precision_loss, reason = "pprof measures in floating point")]
fn distance(tag: &Tag, other: &Tag, unit: &str) -> f64 {
    (tag.value as f64 - scale(other.value, unit, unit).0).abs()
}

/// A group as one tag: `1kB..4kB`.
fn summary(group: &[Tag], unit: &str) -> Tag {
    let sizes = || group.iter().map(|tag| tag.value);
    let scaled = |value| go_int(scale(value, unit, unit).0);
    let (mut smallest, mut largest) = (group[0].value, group[0].value);
    for size in sizes() {
        if scaled(size) < smallest {
            smallest = size;
        }
        if scaled(size) > largest {
            largest = size;
        }
    }
    let sum = |of: fn(&Tag) -> Weight| {
        let mut sum = Weight::default();
        for tag in group {
            sum.add(of(tag));
        }
        Weight { value: sum.mean(), divisor: 0 }
    };
    let name = match group {
        [tag] => label(tag.value, unit),
        _ => format!("{}..{}", label(smallest, unit), label(largest, unit)),
    };
    Tag { name: name.into_bytes(), value: 0, flat: sum(|tag| tag.flat), cum: sum(|tag| tag.cum) }
}
