//! The text of a memory map to mappings, the main binary first.

use std::sync::LazyLock;

use memchr::{memchr, memmem};
use regex::bytes::Regex;

use super::lines::{Lines, is_memory_map_title, trim};
use super::numbers::hexadecimal;
use super::variables::Variables;
use super::{Refusal, pattern};
use crate::error::Result;
use crate::profile::{Mapping, StrId, Strings};

/// Two addresses and, perhaps, permissions: how each entry begins. `(?:0x)?` and most separators are optional
/// because many programs print maps of their own.
const RANGE: &str =
    r"^\s*(?:0x)?([[:xdigit:]]+)[\s-]?\s*(?:0x)?([[:xdigit:]]+):?(?:\s+(?P<permissions>[-rwxp]+))?";

/// A line of `/proc/self/maps`: range, permissions, offset, device, inode, file.
static PROC_MAPS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"{RANGE}(?:\s+(?P<offset>[[:xdigit:]]+))?\s+[[:xdigit:]]+:[[:xdigit:]]+\s+[[:digit:]]+(?:\s+(?P<file>[^\s]+))?"
    ))
});

/// A shorter form: range, permissions, file, `(@offset)`, build id.
static BRIEF_MAPS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"{RANGE}(?:\s+(?P<file>[^\s]+))?(?:\s+\(@(?P<offset>[[:xdigit:]]+)\))?(?:\s+(?P<build_id>[[:xdigit:]]+))?"
    ))
});

/// What a logging library puts before a line: `… file.cc:123] `.
static LOG_PREFIX: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[^\[\]]+:[0-9]+\]\s"));

/// The name of a shared library.
static LIBRARY: LazyLock<Regex> = LazyLock::new(|| pattern(r"[.]so$|[.]so[._][0-9]+"));

/// Where the linker puts a program that is not relocated, on x86-64.
const USUAL_START: u64 = 0x40_0000;

/// What a line of a memory map is.
enum Entry {
    Mapping(Mapping),
    /// A mapping that no code runs in.
    NotExecutable,
    Unrecognized,
}

/// Looks for the title of a memory map from the current line on, and reads the map behind it.
pub(super) fn find(lines: &mut Lines<'_>, strings: &mut Strings) -> Result<Vec<Mapping>, Refusal> {
    while !is_memory_map_title(lines.current()) && lines.advance()? {}
    read(lines, strings)
}

/// Reads the memory map that the rest of `lines` is. Lines that mean nothing are passed over.
pub(super) fn read(lines: &mut Lines<'_>, strings: &mut Strings) -> Result<Vec<Mapping>, Refusal> {
    let mut variables = Variables::default();
    let mut mappings = Vec::new();
    while lines.advance()? {
        let line = lines.current();
        let prefix = LOG_PREFIX.find(line).map_or(0, |found| found.end());
        let line = variables.replace(&line[prefix..])?;
        match entry(&line, strings)? {
            Entry::Mapping(mapping) => mappings.push(mapping),
            Entry::NotExecutable => {}
            Entry::Unrecognized => {
                if let Some(equals) = memchr(b'=', &line) {
                    variables.define(trim(&line[..equals]), trim(&line[equals + 1..]));
                }
            }
        }
    }
    let mut mappings = join_adjacent(mappings);
    move_main_binary_first(&mut mappings, strings);
    repair_main_binary(&mut mappings, strings);
    Ok(mappings)
}

fn entry(line: &[u8], strings: &mut Strings) -> Result<Entry> {
    let Some(fields) = PROC_MAPS.captures(line).or_else(|| BRIEF_MAPS.captures(line)) else {
        return Ok(Entry::Unrecognized);
    };
    let text = |name| fields.name(name).map_or(&b""[..], |found| found.as_bytes());
    let permissions = text("permissions");
    if !permissions.is_empty() && !permissions.contains(&b'x') {
        return Ok(Entry::NotExecutable);
    }
    let offset = match text("offset") {
        b"" => Some(0),
        digits => hexadecimal(digits),
    };
    let (Some(start), Some(limit), Some(offset)) = (hexadecimal(&fields[1]), hexadecimal(&fields[2]), offset)
    else {
        return Ok(Entry::Unrecognized);
    };
    let file = strings.intern(text("file"))?;
    let build_id = strings.intern(text("build_id"))?;
    Ok(Entry::Mapping(Mapping { start, limit, offset, file, build_id, ..Mapping::default() }))
}

