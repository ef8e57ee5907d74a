//! Patterns in Go's regular expression syntax to patterns that answer as Go does.
//!
//! The `regex` crate and Go both descend from RE2, and differ where it is easy to miss: `\d`, `\w`, `\s` and
//! `\b` are ASCII in Go, `\<` is a literal, a stray brace is a literal, `[a&&b]` holds four characters, `a**` is
//! an error. So a pattern is parsed by Go's grammar and written anew for the `regex` crate.

mod class;
mod parse;
mod render;
mod syntax;
mod unicode;

use std::borrow::Cow;
use std::fmt;

use parse::Refusal;

use crate::error::{Error, ErrorKind, Result};

/// The memory a compiled pattern may take, in bytes: the default of the `regex` crate.
const SIZE_LIMIT: usize = 10 << 20;

/// A compiled pattern in Go's regular expression syntax.
#[derive(Debug, Clone)]
pub struct Pattern {
    original: String,
    regex: regex::Regex,
}

impl Pattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// Those of Go's `regexp.Compile`, in its words. Also when the pattern would take too much memory, nests too
    /// deeply, or searches for something that no text can hold; Go's limits are wider.
    pub fn new(pattern: &str) -> Result<Self> {
        Self::compile(pattern).map_err(|refusal| match refusal {
            Refusal::Go(reason, quoted) => {
                Error::new(ErrorKind::Usage, format!("error parsing regexp: {reason}: `{quoted}`"))
            }
            Refusal::Unsupported(reason) => Error::new(ErrorKind::Usage, reason),
        })
    }

    /// Compiles `pattern` as pprof does one that stands in a profile: `None` if Go refuses it.
    ///
    /// # Errors
    /// When Go accepts the pattern and this crate does not.
    pub(super) fn new_if_valid(pattern: &str) -> Result<Option<Self>> {
        match Self::compile(pattern) {
            Ok(pattern) => Ok(Some(pattern)),
            Err(Refusal::Go(..)) => Ok(None),
            Err(Refusal::Unsupported(reason)) => Err(Error::new(ErrorKind::Malformed, reason)),
        }
    }

    fn compile(pattern: &str) -> Result<Self, Refusal> {
        let translated = render::render(&parse::parse(pattern)?)?;
        let regex = regex::RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).nest_limit(u32::MAX).build();
        match regex {
            Ok(regex) => Ok(Self { original: pattern.to_owned(), regex }),
            Err(regex::Error::CompiledTooBig(limit)) => {
                Err(Refusal::Unsupported(format!("the pattern takes more than {limit} bytes when compiled")))
            }
            Err(error) => Err(Refusal::Unsupported(error.to_string())),
        }
    }

    /// Whether the pattern matches anywhere in `text`. As in Go, each byte that is not part of valid UTF-8 counts
    /// as one U+FFFD.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.is_match(&decode(text))
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.original
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.original)
    }
}

/// `text` with each byte that is not part of valid UTF-8 replaced by U+FFFD. (The standard library's lossy
/// conversion makes one replacement of several bytes.)
fn decode(text: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(text) {
        return text.into();
    }
    let mut decoded = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        decoded.push_str(chunk.valid());
        decoded.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    decoded.into()
}
