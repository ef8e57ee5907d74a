//! Go's text profiles that count stacks, such as `goroutine profile: total 7`, to a profile.
//!
//! A line `2 @ 0x400101 0x400201` stands for each stack. With debug=1, comments name the frames; pprof does not
//! read them.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::draft::Draft;
use super::lines::{Lines, is_blank_or_comment};
use super::numbers::{addresses, integer};
use super::{Reading, Refusal, malformed, memory_map, pattern};

static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\A([^\s]+) profile: total \d+\z"));

static SAMPLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\A(\d+) @((?: 0x[0-9a-f]+)+)\z"));

/// Reads a count profile.
pub(super) fn read(data: &[u8]) -> Reading {
    let mut lines = Lines::new(data);
    if !lines.find_title() {
        return Err(Refusal::NotMine);
    }
    let title = TITLE.captures(lines.current()).ok_or(Refusal::NotMine)?;
    let kind = [&title[1], b"count"];
    let mut draft = Draft::new(&[kind], kind, 1)?;
    while lines.advance()? {
        let line = lines.current();
        if is_blank_or_comment(line) {
            continue;
        }
        if line.starts_with(b"---") {
            break;
        }
        let sample = SAMPLE.captures(line).and_then(|fields| {
            let (_, [count, stack]) = fields.extract();
            Some((integer(count)?, addresses(stack)?))
        });
        let (count, stack) = sample.ok_or_else(|| {
            let problem = format!("line {} is not of the form `1 @ 0x400100 0x400200`", lines.number());
            malformed("count profile", &problem)
        })?;
        // Every address is that of the instruction after a call.
        draft.push(stack.iter().map(|address| address.wrapping_sub(1)), &[count]);
    }
    let mappings = memory_map::find(&mut lines, &mut draft.strings)?;
    Ok(draft.finish(mappings)?)
}
