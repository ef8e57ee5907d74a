//! `profgate pprof` against what a real `go tool pprof` printed, recorded by `scripts/pprof-golden`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use profgate::error::ExitCode;
use profgate::pprof::{Env, run};
use serde::Deserialize;

mod support;

fn golden() -> PathBuf {
    support::root().join("tests/golden/pprof")
}

/// Whether `args` fail in `directory`, and what they print.
fn pprof(args: &[OsString], env: &Env) -> (bool, Vec<u8>) {
    let mut stdout = Vec::new();
    let result = run(args, &mut stdout, &mut io::sink(), env);
    (result != Ok(ExitCode::Pass), stdout)
}

/// The same, with a profile on stdout as its text: compressors need not agree on bytes.
fn pprof_as_text(args: &[OsString], env: &Env) -> (bool, Vec<u8>) {
    let (fails, stdout) = pprof(args, env);
    if fails || !args.iter().any(|arg| arg == "-proto" || arg == "-topproto") {
        return (fails, stdout);
    }
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(&file, stdout).expect("a temporary file can be written");
    pprof(&["-raw".into(), "-symbolize=none".into(), file.path().into()], env)
}

fn env(directory: &Path, zone: &str) -> Env {
    let variables = [("TZ", zone), ("HOME", "/nonexistent")];
    let variables = variables.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Env::new(directory.to_owned(), variables.into_iter().collect(), false)
}

#[test]
fn reports_on_recorded_profiles_are_those_of_pprof() {
    let env = env(support::root(), "UTC");
    let mut count = 0;
    for entry in fs::read_dir(golden()).expect("goldens are in the repository") {
        let path = entry.expect("goldens are readable").path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        count += 1;
        let recorded = fs::read(&path).expect("goldens are readable");
        let mut parts = recorded.splitn(3, |&byte| byte == b'\n');
        let mut line = |name: &str| {
            let line = String::from_utf8_lossy(parts.next().expect("three parts"));
            line.strip_prefix(name).map(str::to_owned)
        };
        let arguments = line("arguments: ").expect("the first line");
        let fails = line("fails: ").expect("the second line") == "yes";
        let stdout = parts.next().expect("what was printed");
        let args: Vec<OsString> = arguments.split(' ').map(OsString::from).collect();
        let (ours_fails, ours) = pprof_as_text(&args, &env);
        assert_eq!(ours_fails, fails, "exit code of pprof {arguments}");
        assert_eq!(
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(stdout),
            "stdout of pprof {arguments}"
        );
    }
    assert!(count > 30, "{count} recorded reports");
}

#[derive(Deserialize)]
struct Recorded {
    seed: u64,
    zone: String,
    arguments: Vec<String>,
    files: BTreeMap<String, String>,
    fails: bool,
    stdout: String,
}

#[test]
fn reports_on_random_profiles_are_those_of_pprof() {
    let text = fs::read_to_string(golden().join("random.json")).expect("goldens are in the repository");
    let runs: Vec<Recorded> = serde_json::from_str(&text).expect("scripts/pprof-golden writes this form");
    assert!(runs.len() > 50, "{} recorded runs", runs.len());
    for run in runs {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (name, content) in &run.files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().expect("a file in a directory")).expect("can be made");
            fs::write(path, base64(content)).expect("can be written");
        }
        let args: Vec<OsString> = run.arguments.iter().map(OsString::from).collect();
        let (fails, stdout) = pprof_as_text(&args, &env(directory.path(), &run.zone));
        assert_eq!(fails, run.fails, "exit code of seed {}: {:?}", run.seed, run.arguments);
        assert_eq!(
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&base64(&run.stdout)),
            "stdout of seed {}: {:?}",
            run.seed,
            run.arguments
        );
    }
}

