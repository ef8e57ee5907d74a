//! Profiles to the manifest that vouches for each byte of them, and back to profiles that were checked against it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::name::{self, EntryName, Scope};
use crate::error::{Error, ErrorKind, Result};
use crate::publish::part::encode;

/// The manifest's name among the files of an entry.
pub(super) const MANIFEST: &str = "manifest.json";

const FORMAT: u32 = 1;

/// One profile of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its relative path, `/` between folders.
    pub name: String,
    /// Its bytes, as they were recorded.
    pub data: Vec<u8>,
}

/// What profiles were recorded of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What was profiled, in the user's words.
    pub key: String,
    /// Whose profiles they are.
    pub scope: Scope,
    /// The commit, in full.
    pub commit: String,
    /// When the commit was made, if the repository knows.
    pub commit_time: Option<Timestamp>,
}

/// What an entry holds. Fields of later versions are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    tool: String,
    key: String,
    scope: String,
    commit: String,
    #[serde(default)]
    commit_time: Option<Timestamp>,
    files: Vec<Listed>,
}

/// One file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    name: String,
    size: u64,
    sha256: String,
}

/// The entry's name, and everything a store has to keep: encoded names with bytes, the manifest last.
///
/// # Errors
/// When there is no file, or the name of one cannot be kept.
pub(super) fn seal(subject: &Subject, files: &[File], now: Timestamp) -> Result<(EntryName, Vec<File>)> {
    name::check(&subject.key, &subject.scope)?;
    if !name::is_commit(&subject.commit) {
        let problem = format!("`{}` is not the full name of a commit", subject.commit);
        return Err(Error::new(ErrorKind::Usage, problem));
    }
    if files.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "there is no profile to save"));
    }
    let mut listed = BTreeMap::new();
    for File { name, data } in files {
        check_file_name(name)?;
        let entry = Listed { name: name.clone(), size: size(data), sha256: sha256(data) };
        if listed.insert(name.as_str(), entry).is_some() {
            return Err(Error::new(ErrorKind::Usage, "two profiles have this name").at(name));
        }
    }
    let manifest = Manifest {
        format: FORMAT,
        tool: format!("profgate {}", env!("CARGO_PKG_VERSION")),
        key: subject.key.clone(),
        scope: subject.scope.to_string(),
        commit: subject.commit.clone(),
        commit_time: subject.commit_time,
        files: listed.into_values().collect(),
    };
    let mut text = serde_json::to_vec(&manifest).map_err(|error| {
        Error::new(ErrorKind::Output, format!("the manifest cannot be written ({error})"))
    })?;
    text.push(b'\n');
    let name = EntryName {
        key: subject.key.clone(),
        scope: subject.scope.clone(),
        commit: subject.commit.clone(),
        saved: Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now),
        digest: sha256(&text),
    };
    let stored = |file: &File| File { name: encode(&file.name), data: file.data.clone() };
    let mut stored: Vec<_> = files.iter().map(stored).collect();
    stored.push(File { name: MANIFEST.to_owned(), data: text });
    Ok((name, stored))
}

/// The profiles of the entry `name` from the files that a store kept for it, each checked, with the time of the commit.
///
/// # Errors
/// When anything differs from what was saved.
pub(super) fn open(name: &EntryName, stored: Vec<File>) -> Result<(Vec<File>, Option<Timestamp>)> {
    let damaged = |what: &str, problem: &str| {
        Error::new(ErrorKind::Malformed, format!("{what} {problem}"))
            .at(format!("baseline {}", name.path()))
            .help("the store is damaged or was tampered with: remove the entry and save its profiles again")
    };
    let mut stored: BTreeMap<String, Vec<u8>> =
        stored.into_iter().map(|file| (file.name, file.data)).collect();
    let text = stored.remove(MANIFEST).ok_or_else(|| damaged(MANIFEST, "is missing"))?;
    if sha256(&text) != name.digest {
        return Err(damaged(MANIFEST, "does not have the SHA-256 that the entry's name gives"));
    }
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|error| damaged(MANIFEST, &format!("cannot be read ({error})")))?;
    if manifest.format != FORMAT {
        return Err(damaged(MANIFEST, "has a format that this profgate does not know"));
    }
    let is_its_own = manifest.key == name.key
        && manifest.scope == name.scope.to_string()
        && manifest.commit == name.commit;
    if !is_its_own {
        return Err(damaged(MANIFEST, "is that of another entry"));
    }
    let mut files = Vec::with_capacity(manifest.files.len());
    for Listed { name, size: expected, sha256: digest } in manifest.files {
        check_file_name(&name)?;
        let what = format!("`{name}`");
        let data = stored.remove(&encode(&name)).ok_or_else(|| damaged(&what, "is missing"))?;
        if size(&data) != expected || sha256(&data) != digest {
            return Err(damaged(&what, "does not have the SHA-256 that it was saved with"));
        }
        files.push(File { name, data });
    }
    Ok((files, manifest.commit_time))
}

fn size(data: &[u8]) -> u64 {
    u64::try_from(data.len()).unwrap_or(u64::MAX)
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(data: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(data).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Checks that `name` stays below the directory that it is written to, on every system.
fn check_file_name(name: &str) -> Result<()> {
    let is_good = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0', '\n', '\r'])
    };
    if name.split('/').all(is_good) && encode(name).len() <= 250 && name != MANIFEST {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Usage,
        "is no relative path of at most 250 characters that every system can have",
    )
    .at(name)
    .help("rename the profile"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject() -> Subject {
        Subject {
            key: "k".to_owned(),
            scope: Scope::Branch("main".to_owned()),
            commit: "a".repeat(40),
            commit_time: None,
        }
    }

    fn file(name: &str, data: &str) -> File {
        File { name: name.to_owned(), data: data.into() }
    }

    #[test]
    fn every_bit_that_changes_is_found() {
        let files = [file("cpu.1.out", "one"), file("run-2/cpu.out", "two")];
        let (name, stored) = seal(&subject(), &files, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(open(&name, stored.clone()).unwrap().0, files);
        for at in 0..stored.len() {
            for byte in 0..stored[at].data.len() {
                let mut damaged = stored.clone();
                damaged[at].data[byte] ^= 1;
                assert!(open(&name, damaged).is_err(), "byte {byte} of {}", stored[at].name);
            }
            let mut lost = stored.clone();
            lost.remove(at);
            assert!(open(&name, lost).is_err(), "without {}", stored[at].name);
        }
        let elsewhere = EntryName { commit: "b".repeat(40), ..name };
        assert!(open(&elsewhere, stored).unwrap_err().to_string().contains("another entry"));
    }

    #[test]
    fn no_file_leaves_the_directory() {
        for name in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "C:\\x", "a\\b", ".", MANIFEST] {
            let files = [file(name, "x")];
            assert!(seal(&subject(), &files, Timestamp::UNIX_EPOCH).is_err(), "{name}");
        }
        assert!(seal(&subject(), &[file("a", "1"), file("a", "2")], Timestamp::UNIX_EPOCH).is_err());
        assert!(seal(&subject(), &[], Timestamp::UNIX_EPOCH).is_err());
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
