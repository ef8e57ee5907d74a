//! What stands on the command line for both sides to comparisons, each with its runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Source;
use crate::error::{Error, ErrorKind, Result};

/// Files beside profiles that are not profiles: provenance, notes, logs, benchmark output.
const COMPANIONS: [&str; 7] = ["json", "md", "txt", "log", "html", "toml", "yaml"];

/// How the files of two sides become comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pairing {
    /// Directories by relative path, without the number of the run; all else is runs of one comparison.
    #[default]
    ByPath,
    /// All files of a side are runs of one comparison.
    All,
}

/// One side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What the program cost before.
    Base,
    /// What it costs now.
    New,
}

impl Side {
    /// The name used in options and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::New => "new",
        }
    }
}

/// The runs of one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The relative path without the run's number; empty when there is only one comparison.
    pub name: String,
    /// Runs of the base side, in the order given or by run number; never empty.
    pub base: Vec<Source>,
    /// Runs of the new side; never empty.
    pub new: Vec<Source>,
}

/// A path that stands on one side alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaired {
    /// The relative path without the run's number.
    pub name: String,
    /// The side that has it.
    pub side: Side,
    /// Its runs.
    pub sources: Vec<Source>,
}

/// Files of a side, by the name of the comparison they belong to.
type Groups = BTreeMap<String, Vec<Source>>;

/// Pairs the sources of both sides, given as typed: files, `-`, globs and directories.
///
/// # Errors
/// When a side has no profile, a source does not exist, standard input is named twice, or no path stands on
/// both sides.
pub fn pair(base: &[String], new: &[String], pairing: Pairing) -> Result<(Vec<Sources>, Vec<Unpaired>)> {
    let uses_of_stdin = base.iter().chain(new).filter(|argument| *argument == "-").count();
    if uses_of_stdin > 1 {
        return Err(Error::new(ErrorKind::Usage, "standard input can be read once, and `-` stands twice"));
    }
    let directories = |side: &[String]| !side.is_empty() && side.iter().all(|path| Path::new(path).is_dir());
    if pairing == Pairing::ByPath && directories(base) && directories(new) {
        return pair_by_path(&by_path(base)?, by_path(new)?);
    }
    let runs = |side: &[String], which: Side| {
        let runs = side.iter().map(|argument| expand(argument)).collect::<Result<Vec<_>>>()?.concat();
        if runs.is_empty() {
            return Err(Error::new(ErrorKind::Usage, format!("there is no {} profile", which.name()))
                .help("name a file, a directory with profiles in it, a glob, or `-`"));
        }
        Ok(runs)
    };
    let only = Sources { name: String::new(), base: runs(base, Side::Base)?, new: runs(new, Side::New)? };
    Ok((vec![only], Vec::new()))
}

/// The runs of the new side where there is no base: comparisons with an empty base.
///
/// # Errors
/// When there is no profile on the new side.
pub fn without_base(new: &[String], pairing: Pairing) -> Result<Vec<Sources>> {
    let alone = |(name, new): (String, Vec<Source>)| Sources { name, base: Vec::new(), new };
    let is_tree = !new.is_empty() && new.iter().all(|path| Path::new(path).is_dir());
    let groups = if pairing == Pairing::ByPath && is_tree {
        by_path(new)?
    } else {
        let runs = new.iter().map(|argument| expand(argument)).collect::<Result<Vec<_>>>()?.concat();
        Groups::from([(String::new(), runs)])
    };
    if groups.values().all(Vec::is_empty) {
        return Err(Error::new(ErrorKind::Usage, "there is no new profile"));
    }
    Ok(groups.into_iter().map(alone).collect())
}