/// Joins mappings that are parts of one: each starts where the one before ends, and what is known of file,
/// build id and offset agrees.
fn join_adjacent(mappings: Vec<Mapping>) -> Vec<Mapping> {
    let agree = |a: StrId, b: StrId| a == b || a == StrId::default() || b == StrId::default();
    let mut joined: Vec<Mapping> = Vec::new();
    for mapping in mappings {
        match joined.last_mut() {
            Some(last)
                if agree(last.file, mapping.file)
                    && agree(last.build_id, mapping.build_id)
                    && last.limit == mapping.start
                    && (last.offset == 0
                        || mapping.offset == 0
                        || last.offset.wrapping_add(last.limit.wrapping_sub(last.start))
                            == mapping.offset) =>
            {
                last.limit = mapping.limit;
                if mapping.file != StrId::default() {
                    last.file = mapping.file;
                }
                if mapping.build_id != StrId::default() {
                    last.build_id = mapping.build_id;
                }
            }
            _ => joined.push(mapping),
        }
    }
    joined
}

/// Exchanges the first mapping with the first one that is neither anonymous nor a library nor the kernel's.
fn move_main_binary_first(mappings: &mut [Mapping], strings: &Strings) {
    let is_main = |mapping: &Mapping| {
        let file = without(strings.get(mapping.file), b"(deleted)");
        let file = trim(&file);
        !matches!(file, [] | [b'[', ..]) && !LIBRARY.is_match(file)
    };
    if let Some(row) = mappings.iter().position(is_main) {
        mappings.swap(0, row);
    }
}

fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut end = 0;
    for start in memmem::find_iter(text, part) {
        kept.extend_from_slice(&text[end..start]);
        end = start + part.len();
    }
    kept.extend_from_slice(&text[end..]);
    kept
}

/// Undoes what remapping to huge pages does to the first mapping: a part with a name of its own, and a start
/// that is not the start of the file.
fn repair_main_binary(mappings: &mut Vec<Mapping>, strings: &Strings) {
    if let [first, second, ..] = &mappings[..]
        && strings.get(first.file).starts_with(b"/anon_hugepage")
        && first.limit == second.start
    {
        mappings.remove(0);
    }
    if let Some(first) = mappings.first_mut()
        && first.start.wrapping_sub(first.offset) == USUAL_START
    {
        (first.start, first.offset) = (USUAL_START, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each mapping as start, limit, offset, file and build id.
    fn map(text: &str) -> Vec<(u64, u64, u64, String, String)> {
        let mut strings = Strings::default();
        let mappings = read(&mut Lines::new(text.as_bytes()), &mut strings).expect("readable");
        let text = |id| String::from_utf8_lossy(strings.get(id)).into_owned();
        mappings
            .iter()
            .map(|mapping| {
                (mapping.start, mapping.limit, mapping.offset, text(mapping.file), text(mapping.build_id))
            })
            .collect()
    }

    fn row(start: u64, limit: u64, offset: u64, file: &str, id: &str) -> (u64, u64, u64, String, String) {
        (start, limit, offset, file.into(), id.into())
    }

    #[test]
    fn both_forms_are_read_and_data_is_passed_over() {
        assert_eq!(
            map(
                "00400000-0040b000 r-xp 00001000 08:01 12 /bin/cat\n0050b000-0050c000 rw-p 0 08:01 12 /bin/cat\n\
                 0x7f00-0x7f10: /lib/x.so (@a0) deadbeef\nnonsense\n"
            ),
            [
                row(0x40_0000, 0x40_b000, 0x1000, "/bin/cat", ""),
                row(0x7f00, 0x7f10, 0xa0, "/lib/x.so", "deadbeef")
            ]
        );
    }

    #[test]
    fn logging_is_cut_off_and_variables_are_replaced() {
        assert_eq!(
            map("I0101 main.cc:12] build=/path/to/binary\n main.cc:13] 40000000-40000010 $build\n"),
            [row(0x4000_0000, 0x4000_0010, 0, "/path/to/binary", "")]
        );
    }

    #[test]
    fn adjacent_parts_of_a_file_are_one_mapping() {
        assert_eq!(
            map(
                "1000-2000 r-xp 00100 08:01 1 /a\n2000-3000 r-xp 01100 08:01 1 /a\n3000-4000 r-xp 09999 08:01 1 /a\n"
            ),
            [row(0x1000, 0x3000, 0x100, "/a", ""), row(0x3000, 0x4000, 0x9999, "/a", "")]
        );
    }

    #[test]
    fn the_main_binary_comes_first_and_starts_where_its_file_does() {
        assert_eq!(
            map("7000-8000 r-xp 0 08:01 1 /lib/libc-2.19.so\n9000-9100 r-xp 0 00:00 0 [vdso]\n\
                 00500000-00600000 r-xp 00100000 08:01 3 /bin/app\n"),
            [
                row(0x40_0000, 0x60_0000, 0, "/bin/app", ""),
                row(0x9000, 0x9100, 0, "[vdso]", ""),
                row(0x7000, 0x8000, 0, "/lib/libc-2.19.so", ""),
            ]
        );
    }
}
