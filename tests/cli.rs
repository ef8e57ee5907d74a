//! The binary as scripts use it: exit codes, messages, files.

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;

use serde_json::Value;

mod support;
use support::{file, parts, profgate, profile, run};

const BASE: &str = "testdata/incidents/controller/base.pb.gz";
const NEW: &str = "testdata/incidents/controller/new.pb.gz";

/// Fails unless `profgate ARGS` has no verdict and says all of `words`.
#[track_caller]
fn refuses(args: &str, words: &[&str]) {
    let (code, stdout, stderr) = parts(&run(args));
    assert_eq!(code, 2, "{args}: {stdout}{stderr}");
    assert!(stdout.is_empty(), "{args} printed a report: {stdout}");
    for word in words {
        assert!(stderr.contains(word), "{args}: {word:?} is missing in: {stderr}");
    }
}

#[test]
fn exit_codes_are_those_of_the_interface() {
    assert_eq!(parts(&run(&format!("diff {BASE} {BASE}"))).0, 0);
    assert_eq!(parts(&run(&format!("diff {BASE} {NEW}"))).0, 1);
    assert_eq!(parts(&run("diff")).0, 2);
    assert_eq!(parts(&run("--version")).0, 0);
}

#[test]
fn both_incidents_fail_and_show_the_culprit_first() {
    let culprits = [("controller", "doUpdateClusterPhasePass"), ("apiserver", "runtime.gcBgMarkWorker")];
    for (incident, culprit) in culprits {
        let directory = format!("testdata/incidents/{incident}");
        let output = run(&format!("diff {directory}/base.pb.gz {directory}/new.pb.gz --report json"));
        let (code, stdout, _) = parts(&output);
        assert_eq!(code, 1, "{incident}");
        let report: Value = serde_json::from_str(&stdout).expect("JSON");
        let functions = report["comparisons"][0]["functions"].as_array().expect("a list");
        let first = functions
            .iter()
            .take(5)
            .any(|row| row["name"].as_str().is_some_and(|name| name.contains(culprit)));
        assert!(first, "{culprit} is not among the first rows");
    }
}

#[test]
fn nothing_passes_by_accident() {
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str, data: &[u8]| file(root.path(), name, data);
    let good = at("good.pb.gz", &profile("cpu", "nanoseconds", &[(&["work", "main"], 90), (&["main"], 10)]));
    let other = at("other.pb.gz", &profile("cpu", "nanoseconds", &[(&["elsewhere"], 90)]));
    let heap = at("heap.pb.gz", &profile("space", "bytes", &[(&["work", "main"], 90)]));
    let bytes = at("bytes.pb.gz", &profile("cpu", "bytes", &[(&["work", "main"], 90)]));
    let empty = at("empty.pb.gz", &profile("cpu", "nanoseconds", &[]));
    let zero = at("zero.pb.gz", &profile("cpu", "nanoseconds", &[(&["work", "main"], 0)]));
    let nothing = at("nothing.pb.gz", b"");
    let text = at("text.pb.gz", b"this is no profile\n");
    let whole = fs::read(support::root().join(NEW)).expect("testdata");
    let truncated = at("truncated.pb.gz", &whole[..whole.len() / 2]);
    let without_limits = at("profgate.toml", b"version = 1\n[gate]\nalpha = 0.05\n");
    let huge = at("huge.pb.gz", &support::gzip(&vec![0; 1 << 20]));

    refuses(
        &format!("diff {good} {}/missing.pb.gz", root.path().display()),
        &["missing.pb.gz", "cannot be read"],
    );
    refuses(
        &format!("diff {}/missing.pb.gz {good}", root.path().display()),
        &["missing.pb.gz", "cannot be read"],
    );
    refuses(&format!("diff {good} {empty}"), &["empty.pb.gz", "no samples"]);
    refuses(&format!("diff {good} {zero}"), &["zero.pb.gz", "no `cpu`"]);
    refuses(&format!("diff {nothing} {good}"), &["nothing.pb.gz", "empty"]);
    refuses(&format!("diff {good} {text}"), &["text.pb.gz"]);
    refuses(&format!("diff {good} {truncated}"), &["truncated.pb.gz", "truncated"]);
    refuses(&format!("diff {good} {other}"), &["no function"]);
    refuses(&format!("diff {good} {heap}"), &["no sample type in common", "cpu", "space"]);
    refuses(&format!("diff {good} {bytes}"), &["nanoseconds", "bytes"]);
    refuses(&format!("diff {good} {good} --config {without_limits}"), &["profgate.toml", "limit"]);
    refuses(&format!("diff {good} {huge} --max-inflated 500kB"), &["huge.pb.gz", "larger than 500kB"]);
    refuses(&format!("diff {good} {good} --sample-index wall"), &["wall", "cpu"]);
    refuses(&format!("diff {good} {good} --limit flat+x"), &["--limit"]);
    refuses(&format!("diff {good} {good} --focus (("), &["focus"]);
    refuses(&format!("diff {good} {good} --focus nowhere"), &["no function"]);
    refuses(&format!("diff {good} {good} --report xml"), &["xml", "json"]);
    let nowhere = root.path().join("missing/report.json").display().to_string();
    refuses(&format!("diff {good} {good} --report json={nowhere}"), &[&nowhere]);
    refuses(&format!("diff {good} {good} --report json={}", root.path().display()), &["directory"]);
}

