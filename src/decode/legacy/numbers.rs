//! Digits to numbers, as Go's `strconv` and Go's conversions read them.

use memchr::memmem;

/// An integer in Go's syntax: a sign, `0x`, `0o`, `0b` or a leading 0 for the base, `_` between digits.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (radix, digits, has_prefix) = match digits {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest, true),
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => (2, rest, true),
        [b'0', b'o' | b'O', rest @ ..] | [b'0', rest @ ..] if !rest.is_empty() => (8, rest, true),
        _ => (10, digits, false),
    };
    let starts_well = has_prefix || digits.first() != Some(&b'_');
    let ends_well = digits.last().is_some_and(|&last| last != b'_');
    if !starts_well || !ends_well || memmem::find(digits, b"__").is_some() {
        return None;
    }
    let magnitude = digits.iter().filter(|&&digit| digit != b'_').try_fold(0_u64, |value, &digit| {
        let digit = char::from(digit).to_digit(radix)?;
        value.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))
    })?;
    if is_negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A decimal integer.
pub(super) fn decimal(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A hexadecimal number without prefix.
pub(super) fn hexadecimal(text: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

/// Every number of the form `0x1f` in `text`; none at all if one of them passes 64 bits.
pub(super) fn addresses(text: &[u8]) -> Option<Vec<u64>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = memmem::find(rest, b"0x") {
        rest = &rest[start + 2..];
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let length = rest.iter().position(|byte| !is_digit(byte)).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(length);
        if !digits.is_empty() {
            found.push(hexadecimal(digits)?);
        }
        rest = after;
    }
    Some(found)
}

/// The addresses at the front of `text`, which end at the first byte that cannot belong to them.
pub(super) fn leading_addresses(text: &[u8]) -> Option<Vec<u64>> {
    let is_part = |byte: &u8| matches!(byte, b' ' | b'x' | b'0'..=b'9' | b'a'..=b'f');
    addresses(&text[..text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len())])
}

/// `value` without its fraction. What does not fit becomes the smallest integer, as on x86-64; Go leaves that
/// to the processor.
pub(super) fn truncate(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        #[expect(clippy::cast_possible_truncation, reason = "the fraction is meant to go, the rest fits")]
        let whole = value as i64;
        whole
    } else {
        i64::MIN
    }
}

/// The floating-point number nearest to `value`.
#[expect(clippy::cast_precision_loss, reason = "pprof computes in float64")]
pub(super) fn float(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_follow_the_syntax_of_go() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("010", 8),
            ("0_17", 15),
            ("0x_1F", 31),
            ("0X1f", 31),
            ("0b101", 5),
            ("-0o17", -15),
            ("+1_000", 1000),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(integer(text.as_bytes()), Some(value), "{text}");
        }
        for text in [
            "",
            "-",
            "08",
            "0x",
            "0_",
            "_1",
            "1_",
            "1__0",
            "0x1__0",
            "--1",
            "1.0",
            " 1",
            "9223372036854775808",
        ] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_lower_case_and_need_no_space() {
        assert_eq!(addresses(b"PC: 0x1F0x0x20 10x3"), Some(vec![1, 0, 3]));
        assert_eq!(addresses(b"0x"), Some(vec![]));
        assert_eq!(addresses(b"0x00000000000000000001"), Some(vec![1]));
        assert_eq!(addresses(b"0x1 0x10000000000000000"), None);
        assert_eq!(leading_addresses(b" 0x1 0x2 # 0x3"), Some(vec![1, 2]));
    }

    #[test]
    fn numbers_that_do_not_fit_become_the_smallest() {
        assert_eq!([1.9, -1.9, -9.3e18, 9.3e18].map(truncate), [1, -1, i64::MIN, i64::MIN]);
        assert_eq!([f64::NAN, f64::INFINITY].map(truncate), [i64::MIN; 2]);
    }
}
