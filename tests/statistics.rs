//! What chance makes of a verdict, from recorded profiles and from profiles with known truth.

use std::path::Path;

use profgate::profile::{
    Function, FunctionId, Line, Location, LocationId, Profile, Samples, ValueType, encode,
};
use serde_json::Value;

mod support;
use support::{file, gzip, parts, profgate};

fn diff(args: &[&str]) -> (i32, Value) {
    let output = profgate().arg("diff").args(args).args(["--report", "json"]).output();
    let (code, stdout, stderr) = parts(&output.expect("the binary starts"));
    assert!(code != 2, "{stderr}");
    (code, serde_json::from_str(&stdout).expect("JSON"))
}

fn row<'a>(report: &'a Value, name: &str) -> &'a Value {
    let rows = report["comparisons"][0]["functions"].as_array().expect("rows");
    rows.iter().find(|row| row["name"].as_str().is_some_and(|own| own.ends_with(name))).expect("the row")
}

fn caveats(report: &Value) -> Vec<&str> {
    let all = report["comparisons"][0]["caveats"].as_array().expect("caveats");
    all.iter().map(|caveat| caveat["code"].as_str().expect("a code")).collect()
}

/// A recording at 100 Hz: functions with their number of samples, taken at `second`. The first one calls
/// `runtime.asyncPreempt`, everything else is called by `main`.
fn recording(second: i64, functions: &[(&str, i64)]) -> Vec<u8> {
    let mut profile = Profile::default();
    let mut text = |text: &str| profile.strings.intern(text.as_bytes()).expect("fits");
    let samples = ValueType { kind: text("samples"), unit: text("count") };
    let cpu = ValueType { kind: text("cpu"), unit: text("nanoseconds") };
    profile.header.sample_types = vec![samples, cpu];
    profile.header.period_type = cpu;
    profile.header.period = 10_000_000;
    profile.header.time_nanos = second * 1_000_000_000;
    profile.samples = Samples::new(2);
    let names = functions.iter().map(|(name, _)| *name).chain(["main.main"]);
    for (row, name) in (0..).zip(names) {
        let id = u64::from(row) + 1;
        let name = profile.strings.intern(name.as_bytes()).expect("fits");
        profile.functions.push(Function { id, name, system_name: name, ..Function::default() });
        let line = Line { function: FunctionId::new(row), line: 1, column: 0 };
        profile.locations.push(Location { id, address: id, ..Location::default() }, [line]);
    }
    let main = LocationId::new(u32::try_from(functions.len()).expect("few"));
    for (row, (_, count)) in (0..).zip(functions) {
        let leaf = LocationId::new(row);
        let interrupted = (functions[leaf.index()].0 == "runtime.asyncPreempt").then(|| LocationId::new(0));
        let stack: Vec<LocationId> = [Some(leaf), interrupted, Some(main)].into_iter().flatten().collect();
        profile.samples.push(stack, [*count, count * 10_000_000], []);
    }
    gzip(&encode(&profile))
}

/// Twenty functions of 200 samples each, that vary a little from run to run; `change` gives some another count.
fn run(number: i64, change: impl Fn(i64, i64) -> i64) -> Vec<u8> {
    let names: Vec<String> = (0..20).map(|function| format!("app.f{function}")).collect();
    let counts = (0..20).map(|function| change(function, 200 + (number * 7 + function * 13) % 23 - 11));
    let functions: Vec<(&str, i64)> = names.iter().map(String::as_str).zip(counts).collect();
    recording(1_000 + number, &functions)
}

/// Writes runs in turns and returns the sides' directories.
fn sides(
    root: &Path,
    runs: i64,
    base: impl Fn(i64, i64, i64) -> i64,
    new: impl Fn(i64, i64, i64) -> i64,
) -> [String; 2] {
    for number in 0..runs {
        let file_name = |side: &str| format!("{side}/cpu.{number}.pb.gz");
        file(root, &file_name("base"), &run(2 * number, |function, count| base(number, function, count)));
        file(root, &file_name("new"), &run(2 * number + 1, |function, count| new(number, function, count)));
    }
    ["base", "new"].map(|side| root.join(side).display().to_string())
}

#[test]
fn runs_in_turns_find_the_function_that_got_a_quarter_slower_and_no_other() {
    let (code, report) = diff(&["testdata/cpu/runs/base", "testdata/cpu/runs/new"]);
    assert_eq!(code, 1);
    let comparison = &report["comparisons"][0];
    assert_eq!(comparison["method"]["basis"], "share");
    assert_eq!(comparison["method"]["in_turns"], true);
    let broken = comparison["violations"].as_array().expect("a list");
    assert!(!broken.is_empty());
    for violation in broken {
        let name = violation["function"].as_str().expect("a function, as the total is not to blame");
        assert!(
            ["score", "rate"].contains(&name.rsplit('.').next().expect("a part")),
            "{name} calls score, or is it"
        );
    }
    let flat = &row(&report, ".score")["flat"];
    assert_eq!(flat["status"], "regressed");
    let number = |key: &str| flat[key].as_f64().expect("a number");
    assert!(number("low") <= number("delta") && number("delta") <= number("high"));
    assert!(number("p_adjusted") <= 0.01 && number("q_value") <= 0.05 && number("detectable") < 0.25);
}

