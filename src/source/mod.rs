//! Names on the command line to bytes: files, standard input, globs, directories, servers.

mod address;
mod candidate;
mod inflate;
pub mod kubernetes;
#[cfg(feature = "capture")]
pub mod live;
mod pairing;
mod percent;
mod provenance;
mod read;
mod run_number;
mod secret;

pub use address::{Address, Encryption, Kind, PROFILES, Service, Transport, is_live};
pub use inflate::{DEFAULT_INFLATED_LIMIT, Inflating, inflate};
pub use pairing::{Pairing, Side, Sources, Unpaired, pair, without_base};
pub use provenance::{Note, Program, Provenance, note_path, read_note};
pub use read::Source;
pub use secret::{Secret, is_secret_name, without_secrets};
