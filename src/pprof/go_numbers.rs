//! Numbers in Go's syntax to values.

/// The most hexadecimal digits of a floating-point number that are read.
const HEX_DIGITS: usize = 16;

/// `strconv.ParseInt` with base 0: prefixes `0x`, `0o`, `0b` and `0`.
pub(super) fn int(text: &str) -> Option<i64> {
    let digits = without_underscores(text)?;
    let (sign, digits) = split_sign(&digits);
    let prefix = digits.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (radix, digits) = match prefix.as_str() {
        "0x" => (16, &digits[2..]),
        "0o" => (8, &digits[2..]),
        "0b" => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// `strconv.ParseFloat`. A number too large is an error, not infinity.
pub(super) fn float(text: &str) -> Option<f64> {
    let digits = without_underscores(text)?;
    let (sign, magnitude) = split_sign(&digits);
    let value = match magnitude.strip_prefix("0x").or_else(|| magnitude.strip_prefix("0X")) {
        Some(hex) => hex_float(hex)?,
        None if magnitude.starts_with(['+', '-']) => return None,
        None => magnitude.parse().ok()?,
    };
    let is_written_out = magnitude.bytes().any(|byte| byte.is_ascii_digit());
    if value.is_infinite() && is_written_out {
        return None;
    }
    Some(if sign == "-" { -value } else { value })
}

/// A hexadecimal number with a binary exponent, `1.8p-3`.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty()
        || digits.len() > HEX_DIGITS
        || !digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    {
        return None;
    }
    let exponent = exponent.parse::<i32>().ok()?.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    #[expect(clippy::cast_precision_loss, reason = "rounded as Go rounds it")]
    let mantissa = u64::from_str_radix(&digits, 16).ok()? as f64;
    Some(mantissa * 2.0_f64.powi(exponent))
}

/// `text` without the underscores that separate digits, if there are none elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let unsigned = split_sign(text).1.to_ascii_lowercase();
    let is_prefix = |prefix| unsigned.starts_with(prefix);
    let is_hex = is_prefix("0x");
    let digits = if is_hex || is_prefix("0o") || is_prefix("0b") {
        // An underscore may follow the prefix too.
        &unsigned[1..]
    } else {
        &unsigned
    };
    let is_digit = |byte: u8| byte.is_ascii_digit() || (is_hex && byte.is_ascii_hexdigit());
    let is_prefix_letter = |at: usize| at == 0 && digits.len() < unsigned.len();
    let bytes = digits.as_bytes();
    let is_between_digits = |at: usize| {
        let before = at.checked_sub(1).is_some_and(|at| is_digit(bytes[at]) || is_prefix_letter(at));
        before && bytes.get(at + 1).copied().is_some_and(is_digit)
    };
    let mut underscores = (0..bytes.len()).filter(|&at| bytes[at] == b'_');
    underscores.all(is_between_digits).then(|| text.replace('_', ""))
}

fn split_sign(text: &str) -> (&str, &str) {
    match text.as_bytes().first() {
        Some(b'+') => ("", &text[1..]),
        Some(b'-') => text.split_at(1),
        _ => ("", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_those_of_go() {
        let cases = [
            ("1.5", Some(1.5)),
            ("-.5", Some(-0.5)),
            ("1_0", Some(10.0)),
            ("1__0", None),
            ("1_.0", None),
            ("0x1p-3", Some(0.125)),
            ("-0x1.8p1", Some(-3.0)),
            ("0x_1p0", Some(1.0)),
            ("0x1", None),
            ("+Inf", Some(f64::INFINITY)),
            ("1e400", None),
            ("--1", None),
            (".", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(float(text), expected, "{text}");
        }
    }

    #[test]
    fn integers_are_those_of_go() {
        let cases = [
            ("0", Some(0)),
            ("-5", Some(-5)),
            ("+7", Some(7)),
            ("010", Some(8)),
            ("0b11", Some(3)),
            ("1_000", Some(1000)),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("--1", None),
            ("", None),
            ("9223372036854775808", None),
        ];
        for (text, expected) in cases {
            assert_eq!(int(text), expected, "{text}");
        }
    }
}
