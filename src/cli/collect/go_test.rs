//! Packages and kinds of profiles to command lines of `go test`, one for each package.
//!
//! `go test` merges the runs of `-count` into one profile, and refuses to profile several packages at once; so each run of
//! each package is a command of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::trees::Trees;
use super::work::Job;
use super::{CollectArgs, Kind, packages};
use crate::error::{Error, ErrorKind, Result};

/// The command lines that `args` ask for.
///
/// # Errors
/// When packages cannot be listed, or none has tests on both sides.
pub(super) fn jobs(args: &CollectArgs, trees: &Trees) -> Result<Vec<Job>> {
    let go = absolute(&args.go_test.go)?;
    // As one argument, patterns stand as on a shell's line.
    let patterns: Vec<String> =
        args.go_test.packages.iter().flat_map(|text| text.split_whitespace().map(str::to_owned)).collect();
    let packages = packages::common(&go, &patterns, trees, args.quiet)?;
    let mut kinds = args.go_test.profiles.clone();
    kinds.sort_unstable();
    kinds.dedup();
    Ok(packages.iter().map(|package| job(args, &go, package, &kinds)).collect())
}

fn job(args: &CollectArgs, go: &Path, package: &str, kinds: &[Kind]) -> Job {
    let folder = folder(package);
    let mut command: Vec<OsString> = vec![go.into()];
    command.extend(["test", "-run", "^$", "-bench", &args.go_test.bench, "-count", "1"].map(OsString::from));
    if let Some(time) = &args.go_test.benchtime {
        command.extend(["-benchtime", time].map(OsString::from));
    }
    // Profiling keeps the test's binary, and the work tree is no place for it.
    command.extend(["-o".into(), format!("{{scratch}}/{}.test", folder.replace('/', "_")).into()]);
    for kind in kinds {
        let (flag, name) = of(*kind);
        command.extend([flag.into(), format!("{{dir}}/{name}").into()]);
    }
    command.push(package.into());
    command.extend(args.command.iter().cloned());
    Job {
        folder,
        title: format!("go test {package}"),
        command,
        profiles: kinds.iter().map(|&kind| of(kind).1).collect(),
        is_benchmark: true,
    }
}

/// The flag of `go test`, and the name of the profile.
fn of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Cpu => ("-cpuprofile", "cpu.pb.gz"),
        Kind::Mem => ("-memprofile", "mem.pb.gz"),
        Kind::Block => ("-blockprofile", "block.pb.gz"),
        Kind::Mutex => ("-mutexprofile", "mutex.pb.gz"),
    }
}

/// The folder of a package's profiles: its import path, in which no part may be taken for the number of a run or for a
/// hidden folder.
fn folder(package: &str) -> String {
    let part = |part: &str| {
        let rest = part.strip_prefix("run").unwrap_or("x").trim_start_matches(['-', '.', '_']);
        let is_run = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        if is_run || part.starts_with('.') { format!("_{part}") } else { part.to_owned() }
    };
    package.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The go command: a path is meant from here, not from the work trees.
fn absolute(go: &Path) -> Result<PathBuf> {
    if go.components().count() == 1 {
        return Ok(go.to_owned());
    }
    std::path::absolute(go).map_err(|error| {
        Error::new(ErrorKind::Usage, format!("is no path ({error})")).at(format!("--go {}", go.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_counts_as_a_run() {
        for (package, expected) in [
            ("example.com/app/index", "example.com/app/index"),
            ("example.com/run2/running", "example.com/_run2/running"),
            ("run-1/.x", "_run-1/_.x"),
            ("run", "run"),
        ] {
            assert_eq!(folder(package), expected);
        }
    }
}
