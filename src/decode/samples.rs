//! The samples of a scanned profile to columns, or to a visitor that wants no columns.

use std::ops::Range;

use super::proto::{SampleBytes, Scan, text_at};
use super::wire::{Value, damaged, field, fields};
use crate::error::Result;
use crate::profile::{Label, LabelValue, LocationId, Profile, SampleStream, Samples, StrId};

impl SampleStream for Scan<'_> {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    fn chunks(&self) -> usize {
        self.samples.chunks.len()
    }

    /// Labels are checked and left out.
    fn walk(&self, chunk: usize, mut visit: impl FnMut(&[LocationId], &[i64])) -> Result<()> {
        let mut stack = Vec::new();
        let mut values = Vec::new();
        each_sample(&self.samples, self.samples.chunks[chunk].clone(), |message| {
            stack.clear();
            values.clear();
            let mut has_labels = false;
            read_stack(&self.samples, message, &mut stack, &mut values, |_| {
                has_labels = true;
                Ok(())
            })?;
            if has_labels {
                read_labels(&self.samples, message, |_| {})?;
            }
            visit(&stack, &values);
            Ok(())
        })
    }
}

/// Appends the samples in `chunk` to `samples`.
pub(super) fn read_samples(
    bytes: &SampleBytes<'_>,
    chunk: Range<usize>,
    samples: &mut Samples,
) -> Result<()> {
    let mut stack = Vec::new();
    let mut values = Vec::new();
    let mut labels = Vec::new();
    each_sample(bytes, chunk, |message| {
        read_stack(bytes, message, &mut stack, &mut values, |_| Ok(()))?;
        read_labels(bytes, message, |label| labels.push(label))?;
        samples.push(stack.drain(..), values.drain(..), labels.drain(..));
        Ok(())
    })
}

fn each_sample<'a>(
    bytes: &SampleBytes<'a>,
    chunk: Range<usize>,
    mut visit: impl FnMut(&'a [u8]) -> Result<()>,
) -> Result<()> {
    let mut rest = &bytes.data[chunk];
    while !rest.is_empty() {
        let (_, value) = field(&mut rest)?;
        visit(value.bytes()?)?;
    }
    Ok(())
}

/// Reads locations and values of a sample, and hands its label messages to `label`.
#[inline]
fn read_stack<'a>(
    bytes: &SampleBytes<'_>,
    message: &'a [u8],
    stack: &mut Vec<LocationId>,
    values: &mut Vec<i64>,
    mut label: impl FnMut(&'a [u8]) -> Result<()>,
) -> Result<()> {
    fields(message, |number, value| {
        match number {
            1 => match value {
                Value::Bytes(mut packed) => {
                    while !packed.is_empty() {
                        stack.push(bytes.location(super::wire::varint(&mut packed)?)?);
                    }
                }
                single => stack.push(bytes.location(single.number()?)?),
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
