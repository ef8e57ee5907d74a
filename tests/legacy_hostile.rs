//! Whatever the bytes are, decoding gives a sound profile or an error, in time and memory that grow with the input.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use profgate::decode::decode_any;
use profgate::error::ErrorKind;
use profgate::profile::{LabelValue, Profile, StrId};

/// The invariants that the documentation of `Profile` promises.
fn assert_sound(profile: &Profile) {
    let ids = |ids: Vec<u64>| {
        assert!(!ids.contains(&0));
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    };
    ids(profile.mappings.iter().map(|mapping| mapping.id).collect());
    ids(profile.functions.iter().map(|function| function.id).collect());
    ids(profile.locations.rows.iter().map(|location| location.id).collect());
    let texts = |texts: &[StrId]| assert!(texts.iter().all(|text| text.index() < profile.strings.len()));
    for kind in &profile.header.sample_types {
        texts(&[kind.kind, kind.unit]);
    }
    for mapping in &profile.mappings {
        texts(&[mapping.file, mapping.build_id]);
    }
    for function in &profile.functions {
        texts(&[function.name, function.system_name, function.filename]);
    }
    for id in profile.locations.ids() {
        let mapping = profile.locations.row(id).mapping;
        assert!(mapping.is_none_or(|mapping| mapping.index() < profile.mappings.len()));
        for line in profile.locations.lines(id) {
            assert!(line.function.index() < profile.functions.len());
        }
    }
    for sample in profile.samples.iter() {
        assert_eq!(sample.values.len(), profile.width());
        for &location in sample.stack {
            assert!(location.index() < profile.locations.len());
        }
        for label in sample.labels {
            let LabelValue::Number(_, unit) = label.value else { panic!("a text label") };
            texts(&[label.key, unit]);
        }
    }
}

/// The beginning of a file of each format.
const TITLES: [&[u8]; 14] = [
    b"",
    b"\0\0\0\0\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0",
    b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0",
    b"heap profile: 1: 1 [2: 2] @ heap_v2/2\n",
    b"heap profile: 1: 1 [1: 1] @ growthz\n",
    b"goroutine profile: total 7\n",
    b"--- threadz 1 ---\n--- Thread 1 (name: a/1) stack: ---\n",
    b"--- contentionz 1 ---\ncycles/second = 3\nsampling period = 100\n",
    b"--- mutex:\n",
    b"--- heapz 1 ---\nformat = java\nresolution = bytes\n",
    b"--- contentionz 1 ---\nformat = java\nresolution = ms\nsampling period = 9\n",
    b"goroutine profile: total 7\n1 @ 0x1 0xffffffffffffffff 0x500000\n--- Memory map: ---\n",
    b"main;f 1\n",
    b"go 1.22 trace\0\0\0",
];

/// Text of the pieces that the formats are made of.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "0x",
            " ",
            "\n",
            "\n",
            "-",
            "---",
            ":",
            "@ ",
            "[",
            "]",
            "=",
            "$a",
            "a=$a$a\n",
            ";",
            "(",
            ")",
            "/",
            "1: 2 [3: 4] @ 0x5 0x6\n",
            "1 2 @ 0x5 0x6\n",
            "1 @ 0x5 0x6\n",
            "0x5 f (a/b.c:7)\n",
            "5-7 r-xp ",
            "400000-500000 r-xp 100000 08:01 7 /opt/a\n",
            "MAPPED_LIBRARIES:\n",
            "same as previous thread\n",
            "--- Thread 1 (name: a/1) stack: ---\n",
            "---- no stack trace for\n",
            "a.cc:1] ",
            "a;b 2\n",
            "1_0",
        ])
        .prop_map(|piece: &str| piece.as_bytes().to_vec()),
        any::<u64>().prop_map(|number| format!("{number:x}").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_decoded_or_refused(
        title in prop::sample::select(TITLES.to_vec()),
        rest in prop_oneof![pieces(), prop::collection::vec(any::<u8>(), 0..200)],
    ) {
        match decode_any(&[title, &rest].concat()) {
            Ok(mut profile) => {
                assert_sound(&profile);
                profile.ensure_mapping();
                assert_sound(&profile);
            }
            Err(error) => prop_assert!(matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Empty)),
        }
    }
}

/// The lines that `line` gives for 0, 1, 2, …
fn lines(count: u64, line: impl Fn(u64) -> String) -> String {
    (0..count).map(line).collect()
}

/// Inputs of a few megabytes on which naive readers take quadratic time: minutes to hours.
#[test]
fn no_input_takes_quadratic_time() {
    let mappings = lines(60_000, |i| format!("{i:x}00-{i:x}f0 /a{i} (@{i:x}0)\n"));
    let addresses = lines(200_000, |i| format!("1 @ 0x{:x}\n", i * 77));
    let variables = lines(100_000, |i| format!("${i}=$a\n$b$c$d\n"));
    let frames = lines(100_000, |i| format!("0x{i:x} f{i} (g:{i})\n"));
    let hostile = [
        format!("goroutine profile: total 1\n{addresses}--- Memory map: ---\n{mappings}"),
        format!("heap profile: 1: 1 [1: 1] @ growthz\nMAPPED_LIBRARIES:\n{variables}"),
        format!(
            "heap profile: 1: 1 [1: 1] @ growthz\nMAPPED_LIBRARIES:\n{}",
            "aaaa ".repeat(10_000).repeat(60)
        ),
        format!(
            "--- heapz 1 ---\nformat=java\nresolution=bytes\n1 1 @ 0x1{}\n{frames}",
            " 0x2".repeat(500_000)
        ),
        format!("--- heapz 1 ---\nformat=java\nresolution=bytes\n1 1 @ 0x1\n0x1 {}", "(a:1 ".repeat(600_000)),
        format!("--- heapz 1 ---\n{}", "a ".repeat(1_500_000)),
        format!("--- heapz 1 ---\nformat=java\nresolution=bytes\n{}\n", "1 ".repeat(1_500_000)),
        format!("--- threadz 1 ---\n{}", "--- Thread 1 (name: a/1) stack: ---\n".repeat(80_000)),
        format!("--- mutex:\n{}", "1 2 @ 0x0x0x1\n".repeat(200_000)),
        "#\n".repeat(1_500_000),
        " ;".repeat(1_500_000) + " 1",
        "a;b 1 ".repeat(500_000),
    ];
    for text in hostile {
        let start = Instant::now();
        if let Ok(profile) = decode_any(text.as_bytes()) {
            assert_sound(&profile);
        }
        let title: String = text.chars().take(60).collect();
        assert!(start.elapsed() < Duration::from_secs(20), "{title:?} took {:?}", start.elapsed());
    }
}

#[test]
fn variables_that_stand_for_a_great_deal_of_text_are_refused() {
    let doubling = lines(59, |i| format!("v{}x=$v{i}x$v{i}x\n", i + 1));
    let text = format!("heap profile: 1: 1 [1: 1] @ growthz\nMAPPED_LIBRARIES:\nv0x=long\n{doubling}");
    let error = decode_any(text.as_bytes()).expect_err("2^60 bytes");
    assert!(error.problem().contains("too much text"), "{error}");
}
