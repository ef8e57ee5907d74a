//! Any text to one part of a path, of a ref or of a marker, and back.

use std::fmt::Write as _;

/// `text` as one part of a path: letters, digits, `-` and `_` as they are, dots inside of names, all else as `=XX`.
///
/// What git allows in no ref (`..`, `.lock`, dots at the ends) is not left standing.
pub(super) fn encode(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_plain = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    let mut encoded = String::with_capacity(text.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let is_inner_dot = byte == b'.'
            && at > 0
            && is_plain(at - 1)
            && is_plain(at + 1)
            && !bytes[at..].starts_with(b".lock");
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || is_inner_dot {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "={byte:02X}");
        }
    }
    encoded
}

/// The text that [`encode`] made `part` of.
pub(super) fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'=' {
            let (digits, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{0,30}|[=./a-f0-9]{0,12}") {
            let part = encode(&text);
            prop_assert!(part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte)), "{}", part);
            prop_assert_eq!(decode(&part), Some(text));
        }

        #[test]
        fn no_part_panics(part in "[=0-9A-Fa-zé]{0,9}") {
            let _ = decode(&part);
        }
    }
}
