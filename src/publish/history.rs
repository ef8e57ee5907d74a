//! Names of commits to how they descend from each other, fetched as far as a shallow clone lacks it.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::git::{Git, without_credentials};
use crate::error::{Error, ErrorKind, Result};

/// By how many commits a shallow clone grows each time that it does not reach far enough; then it becomes whole.
const DEEPENINGS: [u32; 3] = [50, 200, 1000];

/// A clone whose history can be asked.
#[derive(Debug, Clone)]
pub struct Repository {
    git: Git,
    remote: String,
    may_fetch: bool,
}

impl Repository {
    /// The repository that `directory` lies in. What a shallow clone lacks is fetched from `remote` if that is allowed.
    #[must_use]
    pub fn new(directory: &Path, remote: &str, may_fetch: bool) -> Self {
        Self { git: Git::new(directory), remote: remote.to_owned(), may_fetch }
    }

    /// The full name of the commit that `revision` means.
    ///
    /// # Errors
    /// When there is no such commit.
    pub fn resolve(&self, revision: &str) -> Result<String> {
        let commit = format!("{revision}^{{commit}}");
        self.git
            .text(&["rev-parse", "--verify", "--end-of-options", &commit])
            .map_err(|error| error.at(revision))
    }

    /// When `commit` was made, by its committer's clock; `None` if the repository does not have it.
    #[must_use]
    pub fn commit_time(&self, commit: &str) -> Option<Timestamp> {
        let seconds =
            self.git.text(&["show", "--no-patch", "--format=%ct", "--end-of-options", commit]).ok()?;
        Timestamp::from_second(seconds.lines().last()?.parse().ok()?).ok()
    }

    /// The branch that is checked out; `None` if none is.
    #[must_use]
    pub fn current_branch(&self) -> Option<String> {
        self.git
            .text(&["symbolic-ref", "--quiet", "--short", "HEAD"])
            .ok()
            .filter(|branch| !branch.is_empty())
    }

    /// The remote's default branch, as the clone knows it.
    #[must_use]
    pub fn default_branch(&self) -> Option<String> {
        let head = format!("refs/remotes/{}/HEAD", self.remote);
        let branch = self.git.text(&["symbolic-ref", "--quiet", &head]).ok()?;
        branch.strip_prefix(&format!("refs/remotes/{}/", self.remote)).map(str::to_owned)
    }

    /// The commit at which `commit` left `branch`, which is looked for at the remote, then among local branches.
    ///
    /// # Errors
    /// When there is no such branch, or the two have no history in common.
    pub fn merge_base(&self, commit: &str, branch: &str) -> Result<String> {
        let tip = self.tip(branch)?;
        let ask = || {
            let found = self.git.text(&["merge-base", commit, &tip]);
            Ok(found.ok().filter(|found| !found.is_empty()))
        };
        self.deepening(&[commit, &tip], &ask)?.ok_or_else(|| {
            Error::new(ErrorKind::Unreadable, format!("`{branch}` and {commit} have no commit in common"))
                .help("name the branch that the change is made against with --branch; a shallow clone needs its history")
        })
    }

    /// The newest ancestor of `commit` among `candidates`, itself included.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn nearest_ancestor(
        &self,
        commit: &str,
        candidates: &BTreeSet<&str>,
    ) -> Result<Option<String>> {
        let ask = || {
            // No ancestor stands before a descendant of its own, so the first is nobody's ancestor.
            let ancestors = self.git.text(&["rev-list", "--date-order", commit])?;
            Ok(ancestors.lines().find(|ancestor| candidates.contains(ancestor)).map(str::to_owned))
        };
        self.deepening(&[commit], &ask)
    }

    /// The number of commits that `commit` has and `ancestor` has not.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn distance(&self, ancestor: &str, commit: &str) -> Result<u64> {
        let count = self.git.text(&["rev-list", "--count", &format!("{ancestor}..{commit}")])?;
        count.parse().map_err(|_| Error::new(ErrorKind::Unreadable, "git rev-list printed no number"))
    }

    /// The last commit of `branch`.
    fn tip(&self, branch: &str) -> Result<String> {
        let tracking = format!("refs/remotes/{}/{branch}", self.remote);
        let local = format!("refs/heads/{branch}");
        if let Ok(tip) = self.resolve(&tracking) {
            return Ok(tip);
        }
        // A checkout of one pull request has no other branch.
        if self.may_fetch {
            let refspec = format!("+refs/heads/{branch}:{tracking}");
            let depth: &[&str] = if self.is_shallow()? { &["--depth=1"] } else { &[] };
            if self.fetch(depth, &[&refspec]).is_ok() {
                return self.resolve(&tracking);
            }
        }
        self.resolve(&local).map_err(|_| {
            Error::new(
                ErrorKind::Unreadable,
                format!("there is no branch `{branch}` here or at `{}`", without_credentials(&self.remote)),
            )
            .help("name the branch that the change is made against with --branch, or a commit with --at")
        })
    }

    fn is_shallow(&self) -> Result<bool> {
        Ok(self.git.text(&["rev-parse", "--is-shallow-repository"])? == "true")
    }

    /// What `ask` finds, in more and more of the history of `commits`.
    fn deepening<T>(&self, commits: &[&str], ask: &dyn Fn() -> Result<Option<T>>) -> Result<Option<T>> {
        for depth in DEEPENINGS.map(Some).into_iter().chain([None]) {
            let found = ask();
            if matches!(found, Ok(Some(_))) || !self.may_fetch || !self.is_shallow()? {
                return found;
            }
            let how = depth.map_or_else(|| "--unshallow".to_owned(), |depth| format!("--deepen={depth}"));
            // Some servers hand out the tips of their branches alone.
            if self.fetch(&[&how], commits).is_err() {
                self.fetch(&[&how], &[]).map_err(|error| {
                    error.help("fetch the whole history first (fetch-depth: 0 of actions/checkout, git fetch --unshallow)")
                })?;
            }
        }
        ask()
    }

    fn fetch(&self, how: &[&str], what: &[&str]) -> Result<()> {
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance"];
        let args =
            [&fetch, how, &["--no-recurse-submodules", "--end-of-options", &self.remote], what].concat();
        self.git.run(&args).map(drop)
    }
}
