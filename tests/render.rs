//! `profgate render`: saved verdicts, and files that are none.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

mod support;
use support::{file, parts, profgate};

/// A comparison that fails whatever chance has to do with it.
const DIFF: [&str; 7] = [
    "diff",
    "testdata/cpu/plus25/base.pb.gz",
    "testdata/cpu/plus25/new.pb.gz",
    "--limit",
    "flat +10% min=0.5% functions=^example",
    "--statistics",
    "off",
];

/// Every format.
const FORMATS: [&str; 13] = [
    "terminal",
    "markdown",
    "github-summary",
    "github-annotations",
    "json",
    "json-full",
    "html",
    "junit",
    "sarif",
    "gitlab-codequality",
    "csv",
    "folded",
    "pprof",
];

fn with_reports(args: &[&str], directory: &Path, formats: &[&str]) -> (i32, String, String) {
    let mut command = profgate();
    command.args(args);
    for format in formats {
        command.args(["--report", &format!("{format}={}", directory.join(format).display())]);
    }
    parts(&command.output().expect("the binary starts"))
}

#[test]
fn all_formats_come_from_one_run_and_again_from_what_it_saved() {
    let root = tempfile::tempdir().expect("a directory");
    let (first, again) = (root.path().join("first"), root.path().join("again"));
    for directory in [&first, &again] {
        fs::create_dir(directory).expect("a directory");
    }
    let (code, stdout, stderr) = with_reports(&[&DIFF[..], &["--quiet"]].concat(), &first, &FORMATS);
    assert_eq!((code, &*stdout), (1, ""), "{stderr}");
    let saved = first.join("json-full").display().to_string();
    let (code, stdout, stderr) = with_reports(&["render", &saved], &again, &FORMATS);
    assert_eq!((code, &*stdout), (0, ""), "{stderr}");
    for format in FORMATS {
        let read = |directory: &Path| fs::read(directory.join(format)).expect("a report");
        assert!(read(&again) == read(&first), "{format}");
        assert!(!read(&first).is_empty(), "{format}");
    }
}

#[test]
fn the_exit_code_is_that_of_the_verdict_on_request() {
    let root = tempfile::tempdir().expect("a directory");
    let (code, ..) = with_reports(&DIFF, root.path(), &["json"]);
    assert_eq!(code, 1);
    let saved = root.path().join("json").display().to_string();
    let render =
        |args: &[&str]| parts(&profgate().args(["render", &saved]).args(args).output().expect("starts"));
    let (code, stdout, _) = render(&[]);
    assert!(code == 0 && stdout.starts_with("FAIL  "), "{stdout}");
    let (code, stdout, _) = render(&["--exit-code", "--report", "markdown"]);
    assert!(code == 1 && stdout.starts_with("### ❌ profgate: fail"), "{stdout}");
}

/// The profiles were recorded with `-trimpath`, so files have the module's path.
#[test]
fn findings_stand_beside_the_code_of_the_repository() {
    let root = tempfile::tempdir().expect("a directory");
    fs::create_dir(root.path().join(".git")).expect("a directory");
    file(root.path(), "go.mod", b"module example.com/workload\n");
    file(root.path(), "index/score.go", b"package index\n");
    file(
        root.path(),
        "profgate.toml",
        b"version = 1\n[[limit]]\nfunctions = '^example'\nmeasure = 'flat'\nmax-increase = '10%'\nmin-increase = '0.5%'\n",
    );
    let report = |format: &str| {
        let mut command = profgate();
        for argument in &DIFF[..3] {
            let path = support::root().join(argument);
            command.arg(if path.exists() { path.as_os_str() } else { argument.as_ref() });
        }
        let output = command.current_dir(&root).args(["--statistics", "off", "--report", format]).output();
        parts(&output.expect("the binary starts")).1
    };
    let annotations = report("github-annotations");
    assert!(annotations.starts_with("::error file=index/score.go,line="), "{annotations}");
    assert_eq!(annotations.matches("file=").count(), 1, "checksum's file is not there: {annotations}");
    let sarif: serde_json::Value = serde_json::from_str(&report("sarif")).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    let uri = |result: &serde_json::Value| {
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        location["uri"].as_str().expect("a place").to_owned()
    };
    let uris: std::collections::BTreeSet<String> = results.iter().map(uri).collect();
    assert_eq!(uris.into_iter().collect::<Vec<_>>(), ["index/score.go", "profgate.toml"]);
}

