//! Directories and a commit to the two work trees, one of which may be there for a while only.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, ErrorKind, Result};
use crate::publish::Repository;
use crate::publish::git::Git;
use crate::source::Side;

/// The work trees of both sides.
#[derive(Debug)]
pub(super) struct Trees {
    base: PathBuf,
    new: PathBuf,
    /// The commit of the base side, if it was asked for by name.
    pub(super) base_commit: Option<String>,
    /// The commit that the new side has checked out, if it is a repository.
    pub(super) new_commit: Option<String>,
    /// Goes with the work trees.
    _checkout: Option<Checkout>,
}

impl Trees {
    /// The work trees as they are, or with `base_ref` checked out for the base side.
    ///
    /// # Errors
    /// When a directory is not there, or git cannot check the commit out.
    pub(super) fn open(base_dir: Option<&Path>, base_ref: Option<&str>, new_dir: &Path) -> Result<Self> {
        let new = directory(new_dir)?;
        let commit = |tree: &Path| Repository::new(tree, "origin", false).resolve("HEAD").ok();
        let new_commit = commit(&new);
        let Some(revision) = base_ref else {
            let base = directory(base_dir.unwrap_or(Path::new(".")))?;
            if base == new {
                return Err(Error::new(ErrorKind::Usage, "is the work tree of both sides")
                    .at(base.display().to_string())
                    .help("name another one with --base-dir or --new-dir, or a commit with --base-ref"));
            }
            let base_commit = commit(&base);
            return Ok(Self { base, new, base_commit, new_commit, _checkout: None });
        };
        let commit = Repository::new(&new, "origin", false).resolve(revision).map_err(|error| {
            error.help("a shallow clone lacks most commits: fetch it, or clone with all of the history")
        })?;
        let git = Git::new(&new);
        let within = git.text(&["rev-parse", "--show-prefix"])?;
        let checkout = Checkout::add(git, &commit)?;
        let base = checkout.path().join(within);
        if !base.is_dir() {
            return Err(Error::new(ErrorKind::Usage, format!("does not exist in {revision}"))
                .at(new_dir.display().to_string()));
        }
        Ok(Self { base, new, base_commit: Some(commit), new_commit, _checkout: Some(checkout) })
    }

    /// The work tree of `side`.
    pub(super) fn of(&self, side: Side) -> &Path {
        match side {
            Side::Base => &self.base,
            Side::New => &self.new,
        }
    }
}

fn directory(path: &Path) -> Result<PathBuf> {
    let place = || path.display().to_string();
    let found = path.canonicalize().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("is no work tree ({error})")).at(place())
    })?;
    if found.is_dir() {
        return Ok(found);
    }
    Err(Error::new(ErrorKind::Usage, "is a file, and a work tree is a directory").at(place()))
}

/// A commit, checked out for as long as this lives.
#[derive(Debug)]
struct Checkout {
    git: Git,
    directory: TempDir,
}

impl Checkout {
    fn add(git: Git, commit: &str) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("profgate-base-").tempdir().map_err(|error| {
            Error::new(ErrorKind::Output, format!("no directory can be made ({error})"))
                .at(std::env::temp_dir().display().to_string())
        })?;
        let checkout = Self { git, directory };
        let path = checkout.path();
        // Hooks are about what a person checks out.
        let add = ["-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach"];
        checkout.git.run(&[&add[..], &[&path.to_string_lossy(), commit]].concat())?;
        Ok(checkout)
    }

    /// Where it stands: not the temporary directory itself, because git makes it.
    fn path(&self) -> PathBuf {
        // macOS links its temporary directory, and profiles show where a link leads.
        let directory = self.directory.path();
        directory.canonicalize().unwrap_or_else(|_| directory.to_owned()).join("base")
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        // What git did not make, or somebody removed, is gone already; what cannot be removed is pruned by git later.
        let _ = self.git.run(&["worktree", "remove", "--force", "--force", &self.path().to_string_lossy()]);
    }
}
