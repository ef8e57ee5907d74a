//! Selections leave what pprof's leave: the recorded answers come from `scripts/oracle/run select`.

use std::collections::BTreeMap;

use profgate::decode::decode;
use profgate::error::Result;
use profgate::profile::{
    Function, FunctionId, Label, LabelValue, Line, Location, LocationId, Profile, Samples, ValueType,
};
use profgate::select::{LabelUnits, Selection, SelectionArgs, drop_frames};
use proptest::collection::vec;
use proptest::prelude::*;
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
        .map(|place| u8::from_str_radix(&hexadecimal[2 * place..2 * place + 2], 16).expect("two digits"))
        .collect();
    decode(&bytes).expect("written by pprof")
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
    let mut lines: Vec<String> = Vec::new();
    lines.extend(profile.mappings.iter().map(|mapping| {
        let flags = [
            mapping.has_functions,
            mapping.has_filenames,
            mapping.has_line_numbers,
            mapping.has_inline_frames,
        ];
        format!("mapping {} {:?} {flags:?}", mapping.id, text(mapping.file))
    }));
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
        let args = format!("{:?}", answer.options.selection);
        assert_eq!(notes, answer.error.map_or(Ok(answer.notes), Err), "{args}");
        if let Some(left) = answer.left {
            for (selected, expected) in describe(&selected).iter().zip(&describe(&profile(&left))) {
                assert_eq!(selected, expected, "{args}");
            }
            assert_eq!(describe(&selected).len(), describe(&profile(&left)).len(), "{args}");
        }
    }
}

/// Profiles with up to four functions, `a` to `d`, in up to five locations with up to three lines; the label `k` of
/// a sample is the name of one of them.
fn profiles() -> impl Strategy<Value = Profile> {
    let locations = vec(vec(0..4_u32, 0..4), 1..6);
    let samples = vec((vec(any::<prop::sample::Index>(), 0..6), -3..10_i64, 0..4_usize), 0..8);
    (locations, samples).prop_map(|(locations, samples)| {
        let mut profile = Profile::default();
        let names = ["a", "b", "c", "d"].map(|name| profile.strings.intern(name.as_bytes()).expect("fits"));
        let key = profile.strings.intern(b"k").expect("fits");
        profile.header.sample_types.push(ValueType::default());
        for (id, &name) in (1..).zip(&names) {
            profile.functions.push(Function { id, name, system_name: name, ..Function::default() });
        }
        for (id, lines) in (1..).zip(&locations) {
            let line = |&function| Line { function: FunctionId::new(function), line: 1, column: 0 };
            profile.locations.push(Location { id, ..Location::default() }, lines.iter().map(line));
        }
        profile.samples = Samples::new(1);
        for (stack, value, label) in samples {
            let ids: Vec<LocationId> = profile.locations.ids().collect();
            let stack = stack.iter().map(|index| *index.get(&ids));
            let label = Label { key, value: LabelValue::Text(names[label]) };
            profile.samples.push(stack, [value], [label]);
        }
        profile
    })
}

fn patterns() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-d]", "[a-d]\\|[a-d]", "\\[[a-d]{1,3}\\]"]
}

fn filtered(profile: &Profile, args: &SelectionArgs) -> Profile {
    let mut profile = profile.clone();
    let (units, _) = LabelUnits::identify(&profile);
    Selection::compile(args).expect("valid patterns").filter(&mut profile, &units);
    profile
}

proptest! {
    #[test]
    fn focus_and_ignore_share_out_the_samples_with_a_stack(profile in profiles(), pattern in "[a-d]") {
        let focused = filtered(&profile, &SelectionArgs { focus: pattern.clone(), ..SelectionArgs::default() });
        let others = filtered(&profile, &SelectionArgs { ignore: pattern, ..SelectionArgs::default() });
        let mut shared: Vec<_> = focused.samples.iter().chain(others.samples.iter()).map(|it| (it.stack, it.values)).collect();
        let mut all: Vec<_> = profile.samples.iter().map(|it| (it.stack, it.values)).filter(|it| !it.0.is_empty()).collect();
        shared.sort_unstable();
        all.sort_unstable();
        prop_assert_eq!(shared, all);
    }

    #[test]
    fn filters_apply_one_after_the_other(
        profile in profiles(),
        names in [patterns(), patterns(), patterns(), patterns()],
        rest in [patterns(), patterns(), patterns(), patterns()],
    ) {
        let [focus, ignore, hide, show] = names;
        let [show_from, tagfocus, tagignore, prune_from] = rest;
        let names = SelectionArgs { focus, ignore, hide, show, ..SelectionArgs::default() };
        let above = SelectionArgs { show_from: show_from.clone(), ..SelectionArgs::default() };
        let labels = SelectionArgs {
            tagfocus: tagfocus.clone(),
            tagignore: tagignore.clone(),
            ..SelectionArgs::default()
        };
        let below = SelectionArgs { prune_from: prune_from.clone(), ..SelectionArgs::default() };
        let together = SelectionArgs { show_from, tagfocus, tagignore, prune_from, ..names.clone() };
        let one_by_one = [names, above, labels, below].iter().fold(profile.clone(), |left, args| filtered(&left, args));
        prop_assert_eq!(describe(&filtered(&profile, &together)), describe(&one_by_one));
    }
}
