//! Bytes to a profile: profile.proto, the legacy formats, folded stacks.

mod id_map;
mod proto;
mod samples;
mod wire;

pub use proto::{Scan, decode, scan};
pub use samples::Chunk;
