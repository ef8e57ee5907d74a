//! The functions that matter most to their source lines, each with its costs (pprof's `-list`).
//!
//! A profile may name any file, and what is read here may end up in an artifact that strangers see. So a file is read
//! only if it lies in a directory of `--source-path`, links followed, and is not hidden there.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::PoisonError;

use hashbrown::HashMap;

use super::{Plan, load};
use crate::error::Result;
use crate::select::{Aggregation, Granularity};
use crate::source::Sources;
use crate::verdict::{Comparison, ListedLine, Listing, Sides};

/// Functions whose lines are shown.
const MOST_FUNCTIONS: usize = 40;
/// Lines of one function.
const MOST_LINES: i64 = 400;
/// Lines shown before the first and after the last line with a cost, as in pprof.
const MARGIN: i64 = 5;
/// The largest source file that is read, in bytes.
const LARGEST_FILE: u64 = 8 << 20;

/// The costs of the lines of one function in one file.
type Lines = HashMap<i64, (Sides, Sides)>;

/// The source lines of the functions of broken limits and of those that changed most.
///
/// # Errors
/// When a source has changed since it was read.
pub(super) fn listings(comparison: &Comparison, sources: &Sources, plan: &Plan) -> Result<Vec<Listing>> {
    let directories = directories(&plan.selection.source_path);
    if directories.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted: Vec<&str> = Vec::new();
    let broken = comparison.violations.iter().filter_map(|violation| violation.function.as_deref());
    for name in broken.chain(comparison.functions.iter().map(|row| row.name.as_str())) {
        if wanted.len() == MOST_FUNCTIONS {
            break;
        }
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    let lines = costs(&wanted, comparison, sources, plan)?;
    let mut files: HashMap<String, Option<String>> = HashMap::new();
    let mut found = Vec::new();
    for name in wanted {
        let mut of_function: Vec<_> = lines.iter().filter(|((function, _), _)| function == name).collect();
        of_function.sort_by(|a, b| a.0.cmp(b.0));
        for ((_, file), lines) in of_function {
            let text = files.entry(file.clone()).or_insert_with(|| read(file, &directories));
            found.extend(text.as_deref().and_then(|text| listing(name, file, text, lines)));
        }
    }
    Ok(found)
}

/// The costs of the lines of the functions that are `wanted`, by name and file.
fn costs(
    wanted: &[&str],
    comparison: &Comparison,
    sources: &Sources,
    plan: &Plan,
) -> Result<HashMap<(String, String), Lines>> {
    let mut plan = plan.clone();
    let is_inlined = plan.selection.aggregation.inlined;
    plan.selection.aggregation = Aggregation::new(Granularity::Lines, !is_inlined, false);
    let runs = load::load(sources, &plan, &|| ())?;
    let keys = runs.keys.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ids = keys.in_order();
    let mut by_row: Vec<Option<(String, String, i64)>> = vec![None; ids.len()];
    for id in ids {
        let name = keys.function(id);
        let line = keys.key(id).line;
        if line > 0 && wanted.contains(&name.as_str()) {
            by_row[id.index()] = Some((name, keys.file(id), line));
        }
    }
    let mut lines: HashMap<(String, String), Lines> = HashMap::new();
    for (runs, is_base) in [(&runs.base, true), (&runs.new, false)] {
        let sides = |cost: i64| {
            if is_base { Sides { base: cost, new: 0 } } else { Sides { base: 0, new: cost } }
        };
        for run in runs {
            let kind = &comparison.metric.kind;
            let Some(column) = run.info.types.iter().position(|ty| ty.kind == *kind) else { continue };
            for (row, own, all) in run.costs() {
                let Some((name, file, line)) = &by_row[row] else { continue };
                let of_function = lines.entry((name.clone(), file.clone())).or_default();
                let (flat, cum) = of_function.entry(*line).or_default();
                (*flat, *cum) = (flat.plus(sides(own[column])), cum.plus(sides(all[column])));
            }
        }
    }
    Ok(lines)
}

fn listing(name: &str, file: &str, text: &str, costs: &Lines) -> Option<Listing> {
    let first = costs.keys().min()?.saturating_sub(MARGIN).max(1);
    let last = costs.keys().max()?.saturating_add(MARGIN).min(first.saturating_add(MOST_LINES));
    let skipped = usize::try_from(first - 1).ok()?;
    let line = |(number, text): (i64, &str)| {
        let (flat, cum) = costs.get(&number).copied().unwrap_or_default();
        ListedLine { text: text.to_owned(), flat, cum }
    };
    let lines: Vec<_> = (first..=last).zip(text.lines().skip(skipped)).map(line).collect();
    (!lines.is_empty()).then(|| Listing { function: name.to_owned(), file: file.to_owned(), first, lines })
}

/// The directories of `--source-path` that exist, links followed.
fn directories(source_path: &str) -> Vec<PathBuf> {
    let listed = source_path.split(':').filter(|path| !path.is_empty());
    listed.filter_map(|path| Path::new(path).canonicalize().ok()).collect()
}

/// The text of `file` if it lies in one of `directories`.
fn read(file: &str, directories: &[PathBuf]) -> Option<String> {
    let is_visible = |path: &Path| {
        let mut parts = path.components();
        parts
            .all(|part| matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b".")))
    };
    let path = directories.iter().find_map(|directory| {
        let path = directory.join(file).canonicalize().ok()?;
        let inside = path.strip_prefix(directory).ok()?;
        (is_visible(inside) && path.is_file()).then_some(path)
    })?;
    let mut text = Vec::new();
    fs::File::open(path).ok()?.take(LARGEST_FILE).read_to_end(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_in_the_directories_are_read() {
        let root = tempfile::tempdir().expect("a directory");
        let write = |name: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().expect("in a directory")).expect("a directory");
            fs::write(&path, "text").expect("a file");
            path.display().to_string()
        };
        let inside = write("src/a/a.go");
        let outside = write("secret");
        write("src/.env");
        write("src/.git/config");
        let link = root.path().join("src/link.go");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, &link).expect("a link");
        let directories = directories(&root.path().join("src").display().to_string());
        for (file, is_read) in [
            ("a/a.go", true),
            (inside.as_str(), true),
            ("a/../a/a.go", true),
            ("../secret", false),
            (outside.as_str(), false),
            (".env", false),
            (".git/config", false),
            ("link.go", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(read(file, &directories).is_some(), is_read, "{file}");
        }
    }
}
