//! The stacks of all threads of a server (`--- threadz 1 ---`) to a profile.
//!
//! Each thread starts with `--- Thread 7f0 (name: main/123) stack: ---`; every hexadecimal number up to the next
//! `---` is a frame. Threads that say "same as previous thread" count for the one before.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::draft::Draft;
use super::lines::{Lines, is_memory_map_title, trim};
use super::numbers::addresses;
use super::{Reading, Refusal, malformed, memory_map, pattern};

static TITLE: LazyLock<Regex> = LazyLock::new(|| pattern(r"--- threadz \d+ ---"));

static THREAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"--- Thread [[:xdigit:]]+ \(name: .*/\d+\) stack: ---"));

/// Reads the stacks of threads.
pub(super) fn read(data: &[u8]) -> Reading {
    let mut lines = Lines::new(data);
    if !lines.find_title() {
        return Err(Refusal::NotMine);
    }
    let mut line = lines.current();
    if TITLE.is_match(line) {
        while lines.advance()? {
            line = lines.current();
            if is_memory_map_title(line) || line.starts_with(b"-") {
                break;
            }
        }
    } else if !THREAD.is_match(line) {
        return Err(Refusal::NotMine);
    }

    let kind = [&b"thread"[..], b"count"];
    let mut draft = Draft::new(&[kind], kind, 1)?;
    while !is_memory_map_title(line) && !line.starts_with(b"---- no stack trace for") {
        if !THREAD.is_match(line) {
            let problem = "neither a thread nor the memory map follows the last stack";
            return Err(Refusal::GaveUp(malformed("threadz profile", problem)));
        }
        let stack;
        (line, stack) = read_stack(&mut lines)?;
        if !stack.is_empty() {
            // Callers' addresses are those of the instruction after the call.
            let adjust = |(depth, address): (usize, &u64)| address.wrapping_sub(u64::from(depth > 0));
            draft.push(stack.iter().enumerate().map(adjust), &[1]);
        } else if let Some(count) = draft.last_value() {
            *count = count.wrapping_add(1);
        }
    }
    let mappings = memory_map::find(&mut lines, &mut draft.strings)?;
    Ok(draft.finish_without_second_leaves(mappings)?)
}

/// Reads up to the line that ends a stack, and returns that line (the last one, if there is none) and the stack,
/// which is empty if it is that of the thread before.
fn read_stack<'a>(lines: &mut Lines<'a>) -> Result<(&'a [u8], Vec<u64>), Refusal> {
    let mut line = &b""[..];
    let mut stack = Vec::new();
    let mut is_same = false;
    while lines.advance()? {
        line = trim(lines.current());
        if line.starts_with(b"---") {
            break;
        }
        if memchr::memmem::find(line, b"same as previous thread").is_some() {
            is_same = true;
            continue;
        }
        stack.extend(addresses(line).ok_or_else(|| {
            let problem = format!("line {}: an address has more than 64 bits", lines.number());
            malformed("threadz profile", &problem)
        })?);
    }
    if is_same {
        stack.clear();
    }
    Ok((line, stack))
}
