//! Protocol buffer messages to fields, on prost's wire primitives, as strict and as lax as pprof's reader.

use prost::encoding::decode_varint;

use crate::error::{Error, ErrorKind, Result};

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire types 1 and 5, which no field of a profile has.
    Fixed,
    /// Wire type 2: text, a message, or packed numbers.
    Bytes(&'a [u8]),
}

pub(super) fn damaged(problem: &str) -> Error {
    Error::new(ErrorKind::Malformed, format!("not a readable profile: {problem}"))
        .help("record the profile again, or check that it was transferred whole")
}

/// Takes a varint off the front of `input`. Keys, lengths and most ids have one or two bytes.
#[inline]
pub(super) fn varint(input: &mut &[u8]) -> Result<u64> {
    match **input {
        [first, ref rest @ ..] if first < 0x80 => {
            *input = rest;
            return Ok(u64::from(first));
        }
        [first, second, ref rest @ ..] if second < 0x80 => {
            *input = rest;
            return Ok(u64::from(first & 0x7f) | u64::from(second) << 7);
        }
        [first, second, third, ref rest @ ..] if third < 0x80 => {
            *input = rest;
            return Ok(u64::from(first & 0x7f) | u64::from(second & 0x7f) << 7 | u64::from(third) << 14);
        }
        _ => {}
    }
    decode_varint(input).map_err(|_| damaged("a number is cut off or longer than ten bytes"))
}

/// Takes one field off the front of `input`, which is not empty.
///
/// # Errors
/// On wire types that pprof refuses (groups and the unassigned), and on fields that pass the end of `input`.
#[inline]
pub(super) fn field<'a>(input: &mut &'a [u8]) -> Result<(u64, Value<'a>)> {
    let key = varint(input)?;
    let value = match key & 7 {
        0 => Value::Varint(varint(input)?),
        1 => take(input, 8).map(|_| Value::Fixed)?,
        2 => {
            let length = varint(input)?;
            Value::Bytes(take(input, length)?)
        }
        5 => take(input, 4).map(|_| Value::Fixed)?,
        _ => return Err(damaged("a field has a wire type that profiles do not use")),
    };
    Ok((key >> 3, value))
}

#[inline]
fn take<'a>(input: &mut &'a [u8], length: u64) -> Result<&'a [u8]> {
    let cut = || damaged("the data ends in the middle of a field");
    let length = usize::try_from(length).map_err(|_| cut())?;
    let (taken, rest) = input.split_at_checked(length).ok_or_else(cut)?;
    *input = rest;
    Ok(taken)
}

fn type_mismatch() -> Error {
    damaged("a field has the wrong wire type")
}

impl<'a> Value<'a> {
    /// The value of a numeric field.
    #[inline]
    pub(super) fn number(self) -> Result<u64> {
        match self {
            Self::Varint(number) => Ok(number),
            Self::Fixed | Self::Bytes(_) => Err(type_mismatch()),
        }
    }

    /// The value of a signed numeric field.
    #[inline]
    pub(super) fn signed(self) -> Result<i64> {
        self.number().map(u64::cast_signed)
    }

    /// The value of a text or message field.
    #[inline]
    pub(super) fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Fixed | Self::Varint(_) => Err(type_mismatch()),
        }
    }

    /// Hands each number of a repeated numeric field, packed or not, to `push`.
    #[inline]
    pub(super) fn numbers(self, mut push: impl FnMut(u64)) -> Result<()> {
        match self {
            Self::Varint(number) => push(number),
            Self::Bytes(packed) => packed_numbers(packed, push)?,
            Self::Fixed => return Err(type_mismatch()),
        }
        Ok(())
    }
}

/// Hands each number of a packed field to `push`.
#[inline]
pub(super) fn packed_numbers(mut packed: &[u8], mut push: impl FnMut(u64)) -> Result<()> {
    // Four bytes are looked at together: nearly all numbers end among them.
    while let Some((&bytes, _)) = packed.split_first_chunk::<4>() {
        let word = u32::from_le_bytes(bytes);
        let ends = !word & 0x8080_8080;
        if ends == 0 {
            push(varint(&mut packed)?);
            continue;
        }
        // The bits up to the end of the first number, without those that say that it goes on.
        let taken = word & (ends ^ (ends - 1)) & 0x7f7f_7f7f;
        let number =
            taken & 0x7f | (taken >> 1) & 0x3f80 | (taken >> 2) & 0x1f_c000 | (taken >> 3) & 0xfe0_0000;
        push(u64::from(number));
        packed = &packed[ends.trailing_zeros() as usize / 8 + 1..];
    }
    while !packed.is_empty() {
        push(varint(&mut packed)?);
    }
    Ok(())
}

/// Hands each field of `message` to `visit`, as number and value.
#[inline]
pub(super) fn fields<'a>(
    mut message: &'a [u8],
    mut visit: impl FnMut(u64, Value<'a>) -> Result<()>,
) -> Result<()> {
    while !message.is_empty() {
        let (number, value) = field(&mut message)?;
        visit(number, value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_unassigned_wire_types_are_refused() {
        for wire_type in [3, 4, 6, 7] {
            assert!(field(&mut &[8 | wire_type, 0][..]).is_err(), "wire type {wire_type}");
        }
    }

    #[test]
    fn short_and_long_numbers_agree_with_prost() {
        for shift in 0..64 {
            for number in [1_u64 << shift, (1 << shift) - 1, u64::MAX >> shift] {
                let mut encoded = Vec::new();
                prost::encoding::encode_varint(number, &mut encoded);
                encoded.push(0xff);
                let mut input = &encoded[..];
                assert_eq!(varint(&mut input), Ok(number));
                assert_eq!(input, [0xff], "{number} takes all of its bytes and no more");
            }
        }
        assert!(varint(&mut &[0x80][..]).is_err());
        assert!(varint(&mut &[0xff; 11][..]).is_err());
    }

    #[test]
    fn a_length_past_the_end_is_refused() {
        let largest = [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert!(field(&mut &largest[..]).is_err());
        assert_eq!(field(&mut &[0x0a, 1, 7][..]), Ok((1, Value::Bytes(&[7]))));
    }
}