#[test]
fn swapped_sample_types_are_refused_or_matched_by_name() {
    let root = tempfile::tempdir().expect("a directory");
    let heap = "testdata/heap/base.pb.gz";
    let (code, _, stderr) = parts(&run(&format!("diff {BASE} {heap}")));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("no sample type in common"), "{stderr}");
    let cpu = file(root.path(), "a.pb.gz", &profile("cpu", "nanoseconds", &[(&["main"], 5)]));
    let delay = file(root.path(), "b.pb.gz", &profile("delay", "nanoseconds", &[(&["main"], 5)]));
    refuses(
        &format!("diff {cpu} {delay}"),
        &["no sample type in common", "a.pb.gz", "cpu", "b.pb.gz", "delay"],
    );
}

#[test]
fn limits_decide_in_their_order_and_levels() {
    let root = tempfile::tempdir().expect("a directory");
    let base =
        file(root.path(), "base.pb.gz", &profile("cpu", "nanoseconds", &[(&["a"], 100), (&["b"], 900)]));
    let new = file(root.path(), "new.pb.gz", &profile("cpu", "nanoseconds", &[(&["a"], 110), (&["b"], 900)]));
    let code = |limits: &[&str]| {
        let mut command = profgate();
        command.args(["diff", &base, &new, "--report", "json", "--statistics", "off"]);
        for limit in limits {
            command.args(["--limit", limit]);
        }
        let (code, stdout, stderr) = parts(&command.output().expect("the binary starts"));
        assert!(code < 2, "{limits:?}: {stderr}");
        let report: Value = serde_json::from_str(&stdout).expect("JSON");
        (code, report["verdict"].as_str().expect("a verdict").to_owned())
    };
    let pass = (0, "pass".to_owned());
    let fail = (1, "fail".to_owned());
    assert_eq!(code(&["flat +10%"]), pass, "10 % more is not more than 10 %");
    assert_eq!(code(&["flat +9%"]), fail);
    assert_eq!(code(&["flat +9ns"]), fail);
    assert_eq!(code(&["flat +10ns"]), pass);
    assert_eq!(code(&["flat +1% min=11ns"]), pass);
    assert_eq!(code(&["flat +1% min=10ns"]), fail);
    assert_eq!(code(&["flat +1% min=2%"]), pass, "a part of the base's total");
    assert_eq!(code(&["flat +1% share=20%"]), pass);
    assert_eq!(code(&["flat +1% functions=^b$"]), pass);
    assert_eq!(code(&["flat +1% exclude=^a$"]), pass);
    assert_eq!(
        code(&["flat +50% functions=a", "flat +1%"]),
        pass,
        "the first limit that covers a row decides"
    );
    assert_eq!(code(&["flat +1% level=warn"]), (0, "warn".to_owned()));
    assert_eq!(code(&["flat max-share=10% functions=a"]), fail);
    assert_eq!(code(&["flat max-share=11% functions=a"]), pass);
    assert_eq!(code(&["total +1%"]), pass, "1 % more is not more than 1 %");
    assert_eq!(code(&["total +0.9%"]), fail);
}

#[test]
fn a_limit_that_must_match_and_does_not_is_an_error() {
    let (code, _, stderr) = parts(
        &profgate()
            .args(["diff", BASE, BASE, "--limit", "flat +1% functions=^gone$ must-match name=hot"])
            .output()
            .expect("the binary starts"),
    );
    assert_eq!(code, 2);
    assert!(stderr.contains("hot") && stderr.contains("matches no function"), "{stderr}");
}

