//! Every report format over the same fixtures: as snapshots that were read before they were accepted, and rendered again
//! from a saved verdict.

use std::fmt::Write as _;

use profgate::report::{self, Places, Style};
use profgate::verdict::Outcome;

mod fixtures;
#[path = "../support/mod.rs"]
mod support;
mod validity;

/// A format and what makes a report of it.
type Format = (&'static str, fn(&Outcome) -> Vec<u8>);

/// Every format; `diff` and `render` have the same table.
const FORMATS: [Format; 13] = [
    ("terminal", |outcome| report::terminal(outcome, 20, Style::plain()).into()),
    ("markdown", |outcome| report::markdown(outcome, 20).into()),
    ("github-summary", |outcome| report::github_summary(outcome).into()),
    ("github-annotations", |outcome| report::github_annotations(outcome, &places()).into()),
    ("json", |outcome| report::json(outcome).into()),
    ("json-full", |outcome| report::json_full(outcome).into()),
    ("html", |outcome| report::html(outcome).into()),
    ("junit", |outcome| report::junit(outcome).into()),
    ("sarif", |outcome| report::sarif(outcome, &places()).into()),
    ("gitlab-codequality", |outcome| report::gitlab_codequality(outcome, &places()).into()),
    ("csv", |outcome| report::csv(outcome).into()),
    ("folded", |outcome| report::folded(outcome).into()),
    ("pprof", report::pprof),
];

/// Formats that show call stacks.
const WITH_STACKS: [&str; 4] = ["json-full", "html", "folded", "pprof"];

/// A repository at `/src`, whose limits stand in its root.
fn places() -> Places<'static> {
    Places {
        locate: &|file| Some(file.strip_prefix("/src/")?.to_owned()),
        limits: Some("profgate.toml".to_owned()),
    }
}

fn render(format: &str, outcome: &Outcome) -> Vec<u8> {
    let (_, render) = FORMATS.iter().find(|(name, _)| *name == format).expect("a format");
    render(outcome)
}

fn text(format: &str, outcome: &Outcome) -> String {
    String::from_utf8(render(format, outcome)).expect("UTF-8")
}

/// A report in lines that can be read.
fn shown(format: &str, outcome: &Outcome) -> String {
    match format {
        "json" | "json-full" => {
            let value: serde_json::Value = serde_json::from_str(&text(format, outcome)).expect("JSON");
            serde_json::to_string_pretty(&value).expect("text")
        }
        "pprof" => samples(&render(format, outcome)),
        _ => text(format, outcome),
    }
}

/// The samples of a gzipped profile, a line each.
fn samples(data: &[u8]) -> String {
    let data = profgate::source::inflate(data.to_vec(), 1 << 30).expect("gzip");
    let profile = profgate::decode::decode_any(&data).expect("a profile");
    let mut text = String::new();
    for ty in &profile.header.sample_types {
        writeln!(text, "{:?} in {:?}", profile.display(ty.kind), profile.display(ty.unit)).expect("memory");
    }
    for sample in profile.samples.iter() {
        let frames: Vec<String> = sample
            .stack
            .iter()
            .flat_map(|&location| profile.locations.lines(location))
            .map(|line| {
                let function = profile.function(line.function);
                format!(
                    "{:?} {:?}:{}",
                    profile.display(function.name),
                    profile.display(function.filename),
                    line.line
                )
            })
            .collect();
        let label = sample.labels.first().map_or("", |_| " base");
        writeln!(text, "{:?}{label}: {}", sample.values, frames.join(" < ")).expect("memory");
    }
    text
}

/// `text` with most of its middle left out if it has more than `most` lines, with its size.
fn abbreviated(text: &str, most: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= most {
        return text.to_owned();
    }
    let (head, tail) = (lines[..most * 3 / 4].join("\n"), lines[lines.len() - most / 4..].join("\n"));
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{head}\n[... {} lines, {} bytes, {hash:016x} ...]\n{tail}\n", lines.len(), text.len())
}

