//! Selections leave what pprof's leave: the recorded answers come from `scripts/oracle/run select`.

use std::collections::BTreeMap;

use profgate::decode::decode;
use profgate::error::Result;
use profgate::profile::{LabelValue, Profile};
use profgate::select::{LabelUnits, Selection, SelectionArgs, drop_frames};
use serde::Deserialize;

#[derive(Deserialize)]
struct Answer {
    options: Options,
    /// A profile in hexadecimal.
    profile: String,
    error: Option<String>,
    #[serde(default)]
    notes: Vec<String>,
    /// What the selection leaves of the profile, in hexadecimal.
    left: Option<String>,
}

#[derive(Deserialize)]
struct Options {
    unit: String,
    #[serde(flatten)]
    selection: SelectionArgs,
}

fn profile(hexadecimal: &str) -> Profile {
    let bytes: Vec<u8> = (0..hexadecimal.len() / 2)
        .map(|place| u8::from_str_radix(&hexadecimal[2 * place..2 * place + 2], 16).unwrap())
        .collect();
    decode(&bytes).unwrap()
}

/// All of pprof's steps between reading a profile and reporting on it; what the user is told, sorted.
fn select(profile: &mut Profile, options: &Options) -> Result<Vec<String>> {
    let selection = Selection::compile(&options.selection)?;
    selection.symbolization.apply(profile)?;
    drop_frames(profile)?;
    let (units, mut notes) = LabelUnits::identify(profile);
    notes.extend(selection.add_label_frames(profile, &options.unit)?);
    notes.extend(selection.filter(profile, &units));
    selection.aggregation.apply(profile);
    let mut notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    notes.sort();
    Ok(notes)
}

/// Everything a selection can change, with texts instead of ids.
fn describe(profile: &Profile) -> Vec<String> {
    let text = |id| profile.text(id).escape_ascii().to_string();
    let mut lines: Vec<String> = profile.mappings.iter().map(|mapping| format!("{mapping:?}")).collect();
    for (mapping, line) in profile.mappings.iter().zip(&mut lines) {
        *line = format!(
            "mapping {} {} {} {} {} {}",
            mapping.id,
            text(mapping.file),
            mapping.has_functions,
            mapping.has_filenames,
            mapping.has_line_numbers,
            mapping.has_inline_frames
        );
    }
    lines.extend(profile.functions.iter().map(|function| {
        let [name, system_name, file] = [function.name, function.system_name, function.filename].map(text);
        format!("function {} {name:?} {system_name:?} {file:?} {}", function.id, function.start_line)
    }));
    for id in profile.locations.ids() {
        let row = profile.locations.row(id);
        let mapping = row.mapping.map(|mapping| profile.mapping(mapping).id);
        lines.push(format!("location {} {:#x} {mapping:?} {}", row.id, row.address, row.is_folded));
        lines.extend(
            profile.locations.lines(id).iter().map(|line| {
                format!("  {} {}:{}", profile.function(line.function).id, line.line, line.column)
            }),
        );
    }
    for sample in profile.samples.iter() {
        let stack: Vec<u64> = sample.stack.iter().map(|&id| profile.locations.row(id).id).collect();
        // The file has no order among keys, nor between the texts and numbers of one.
        let mut labels = BTreeMap::<_, Vec<String>>::new();
        for label in sample.labels {
            let (kind, value) = match label.value {
                LabelValue::Text(value) => ("text", text(value)),
                LabelValue::Number(value, unit) => ("number", format!("{value} {:?}", text(unit))),
            };
            labels.entry((text(label.key), kind)).or_default().push(value);
        }
        lines.push(format!("sample {stack:?} {:?} {labels:?}", sample.values));
    }
    lines
}

#[test]
fn every_recorded_selection_of_pprof_is_made() {
    let golden = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/select.json")).unwrap();
    let answers: Vec<Answer> = serde_json::from_slice(&golden).unwrap();
    assert_eq!(answers.len(), 250, "the recording is complete");
    for answer in answers {
        let mut selected = profile(&answer.profile);
        let notes = select(&mut selected, &answer.options).map_err(|error| error.to_string());
        let mut expected = answer.notes;
        expected.sort();
        let args = format!("{:?}", answer.options.selection);
        assert_eq!(notes, answer.error.map_or(Ok(expected), Err), "{args}");
        if let Some(left) = answer.left {
            for (selected, expected) in describe(&selected).iter().zip(&describe(&profile(&left))) {
                assert_eq!(selected, expected, "{args}");
            }
            assert_eq!(describe(&selected).len(), describe(&profile(&left)).len(), "{args}");
        }
    }
}
