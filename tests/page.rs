//! The HTML report as a file: what a browser makes of it is looked at by `scripts/page-check`.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use profgate::report::HTML_LIMIT;
use serde_json::Value;
use sha2::{Digest, Sha256};

mod support;
use support::{file, parts, profgate, profile};

/// Compares two profiles and returns the page, and the verdict in JSON.
fn page(directory: &Path, base: &str, new: &str, options: &[&str]) -> (String, Value) {
    let page = directory.join("page.html");
    let verdict = directory.join("verdict.json");
    let reports = [format!("html={}", page.display()), format!("json={}", verdict.display())];
    let mut command = profgate();
    command.args(["diff", base, new, "--symbolize", "none"]).args(options);
    let output = command.args(["--report", &reports[0], "--report", &reports[1]]).output();
    let (code, _, stderr) = parts(&output.expect("the binary starts"));
    assert!(code < 2, "{stderr}");
    let text = |path: &Path| fs::read_to_string(path).expect("a report");
    (text(&page), serde_json::from_str(&text(&verdict)).expect("JSON"))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no {start}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end}")).0
}

fn island(page: &str) -> Value {
    serde_json::from_str(between(page, "<script type=\"application/json\" id=\"data\">", "</script>"))
        .expect("an island of JSON")
}

#[test]
fn the_policy_names_the_script_and_the_style_and_nothing_else() {
    let root = tempfile::tempdir().expect("a directory");
    let names = [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "{{script}}",
        "{{data}}{{policy}}",
        "a\u{2028}b",
    ];
    let stacks: Vec<([&str; 1], i64)> = names.iter().map(|name| ([*name], 100)).collect();
    let stacks: Vec<(&[&str], i64)> = stacks.iter().map(|(stack, value)| (&stack[..], *value)).collect();
    let source = file(root.path(), "a.pb.gz", &profile("cpu", "nanoseconds", &stacks));
    let (page, _) = page(root.path(), &source, &source, &[]);
    assert_eq!(page.matches("</script").count(), 2, "the island's end and the script's");
    assert_eq!(page.matches("<script").count(), 2);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let digest = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let (script, style) = (between(&page, "<script>", "</script>"), between(&page, "<style>", "</style>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
            digest(script),
            digest(style)
        )
    );
    for markup in [" style=\"", " onclick=", "http:", "https:", "//cdn", "@import", "url("] {
        let own = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!own.contains(markup), "{markup}");
    }
    let texts = island(&page)["comparisons"][0]["texts"].clone();
    for name in names {
        assert!(texts.as_array().expect("texts").iter().any(|text| text == name), "{name} stands as it is");
    }
}

#[test]
fn a_page_of_too_many_functions_leaves_out_those_that_changed_least_and_says_so() {
    let root = tempfile::tempdir().expect("a directory");
    let names: Vec<String> =
        (0..60_000).map(|row| format!("example.com/{}/pkg.Function{row}", "<long>".repeat(40))).collect();
    let write = |name: &str, growth: i64| {
        let stack = |row: usize| [names[row].as_str(), "main.main"];
        let stacks: Vec<([&str; 2], i64)> = (0..names.len())
            .map(|row| (stack(row), 100 + growth * i64::try_from(row % 1000).expect("small")))
            .collect();
        let stacks: Vec<(&[&str], i64)> = stacks.iter().map(|(stack, value)| (&stack[..], *value)).collect();
        file(root.path(), name, &profile("cpu", "nanoseconds", &stacks))
    };
    let (page, verdict) =
        page(root.path(), &write("base.pb.gz", 0), &write("new.pb.gz", 1), &["--statistics", "off"]);
    assert!(page.len() <= HTML_LIMIT, "{} bytes", page.len());
    assert!(page.len() > HTML_LIMIT / 2, "room is used: {} bytes", page.len());
    let comparison = &island(&page)["comparisons"][0];
    let shown = comparison["rows"]["name"].as_array().expect("rows").len();
    assert_eq!(comparison["rows_left_out"], 60_001 - shown);
    let first = comparison["texts"]
        [usize::try_from(comparison["rows"]["name"][0].as_u64().expect("a position")).expect("fits")]
    .clone();
    assert_eq!(first, verdict["comparisons"][0]["functions"][0]["name"]);
    let stacks = &comparison["stacks"];
    let step = stacks["step"].as_i64().expect("a number");
    for (side, total) in [("base", "base"), ("new", "new")] {
        let own: i64 =
            stacks[side].as_array().expect("costs").iter().map(|cost| cost.as_i64().expect("a number")).sum();
        assert_eq!(own * step, verdict["comparisons"][0]["total"][total], "folding loses nothing of {side}");
    }
}

#[test]
fn a_saved_verdict_makes_the_same_page() {
    let root = tempfile::tempdir().expect("a directory");
    let path = |name: &str| root.path().join(name).display().to_string();
    let (direct, saved, later) = (path("direct.html"), path("verdict.json"), path("later.html"));
    let output = profgate()
        .args(["diff", "testdata/cpu/runs/base", "testdata/cpu/runs/new"])
        .args(["--report", &format!("html={direct}"), "--report", &format!("json-full={saved}")])
        .output();
    let (code, _, stderr) = parts(&output.expect("the binary starts"));
    assert!(code < 2, "{stderr}");
    let output = profgate().args(["render", &saved, "--report", &format!("html={later}")]).output();
    let (code, _, stderr) = parts(&output.expect("the binary starts"));
    assert_eq!(code, 0, "{stderr}");
    assert!(fs::read(direct).expect("a page") == fs::read(later).expect("a page"), "the pages differ");
}
