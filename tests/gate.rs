//! Whole comparisons: hostile profiles, and what is said beside the numbers.

use profgate::decode;
use profgate::error::ErrorKind;
use profgate::profile::{
    Function, FunctionId, Line, Location, LocationId, Profile, Samples, ValueType, encode,
};
use serde_json::Value;
use tempfile::TempDir;

mod support;
use support::{file, parts, profgate, run};

/// A profile of `work` called by `main`, of the given sample types, with one value for each type in each sample.
struct Sketch<'a> {
    types: &'a [(&'a str, &'a str)],
    samples: &'a [(&'a [&'a str], &'a [i64])],
    seconds: i64,
    period: i64,
    drop_frames: &'a str,
}

impl Default for Sketch<'_> {
    fn default() -> Self {
        Self {
            types: &[("samples", "count"), ("cpu", "nanoseconds")],
            samples: &[(&["work", "main"], &[9, 90]), (&["main"], &[1, 10])],
            seconds: 0,
            period: 10,
            drop_frames: "",
        }
    }
}

impl Sketch<'_> {
    fn encode(&self) -> Vec<u8> {
        let mut profile = Profile { samples: Samples::new(self.types.len()), ..Profile::default() };
        let mut text = |text: &str| profile.strings.intern(text.as_bytes()).expect("fits");
        let types: Vec<_> =
            self.types.iter().map(|(kind, unit)| ValueType { kind: text(kind), unit: text(unit) }).collect();
        profile.header.drop_frames = text(self.drop_frames);
        let filename = text("/home/ci/build/main.go");
        profile.header.period_type = types[types.len() - 1];
        profile.header.sample_types = types;
        profile.header.period = self.period;
        profile.header.duration_nanos = self.seconds * 1_000_000_000;
        for (stack, values) in self.samples {
            let mut locations = Vec::new();
            for name in *stack {
                let name = profile.strings.intern(name.as_bytes()).expect("fits");
                let row = u32::try_from(profile.functions.len()).expect("few");
                let id = u64::from(row) + 1;
                let function = Function { id, name, system_name: name, filename, ..Function::default() };
                profile.functions.push(function);
                let line = Line { function: FunctionId::new(row), line: 1, column: 0 };
                profile.locations.push(Location { id, address: id, ..Location::default() }, [line]);
                locations.push(LocationId::new(row));
            }
            profile.samples.push(locations, values.iter().copied(), []);
        }
        encode(&profile)
    }
}

/// A directory with a profile for each side, and the arguments that compare them.
fn sides(base: &Sketch, new: &Sketch) -> (TempDir, String) {
    let root = tempfile::tempdir().expect("a directory");
    let base = file(root.path(), "base.pb", &base.encode());
    let new = file(root.path(), "new.pb", &new.encode());
    (root, format!("diff {base} {new}"))
}

/// The first comparison of the JSON report of `profgate diff BASE NEW ARGS`, where `~` in ARGS is a blank that does
/// not end an argument.
#[track_caller]
fn compare(base: &Sketch, new: &Sketch, args: &str) -> Value {
    let (_root, diff) = sides(base, new);
    let args = args.split_whitespace().map(|arg| arg.replace('~', " "));
    let mut command = profgate();
    command.args(diff.split_whitespace()).args(["--report", "json"]).args(args);
    let (code, stdout, stderr) = parts(&command.output().expect("the binary starts"));
    assert!(code < 2, "{stderr}");
    let mut report: Value = serde_json::from_str(&stdout).expect("JSON");
    report["comparisons"][0].take()
}

