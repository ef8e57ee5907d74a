//! Text to lines, within the limits of the scanner that pprof reads text with.

use memchr::memchr;
use memchr::memmem;

use super::Refusal;
use super::malformed;

/// The longest line that pprof reads, in bytes: one less than `bufio.MaxScanTokenSize` of Go.
const LONGEST_LINE: usize = 65_535;

/// The lines of a text, one at a time.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    current: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    /// Stands before the first line of `text`.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, current: b"", number: 0 }
    }

    /// Goes to the next line; false if there is none.
    ///
    /// # Errors
    /// When the line is longer than pprof reads.
    pub(super) fn advance(&mut self) -> Result<bool, Refusal> {
        let end = memchr(b'\n', self.rest);
        let line = &self.rest[..end.unwrap_or(self.rest.len())];
        if line.len() > LONGEST_LINE {
            self.current = b"";
            let problem = format!("line {} has more than {LONGEST_LINE} bytes", self.number + 1);
            return Err(Refusal::Damaged(malformed("text profile", &problem)));
        }
        self.current = line.strip_suffix(b"\r").unwrap_or(line);
        let is_line = !self.rest.is_empty();
        self.rest = end.map_or(b"", |end| &self.rest[end + 1..]);
        self.number += usize::from(is_line);
        Ok(is_line)
    }

    /// Goes to the first line that is neither blank nor a comment, to see what the text is; false if there is
    /// none that pprof could read.
    pub(super) fn find_title(&mut self) -> bool {
        while self.advance().unwrap_or(false) {
            if !is_blank_or_comment(self.current) {
                return true;
            }
        }
        false
    }

    /// The line without its end; empty before the first and after the last.
    pub(super) fn current(&self) -> &'a [u8] {
        self.current
    }

    /// The number of the line, counted from 1.
    pub(super) fn number(&self) -> usize {
        self.number
    }
}

/// Whether `line` announces a memory map.
pub(super) fn is_memory_map_title(line: &[u8]) -> bool {
    [&b"--- Memory map: ---"[..], b"MAPPED_LIBRARIES:"]
        .iter()
        .any(|title| memmem::find(line, title).is_some())
}

/// Whether `line` is blank or a comment.
pub(super) fn is_blank_or_comment(line: &[u8]) -> bool {
    matches!(trim(line), [] | [b'#', ..])
}

/// `text` without white space (in the sense of Unicode) at its ends. Invalid UTF-8 is no white space.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    if let ([first, ..], [.., last]) = (text, text)
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return text;
    }
    let first = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let text = &text[first.len() - first.trim_start().len()..];
    let last = match text.utf8_chunks().last() {
        Some(chunk) if chunk.invalid().is_empty() => chunk.valid(),
        _ => "",
    };
    &text[..text.len() - (last.len() - last.trim_end().len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Vec<&[u8]> {
        let mut lines = Lines::new(text);
        std::iter::from_fn(|| lines.advance().expect("short lines").then(|| lines.current())).collect()
    }

    #[test]
    fn the_last_line_needs_no_end_and_carriage_returns_belong_to_the_end() {
        assert_eq!(all(b"a\r\n\nb\r\r"), [&b"a"[..], b"", b"b\r"]);
        assert_eq!(all(b"\r"), [b""]);
        assert!(all(b"").is_empty());
    }

    #[test]
    fn a_line_of_64_kib_is_too_long() {
        for (length, end, fits) in
            [(65_535, "\n", true), (65_535, "", true), (65_536, "\n", false), (65_536, "", false)]
        {
            let text = "x".repeat(length) + end;
            assert_eq!(Lines::new(text.as_bytes()).advance().is_ok(), fits, "{length} {end:?}");
        }
    }

    #[test]
    fn trimming_knows_unicode_and_leaves_invalid_bytes() {
        assert_eq!(trim("\u{2003}\u{a0} a b\u{85}\u{3000}\n".as_bytes()), b"a b");
        assert_eq!(trim(b" \x85a\xa0 "), b"\x85a\xa0");
        assert_eq!(trim(b" \xe2\x80 "), b"\xe2\x80");
        assert_eq!(trim(b" \t\x0b"), b"");
    }
}