#[test]
fn single_runs_of_one_binary_do_not_fail() {
    let (code, report) = diff(&["testdata/cpu/identical/base.pb.gz", "testdata/cpu/identical/new.pb.gz"]);
    assert_eq!(code, 0);
    assert!(report["comparisons"][0]["violations"].as_array().expect("a list").is_empty());
    assert!(caveats(&report).contains(&"single-run"));
}

#[test]
fn an_improvement_elsewhere_fails_nothing_and_a_regression_behind_it_fails() {
    let root = tempfile::tempdir().expect("a directory");
    let better = |_, function, count| if function < 4 { count / 4 } else { count };
    let [base, new] = sides(root.path(), 5, |_, _, count| count, better);
    let (code, report) = diff(&[&base, &new]);
    assert_eq!(code, 0, "{}", report["headline"]);
    assert_eq!(row(&report, "app.f2")["flat"]["status"], "improved");
    assert_ne!(
        row(&report, "app.f7")["flat"]["status"],
        "regressed",
        "a larger share of less is no regression"
    );

    let root = tempfile::tempdir().expect("a directory");
    let masked = move |run, function, count| match function {
        9 => count * 3,
        _ => better(run, function, count),
    };
    let [base, new] = sides(root.path(), 3, |_, _, count| count, masked);
    let (code, report) = diff(&[&base, &new]);
    assert_eq!(code, 1);
    assert_eq!(row(&report, "app.f9")["flat"]["status"], "regressed");
    let violations = report["comparisons"][0]["violations"].as_array().expect("a list");
    assert!(violations.iter().all(|violation| violation["function"] == "app.f9"), "{violations:?}");
}

#[test]
fn a_limit_is_broken_by_more_than_it_allows_and_not_by_any_difference() {
    let root = tempfile::tempdir().expect("a directory");
    let slower = |_, function, count: i64| if function == 3 { count * 13 / 10 } else { count };
    let [base, new] = sides(root.path(), 8, |_, _, count| count, slower);
    let with = |limit: &str| diff(&[&base, &new, "--limit", limit]);
    assert_eq!(with("flat +10%").0, 1);
    let (code, report) = with("flat +60%");
    assert_eq!((code, &report["verdict"]), (0, &"pass".into()));
    let (code, report) = with("flat +30% functions=^app.f3$");
    assert_eq!((code, &report["verdict"]), (0, &"inconclusive".into()), "30 % is neither more nor less");
    let undecided = &report["comparisons"][0]["undecided"][0];
    assert_eq!(undecided["function"], "app.f3");
    assert!(undecided["detectable"].as_f64().is_some_and(|rise| rise > 0.3));
    assert_eq!(
        diff(&[&base, &new, "--limit", "flat +30% functions=^app.f3$", "--on-inconclusive", "fail"]).0,
        3
    );
}

#[test]
fn when_everything_moves_no_function_is_blamed() {
    let root = tempfile::tempdir().expect("a directory");
    let [base, new] = sides(root.path(), 4, |_, _, count| count, |_, _, count| count * 3 / 2);
    let (code, report) = diff(&[&base, &new]);
    assert_eq!((code, &report["verdict"]), (0, &"inconclusive".into()));
    assert!(caveats(&report).contains(&"global-change"), "{:?}", caveats(&report));
    assert!(report["comparisons"][0]["violations"].as_array().expect("a list").is_empty());
    let (code, report) = diff(&[&base, &new, "--basis", "absolute", "--limit", "total +5%"]);
    assert_eq!(code, 1, "who says that the work was the same is told of the total: {}", report["headline"]);
}

#[test]
fn too_few_events_settle_nothing() {
    let root = tempfile::tempdir().expect("a directory");
    let few = |_, _, count: i64| count / 20;
    let [base, new] = sides(root.path(), 2, few, few);
    let (code, report) = diff(&[&base, &new, "--on-inconclusive", "fail"]);
    assert_eq!((code, &report["verdict"]), (3, &"inconclusive".into()));
    assert!(caveats(&report).contains(&"few-samples"));
}

