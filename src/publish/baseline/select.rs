//! The entries of a store to those of the commit that is nearest to where a change began.

use std::collections::BTreeSet;

use super::Store;
use super::name::{EntryName, Scope, prefix};
use crate::error::Result;
use crate::publish::Repository;

/// The saves that a comparison starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The commit that was profiled.
    pub commit: String,
    /// How many commits there are from it up to the one that was asked for; 0 when it is that one.
    pub distance: u64,
    /// All saves of the commit.
    pub names: Vec<EntryName>,
}

/// The saves of `key` in `scope` for `commit`, else those of its nearest ancestor that has some.
///
/// # Errors
/// When the store or the repository cannot be read.
pub fn find(
    store: &dyn Store,
    repository: &Repository,
    key: &str,
    scope: &Scope,
    commit: &str,
) -> Result<Option<Found>> {
    let names = store.list(&prefix(key, Some(scope)))?;
    let commits: BTreeSet<&str> = names.iter().map(|name| name.commit.as_str()).collect();
    let nearest = if commits.is_empty() || commits.contains(commit) {
        commits.get(commit).map(|commit| (*commit).to_owned())
    } else {
        repository.nearest_ancestor(commit, &commits)?
    };
    let Some(nearest) = nearest else { return Ok(None) };
    let distance = if nearest == commit { 0 } else { repository.distance(&nearest, commit)? };
    let names = names.into_iter().filter(|name| name.commit == nearest).collect();
    Ok(Some(Found { commit: nearest, distance, names }))
}