fn pair_by_path(base: &Groups, mut new: Groups) -> Result<(Vec<Sources>, Vec<Unpaired>)> {
    let mut paired = Vec::new();
    let mut unpaired = Vec::new();
    for (name, base) in base {
        match new.remove(name) {
            Some(new) => paired.push(Sources { name: name.clone(), base: base.clone(), new }),
            None => {
                unpaired.push(Unpaired { name: name.clone(), side: Side::Base, sources: base.clone() });
            }
        }
    }
    unpaired.extend(new.into_iter().map(|(name, sources)| Unpaired { name, side: Side::New, sources }));
    if paired.is_empty() {
        return Err(Error::new(
            ErrorKind::Incomparable,
            "no profile has the same relative path on both sides",
        )
        .help(
            "lay both directories out alike, or use `--pair all` to take all files as runs of one comparison",
        ));
    }
    Ok((paired, unpaired))
}

/// The profiles below some directories, grouped by relative path without the run's number.
fn by_path(directories: &[String]) -> Result<Groups> {
    let mut groups = BTreeMap::<String, Vec<(u64, Source)>>::new();
    for directory in directories {
        for path in profiles_below(Path::new(directory))? {
            let relative = path.strip_prefix(directory).unwrap_or(&path);
            let (name, run) = without_run_number(relative);
            groups.entry(name).or_default().push((run, Source::File(path)));
        }
    }
    let in_order = |mut runs: Vec<(u64, Source)>| {
        runs.sort_by_key(|&(run, _)| run);
        runs.into_iter().map(|(_, source)| source).collect()
    };
    Ok(groups.into_iter().map(|(name, runs)| (name, in_order(runs))).collect())
}

/// What one argument stands for, files of a directory or glob by run number, then name.
fn expand(argument: &str) -> Result<Vec<Source>> {
    let path = Path::new(argument);
    if argument == "-" {
        Ok(vec![Source::Stdin])
    } else if path.is_dir() {
        let mut files = profiles_below(path)?;
        files.sort_by_key(|file| without_run_number(file).1);
        Ok(files.into_iter().map(Source::File).collect())
    } else if !path.exists() && argument.contains(['*', '?', '[']) {
        expand_glob(argument)
    } else {
        Ok(vec![Source::File(path.to_owned())])
    }
}

fn expand_glob(pattern: &str) -> Result<Vec<Source>> {
    let usage = |problem: String| Error::new(ErrorKind::Usage, problem).at(pattern);
    let paths = glob::glob(pattern).map_err(|error| usage(format!("not a valid glob ({error})")))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| usage(format!("cannot be searched ({error})")))?;
        if path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(usage("no file matches".to_owned()).help("check the path, and quote the pattern"));
    }
    files.sort_by_key(|file| without_run_number(file).1);
    Ok(files.into_iter().map(Source::File).collect())
}

