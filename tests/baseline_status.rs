//! `profgate baseline status`: what creeps below every single gate is seen over many commits.

use std::path::Path;
use std::process::Output;

mod support;
use support::{file, parts, profgate, profile};

/// Saves profiles of `commits` commits; `cost` gives each function's cost in one of two runs.
fn saved(commits: u32, cost: impl Fn(u32, u32) -> Vec<(&'static str, i64)>) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    for commit in 0..commits {
        let folder = root.path().join(format!("profiles-{commit}"));
        for run in 1..=2 {
            let costs = cost(commit, run);
            let stacks: Vec<[&str; 2]> = costs.iter().map(|(name, _)| [*name, "main"]).collect();
            let samples: Vec<(&[&str], i64)> =
                stacks.iter().zip(&costs).map(|(stack, (_, cost))| (&stack[..], *cost)).collect();
            file(&folder, &format!("cpu.{run}.out"), &profile("cpu", "nanoseconds", &samples));
        }
        let args = format!("save {} --commit {:040x} --allow-other-branch", folder.display(), commit + 1);
        let (code, stdout, stderr) = parts(&baseline(root.path(), &args));
        assert_eq!(code, 0, "{stdout}{stderr}");
    }
    root
}

fn baseline(root: &Path, args: &str) -> Output {
    let mut command = profgate();
    for name in ["GITHUB_REPOSITORY", "GITLAB_CI", "PROW_JOB_ID", "JOB_TYPE", "GITHUB_EVENT_PATH"] {
        command.env_remove(name);
    }
    std::fs::create_dir_all(root.join(".git")).expect("the end of the search for a configuration");
    command
        .current_dir(root)
        .arg("baseline")
        .args(args.split_whitespace())
        .args(["--store", "store", "--branch", "main"])
        .output()
        .expect("it starts")
}

#[track_caller]
fn status(root: &Path, args: &str) -> String {
    let (code, stdout, stderr) = parts(&baseline(root, &format!("status {args}")));
    assert_eq!(code, 0, "{stderr}");
    stdout
}

/// Noise of about one percent of a million, the same every time.
fn noise(commit: u32, run: u32) -> i64 {
    i64::from((commit * 7919 + run * 104_729 + 31 * commit * commit) % 2003) * 10 - 10_000
}

#[test]
fn slow_creep_is_marked_and_noise_is_not() {
    let cost = |commit: u32, run: u32| {
        let creep = 1_000_000 + 8_000 * i64::from(commit);
        vec![("creeping", creep + noise(commit, run)), ("steady", 1_000_000 + noise(commit + 50, run))]
    };
    let root = saved(16, cost);
    let text = status(root.path(), "--functions creeping --functions steady");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("default, branch main: 16 commits, from 000000000000"), "{text}");
    let at = |name: &str| {
        lines.iter().position(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {text}"))
    };
    assert!(lines[at("creeping")].contains('▁') && lines[at("creeping")].contains('█'), "{text}");
    assert!(lines[at("creeping") + 1].contains("^ since"), "{text}");
    assert!(lines[at("the whole profile") + 1].contains("~ creeps"), "{text}");
    assert!(lines.get(at("steady") + 1).is_none_or(|line| !line.contains(['^', '~'])), "{text}");
    // No two neighbours differ by what a gate of five percent would stop.
    let json: serde_json::Value =
        serde_json::from_str(&status(root.path(), "--report json --functions creeping --functions steady"))
            .expect("JSON");
    let series = json["series"].as_array().expect("series");
    let creeping = series.iter().find(|series| series["name"] == "creeping").expect("the function");
    let values: Vec<f64> =
        creeping["values"].as_array().expect("values").iter().filter_map(serde_json::Value::as_f64).collect();
    assert!(values.windows(2).all(|pair| pair[1] / pair[0] < 1.05), "{values:?}");
    assert_eq!(creeping["steps"].as_array().expect("steps").len(), 1, "{creeping}");
}

#[test]
fn a_step_is_marked_at_its_commit() {
    let cost = |commit: u32, run: u32| {
        let level = if commit < 5 { 1_000_000 } else { 1_080_000 };
        vec![("stepped", level + noise(commit, run) / 4), ("steady", 9_000_000)]
    };
    let root = saved(9, cost);
    let text = status(root.path(), "--functions stepped");
    let marked =
        text.lines().skip_while(|line| !line.contains("stepped")).nth(1).unwrap_or_else(|| panic!("{text}"));
    assert!(marked.starts_with(&format!("  {}^", " ".repeat(5))), "{text}");
    assert!(marked.contains("→ 1.08ms") && marked.contains('%'), "{text}");
    // The files, and what is not in either.
    let text = status(root.path(), "--report svg=trend.svg --report html=trend.html --functions stepped");
    assert!(text.is_empty(), "{text}");
    let read = |name: &str| std::fs::read_to_string(root.path().join(name)).expect("a report");
    assert_eq!(read("trend.svg").matches("stroke-dasharray").count(), text_steps(root.path()));
    assert!(read("trend.html").contains("<svg "), "the page holds the drawing");
}

/// How many changes the terminal's report marks.
fn text_steps(root: &Path) -> usize {
    status(root, "--functions stepped").matches("^ since").count()
}

#[test]
fn limits_say_what_is_watched_and_too_few_commits_have_no_steps() {
    let cost = |commit: u32, _: u32| vec![("watched", if commit < 2 { 100 } else { 900 }), ("other", 500)];
    let root = saved(4, cost);
    file(
        root.path(),
        "profgate.toml",
        b"version = 1\n[[limit]]\nfunctions = '^watched$'\nmax-increase = '5%'\n",
    );
    let text = status(root.path(), "");
    assert!(text.contains("watched (flat)") && text.contains("the whole profile (total)"), "{text}");
    assert!(!text.contains("other") && !text.contains('^'), "{text}");
    assert_eq!(text.matches("watched").count(), 1, "one line where flat and cum are the same: {text}");
    let (code, _, stderr) = parts(&baseline(root.path(), "status --key nothing"));
    assert!(code == 2 && stderr.contains("`nothing`"), "{stderr}");
    let (code, _, stderr) = parts(&baseline(root.path(), "status --report xml"));
    assert!(code == 2 && stderr.contains("terminal, svg, html, json"), "{stderr}");
}
