//! What went wrong, where it went wrong, and what the user can do about it.
//!
//! An [`Error`] means that the question cannot be answered: there is no verdict. Doubt about an answer is not
//! an error but a caveat that stands beside the numbers.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

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
/// Texts are lower-case fragments on one line; [`fmt::Display`] joins them as `place: problem`, the lines of the
/// quotation, and a line `help: advice`. Whatever else would break a line in them is spelt out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    place: Option<String>,
    problem: String,
    quotation: Option<Quotation>,
    advice: Option<String>,
}

/// The text that a problem is in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Quotation {
    text: String,
    /// The characters, not bytes, that are at fault.
    faulty: Range<usize>,
}

impl Error {
    /// An error of `kind` described by `problem`, a lower-case fragment without a final stop.
    pub fn new(kind: ErrorKind, problem: impl Into<String>) -> Self {
        Self { kind, place: None, problem: problem.into(), quotation: None, advice: None }
    }

    /// Names the file, URL or option the error is about, unless a more precise place is known already.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert_with(|| place.into());
        self
    }

    /// Quotes `text`, in which the bytes in `faulty` are at fault, to be shown underlined.
    #[must_use]
    pub fn quoting(mut self, text: &str, faulty: Range<usize>) -> Self {
        let characters = |until: usize| text.char_indices().take_while(|&(at, _)| at < until).count();
        let faulty = characters(faulty.start)..characters(faulty.end);
        // What takes more or less than one column would tear the text from its underline.
        let text = text.chars().map(|c| if is_invisible(c) { ' ' } else { c }).collect();
        self.quotation = Some(Quotation { text, faulty });
        self
    }

    /// Says the problem in other words.
    #[must_use]
    pub fn map_problem(mut self, change: impl FnOnce(&str) -> String) -> Self {
        self.problem = change(&self.problem);
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
            write!(f, "{}: ", visible(place))?;
        }
        f.write_str(&visible(&self.problem))?;
        if let Some(Quotation { text, faulty }) = &self.quotation {
            let (blank, underline) = (" ".repeat(faulty.start), "^".repeat(faulty.len()));
            write!(f, "\n    {}\n    {blank}{underline}", visible(text))?;
        }
        if let Some(advice) = &self.advice {
            write!(f, "\n  help: {}", visible(advice))?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// `text` on one line for terminals and build logs, with what cannot be seen spelt out: names in it come from profiles
/// and paths of strangers.
///
/// The same goes for what a CI runner takes for a command: `::` where a line begins, `##[` and `##vso[` anywhere.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let begin = text.len() - text.trim_start().len();
    let is_command = |at: usize| {
        let rest = &text[at..];
        rest.starts_with("##[") || rest.starts_with("##vso[") || (at == begin && rest.starts_with("::"))
    };
    let mut shown = String::new();
    let mut done = 0;
    for (at, c) in text.match_indices(|c| c == '#' || c == ':' || is_invisible(c)) {
        let escaped: String = match c {
            "#" | ":" if is_command(at) => c.escape_unicode().collect(),
            "#" | ":" => continue,
            _ => c.escape_default().collect(),
        };
        shown.push_str(&text[done..at]);
        shown.push_str(&escaped);
        done = at + c.len();
    }
    if done == 0 {
        return text.into();
    }
    shown.push_str(&text[done..]);
    shown.into()
}

/// Whether `c` would move the cursor, hide text or reorder it (Unicode TR 9), so that a name can read as another.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || c == '\u{FEFF}'
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

    #[test]
    fn no_text_of_an_error_begins_a_line() {
        let hostile = "x\n::error file=a::pwned\r\ty";
        let error =
            Error::new(ErrorKind::Malformed, hostile).at(hostile).help(hostile).quoting(hostile, 2..4);
        let text = error.to_string();
        let begins: Vec<_> = text.lines().map(|line| &line[..6]).collect();
        assert_eq!(begins, ["x\\n::e", "    x ", "      ", "  help"], "{text}");
        assert!(!text.contains(['\r', '\t']), "{text}");
    }

    #[test]
    fn quotations_are_underlined_by_characters() {
        let error = Error::new(ErrorKind::Config, "wrong").quoting("é\tbc", 3..5);
        assert_eq!(error.to_string(), "wrong\n    é bc\n      ^^");
    }

    #[test]
    fn what_cannot_be_seen_is_spelt_out() {
        assert_eq!(visible("\u{1b}[2Jmain\u{202e}"), "\\u{1b}[2Jmain\\u{202e}");
        assert!(matches!(visible("main.héllo#1: std::x"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_is_a_command_of_a_ci_runner() {
        assert_eq!(visible(" ::error::x"), " \\u{3a}:error::x");
        assert_eq!(visible("a ###[error]x ##vso[task]"), "a #\\u{23}#[error]x \\u{23}#vso[task]");
    }
}
