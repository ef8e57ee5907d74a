//! `32kb`, `4mb:`, `:64kb` and `12kb:64mb` to a test of numbers with units.

use crate::error::{Error, ErrorKind, Result};
use crate::units::scale;

/// A closed range of numbers in one unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TagRange {
    low: f64,
    high: f64,
    unit: String,
}

/// A whole number with a unit at the start of a text.
struct Bound<'a> {
    number: &'a str,
    unit: &'a str,
    rest: &'a str,
}

impl TagRange {
    /// Reads a range; `None` if `text` does not have the form of one, so that it is a pattern.
    ///
    /// # Errors
    /// When the form is right and a number does not fit into 64 bits. (pprof panics.)
    pub(super) fn parse(text: &str) -> Result<Option<Self>> {
        let (low, high) = match text.strip_prefix(':') {
            Some(high) => match bound(high) {
                Some(high) if high.rest.is_empty() => (None, Some(high)),
                _ => return Ok(None),
            },
            None => match bound(text) {
                Some(low) if low.rest.is_empty() => {
                    let (value, unit) = scale(value(low.number)?, low.unit, low.unit);
                    return Ok(Some(Self { low: value, high: value, unit: unit.into_owned() }));
                }
                Some(low) if low.rest == ":" => (Some(low), None),
                Some(low) => match low.rest.strip_prefix(':').and_then(bound) {
                    Some(high) if high.rest.is_empty() => (Some(low), Some(high)),
                    _ => return Ok(None),
                },
                None => return Ok(None),
            },
        };
        let Some(first) = low.as_ref().or(high.as_ref()) else { return Ok(None) };
        let (first_value, unit) = scale(value(first.number)?, first.unit, first.unit);
        let unit = unit.into_owned();
        Ok(match (low, high) {
            (Some(_), None) => Some(Self { low: first_value, high: f64::INFINITY, unit }),
            (None, _) => Some(Self { low: f64::NEG_INFINITY, high: first_value, unit }),
            (Some(_), Some(high)) => {
                let (high_value, high_unit) = scale(value(high.number)?, high.unit, &unit);
                (high_unit == unit).then(|| Self { low: first_value, high: high_value, unit: unit.clone() })
            }
        })
    }

    /// Whether `value`, a number in `unit`, has the unit of this range once it is converted, and lies in it.
    pub(super) fn contains(&self, value: i64, unit: &str) -> bool {
        let (value, unit) = scale(value, unit, &self.unit);
        unit == self.unit && self.low <= value && value <= self.high
    }
}

/// Reads `[+-]?digits[letters]?`, ASCII alone.
fn bound(text: &str) -> Option<Bound<'_>> {
    let sign = usize::from(text.starts_with(['+', '-']));
    let digits = text[sign..].bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(sign + digits);
    let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (unit, rest) = rest.split_at(letters);
    (digits > 0).then_some(Bound { number, unit, rest })
}

fn value(number: &str) -> Result<i64> {
    number.parse().map_err(|_| Error::new(ErrorKind::Usage, format!("{number} does not fit into 64 bits")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, value: i64, unit: &str) -> bool {
        TagRange::parse(range).unwrap().unwrap().contains(value, unit)
    }

    #[test]
    fn what_is_no_range_is_a_pattern() {
        for text in [
            "",
            ":",
            "kb",
            "a5",
            "5 kb",
            "5kb:6kb:7kb",
            "5kb,6kb",
            "5:kb",
            "::5",
            "5::",
            "5kb:6ms",
            "5:6kb",
            "+",
            "5µs",
        ] {
            assert_eq!(TagRange::parse(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_errors() {
        for text in
            ["9223372036854775808", ":9223372036854775808", "1:9223372036854775808", "-9223372036854775809:"]
        {
            assert!(TagRange::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_are_included_and_units_converted() {
        assert!(contains("4kb", 4096, "bytes") && !contains("4kb", 4097, "bytes"));
        assert!(
            contains("4kb:", 4096, "bytes") && contains("4kb:", 1, "mb") && !contains("4kb:", 4095, "bytes")
        );
        assert!(
            contains(":4kb", 4096, "bytes") && contains(":4kb", -1, "mb") && !contains(":4kb", 4097, "bytes")
        );
        assert!(contains("1kb:1mb", 1024, "bytes") && contains("1kb:1mb", 1 << 20, "bytes"));
        assert!(!contains("1kb:1mb", 1023, "bytes") && !contains("1kb:1mb", (1 << 20) + 1, "bytes"));
        assert!(contains("1kb:2", 2048, "bytes") && !contains("1kb:2", 2049, "bytes"));
        assert!(contains("-5:+5", 0, "widgets") && !contains("-5:+5", 6, "widgets"));
    }

    #[test]
    fn units_of_other_families_never_match_and_unknown_units_always_do() {
        assert!(!contains("5", 5, "bytes") && !contains("5ms", 5, "bytes"));
        assert!(contains("5", 5, "requests") && contains("5kb", 5, "requests") && contains("5foo", 5, "bar"));
    }
}
