//! A finished comparison to one format each. Nothing is computed here, so formats cannot disagree.

mod escape;
mod json;
mod json_read;
mod json_stacks;
mod markdown;
mod present;
mod terminal;
mod trend;

pub use escape::{markdown_code, markdown_text};
pub use json::{FORMAT_VERSION, json, json_full, schema};
pub use json_read::read_json;
pub use markdown::{MARKDOWN_LIMIT, markdown};
pub use terminal::{Style, terminal};
pub use trend::{Measured, Series, Step, Trend, trend_html, trend_svg, trend_terminal};
