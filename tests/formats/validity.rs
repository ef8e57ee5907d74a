//! The reports against the schemas of those who read them, and against a real `go tool pprof`.

use std::fs;
use std::path::Path;
use std::process::Command;

use profgate::report;

use crate::support::{file, go, neutral, parts, profgate, root, skip};
use crate::{fixtures, render};

/// `scripts/report-schemas` makes this on its first call.
const SCHEMAS: &str = ".venv/report-schemas";

/// What `scripts/check-reports` says of the reports in `directory`.
fn checked(directory: &Path) -> (i32, String, String) {
    let schemas = root().join(SCHEMAS);
    let own = directory.with_extension("schema.json");
    fs::write(&own, report::schema()).expect("our schema");
    let mut command = Command::new(schemas.join("bin/python"));
    command.arg(root().join("scripts/check-reports")).arg(&schemas).arg(&own).arg(directory);
    parts(&neutral(command).output().expect("Python starts"))
}

fn has_schemas(test: &str) -> bool {
    let has = root().join(SCHEMAS).join("complete").exists();
    let is_required = std::env::var_os("PROFGATE_REQUIRE_GO").is_some();
    assert!(has || !is_required, "`scripts/report-schemas` installs what is missing");
    if !has {
        skip(test, "`scripts/report-schemas` gets the schemas");
    }
    has
}

#[test]
fn reports_are_valid_by_the_schemas_of_their_readers() {
    if !has_schemas("reports_are_valid_by_the_schemas_of_their_readers") {
        return;
    }
    let root = tempfile::tempdir().expect("a directory");
    let endings = [
        ("json", "json"),
        ("json-full", "full.json"),
        ("sarif", "sarif"),
        ("junit", "junit.xml"),
        ("gitlab-codequality", "codequality.json"),
    ];
    let mut count = 0;
    for (name, outcome) in fixtures::all() {
        for (format, ending) in endings {
            file(root.path(), &format!("reports/{name}.{ending}"), &render(format, &outcome));
            count += 1;
        }
    }
    let (code, stdout, stderr) = checked(&root.path().join("reports"));
    assert_eq!((code, &*stdout), (0, &*format!("{count} reports checked\n")), "{stderr}");
}

#[test]
fn the_check_of_reports_finds_what_is_wrong() {
    if !has_schemas("the_check_of_reports_finds_what_is_wrong") {
        return;
    }
    let root = tempfile::tempdir().expect("a directory");
    let (_, outcome) = fixtures::all().remove(1);
    for (format, ending, from, to) in [
        ("json", "json", "\"headline\"", "\"title\""),
        ("sarif", "sarif", "\"ruleId\"", "\"rule\""),
        ("junit", "junit.xml", "<failure", "<failed"),
        ("gitlab-codequality", "codequality.json", "major", "grave"),
    ] {
        let report = String::from_utf8(render(format, &outcome)).expect("UTF-8");
        let mut wrong = report.replace(from, to);
        if format == "junit" {
            wrong = wrong.replace("</failure", "</failed");
        }
        file(root.path(), &format!("reports/x.{ending}"), wrong.as_bytes());
    }
    let (code, _, stderr) = checked(&root.path().join("reports"));
    assert_eq!(code, 1);
    for ending in ["json", "sarif", "junit.xml", "codequality.json"] {
        assert!(stderr.contains(&format!("x.{ending}: ")), "{ending} in {stderr}");
    }
}

/// `-top` of all nodes, without the lines that name files and times. Nodes stand in a fixed order, without the running sum
/// that depends on it, and without a word on inlining, which call paths of functions do not tell.
fn top(go: &Path, args: &[&str]) -> Vec<String> {
    let mut command = Command::new(go);
    command.args(["tool", "pprof", "-top", "-trim=false", "-unit=ns"]).args(args);
    for (key, value) in [("GOTOOLCHAIN", "local"), ("GOPROXY", "off"), ("PPROF_TMPDIR", "/nonexistent")] {
        command.env(key, value);
    }
    let (code, stdout, stderr) = parts(&neutral(command).output().expect("go starts"));
    assert_eq!(code, 0, "{stderr}");
    let lines = stdout.lines().skip_while(|line| !line.starts_with("Showing nodes"));
    let mut rows: Vec<String> = lines
        .map(|line| {
            let mut words: Vec<&str> = line.split_whitespace().collect();
            if words.len() > 5 && words[2].ends_with('%') {
                words.remove(2);
            }
            let row = words.join(" ");
            row.trim_end_matches(" (inline)").trim_end_matches(" (partial-inline)").to_owned()
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn go_tool_pprof_shows_the_same_deltas_from_the_report() {
    let Some(go) = go("1.27.3") else {
        return skip(
            "go_tool_pprof_shows_the_same_deltas_from_the_report",
            "`scripts/test` gets a Go toolchain",
        );
    };
    let directory = tempfile::tempdir().expect("a directory");
    let cases = [
        ("testdata/cpu/plus25/base.pb.gz", "testdata/cpu/plus25/new.pb.gz", "cpu"),
        ("testdata/cpu/plus25/base.pb.gz", "testdata/cpu/plus25/new.pb.gz", "samples"),
        ("testdata/heap/base.pb.gz", "testdata/heap/new.pb.gz", "alloc_space"),
    ];
    for (base, new, kind) in cases {
        let report = directory.path().join(format!("{kind}.pb.gz")).display().to_string();
        let output = profgate()
            .args(["diff", base, new, "--sample-index", kind, "--statistics", "off", "--report"])
            .arg(format!("pprof={report}"))
            .output();
        let (code, _, stderr) = parts(&output.expect("the binary starts"));
        assert!(code < 2, "{stderr}");
        let index = format!("-sample_index={kind}");
        let (base, new) = (root().join(base).display().to_string(), root().join(new).display().to_string());
        let expected = top(&go, &[&index, "-diff_base", &base, &new]);
        assert!(expected.len() > 15, "{kind}: {expected:?}");
        let actual = top(&go, &[&index, &report]);
        assert_eq!(actual.len(), expected.len(), "{kind}");
        for (row, expected) in actual.iter().zip(&expected) {
            assert_eq!(row, expected, "{kind}");
        }
        let saved = directory.path().join("saved.json").display().to_string();
        let again = directory.path().join("again.pb.gz").display().to_string();
        let diff = profgate()
            .args(["diff", &base, &new, "--sample-index", kind, "--statistics", "off", "--report"])
            .arg(format!("json-full={saved}"))
            .output();
        assert!(parts(&diff.expect("the binary starts")).0 < 2);
        let rendered = profgate().args(["render", &saved, "--report"]).arg(format!("pprof={again}")).output();
        assert_eq!(parts(&rendered.expect("the binary starts")).0, 0);
        assert!(fs::read(&again).expect("a report") == fs::read(&report).expect("a report"), "{kind}");
    }
}
