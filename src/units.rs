//! Values with units to text: unit families, scaling, and pprof's number formats.
//!
//! Every number that a person reads is rounded here and nowhere else. The rules are those of `go tool pprof`
//! (package `measurement`), to the digit.

use std::borrow::Cow;

/// A unit: how it is printed, what else it is called (lower case, no plural s), and its size.
struct Unit {
    name: &'static str,
    aliases: &'static [&'static str],
    factor: f64,
}

/// Units that convert into each other.
struct Family {
    default: Unit,
    units: &'static [Unit],
}

const fn unit(name: &'static str, aliases: &'static [&'static str], factor: f64) -> Unit {
    Unit { name, aliases, factor }
}

const KIB: f64 = 1024.0;

static FAMILIES: [Family; 3] = [
    Family {
        default: unit("B", &["b", "byte"], 1.0),
        units: &[
            unit("B", &["b", "byte"], 1.0),
            unit("kB", &["kb", "kbyte", "kilobyte"], KIB),
            unit("MB", &["mb", "mbyte", "megabyte"], KIB * KIB),
            unit("GB", &["gb", "gbyte", "gigabyte"], KIB * KIB * KIB),
            unit("TB", &["tb", "tbyte", "terabyte"], KIB * KIB * KIB * KIB),
            unit("PB", &["pb", "pbyte", "petabyte"], KIB * KIB * KIB * KIB * KIB),
        ],
    },
    Family {
        default: unit("s", &["s", "sec", "second"], 1e9),
        units: &[
            unit("ns", &["ns", "nanosecond"], 1.0),
            unit("us", &["us", "microsecond"], 1e3),
            unit("ms", &["ms", "millisecond"], 1e6),
            unit("s", &["s", "sec", "second"], 1e9),
            unit("hrs", &["hour", "hr"], 3600.0 * 1e9),
        ],
    },
    Family {
        default: unit("GCU", &["gcu"], 1.0),
        units: &[
            unit("n*GCU", &["nanogcu"], 1e-9),
            unit("u*GCU", &["microgcu"], 1e-6),
            unit("m*GCU", &["milligcu"], 1e-3),
            unit("GCU", &["gcu"], 1.0),
            unit("k*GCU", &["kilogcu"], 1e3),
            unit("M*GCU", &["megagcu"], 1e6),
            unit("G*GCU", &["gigagcu"], 1e9),
            unit("T*GCU", &["teragcu"], 1e12),
            unit("P*GCU", &["petagcu"], 1e15),
        ],
    },
];

impl Family {
    fn find(&self, name: &str) -> Option<&Unit> {
        let lower = name.to_lowercase();
        let singular = if lower.len() > 2 { lower.strip_suffix('s').unwrap_or(&lower) } else { &lower };
        self.units.iter().find(|unit| unit.aliases.contains(&singular))
    }

    /// The largest unit in which `value`, counted in units of factor 1, is at least 1.
    fn fitting(&self, value: f64) -> &Unit {
        self.units.iter().rev().find(|unit| value / unit.factor >= 1.0).unwrap_or(&self.default)
    }
}

/// Converts `value` from the unit `from` to the unit `to`, and returns it with the unit's printed name.
///
/// `to` may be `minimum` or `auto`: the largest unit of the family in which the value is at least 1. A unit
/// that is in no family is passed on; `count`, `sample` and `unit` print as nothing.
#[must_use]
pub fn scale<'a>(value: i64, from: &str, to: &'a str) -> (f64, Cow<'a, str>) {
    if value < 0 && value != i64::MIN {
        let (scaled, unit) = scale(-value, from, to);
        return (-scaled, unit);
    }
    #[expect(clippy::cast_precision_loss, reason = "pprof scales in floating point")]
    let value = value as f64;
    for family in &FAMILIES {
        let Some(source) = family.find(from) else { continue };
        let value = value * source.factor;
        let target = match to {
            "minimum" | "auto" => family.fitting(value),
            _ => family.find(to).unwrap_or(&family.default),
        };
        return (value / target.factor, Cow::Borrowed(target.name));
    }
    match to {
        "count" | "sample" | "unit" | "minimum" | "auto" => (value, Cow::Borrowed("")),
        _ => (value, Cow::Borrowed(to)),
    }
}

/// `value` in the unit `to` as pprof prints it: two decimals unless they are zeros, and a bare `0` for zero.
#[must_use]
pub fn scaled_label(value: i64, from: &str, to: &str) -> String {
    let (scaled, unit) = scale(value, from, to);
    let text = format!("{scaled:.2}");
    match text.strip_suffix(".00").unwrap_or(&text) {
        "0" | "-0" => "0".to_owned(),
        number => format!("{number}{unit}"),
    }
}

