//! Bytes to a profile: profile.proto, the legacy formats, folded stacks.

mod folded;
mod id_map;
mod legacy;
mod proto;
mod samples;
mod sniff;
mod wire;

pub use proto::{Scan, decode, scan};
pub use samples::Chunk;

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
