//! Runs to the places of their files, under names that count only when all runs have ended well.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::output::{Earlier, Output};
use crate::error::{Error, ErrorKind, Result};
use crate::source::Side;

/// Where everything is until the last run has ended: a part of it is nothing to compare.
const UNFINISHED: &str = "unfinished";

/// What the commands printed.
const PRINTED: &str = "printed";

/// What is known of one run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Record {
    /// `base` or `new`.
    pub(super) side: &'static str,
    /// The number of the run, from 1.
    pub(super) run: u32,
    /// When it began, RFC 3339.
    pub(super) start: String,
    /// How long it took.
    pub(super) seconds: f64,
    /// How many processes wanted to run when it began, over the last minute, if the system tells.
    pub(super) load: Option<f64>,
}

/// The output directory.
#[derive(Debug)]
pub(super) struct Files {
    output: PathBuf,
    unfinished: PathBuf,
}

impl Files {
    /// Prepares `output`.
    ///
    /// # Errors
    /// When it cannot be written to, or holds profiles already.
    pub(super) fn create(output: &Path) -> Result<Self> {
        for side in [Side::Base, Side::New] {
            let directory = output.join(side.name());
            if fs::read_dir(&directory).is_ok_and(|mut entries| entries.next().is_some()) {
                let problem = "holds files already, which would count as runs of this collection";
                return Err(Error::new(ErrorKind::Output, problem)
                    .at(directory.display().to_string())
                    .help("name another directory, or remove it first"));
            }
        }
        let prepare = || {
            fs::create_dir_all(output)?;
            let output = output.canonicalize()?;
            let unfinished = output.join(UNFINISHED);
            if unfinished.exists() {
                fs::remove_dir_all(&unfinished)?;
            }
            fs::create_dir(&unfinished)?;
            Ok(Self { output, unfinished })
        };
        prepare().map_err(|error| unwritable(output, &error))
    }

    /// The directory of one run's profiles; it is made.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn profiles(&self, side: Side, run: u32) -> Result<PathBuf> {
        make(self.side(side).join(format!("run-{run}")))
    }

    /// The directory of a side's profiles.
    pub(super) fn side(&self, side: Side) -> PathBuf {
        self.unfinished.join(side.name())
    }

    /// The directory for what one run printed; it is made. It stands apart from the profiles, as it is none.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn printed(&self, side: Side, run: u32) -> Result<PathBuf> {
        make(self.unfinished.join(PRINTED).join(side.name()).join(format!("run-{run}")))
    }

    /// A directory for what nobody needs afterwards; it is made.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(super) fn scratch(&self, side: Side) -> Result<PathBuf> {
        make(self.unfinished.join("scratch").join(side.name()))
    }

    /// Writes a file of the finished output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self, name: &str, content: &str) -> Result<()> {
        Output::open(&self.unfinished.join(name).to_string_lossy(), Earlier::Removed)?.write(content)
    }

    /// Gives everything the names that count.
    ///
    /// # Errors
    /// When a file cannot be renamed.
    pub(super) fn keep(self) -> Result<()> {
        let Self { output, unfinished } = &self;
        let keep = || {
            let scratch = unfinished.join("scratch");
            if scratch.exists() {
                fs::remove_dir_all(scratch)?;
            }
            let mut names = Vec::new();
            for entry in fs::read_dir(unfinished)? {
                names.push(entry?.file_name());
            }
            // The sides come last, the new one at the very end: without it there is nothing to compare.
            names.sort_by_key(|name| (name == Side::New.name(), name == Side::Base.name()));
            for name in names {
                let (from, to) = (unfinished.join(&name), output.join(&name));
                if to.is_dir() {
                    fs::remove_dir_all(&to)?;
                }
                fs::rename(from, to)?;
            }
            fs::remove_dir(unfinished)
        };
        keep().map_err(|error| unwritable(output, &error))
    }
}

fn make(directory: PathBuf) -> Result<PathBuf> {
    fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error))?;
    Ok(directory)
}

/// The error of a file or directory that cannot be written.
pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("cannot be written ({error})"))
        .at(path.display().to_string())
        .help("check that the directory can be written to, and that the disk has room")
}