/// The units that [`scaled_label`] chooses from for values in the unit `from`: the printed name and size of each, counted
/// in `from`, in ascending order; for readers that label values of their own.
#[must_use]
pub fn steps(from: &str, to: &str) -> Vec<(String, f64)> {
    if let Some((family, source)) = FAMILIES.iter().find_map(|family| Some((family, family.find(from)?))) {
        let step = |unit: &Unit| (unit.name.to_owned(), unit.factor / source.factor);
        return match to {
            "minimum" | "auto" => family.units.iter().map(step).collect(),
            _ => vec![step(family.find(to).unwrap_or(&family.default))],
        };
    }
    vec![(scale(1, from, to).1.into_owned(), 1.0)]
}

/// `value` in the unit that suits its size: `16.40s`, `2.25MB`.
#[must_use]
pub fn label(value: i64, unit: &str) -> String {
    scaled_label(value, unit, "auto")
}

/// The part of `total` that `value` is, as pprof prints it: at least six wide, never signed.
#[must_use]
pub fn percentage(value: i64, total: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "pprof divides in floating point")]
    let ratio = if total == 0 { 0.0 } else { (value as f64 / total as f64).abs() * 100.0 };
    if (99.95..=100.05).contains(&ratio) {
        "  100%".to_owned()
    } else if ratio >= 1.0 {
        format!("{ratio:5.2}%")
    } else {
        format!("{:>5}%", two_significant(ratio))
    }
}

/// C's `%.2g` of a number in 0..1.
fn two_significant(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:.1e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 {
        let mantissa = mantissa.strip_suffix(".0").unwrap_or(mantissa);
        return format!("{mantissa}e-{:02}", exponent.abs());
    }
    let decimals = usize::try_from(1 - exponent).unwrap_or(0);
    let fixed = format!("{value:.decimals$}");
    if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
}

/// A relative change with its sign: `+12.3%`.
#[must_use]
pub fn signed_percent(part: f64) -> String {
    format!("{:+.*}%", decimals(part), part * 100.0)
}

/// A part of a whole: `12.3%`.
#[must_use]
pub fn plain_percent(part: f64) -> String {
    format!("{:.*}%", decimals(part), part * 100.0)
}

/// Decimals that keep a percentage readable: none from 1000 % on, two below 1 %.
fn decimals(part: f64) -> usize {
    match part.abs() {
        large if large >= 10.0 => 0,
        small if small < 0.01 && small > 0.0 => 2,
        _ => 1,
    }
}

/// Whether two units measure the same thing: equal, or of one family.
#[must_use]
pub fn are_compatible(a: &str, b: &str) -> bool {
    a == b || FAMILIES.iter().any(|family| family.find(a).is_some() && family.find(b).is_some())
}

/// `value` as Go converts a floating-point number to `int64` on amd64: truncated, and the smallest integer when
/// it does not fit.
#[must_use]
pub fn go_int(value: f64) -> i64 {
    // 2^63, the first number past the range.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    if (-LIMIT..LIMIT).contains(&value) { value as i64 } else { i64::MIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_choose_the_largest_unit_that_keeps_the_value_at_least_one() {
        let cases = [
            (16_400_000_000, "nanoseconds", "16.40s"),
            (999, "nanoseconds", "999ns"),
            (0, "nanoseconds", "0"),
            (-1_500_000, "ns", "-1.50ms"),
            (3_600_000_000_000, "ns", "1hrs"),
            (2048, "bytes", "2kB"),
            (1 << 51, "byte", "2PB"),
            (7, "count", "7"),
            (5, "cycles", "5"),
            (1, "us", "1us"),
            (1, "µs", "1"),
        ];
        for (value, unit, expected) in cases {
            assert_eq!(label(value, unit), expected, "{value} {unit}");
        }
    }

    #[test]
    fn a_unit_outside_the_families_is_passed_on() {
        assert_eq!(scaled_label(5, "count", "ms"), "5ms");
        assert_eq!(scaled_label(5_000, "ns", "widgets"), "0");
        assert!(scale(i64::MIN, "count", "count").0 < -9.2e18, "the smallest value has no positive twin");
    }

    #[test]
    fn percentages_are_unsigned_and_six_wide() {
        let cases = [
            (0, 100, "    0%"),
            (-50, 100, "50.00%"),
            (9_996, 10_000, "  100%"),
            (1, 100, " 1.00%"),
            (1, 1_000, "  0.1%"),
            (123, 100_000, " 0.12%"),
            (1, 10_000_000, "1e-05%"),
            (5, 0, "    0%"),
            (300, 100, "300.00%"),
        ];
        for (value, total, expected) in cases {
            assert_eq!(percentage(value, total), expected, "{value}/{total}");
        }
    }

    #[test]
    fn conversion_to_integer_truncates_and_marks_overflow_as_go_does() {
        assert_eq!([go_int(2.9), go_int(-2.9), go_int(1e19), go_int(f64::NAN)], [2, -2, i64::MIN, i64::MIN]);
    }
}