/// The messages of the caveats with this code.
fn caveats(comparison: &Value, code: &str) -> Vec<String> {
    let all = comparison["caveats"].as_array().expect("a list");
    let with_code = all.iter().filter(|caveat| caveat["code"] == code);
    with_code.map(|caveat| caveat["message"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn a_profile_with_more_than_64_sample_types_is_damaged() {
    let with_types = |count: usize| {
        let types = vec![("cpu", "nanoseconds"); count];
        Sketch { types: &types, samples: &[], ..Sketch::default() }.encode()
    };
    assert_eq!(decode::decode(&with_types(64)).map(|profile| profile.width()), Ok(64));
    let error = decode::decode(&with_types(65)).expect_err("no profiler writes that");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.problem().contains("65 sample types"), "{error}");
}

#[test]
fn sums_that_do_not_fit_are_refused_whichever_way_the_profile_is_read() {
    let huge: &[(&[&str], &[i64])] = &[(&["work", "main"], &[1, i64::MAX]), (&["main"], &[1, i64::MAX])];
    let (_root, diff) = sides(&Sketch::default(), &Sketch { samples: huge, ..Sketch::default() });
    for args in ["", "--focus work", "--normalize", "--granularity files"] {
        let (code, _, stderr) = parts(&run(&format!("{diff} {args}")));
        assert_eq!(code, 2, "{args}");
        assert!(stderr.contains("new.pb: the values add up"), "{args}: {stderr}");
        assert!(!stderr.contains("base.pb"), "{args}: {stderr}");
    }
}

#[test]
fn what_a_filter_has_to_say_is_a_caveat_once() {
    let other: &[(&[&str], &[i64])] = &[(&["other", "main"], &[9, 90]), (&["main"], &[1, 10])];
    let both = compare(&Sketch::default(), &Sketch::default(), "--ignore nothing --hide nowhere");
    assert_eq!(
        caveats(&both, "filter-no-match"),
        ["Ignore expression matched no samples", "Hide expression matched no samples"]
    );
    let one = compare(
        &Sketch::default(),
        &Sketch { samples: other, ..Sketch::default() },
        "--ignore other --limit total~+500%",
    );
    assert_eq!(
        caveats(&one, "filter-no-match"),
        ["Ignore expression matched no samples, in 1 of 2 profiles"]
    );
    let range = compare(&Sketch::default(), &Sketch::default(), "--tagignore 5:7");
    assert_eq!(caveats(&range, "filter-as-range").len(), 1);
}

#[test]
fn an_invalid_pattern_of_the_profile_is_a_caveat_with_and_without_filters() {
    let invalid = Sketch { drop_frames: "work(", ..Sketch::default() };
    for args in ["", "--hide nowhere"] {
        let comparison = compare(&invalid, &invalid, args);
        let said = caveats(&comparison, "invalid-drop-frames");
        assert_eq!(said.len(), 1, "{args}");
        assert!(said[0].contains("`work(`"), "{}", said[0]);
    }
}

#[test]
fn sides_recorded_in_different_ways_have_caveats() {
    let like = |seconds, period| Sketch { seconds, period, ..Sketch::default() };
    let duration = |base, new, args: &str| {
        !caveats(&compare(&like(base, 10), &like(new, 10), args), "different-duration").is_empty()
    };
    assert!(duration(10, 12, "--basis absolute"));
    assert!(duration(12, 10, "--basis absolute --focus work"));
    assert!(!duration(10, 11, "--basis absolute"), "10 % is not more than 10 %");
    assert!(!duration(0, 12, "--basis absolute"), "a duration is unknown");
    assert!(!duration(10, 12, "--basis per-second"));
    assert!(!duration(10, 12, "--basis share"));

    let period = |new| caveats(&compare(&like(0, 10), &like(0, new), ""), "different-period");
    assert_eq!(period(10), [""; 0]);
    assert_eq!(
        period(20),
        ["a sample stands for 10 nanoseconds in one profile and for 20 nanoseconds in another"]
    );
}

#[test]
fn built_in_limits_and_sample_types_that_say_little_have_caveats() {
    let plain = Sketch::default();
    let has = |comparison: &Value, code: &str| !caveats(comparison, code).is_empty();
    assert!(has(&compare(&plain, &plain, ""), "builtin-limits"));
    assert!(!has(&compare(&plain, &plain, "--limit total~+5%"), "builtin-limits"));

    let heap = Sketch { types: &[("alloc_space", "bytes"), ("inuse_space", "bytes")], ..Sketch::default() };
    assert!(has(&compare(&heap, &heap, "--sample-index inuse_space"), "snapshot-profile"));
    assert!(!has(&compare(&heap, &heap, "--sample-index alloc_space"), "snapshot-profile"));

    let cpu = Sketch {
        types: &[("cpu", "nanoseconds")],
        samples: &[(&["work", "main"], &[90])],
        ..Sketch::default()
    };
    let dropped = caveats(&compare(&plain, &cpu, ""), "dropped-sample-types");
    assert_eq!(dropped, ["not every profile has `samples`, so it was left out"]);
    assert!(!has(&compare(&plain, &plain, "--focus work"), "dropped-sample-types"));
}

#[test]
fn rows_that_are_not_shown_are_counted() {
    let cheaper: &[(&[&str], &[i64])] = &[(&["work", "main"], &[8, 80]), (&["main"], &[1, 10])];
    let cheaper = Sketch { samples: cheaper, ..Sketch::default() };
    let dropped = compare(&Sketch::default(), &cheaper, "--drop-negative");
    assert_eq!(caveats(&dropped, "drop-negative"), ["2 rows that got cheaper are not shown"]);
    let none = compare(&cheaper, &Sketch::default(), "--drop-negative");
    assert_eq!(caveats(&none, "drop-negative"), [""; 0]);
}

#[test]
fn samples_are_counted_before_they_are_scaled() {
    let twice: &[(&[&str], &[i64])] = &[(&["work", "main"], &[18, 180]), (&["main"], &[2, 20])];
    let twice = Sketch { samples: twice, ..Sketch::default() };
    for args in ["", "--normalize", "--focus work", "--granularity lines"] {
        let comparison = compare(&Sketch::default(), &twice, args);
        let samples = |side: &str| comparison[side]["runs"][0]["samples"].clone();
        assert_eq!((samples("base"), samples("new")), (Value::from(10), Value::from(20)), "{args}");
    }
}

#[test]
fn files_of_functions_are_shown_as_asked() {
    let plain = Sketch::default();
    for (args, shown) in [
        ("", "/home/ci/build/main.go"),
        ("--trim-path /home/ci", "build/main.go"),
        ("--source-path /src/build", "main.go"),
        ("--trim-path /home/ci --focus work", "build/main.go"),
    ] {
        let comparison = compare(&plain, &plain, args);
        assert_eq!(comparison["functions"][0]["file"], shown, "{args}");
    }
}

#[test]
fn means_are_those_of_the_row_also_where_a_row_has_no_event() {
    let profile = Sketch {
        samples: &[(&["a.none"], &[0, 7]), (&["a.some"], &[2, 10]), (&["b.more"], &[4, 80])],
        ..Sketch::default()
    };
    let comparison = compare(&profile, &profile, "--mean");
    let rows = comparison["functions"].as_array().expect("rows");
    let mean =
        |name: &str| rows.iter().find(|row| row["name"] == name).map(|row| row["flat"]["new"].as_i64());
    assert_eq!([mean("a.some"), mean("b.more")], [Some(Some(5)), Some(Some(20))]);
}
