//! The text heap profiles of tcmalloc and of Go, growth and fragmentation profiles, to a profile.
//!
//! `heap profile: 3: 1000 [ 10: 5000 ] @ heap_v2/524288` stands first: objects and bytes in use, allocated
//! since the start, and how they were sampled. A line of the same form follows for each stack, then the memory
//! map.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};

use super::draft::Draft;
use super::lines::{Lines, is_blank_or_comment, is_memory_map_title, trim};
use super::numbers::{decimal, leading_addresses};
use super::unsample::unsample;
use super::{Reading, Refusal, malformed, memory_map, pattern};

const TOTALS: &str = r"heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\]";

static HEAP_TITLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"{TOTALS} *@ *(heap[_a-z0-9]*)/?(\d*)")));

/// Growth and fragmentation profiles, which are not sampled.
static OTHER_TITLE: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"{TOTALS} @ (?:growth|fragmentation)")));

/// A line for a stack, up to the stack.
static SAMPLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\] @"));

/// How the objects were chosen.
#[derive(Clone, Copy)]
struct Sampling {
    /// One in this many bytes.
    rate: i64,
    /// Whether the counts are still to be scaled up.
    is_raw: bool,
    /// Whether allocations since the start are told apart from what is in use.
    has_allocations: bool,
}

/// Reads a heap profile.
pub(super) fn read(data: &[u8]) -> Reading {
    let mut lines = Lines::new(data);
    let is_text = lines.advance().unwrap_or(false);
    let sampling = title(lines.current()).filter(|_| is_text).ok_or(Refusal::NotMine)?;
    let sample_types: &[[&[u8]; 2]] = if sampling.has_allocations {
        &[
            [b"alloc_objects", b"count"],
            [b"alloc_space", b"bytes"],
            [b"inuse_objects", b"count"],
            [b"inuse_space", b"bytes"],
        ]
    } else {
        &[[b"objects", b"count"], [b"space", b"bytes"]]
    };
    let mut draft = Draft::new(sample_types, [b"space", b"bytes"], sampling.rate)?;
    while lines.advance()? {
        let line = trim(lines.current());
        if is_blank_or_comment(line) {
            continue;
        }
        if is_memory_map_title(line) {
            break;
        }
        read_sample(line, sampling, &mut draft)
            .map_err(|problem| malformed("heap profile", &format!("line {}: {problem}", lines.number())))?;
    }
    let mappings = memory_map::find(&mut lines, &mut draft.strings)?;
    Ok(draft.finish(mappings)?)
}

fn title(line: &[u8]) -> Option<Sampling> {
    let Some(fields) = HEAP_TITLE.captures(line) else {
        let unsampled = Sampling { rate: 1, is_raw: false, has_allocations: false };
        return OTHER_TITLE.is_match(line).then_some(unsampled);
    };
    let rate = match &fields[6] {
        b"" => 0,
        digits => decimal(digits)?,
    };
    let (rate, is_raw) = match &fields[5] {
        b"heap_v2" | b"heapz_v2" => (rate, true),
        b"heap" => (rate / 2, true),
        b"heapprofile" => (1, false),
        _ => return None,
    };
    let differs = |allocated: usize, in_use: usize| {
        fields[allocated] != fields[in_use] && fields[allocated] != b"0"[..]
    };
    Some(Sampling { rate, is_raw, has_allocations: differs(3, 1) || differs(4, 2) })
}

/// Appends the sample that `line` describes, or says what is wrong with it.
fn read_sample(line: &[u8], sampling: Sampling, draft: &mut Draft) -> Result<(), &'static str> {
    let fields = SAMPLE.captures(line).ok_or("it is not of the form `1: 16 [2: 32] @ 0x400100`")?;
    let tail = fields.get(0).map_or(line.len(), |found| found.end());
    let mut values = Vec::with_capacity(4);
    let mut object_size = 0;
    if sampling.has_allocations {
        object_size = read_pair(&fields, 3, sampling, &mut values)?.unwrap_or(object_size);
    }
    object_size = read_pair(&fields, 1, sampling, &mut values)?.unwrap_or(object_size);
    let stack = leading_addresses(&line[tail..]).ok_or("an address has more than 64 bits")?;
    // Every address is that of the instruction after a call.
    draft.push_objects(stack.iter().map(|address| address.wrapping_sub(1)), &values, object_size);
    Ok(())
}

/// Appends the objects and bytes in the fields `first` and `first + 1`, and returns the size of one object if
/// there is any.
fn read_pair(
    fields: &Captures<'_>,
    first: usize,
    sampling: Sampling,
    values: &mut Vec<i64>,
) -> Result<Option<i64>, &'static str> {
    let [Some(count), Some(size)] = [first, first + 1].map(|field| decimal(&fields[field])) else {
        return Err("a number has more than 64 bits");
    };
    if count == 0 && size != 0 {
        return Err("it has bytes and no objects");
    }
    let (objects, bytes) = if sampling.is_raw { unsample(count, size, sampling.rate) } else { (count, size) };
    values.extend([objects, bytes]);
    Ok((count != 0).then(|| size.wrapping_div(count)))
}
