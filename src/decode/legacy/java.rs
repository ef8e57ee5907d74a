//! The heap and contention profiles of Java agents to a profile.
//!
//! `--- heapz 1 ---` or `--- contentionz 1 ---` stands first, then attributes (`format = java`), then samples as
//! `1000 2 @ 0x1 0x2` (bytes or delay before objects or contentions), then what the addresses stand for, as
//! `0x1 com.example.Main.run (Main.java:5)`.

use std::sync::LazyLock;

use memchr::memchr;
use regex::bytes::Regex;

use super::draft::Draft;
use super::java_frames::name_locations;
use super::lines::trim;
use super::numbers::{integer, leading_addresses};
use super::unsample::unsample;
use super::{Reading, Refusal, malformed, pattern};

/// Java's heap profiler samples one in this many bytes.
const HEAP_RATE: i64 = 512 * 1024;

static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| pattern(r"([\w ]+)=([\w ]+)"));

/// A line for a stack, up to the stack.
static SAMPLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(\d+) +(\d+) +@ "));

/// What a text profile of Java measures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heap,
    Contention,
}

/// Reads a heap or contention profile of Java.
pub(super) fn read(data: &[u8]) -> Reading {
    let title = memchr(b'\n', data).ok_or(Refusal::NotMine)?;
    let kind = match trim(&data[..title]) {
        b"--- heapz 1 ---" => Kind::Heap,
        b"--- contentionz 1 ---" => Kind::Contention,
        _ => return Err(Refusal::NotMine),
    };
    let mut rest = &data[title + 1..];
    let mut draft = Draft::default();
    take_lines(&mut rest, |line| read_attribute(kind, line, &mut draft))?;
    take_lines(&mut rest, |line| read_sample(kind, line, &mut draft))?;
    if draft.header.sample_types.is_empty() && draft.len() > 0 {
        return Err(malformed("Java profile", "it has samples and no `resolution`").into());
    }
    Ok(name_locations(rest, draft)?)
}

/// Hands whole lines from the front of `text` to `take`, but blank ones, until that returns false.
fn take_lines(text: &mut &[u8], mut take: impl FnMut(&[u8]) -> Result<bool, Refusal>) -> Result<(), Refusal> {
    while let Some(end) = memchr(b'\n', text) {
        let line = trim(&text[..end]);
        if !line.is_empty() && !take(line)? {
            break;
        }
        *text = &text[end + 1..];
    }
    Ok(())
}

fn damaged(line: &[u8]) -> Refusal {
    let line = String::from_utf8_lossy(line);
    malformed("Java profile", &format!("a number in the line `{line}` cannot be read")).into()
}

/// Reads a line `name = value` into the header; false if the line is not of that form.
fn read_attribute(kind: Kind, line: &[u8], draft: &mut Draft) -> Result<bool, Refusal> {
    let Some(attribute) = ATTRIBUTE.captures(line) else { return Ok(false) };
    let (name, value) = (trim(&attribute[1]), trim(&attribute[2]));
    match (kind, name) {
        (_, b"format") if value == b"java" => {}
        (Kind::Heap, b"resolution") => {
            draft.header.sample_types = vec![
                draft.value_type([b"inuse_objects", b"count"])?,
                draft.value_type([b"inuse_space", value])?,
            ];
        }
        (Kind::Contention, b"resolution") => {
            draft.header.sample_types =
                vec![draft.value_type([b"contentions", b"count"])?, draft.value_type([b"delay", value])?];
        }
        (Kind::Contention, b"sampling period") => {
            draft.header.period_type = draft.value_type([b"contentions", b"count"])?;
            draft.header.period = integer(value).ok_or_else(|| damaged(line))?;
        }
        (Kind::Contention, b"ms since reset") => {
            let milliseconds = integer(value).ok_or_else(|| damaged(line))?;
            draft.header.duration_nanos = milliseconds.wrapping_mul(1_000_000);
        }
        _ => {
            let problem = format!("the attribute `{}` is not known", String::from_utf8_lossy(line));
            return Err(Refusal::GaveUp(malformed("Java profile", &problem)));
        }
    }
    Ok(true)
}

/// Appends the sample that `line` describes; false if it describes none.
fn read_sample(kind: Kind, line: &[u8], draft: &mut Draft) -> Result<bool, Refusal> {
    let Some(fields) = SAMPLE.captures(line) else { return Ok(false) };
    let tail = fields.get(0).map_or(line.len(), |found| found.end());
    let (Some(amount), Some(count), Some(stack)) =
        (integer(&fields[1]), integer(&fields[2]), leading_addresses(&line[tail..]))
    else {
        return Err(damaged(line));
    };
    match kind {
        Kind::Heap if count == 0 => return Err(malformed("Java profile", "a sample has no objects").into()),
        Kind::Heap => {
            let (objects, bytes) = unsample(count, amount, HEAP_RATE);
            draft.push_objects(stack, &[objects, bytes], amount.wrapping_div(count));
        }
        Kind::Contention => {
            let scale = if draft.header.period == 0 { 1 } else { draft.header.period };
            draft.push(stack, &[count.wrapping_mul(scale), amount.wrapping_mul(scale)]);
        }
    }
    Ok(true)
}
