//! Bytes as they come to blocks of whole fields: the samples left in place, everything else handed on.

use std::ops::Range;

use super::wire::{damaged, varint};
use crate::error::Result;

/// Sizes of the first block and of the largest: small files take little memory, and what large ones take can be walked
/// in parallel with little to start each task. A field that is larger still has a block of its own.
const FIRST: usize = 1 << 17;
const LARGEST: usize = 1 << 20;

/// A key and a length have at most ten bytes each.
const LONGEST_HEAD: usize = 20;

/// The number of the field that holds a sample.
const SAMPLE: u64 = 2;

/// Some fields of a profile, one after the other.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Ranges of `bytes` that hold samples, whole fields, and nothing else.
    pub(super) samples: Vec<Range<usize>>,
    /// Number of samples.
    pub(super) count: usize,
}

/// Cuts what `read` gives into blocks. `read` fills the beginning of a buffer and says how much of it, 0 at the end
/// alone.
pub(super) struct Blocks<R> {
    read: R,
    /// The beginning of a field that did not fit the block before.
    rest: Vec<u8>,
    size: usize,
    is_at_end: bool,
}

/// Why there is no further block.
pub(super) enum Stop {
    /// All have been read.
    End,
    /// What was read is no profile.
    Damaged,
}

impl<R: FnMut(&mut [u8]) -> Result<usize>> Blocks<R> {
    pub(super) fn new(read: R) -> Self {
        Self { read, rest: Vec::new(), size: FIRST, is_at_end: false }
    }

    /// The next block, its other fields appended to `others`.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn next(&mut self, others: &mut Vec<u8>) -> Result<std::result::Result<Block, Stop>> {
        loop {
            if self.is_at_end && self.rest.is_empty() {
                return Ok(Err(Stop::End));
            }
            let size = self.size.max(self.rest.len().saturating_mul(2));
            let mut bytes = vec![0; size];
            let mut filled = self.rest.len();
            bytes[..filled].copy_from_slice(&self.rest);
            self.rest.clear();
            while filled < size && !self.is_at_end {
                let read = (self.read)(&mut bytes[filled..])?;
                self.is_at_end = read == 0;
                filled += read;
            }
            self.size = (self.size * 2).min(LARGEST);
            bytes.truncate(filled);
            let Ok((block, end)) = cut(bytes, self.is_at_end, others) else { return Ok(Err(Stop::Damaged)) };
            let mut block = block;
            self.rest.extend_from_slice(&block.bytes[end..]);
            if end == 0 && !self.is_at_end {
                continue;
            }
            block.bytes.truncate(block.samples.last().map_or(0, |last| last.end));
            if block.bytes.len() < size / 2 {
                block.bytes.shrink_to_fit();
            }
            return Ok(Ok(block));
        }
    }
}

/// The samples in `bytes`, and the end of the last whole field.
///
/// # Errors
/// When the bytes are no fields, or the last one is cut off and nothing follows.
fn cut(bytes: Vec<u8>, is_at_end: bool, others: &mut Vec<u8>) -> Result<(Block, usize)> {
    let mut samples: Vec<Range<usize>> = Vec::new();
    let mut count = 0;
    let mut start = 0;
    while start < bytes.len() {
        let Some((number, length)) = head(&bytes[start..], is_at_end)? else { break };
        let end = start.checked_add(length).filter(|&end| end <= bytes.len());
        let Some(end) = end else {
            if is_at_end {
                return Err(damaged("the data ends in the middle of a field"));
            }
            break;
        };
        if number == SAMPLE {
            count += 1;
            match samples.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => samples.push(start..end),
            }
        } else {
            others.extend_from_slice(&bytes[start..end]);
        }
        start = end;
    }
    Ok((Block { bytes, samples, count }, start))
}

/// The number and the length of the field that `input` begins with, which may pass its end; `None` where more bytes are
/// needed to tell.
#[inline]
fn head(input: &[u8], is_at_end: bool) -> Result<Option<(u64, usize)>> {
    let is_short = input.len() < LONGEST_HEAD && !is_at_end;
    match whole_head(input) {
        Err(_) if is_short => Ok(None),
        head => head.map(Some),
    }
}

#[inline]
fn whole_head(input: &[u8]) -> Result<(u64, usize)> {
    let mut rest = input;
    let key = varint(&mut rest)?;
    let number = key >> 3;
    let body = match key & 7 {
        2 => varint(&mut rest)?,
        _ if number == SAMPLE => return Err(damaged("a field has the wrong wire type")),
        0 => {
            varint(&mut rest)?;
            0
        }
        1 => 8,
        5 => 4,
        _ => return Err(damaged("a field has a wire type that profiles do not use")),
    };
    let head = input.len() - rest.len();
    let body = usize::try_from(body).ok().and_then(|body| head.checked_add(body));
    body.map(|length| (number, length)).ok_or_else(|| damaged("the data ends in the middle of a field"))
}
