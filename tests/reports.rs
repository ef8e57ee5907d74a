//! Every report format over the same fixtures, as snapshots that were read before they were accepted.

use std::path::Path;

mod support;
use support::{file, parts, profgate, profile};

type Stacks = [(&'static [&'static str], i64)];

const BASE: &Stacks = &[
    (&["app.parse", "app.handle", "main.main"], 4_000_000_000),
    (&["app.render", "app.handle", "main.main"], 3_000_000_000),
    (&["runtime.mallocgc", "app.parse", "app.handle", "main.main"], 2_000_000_000),
    (&["app.old", "main.main"], 500_000_000),
    (&["main.main"], 500_000_000),
];

/// `parse` takes half as much again, `render` a third less, `old` is replaced by `fresh`.
const SLOWER: &Stacks = &[
    (&["app.parse", "app.handle", "main.main"], 6_000_000_000),
    (&["app.render", "app.handle", "main.main"], 2_000_000_000),
    (&["runtime.mallocgc", "app.parse", "app.handle", "main.main"], 2_040_000_000),
    (&["app.fresh", "main.main"], 400_000_000),
    (&["main.main"], 500_000_000),
];

/// Names that try to break out of a cell, ping people, move the cursor or run as commands.
const HOSTILE: &Stacks = &[
    (&["</code></td><script>alert(1)</script>|@octocat", "main.main"], 900),
    (&["\u{1b}[2J\u{202e}evil`**bold**`\n::error::x", "main.main"], 800),
    (&["=HYPERLINK(\"http://example.com\")#123 www.example.com", "main.main"], 700),
    (&["std::vector<int, std::allocator<int> >::push_back[abi:cxx11]", "main.main"], 600),
];

const HOSTILE_BEFORE: &Stacks =
    &[(&["</code></td><script>alert(1)</script>|@octocat", "main.main"], 500), (&["main.main"], 2000)];

fn reports(directory: &Path, args: &[&str]) -> [String; 3] {
    ["terminal", "markdown", "json"].map(|format| {
        let output =
            profgate().current_dir(directory).arg("diff").args(args).args(["--report", format]).output();
        let (code, stdout, stderr) = parts(&output.expect("the binary starts"));
        assert!(code < 2, "{args:?}: {stderr}");
        let stdout = match format {
            "json" => {
                let value: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
                serde_json::to_string_pretty(&value).expect("text")
            }
            _ => stdout,
        };
        format!("exit code {code}\n{stdout}")
    })
}

#[track_caller]
fn check(name: &str, base: &[&Stacks], new: &[&Stacks], args: &[&str]) {
    let root = tempfile::tempdir().expect("a directory");
    let write = |side: &str, runs: &[&Stacks]| {
        for (run, stacks) in runs.iter().enumerate() {
            let data = profile("cpu", "nanoseconds", stacks);
            file(root.path(), &format!("{side}/cpu.{}.pb.gz", run + 1), &data);
        }
    };
    write("base", base);
    write("new", new);
    // What chance adds to a report is shown by the formats' own fixtures; these are of few functions.
    let args = [&["base", "new", "--statistics", "off"], args].concat();
    let [terminal, markdown, json] = reports(root.path(), &args);
    insta::with_settings!({ omit_expression => true, filters => vec![(r#""version": "[0-9.]+""#, r#""version": "X""#)] }, {
        insta::assert_snapshot!(format!("{name}_terminal"), terminal);
        insta::assert_snapshot!(format!("{name}_markdown"), markdown);
        insta::assert_snapshot!(format!("{name}_json"), json);
    });
}

#[test]
fn limits_that_hold() {
    check("pass", &[BASE], &[BASE], &[]);
}

#[test]
fn limits_that_are_broken() {
    check("fail", &[BASE], &[SLOWER], &["--top", "4"]);
}

#[test]
fn limits_that_only_warn() {
    let limit = "flat +10% functions=^app level=warn name=\"the application\"";
    check("warn", &[BASE], &[SLOWER], &["--limit", limit, "--unit", "ms"]);
}

#[test]
fn several_runs_on_a_side() {
    check("runs", &[BASE, BASE, SLOWER], &[SLOWER, SLOWER], &["--limit", "total +1%"]);
}

#[test]
fn hostile_names() {
    check("hostile", &[HOSTILE_BEFORE], &[HOSTILE], &["--limit", "flat +1%"]);
}

#[test]
fn markdown_stays_below_its_limit_and_keeps_the_verdict() {
    let root = tempfile::tempdir().expect("a directory");
    let names: Vec<String> =
        (0..5000).map(|row| format!("example.com/{}/pkg.Function{row}", "long".repeat(30))).collect();
    let stacks =
        |cost: i64| -> Vec<([&str; 1], i64)> { names.iter().map(|name| ([name.as_str()], cost)).collect() };
    let data = |stacks: &[([&str; 1], i64)]| {
        let stacks: Vec<(&[&str], i64)> = stacks.iter().map(|(stack, cost)| (&stack[..], *cost)).collect();
        profile("cpu", "nanoseconds", &stacks)
    };
    let base = file(root.path(), "base.pb.gz", &data(&stacks(100)));
    let new = file(root.path(), "new.pb.gz", &data(&stacks(200)));
    let options = ["--report", "markdown", "--top", "5000", "--limit", "flat +5%", "--statistics", "off"];
    let args = [&["diff", &base, &new], &options[..]].concat();
    let (code, markdown, _) = parts(&profgate().args(args).output().expect("the binary starts"));
    assert_eq!(code, 1);
    assert!(markdown.len() <= 60_000, "{} bytes", markdown.len());
    assert!(markdown.len() > 50_000, "room is used: {} bytes", markdown.len());
    assert!(markdown.starts_with("### ❌ profgate: fail"));
    assert!(markdown.contains("left out for want of room"));
    assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
}