#[track_caller]
fn check(format: &str) {
    let mut all = String::new();
    for (name, outcome) in fixtures::all() {
        let most = if name == "5,000 functions" { 24 } else { usize::MAX };
        let report = abbreviated(&shown(format, &outcome), most);
        write!(all, "=== {name}\n{report}\n").expect("memory");
    }
    let filters = vec![(r#""version": "0[0-9.]+""#, r#""version": "X""#)];
    insta::with_settings!({ omit_expression => true, filters => filters }, {
        insta::assert_snapshot!(format.replace('-', "_"), all);
    });
}

macro_rules! snapshots {
    ($($name:ident = $format:literal;)+) => { $(#[test] fn $name() { check($format); })+ };
}

// The page has tests of its own.
snapshots! {
    terminal = "terminal";
    markdown = "markdown";
    github_summary = "github-summary";
    github_annotations = "github-annotations";
    json = "json";
    json_full = "json-full";
    junit = "junit";
    sarif = "sarif";
    gitlab_codequality = "gitlab-codequality";
    csv = "csv";
    folded = "folded";
    pprof = "pprof";
}

#[test]
fn a_saved_verdict_renders_to_the_same_bytes() {
    let nothing = Outcome { comparisons: Vec::new(), ..fixtures::all().remove(0).1 };
    let many = ("many functions", fixtures::many(200));
    let small = fixtures::all().into_iter().filter(|(name, _)| *name != "5,000 functions");
    for (name, outcome) in small.chain([many, ("nothing", nothing)]) {
        let full = report::read_json(&report::json_full(&outcome)).expect("a verdict");
        let plain = report::read_json(&report::json(&outcome)).expect("a verdict");
        for (format, render) in FORMATS {
            assert!(render(&full) == render(&outcome), "{format} of {name}");
            if !WITH_STACKS.contains(&format) {
                assert!(render(&plain) == render(&outcome), "{format} of {name} without stacks");
            }
        }
    }
}

#[test]
fn a_summary_of_any_size_is_complete_and_fits() {
    let mut steps = Vec::new();
    for functions in [100, 5_000, 9_000, 12_000] {
        let summary = report::github_summary(&fixtures::many(functions));
        assert!(summary.len() <= report::SUMMARY_LIMIT, "{functions}: {} bytes", summary.len());
        assert!(summary.contains("### Limits"), "{functions}: it ends with the limits");
        for (open, close) in [("<pre>", "</pre>"), ("<details>", "</details>")] {
            assert_eq!(summary.matches(open).count(), summary.matches(close).count(), "{functions}: {open}");
        }
        let rows = summary.lines().filter(|line| line.starts_with(['!', ' '])).count() - 1;
        steps.push((functions, rows, summary.contains("To keep this summary below 1 MiB")));
    }
    // Every function has its row as long as there is room for the names. The last step counts the others.
    assert_eq!(steps, [(100, 100, false), (5_000, 5_000, true), (9_000, 9_000, true), (12_000, 5_000, true)]);
}

#[test]
fn at_most_nine_annotations_and_one_that_counts_the_rest() {
    let count = |functions| report::github_annotations(&fixtures::many(functions), &places()).lines().count();
    assert_eq!([count(4), count(5), count(6)], [8, 10, 10], "two for each function");
    let text = report::github_annotations(&fixtures::many(5_000), &places());
    assert!(text.ends_with("::error title=profgate::and 8741 more limits are broken\n"), "{text}");
    assert!(text.starts_with("::error file=long.go,line=1,"), "{text}");
}

#[test]
fn annotations_name_files_of_the_repository_alone() {
    let elsewhere = Places { locate: &|_| None, limits: None };
    for (name, outcome) in fixtures::all() {
        let text = report::github_annotations(&outcome, &elsewhere);
        for line in text.lines() {
            let properties = line.split("::").nth(1).expect("a command");
            let keys = properties
                .split_once(' ')
                .expect("properties")
                .1
                .split(',')
                .map(|pair| pair.split('=').next());
            assert_eq!(keys.collect::<Vec<_>>(), [Some("title")], "{name}: {line}");
        }
    }
}

#[test]
fn names_of_cases_hold_no_numbers() {
    for (name, outcome) in fixtures::all().into_iter().filter(|(name, _)| *name != "hostile names") {
        let text = report::junit(&outcome);
        for part in text.split("name=\"").skip(1) {
            let value = part.split('"').next().expect("a value");
            assert!(!value.contains(|c: char| c.is_ascii_digit()), "{name}: {value}");
        }
        assert!(text.contains("<testcase"), "{name} has a case");
    }
}

#[test]
fn findings_keep_their_fingerprints_whatever_is_measured() {
    let fingerprints = |outcome: &Outcome| {
        let text = report::gitlab_codequality(outcome, &places());
        let findings: Vec<serde_json::Value> = serde_json::from_str(&text).expect("JSON");
        let mut all: Vec<String> =
            findings.iter().map(|finding| finding["fingerprint"].to_string()).collect();
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "each finding has its own");
        let sarif: serde_json::Value =
            serde_json::from_str(&report::sarif(outcome, &places())).expect("JSON");
        for (result, finding) in sarif["runs"][0]["results"].as_array().expect("a list").iter().zip(&findings)
        {
            assert_eq!(result["partialFingerprints"]["profgate/v1"], finding["fingerprint"]);
        }
        all
    };
    let mut outcome = fixtures::many(50);
    let before = fingerprints(&outcome);
    for violation in &mut outcome.comparisons[0].violations {
        (violation.observed, violation.message) = (1.0, "less".to_owned());
        violation.limit = "flat +11%".to_owned();
    }
    assert_eq!(fingerprints(&outcome), before);
}

#[test]
fn stacks_are_one_word_for_each_frame() {
    for (name, outcome) in fixtures::all() {
        for line in report::folded(&outcome).lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [_, base, new] = words[..] else { panic!("{name}: {line}") };
            assert!(base.parse::<i64>().is_ok() && new.parse::<i64>().is_ok(), "{name}: {line}");
        }
    }
}
