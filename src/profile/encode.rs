//! A profile to the bytes of profile.proto, not compressed.

use prost::encoding::{WireType, encode_key, encode_varint};

use super::{Label, LabelValue, Line, Location, LocationId, Mapping, Profile, StrId, ValueType};

/// Encodes `profile` in pprof's order of fields and texts, so that equal profiles give equal bytes.
#[must_use]
pub fn encode(profile: &Profile) -> Vec<u8> {
    let mut encoder = Encoder { profile, texts: Texts::new(profile.strings.len()), out: Vec::new() };
    encoder.profile();
    encoder.out
}

/// The string table as it is written: texts in the order of first use, the empty one first.
struct Texts {
    /// `index[id]` is the position in `order` plus one, or 0.
    index: Vec<u32>,
    order: Vec<StrId>,
}

impl Texts {
    fn new(len: usize) -> Self {
        let mut texts = Self { index: vec![0; len], order: Vec::new() };
        texts.position(StrId::default());
        texts
    }

    fn position(&mut self, id: StrId) -> u64 {
        let slot = &mut self.index[id.index()];
        if *slot == 0 {
            self.order.push(id);
            *slot = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        }
        u64::from(*slot - 1)
    }
}

struct Encoder<'a> {
    profile: &'a Profile,
    texts: Texts,
    out: Vec<u8>,
}

/// Writes a number unless it is 0, the default.
fn number(out: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        encode_key(field, WireType::Varint, out);
        encode_varint(value, out);
    }
}

fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// Writes a repeated number: packed from three on, as pprof does.
fn numbers(out: &mut Vec<u8>, field: u32, values: impl ExactSizeIterator<Item = u64>) {
    if values.len() > 2 {
        let mut packed = Vec::new();
        values.for_each(|value| encode_varint(value, &mut packed));
        bytes(out, field, &packed);
    } else {
        for value in values {
            encode_key(field, WireType::Varint, out);
            encode_varint(value, out);
        }
    }
}

impl Encoder<'_> {
    fn profile(&mut self) {
        let profile = self.profile;
        let header = &profile.header;
        for &ty in &header.sample_types {
            self.value_type(1, ty);
        }
        for sample in profile.samples.iter() {
            let mut message = Vec::new();
            let ids = sample.stack.iter().map(|&id: &LocationId| profile.locations.row(id).id);
            numbers(&mut message, 1, ids);
            numbers(&mut message, 2, sample.values.iter().map(|&value| value.cast_unsigned()));
            for label in self.in_order(sample.labels) {
                self.label(&mut message, label);
            }
            bytes(&mut self.out, 2, &message);
        }
        for mapping in &profile.mappings {
            self.mapping(mapping);
        }
        for id in profile.locations.ids() {
            self.location(profile.locations.row(id), profile.locations.lines(id));
        }
        for function in &profile.functions {
            let mut message = Vec::new();
            number(&mut message, 1, function.id);
            number(&mut message, 2, self.texts.position(function.name));
            number(&mut message, 3, self.texts.position(function.system_name));
            number(&mut message, 4, self.texts.position(function.filename));
            number(&mut message, 5, function.start_line.cast_unsigned());
            bytes(&mut self.out, 5, &message);
        }
        // The table goes before the fields after it, whose texts must have a place by then.
        let drop_frames = self.texts.position(header.drop_frames);
        let keep_frames = self.texts.position(header.keep_frames);
        for text in [header.period_type.kind, header.period_type.unit] {
            self.texts.position(text);
        }
        let comments: Vec<u64> = header.comments.iter().map(|&text| self.texts.position(text)).collect();
        let default_sample_type = self.texts.position(header.default_sample_type);
        let doc_url = self.texts.position(header.doc_url);
        for &text in &self.texts.order {
            bytes(&mut self.out, 6, profile.text(text));
        }
        number(&mut self.out, 7, drop_frames);
        number(&mut self.out, 8, keep_frames);
        number(&mut self.out, 9, header.time_nanos.cast_unsigned());
        number(&mut self.out, 10, header.duration_nanos.cast_unsigned());
        self.value_type(11, header.period_type);
        number(&mut self.out, 12, header.period.cast_unsigned());
        numbers(&mut self.out, 13, comments.into_iter());
        number(&mut self.out, 14, default_sample_type);
        number(&mut self.out, 15, doc_url);
    }

    /// Labels as pprof writes them: texts before numbers, each by key, values of a key in their order.
    fn in_order(&self, labels: &[Label]) -> Vec<Label> {
        let mut labels = labels.to_vec();
        labels.sort_by_key(|label| {
            (matches!(label.value, LabelValue::Number(..)), self.profile.text(label.key))
        });
        labels
    }

    fn value_type(&mut self, field: u32, ty: ValueType) {
        let mut message = Vec::new();
        number(&mut message, 1, self.texts.position(ty.kind));
        number(&mut message, 2, self.texts.position(ty.unit));
        bytes(&mut self.out, field, &message);
    }

    fn label(&mut self, sample: &mut Vec<u8>, label: Label) {
        let mut message = Vec::new();
        number(&mut message, 1, self.texts.position(label.key));
        match label.value {
            LabelValue::Text(text) => number(&mut message, 2, self.texts.position(text)),
            LabelValue::Number(value, unit) => {
                number(&mut message, 3, value.cast_unsigned());
                number(&mut message, 4, self.texts.position(unit));
            }
        }
        bytes(sample, 3, &message);
    }

    fn mapping(&mut self, mapping: &Mapping) {
        let mut message = Vec::new();
        number(&mut message, 1, mapping.id);
        number(&mut message, 2, mapping.start);
        number(&mut message, 3, mapping.limit);
        number(&mut message, 4, mapping.offset);
        number(&mut message, 5, self.texts.position(mapping.file));
        number(&mut message, 6, self.texts.position(mapping.build_id));
        number(&mut message, 7, mapping.has_functions.into());
        number(&mut message, 8, mapping.has_filenames.into());
        number(&mut message, 9, mapping.has_line_numbers.into());
        number(&mut message, 10, mapping.has_inline_frames.into());
        bytes(&mut self.out, 3, &message);
    }

    fn location(&mut self, location: &Location, lines: &[Line]) {
        let mut message = Vec::new();
        number(&mut message, 1, location.id);
        number(&mut message, 2, location.mapping.map_or(0, |mapping| self.profile.mapping(mapping).id));
        number(&mut message, 3, location.address);
        for line in lines {
            let mut nested = Vec::new();
            number(&mut nested, 1, self.profile.function(line.function).id);
            number(&mut nested, 2, line.line.cast_unsigned());
            number(&mut nested, 3, line.column.cast_unsigned());
            bytes(&mut message, 4, &nested);
        }
        number(&mut message, 5, location.is_folded.into());
        bytes(&mut self.out, 4, &message);
    }
}
