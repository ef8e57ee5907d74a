//! A command, or the benchmarks of packages, to the profiles of one run.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::files::{Files, unwritable};
use super::host::Versions;
use super::trees::Trees;
use super::{CollectArgs, Turn, child, go_test, host};
use crate::cli::operations::mean_operations;
use crate::decode;
use crate::error::{Error, ErrorKind, Result};
use crate::source::{DEFAULT_INFLATED_LIMIT, Program, Provenance, Side, Source, inflate, note_path};

/// The one profile of a command that writes one.
const PROFILE: &str = "profile.pb.gz";

/// One command line of each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// The folder of its profiles; empty if the run consists of this job.
    pub(super) folder: String,
    /// What it is in reports, without arguments that nobody should read there.
    pub(super) title: String,
    /// The command line, in which `{out}`, `{dir}` and `{scratch}` stand for paths.
    pub(super) command: Vec<OsString>,
    /// The profiles that it writes into `{dir}`; if there are none, any.
    pub(super) profiles: Vec<&'static str>,
    /// Whether it must print results of benchmarks.
    pub(super) is_benchmark: bool,
}

/// What is run on each side, and what came of it so far.
#[derive(Debug)]
pub(super) struct Work {
    jobs: Vec<Job>,
    versions: [Versions; 2],
    cpus: Option<u32>,
    /// Folders of benchmarks that a side has results of.
    measured: BTreeSet<String>,
    /// For each profile, by its path in a run, whether any run holds a sample.
    has_samples: BTreeMap<PathBuf, bool>,
}

impl Work {
    /// The work that `args` describe.
    ///
    /// # Errors
    /// When the command does not say where its profile goes, or the packages cannot be listed.
    pub(super) fn new(args: &CollectArgs, trees: &Trees) -> Result<Self> {
        let jobs = if args.go_test.packages.is_empty() {
            vec![job(&args.command)?]
        } else {
            go_test::jobs(args, trees)?
        };
        let versions =
            [Side::Base, Side::New].map(|side| host::go_versions(&args.go_test.go, trees.of(side)));
        let cpus = host::cpus();
        Ok(Self { jobs, versions, cpus, measured: BTreeSet::new(), has_samples: BTreeMap::new() })
    }

    /// The versions of Go on both sides.
    pub(super) fn versions(&self) -> &[Versions; 2] {
        &self.versions
    }

    /// Runs every job once.
    ///
    /// # Errors
    /// When a command fails, or does not leave a profile that can be read.
    pub(super) fn run(&mut self, turn: &Turn<'_>) -> Result<()> {
        for job in &self.jobs {
            let directory = turn.files.profiles(turn.side, turn.run)?.join(&job.folder);
            fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error))?;
            let name = if job.folder.is_empty() { "output" } else { &job.folder };
            let printed =
                turn.files.printed(turn.side, turn.run)?.join(format!("{}.txt", name.replace('/', "_")));
            let scratch = turn.files.scratch(turn.side)?;
            let command = filled(&job.command, &directory, &scratch);
            let start = Timestamp::now();
            child::run(turn, &command, &printed)?;
            let end = Timestamp::now();
            let text = fs::read(&printed).map_err(|error| unwritable(&printed, &error))?;
            let operations = mean_operations(&String::from_utf8_lossy(&text)).map(count);
            if operations.is_some() {
                self.measured.insert(job.folder.clone());
            }
            let place = || format!("{} run {}", turn.side.name(), turn.run);
            let profiles =
                profiles(job, &directory).map_err(|problem| child::refuse(place(), problem, &printed))?;
            for profile in profiles {
                let data = Source::File(profile.clone()).read(DEFAULT_INFLATED_LIMIT)?;
                let note = self.note(job, turn, &data, (start, end), operations);
                let is_full = has_samples(&profile, data)?;
                let path =
                    profile.strip_prefix(turn.files.profiles(turn.side, turn.run)?).unwrap_or(&profile);
                *self.has_samples.entry(path.to_owned()).or_default() |= is_full;
                let note_path = note_path(&profile);
                fs::write(&note_path, note.to_json()).map_err(|error| unwritable(&note_path, &error))?;
            }
        }
        Ok(())
    }

    fn note(
        &self,
        job: &Job,
        turn: &Turn<'_>,
        data: &[u8],
        (start, end): (Timestamp, Timestamp),
        operations: Option<u64>,
    ) -> Provenance {
        let versions = &self.versions[usize::from(turn.side == Side::New)];
        // Whatever a command does, it is a test of this toolchain only if it is one.
        let known = if job.is_benchmark { versions.clone() } else { Versions::default() };
        Provenance {
            url: job.title.clone(),
            start: start.to_string(),
            end: end.to_string(),
            is_whole_run: true,
            operations,
            target: Program {
                go_version: known.go,
                goos: known.os,
                goarch: known.architecture,
                cpus: self.cpus,
                ..Program::default()
            },
            ..Provenance::of(data, concat!("profgate ", env!("CARGO_PKG_VERSION")))
        }
    }

    /// Leaves out packages whose benchmarks do not match, once the first run has shown it; returns what to say.
    ///
    /// # Errors
    /// When no package has a benchmark.
    pub(super) fn drop_what_measures_nothing(&mut self, run: u32) -> Result<Vec<String>> {
        let measures = |job: &Job| !job.is_benchmark || self.measured.contains(&job.folder);
        if run > 1 || self.jobs.iter().all(measures) {
            return Ok(Vec::new());
        }
        let (kept, dropped): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.jobs).into_iter().partition(measures);
        if kept.is_empty() {
            return Err(Error::new(ErrorKind::Empty, "no benchmark matches in any package")
                .at("--bench")
                .help("check the pattern with `go test -bench PATTERN`, and the packages"));
        }
        self.jobs = kept;
        Ok(dropped.iter().map(|job| format!("{}: no benchmark matches", job.title)).collect())
    }

    /// Leaves out what has nothing to compare in any run, and writes the output of benchmarks in one file for each side;
    /// returns what to say.
    ///
    /// # Errors
    /// When nothing is left, or a file cannot be written or removed.
    pub(super) fn finish(&mut self, files: &Files, runs: u32) -> Result<Vec<String>> {
        let mut notes = Vec::new();
        let of_jobs = |path: &Path| self.jobs.iter().any(|job| path.parent() == Some(Path::new(&job.folder)));
        let full = |path: &PathBuf, has_samples: bool| has_samples && of_jobs(path);
        if !self.has_samples.iter().any(|(path, &has_samples)| full(path, has_samples)) {
            return Err(Error::new(ErrorKind::Empty, "no profile of any run holds a sample")
                .help("profile for longer: more work, or a larger --benchtime"));
        }
        for (path, &has_samples) in &self.has_samples {
            if full(path, has_samples) {
                continue;
            }
            if of_jobs(path) {
                notes.push(format!("{}: left out, no run holds a sample", path.display()));
            }
            for (side, run) in all_runs(runs) {
                let profile = files.profiles(side, run)?.join(path);
                remove(&profile)?;
                remove(&note_path(&profile))?;
            }
        }
        if !self.measured.is_empty() {
            for side in [Side::Base, Side::New] {
                files.write(&format!("{}.txt", side.name()), &printed(files, side, runs)?)?;
            }
        }
        Ok(notes)
    }
}

