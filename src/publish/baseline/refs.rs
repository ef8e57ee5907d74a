//! Entries to git refs: a commit without parents for each, whose tree holds the files.
//!
//! A ref is `refs/profgate/` and the entry's path. It pushes and fetches like any ref, and what is fetched is one
//! entry, not the history of all. A ref is only ever created or deleted, and both are compare-and-swap: locally by
//! `update-ref` with the old value, at a remote by `--force-with-lease`.

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::name::{EntryName, prefix};
use super::{File, Store};
use crate::error::{Error, ErrorKind, Result};
use crate::publish::git::{Git, text, without_credentials};

const REFS: &str = "refs/profgate/";

/// How often a push is tried: a server locks its refs for a moment while it changes others.
const PUSHES: u32 = 5;

/// Refs of a repository, or of one of its remotes.
#[derive(Debug, Clone)]
pub struct RefStore {
    git: Git,
    remote: Option<String>,
}

impl RefStore {
    /// The refs of the repository that `directory` lies in, or those of its `remote`, a name or URL.
    ///
    /// # Errors
    /// When git would take the remote for an option.
    pub fn new(directory: &Path, remote: Option<&str>) -> Result<Self> {
        if remote.is_some_and(|remote| remote.is_empty() || remote.starts_with('-')) {
            return Err(Error::new(ErrorKind::Usage, "a remote is a name or a URL"));
        }
        Ok(Self { git: Git::new(directory), remote: remote.map(str::to_owned) })
    }

    /// The refs whose names begin with `REFS` and `prefix`, with the commits they name.
    fn refs(&self, prefix: &str) -> Result<Vec<(String, EntryName)>> {
        let listed = if let Some(remote) = &self.remote {
            self.git.text(&["ls-remote", "--refs", remote, &format!("{REFS}{prefix}*")])?
        } else {
            let pattern = format!("{REFS}{}", prefix.trim_end_matches('/'));
            self.git.text(&["for-each-ref", "--format=%(objectname)\t%(refname)", &pattern])?
        };
        let parse = |line: &str| {
            let (commit, name) = line.split_once('\t')?;
            let name = EntryName::parse(name.strip_prefix(REFS)?)?;
            Some((commit.to_owned(), name))
        };
        // Patterns of ls-remote match anywhere in a name.
        Ok(listed.lines().filter_map(parse).filter(|(_, name)| name.path().starts_with(prefix)).collect())
    }

    fn commit(&self, name: &EntryName, files: &[File]) -> Result<String> {
        let mut tree = String::new();
        for File { name, data } in files {
            let blob = text(self.git.feed(&["hash-object", "-w", "--stdin"], data)?);
            tree.push_str("100644 blob ");
            tree.push_str(&blob);
            tree.push('\t');
            tree.push_str(name);
            tree.push('\n');
        }
        let tree = text(self.git.feed(&["mktree"], tree.as_bytes())?);
        let date = format!("{} +0000", name.saved.as_second());
        let who = format!("profgate <profgate@localhost> {date}");
        // A commit by hand: the same entry is the same commit, whoever makes it, and nobody's identity is needed.
        let commit = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nBaseline {}\n", name.path());
        Ok(text(self.git.feed(&["hash-object", "-t", "commit", "-w", "--stdin"], commit.as_bytes())?))
    }

    /// Pushes until the remote has the refs as `is_done` wants them.
    fn push(&self, remote: &str, args: &[String], is_done: &dyn Fn() -> Result<bool>) -> Result<()> {
        let mut command = vec!["push", "--quiet", "--no-verify", "--no-follow-tags", "--no-signed"];
        command.extend(args.iter().take_while(|arg| arg.starts_with("--")).map(String::as_str));
        command.push(remote);
        command.extend(args.iter().skip_while(|arg| arg.starts_with("--")).map(String::as_str));
        let mut attempt = 1;
        loop {
            let Err(error) = self.git.run(&command) else { return Ok(()) };
            // What failed may be there nonetheless, through this push or another's.
            if is_done().unwrap_or(false) {
                return Ok(());
            }
            if attempt == PUSHES {
                return Err(Error::new(ErrorKind::Output, error.problem())
                    .at(format!("git:{}", without_credentials(remote)))
                    .help("check that these credentials may push to refs/profgate/*"));
            }
            // Writers that met once do not meet again: each waits as long as its own process number says.
            let spread = u64::from(std::process::id() % 64) * 10;
            thread::sleep(Duration::from_millis((100 << attempt) + spread));
            attempt += 1;
        }
    }

