//! What stands on the command line for both sides to comparisons, each with its runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::Source;
use super::address::is_live;
use super::candidate::{COMPANIONS, TEXTS, begins_like_a_profile, has_extension};
use super::run_number::without_run_number;
use super::secret::Secret;
use crate::error::{Error, ErrorKind, Result};

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

/// A file that is in no comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaired {
    /// The relative path, without the run's number for profiles.
    pub name: String,
    /// The side that has it.
    pub side: Side,
    /// Whether it may be a profile, and lacks a counterpart. Otherwise it is text (`.txt`, `.log`) that does not
    /// begin like a profile, and was left out for that.
    pub is_profile: bool,
    /// Its runs; none if it was left out.
    pub sources: Vec<Source>,
}

/// Files of a side, by the name of the comparison they belong to.
type Groups = BTreeMap<String, Vec<Source>>;

/// Pairs the sources of both sides, given as typed: files, `-`, globs, directories, and URLs.
///
/// In directories, hidden files and files called `*.json`, `*.md`, `*.html`, `*.toml` or `*.yaml` are no profiles.
/// Of files called `*.txt` or `*.log` those are read that begin like a profile; the others are among the
/// [`Unpaired`].
///
/// # Errors
/// When a side or directory has no profile, a source does not exist, standard input is named twice, no path
/// stands on both sides, or a directory that stands for the runs of one comparison holds several profiles.
pub fn pair(base: &[String], new: &[String], pairing: Pairing) -> Result<(Vec<Sources>, Vec<Unpaired>)> {
    let uses_of_stdin = base.iter().chain(new).filter(|argument| *argument == "-").count();
    if uses_of_stdin > 1 {
        return Err(Error::new(ErrorKind::Usage, "standard input can be read once, and `-` stands twice"));
    }
    let directories = |side: &[String]| !side.is_empty() && side.iter().all(|path| Path::new(path).is_dir());
    let mut unpaired = Vec::new();
    if pairing == Pairing::ByPath && directories(base) && directories(new) {
        let groups = by_path(base, Side::Base, &mut unpaired)?;
        let paired = pair_by_path(&groups, by_path(new, Side::New, &mut unpaired)?, &mut unpaired);
        if paired.is_empty() {
            return Err(nothing_in_common(base, new));
        }
        return Ok((paired, unpaired));
    }
    let base = runs(base, Side::Base, pairing, &mut unpaired)?;
    let new = runs(new, Side::New, pairing, &mut unpaired)?;
    Ok((vec![Sources { name: String::new(), base, new }], unpaired))
}

/// The runs of the new side where there is no base: comparisons with an empty base, and what was left out.
///
/// # Errors
/// When there is no profile on the new side.
pub fn without_base(new: &[String], pairing: Pairing) -> Result<(Vec<Sources>, Vec<Unpaired>)> {
    let alone = |(name, new): (String, Vec<Source>)| Sources { name, base: Vec::new(), new };
    let is_tree = !new.is_empty() && new.iter().all(|path| Path::new(path).is_dir());
    let mut unpaired = Vec::new();
    let groups = if pairing == Pairing::ByPath && is_tree {
        by_path(new, Side::New, &mut unpaired)?
    } else {
        Groups::from([(String::new(), runs(new, Side::New, pairing, &mut unpaired)?)])
    };
    if groups.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "there is no new profile").at(new.join(", ")));
    }
    Ok((groups.into_iter().map(alone).collect(), unpaired))
}

/// All sources of a side as runs of one comparison.
fn runs(side: &[String], which: Side, pairing: Pairing, unpaired: &mut Vec<Unpaired>) -> Result<Vec<Source>> {
    let mut runs = Vec::new();
    let mut names = BTreeSet::new();
    let mut directories = Vec::new();
    for argument in side {
        let path = Path::new(argument);
        if argument == "-" {
            runs.push(Source::Stdin);
        } else if path.is_dir() {
            let mut files = profiles_below(path, which, unpaired)?;
            files.sort_by_key(|file| without_run_number(file).1);
            names.extend(files.iter().map(|file| without_run_number(relative(file, path)).0));
            runs.extend(files.into_iter().map(Source::File));
            directories.push(argument.as_str());
        } else if is_live(argument) && !path.exists() {
            runs.push(Source::Live(Secret::new(argument.clone())));
        } else if !path.exists() && argument.contains(['*', '?', '[']) {
            runs.extend(expand_glob(argument)?);
        } else {
            runs.push(Source::File(path.to_owned()));
        }
    }
    if runs.is_empty() {
        return Err(Error::new(ErrorKind::Usage, format!("there is no {} profile", which.name()))
            .help("name a file, a directory with profiles in it, a glob, a URL, or `-`"));
    }
    if pairing == Pairing::ByPath && names.len() > 1 {
        let names: Vec<_> = names.into_iter().take(3).collect();
        return Err(Error::new(
            ErrorKind::Usage,
            format!("the directory holds profiles of different names, such as {}", names.join(", ")),
        )
        .at(directories.join(", "))
        .help(
            "name the profile to compare, give a directory for each side, or use `--pair all` to take all files \
             as runs of one comparison",
        ));
    }
    Ok(runs)
}

fn pair_by_path(base: &Groups, mut new: Groups, unpaired: &mut Vec<Unpaired>) -> Vec<Sources> {
    let mut paired = Vec::new();
    let alone = |name: String, side, sources| Unpaired { name, side, is_profile: true, sources };
    for (name, base) in base {
        match new.remove(name) {
            Some(new) => paired.push(Sources { name: name.clone(), base: base.clone(), new }),
            None => unpaired.push(alone(name.clone(), Side::Base, base.clone())),
        }
    }
    unpaired.extend(new.into_iter().map(|(name, sources)| alone(name, Side::New, sources)));
    paired
}

