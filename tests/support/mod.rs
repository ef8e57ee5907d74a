//! What several tests share: the binary, a real Go toolchain, small profiles.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use profgate::profile::{
    Function, FunctionId, Line, Location, LocationId, Profile, Samples, ValueType, encode,
};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The built binary, with an environment in which nothing but its arguments matters.
pub(crate) fn profgate() -> Command {
    let mut command = neutral(Command::new(env!("CARGO_BIN_EXE_profgate")));
    command.current_dir(root());
    command
}

/// `command` without the variables that change what profgate prints.
pub(crate) fn neutral(mut command: Command) -> Command {
    command.env("NO_COLOR", "1").env("COLUMNS", "100");
    for name in ["CLICOLOR_FORCE", "CI", "GITHUB_ACTIONS"] {
        command.env_remove(name);
    }
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

/// Runs the binary with `args`, which are split at blanks.
pub(crate) fn run(args: &str) -> Output {
    profgate().args(args.split_whitespace()).output().expect("the binary starts")
}

/// The exit code, standard output and standard error of `output`.
pub(crate) fn parts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("no signal"), text(&output.stdout), text(&output.stderr))
}

/// A real `go`, from `scripts/go-toolchain` or from `$PROFGATE_GO`, if it is on this machine already. With
/// `$PROFGATE_REQUIRE_GO`, which `scripts/test` sets, its absence is a failure.
pub(crate) fn go(version: &str) -> Option<PathBuf> {
    let installed = root().join(format!(".venv/go-{version}"));
    let go = if installed.join("complete").exists() {
        Some(installed.join("bin/go"))
    } else {
        std::env::var_os("PROFGATE_GO").map(PathBuf::from).filter(|go| is_version(go, version))
    };
    let is_required = std::env::var_os("PROFGATE_REQUIRE_GO").is_some();
    assert!(go.is_some() || !is_required, "`scripts/go-toolchain {version}` installs what is missing");
    go
}

fn is_version(go: &Path, version: &str) -> bool {
    let output = Command::new(go).arg("version").env("GOTOOLCHAIN", "local").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version))
}

/// Says on standard error why a test does nothing here. The harness swallows what `eprintln!` writes in a test that
/// passes, so this does not go through it.
pub(crate) fn skip(test: &str, reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped {test}: {reason}");
}

/// A profile of one sample type, gzipped, from stacks of function names, leaf first.
pub(crate) fn profile(kind: &str, unit: &str, samples: &[(&[&str], i64)]) -> Vec<u8> {
    let mut profile = Profile::default();
    let mut text = |text: &str| profile.strings.intern(text.as_bytes()).expect("fits");
    let ty = ValueType { kind: text(kind), unit: text(unit) };
    profile.header.sample_types = vec![ty];
    profile.header.period_type = ty;
    profile.header.period = 1;
    profile.samples = Samples::new(1);
    for (stack, value) in samples {
        let mut locations = Vec::new();
        for name in *stack {
            let name = profile.strings.intern(name.as_bytes()).expect("fits");
            let row = u32::try_from(profile.functions.len()).expect("few");
            let id = u64::from(row) + 1;
            profile.functions.push(Function { id, name, system_name: name, ..Function::default() });
            let line = Line { function: FunctionId::new(row), line: 1, column: 0 };
            profile.locations.push(Location { id, address: id, ..Location::default() }, [line]);
            locations.push(LocationId::new(row));
        }
        profile.samples.push(locations, [*value], []);
    }
    gzip(&encode(&profile))
}

/// `data` as one gzip member.
pub(crate) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("writing to memory")
}

/// Writes `data` to `name` in `directory` and returns its path.
pub(crate) fn file(directory: &Path, name: &str, data: &[u8]) -> String {
    let path = directory.join(name);
    std::fs::create_dir_all(path.parent().expect("in a directory")).expect("a directory");
    std::fs::write(&path, data).expect("a file");
    path.display().to_string()
}
