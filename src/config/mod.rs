//! `profgate.toml` and what the command line sets to one set of settings, each with its origin.
//!
//! ```text
//! find ──► ConfigFile ─┐
//!                      ├─► Effective ──► the comparison, `profgate config`
//! flags ──► Layer ─────┘
//! ```

mod choice;
mod effective;
mod expr;
mod file;
mod rules;
mod search;
mod settings;
mod table;
mod template;
mod value;

pub use choice::{Basis, Choice, Granularity, Outcome, Statistics, Symbolize, choose};
pub use effective::Effective;
pub use expr::parse_limit;
pub use file::ConfigFile;
pub use search::{FILE_NAMES, find};
pub use settings::{Layer, Settings};
pub use template::{TEMPLATE, check_writable};
pub use value::{Origin, Setting};
