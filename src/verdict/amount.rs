//! `5%`, `20ms` or `1000` as text to a quantity, and back without loss.

use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};
use crate::units;

/// A quantity as a limit states it: `5%` or `20ms`.
///
/// Its text form, written by [`Display`](std::fmt::Display) and read by [`FromStr`], loses nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Amount {
    /// A part of something, 0.05 for `5%`. Of what, the limit's field says.
    Part(f64),
    /// A value in a unit of its own, which must convert to the metric's; an empty unit is the metric's.
    Value {
        /// How many.
        number: f64,
        /// Of what.
        unit: String,
    },
}

impl Amount {
    /// The quantity in the metric's `unit`, a part being one of `whole`; `None` if the units do not convert.
    #[must_use]
    pub fn resolve(&self, whole: f64, unit: &str) -> Option<f64> {
        match self {
            Self::Part(part) => Some(part * whole),
            Self::Value { number, unit: own } if own.is_empty() || own == unit => Some(*number),
            Self::Value { number, unit: own } => units::are_compatible(own, unit).then(|| {
                // Through the family's factors; both sides of the ratio are exact for every known unit.
                let (finer, _) = units::scale(1, own, unit);
                let (coarser, _) = units::scale(1, unit, own);
                if finer >= 1.0 { number * finer } else { number / coarser }
            }),
        }
    }

    /// The number without its unit.
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Part(number) | Self::Value { number, .. } => *number,
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Part(part) => write!(f, "{}%", hundredfold(*part)),
            Self::Value { number, unit } => write!(f, "{number}{unit}"),
        }
    }
}

impl FromStr for Amount {
    type Err = Error;

    /// Reads a number, followed by `%`, by a unit, or by nothing for the metric's own unit.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |problem: &str| {
            Err(Error::new(ErrorKind::Config, format!("`{text}` {problem}")).help(
                "write a part as `5%`, a value as `20ms`, `512kB` or `1000` (in the unit of the metric)",
            ))
        };
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        let unit = rest.trim_start();
        if unit == "%" {
            // Moving the decimal point in the text keeps `7%` the double closest to 0.07.
            return match format!("{digits}e-2").parse::<f64>() {
                Ok(part) if part.is_finite() => Ok(Self::Part(part)),
                _ => wrong("is not a percentage"),
            };
        }
        let number = match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => number,
            _ => return wrong("does not begin with a number"),
        };
        let mut letters = unit.chars();
        if !letters.next().is_none_or(char::is_alphabetic)
            || letters.any(|c| !c.is_alphabetic() && !matches!(c, '/' | '*' | '_' | '-'))
        {
            return wrong("is a number with something that is not a unit");
        }
        // pprof has no unit with a letter micro; people write it.
        let unit = if matches!(unit, "µs" | "μs") { "us" } else { unit };
        Ok(Self::Value { number, unit: unit.to_owned() })
    }
}

/// A hundred times `part` in decimal digits: those of `part`, the shortest that tell it from its neighbours,
/// with the decimal point two places further to the right.
fn hundredfold(part: f64) -> String {
    let scientific = format!("{part:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    // Digits before the decimal point; `{:e}` puts one there.
    let whole = exponent.parse::<i32>().unwrap_or(0) + 3;
    let Ok(whole) = usize::try_from(whole) else {
        return format!("{sign}0.{}{digits}", "0".repeat(whole.unsigned_abs() as usize));
    };
    match digits.split_at_checked(whole) {
        _ if digits == "0" => format!("{sign}0"),
        Some(("", fraction)) => format!("{sign}0.{fraction}"),
        Some((all, "")) => format!("{sign}{all}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(number: f64, unit: &str) -> Amount {
        Amount::Value { number, unit: unit.to_owned() }
    }

    #[test]
    fn text_is_a_number_with_a_percent_sign_a_unit_or_nothing() {
        let cases = [
            ("5%", Amount::Part(0.05)),
            ("0.5 %", Amount::Part(0.005)),
            ("7%", Amount::Part(0.07)),
            ("250%", Amount::Part(2.5)),
            ("20ms", value(20.0, "ms")),
            ("1.5 MB", value(1.5, "MB")),
            ("3µs", value(3.0, "us")),
            ("2m*GCU", value(2.0, "m*GCU")),
            ("1000", value(1000.0, "")),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Amount>().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn text_that_is_no_amount_is_an_error_that_quotes_it() {
        let huge = "9".repeat(400);
        for text in
            ["", "%", "ms", "-5%", "1e3", "1..2", "5%%", "5 % of", "20 ms!", "NaN", "inf", "5\u{0}", &huge]
        {
            let error = text.parse::<Amount>().unwrap_err();
            assert!(error.problem().contains(text), "{error}");
        }
    }

    #[test]
    fn values_convert_within_their_family_and_nowhere_else() {
        let cases = [
            ("20ms", "nanoseconds", Some(20e6)),
            ("1500us", "ms", Some(1.5)),
            ("1hrs", "s", Some(3600.0)),
            ("2kB", "bytes", Some(2048.0)),
            ("1000", "nanoseconds", Some(1000.0)),
            ("3cycles", "cycles", Some(3.0)),
            ("20ms", "bytes", None),
            ("20ms", "", None),
            ("3cycles", "count", None),
            ("5%", "anything", Some(10.0)),
        ];
        for (text, unit, expected) in cases {
            assert_eq!(text.parse::<Amount>().unwrap().resolve(200.0, unit), expected, "{text} in {unit}");
        }
    }

    #[test]
    fn parts_print_as_people_write_them() {
        let cases = [
            (0.0, "0%"),
            (0.05, "5%"),
            (0.07, "7%"),
            (0.29, "29%"),
            (0.005, "0.5%"),
            (0.00012, "0.012%"),
            (1.0, "100%"),
            (2.5, "250%"),
            (12.345, "1234.5%"),
            (1e3, "100000%"),
            (-0.05, "-5%"),
        ];
        for (part, expected) in cases {
            assert_eq!(Amount::Part(part).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn printing_and_reading_lose_nothing(bits in 0_u64..0x7ff0_0000_0000_0000, unit in "(|ms|kB|k\\*GCU)") {
            let number = f64::from_bits(bits);
            // A part whose percentage overflows cannot be written.
            let part = Amount::Part(number);
            if number < 1e306 {
                prop_assert_eq!(part.to_string().parse::<Amount>().unwrap(), part);
            }
            let value = Amount::Value { number, unit };
            prop_assert_eq!(value.to_string().parse::<Amount>().unwrap(), value);
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[0-9.%msµe+-]*") {
            let _ = text.parse::<Amount>();
        }
    }
}
