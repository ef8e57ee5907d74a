//! What a store holds to what it need not hold any longer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::Store;
use super::name::{EntryName, Scope, prefix};
use crate::error::Result;

/// What is kept of each scope. The commit that was saved last always is: a quiet branch keeps its baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// At most so many commits.
    pub commits: Option<usize>,
    /// Nothing that was saved longer ago.
    pub age: Option<SignedDuration>,
}

/// Removes what `keep` does not cover from each scope of `key`, or from `scope` alone, and returns the names of what
/// went.
///
/// # Errors
/// When the store cannot be read or written.
pub fn prune(
    store: &dyn Store,
    key: &str,
    scope: Option<&Scope>,
    keep: Keep,
    now: Timestamp,
) -> Result<Vec<EntryName>> {
    let goes = surplus(store.list(&prefix(key, scope))?, keep, now);
    store.remove(&goes)?;
    Ok(goes)
}

fn surplus(names: Vec<EntryName>, keep: Keep, now: Timestamp) -> Vec<EntryName> {
    let mut scopes: BTreeMap<Scope, Vec<EntryName>> = BTreeMap::new();
    for name in names {
        scopes.entry(name.scope.clone()).or_default().push(name);
    }
    let mut goes = Vec::new();
    for mut entries in scopes.into_values() {
        entries.sort_by(|one, other| other.saved.cmp(&one.saved).then_with(|| one.cmp(other)));
        let mut commits: BTreeSet<String> = BTreeSet::new();
        for entry in entries {
            let is_last = commits.is_empty() || (commits.len() == 1 && commits.contains(&entry.commit));
            let is_old = keep.age.is_some_and(|age| now.duration_since(entry.saved) > age);
            let is_one_more =
                !commits.contains(&entry.commit) && keep.commits.is_some_and(|most| commits.len() >= most);
            if (is_old || is_one_more) && !is_last {
                goes.push(entry);
            } else {
                commits.insert(entry.commit.clone());
            }
        }
    }
    goes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(scope: &Scope, commit: char, day: i64) -> EntryName {
        EntryName {
            key: "k".to_owned(),
            scope: scope.clone(),
            commit: commit.to_string().repeat(40),
            saved: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day),
            digest: "0".repeat(64),
        }
    }

    /// First letters of commits that stay, of entries saved on days 1, 2, … up to day 10.
    fn kept(commits: &str, keep: Keep) -> String {
        let main = Scope::Branch("main".to_owned());
        let names: Vec<_> = commits.chars().zip(1..).map(|(commit, day)| entry(&main, commit, day)).collect();
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 10);
        let goes = surplus(names.clone(), keep, now);
        names.iter().filter(|name| !goes.contains(name)).map(|name| &name.commit[..1]).collect()
    }

    #[test]
    fn age_and_count_each_remove_the_oldest() {
        let keep = |commits, days: Option<i64>| Keep {
            commits,
            age: days.map(|days| SignedDuration::from_hours(24 * days)),
        };
        assert_eq!(kept("abcdef", keep(None, None)), "abcdef");
        assert_eq!(kept("abcdef", keep(Some(2), None)), "ef");
        assert_eq!(kept("aabbcc", keep(Some(2), None)), "bbcc", "all saves of a commit stay");
        assert_eq!(kept("abcdef", keep(None, Some(6))), "def");
        assert_eq!(kept("abcdef", keep(Some(2), Some(5))), "ef");
        assert_eq!(kept("ab", keep(Some(1), Some(1))), "b", "the last stays, however old");
        assert_eq!(kept("ab", keep(Some(0), None)), "b");
    }

    #[test]
    fn each_scope_is_counted_by_itself() {
        let (main, pull) = (Scope::Branch("main".to_owned()), Scope::Pull("main".to_owned()));
        let names = vec![entry(&main, 'a', 1), entry(&pull, 'b', 2), entry(&pull, 'c', 3)];
        let goes = surplus(names, Keep { commits: Some(1), age: None }, Timestamp::UNIX_EPOCH);
        assert_eq!(goes, [entry(&pull, 'b', 2)]);
    }
}
