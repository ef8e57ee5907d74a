//! The text profiles of lock contention of C++ servers and of Go to a profile.
//!
//! Attributes stand first, then for each stack `2000 3 @ 0x400101 0x400201`: cycles waited and times waited.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::draft::Draft;
use super::lines::{Lines, is_blank_or_comment, trim};
use super::numbers::{decimal, float, integer, leading_addresses, truncate};
use super::{Reading, Refusal, malformed, memory_map, pattern};

const TITLES: [&[u8]; 3] = [b"--- contentionz ", b"--- mutex:", b"--- contention:"];

/// A line for a stack, up to the stack.
static SAMPLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d+) *(\d+) @"));

/// Reads a contention profile.
pub(super) fn read(data: &[u8]) -> Reading {
    let mut lines = Lines::new(data);
    let is_text = lines.advance().unwrap_or(false);
    if !is_text || !TITLES.iter().any(|title| lines.current().starts_with(title)) {
        return Err(Refusal::NotMine);
    }
    let contentions = [&b"contentions"[..], b"count"];
    let mut draft = Draft::new(&[contentions, [b"delay", b"nanoseconds"]], contentions, 1)?;
    let cycles_per_second = read_attributes(&mut lines, &mut draft)?;
    loop {
        let line = trim(lines.current());
        if line.starts_with(b"---") {
            break;
        }
        if !is_blank_or_comment(line) {
            read_sample(line, cycles_per_second, &mut draft).ok_or_else(|| {
                let problem = format!("line {} is not of the form `2000 3 @ 0x400100`", lines.number());
                Refusal::GaveUp(malformed("contention profile", &problem))
            })?;
        }
        if !lines.advance()? {
            break;
        }
    }
    let mappings = memory_map::find(&mut lines, &mut draft.strings)?;
    Ok(draft.finish(mappings)?)
}

/// Reads lines of the form `name = value`, up to the first that is not, into the header. Returns cycles a second,
/// 0 if that is not known.
fn read_attributes(lines: &mut Lines<'_>, draft: &mut Draft) -> Result<i64, Refusal> {
    let mut cycles_per_second = 0;
    while lines.advance()? {
        let line = trim(lines.current());
        if is_blank_or_comment(line) {
            continue;
        }
        let equals = memchr::memchr(b'=', line).filter(|_| !line.starts_with(b"---"));
        let Some(equals) = equals else { break };
        let (name, value) = (trim(&line[..equals]), integer(trim(&line[equals + 1..])));
        let is_read = match name {
            b"cycles/second" => value.map(|value| cycles_per_second = value),
            b"sampling period" => value.map(|value| draft.header.period = value),
            b"ms since reset" => {
                value.map(|value| draft.header.duration_nanos = value.wrapping_mul(1_000_000))
            }
            b"discarded samples" => Some(()),
            // Java's agents write these.
            b"format" | b"resolution" => return Err(Refusal::NotMine),
            _ => None,
        };
        is_read.ok_or_else(|| {
            let problem = format!("line {} is not an attribute that pprof knows", lines.number());
            Refusal::GaveUp(malformed("contention profile", &problem))
        })?;
    }
    Ok(cycles_per_second)
}

/// Appends the sample that `line` describes. One in `period` contentions was recorded, so values are scaled up by
/// it; a period of 0 or less means that the scale is not known.
fn read_sample(line: &[u8], cycles_per_second: i64, draft: &mut Draft) -> Option<()> {
    let fields = SAMPLE.captures(line)?;
    let mut delay = decimal(&fields[1])?;
    let mut count = decimal(&fields[2])?;
    let stack = leading_addresses(&line[fields.get(0)?.end()..])?;
    let period = draft.header.period;
    if period > 0 {
        if cycles_per_second > 0 {
            let cycles_per_nanosecond = float(cycles_per_second) / 1e9;
            delay = truncate(float(delay) * float(period) / cycles_per_nanosecond);
        }
        count = count.wrapping_mul(period);
    }
    // Every address is that of the instruction after a call.
    draft.push(stack.iter().map(|address| address.wrapping_sub(1)), &[count, delay]);
    Some(())
}
