//! What went wrong, where it went wrong, and what the user can do about it.
//!
//! An [`Error`] means that the question cannot be answered: there is no verdict. Doubt about an answer is not
//! an error but a caveat that stands beside the numbers.

use std::fmt;

/// Shorthand for the result of a stage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of thing that kept profgate from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command line asks for something that cannot be.
    Usage,
    /// `profgate.toml` or a limit expression is wrong.
    Config,
    /// A source cannot be opened, read or fetched.
    Unreadable,
    /// A source was read and is not a profile that can be trusted.
    Malformed,
    /// A source is a profile without anything to compare.
    Empty,
    /// The two sides do not measure the same thing.
    Incomparable,
    /// A limit asks for something that these profiles do not contain.
    Limit,
    /// A report or profile cannot be written.
    Output,
    /// The self-test found that this build cannot be trusted.
    SelfTest,
}

/// The exit codes of every command, as documented in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// The limits hold.
    Pass = 0,
    /// A limit is broken. Nothing else gives this code.
    Fail = 1,
    /// No verdict.
    NoVerdict = 2,
    /// The data cannot settle a limit, and the user asked to be told.
    Inconclusive = 3,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// A reason for having no answer: what, where, and what to do.
///
/// Texts are lower-case fragments; [`fmt::Display`] joins them as `place: problem`, and a line `help: advice`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    place: Option<String>,
    problem: String,
    advice: Option<String>,
}

impl Error {
    /// An error of `kind` described by `problem`, a lower-case fragment without a final stop.
    pub fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        Self { kind, place: None, problem: problem.into(), advice: None }
    }

    /// Names the file, URL or option the error is about, unless a more precise place is known already.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert_with(|| place.into());
        self
    }

    /// Says what the user can do.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The kind of error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The problem alone, without place and advice.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The exit code of a command that stopped with this error.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            ErrorKind::Usage
            | ErrorKind::Config
            | ErrorKind::Unreadable
            | ErrorKind::Malformed
            | ErrorKind::Empty
            | ErrorKind::Incomparable
            | ErrorKind::Limit
            | ErrorKind::Output
            | ErrorKind::SelfTest => ExitCode::NoVerdict,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{}: ", printable(place))?;
        }
        f.write_str(&printable(&self.problem))?;
        if let Some(advice) = &self.advice {
            write!(f, "\n  help: {}", printable(advice))?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// `text` with control characters escaped: names in messages come from profiles and paths of strangers.
fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    let is_unsafe = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_bidi_control(c);
    if !text.contains(is_unsafe) {
        return text.into();
    }
    text.chars().map(|c| if is_unsafe(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Whether `c` changes the direction of the text around it (Unicode TR 9), so that a name can read as another.
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_place_problem_and_advice() {
        let error = Error::new(ErrorKind::Malformed, "truncated gzip stream").help("record it again");
        let error = error.at("cpu.pb.gz").at("outer");
        assert_eq!(error.to_string(), "cpu.pb.gz: truncated gzip stream\n  help: record it again");
    }

    #[test]
    fn display_shows_terminal_escapes_as_text() {
        let error = Error::new(ErrorKind::Unreadable, "no such file").at("\u{1b}[31mred\u{202e}");
        assert_eq!(error.to_string(), "\\u{1b}[31mred\\u{202e}: no such file");
    }
}
