//! The samples of a scanned profile to columns, or to a visitor that wants no columns.

use super::id_map::IdMap;
use super::proto::{Chunk, SampleBytes, Scan, text_at};
use super::wire::{Value, damaged, field, fields, packed_numbers};
use crate::error::{Error, Result};
use crate::profile::{Label, LabelValue, LocationId, Profile, SampleStream, Samples, StrId};

impl SampleStream for Scan<'_> {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn chunks(&self) -> usize {
        self.samples.chunks.len()
    }

    fn walk(&self, chunk: usize, mut visit: impl FnMut(&[LocationId], &[i64])) -> Result<()> {
        self.walk_chunk(&self.samples.chunks[chunk], &mut visit)
    }
}

impl Scan<'_> {
    /// Hands each sample of `chunk` to `visit`. Labels are checked and left out.
    pub(super) fn walk_chunk(
        &self,
        chunk: &Chunk<'_>,
        visit: &mut impl FnMut(&[LocationId], &[i64]),
    ) -> Result<()> {
        let mut stack = Stack::default();
        let mut values = Vec::new();
        each_sample(chunk, |message| {
            values.clear();
            let mut has_labels = false;
            read_stack(&self.samples, message, &mut stack, &mut values, |_| {
                has_labels = true;
                Ok(())
            })?;
            if has_labels {
                read_labels(&self.samples, message, |_| {})?;
            }
            visit(&stack.locations, &values);
            Ok(())
        })
    }
}

/// Appends the samples in `chunk` to `samples`.
pub(super) fn read_samples(bytes: &SampleBytes<'_>, chunk: &Chunk<'_>, samples: &mut Samples) -> Result<()> {
    let mut stack = Stack::default();
    let mut values = Vec::new();
    let mut labels = Vec::new();
    each_sample(chunk, |message| {
        read_stack(bytes, message, &mut stack, &mut values, |_| Ok(()))?;
        read_labels(bytes, message, |label| labels.push(label))?;
        samples.push(stack.locations.iter().copied(), values.drain(..), labels.drain(..));
        Ok(())
    })
}

fn each_sample<'a>(chunk: &'a Chunk<'_>, mut visit: impl FnMut(&'a [u8]) -> Result<()>) -> Result<()> {
    for mut rest in chunk.runs() {
        while !rest.is_empty() {
            let (_, value) = field(&mut rest)?;
            visit(value.bytes()?)?;
        }
    }
    Ok(())
}

/// Reads locations and values of a sample, and hands its label messages to `label`.
#[inline]
fn read_stack<'a>(
    bytes: &SampleBytes<'_>,
    message: &'a [u8],
    stack: &mut Stack<'a>,
    values: &mut Vec<i64>,
    mut label: impl FnMut(&'a [u8]) -> Result<()>,
) -> Result<()> {
    stack.begin();
    fields(message, |number, value| {
        match number {
            1 => match value {
                Value::Bytes(packed) => stack.read(packed, &bytes.locations)?,
                single => stack.push(single.number()?, &bytes.locations)?,
            },
            2 => value.numbers(|number| values.push(number.cast_signed()))?,
            3 => label(value.bytes()?)?,
            _ => {}
        }
        Ok(())
    })?;
    if values.len() != bytes.width {
        return Err(damaged(&format!(
            "a sample has {} values and the profile has {} sample types",
            values.len(),
            bytes.width
        )));
    }
    Ok(())
}

/// Hands the labels of a sample to `push`. A label without text, number and unit is dropped, as pprof does.
fn read_labels(bytes: &SampleBytes<'_>, message: &[u8], mut push: impl FnMut(Label)) -> Result<()> {
    let text = |index| text_at(&bytes.texts, index);
    fields(message, |number, value| {
        if number != 3 {
            return Ok(());
        }
        let (mut key, mut string, mut num, mut unit) = (0, 0, 0, 0);
        fields(value.bytes()?, |number, value| {
            match number {
                1 => key = value.signed()?,
                2 => string = value.signed()?,
                3 => num = value.signed()?,
                4 => unit = value.signed()?,
                _ => {}
            }
            Ok(())
        })?;
        let key = text(key)?;
        if string != 0 {
            push(Label { key, value: LabelValue::Text(text(string)?) });
        } else if num != 0 || unit != 0 {
            let unit = if unit == 0 { StrId::default() } else { text(unit)? };
            push(Label { key, value: LabelValue::Number(num, unit) });
        }
        Ok(())
    })
}

