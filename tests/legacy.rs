//! Legacy profiles, whole and damaged, are read as `go tool pprof` reads them: `scripts/legacy-oracle` has recorded
//! what it made of them.

use std::fmt::Write as _;

use profgate::decode::decode_any;
use profgate::profile::{LabelValue, Profile, StrId};
use serde::Deserialize;

#[derive(Deserialize)]
struct Recording {
    frames: Vec<Frames>,
    profiles: Vec<Record>,
}

/// The frames that pprof drops and keeps in the profile of a name.
#[derive(Deserialize)]
struct Frames {
    name: String,
    drop: String,
    keep: String,
}

/// What `go tool pprof -raw` says about a profile. Each character of its texts is one byte.
#[derive(Deserialize)]
struct Record {
    name: String,
    data: String,
    raw: Option<String>,
    error: Option<String>,
}

fn recording() -> Recording {
    let path = std::env::var_os("PROFGATE_LEGACY_RECORDING")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/legacy.json").into());
    let recording = std::fs::read(path).expect("the recording is there");
    serde_json::from_slice(&recording).expect("the recording is what the script writes")
}

fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|byte| u8::try_from(byte).expect("one byte")).collect()
}

/// The text of `id`, one character for each byte.
fn text(profile: &Profile, id: StrId) -> String {
    profile.text(id).iter().copied().map(char::from).collect()
}

/// `text` without white space at its ends, which is UTF-8 if the whole is.
fn trim(text: &str) -> String {
    let trimmed = String::from_utf8(bytes(text)).map(|text| text.trim().as_bytes().to_vec());
    trimmed.map_or_else(|_| text.trim_ascii().to_owned(), |text| text.into_iter().map(char::from).collect())
}

/// The lines of `-raw`, but `Duration:`.
fn raw(profile: &Profile) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let text = |id| text(profile, id);
    let header = &profile.header;
    let sample_types: Vec<String> =
        (header.sample_types.iter()).map(|kind| format!("{}/{}", text(kind.kind), text(kind.unit))).collect();
    writeln!(out, "PeriodType: {} {}", text(header.period_type.kind), text(header.period_type.unit))?;
    let sample_types = sample_types.join(" ");
    let sample_types = trim(&sample_types);
    writeln!(out, "Period: {}\nSamples:\n{sample_types}", header.period)?;
    for sample in profile.samples.iter() {
        for value in sample.values {
            write!(out, " {value:10}")?;
        }
        out.push_str(": ");
        for &location in sample.stack {
            write!(out, "{} ", profile.locations.row(location).id)?;
        }
        out.push('\n');
        for label in sample.labels {
            let LabelValue::Number(number, unit) = label.value else { panic!("a text label") };
            assert_eq!(unit, StrId::default());
            writeln!(out, "                {}:[{number}]", text(label.key))?;
        }
    }
    out.push_str("Locations\n");
    for id in profile.locations.ids() {
        let location = profile.locations.row(id);
        write!(out, "{:6}: {:#x} ", location.id, location.address)?;
        if let Some(mapping) = location.mapping {
            write!(out, "M={} ", profile.mapping(mapping).id)?;
        }
        for line in profile.locations.lines(id) {
            let function = profile.function(line.function);
            assert_eq!(function.name, function.system_name);
            let (name, file) = (text(function.name), text(function.filename));
            write!(out, "{name} {file}:{}:{} s={}", line.line, line.column, function.start_line)?;
        }
        out.push('\n');
    }
    out.push_str("Mappings\n");
    for mapping in &profile.mappings {
        let (file, build_id) = (text(mapping.file), text(mapping.build_id));
        let (id, start, limit, offset) = (mapping.id, mapping.start, mapping.limit, mapping.offset);
        writeln!(out, "{id}: {start:#x}/{limit:#x}/{offset:#x} {file} {build_id} ")?;
    }
    Ok(out)
}

#[test]
fn every_recorded_profile_is_read_as_pprof_reads_it() {
    let mut wrong = Vec::new();
    let profiles = recording().profiles;
    assert!(profiles.len() >= 400, "the recording is complete");
    for record in profiles {
        let given = decode_any(&bytes(&record.data)).map(|mut profile| {
            profile.ensure_mapping();
            raw(&profile).unwrap()
        });
        let is_right = match (&record.raw, &given) {
            (Some(expected), Ok(given)) => {
                let lines = expected.lines().filter(|line| !line.starts_with("Duration: "));
                lines.eq(given.lines())
            }
            // What pprof takes as complete without its end marker is refused here.
            (Some(_), Err(error)) => error.problem().contains("cut off before its end marker"),
            // This complaint comes later: the profile was read. And pprof does not read folded stacks.
            (None, Ok(given)) => {
                let is_later = |error: &String| error.contains("empty common sample type");
                record.error.as_ref().is_some_and(is_later) || given.contains("\nsamples/count\n")
            }
            (None, Err(_)) => true,
        };
        if !is_right {
            let expected = record.raw.or(record.error).unwrap_or_default();
            let given = given.unwrap_or_else(|error| error.to_string());
            wrong.push(format!("{}: {:?}\nexpected {expected}\ngiven {given}", record.name, record.data));
        }
    }
    assert!(wrong.is_empty(), "{} are read differently:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn frames_to_drop_and_keep_are_those_of_pprof() {
    let recording = recording();
    for frames in recording.frames {
        let record = recording.profiles.iter().find(|record| record.name == frames.name).unwrap();
        let profile = decode_any(&bytes(&record.data)).unwrap();
        assert_eq!(text(&profile, profile.header.drop_frames), frames.drop, "{}", frames.name);
        assert_eq!(text(&profile, profile.header.keep_frames), frames.keep, "{}", frames.name);
    }
}
