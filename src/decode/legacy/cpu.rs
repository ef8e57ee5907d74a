//! The binary CPU profiles of gperftools, and of Java agents in their layout, to a profile.
//!
//! The file is a row of words: 0, 3, the variant, the period in microseconds, 0; then for each stack how often it
//! was seen, its depth and its addresses, leaf first; then 0, 1, 0. Text follows: the memory map, or the names of
//! Java's frames. Words have four or eight bytes of either order.

use hashbrown::HashMap;

use super::draft::Draft;
use super::java_frames::name_locations;
use super::lines::Lines;
use super::{Reading, Refusal, malformed, memory_map};

/// One stack in this many may differ while the others share a frame that the signal handler left.
const SHARE_OF_OTHERS: usize = 32;

/// How a file writes its words.
#[derive(Clone, Copy)]
struct Layout {
    bytes: usize,
    is_big_endian: bool,
}

/// In the order in which pprof tries them.
const LAYOUTS: [Layout; 4] = [
    Layout { bytes: 4, is_big_endian: false },
    Layout { bytes: 4, is_big_endian: true },
    Layout { bytes: 8, is_big_endian: false },
    Layout { bytes: 8, is_big_endian: true },
];

impl Layout {
    /// Takes a word off the front of `data`.
    fn word(self, data: &mut &[u8]) -> Option<u64> {
        let (word, rest) = data.split_at_checked(self.bytes)?;
        *data = rest;
        let join = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
        Some(if self.is_big_endian { word.iter().fold(0, join) } else { word.iter().rev().fold(0, join) })
    }
}

/// Reads a CPU profile.
pub(super) fn read(data: &[u8]) -> Reading {
    for layout in LAYOUTS {
        let mut rest = data;
        let header = [(); 5].map(|()| layout.word(&mut rest));
        let [Some(0), Some(3), Some(variant @ (0 | 1)), Some(period @ 1..), Some(0)] = header else {
            continue;
        };
        let is_java = variant == 1;
        let period = period.cast_signed().wrapping_mul(1000);
        let cpu = [&b"cpu"[..], b"nanoseconds"];
        let mut draft = Draft::new(&[[b"samples", b"count"], cpu], cpu, period)?;
        read_stacks(layout, &mut rest, !is_java, &mut draft)?;
        if is_java {
            return Ok(name_locations(rest, draft)?);
        }
        for _ in 0..2 {
            remove_handler_frame(&mut draft);
        }
        let mappings = memory_map::read(&mut Lines::new(rest), &mut draft.strings)?;
        return Ok(draft.finish_without_second_leaves(mappings)?);
    }
    Err(Refusal::NotMine)
}

/// Takes all stacks off the front of `data`. With `adjust`, the addresses of callers, which are those of the next
/// instruction, are moved back into the call.
///
/// pprof takes a file without its end marker as complete, and addresses that are missing as zeros. Here that is
/// an error: the samples that are gone could be the ones that matter.
fn read_stacks(layout: Layout, data: &mut &[u8], adjust: bool, draft: &mut Draft) -> Result<(), Refusal> {
    let cut = || malformed("CPU profile", "it is cut off before its end marker");
    let mut stack = Vec::new();
    loop {
        let count = layout.word(data).ok_or_else(cut)?;
        let depth = layout.word(data).and_then(|depth| usize::try_from(depth).ok()).ok_or_else(cut)?;
        let bytes = depth.checked_mul(layout.bytes).ok_or_else(cut)?;
        let (mut words, rest) = data.split_at_checked(bytes).ok_or_else(cut)?;
        *data = rest;
        stack.clear();
        stack.extend(std::iter::from_fn(|| layout.word(&mut words)));
        if count == 0 && stack == [0] {
            return Ok(());
        }
        if adjust {
            stack.iter_mut().skip(1).for_each(|address| *address = address.wrapping_sub(1));
        }
        let count = count.cast_signed();
        draft.push(stack.iter().copied(), &[count, count.wrapping_mul(draft.header.period)]);
    }
}

/// Removes the frame above the leaf where nearly all stacks share it: it belongs to the signal handler, and the
/// leaf, which comes from the registers, does not.
fn remove_handler_frame(draft: &mut Draft) {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    for stack in draft.stacks() {
        if let [_, second, ..] = stack {
            *counts.entry(*second).or_default() += 1;
        }
    }
    let enough = draft.len() - draft.len() / SHARE_OF_OTHERS;
    if let Some((&shared, _)) = counts.iter().find(|&(_, &count)| count >= enough) {
        draft.remove_second_frames(|_, second| second == shared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(layout: Layout, words: &[u64]) -> Vec<u8> {
        let bytes = |word: &u64| match layout {
            Layout { bytes: 4, is_big_endian: false } => {
                u32::try_from(*word).expect("small").to_le_bytes().to_vec()
            }
            Layout { bytes: 4, is_big_endian: true } => {
                u32::try_from(*word).expect("small").to_be_bytes().to_vec()
            }
            Layout { is_big_endian: false, .. } => word.to_le_bytes().to_vec(),
            Layout { is_big_endian: true, .. } => word.to_be_bytes().to_vec(),
        };
        words.iter().flat_map(bytes).collect()
    }

    const WORDS: [u64; 17] = [0, 3, 0, 100, 0, 7, 2, 0x100, 0x201, 1, 2, 0x300, 0x401, 0, 1, 0, 0xffff_ffff];

    #[test]
    fn all_layouts_hold_the_same_profile() {
        for layout in LAYOUTS {
            let profile = read(&file(layout, &WORDS)).expect("whole");
            assert_eq!(profile.header.period, 100_000);
            let samples: Vec<_> = (profile.samples.iter())
                .map(|sample| {
                    let address = |id| profile.locations.row(id).address;
                    (sample.stack.iter().map(|&id| address(id)).collect::<Vec<_>>(), sample.values.to_vec())
                })
                .collect();
            let expected = [(vec![0x100, 0x200], vec![7, 700_000]), (vec![0x300, 0x400], vec![1, 100_000])];
            assert_eq!(samples, expected);
        }
    }

    #[test]
    fn a_profile_that_is_cut_off_is_refused() {
        for layout in LAYOUTS {
            let whole = file(layout, &WORDS[..16]);
            assert!(read(&whole).is_ok());
            for length in 5 * layout.bytes..whole.len() {
                assert!(matches!(read(&whole[..length]), Err(Refusal::Damaged(_))), "{length} bytes");
            }
        }
    }
}