#[test]
fn accepted_changes_pass_until_their_day() {
    let root = tempfile::tempdir().expect("a directory");
    let config = |until: &str| {
        let text = format!(
            "version = 1\n[[limit]]\nname = \"any\"\nmeasure = \"flat\"\nmax-increase = \"5%\"\n\
             [[accept]]\nfunctions = \".\"\nreason = \"agreed\"\nuntil = {until}\n"
        );
        file(root.path(), &format!("{until}.toml"), text.as_bytes())
    };
    let diff = |config: &str| {
        parts(&run(&format!("diff {BASE} {NEW} --config {config} --report json --statistics off")))
    };
    let (code, stdout, _) = diff(&config("2999-01-01"));
    assert_eq!(code, 0);
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(report["accepted"][0]["reason"], "agreed");
    let (code, _, stderr) = diff(&config("2020-01-01"));
    assert_eq!(code, 2);
    assert!(stderr.contains("ended on 2020-01-01"), "{stderr}");
}

#[test]
fn a_missing_base_passes_only_when_asked_and_budgets_hold_all_the_same() {
    refuses(&format!("diff nowhere.pb.gz {NEW}"), &["nowhere.pb.gz"]);
    refuses("diff nowhere.pb.gz neither.pb.gz --missing-base pass", &["neither.pb.gz"]);
    let diff = |base: &str, limit: &str| {
        let mut command = profgate();
        command.args(["diff", base, NEW, "--missing-base", "pass"]);
        if !limit.is_empty() {
            command.args(["--limit", limit]);
        }
        parts(&command.output().expect("the binary starts"))
    };
    for base in ["nowhere.pb.gz", "nowhere/*.pb.gz"] {
        let (code, stdout, stderr) = diff(base, "");
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("no base to compare with") && stdout.contains("missing-base"), "{stdout}");
    }
    let (code, stdout, _) = diff("nowhere.pb.gz", "cum max-share=15% functions=doUpdateClusterPhasePass");
    assert_eq!(code, 1);
    assert!(stdout.contains("its budget is 15.0%"), "{stdout}");
}

