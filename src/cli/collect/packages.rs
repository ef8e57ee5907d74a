//! Package patterns to the packages with tests that both work trees have.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use super::trees::Trees;
use crate::cli::say;
use crate::error::{Error, ErrorKind, Result};
use crate::source::Side;

/// Prints the import path of a package that has tests.
const WITH_TESTS: &str = "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}";

/// The import paths of the packages with tests that `patterns` name on both sides.
///
/// # Errors
/// When they cannot be listed, or there is none.
pub(super) fn common(go: &Path, patterns: &[String], trees: &Trees, is_quiet: bool) -> Result<Vec<String>> {
    let mut sides = BTreeMap::<String, Vec<Side>>::new();
    for side in [Side::Base, Side::New] {
        for package in list(go, patterns, trees.of(side), side)? {
            sides.entry(package).or_default().push(side);
        }
    }
    let mut both = Vec::new();
    for (package, sides) in sides {
        match sides[..] {
            [only] if !is_quiet => {
                say(&format!("{package}: left out, it has tests on the {} side alone", only.name()));
            }
            [_] => {}
            _ => both.push(package),
        }
    }
    if both.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "no package has tests on both sides")
            .at(format!("--go-test {}", patterns.join(" ")))
            .help("name packages as for `go test`, such as ./..."));
    }
    Ok(both)
}

fn list(go: &Path, patterns: &[String], tree: &Path, side: Side) -> Result<Vec<String>> {
    let failed = |why: &str| {
        let problem = format!("the packages of the {} side cannot be listed: {why}", side.name());
        Error::new(ErrorKind::Unreadable, problem)
            .at(go.display().to_string())
            .help("check that Go is installed (--go PATH), and the patterns with `go list`")
    };
    let output = Command::new(go)
        .args(["list", "-f", WITH_TESTS, "--"])
        .args(patterns)
        .current_dir(tree)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().next().unwrap_or("go list failed")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}
