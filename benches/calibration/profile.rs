//! Event counts of one run into the bytes of a gzipped pprof profile, as Go's runtime writes it.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use prost::encoding::{WireType, encode_key, encode_varint};

use super::{
    program::Program,
    real,
    recording::{Capture, HEAP_RATE, Plan, Recording},
};

/// 100 samples a second.
const CPU_PERIOD: u64 = 10_000_000;

/// The first run starts here, and the others follow by the minute.
const START: u64 = 1_750_000_000_000_000_000;
const MINUTE: u64 = 60_000_000_000;

/// Field numbers of profile.proto.
const SAMPLE_TYPE: u32 = 1;
const SAMPLE: u32 = 2;
const LOCATION: u32 = 4;
const FUNCTION: u32 = 5;
const STRING: u32 = 6;
const TIME_NANOS: u32 = 9;
const DURATION_NANOS: u32 = 10;
const PERIOD_TYPE: u32 = 11;
const PERIOD: u32 = 12;

/// The file of one run; base runs first.
pub(crate) fn file(plan: &Plan<'_>, recording: &Recording, run: usize) -> io::Result<Vec<u8>> {
    let width = 2 * plan.runs;
    let heap = plan.capture == Capture::Heap;
    let events: Vec<f64> = recording.flat.iter().skip(run).step_by(width).copied().collect();
    let mut texts = Texts::new();
    let mut out = Vec::new();
    let types: &[(&str, &str)] = if heap {
        &[
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ]
    } else {
        &[("samples", "count"), ("cpu", "nanoseconds")]
    };
    for (kind, unit) in types {
        value_type(&mut out, SAMPLE_TYPE, &mut texts, kind, unit);
    }
    for (function, count) in events.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        sample(&mut out, plan, &mut texts, function, *count);
    }
    for function in 0..events.len() {
        let id = function as u64 + 1;
        let line = message(&[(1, id), (2, 10 + id % 90)]);
        let mut location = message(&[(1, id)]);
        nested(&mut location, 4, &line);
        nested(&mut out, LOCATION, &location);
        let name = texts.position(&name(plan.program, function));
        let file = texts.position(&format!("/src/pkg{}/code.go", plan.program.package[function]));
        nested(&mut out, FUNCTION, &message(&[(1, id), (2, name), (3, name), (4, file)]));
    }
    let (side, index) = (run / plan.runs, run % plan.runs);
    let minutes = whole(plan.moment(side, index) * real(width - 1));
    let seconds = if plan.capture == Capture::FixedWork { events.iter().sum::<f64>() * 0.01 } else { 30.0 };
    number(&mut out, TIME_NANOS, START + minutes * MINUTE);
    if heap {
        value_type(&mut out, PERIOD_TYPE, &mut texts, "space", "bytes");
        number(&mut out, PERIOD, whole(HEAP_RATE));
    } else {
        number(&mut out, DURATION_NANOS, whole(seconds * 1e9));
        value_type(&mut out, PERIOD_TYPE, &mut texts, "cpu", "nanoseconds");
        number(&mut out, PERIOD, CPU_PERIOD);
    }
    for text in &texts.0 {
        nested(&mut out, STRING, text.as_bytes());
    }
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    zipped.write_all(&out)?;
    zipped.finish()
}

/// The name that a function has in the file.
pub(crate) fn name(program: &Program, function: usize) -> String {
    format!("example.com/app/pkg{}.function{function}", program.package[function])
}

fn sample(out: &mut Vec<u8>, plan: &Plan<'_>, texts: &mut Texts, function: usize, count: f64) {
    let mut body = Vec::new();
    let mut stack = Some(function);
    while let Some(frame) = stack {
        number(&mut body, 1, frame as u64 + 1);
        stack = plan.program.parent[frame];
    }
    if plan.capture != Capture::Heap {
        always(&mut body, 2, whole(count));
        always(&mut body, 2, whole(count) * CPU_PERIOD);
        nested(out, SAMPLE, &body);
        return;
    }
    // Objects of one size; what was caught is scaled up by the chance to be caught (runtime/pprof/protomem.go).
    let size = plan.program.object[function].ceil();
    let scale = 1.0 / -(-size / HEAP_RATE).exp_m1();
    for value in [count * scale, count * size * scale, 0.0, 0.0] {
        always(&mut body, 2, whole(value));
    }
    let label = message(&[(1, texts.position("bytes")), (3, whole(size))]);
    nested(&mut body, 3, &label);
    nested(out, SAMPLE, &body);
}

/// Strings in the order of first use, the empty one first.
struct Texts(Vec<String>, std::collections::HashMap<String, u64>);

impl Texts {
    fn new() -> Self {
        let mut texts = Texts(Vec::new(), std::collections::HashMap::new());
        texts.position("");
        texts
    }

    fn position(&mut self, text: &str) -> u64 {
        if let Some(position) = self.1.get(text) {
            return *position;
        }
        let position = self.0.len() as u64;
        self.0.push(text.to_owned());
        self.1.insert(text.to_owned(), position);
        position
    }
}

fn value_type(out: &mut Vec<u8>, field: u32, texts: &mut Texts, kind: &str, unit: &str) {
    let body = message(&[(1, texts.position(kind)), (2, texts.position(unit))]);
    nested(out, field, &body);
}

fn message(fields: &[(u32, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (field, value) in fields {
        number(&mut out, *field, *value);
    }
    out
}

fn nested(out: &mut Vec<u8>, field: u32, body: &[u8]) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(body.len() as u64, out);
    out.extend_from_slice(body);
}

fn number(out: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        always(out, field, value);
    }
}

fn always(out: &mut Vec<u8>, field: u32, value: u64) {
    encode_key(field, WireType::Varint, out);
    encode_varint(value, out);
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts and sizes, not negative")]
fn whole(value: f64) -> u64 {
    value.round() as u64
}
