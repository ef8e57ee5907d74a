//! A mangled Rust name to its path.

use super::Detail;

/// Demangles a v0 name (RFC 2603). Without its suffix, which begins at the first dot; with [`Detail::Simple`] also
/// without generic arguments, whose brackets stay.
pub(super) fn demangle(mangled: &str, detail: Detail) -> Option<String> {
    let (mangled, _) = mangled.split_once('.').unwrap_or((mangled, ""));
    let name = format!("{:#}", rustc_demangle::try_demangle(mangled).ok()?);
    Some(if detail == Detail::Simple { without_generics(&name) } else { name })
}

/// `name` with nothing but the bindings of associated types between the brackets of generic arguments. Those of
/// `<T as Trait>` and `for<'a>` are no generic arguments.
fn without_generics(name: &str) -> String {
    let mut kept = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('<') {
        let (before, list) = rest.split_at(open);
        kept.push_str(before);
        let is_for = before.ends_with("for") && !before[..before.len() - 3].ends_with(is_identifier);
        let is_list = !is_for && kept.ends_with(|c| is_identifier(c) || c == ':');
        match closing(list).filter(|_| is_list) {
            None => {
                kept.push('<');
                rest = &list[1..];
            }
            Some(close) => {
                let arguments = split_arguments(&list[1..close]);
                let (bindings, generics): (Vec<&str>, Vec<&str>) =
                    arguments.into_iter().partition(|argument| is_binding(argument));
                kept.push('<');
                for (place, binding) in bindings.into_iter().enumerate() {
                    if place > 0 || !generics.is_empty() {
                        kept.push_str(", ");
                    }
                    kept.push_str(&without_generics(binding));
                }
                kept.push('>');
                rest = &list[close + 1..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether a generic argument is `Name = type`.
fn is_binding(argument: &str) -> bool {
    argument.split_once(" = ").is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_identifier))
}

/// The place of the bracket that closes the one at the start of `list`.
fn closing(list: &str) -> Option<usize> {
    depths(list).find(|&(_, byte, depth)| byte == b'>' && depth == 0).map(|(at, ..)| at)
}

/// The arguments of a list, separated by commas.
fn split_arguments(list: &str) -> Vec<&str> {
    let mut arguments = Vec::new();
    let mut start = 0;
    for (at, byte, depth) in depths(list) {
        if byte == b',' && depth == 0 {
            arguments.push(list[start..at].trim_start());
            start = at + 1;
        }
    }
    if !list.is_empty() {
        arguments.push(list[start..].trim_start());
    }
    arguments
}

/// Each byte of `text` with its place and the number of brackets open after it.
fn depths(text: &str) -> impl Iterator<Item = (usize, u8, usize)> {
    let mut depth = 0_usize;
    let mut last = 0;
    text.bytes().enumerate().map(move |(at, byte)| {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            b'>' if last == b'-' => {}
            b'>' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        last = byte;
        (at, byte, depth)
    })
}

/// Demangles a legacy name: `_ZN`, identifiers with their lengths, and the last of them a hash, which is left
/// out. What follows is a suffix and left out too.
pub(super) fn demangle_legacy(mangled: &str) -> Option<String> {
    let symbol = match mangled.rfind("E.") {
        Some(end) => &mangled[..=end],
        None => mangled,
    };
    let path = symbol.strip_prefix("_ZN")?.strip_suffix('E')?;
    let (path, hash) = path.split_at_checked(path.len().checked_sub(16)?)?;
    let mut rest = path.strip_suffix("17h")?;
    if !is_hash(hash) || rest.is_empty() {
        return None;
    }
    let mut name = String::new();
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (length, identifier) = rest.split_at(digits);
        let mut length: usize = length.parse().ok()?;
        rest = identifier;
        // An underscore may stand between the length and an identifier that starts with a digit.
        if let Some(identifier) = identifier.strip_prefix('_') {
            rest = identifier;
            length = length.checked_sub(1)?;
        }
        let (identifier, after) = rest.split_at_checked(length)?;
        rest = after;
        if !name.is_empty() {
            name.push_str("::");
        }
        unescape(identifier, &mut name);
    }
    Some(name)
}

/// Whether a text of 16 bytes may be the hash of a legacy name: hexadecimal, and at least five digits of them
/// different, so that a C++ name is not taken for one.
fn is_hash(text: &str) -> bool {
    let mut seen = 0_u16;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            _ => return false,
        };
        seen |= 1 << digit;
    }
    seen.count_ones() >= 5
}

/// Appends an identifier of a legacy name, whose punctuation is written as `$LT$`, `$u20$` or `..`. From an
/// escape that is none on, it stands as it is.
fn unescape(identifier: &str, name: &mut String) {
    let mut rest = if identifier.starts_with("_$") { &identifier[1..] } else { identifier };
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        let character;
        (character, rest) = match next {
            '$' => match escaped(after) {
                Some(unescaped) => unescaped,
                None => return name.push_str(rest),
            },
            '.' if after.starts_with('.') => {
                name.push(':');
                (':', &after[1..])
            }
            _ => (next, after),
        };
        name.push(character);
    }
}

/// The character that the escape at the start of `text`, after its first `$`, stands for, and what follows.
fn escaped(text: &str) -> Option<(char, &str)> {
    let (code, rest) = text.split_once('$')?;
    let character = match code {
        "C" => ',',
        "SP" => '@',
        "BP" => '*',
        "RF" => '&',
        "LT" => '<',
        "GT" => '>',
        "LP" => '(',
        "RP" => ')',
        _ => {
            let digits = code.strip_prefix('u').filter(|digits| digits.len() == 2)?;
            let lower = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
            let code = u8::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(lower))?;
            char::from(code).is_ascii().then_some(char::from(code)).filter(|&c| c >= ' ')?
        }
    };
    Some((character, rest))
}
