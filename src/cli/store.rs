//! Where saves are kept, as typed, to the opened store; the environment of the job to what it runs on.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use clap::Args;

use crate::error::{Error, ErrorKind, Result};
use crate::publish::Repository;
#[cfg(feature = "capture")]
use crate::publish::baseline::S3Store;
use crate::publish::baseline::{self, DirectoryStore, RefStore, Store};
use crate::publish::ci::{self, Job};

/// The branch of a repository that names no other.
const DEFAULT_BRANCH: &str = "main";

/// How much of a CI runner's event file is read.
const MAX_EVENT: u64 = 32 << 20;

/// Where saves are, and what they are called.
#[derive(Debug, Args)]
pub(super) struct StoreArgs {
    /// Where: a directory, `git` or `git:REMOTE` for refs/profgate/*, `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "STORE")]
    pub(super) store: String,

    /// What was profiled; saves with different keys have nothing to do with each other
    #[arg(long, value_name = "KEY", default_value = "default")]
    pub(super) key: String,

    /// The branch whose saves are meant, instead of the one that the CI job names
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,

    /// The remote that the history comes from
    #[arg(long, value_name = "NAME", default_value = "origin")]
    remote: String,

    /// Do not fetch what a shallow clone lacks of the history
    #[arg(long)]
    no_fetch: bool,
}

/// Where a command works: the clone, the job, the store.
pub(super) struct Place {
    pub(super) repository: Repository,
    pub(super) store: Box<dyn Store>,
    pub(super) job: Job,
}

impl StoreArgs {
    /// Opens the store.
    ///
    /// # Errors
    /// When there is no such kind of store.
    pub(super) fn open(&self) -> Result<Place> {
        let directory = std::env::current_dir().map_err(|error| {
            Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
        })?;
        let store: Box<dyn Store> = match self.store.split_once(':') {
            _ if self.store == "git" => Box::new(RefStore::new(&directory, None)?),
            Some(("git", remote)) => Box::new(RefStore::new(&directory, Some(remote))?),
            Some(("s3", _)) => s3(&self.store)?,
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(Error::new(ErrorKind::Usage, format!("`{scheme}:` is no kind of store"))
                    .at("--store")
                    .help("give a directory, git, git:REMOTE or s3://BUCKET/PREFIX"));
            }
            _ if self.store.is_empty() => {
                return Err(Error::new(ErrorKind::Usage, "names no store").at("--store"));
            }
            _ => Box::new(DirectoryStore::new(&directory.join(&self.store))),
        };
        let repository = Repository::new(&directory, &self.remote, !self.no_fetch);
        Ok(Place { repository, store, job: job()? })
    }

    /// The branch that changes are made against.
    pub(super) fn base_branch(&self, place: &Place) -> String {
        let named = self.branch.clone().or_else(|| place.job.base_branch.clone());
        named.or_else(|| place.repository.default_branch()).unwrap_or_else(|| DEFAULT_BRANCH.to_owned())
    }
}

#[cfg(feature = "capture")]
fn s3(url: &str) -> Result<Box<dyn Store>> {
    let variables = variables();
    Ok(Box::new(S3Store::new(url, &variables)?))
}

#[cfg(not(feature = "capture"))]
fn s3(_url: &str) -> Result<Box<dyn Store>> {
    Err(Error::new(ErrorKind::Usage, "this profgate was built without HTTP").at("--store"))
}

/// The environment, as far as it is text.
pub(super) fn variables() -> ci::Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What this job runs on.
///
/// # Errors
/// When the runner's event file cannot be read.
pub(super) fn job() -> Result<Job> {
    let variables = variables();
    let Some(path) = variables.get(ci::EVENT_PATH).filter(|path| !path.is_empty()) else {
        return Ok(Job::new(&variables, None));
    };
    let wrong = |problem: String| {
        Error::new(ErrorKind::Unreadable, problem).at(path).help(format!("${} names it", ci::EVENT_PATH))
    };
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_EVENT).read_to_end(&mut text))
        .map_err(|error| wrong(format!("the event cannot be read ({error})")))?;
    let event = serde_json::from_slice(&text).map_err(|error| wrong(format!("is no JSON ({error})")))?;
    Ok(Job::new(&variables, Some(&event)))
}

/// Writes all files or none.
pub(super) fn write(directory: &Path, files: &[baseline::File]) -> Result<()> {
    let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fill = || {
        fs::create_dir_all(parent)?;
        let unfinished = tempfile::Builder::new().prefix(".profgate-").tempdir_in(parent)?;
        let folder = unfinished.path().join("files");
        fs::create_dir(&folder)?;
        for baseline::File { name, data } in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, data)?;
        }
        if directory.exists() {
            fs::remove_dir(directory)?;
        }
        fs::rename(&folder, directory)
    };
    fill().map_err(|error: std::io::Error| {
        Error::new(ErrorKind::Output, format!("the profiles cannot be written ({error})"))
            .at(directory.display().to_string())
    })
}

/// A commit as people quote it.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
