//! Names on the command line to bytes: files, standard input, globs, directories.

mod inflate;
mod pairing;
mod read;

pub use inflate::{DEFAULT_INFLATED_LIMIT, inflate};
pub use pairing::{Pairing, Side, Sources, Unpaired, pair, without_base};
pub use read::Source;