fn nothing_in_common(base: &[String], new: &[String]) -> Error {
    let (base, new) = (base.join(", "), new.join(", "));
    Error::new(ErrorKind::Incomparable, format!("no profile has the same path below {base} and below {new}"))
        .help(
            "lay both directories out alike, or use `--pair all` to take all files as runs of one comparison",
        )
}

/// The profiles below some directories, grouped by relative path without the run's number.
fn by_path(directories: &[String], side: Side, unpaired: &mut Vec<Unpaired>) -> Result<Groups> {
    let mut groups = BTreeMap::<String, Vec<(u64, Source)>>::new();
    for directory in directories {
        let directory = Path::new(directory);
        for path in profiles_below(directory, side, unpaired)? {
            let (name, run) = without_run_number(relative(&path, directory));
            groups.entry(name).or_default().push((run, Source::File(path)));
        }
    }
    let in_order = |mut runs: Vec<(u64, Source)>| {
        runs.sort_by_key(|&(run, _)| run);
        runs.into_iter().map(|(_, source)| source).collect()
    };
    Ok(groups.into_iter().map(|(name, runs)| (name, in_order(runs))).collect())
}

fn relative<'p>(path: &'p Path, directory: &Path) -> &'p Path {
    path.strip_prefix(directory).unwrap_or(path)
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

/// Every file below `directory` that may be a profile, sorted by path. Hidden files and companions are left out,
/// and so are texts that do not begin like a profile, which are noted in `unpaired`; symbolic links to directories
/// are not followed.
///
/// # Errors
/// When a directory cannot be listed, or there is no such file.
fn profiles_below(directory: &Path, side: Side, unpaired: &mut Vec<Unpaired>) -> Result<Vec<PathBuf>> {
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
            } else if !has_extension(&path, &COMPANIONS) && path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    let is_left_out = |file: &mut PathBuf| has_extension(file, &TEXTS) && !begins_like_a_profile(file);
    for file in files.extract_if(.., is_left_out) {
        let name = relative(&file, directory).display().to_string();
        unpaired.push(Unpaired { name, side, is_profile: false, sources: Vec::new() });
    }
    if files.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the directory holds no profile")
            .at(directory.display().to_string())
            .help("check the path, and that the profiles were written there"));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    #[test]
    fn texts_are_profiles_if_they_begin_like_one() {
        let root = tempfile::tempdir().expect("a directory");
        let base = touch(&root.path().join("base"), &["cpu.out", "bench.txt", "goroutine.log"]);
        let new = touch(&root.path().join("new"), &["cpu.out", "goroutine.log"]);
        for side in [&base, &new] {
            fs::write(Path::new(side).join("goroutine.log"), "goroutine profile: total 3\n3 @ 0x1\n")
                .expect("a file");
        }
        let (paired, unpaired) = pair(&[base], &[new], Pairing::ByPath).expect("both sides have files");
        let names: Vec<_> = paired.iter().map(|sources| sources.name.as_str()).collect();
        assert_eq!(names, ["cpu.out", "goroutine.log"]);
        assert_eq!(
            unpaired,
            [Unpaired {
                name: "bench.txt".to_owned(),
                side: Side::Base,
                is_profile: false,
                sources: Vec::new()
            }]
        );
    }

    #[test]
    fn a_directory_beside_a_file_is_the_runs_of_one_profile() {
        let root = tempfile::tempdir().expect("a directory");
        let runs = touch(&root.path().join("runs"), &["cpu.1.out", "cpu.2.out"]);
        let mixed = touch(&root.path().join("mixed"), &["cpu.out", "heap.out"]);
        let single = [format!("{runs}/cpu.1.out")];
        let (paired, _) = pair(&single, &[runs], Pairing::ByPath).expect("two runs of one profile");
        assert_eq!(paired[0].new.len(), 2);
        let error = pair(&single, std::slice::from_ref(&mixed), Pairing::ByPath).expect_err("two profiles");
        assert_eq!(error.kind(), ErrorKind::Usage);
        for word in ["mixed", "cpu.out, heap.out", "--pair all"] {
            assert!(error.to_string().contains(word), "{error}");
        }
        let (paired, _) = pair(&single, &[mixed], Pairing::All).expect("that was asked for");
        assert_eq!(paired[0].new.len(), 2);
    }

    #[test]
    fn directories_that_do_not_fit_together_are_named() {
        let root = tempfile::tempdir().expect("a directory");
        let base = touch(&root.path().join("old"), &["cpu.out"]);
        let new = touch(&root.path().join("fresh"), &["heap.out"]);
        let empty = touch(&root.path().join("empty"), &["only.md"]);
        let error = |new: &String, pairing| {
            let error = pair(std::slice::from_ref(&base), std::slice::from_ref(new), pairing);
            error.expect_err("nothing to compare").to_string()
        };
        let apart = error(&new, Pairing::ByPath);
        assert!(apart.contains(&base) && apart.contains(&new), "{apart}");
        for pairing in [Pairing::ByPath, Pairing::All] {
            let nothing = error(&empty, pairing);
            assert!(
                nothing.starts_with(&format!("{empty}: ")) && nothing.contains("holds no profile"),
                "{nothing}"
            );
        }
    }
}
