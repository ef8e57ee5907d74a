//! Turns fields into the wire encoding of protocol buffers, in the way Go's two profile writers do.

/// A message, or a piece of one, under construction.
#[derive(Default)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
}

impl Message {
    /// Writes a varint field.
    pub(crate) fn uint(&mut self, field: u32, value: u64) {
        self.varint(u64::from(field) << 3);
        self.varint(value);
    }

    /// Writes a finished message as a field, and leaves it empty.
    pub(crate) fn embed(&mut self, field: u32, message: &mut Self) {
        self.bytes(field, &message.bytes);
        message.bytes.clear();
    }

    /// Writes a field of bytes or text.
    pub(crate) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes a repeated varint field: packed from three values on, one field each below, as both Go writers do.
    pub(crate) fn uints(&mut self, field: u32, values: impl ExactSizeIterator<Item = u64> + Clone) {
        if values.len() <= 2 {
            values.for_each(|value| self.uint(field, value));
            return;
        }
        self.varint(u64::from(field) << 3 | 2);
        self.varint(values.clone().map(varint_len).sum());
        values.for_each(|value| self.varint(value));
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.bytes.push(value.to_le_bytes()[0]);
    }
}

fn varint_len(value: u64) -> u64 {
    u64::from((64 - (value | 1).leading_zeros()).div_ceil(7))
}
