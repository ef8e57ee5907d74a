//! A setting: a value, where it comes from, and its form in TOML.

use std::fmt;

use super::choice::{Choice, choose};
use super::table::Entry;
use crate::error::Result;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A configuration file.
    File {
        /// As messages name it.
        name: String,
        /// Counted from 1.
        line: usize,
    },
    /// An option of the command line, with its dashes.
    Flag(&'static str),
}

/// `default`, `profgate.toml:12` or `--alpha`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<T> {
    /// What is set.
    pub value: T,
    /// By whom.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value that nobody set.
    pub const fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// A value that the option `flag` (with its dashes) of the command line sets.
    pub const fn flag(flag: &'static str, value: T) -> Self {
        Self { value, origin: Origin::Flag(flag) }
    }
}

/// A type that settings may have.
pub(super) trait Value: Sized {
    /// Reads the value of a key in a configuration file.
    fn read(entry: &Entry<'_>) -> Result<Self>;

    /// The value as TOML; `None` if it is what the absence of the key means.
    fn to_toml(&self) -> Option<String>;
}

impl Value for bool {
    fn read(entry: &Entry<'_>) -> Result<Self> {
        entry.boolean()
    }

    fn to_toml(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for f64 {
    fn read(entry: &Entry<'_>) -> Result<Self> {
        entry.number()
    }

    fn to_toml(&self) -> Option<String> {
        Some(toml::Value::Float(*self).to_string())
    }
}

impl Value for String {
    fn read(entry: &Entry<'_>) -> Result<Self> {
        entry.text().map(str::to_owned)
    }

    fn to_toml(&self) -> Option<String> {
        Some(toml_string(self))
    }
}

impl Value for Vec<String> {
    fn read(entry: &Entry<'_>) -> Result<Self> {
        entry.texts()
    }

    fn to_toml(&self) -> Option<String> {
        let items: Vec<_> = self.iter().map(|item| toml_string(item)).collect();
        (!items.is_empty()).then(|| format!("[{}]", items.join(", ")))
    }
}

impl<T: Choice> Value for T {
    fn read(entry: &Entry<'_>) -> Result<Self> {
        entry.locate(entry.text().and_then(choose))
    }

    fn to_toml(&self) -> Option<String> {
        Some(toml_string(self.name()))
    }
}

impl<T: Value> Value for Option<T> {
    fn read(entry: &Entry<'_>) -> Result<Self> {
        T::read(entry).map(Some)
    }

    fn to_toml(&self) -> Option<String> {
        self.as_ref().and_then(T::to_toml)
    }
}

/// `text` as a TOML string on one line.
pub(super) fn toml_string(text: &str) -> String {
    // The writer of the toml crate turns a line break into a string of several lines.
    if text.contains(|c: char| c.is_control()) {
        let escape = |c: char| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        };
        return format!("\"{}\"", text.chars().map(escape).collect::<String>());
    }
    toml::Value::String(text.to_owned()).to_string()
}