fn all_runs(runs: u32) -> impl Iterator<Item = (Side, u32)> {
    (1..=runs).flat_map(|run| [(Side::Base, run), (Side::New, run)])
}

/// What the benchmarks of one side printed in all runs, as benchstat reads it.
fn printed(files: &Files, side: Side, runs: u32) -> Result<String> {
    let mut all = String::new();
    for run in 1..=runs {
        let directory = files.printed(side, run)?;
        let entries = fs::read_dir(&directory).map_err(|error| unwritable(&directory, &error))?;
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            let text = fs::read(&path).map_err(|error| unwritable(&path, &error))?;
            all.push_str(&String::from_utf8_lossy(&text));
        }
    }
    Ok(all)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(path, &error)),
        _ => Ok(()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number that was read from digits"
)]
fn count(operations: f64) -> u64 {
    operations.round() as u64
}

/// The command as typed.
fn job(command: &[OsString]) -> Result<Job> {
    let has = |placeholder: &str| command.iter().any(|word| word.to_string_lossy().contains(placeholder));
    let (has_out, has_dir) = (has("{out}"), has("{dir}"));
    if !has_out && !has_dir {
        return Err(Error::new(ErrorKind::Usage, "the command does not say where its profile goes").help(
            "write {out} in place of the profile's path, such as `-- go test ./pkg -bench . -cpuprofile {out}`, or {dir} \
             in place of a directory for several",
        ));
    }
    let program = command.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
    Ok(Job {
        folder: String::new(),
        title: program.to_string_lossy().into_owned(),
        command: command.to_vec(),
        profiles: if has_out { vec![PROFILE] } else { Vec::new() },
        is_benchmark: false,
    })
}

/// The command with paths in the places of placeholders.
fn filled(command: &[OsString], directory: &Path, scratch: &Path) -> Vec<OsString> {
    let places = [
        ("{out}", directory.join(PROFILE)),
        ("{dir}", directory.to_owned()),
        ("{scratch}", scratch.to_owned()),
    ];
    let fill = |word: &OsString| match word.to_str() {
        Some(text) => {
            let filled = places
                .iter()
                .fold(text.to_owned(), |text, (name, path)| text.replace(name, &path.to_string_lossy()));
            OsString::from(filled)
        }
        None => word.clone(),
    };
    command.iter().map(fill).collect()
}

/// The profiles that `job` left in `directory`, or what is wrong.
fn profiles(job: &Job, directory: &Path) -> Result<Vec<PathBuf>, String> {
    let is_file = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
    if !job.profiles.is_empty() {
        let expected: Vec<_> = job.profiles.iter().map(|name| directory.join(name)).collect();
        return match expected.iter().find(|path| !is_file(path)) {
            Some(missing) => {
                Err(format!("the command succeeded, and wrote no profile to {}", missing.display()))
            }
            None => Ok(expected),
        };
    }
    let side = [directory.to_string_lossy().into_owned()];
    let (found, _) = crate::source::without_base(&side, crate::source::Pairing::ByPath)
        .map_err(|_| format!("the command succeeded, and wrote no profile into {}", directory.display()))?;
    Ok(found.iter().flat_map(|group| &group.new).filter_map(Source::path).map(Path::to_owned).collect())
}

/// Whether there is anything in a profile.
///
/// # Errors
/// When it is none.
fn has_samples(path: &Path, data: Vec<u8>) -> Result<bool> {
    let decoded = inflate(data, DEFAULT_INFLATED_LIMIT).and_then(|data| decode::decode_any(&data));
    decoded.map(|profile| !profile.samples.is_empty()).map_err(|error| error.at(path.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in() {
        let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let job = job(&words(&["/usr/bin/run", "--cpu={out}", "{x}"])).expect("a command");
        assert_eq!((job.title.as_str(), &job.profiles[..]), ("run", &[PROFILE][..]));
        let filled = filled(&job.command, Path::new("/o/run-1"), Path::new("/s"));
        assert_eq!(filled, words(&["/usr/bin/run", "--cpu=/o/run-1/profile.pb.gz", "{x}"]));
        assert!(super::job(&words(&["run", "out"])).is_err());
    }
}
