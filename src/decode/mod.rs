//! Bytes to a profile: profile.proto, the legacy formats, folded stacks.

mod blocks;
mod folded;
mod id_map;
mod legacy;
mod proto;
mod samples;
#[rustfmt::skip]
#[expect(missing_docs, clippy::pedantic, reason = "generated from proto/profile.proto")]
pub mod schema;
mod sniff;
mod wire;

pub use proto::{Scan, Streamed, decode, scan, scan_stream};

use crate::error::Result;
use crate::profile::Profile;

use legacy::{Reading, Refusal};

/// The readers that are tried in order when data is not profile.proto: pprof's, then ours.
const READERS: [fn(&[u8]) -> Reading; 2] = [legacy::read, folded::read];

/// Decodes the profile in `data`, whatever its format. `data` is not compressed.
///
/// profile.proto comes first, and what is damaged there is offered to the other readers, as pprof does.
///
/// # Errors
/// When `data` is empty, when the reader of its format finds it damaged, and when it has no format that is known;
/// then the error says what it is instead.
pub fn decode_any(data: &[u8]) -> Result<Profile> {
    let damaged = match decode(data) {
        Ok(profile) => return Ok(profile),
        Err(error) => error,
    };
    if data.is_empty() {
        return Err(damaged);
    }
    let mut gave_up = None;
    for reader in READERS {
        match reader(data) {
            Ok(profile) => return Ok(profile),
            Err(Refusal::Damaged(error)) => return Err(error),
            Err(Refusal::GaveUp(error)) => gave_up = gave_up.or(Some(error)),
            Err(Refusal::NotMine) => {}
        }
    }
    Err(gave_up.unwrap_or_else(|| if sniff::is_protobuf(data) { damaged } else { sniff::unrecognized(data) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// A sample type whose texts do not exist.
    const PROTO: [u8; 6] = [0x0a, 4, 8, 1, 16, 2];

    #[test]
    fn the_error_says_what_is_wrong_in_the_format_that_was_meant() {
        let twice = [&PROTO[..], &[0x48, 5, 0x48, 5]].concat();
        let cases: [(&[u8], &str); 8] = [
            (b"", "the file is empty"),
            (&PROTO, "not a readable profile: text"),
            (&PROTO[..5], "binary data"),
            (&[&PROTO[..], &[0x12, 9, 1]].concat(), "not a readable profile: the data ends"),
            (&twice, "one after the other"),
            (b"heap profile: 1: 1 [1: 1] @ heap_v2/1\n1: x\n", "malformed heap profile: line 2"),
            (b"--- Thread 7f0 (name: a/1) stack: ---\n 0x1\n", "malformed threadz profile"),
            (b"goroutine 1 [running]:\nmain.main()\n", "goroutine dump (debug=2)"),
        ];
        for (data, problem) in cases {
            let error = decode_any(data).expect_err(problem);
            assert!(error.problem().contains(problem), "{error}");
            let kind = if data.is_empty() { ErrorKind::Empty } else { ErrorKind::Malformed };
            assert_eq!(error.kind(), kind, "{error}");
        }
    }
}
