//! `profgate pprof` against a larger collection of recorded runs, where it is at hand.
//!
//! The collection stands beside the repository, one folder for each run: a shell command, its exit code, its stdout.
//! Without it the test says that it was skipped; `tests/pprof.rs` compares with runs that are always there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

mod support;

/// Whether the run in `case` gives what was recorded, in a copy of its folder.
fn agrees(case: &Path) -> bool {
    let read = |name: &str| fs::read(case.join(name)).expect("every run has this file");
    let text = |name: &str| String::from_utf8(read(name)).expect("text");
    let scratch = tempfile::tempdir().expect("a temporary directory");
    copy(case, scratch.path());
    let binary = format!("{} pprof", env!("CARGO_BIN_EXE_profgate"));
    let output = Command::new("bash")
        .arg("-c")
        .arg(text("cmd.txt").replace("go tool pprof", &binary))
        .current_dir(scratch.path())
        .env("TZ", "UTC")
        .env("HOME", "/nonexistent")
        .env_remove("PPROF_BINARY_PATH")
        .output()
        .expect("bash starts");
    let meta: Value = serde_json::from_slice(&read("meta.json")).expect("JSON");
    let lines = if meta["unordered"] == Value::Bool(true) { unordered } else { ordered };
    output.status.success() == (text("rc.txt").trim() == "0")
        && lines(&output.stdout) == lines(&read("out.txt"))
}

/// Copies the files of a folder and of the folders in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("readable") {
        let source = entry.expect("readable").path();
        let target = to.join(source.file_name().expect("an entry has a name"));
        if source.is_dir() {
            fs::create_dir(&target).expect("can be made");
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).expect("can be copied");
        }
    }
}

fn ordered(stdout: &[u8]) -> Vec<String> {
    vec![String::from_utf8_lossy(stdout).into_owned()]
}

/// The lines without their order and without running sums, for runs in which pprof is not deterministic.
fn unordered(stdout: &[u8]) -> Vec<String> {
    let sums = regex::Regex::new(r"^( *\S+ +\S+%) +\S+%").expect("a valid pattern");
    let text = String::from_utf8_lossy(stdout).into_owned();
    let mut lines: Vec<String> = text.lines().map(|line| sums.replace(line, "$1").into_owned()).collect();
    lines.sort();
    lines
}

#[test]
fn recorded_runs_are_repeated() {
    let collection = support::root().join("../shared/pprof-cases");
    let Ok(entries) = fs::read_dir(&collection) else {
        support::skip("recorded_runs_are_repeated", "no collection of recorded runs beside the repository");
        return;
    };
    let mut cases: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    cases.retain(|case| case.join("cmd.txt").exists());
    cases.sort();
    let different: Vec<_> = cases.iter().filter(|case| !agrees(case)).collect();
    assert!(different.is_empty(), "{} of {} runs differ: {different:#?}", different.len(), cases.len());
}
