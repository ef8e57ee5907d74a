//! The `from` and `until` of a continuous profiler's URL to moments.

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, ErrorKind, Result};
use crate::source::address::Address;

/// What is asked of a continuous profiler.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question<'a> {
    /// The query, in the profiler's language.
    pub(super) query: &'a str,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// The question of `address`, asked at `now`. Without `from` it is about the last hour, without `until` up to now.
///
/// # Errors
/// When there is no query, or a moment is none, or they are not in order.
pub(super) fn question(address: &Address, now: Timestamp) -> Result<Question<'_>> {
    let usage = |problem: String| Error::new(ErrorKind::Usage, problem);
    let query = address.parameter("query").filter(|query| !query.is_empty());
    let query =
        query.ok_or_else(|| usage("the URL has no query".to_owned()).help("add ?query=…&from=…&until=…"))?;
    let moment = |name: &str, default: &str| {
        let text = address.parameter(name).unwrap_or(default);
        parse(text, now).ok_or_else(|| {
            usage(format!("`{name}={text}` is no moment"))
                .help("write now-1h, seconds or milliseconds since 1970, or 2027-01-31T12:00:00Z")
        })
    };
    let (from, until) = (moment("from", "now-1h")?, moment("until", "now")?);
    if from >= until {
        return Err(usage("`from` is not before `until`".to_owned()).help("swap them"));
    }
    Ok(Question { query, from, until })
}

/// Numbers from here on are milliseconds: as seconds they would be after the year 5000.
const FIRST_MILLISECOND: i64 = 100_000_000_000;

fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Some(rest) = text.strip_prefix("now") {
        return match rest.strip_prefix('-') {
            None if rest.is_empty() => Some(now),
            None => None,
            Some(ago) => {
                let split = ago.find(|c: char| !c.is_ascii_digit())?;
                let unit = match &ago[split..] {
                    "s" => 1,
                    "m" => 60,
                    "h" => 3600,
                    "d" => 86_400,
                    "w" => 7 * 86_400,
                    _ => return None,
                };
                let seconds = ago[..split].parse::<i64>().ok()?.checked_mul(unit)?;
                now.checked_sub(SignedDuration::from_secs(seconds)).ok()
            }
        };
    }
    match text.parse::<i64>() {
        Ok(number) if number >= FIRST_MILLISECOND => Timestamp::from_millisecond(number).ok(),
        Ok(number) => Timestamp::from_second(number).ok(),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        let now = Timestamp::from_second(1_800_000_000).expect("in range");
        for (text, seconds) in [
            ("now", Some(1_800_000_000)),
            ("now-1h", Some(1_799_996_400)),
            ("now-2d", Some(1_799_827_200)),
            ("1700000000", Some(1_700_000_000)),
            ("1700000000000", Some(1_700_000_000)),
            ("2023-11-14T22:13:20Z", Some(1_700_000_000)),
            ("now-", None),
            ("now-1y", None),
            ("now+1h", None),
            ("now-99999999999999999h", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse(text, now).map(Timestamp::as_second), seconds, "{text}");
        }
    }

    #[test]
    fn questions_have_a_query_and_an_order() {
        let now = Timestamp::from_second(1_800_000_000).expect("in range");
        let about = |text: &str| {
            let address = Address::parse(text).expect("a URL");
            question(&address, now).map(|question| (question.until - question.from).get_seconds())
        };
        assert_eq!(about("parca+http://h?query=cpu"), Ok(3600));
        assert_eq!(about("parca+http://h?query=cpu&from=100&until=160"), Ok(60));
        for wrong in
            ["parca+http://h", "parca+http://h?query=c&from=x", "parca+http://h?query=c&from=5&until=5"]
        {
            assert!(about(wrong).is_err(), "{wrong}");
        }
    }
}
