//! The comparison as one page that needs nothing but itself: markup, style, script and data in a single file.
//!
//! The page's policy names the style and the script by their hashes, so that nothing else runs and nothing is loaded,
//! whatever a profile holds. The data stand in one island of JSON, which the script shows as text.

mod data;
mod texts;
mod tree;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::verdict::Outcome;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The parts of the script, in the order in which they need each other.
const SCRIPTS: [&str; 9] = [
    include_str!("format.js"),
    include_str!("names.js"),
    include_str!("tree.js"),
    include_str!("colour.js"),
    include_str!("flame.js"),
    include_str!("table.js"),
    include_str!("function.js"),
    include_str!("summary.js"),
    include_str!("page.js"),
];

/// The largest page profgate writes, in bytes: what a browser opens from a double click without a pause.
pub const HTML_LIMIT: usize = 10_000_000;

/// Renders `outcome` as a page of at most [`HTML_LIMIT`] bytes. What does not fit is counted on it.
#[must_use]
pub fn html(outcome: &Outcome) -> String {
    let script = format!("\"use strict\";\n{{\n{}}}\n", SCRIPTS.concat());
    let frame = PAGE.len() + STYLE.len() + script.len() + 500;
    let data = data::island(outcome, HTML_LIMIT.saturating_sub(frame));
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        hash(&script),
        hash(STYLE)
    );
    let mut page = String::with_capacity(frame + data.len());
    let mut rest = PAGE;
    for (mark, text) in
        [("{{policy}}", policy.as_str()), ("{{style}}", STYLE), ("{{data}}", &data), ("{{script}}", &script)]
    {
        let (before, after) = rest.split_once(mark).unwrap_or((rest, ""));
        page.push_str(before);
        page.push_str(text);
        rest = after;
    }
    page.push_str(rest);
    page
}

/// The name of an inline style or script in a policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
