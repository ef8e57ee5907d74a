//! The formats from before profile.proto to a profile, as pprof reads them.
//!
//! Most of these files hold addresses without names, and the memory map that says which file each address
//! belongs to. Every reader collects stacks of addresses in a [`Draft`](draft::Draft), which numbers them.

mod address_space;
mod contention;
mod count;
mod cpu;
mod draft;
mod frame_patterns;
mod heap;
mod java;
mod java_frames;
mod lines;
mod memory_map;
mod numbers;
mod segments;
mod threadz;
mod unsample;
mod variables;

use regex::bytes::{Regex, RegexBuilder};

use crate::error::{Error, ErrorKind};
use crate::profile::Profile;

/// Why a reader did not give a profile.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The data is in another format.
    NotMine,
    /// The data starts like this reader's format and goes on like another. The error is worth telling if no
    /// other reader takes it.
    GaveUp(Error),
    /// The data is in this reader's format and cannot be read.
    Damaged(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Damaged(error)
    }
}

/// What a reader makes of the data.
pub(super) type Reading = Result<Profile, Refusal>;

/// The readers in pprof's order.
const READERS: [fn(&[u8]) -> Reading; 6] =
    [cpu::read, heap::read, count::read, threadz::read, contention::read, java::read];

/// An error in a file of the format `format`.
fn malformed(format: &str, problem: &str) -> Error {
    Error::new(ErrorKind::Malformed, format!("malformed {format}: {problem}"))
        .help("record the profile again, or check that it was transferred whole")
}

/// Compiles `pattern`, one of ours, to match bytes. `\s` means in it what it means in Go, which leaves out the
/// vertical tab.
fn pattern(pattern: &str) -> Regex {
    RegexBuilder::new(&pattern.replace(r"\s", r"[\t\n\f\r ]"))
        .unicode(false)
        .build()
        .expect("a constant pattern that the tests compile")
}

/// Reads `data` in the first legacy format that fits, in pprof's order.
pub(super) fn read(data: &[u8]) -> Reading {
    let mut first_try = Refusal::NotMine;
    for reader in READERS {
        match reader(data) {
            Ok(mut profile) => {
                frame_patterns::set(&mut profile)?;
                return Ok(profile);
            }
            Err(damaged @ Refusal::Damaged(_)) => return Err(damaged),
            Err(refusal) => {
                if matches!(first_try, Refusal::NotMine) {
                    first_try = refusal;
                }
            }
        }
    }
    Err(first_try)
}