/// Standard base 64 to bytes.
fn base64(text: &str) -> Vec<u8> {
    let value = |digit: u8| match digit {
        b'A'..=b'Z' => u32::from(digit - b'A'),
        b'a'..=b'z' => u32::from(digit - b'a') + 26,
        b'0'..=b'9' => u32::from(digit - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0, |bits, &digit| bits << 6 | value(digit)) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

#[test]
fn a_source_that_fails_is_an_error_unless_allowed() {
    let env = env(support::root(), "UTC");
    let (good, gone) = ("testdata/heap/new.pb.gz", "testdata/heap/nothing.pb.gz");
    let fails = |args: &[&str]| pprof(&args.iter().map(OsString::from).collect::<Vec<_>>(), &env).0;
    assert!(fails(&["-top", good, gone]));
    assert!(!fails(&["-top", "-allow-missing", good, gone]));
    assert!(!fails(&["-top", "-allow_missing", good, gone]));
    assert!(!fails(&["-top", gone, good]), "a program that is not at hand");
    assert!(fails(&["-top", "-base", gone, good]));
    assert!(fails(&["-top", "http://localhost:1/heap", good]), "a server is no program");
}

#[test]
fn repeated_bases_add_up_only_when_asked() {
    let env = env(support::root(), "UTC");
    let (base, new) = ("testdata/heap/base.pb.gz", "testdata/heap/new.pb.gz");
    let total = |args: &[&str]| {
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        let mut out = Vec::new();
        run(&args, &mut out, &mut io::sink(), &env).expect("a report");
        String::from_utf8(out).expect("text")
    };
    let last = total(&["-top", "-diff_base", new, "-diff_base", base, new]);
    assert_eq!(last, total(&["-top", "-diff_base", base, new]));
    let added = total(&["-top", "-add-bases", "-diff_base", base, "-diff_base", base, new]);
    assert_ne!(added, total(&["-top", "-diff_base", base, new]));
}

#[test]
fn what_is_not_supported_says_what_to_do() {
    let env = env(support::root(), "UTC");
    for (flag, advice) in [
        ("-weblist=main", "go tool pprof"),
        ("-disasm=main", "go tool pprof"),
        ("-http=:0", "profgate diff --report html"),
        ("-web", "-svg -output=FILE"),
        ("-cum", "give one of -top"),
    ] {
        let args = [flag, "testdata/heap/new.pb.gz"].map(OsString::from);
        let error = run(&args, &mut io::sink(), &mut io::sink(), &env).expect_err(flag);
        assert_eq!(error.exit_code(), ExitCode::NoVerdict, "{flag}");
        assert!(error.to_string().contains(advice), "{flag}: {error}");
    }
}

#[test]
fn output_goes_to_the_file_that_is_named() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut env = env(directory.path(), "UTC");
    let source = support::root().join("testdata/heap/new.pb.gz");
    let args: [OsString; 3] = ["-top".into(), "-output=report.txt".into(), source.clone().into()];
    let (fails, stdout) = pprof(&args, &env);
    assert_eq!((fails, stdout), (false, Vec::new()));
    let report = fs::read_to_string(directory.path().join("report.txt")).expect("the report");
    assert!(report.starts_with("File: "), "{report}");

    // Nothing is printed, or left, by a report that fails.
    let args: [OsString; 3] = ["-peek=^nothing$".into(), "-output=none.txt".into(), source.clone().into()];
    assert!(pprof(&args, &env).0 && !directory.path().join("none.txt").exists());

    // A terminal is spared bytes that are no text.
    env.stdout_is_terminal = true;
    for name in ["profile001.pb.gz", "profile002.pb.gz"] {
        let (fails, stdout) = pprof(&["-proto".into(), source.clone().into()], &env);
        assert_eq!((fails, stdout), (false, Vec::new()));
        assert!(directory.path().join(name).exists(), "{name}");
    }
}

/// A program for the search path that takes the place of Graphviz.
#[cfg(unix)]
fn with_dot(script: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let dot = directory.path().join("dot");
    fs::write(&dot, format!("#!/bin/sh\n{script}\n")).expect("can be written");
    fs::set_permissions(&dot, fs::Permissions::from_mode(0o755)).expect("can be made executable");
    directory
}

#[test]
#[cfg(unix)]
fn graphviz_draws_pictures_where_it_is_installed() {
    let source = "testdata/heap/new.pb.gz";
    let graph = support::run(&format!("pprof -dot {source}")).stdout;
    let draw = |directory: &Path| {
        let args = ["pprof", "-svg", source];
        support::profgate().env("PATH", directory).args(args).output().expect("the binary starts")
    };
    let drawn = draw(with_dot("echo \"$@\"; exec /bin/cat").path());
    assert_eq!(drawn.stdout, [b"-Tsvg\n", graph.as_slice()].concat());

    let missing = tempfile::tempdir().expect("a temporary directory");
    for directory in [missing.path(), with_dot("exit 1").path()] {
        let (code, stdout, stderr) = support::parts(&draw(directory));
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains("Is Graphviz installed?") && stderr.contains("-dot"), "{stderr}");
    }
}

#[test]
fn the_binary_takes_flags_of_go() {
    let output = support::run("pprof --top -nodecount 1 -sample_index=alloc_space testdata/heap/new.pb.gz");
    let (code, stdout, _) = support::parts(&output);
    assert_eq!(code, 0);
    assert!(
        stdout.contains("\nType: alloc_space\n") && stdout.contains("Showing top 1 nodes out of"),
        "{stdout}"
    );
    let (code, stdout, stderr) = support::parts(&support::run("pprof -help"));
    assert_eq!((code, stdout.as_str()), (0, ""));
    assert!(stderr.contains("-diff_base TEXT"), "{stderr}");
}

#[test]
fn times_are_shown_in_the_zone_of_the_environment() {
    let args: Vec<OsString> = ["-top", "testdata/heap/new.pb.gz"].map(OsString::from).to_vec();
    let (_, stdout) = pprof(&args, &env(support::root(), "Asia/Tokyo"));
    assert!(String::from_utf8_lossy(&stdout).contains(" JST\n"));
    assert_eq!(env(support::root(), "nowhere").time_zone, TimeZone::UTC);
}
