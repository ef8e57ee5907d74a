//! Names on the command line to bytes: files, standard input, globs, directories.

mod candidate;
mod inflate;
mod pairing;
mod read;
mod run_number;

pub use inflate::{DEFAULT_INFLATED_LIMIT, inflate};
pub use pairing::{Pairing, Side, Sources, Unpaired, pair, without_base};
pub use read::Source;
