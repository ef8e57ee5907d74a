//! Verdicts and profiles to places where the next run and the next reader find them: stored baselines, comments.
//!
//! ```text
//! profiles ──► baseline ──► directory, git ref, bucket ──► the profiles of the nearest ancestor
//! verdict's JSON ──► comment ──► the one comment of this gate on a pull request
//! ```

pub mod baseline;
pub mod ci;
#[cfg(feature = "capture")]
pub mod comment;
pub(crate) mod git;
mod history;
#[cfg(feature = "capture")]
mod http;
mod part;

pub use git::without_credentials;
pub use history::Repository;
