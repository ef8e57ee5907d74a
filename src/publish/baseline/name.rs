//! What profiles were recorded of, and when, to the name under which a store keeps them.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::error::{Error, ErrorKind, Result};
use crate::publish::part::{decode, encode};

/// The layout of stores; a store of another layout is not looked at.
const LAYOUT: &str = "v1";

/// How the time of a save is written, in UTC: names sort by it.
const STAMP: &str = "%Y%m%dT%H%M%S.%6fZ";

/// The longest encoded part of a name; file systems allow 255 bytes, and git adds `.lock`.
const MAX_PART: usize = 200;

/// Whose profiles they are. Scopes keep those of pull requests apart from those of branches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A branch, by its name.
    Branch(String),
    /// A pull or merge request, by its number.
    Pull(String),
}

impl Scope {
    fn folder(&self) -> &'static str {
        match self {
            Self::Branch(_) => "heads",
            Self::Pull(_) => "pull",
        }
    }

    /// The name of the branch, or the number.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Branch(name) | Self::Pull(name) => name,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Branch(name) => write!(f, "branch {name}"),
            Self::Pull(number) => write!(f, "pull request {number}"),
        }
    }
}

/// The name of one save. Names of different saves differ, so no save overwrites another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryName {
    /// What was profiled, in the user's words.
    pub key: String,
    /// Whose profiles they are.
    pub scope: Scope,
    /// The commit that was profiled, in full.
    pub commit: String,
    /// When they were saved, to the microsecond.
    pub saved: Timestamp,
    /// SHA-256 of the manifest, in hexadecimal: the name vouches for the content.
    pub digest: String,
}

impl EntryName {
    /// The path in a store: five folders and the entry's own name. It holds no byte beyond letters, digits and `-_.=/`,
    /// and can be a file, a git ref and an object of a bucket.
    #[must_use]
    pub fn path(&self) -> String {
        let saved = self.saved.to_zoned(TimeZone::UTC).strftime(STAMP).to_string();
        format!("{}{}/{saved}-{}", prefix(&self.key, Some(&self.scope)), self.commit, self.digest)
    }

    /// The name that `path` stands for; `None` if it is none of ours.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<_> = path.split('/').collect();
        let [LAYOUT, key, folder, scope, commit, name] = parts[..] else { return None };
        let scope = match folder {
            "heads" => Scope::Branch(decode(scope)?),
            "pull" => Scope::Pull(decode(scope)?),
            _ => return None,
        };
        let (saved, digest) = name.split_once('-')?;
        let saved = jiff::civil::DateTime::strptime(STAMP, saved).ok()?;
        let saved = saved.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let is_ours = is_commit(commit) && digest.len() == 64 && is_hexadecimal(digest);
        let name =
            Self { key: decode(key)?, scope, commit: commit.to_owned(), saved, digest: digest.to_owned() };
        // A second spelling of a name would be a second entry.
        (is_ours && name.path() == path).then_some(name)
    }
}

/// What the paths of all entries of `key` begin with; with a scope, those of the scope.
#[must_use]
pub fn prefix(key: &str, scope: Option<&Scope>) -> String {
    match scope {
        None => format!("{LAYOUT}/{}/", encode(key)),
        Some(scope) => format!("{LAYOUT}/{}/{}/{}/", encode(key), scope.folder(), encode(scope.name())),
    }
}

/// Checks that a store can keep entries of `key` and `scope`.
///
/// # Errors
/// When one of them is empty or too long.
pub(super) fn check(key: &str, scope: &Scope) -> Result<()> {
    for (what, text) in [("key", key), ("branch", scope.name())] {
        if text.is_empty() || encode(text).len() > MAX_PART {
            return Err(Error::new(ErrorKind::Usage, format!("the {what} `{text}` is empty or too long")));
        }
    }
    Ok(())
}

/// Whether `text` is the full name of a commit.
#[must_use]
pub fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(key: &str, scope: Scope) -> EntryName {
        EntryName {
            key: key.to_owned(),
            scope,
            commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            saved: "2026-11-20T08:09:10.012345Z".parse().unwrap(),
            digest: "ab".repeat(32),
        }
    }

    #[test]
    fn paths_are_readable_where_names_are_plain() {
        let path = name("scheduler-cpu", Scope::Branch("release/1.2".to_owned())).path();
        assert_eq!(
            path,
            format!(
                "v1/scheduler-cpu/heads/release=2F1.2/0123456789abcdef0123456789abcdef01234567/\
                 20261120T080910.012345Z-{}",
                "ab".repeat(32)
            )
        );
    }

    #[test]
    fn paths_of_others_are_left_alone() {
        let path = name("k", Scope::Pull("7".to_owned())).path();
        assert!(EntryName::parse(&path).is_some());
        let others = [
            path.replace("v1/", "v2/"),
            path.replace("/pull/", "/tags/"),
            path.replace("Z-", "-"),
            path.replace("v1/k/", "v1/=6B/"),
            path.replace("01234567/", "0123456/"),
            format!("{path}/cpu.out"),
            path.to_uppercase(),
        ];
        for other in others {
            assert_eq!(EntryName::parse(&other), None, "{other}");
        }
    }

    #[test]
    fn what_no_file_could_be_called_is_refused() {
        assert!(check("", &Scope::Branch("main".to_owned())).is_err());
        assert!(check(&"/".repeat(70), &Scope::Branch("main".to_owned())).is_err());
        assert!(check("k", &Scope::Branch("m".repeat(201))).is_err());
        assert!(check("k", &Scope::Branch("main".to_owned())).is_ok());
    }

    proptest! {
        #[test]
        fn any_name_survives_its_path(key in "\\PC{1,20}|[./=~^:a-c]{1,12}", branch in "[a-z./@{}]{1,30}") {
            for scope in [Scope::Branch(branch.clone()), Scope::Pull(branch)] {
                let name = name(&key, scope);
                let path = name.path();
                prop_assert!(path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.=/".contains(&b)), "{}", path);
                let is_ref = path.split('/').all(|part| {
                    !part.starts_with('.') && !part.ends_with('.') && !part.contains("..") && !part.contains(".lock")
                });
                prop_assert!(is_ref, "{}", path);
                prop_assert_eq!(EntryName::parse(&path), Some(name));
            }
        }

        #[test]
        fn no_path_panics(path in "\\PC{0,80}") {
            let _ = EntryName::parse(&path);
        }
    }
}
