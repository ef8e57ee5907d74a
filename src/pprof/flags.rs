//! A command line in the syntax of Go's `flag` package to flag values and arguments.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};

use super::go_numbers;
use crate::error::{Error, ErrorKind, Result};

/// What a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing, or `=true` and `=false`.
    Bool,
    /// An integer in Go's syntax.
    Int,
    /// A number.
    Float,
    /// Any text.
    Text,
}

/// A flag that may be given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// One line for the help text.
    pub(super) help: &'static str,
}

#[derive(Debug, Clone)]
enum Value {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(OsString),
}

/// A parsed command line. Of a flag that stands several times, the last one counts.
#[derive(Debug, Default)]
pub(super) struct Flags {
    values: HashMap<&'static str, Value>,
    /// Every text that was given, in order, for flags that may add up.
    texts: Vec<(&'static str, OsString)>,
    /// What stands after the flags. As in Go, the first argument that is no flag ends them.
    pub(super) arguments: Vec<OsString>,
    /// Help was asked for; the rest of the line was not read.
    pub(super) asks_for_help: bool,
}

impl Flags {
    /// Reads `args` as values of the flags `known`.
    pub(super) fn parse(known: &[Flag], args: &[OsString]) -> Result<Self> {
        let mut flags = Self::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.as_slice().first() {
            let bytes = arg.as_encoded_bytes();
            if bytes.len() < 2 || bytes[0] != b'-' {
                break;
            }
            rest.next();
            if bytes == b"--" {
                break;
            }
            let (name, value) = split(arg)?;
            let Some(flag) = known.iter().find(|flag| flag.name == name) else {
                if name == "h" || name == "help" {
                    flags.asks_for_help = true;
                    return Ok(flags);
                }
                return Err(unknown(&name, known));
            };
            let value = match (value, flag.kind) {
                (None, Kind::Bool) => Value::Bool(true),
                (Some(value), kind) => read(flag.name, kind, value)?,
                (None, kind) => match rest.next() {
                    Some(value) => read(flag.name, kind, value.clone())?,
                    None => return Err(usage(format!("flag needs an argument: -{name}"))),
                },
            };
            if let Value::Text(text) = &value {
                flags.texts.push((flag.name, text.clone()));
            }
            flags.values.insert(flag.name, value);
        }
        flags.arguments = rest.cloned().collect();
        Ok(flags)
    }

    /// Whether the flag stands on the command line.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether the flag is given and not switched off.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.bool_or(name, false)
    }

    /// The value of a switch.
    pub(super) fn bool_or(&self, name: &str, default: bool) -> bool {
        if let Some(Value::Bool(value)) = self.values.get(name) { *value } else { default }
    }

    /// The value of an integer flag.
    pub(super) fn int_or(&self, name: &str, default: i64) -> i64 {
        if let Some(Value::Int(value)) = self.values.get(name) { *value } else { default }
    }

    /// The value of a numeric flag.
    pub(super) fn float_or(&self, name: &str, default: f64) -> f64 {
        if let Some(Value::Float(value)) = self.values.get(name) { *value } else { default }
    }

    /// The value of a text flag; empty if it is not given, which pprof does not tell apart.
    pub(super) fn os_text(&self, name: &str) -> OsString {
        if let Some(Value::Text(value)) = self.values.get(name) { value.clone() } else { OsString::new() }
    }

    /// Every value of a text flag, in order.
    pub(super) fn os_texts(&self, name: &str) -> Vec<OsString> {
        self.texts.iter().filter(|(given, _)| *given == name).map(|(_, text)| text.clone()).collect()
    }

    /// The value of a text flag that is no path.
    pub(super) fn text(&self, name: &str) -> Result<String> {
        let not_unicode = |_| usage(format!("the value of -{name} is not valid UTF-8"));
        self.os_text(name).into_string().map_err(not_unicode)
    }
}