/// Every file below `directory` that may be a profile, sorted by path. Hidden files and companions are left out;
/// symbolic links to directories are not followed.
fn profiles_below(directory: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |path: &Path, error: &std::io::Error| {
        Error::new(ErrorKind::Unreadable, format!("cannot be listed ({error})"))
            .at(path.display().to_string())
    };
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(&current).map_err(|error| unreadable(&current, &error))? {
            let entry = entry.map_err(|error| unreadable(&current, &error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if kind.is_dir() {
                pending.push(path);
            } else if !is_companion(&path) && path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_companion(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| COMPANIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// The name that all runs of a profile share, with `/` between folders, and the number of this run.
///
/// The number stands before the extension (`cpu.1.out`, `cpu-2.pb.gz`) or is a folder (`run-3/cpu.out`).
fn without_run_number(path: &Path) -> (String, u64) {
    let mut run = 0;
    let mut parts = Vec::new();
    for component in path.components() {
        let Component::Normal(part) = component else { continue };
        let part = part.to_string_lossy();
        if let Some(number) =
            part.strip_prefix("run").and_then(|rest| parse_run(rest.trim_start_matches(['-', '.', '_'])))
        {
            run = number;
        } else {
            parts.push(part.into_owned());
        }
    }
    if let Some(file) = parts.last_mut()
        && let Some((name, number)) = split_run(file)
    {
        *file = name;
        run = number;
    }
    (parts.join("/"), run)
}

/// Takes the run's number out of a file name: `cpu.1.pb.gz` to `cpu.pb.gz` and 1.
fn split_run(file: &str) -> Option<(String, u64)> {
    let extension_at = match file.strip_suffix(".gz") {
        Some(stem) => stem.rfind('.').unwrap_or(stem.len()),
        None => file.rfind('.').filter(|&at| parse_run(&file[at + 1..]).is_none()).unwrap_or(file.len()),
    };
    let (stem, extension) = file.split_at(extension_at);
    let separator = stem.rfind(['.', '-', '_'])?;
    let number = parse_run(&stem[separator + 1..])?;
    let name = &stem[..separator];
    (!name.is_empty()).then(|| (format!("{name}{extension}"), number))
}

fn parse_run(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_numbers_are_taken_out_of_names() {
        let cases = [
            ("cpu.1.out", "cpu.out", 1),
            ("cpu-2.pb.gz", "cpu.pb.gz", 2),
            ("cpu.10.pb.gz", "cpu.pb.gz", 10),
            ("run-3/cpu.out", "cpu.out", 3),
            ("run4/pkg/heap.pb.gz", "pkg/heap.pb.gz", 4),
            ("pkg/cpu.pb.gz", "pkg/cpu.pb.gz", 0),
            ("cpu.3", "cpu", 3),
            ("running/cpu", "running/cpu", 0),
            ("7.out", "7.out", 0),
        ];
        for (path, name, run) in cases {
            assert_eq!(without_run_number(Path::new(path)), (name.to_owned(), run), "{path}");
        }
    }

    fn touch(root: &Path, files: &[&str]) -> String {
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
            fs::write(path, b"x").expect("a file");
        }
        root.display().to_string()
    }

    #[test]
    fn directories_pair_by_path_and_order_runs_by_number() {
        let root = tempfile::tempdir().expect("a directory");
        let files = ["cpu.2.out", "cpu.10.out", "old.out", "notes.md", ".hidden"];
        let base = touch(&root.path().join("base"), &files);
        let new = touch(&root.path().join("new"), &["run-1/cpu.out", "fresh.out"]);
        let (paired, unpaired) =
            pair(std::slice::from_ref(&base), &[new], Pairing::ByPath).expect("cpu.out stands on both sides");
        let file = |name: &str| Source::File(Path::new(&base).join(name));
        assert_eq!(paired.len(), 1);
        assert_eq!((paired[0].name.as_str(), paired[0].new.len()), ("cpu.out", 1));
        assert_eq!(paired[0].base, [file("cpu.2.out"), file("cpu.10.out")]);
        let alone: Vec<_> = unpaired.iter().map(|alone| (alone.name.as_str(), alone.side)).collect();
        assert_eq!(alone, [("old.out", Side::Base), ("fresh.out", Side::New)]);
    }

    #[test]
    fn pair_all_takes_every_file_as_a_run() {
        let root = tempfile::tempdir().expect("a directory");
        let base = touch(&root.path().join("base"), &["a.out", "b.out"]);
        let new = touch(&root.path().join("new"), &["c.out"]);
        let (paired, unpaired) = pair(&[base], &[new], Pairing::All).expect("both sides have files");
        assert_eq!((paired[0].base.len(), paired[0].new.len(), unpaired.len()), (2, 1, 0));
    }

    #[test]
    fn empty_sides_and_globs_without_files_are_errors() {
        let root = tempfile::tempdir().expect("a directory");
        let empty = touch(root.path(), &["only.md"]);
        assert!(pair(std::slice::from_ref(&empty), &["new".to_owned()], Pairing::All).is_err());
        assert!(pair(&[format!("{empty}/*.pb.gz")], &["new".to_owned()], Pairing::ByPath).is_err());
        assert!(pair(&["-".to_owned()], &["-".to_owned()], Pairing::ByPath).is_err());
    }
}
