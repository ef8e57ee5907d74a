//! Labels to a table of their values (`-tags`).

use std::collections::BTreeMap;
use std::io::Write;

use super::{Report, table};
use crate::graph::{Tag, Weight, sort_tags};
use crate::pprof::output::Printed;
use crate::profile::{LabelValue, StrId};
use crate::units::scaled_label;

/// What samples with one key are worth, by the value of the label.
#[derive(Default)]
struct Values {
    total: i64,
    by_value: hashbrown::HashMap<Vec<u8>, i64>,
}

/// Prints each key with its values, the heaviest first.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let mut text = Vec::new();
    for (key, values) in collect(report) {
        let of_total =
            if report.total > 0 { format!(" ({})", report.percent(values.total)) } else { String::new() };
        text.extend_from_slice(&key);
        let (tag_total, total) = (report.value(values.total), report.value(report.total));
        text.extend(format!(":\t Total {tag_total} of {total}{of_total}\n").bytes());
        let tag = |(name, value)| Tag {
            name,
            value: 0,
            flat: Weight { value, divisor: 0 },
            cum: Weight::default(),
        };
        let mut tags: Vec<Tag> = values.by_value.into_iter().map(tag).collect();
        sort_tags(&mut tags, true);
        for tag in tags {
            let value = tag.flat.value;
            let percent =
                if report.total > 0 { format!(" ({})", report.percent(value)) } else { String::new() };
            text.extend(format!(" \t{}{percent}:\t ", report.value(value)).bytes());
            text.extend_from_slice(&tag.name);
            text.push(b'\n');
        }
        text.push(b'\n');
    }
    out.write_all(&table::align_right(&text))?;
    Ok(())
}

/// The values of each key, by its name.
fn collect(report: &Report<'_>) -> BTreeMap<Vec<u8>, Values> {
    let profile = &report.profile;
    let mut written = hashbrown::HashMap::<(StrId, LabelValue), Vec<u8>>::new();
    let mut keys = hashbrown::HashMap::<StrId, Values>::new();
    for sample in profile.samples.iter() {
        let value = report.measure.of(&sample).value;
        for label in sample.labels {
            let write = || match label.value {
                LabelValue::Text(text) => profile.text(text).to_vec(),
                LabelValue::Number(number, _) => {
                    scaled_label(number, &report.label_units.get(profile, label.key), &report.unit)
                        .into_bytes()
                }
            };
            let text = written.entry((label.key, label.value)).or_insert_with(write);
            let values = keys.entry(label.key).or_default();
            values.total = values.total.wrapping_add(value);
            let sum = values.by_value.entry_ref(text.as_slice()).or_insert(0);
            *sum = sum.wrapping_add(value);
        }
    }
    keys.into_iter().map(|(key, values)| (profile.text(key).to_vec(), values)).collect()
}
