//! The sets of characters in Go's regular expression syntax: brackets, `\d`, `\pL`, and escaped characters.

use std::borrow::Cow;

use super::parse::Refusal;
use super::syntax::{Class, ClassItem};
use super::unicode;

/// The `[:name:]` of Go. The `regex` crate has the same ones, with the same meaning.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// Reads the set in brackets at the start of `text`, and returns what follows.
pub(super) fn parse(text: &str, fold: bool) -> Result<(Class, &str), Refusal> {
    let inner = &text[1..];
    let (negated, mut rest) = match inner.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, inner),
    };
    let mut items = Vec::new();
    while items.is_empty() || !rest.starts_with(']') {
        let named = match posix_class(rest)? {
            Some(named) => Some(named),
            None => match unicode_class(rest)? {
                Some(named) => Some(named),
                None => perl_class(rest),
            },
        };
        if let Some((item, after)) = named {
            items.push(item);
            rest = after;
            continue;
        }
        let start = rest;
        let (low, after) = character(rest, text)?;
        let mut high = low;
        rest = after;
        if let Some(after) = rest.strip_prefix('-')
            && !after.is_empty()
            && !after.starts_with(']')
        {
            (high, rest) = character(after, text)?;
            if high < low {
                let quoted = &start[..start.len() - rest.len()];
                return Err(Refusal::go("invalid character class range", quoted));
            }
        }
        items.push(ClassItem::Range(low, high));
    }
    Ok((Class { negated, fold, items }, &rest[1..]))
}

/// A character of the set `class`, escaped or not, and what follows.
fn character<'p>(text: &'p str, class: &str) -> Result<(u32, &'p str), Refusal> {
    match text.chars().next() {
        None => Err(Refusal::go("missing closing ]", class)),
        Some('\\') => escape(text),
        Some(plain) => Ok((plain.into(), &text[plain.len_utf8()..])),
    }
}

type Named<'p> = (ClassItem, &'p str);

/// `[:name:]` or `[:^name:]` at the start of `text`, and what follows.
fn posix_class(text: &str) -> Result<Option<Named<'_>>, Refusal> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|inner| inner.split_once(":]")) else {
        return Ok(None);
    };
    let (negated, plain) = match name.strip_prefix('^') {
        Some(plain) => (true, plain),
        None => (false, name),
    };
    if !POSIX.contains(&plain) {
        let quoted = &text[..text.len() - rest.len()];
        return Err(Refusal::go("invalid character class range", quoted));
    }
    Ok(Some((ClassItem::Named { negated, set: format!("[:{plain}:]").into() }, rest)))
}

/// `\d`, `\s`, `\w` or the opposite of one at the start of `text`, and what follows. They are ASCII alone, and
/// `\s` does not hold the vertical tab.
pub(super) fn perl_class(text: &str) -> Option<Named<'_>> {
    let letter = *text.strip_prefix('\\')?.as_bytes().first()?;
    let set = match letter.to_ascii_lowercase() {
        b'd' => "0-9",
        b's' => r"\t\n\x0C\r ",
        b'w' => "0-9A-Z_a-z",
        _ => return None,
    };
    let item = ClassItem::Named { negated: letter.is_ascii_uppercase(), set: Cow::Borrowed(set) };
    Some((item, &text[2..]))
}

/// `\pN`, `\p{Name}`, `\p{^Name}` or the opposite of one at the start of `text`, and what follows.
pub(super) fn unicode_class(text: &str) -> Result<Option<Named<'_>>, Refusal> {
    let mut negated = match text.as_bytes() {
        [b'\\', b'p', ..] => false,
        [b'\\', b'P', ..] => true,
        _ => return Ok(None),
    };
    let invalid = |quoted| Refusal::go("invalid character class range", quoted);
    let inner = &text[2..];
    let (mut name, rest) = match inner.chars().next() {
        None => return Err(invalid(text)),
        Some('{') => inner[1..].split_once('}').ok_or_else(|| invalid(text))?,
        Some(letter) => inner.split_at(letter.len_utf8()),
    };
    if let Some(positive) = name.strip_prefix('^') {
        negated = !negated;
        name = positive;
    }
    let quoted = &text[..text.len() - rest.len()];
    let set = unicode::set(name).ok_or_else(|| invalid(quoted))?;
    if !unicode::is_known(&set) {
        return Err(Refusal::Unsupported(format!("the Unicode set {quoted} is too new for this build")));
    }
    Ok(Some((ClassItem::Named { negated, set: set.into() }, rest)))
}

/// The escaped character at the start of `text`, and what follows.
pub(super) fn escape(text: &str) -> Result<(u32, &str), Refusal> {
    let inner = &text[1..];
    let Some(letter) = inner.chars().next() else {
        return Err(Refusal::go("trailing backslash at end of expression", ""));
    };
    let rest = &inner[letter.len_utf8()..];
    let control = match letter {
        'a' => Some(0x07),
        'f' => Some(0x0C),
        'n' => Some(0x0A),
        'r' => Some(0x0D),
        't' => Some(0x09),
        'v' => Some(0x0B),
        _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => Some(letter.into()),
        _ => None,
    };
    if let Some(code) = control {
        return Ok((code, rest));
    }
    let (code, rest) = match letter {
        '0' => octal(inner),
        // One digit that is not zero would be a reference to a group, which Go does not have.
        '1'..='7' if rest.starts_with(|c| matches!(c, '0'..='7')) => octal(inner),
        'x' => hexadecimal(rest),
        _ => (None, rest),
    };
    let quoted = &text[..text.len() - rest.len()];
    code.map(|code| (code, rest)).ok_or_else(|| Refusal::go("invalid escape sequence", quoted))
}

/// Up to three octal digits at the start of `digits`, and what follows.
fn octal(digits: &str) -> (Option<u32>, &str) {
    let length = digits.bytes().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
    let (octal, rest) = digits.split_at(length);
    (u32::from_str_radix(octal, 8).ok(), rest)
}

/// What follows `\x`: two hexadecimal digits, or any number of them in braces. Without a value, the rest starts
/// after the character that is wrong.
fn hexadecimal(text: &str) -> (Option<u32>, &str) {
    let mut characters = text.chars();
    if !text.starts_with('{') {
        let mut digit = || characters.next().and_then(|c| c.to_digit(16));
        // Both are read before either is judged.
        let (high, low) = (digit(), digit());
        let code = high.zip(low).map(|(high, low)| high * 16 + low);
        return (code, characters.as_str());
    }
    let mut code = None;
    characters.next();
    while let Some(character) = characters.next() {
        match character.to_digit(16) {
            Some(digit) => code = Some(code.unwrap_or(0) * 16 + digit),
            None if character == '}' => return (code, characters.as_str()),
            None => break,
        }
        if code > Some(char::MAX.into()) {
            break;
        }
    }
    (None, characters.as_str())
}