#[test]
fn a_limit_that_covers_nothing_is_said_and_all_of_them_are_an_error() {
    let limits = |limits: &[&str]| {
        let limits = limits.iter().flat_map(|limit| ["--limit", limit]);
        parts(&profgate().args(["diff", BASE, BASE]).args(limits).output().expect("the binary starts"))
    };
    let (code, _, stderr) = limits(&["flat +5% metric=cpuu", "flat +20ms functions=^nowhere$"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no limit covers anything"), "{stderr}");
    let (code, stdout, _) = limits(&["flat +5% metric=cpuu name=mistyped", "flat +5%"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("[unused-limit] limit `mistyped` covers nothing"), "{stdout}");
}

/// The report of `profgate diff BASE NEW ARGS` on profiles of these stacks, with its exit code.
fn judged(base: &[(&[&str], i64)], new: &[(&[&str], i64)], args: &[&str]) -> (i32, Value, String) {
    let root = tempfile::tempdir().expect("a directory");
    let base = file(root.path(), "base.pb.gz", &profile("cpu", "nanoseconds", base));
    let new = file(root.path(), "new.pb.gz", &profile("cpu", "nanoseconds", new));
    let output =
        profgate().args(["diff", &base, &new, "--report", "json", "--statistics", "off"]).args(args).output();
    let (code, stdout, stderr) = parts(&output.expect("the binary starts"));
    (code, serde_json::from_str(&stdout).unwrap_or(Value::Null), stderr)
}

#[test]
fn rows_that_drop_negative_hides_are_judged_all_the_same() {
    let base: &[(&[&str], i64)] = &[(&["parent"], 10), (&["child", "parent"], 90), (&["main"], 900)];
    let new: &[(&[&str], i64)] = &[(&["parent"], 9), (&["child", "parent"], 400), (&["main"], 900)];
    let args = ["--drop-negative", "--limit", "cum +5% functions=^parent$ must-match"];
    let (code, report, _) = judged(base, new, &args);
    assert_eq!(code, 1);
    let functions = report["comparisons"][0]["functions"].as_array().expect("a list");
    assert!(functions.iter().all(|row| row["name"] != "parent"), "the row is hidden");
}

#[test]
fn limits_are_held_against_what_was_measured_and_not_what_rounding_leaves() {
    let base: &[(&[&str], i64)] = &[(&["main"], 109)];
    let new: &[(&[&str], i64)] = &[(&["main"], 120)];
    for divisor in ["1", "10", "1e12"] {
        let limits = ["--divide-by", divisor, "--limit", "total +10%"];
        assert_eq!(judged(base, new, &limits).0, 1, "10.1 % more, divided by {divisor}");
        let limits = ["--divide-by", divisor, "--limit", "total +10.2%"];
        assert_eq!(judged(base, new, &limits).0, 0, "10.1 % more, divided by {divisor}");
    }
    let (code, _, stderr) = judged(base, new, &["--divide-by", "1e-30"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("2^63"), "{stderr}");
}

#[test]
fn differences_that_do_not_fit_are_an_error() {
    let stacks = |value: i64| -> Vec<(&'static [&'static str], i64)> { vec![(&["main"], value)] };
    let (code, _, stderr) =
        judged(&stacks(-9_000_000_000_000_000_000), &stacks(9_000_000_000_000_000_000), &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("2^63"), "{stderr}");
}

#[test]
fn a_share_is_judged_and_told_as_a_share() {
    let base: &[(&[&str], i64)] = &[(&["hot"], 200), (&["main"], 800)];
    let new: &[(&[&str], i64)] = &[(&["hot"], 120), (&["main"], 80)];
    let (code, report, _) = judged(base, new, &["--basis", "share", "--limit", "flat +5%"]);
    assert_eq!(code, 1);
    let headline = report["headline"].as_str().expect("a text");
    assert_eq!(headline, "`hot` takes 200.0% more CPU time by its part of the total");
    let violation = &report["comparisons"][0]["violations"][0];
    assert_eq!((violation["observed"].as_f64(), violation["allowed"].as_f64()), (Some(600.0), Some(210.0)));
    let (code, _, stderr) = judged(base, new, &["--basis", "share", "--limit", "total +5%"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("both totals are made equal"), "{stderr}");
    assert_eq!(judged(base, new, &["--normalize", "--limit", "total +5%"]).0, 2);
}

#[test]
fn budgets_are_told_as_budgets_and_do_not_depend_on_means() {
    let base: &[(&[&str], i64)] = &[(&["gc"], 5000), (&["main"], 5000)];
    let new: &[(&[&str], i64)] = &[(&["gc"], 5005), (&["main"], 5000)];
    let (code, report, _) = judged(base, new, &["--limit", "flat max-share=15% functions=gc"]);
    assert_eq!(code, 1);
    assert_eq!(report["headline"], "`gc` takes 50.0% of the CPU time, and its budget is 15.0%");
    let limits = ["--mean", "--limit", "flat +5% metric=cpu max-share=60%"];
    assert_eq!(judged(base, new, &limits).0, 0, "shares are those of the sums");
    let (code, _, stderr) = judged(base, new, &["--limit", "total max-share=50%"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("max-share"), "{stderr}");
}

#[test]
fn operations_that_nothing_uses_are_an_error() {
    let output = "testdata/gotest/bench/base.txt";
    let args = format!("diff {BASE} {NEW} --ops-from {output} --ops-from {output} --basis absolute");
    refuses(&args, &["--ops-from", "per-op"]);
}

#[test]
fn directories_are_paired_and_a_lonely_path_needs_a_base() {
    let root = tempfile::tempdir().expect("a directory");
    let data = profile("cpu", "nanoseconds", &[(&["main"], 100)]);
    for path in ["base/cpu.1.out", "base/cpu.2.out", "base/gone.out", "new/cpu.out"] {
        file(root.path(), path, &data);
    }
    let directories = format!("{0}/base {0}/new", root.path().display());
    let (code, stdout, stderr) = parts(&run(&format!("diff {directories} --report json")));
    assert_eq!(code, 0, "{stderr}");
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    let comparison = &report["comparisons"][0];
    assert_eq!(comparison["name"], "cpu.out");
    assert_eq!(comparison["base"]["runs"].as_array().map(Vec::len), Some(2));
    assert!(stdout.contains("unpaired-path"), "the path on the base side alone is a caveat");

    file(root.path(), "new/fresh.out", &data);
    refuses(&format!("diff {directories}"), &["fresh.out", "need a base"]);
    assert_eq!(parts(&run(&format!("diff {directories} --missing-base pass"))).0, 0);
}

#[test]
fn runs_are_averaged_and_never_summed() {
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str, value: i64| {
        file(root.path(), name, &profile("cpu", "nanoseconds", &[(&["main"], value)]))
    };
    let (a, b, c) = (at("a.pb.gz", 100), at("b.pb.gz", 103), at("c.pb.gz", 90));
    let (code, stdout, _) = parts(&run(&format!("diff --base {a} {b} --new {c} --report json")));
    assert_eq!(code, 0);
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    let flat = &report["comparisons"][0]["functions"][0]["flat"];
    assert_eq!((flat["base"].as_f64(), flat["new"].as_f64()), (Some(101.5), Some(90.0)));
    assert_eq!(flat["delta"].as_f64(), Some(-11.5));
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let report = |jobs: &str| {
        run(&format!("diff testdata/cpu/runs/base testdata/cpu/runs/new --report json --jobs {jobs}")).stdout
    };
    let one = report("1");
    assert!(one.len() > 1000);
    assert!(one == report("2") && one == report("7"));
}

#[test]
fn reports_go_to_files_whole_or_not_at_all() {
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str| root.path().join(name).display().to_string();
    let (json, markdown) = (at("report.json"), at("report.md"));
    let (code, stdout, _) =
        parts(&run(&format!("diff {BASE} {NEW} --report json={json} --report markdown={markdown}")));
    assert_eq!((code, stdout.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&fs::read_to_string(&json).expect("a report")).expect("JSON");
    assert_eq!(report["exit_code"], 1);
    assert!(fs::read_to_string(&markdown).expect("a report").starts_with("### ❌ profgate: fail"));

    refuses(&format!("diff {BASE} nowhere.pb.gz --report json={json}"), &["nowhere.pb.gz"]);
    assert!(
        !fs::exists(&json).expect("a directory"),
        "a failed run leaves no report that could be taken for its own"
    );
    let left: Vec<_> = fs::read_dir(root.path()).expect("a directory").flatten().collect();
    assert_eq!(left.len(), 1, "no temporary file stays: {left:?}");
}

#[test]
fn every_report_has_a_place_of_its_own() {
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str| root.path().join(name).display().to_string();
    let reports = |one: &str, other: &str| {
        refuses(
            &format!("diff {BASE} {BASE} --report {one} --report {other}"),
            &["--report", "second report"],
        );
    };
    reports("terminal", "json");
    reports("markdown=-", "terminal");
    reports("json", "markdown=/dev/stdout");
    fs::create_dir(at("sub")).expect("a directory");
    reports(&format!("json={}", at("a")), &format!("markdown={}", at("sub/../a")));
    assert_eq!(fs::read_dir(root.path()).expect("a directory").count(), 1);
    let args =
        format!("diff {BASE} {BASE} --report terminal --report json={} --report json={}", at("a"), at("b"));
    assert_eq!(parts(&run(&args)).0, 0);
}

#[cfg(unix)]
#[test]
fn reports_are_written_through_links() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().expect("a directory");
    let at = |name: &str| root.path().join(name).display().to_string();
    fs::create_dir(at("real")).expect("a directory");
    fs::write(at("real/old.json"), "old").expect("a file");
    symlink("real/old.json", at("old")).expect("a link");
    symlink("real/fresh.json", at("fresh")).expect("a link");
    symlink("fresh", at("chain")).expect("a link");
    for (link, file) in [("old", "real/old.json"), ("chain", "real/fresh.json")] {
        let (code, _, stderr) = parts(&run(&format!("diff {BASE} {BASE} --report json={}", at(link))));
        assert_eq!(code, 0, "{link}: {stderr}");
        assert!(fs::symlink_metadata(at(link)).expect("a link").is_symlink(), "{link}");
        assert!(fs::read_to_string(at(file)).expect("a report").starts_with('{'), "{file}");
    }
    let both = format!("--report json={} --report markdown={}", at("chain"), at("real/fresh.json"));
    refuses(&format!("diff {BASE} {BASE} {both}"), &["second report"]);
    symlink("loop", at("loop")).expect("a link");
    refuses(&format!("diff {BASE} {BASE} --report json={}", at("loop")), &["loop", "cannot be written"]);
}

#[test]
fn a_template_for_standard_output_is_nothing_but_the_template() {
    let (code, stdout, _) = parts(&run("init -"));
    assert_eq!(code, 0);
    assert!(stdout.contains("[[limit]]") && !stdout.contains("wrote"), "{stdout}");
}

#[test]
fn names_of_a_profile_give_no_commands_to_a_build_log() {
    let root = tempfile::tempdir().expect("a directory");
    let at =
        |name: &str, kind: &str| file(root.path(), name, &profile(kind, "nanoseconds", &[(&["main"], 5)]));
    let (cpu, hostile) = (at("a", "cpu"), at("b", "x\n::error file=a.go::pwned"));
    let (code, _, stderr) = parts(&run(&format!("diff {cpu} {hostile}")));
    assert_eq!(code, 2);
    assert!(stderr.contains("x\\n::error") && !stderr.contains("\n::"), "{stderr}");
    let command = at("c", "::error::pwned ##[error]");
    let (code, stdout, stderr) = parts(&run(&format!("diff {command} {command}")));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("error::pwned") && !stdout.contains("\n::") && !stdout.contains("##["),
        "{stdout}"
    );
}

#[test]
fn a_huge_name_makes_no_huge_report() {
    let root = tempfile::tempdir().expect("a directory");
    let name = format!("begin{}end", "x".repeat(500_000));
    let at = |file_name: &str, value| {
        file(root.path(), file_name, &profile("cpu", "nanoseconds", &[(&[&name], value), (&["main"], 9)]))
    };
    let (base, new) = (at("a", 100), at("b", 900));
    for format in ["terminal", "markdown"] {
        let (code, stdout, _) = parts(&run(&format!("diff {base} {new} --report {format} --statistics off")));
        assert_eq!(code, 1);
        assert!(stdout.len() < 10_000, "{format}: {} bytes", stdout.len());
        assert!(stdout.contains("begin") && stdout.contains("xend"), "{stdout}");
    }
}

#[test]
fn standard_input_is_a_source_that_may_be_looked_at_twice() {
    let root = tempfile::tempdir().expect("a directory");
    let stacks: &[(&[&str], i64)] = &[(&["main"], 7)];
    // Units that differ make the comparison read its sources again, to convert them.
    let base = file(root.path(), "base.pb.gz", &profile("cpu", "milliseconds", stacks));
    let mut child = profgate()
        .args(["diff", &base, "-", "--report", "json", "--limit", "flat +1%", "--statistics", "off"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let data = profile("cpu", "nanoseconds", &[(&["main"], 8_000_000)]);
    child.stdin.take().expect("a pipe").write_all(&data).expect("the profile is read");
    let (code, stdout, _) = parts(&child.wait_with_output().expect("an exit code"));
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&stdout).expect("JSON");
    let flat = &report["comparisons"][0]["functions"][0]["flat"];
    assert_eq!((flat["base"].as_i64(), flat["delta"].as_i64()), (Some(7_000_000), Some(1_000_000)));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let mut child = profgate()
        .args(["diff", BASE, NEW, "--report", "json"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = [0; 1];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("a byte");
    assert_eq!(child.wait().expect("an exit code").code(), Some(1));
}

#[test]
fn colours_are_for_terminals_unless_asked_for() {
    let output = |args: &[&str]| {
        let output = profgate().env_remove("NO_COLOR").args(["diff", BASE, BASE]).args(args).output();
        parts(&output.expect("the binary starts")).1
    };
    assert!(!output(&[]).contains('\u{1b}'));
    assert!(!output(&["--color", "never"]).contains('\u{1b}'));
    assert!(output(&["--color", "always"]).contains('\u{1b}'));
}

#[test]
fn descriptions_are_complete() {
    let root = tempfile::tempdir().expect("a directory");
    let config = root.path().join("profgate.toml").display().to_string();
    assert_eq!(parts(&run(&format!("init {config}"))).0, 0);
    refuses(&format!("init {config}"), &["profgate.toml", "--force"]);
    assert_eq!(parts(&run(&format!("init {config} --force"))).0, 0);
    assert_eq!(parts(&run(&format!("diff {BASE} {BASE} --config {config}"))).0, 0);
    let (code, stdout, _) = parts(&run(&format!("config --config {config} --alpha 0.02")));
    assert_eq!(code, 0);
    assert!(stdout.contains("alpha = 0.02") && stdout.contains("--alpha"), "{stdout}");
    assert!(parts(&run("explain single-run")).1.contains("run"));
    refuses("explain single-ran", &["single-run"]);
    let schema: Value = serde_json::from_str(&parts(&run("schema")).1).expect("JSON");
    assert!(schema["properties"]["comparisons"].is_object());
    for shell in ["bash", "zsh", "fish"] {
        assert!(parts(&run(&format!("completions {shell}"))).1.contains("sample-index"), "{shell}");
    }
    assert!(parts(&run("man")).1.contains("max\\-inflated"));
    let (code, stdout, _) = parts(&run("self-test"));
    assert_eq!(code, 0);
    assert!(stdout.ends_with("this build of the gate can fail and can pass\n"), "{stdout}");
}
