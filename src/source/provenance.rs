//! The note beside a captured profile to where, when and from which program it was taken.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The version of the note; a minor step only adds fields.
const VERSION: &str = "1.0";

/// A note is a few lines; what is larger is something else.
const MAX_BYTES: u64 = 1 << 20;

/// Where a profile came from. No field holds a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// The version of this format; by this field a note is known.
    pub provenance_version: String,
    /// What wrote it, such as `profgate 0.1.0`.
    pub tool: String,
    /// Where the profile was fetched, without user names, passwords and tokens.
    pub url: String,
    /// When it was asked for, RFC 3339.
    pub start: String,
    /// When it had arrived.
    pub end: String,
    /// For a difference of two profiles: the seconds between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<u64>,
    /// Whether it covers a run of the program from its start to its end.
    #[serde(skip_serializing_if = "is_false")]
    pub is_whole_run: bool,
    /// How many operations the program did, by what its benchmarks printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<u64>,
    /// The program that was profiled.
    pub target: Program,
    /// SHA-256 of the profile's bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What is known of the program that was profiled; empty fields are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Program {
    /// Its command line, without secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command_line: Vec<String>,
    /// The build id of its file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub build_id: String,
    /// The version of Go that built it, such as `go1.27.3`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub go_version: String,
    /// The operating system it was built for, as Go calls it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub goos: String,
    /// The architecture it was built for, as Go calls it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub goarch: String,
    /// How many CPUs its machine has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<u32>,
}

/// What the note beside a profile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Where the profile came from.
    Of(Arc<Provenance>),
    /// It is about other bytes: the profile was replaced.
    Stale,
}

impl Provenance {
    /// The note of a profile whose bytes are `data`, which `tool` fetched.
    #[must_use]
    pub fn of(data: &[u8], tool: &str) -> Self {
        let (provenance_version, tool) = (VERSION.to_owned(), tool.to_owned());
        Self { provenance_version, tool, sha256: digest(data), ..Self::default() }
    }

    /// The note as it is written.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and lists of them can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// Where the note of the profile at `path` stands: `cpu.pb.gz.json`.
#[must_use]
pub fn note_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".json");
    name.into()
}

/// What the note beside the profile at `path` says; `None` without a note. JSON of something else is none.
#[must_use]
pub fn read_note(path: &Path) -> Option<Note> {
    let mut text = String::new();
    File::open(note_path(path)).ok()?.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let provenance: Provenance = serde_json::from_str(&text).ok()?;
    if !provenance.provenance_version.starts_with("1.") {
        return None;
    }
    let mut hasher = Sha256::new();
    let mut profile = File::open(path).ok()?;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match profile.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hasher.update(&buffer[..read]),
            // Reading the profile itself says what is wrong.
            Err(_) => return None,
        }
    }
    let is_same = hex(&hasher.finalize()) == provenance.sha256;
    Some(if is_same { Note::Of(Arc::new(provenance)) } else { Note::Stale })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_false(value: &bool) -> bool {
    !value
}

fn digest(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back_and_follow_their_profile() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("cpu.pb.gz");
        std::fs::write(&path, b"abc").expect("a file");
        assert_eq!(read_note(&path), None);

        let mut note = Provenance::of(b"abc", "profgate 1");
        // FIPS 180-2, appendix B.1.
        assert_eq!(note.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        note.target.cpus = Some(4);
        std::fs::write(note_path(&path), note.to_json()).expect("a file");
        assert_eq!(read_note(&path), Some(Note::Of(Arc::new(note))));

        std::fs::write(&path, b"abd").expect("a file");
        assert_eq!(read_note(&path), Some(Note::Stale));
        for other in ["{\"a\": 1}", "[", "{\"provenance_version\": \"2.0\"}"] {
            std::fs::write(note_path(&path), other).expect("a file");
            assert_eq!(read_note(&path), None, "{other}");
        }
    }
}
