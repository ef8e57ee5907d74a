//! A finished comparison to one format each. Nothing is computed here, so formats cannot disagree.

mod call_paths;
mod csv;
mod escape;
mod fingerprint;
mod folded;
mod github_annotations;
mod github_summary;
mod gitlab_codequality;
mod html;
mod json;
mod json_details;
mod json_origin;
mod json_read;
mod json_stacks;
mod junit;
mod markdown;
mod places;
mod pprof;
mod present;
mod sarif;
mod terminal;

pub use csv::csv;
pub use folded::folded;
pub use github_annotations::github_annotations;
pub use github_summary::{SUMMARY_LIMIT, github_summary};
pub use gitlab_codequality::gitlab_codequality;
pub use html::{HTML_LIMIT, html};
pub use json::{FORMAT_VERSION, json, json_full, schema};
pub use json_read::read_json;
pub use junit::junit;
pub use markdown::{MARKDOWN_LIMIT, markdown};
pub use places::Places;
pub use pprof::pprof;
pub use sarif::sarif;
pub use terminal::{Style, terminal};