    /// The refs of those of `names` that are there, with the commits they name.
    fn present(&self, names: &[EntryName]) -> Result<Vec<(String, String)>> {
        let mut present = Vec::new();
        for key in names.iter().map(|name| &name.key).collect::<BTreeSet<_>>() {
            for (commit, name) in self.refs(&prefix(key, None))? {
                if names.contains(&name) {
                    present.push((format!("{REFS}{}", name.path()), commit));
                }
            }
        }
        Ok(present)
    }

    fn find(&self, name: &EntryName) -> Result<Option<String>> {
        Ok(self.refs(&name.path())?.into_iter().find(|(_, found)| found == name).map(|(commit, _)| commit))
    }
}

impl Store for RefStore {
    fn list(&self, prefix: &str) -> Result<Vec<EntryName>> {
        Ok(self.refs(prefix)?.into_iter().map(|(_, name)| name).collect())
    }

    fn put(&self, name: &EntryName, files: &[File]) -> Result<()> {
        let commit = self.commit(name, files)?;
        let reference = format!("{REFS}{}", name.path());
        let Some(remote) = &self.remote else {
            let old = "0".repeat(commit.len());
            return match self.git.run(&["update-ref", &reference, &commit, &old]) {
                Err(_) if self.find(name)?.as_ref() == Some(&commit) => Ok(()),
                created => created.map(drop),
            };
        };
        let args = [format!("--force-with-lease={reference}:"), format!("{commit}:{reference}")];
        self.push(remote, &args, &|| Ok(self.find(name)?.as_ref() == Some(&commit)))
    }

    fn get(&self, name: &EntryName) -> Result<Vec<File>> {
        let place = || format!("baseline {}", name.path());
        let gone = || Error::new(ErrorKind::Unreadable, "the baseline is gone").at(place());
        let commit = self.find(name)?.ok_or_else(gone)?;
        if let Some(remote) = &self.remote {
            let reference = format!("{REFS}{}", name.path());
            let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
            self.git.run(&[&fetch[..], &["--no-recurse-submodules", remote, &reference]].concat())?;
        }
        let tree = self.git.text(&["ls-tree", "-z", &commit]).map_err(|error| error.at(place()))?;
        let mut files = Vec::new();
        for line in tree.split('\0').filter(|line| !line.is_empty()) {
            // MODE SP TYPE SP OBJECT TAB NAME
            let Some((object, name)) = line.split_once('\t') else { continue };
            let Some(blob) = object.strip_prefix("100644 blob ") else { continue };
            let data = self.git.run(&["cat-file", "blob", blob]).map_err(|error| {
                error
                    .at(place())
                    .help("the repository is damaged: remove the ref and save its profiles again")
            })?;
            files.push(File { name: name.to_owned(), data });
        }
        Ok(files)
    }

    fn remove(&self, names: &[EntryName]) -> Result<()> {
        let present = self.present(names)?;
        let Some(remote) = &self.remote else {
            for (reference, commit) in present {
                self.git.run(&["update-ref", "-d", &reference, &commit])?;
            }
            return Ok(());
        };
        if present.is_empty() {
            return Ok(());
        }
        let leases = present.iter().map(|(reference, old)| format!("--force-with-lease={reference}:{old}"));
        let deletions = present.iter().map(|(reference, _)| format!(":{reference}"));
        let args: Vec<_> = leases.chain(deletions).collect();
        self.push(remote, &args, &|| Ok(self.present(names)?.is_empty()))
    }
}
