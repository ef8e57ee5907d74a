//! profgate judges what changed between two sets of pprof profiles, function by function.
//!
//! ```text
//!  sources ──► bytes ──► Profile ──► (pprof's combine, normalize, select) ──► Matrix ──► Comparison ──► reports
//!  source      source    decode       profile, select                          aggregate  verdict        report
//! ```
//!
//! Where the source is a program that runs, `capture` takes the profile when that is fair, and notes where it came from.
//!
//! Data only moves to the right: each stage takes the type of the stage before and returns its own. None prints,
//! or reads the clock, the environment or the terminal. [`gate`] runs the stages one after the other; `cli` turns
//! what the user typed into a plan for it, and its outcome into files and an exit code. [`publish`] puts verdicts and
//! profiles where the next reader and the next run find them.

pub mod aggregate;
#[cfg(feature = "capture")]
pub mod capture;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod decode;
pub mod error;
pub mod gate;
pub mod graph;
pub mod pprof;
pub mod profile;
pub mod publish;
pub mod report;
pub mod select;
pub mod source;
pub mod stats;
pub mod units;
pub mod verdict;
