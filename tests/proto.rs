//! The decoder against the types that prost generates from proto/profile.proto.

use profgate::decode::schema as pb;
use profgate::decode::{decode, scan};
use profgate::profile::{LabelValue, Profile, SampleStream, encode};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;

/// A small valid profile: indices and ids point at something that exists. No text but the first is empty: a label
/// with the empty text is written as a label without one, by pprof too.
fn profiles() -> impl Strategy<Value = pb::Profile> {
    let texts = 8_i64;
    let text = move || 0..texts;
    let line = (1..=3_u64, any::<i64>(), any::<i64>());
    let location = (any::<u64>(), 0..=2_u64, vec(line, 0..3), any::<bool>());
    let label = (text(), text(), any::<i64>(), text());
    let sample = (vec(1..=4_u64, 0..6), (any::<i64>(), any::<i64>()), vec(label, 0..3));
    let function = (text(), text(), text(), any::<i64>());
    (
        (vec(location, 4), vec(function, 3), vec(sample, 0..12), vec(".{1,6}", 7)),
        (any::<i64>(), any::<i64>(), any::<i64>(), vec(text(), 0..4), text(), text()),
    )
        .prop_map(|((locations, functions, samples, texts), header)| {
            let (time_nanos, duration_nanos, period, comment, default_sample_type, doc_url) = header;
            let ids = |count: usize| 1..=u64::try_from(count).expect("few");
            pb::Profile {
                sample_type: vec![pb::ValueType { r#type: 1, unit: 2 }, pb::ValueType { r#type: 3, unit: 4 }],
                sample: samples
                    .into_iter()
                    .map(|(location_id, (a, b), labels)| pb::Sample {
                        location_id,
                        value: vec![a, b],
                        label: labels
                            .into_iter()
                            .map(|(key, str, num, num_unit)| pb::Label { key, str, num, num_unit })
                            .collect(),
                    })
                    .collect(),
                mapping: vec![
                    pb::Mapping { id: 1, memory_limit: 4096, filename: 5, build_id: 6, ..Default::default() },
                    pb::Mapping { id: 2, has_functions: true, ..Default::default() },
                ],
                location: ids(locations.len())
                    .zip(locations)
                    .map(|(id, (address, mapping_id, lines, is_folded))| pb::Location {
                        id,
                        mapping_id,
                        address,
                        line: lines
                            .into_iter()
                            .map(|(function_id, line, column)| pb::Line { function_id, line, column })
                            .collect(),
                        is_folded,
                    })
                    .collect(),
                function: ids(functions.len())
                    .zip(functions)
                    .map(|(id, (name, system_name, filename, start_line))| pb::Function {
                        id,
                        name,
                        system_name,
                        filename,
                        start_line,
                    })
                    .collect(),
                string_table: std::iter::once(String::new()).chain(texts).collect(),
                time_nanos,
                duration_nanos,
                period_type: Some(pb::ValueType { r#type: 3, unit: 4 }),
                period,
                comment,
                default_sample_type,
                doc_url,
                ..Default::default()
            }
        })
}

/// Everything a decoded profile says, in the shape that the messages have.
fn described(profile: &Profile) -> Vec<String> {
    let text = |id| profile.display(id).into_owned();
    let mut said = Vec::new();
    for sample in profile.samples.iter() {
        let stack: Vec<_> = sample.stack.iter().map(|&id| profile.locations.row(id).id).collect();
        let label = |label: &profgate::profile::Label| match label.value {
            LabelValue::Text(value) => format!("{}={}", text(label.key), text(value)),
            LabelValue::Number(value, unit) => format!("{}={value}{}", text(label.key), text(unit)),
        };
        let labels: Vec<_> = sample.labels.iter().map(label).collect();
        said.push(format!("sample {stack:?} {:?} {labels:?}", sample.values));
    }
    for id in profile.locations.ids() {
        let row = profile.locations.row(id);
        let mapping = row.mapping.map_or(0, |mapping| profile.mapping(mapping).id);
        let line =
            |line: &profgate::profile::Line| (profile.function(line.function).id, line.line, line.column);
        let lines: Vec<_> = profile.locations.lines(id).iter().map(line).collect();
        said.push(format!("location {} {mapping} {} {lines:?} {}", row.id, row.address, row.is_folded));
    }
    for row in &profile.functions {
        let (name, system, file) = (text(row.name), text(row.system_name), text(row.filename));
        said.push(format!("function {} {name} {system} {file} {}", row.id, row.start_line));
    }
    for row in &profile.mappings {
        said.push(format!("mapping {} {} {} {}", row.id, row.limit, text(row.file), text(row.build_id)));
    }
    let header = &profile.header;
    let comments: Vec<_> = header.comments.iter().map(|&comment| text(comment)).collect();
    said.push(format!(
        "header {} {} {} {comments:?}",
        header.time_nanos, header.duration_nanos, header.period
    ));
    said.push(format!("default {} {}", text(header.default_sample_type), text(header.doc_url)));
    said
}

/// The same from prost's messages, by pprof's rules for labels.
fn described_messages(profile: &pb::Profile) -> Vec<String> {
    let text = |index: i64| profile.string_table[usize::try_from(index).expect("valid")].clone();
    let mut said = Vec::new();
    for sample in &profile.sample {
        let label = |label: &pb::Label| match (label.str, label.num, label.num_unit) {
            (0, 0, 0) => None,
            (0, num, unit) => Some(format!("{}={num}{}", text(label.key), text(unit))),
            (value, ..) => Some(format!("{}={}", text(label.key), text(value))),
        };
        let labels: Vec<_> = sample.label.iter().filter_map(label).collect();
        said.push(format!("sample {:?} {:?} {labels:?}", sample.location_id, sample.value));
    }
    for row in &profile.location {
        let lines: Vec<_> = row.line.iter().map(|line| (line.function_id, line.line, line.column)).collect();
        said.push(format!(
            "location {} {} {} {lines:?} {}",
            row.id, row.mapping_id, row.address, row.is_folded
        ));
    }
    for row in &profile.function {
        let (name, system, file) = (text(row.name), text(row.system_name), text(row.filename));
        said.push(format!("function {} {name} {system} {file} {}", row.id, row.start_line));
    }
    for row in &profile.mapping {
        said.push(format!(
            "mapping {} {} {} {}",
            row.id,
            row.memory_limit,
            text(row.filename),
            text(row.build_id)
        ));
    }
    let comments: Vec<_> = profile.comment.iter().map(|&comment| text(comment)).collect();
    said.push(format!(
        "header {} {} {} {comments:?}",
        profile.time_nanos, profile.duration_nanos, profile.period
    ));
    said.push(format!("default {} {}", text(profile.default_sample_type), text(profile.doc_url)));
    said
}

proptest! {
    #[test]
    fn decodes_what_prost_decodes(message in profiles()) {
        let profile = decode(&message.encode_to_vec()).expect("a valid profile");
        prop_assert_eq!(described(&profile), described_messages(&message));
    }

    #[test]
    fn encoding_keeps_everything(message in profiles()) {
        let profile = decode(&message.encode_to_vec()).expect("a valid profile");
        let again = decode(&encode(&profile)).expect("our own encoding");
        // Labels are written in pprof's order; all else keeps its place.
        let sorted = |profile: &Profile| {
            let mut said = described(profile);
            said.retain(|line| !line.starts_with("sample"));
            said
        };
        prop_assert_eq!(sorted(&profile), sorted(&again));
        let values = |profile: &Profile| profile.samples.column_sums();
        prop_assert_eq!(values(&profile), values(&again));
        prop_assert_eq!(encode(&again), encode(&profile));
    }

    #[test]
    fn walking_in_place_sees_the_samples_that_decoding_stores(message in profiles()) {
        let data = message.encode_to_vec();
        let scanned = scan(&data).expect("a valid profile");
        let mut walked = Vec::new();
        for chunk in 0..scanned.chunks() {
            scanned.walk(chunk, |stack, values| walked.push((stack.to_vec(), values.to_vec()))).expect("valid");
        }
        let stored = decode(&data).expect("a valid profile");
        let stored: Vec<_> =
            stored.samples.iter().map(|sample| (sample.stack.to_vec(), sample.values.to_vec())).collect();
        prop_assert_eq!(walked, stored);
    }

    #[test]
    fn damage_is_an_error_and_never_a_panic(
        message in profiles(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut data = message.encode_to_vec();
        let at = at.index(data.len());
        if cut { data.truncate(at); } else { data[at] ^= byte; }
        let _ = decode(&data);
    }

    #[test]
    fn any_bytes_are_a_profile_or_an_error(data in vec(any::<u8>(), 0..400)) {
        if let Ok(profile) = decode(&data) {
            prop_assert!(profile.samples.iter().all(|sample| sample.values.len() == profile.width()));
        }
    }
}