#[track_caller]
fn refuses(path: &str, args: &[&str], words: &[&str]) {
    let output = profgate().args(["render", path]).args(args).output().expect("the binary starts");
    let (code, stdout, stderr) = parts(&output);
    assert_eq!((code, &*stdout), (2, ""), "{stderr}");
    for word in words {
        assert!(stderr.contains(word), "`{word}` in {stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn what_is_no_verdict_is_refused_with_a_reason() {
    let root = tempfile::tempdir().expect("a directory");
    with_reports(&DIFF, root.path(), &["json", "json-full"]);
    let read = |name: &str| fs::read_to_string(root.path().join(name)).expect("a report");
    let saved = read("json");
    let deep = "[".repeat(1_000_000);
    let unknown = |from: &str, to: &str| saved.replacen(from, to, 1);
    for (text, words) in [
        (String::new(), &["is not a verdict", "json-full"][..]),
        (deep, &["is not a verdict"]),
        ("{\"format_version\": 1}".to_owned(), &["is not a verdict"]),
        (saved[..saved.len() / 2].to_owned(), &["is not a verdict"]),
        ("{\"format_version\": \"1.0\"}".to_owned(), &["is not a whole verdict", "missing field"]),
        (unknown("\"1.0\"", "\"2.0\""), &["format version 2.0", "reads 1.0"]),
        (unknown("\"verdict\":\"fail\"", "\"verdict\":\"pass\""), &["contradicts itself"]),
        (unknown("\"exit_code\":1", "\"exit_code\":0"), &["contradicts itself"]),
        (unknown("\"exit_code\":1", "\"exit_code\":300"), &["is not a whole verdict"]),
        (unknown("\"status\":\"", "\"status\":\"super"), &["unknown status"]),
        (unknown("\"code\":\"", "\"code\":\"un"), &["unknown caveat"]),
        (unknown("\"level\":\"fail\"", "\"level\":\"\\u001b[2J\""), &["unknown level `\\u{1b}[2J`"]),
        (unknown("\"delta\":", "\"delta\":1e999,\"x\":"), &["is not a whole verdict", "out of range"]),
        (unknown("\"base_share\":", "\"base_share\":null,\"x\":"), &["is not a whole verdict"]),
    ] {
        let path = file(root.path(), "wrong.json", text.as_bytes());
        refuses(&path, &[], words);
    }
    let full = read("json-full");
    let change = |from: &str, to: &str| {
        assert!(full.contains(from), "{from}");
        full.replacen(from, to, 1)
    };
    for (text, words) in [
        (change("\"depth\":[0", "\"depth\":[7"), "do not fit together"),
        (change("\"depth\":[0,", "\"depth\":["), "do not fit together"),
        (change("\"frame\":[", "\"frame\":[4000000000,"), "do not fit together"),
        (change("\"base_divisor\":1.0", "\"base_divisor\":0.0"), "not positive"),
    ] {
        let path = file(root.path(), "wrong.json", text.as_bytes());
        refuses(&path, &["--report", "folded"], &[words]);
    }
    refuses(&root.path().join("absent.json").display().to_string(), &[], &["cannot be read"]);
    let saved = root.path().join("json").display().to_string();
    refuses(&saved, &["--report", "pprof"], &["shows call stacks", "--report json-full"]);
    refuses(&saved, &["--report", &format!("csv={saved}")], &["is the file that is read"]);
    assert!(fs::metadata(&saved).is_ok(), "the verdict is still there");
}

#[test]
fn a_small_file_cannot_say_paths_of_terabytes() {
    let root = tempfile::tempdir().expect("a directory");
    with_reports(&DIFF, root.path(), &["json-full"]);
    let path = root.path().join("json-full");
    let mut value: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("a report")).expect("JSON");
    let nodes = &mut value["comparisons"][0]["stacks"]["nodes"];
    nodes["depth"] = (0..100_000).collect();
    for column in ["frame", "base", "new"] {
        nodes[column] = vec![1; 100_000].into();
    }
    let path = file(root.path(), "deep.json", value.to_string().as_bytes());
    refuses(&path, &["--report", "folded"], &["more frames"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A byte is changed anywhere in a verdict: it is read, or refused, and rendering what was read goes well.
    #[test]
    fn no_damage_is_more_than_an_error(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        use profgate::report::{Style, csv, folded, junit, markdown, pprof, read_json, terminal};
        static SAVED: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
            let mut diff = profgate();
            diff.args(["diff", "testdata/heap/base.pb.gz", "testdata/heap/new.pb.gz", "--report", "json-full"]);
            parts(&diff.output().expect("the binary starts")).1
        });
        let mut bytes = SAVED.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(outcome) = read_json(&String::from_utf8_lossy(&bytes)) {
            let sizes = [terminal(&outcome, 20, Style::plain()).len(), markdown(&outcome, 20).len(), junit(&outcome).len()];
            prop_assert!(sizes.iter().all(|&size| size > 0));
            prop_assert!(csv(&outcome).len() + folded(&outcome).len() + pprof(&outcome).len() > 0);
        }
    }
}