/// A mistake on the command line.
pub(super) fn usage(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, problem)
}

fn unknown(name: &str, known: &[Flag]) -> Error {
    let error = usage(format!("flag provided but not defined: -{name}"));
    let distance = |flag: &&Flag| strsim::damerau_levenshtein(flag.name, name);
    match known.iter().min_by_key(distance).filter(|flag| distance(flag) <= 2) {
        Some(flag) => error.help(format!("did you mean -{}?", flag.name)),
        None => error.help("`profgate pprof -help` lists all flags"),
    }
}

/// A flag to its name and the value after `=`.
fn split(arg: &OsStr) -> Result<(String, Option<OsString>)> {
    let bytes = arg.as_encoded_bytes();
    let flag = &bytes[if bytes.starts_with(b"--") { 2 } else { 1 }..];
    let bad = || usage(format!("bad flag syntax: {}", arg.to_string_lossy()));
    if matches!(flag.first(), None | Some(b'-' | b'=')) {
        return Err(bad());
    }
    let (name, value) = match flag.iter().position(|&byte| byte == b'=') {
        Some(equals) => (&flag[..equals], Some(os_text(&flag[equals + 1..]).ok_or_else(bad)?)),
        None => (flag, None),
    };
    Ok((String::from_utf8_lossy(name).into_owned(), value))
}

/// Part of an argument that was cut at an ASCII character.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems cannot take every text apart")]
fn os_text(bytes: &[u8]) -> Option<OsString> {
    Some(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).to_owned())
}

/// Part of an argument that was cut at an ASCII character.
#[cfg(not(unix))]
fn os_text(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}

fn read(name: &str, kind: Kind, value: OsString) -> Result<Value> {
    if kind == Kind::Text {
        return Ok(Value::Text(value));
    }
    let text = value.to_string_lossy();
    let (read, what) = match kind {
        Kind::Bool => (bool(&text).map(Value::Bool), "boolean "),
        Kind::Int => (go_numbers::int(&text).map(Value::Int), ""),
        Kind::Float | Kind::Text => (go_numbers::float(&text).map(Value::Float), ""),
    };
    read.ok_or_else(|| usage(format!("invalid {what}value {text:?} for flag -{name}")))
}

/// `strconv.ParseBool`.
fn bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Flag; 4] = [
        Flag { name: "top", kind: Kind::Bool, help: "" },
        Flag { name: "focus", kind: Kind::Text, help: "" },
        Flag { name: "nodecount", kind: Kind::Int, help: "" },
        Flag { name: "divide_by", kind: Kind::Float, help: "" },
    ];

    fn parse(line: &str) -> Result<Flags> {
        Flags::parse(&KNOWN, &line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn values_stand_after_an_equals_sign_or_next() {
        let flags =
            parse("-top --focus=a=b -nodecount 0x10 -divide_by .5 -focus c x -top=false").expect("valid");
        assert_eq!(flags.text("focus").expect("text"), "c");
        assert_eq!((flags.int_or("nodecount", 0), flags.is_on("top")), (16, true));
        assert!((flags.float_or("divide_by", 1.0) - 0.5).abs() < f64::EPSILON);
        assert_eq!(flags.arguments, ["x", "-top=false"], "flags end at the first argument");
    }

    #[test]
    fn a_double_dash_ends_the_flags_and_a_single_one_is_an_argument() {
        assert_eq!(parse("-top -- -top").expect("valid").arguments, ["-top"]);
        assert_eq!(parse("-top - -top").expect("valid").arguments, ["-", "-top"]);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            ("-tip", "did you mean -top?"),
            ("-top=yes", "boolean value \"yes\""),
            ("-nodecount", "needs an argument"),
            ("-nodecount=1.5", "invalid value"),
            ("-divide_by=1e999", "invalid value"),
            ("---top", "bad flag syntax"),
            ("-=x", "bad flag syntax"),
        ] {
            let error = parse(line).expect_err(line).to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
