//! Moments and durations to text as Go prints them.

use std::ffi::OsStr;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Where systems keep their time zones; Go looks in the same places.
const ZONE_DIRECTORIES: [&str; 4] =
    ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"];

/// The local time zone as Go finds it: that of the system if `tz`, the variable `TZ`, is not set, UTC if it is
/// empty or names no zone, otherwise the zone it names. Rules in the style of POSIX are not read.
#[must_use]
pub(super) fn local_zone(tz: Option<&OsStr>) -> TimeZone {
    let Some(tz) = tz else { return zone_file(Path::new("/etc/localtime")).unwrap_or(TimeZone::UTC) };
    let tz = tz.to_string_lossy();
    let name = tz.strip_prefix(':').unwrap_or(&tz);
    if name.is_empty() {
        return TimeZone::UTC;
    }
    if name.starts_with('/') {
        return zone_file(Path::new(name)).unwrap_or(TimeZone::UTC);
    }
    let in_system = ZONE_DIRECTORIES.iter().find_map(|directory| zone_file(&Path::new(directory).join(name)));
    in_system.or_else(|| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

fn zone_file(path: &Path) -> Option<TimeZone> {
    TimeZone::tzif("Local", &std::fs::read(path).ok()?).ok()
}

/// `2006-01-02 15:04:05 MST`
pub(super) fn short_time(nanos: i64, zone: &TimeZone) -> String {
    let moment = Moment::new(nanos, zone);
    format!("{} {}", moment.clock, moment.zone)
}

/// `2006-01-02 15:04:05.999999999 -0700 MST`
pub(super) fn full_time(nanos: i64, zone: &TimeZone) -> String {
    let moment = Moment::new(nanos, zone);
    let fraction = format!(".{:09}", nanos.rem_euclid(1_000_000_000));
    let fraction = fraction.trim_end_matches('0').trim_end_matches('.');
    format!("{}{fraction} {} {}", moment.clock, moment.offset, moment.zone)
}

struct Moment {
    clock: String,
    offset: String,
    zone: String,
}

impl Moment {
    fn new(nanos: i64, zone: &TimeZone) -> Self {
        // 64 bits of nanoseconds reach from 1677 to 2262, well within what a timestamp holds.
        let timestamp = Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or_default();
        let info = zone.to_offset_info(timestamp);
        let seconds = info.offset().seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
        let time = info.offset().to_datetime(timestamp);
        Self {
            clock: time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            offset: format!("{sign}{hours:02}{minutes:02}"),
            zone: info.abbreviation().to_owned(),
        }
    }
}

/// `time.Duration` as text, `1h30m0.5s`.
pub(super) fn duration(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let magnitude = nanos.unsigned_abs();
    let small = |unit: u64, name: &str| format!("{sign}{}{name}", decimal(magnitude, unit));
    match magnitude {
        0 => "0s".to_owned(),
        1..1_000 => small(1, "ns"),
        1_000..1_000_000 => small(1_000, "µs"),
        1_000_000..1_000_000_000 => small(1_000_000, "ms"),
        _ => {
            let minutes = magnitude / 60_000_000_000;
            let seconds = decimal(magnitude % 60_000_000_000, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `value / unit` without zeros at the end; `unit` is a power of ten.
fn decimal(value: u64, unit: u64) -> String {
    let digits = unit.ilog10() as usize;
    if digits == 0 {
        return value.to_string();
    }
    let text = format!("{}.{:0digits$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        let cases = [
            (0, "0s"),
            (999, "999ns"),
            (-1_500, "-1.5µs"),
            (20_000_000, "20ms"),
            (1_000_000_000, "1s"),
            (90_000_000_001, "1m30.000000001s"),
            (5_400_000_000_000, "1h30m0s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ];
        for (nanos, expected) in cases {
            assert_eq!(duration(nanos), expected);
        }
    }

    #[test]
    fn times_carry_the_zone() {
        let zone = TimeZone::get("Europe/Berlin").expect("a zone that every database has");
        let nanos = 1_700_000_000_120_000_000;
        assert_eq!(short_time(nanos, &zone), "2023-11-14 23:13:20 CET");
        assert_eq!(full_time(nanos, &zone), "2023-11-14 23:13:20.12 +0100 CET");
        assert_eq!(full_time(-1, &TimeZone::UTC), "1969-12-31 23:59:59.999999999 +0000 UTC");
    }

    #[test]
    fn a_zone_that_does_not_exist_is_utc() {
        for tz in ["", ":", "Nowhere/Nothing", "/nonexistent"] {
            assert_eq!(local_zone(Some(OsStr::new(tz))), TimeZone::UTC, "{tz}");
        }
        let tokyo = local_zone(Some(OsStr::new(":Asia/Tokyo")));
        assert_eq!(short_time(0, &tokyo), "1970-01-01 09:00:00 JST");
    }
}