/// The stack of a sample, leaf first, read from its bytes but for what it has in common with the sample before.
#[derive(Default)]
struct Stack<'a> {
    locations: Vec<LocationId>,
    /// The packed field that gave all of `locations`, if it was one.
    packed: Option<&'a [u8]>,
    before: Vec<LocationId>,
    packed_before: Option<&'a [u8]>,
}

impl<'a> Stack<'a> {
    /// Begins the next sample.
    #[inline]
    fn begin(&mut self) {
        std::mem::swap(&mut self.locations, &mut self.before);
        self.locations.clear();
        self.packed_before = self.packed.take();
    }

    /// Appends the locations of a packed field.
    #[inline]
    fn read(&mut self, packed: &'a [u8], ids: &IdMap) -> Result<()> {
        let is_first = self.locations.is_empty();
        let before = self.packed_before.filter(|_| is_first).unwrap_or_default();
        let (fresh, shared) = packed.split_at(packed.len() - shared_end(before, packed));
        // No number takes less than a byte.
        self.locations.reserve(fresh.len());
        let mut unknown = None;
        packed_numbers(fresh, |id| match ids.get(id) {
            Some(row) => self.locations.push(LocationId::new(row)),
            None => unknown = Some(id),
        })?;
        if let Some(id) = unknown {
            return Err(missing(id));
        }
        // The last byte of each number, and no other, has its highest bit clear.
        let frames = shared.iter().filter(|&&byte| byte < 0x80).count();
        self.locations.extend_from_slice(&self.before[self.before.len() - frames..]);
        self.packed = is_first.then_some(packed);
        Ok(())
    }

    /// Appends one location.
    fn push(&mut self, id: u64, ids: &IdMap) -> Result<()> {
        self.locations.push(ids.get(id).map(LocationId::new).ok_or_else(|| missing(id))?);
        self.packed = None;
        Ok(())
    }
}

/// How many bytes at the end of two packed fields are the same numbers.
#[inline]
fn shared_end(before: &[u8], now: &[u8]) -> usize {
    let same = same_end(before, now);
    let is_whole = |packed: &[u8]| {
        let start = packed.len() - same;
        start == 0 || packed[start - 1] < 0x80
    };
    if same == 0 || is_whole(before) && is_whole(now) {
        return same;
    }
    // The first of these bytes may belong to different numbers; the next number begins after its end.
    let cut = now[now.len() - same..].iter().position(|&byte| byte < 0x80);
    cut.map_or(0, |cut| same - cut - 1)
}

/// How many bytes at the end of two slices are the same.
#[inline]
fn same_end(mut a: &[u8], mut b: &[u8]) -> usize {
    let mut same = 0;
    while let (Some((before_a, last_a)), Some((before_b, last_b))) =
        (a.split_last_chunk::<8>(), b.split_last_chunk::<8>())
    {
        let differing = u64::from_le_bytes(*last_a) ^ u64::from_le_bytes(*last_b);
        if differing != 0 {
            return same + differing.leading_zeros() as usize / 8;
        }
        same += 8;
        (a, b) = (before_a, before_b);
    }
    same + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

#[cold]
fn missing(id: u64) -> Error {
    damaged(&format!("a sample refers to location {id}, which is missing"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::encoding::encode_varint;

    use super::*;

    proptest! {
        #[test]
        fn stacks_that_end_alike_are_read_as_each_alone(
            stacks in prop::collection::vec(prop::collection::vec((1..5_u64, 0..5_u32), 0..12), 1..12),
        ) {
            // Numbers of one to five bytes, some of which end like others.
            let id = |(low, groups): &(u64, u32)| low << (7 * groups);
            let mut ids = IdMap::new("location", 0);
            for groups in 0..5_u32 {
                for low in 1..5 {
                    ids.insert(id(&(low, groups))).expect("all differ");
                }
            }
            let packed: Vec<Vec<u8>> = stacks
                .iter()
                .map(|stack| {
                    let mut packed = Vec::new();
                    for number in stack {
                        encode_varint(id(number), &mut packed);
                    }
                    packed
                })
                .collect();
            let mut stack = Stack::default();
            for (numbers, packed) in stacks.iter().zip(&packed) {
                stack.begin();
                stack.read(packed, &ids).expect("all are known");
                let expected: Vec<_> =
                    numbers.iter().filter_map(|number| ids.get(id(number))).map(LocationId::new).collect();
                prop_assert_eq!(&stack.locations, &expected);
            }
        }
    }
}