#[test]
fn a_run_that_disagrees_is_named_and_left_out_on_request() {
    let root = tempfile::tempdir().expect("a directory");
    let disturbed = |run, _, count| if run == 2 { count * 2 } else { count };
    let [base, new] = sides(root.path(), 6, disturbed, |_, _, count| count);
    let outliers = |args: &[&str]| {
        let (_, report) = diff(&[&[&base[..], &new[..]], args].concat());
        let all = report["comparisons"][0]["caveats"].as_array().expect("caveats");
        let message =
            all.iter().find(|caveat| caveat["code"] == "outlier-run").map(|caveat| &caveat["message"]);
        let message = message.and_then(Value::as_str).expect("an outlier").to_owned();
        (message, report["comparisons"][0]["base"]["runs"].as_array().expect("runs").len())
    };
    let (message, runs) = outliers(&[]);
    assert!(message.contains("cpu.2.pb.gz") && runs == 6, "{message}");
    let (message, runs) = outliers(&["--drop-outliers"]);
    assert!(message.contains("left out") && runs == 5, "{message}");
}

#[test]
fn preempted_leaves_count_as_what_they_interrupt_and_are_exempt() {
    let root = tempfile::tempdir().expect("a directory");
    let write = |side: &str, preempted: i64| {
        for number in 0..4 {
            let names: Vec<String> = (1..10).map(|function| format!("app.f{function}")).collect();
            let mut functions = vec![
                ("app.f0", 600 - preempted),
                ("runtime.asyncPreempt", preempted),
                ("runtime.lock2", preempted),
            ];
            functions.extend(names.iter().map(|name| (name.as_str(), 300)));
            let second = 1_000 + 2 * number + i64::from(side == "new");
            file(root.path(), &format!("{side}/cpu.{number}.pb.gz"), &recording(second, &functions));
        }
        root.path().join(side).display().to_string()
    };
    let (base, new) = (write("base", 20), write("new", 400));
    let (code, report) = diff(&[&base, &new, "--limit", "flat +5%"]);
    assert_eq!(code, 0, "{}", report["headline"]);
    assert!(caveats(&report).contains(&"exempt-frames"));
    let delta = |name: &str| row(&report, name)["flat"]["delta"].as_f64();
    assert_eq!(
        (delta("asyncPreempt"), delta("app.f0")),
        (Some(3.8e9), Some(-3.8e9)),
        "shown values are pprof's"
    );
    assert_ne!(row(&report, "app.f0")["flat"]["status"], "improved", "it was only interrupted more often");
    assert_eq!(diff(&[&base, &new, "--limit", "flat +5% functions=lock2"]).0, 1, "a limit may name them");
}

#[test]
fn calibration_tells_the_noise_and_lets_single_runs_be_judged_by_it() {
    let root = tempfile::tempdir().expect("a directory");
    let noise = root.path().join("noise.json").display().to_string();
    let output = profgate().args(["calibrate", "testdata/cpu/runs/base", "--write", &noise]).output();
    let (code, stdout, stderr) = parts(&output.expect("the binary starts"));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("cpu: 6 runs, 20421 events"), "{stdout}");
    assert!(stdout.contains("3 and 3 runs in turns: 0 of"), "{stdout}");
    assert!(stdout.contains("index.(*Index).score"), "{stdout}");

    let pair = ["testdata/cpu/plus25/base.pb.gz", "testdata/cpu/plus25/new.pb.gz"];
    let width = |args: &[&str]| {
        let (_, report) = diff(&[&pair, args].concat());
        let flat = &row(&report, ".score")["flat"];
        flat["high"].as_f64().expect("a number") - flat["low"].as_f64().expect("a number")
    };
    assert!(width(&["--calibration", &noise]) < 0.8 * width(&[]), "known noise is less than what is feared");

    let broken = file(root.path(), "broken.json", b"{\"not\": \"a calibration\"}");
    let output = profgate().arg("diff").args(pair).args(["--calibration", &broken]).output();
    let (code, _, stderr) = parts(&output.expect("the binary starts"));
    assert!(code == 2 && stderr.contains("broken.json"), "{stderr}");
    let output = profgate().args(["calibrate", pair[0], pair[1]]).output();
    let (code, _, stderr) = parts(&output.expect("the binary starts"));
    assert!(code == 2 && stderr.contains("4 or more runs"), "{stderr}");
}

#[test]
fn allocations_are_judged_by_the_objects_that_were_sampled() {
    let (_, report) =
        diff(&["testdata/allocs/base.pb.gz", "testdata/allocs/new.pb.gz", "--sample-index", "alloc_space"]);
    let method = &report["comparisons"][0]["method"];
    assert_eq!(method["test"], "event-counts");
    let events = method["base_events"].as_f64().expect("events");
    let bytes = report["comparisons"][0]["base"]["runs"][0]["total"].as_f64().expect("a total");
    // Every 512 kB on average an object is sampled, and a larger one always: at most that many events.
    assert!(events > 10.0 && events < bytes / (512.0 * 1024.0) * 1.2, "{events} events of {bytes} bytes");
}

#[test]
fn counts_of_goroutines_are_exact() {
    let pair = ["testdata/goroutine/base.pb.gz", "testdata/goroutine/new.pb.gz"];
    let (_, report) = diff(&pair);
    assert_eq!(report["comparisons"][0]["method"]["test"], "exact");
    assert!(!caveats(&report).contains(&"single-run"), "there is no chance in it");
}
