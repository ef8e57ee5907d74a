//! Data that is no profile to what it is and what to do about it.

use super::wire::{Value, field, fields};
use crate::error::{Error, ErrorKind};

/// How data of a kind begins, what it is, and what turns it into a profile.
const MAGIC: [(&[u8], &str, &str); 11] = [
    (b"\x1f\x8b", "it was compressed twice", "decompress it once: `gunzip`"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd", "decompress it first: `zstd -d`"),
    (b"\xfd7zXZ\0", "it is compressed with xz", "decompress it first: `xz -d`"),
    (b"BZh", "it is compressed with bzip2", "decompress it first: `bzip2 -d`"),
    (b"PK\x03\x04", "it is a zip archive", "give the files in it: `unzip`"),
    (b"PERFILE2", "it is a recording of Linux perf", PERF_ADVICE),
    (b"2ELIFREP", "it is a recording of Linux perf", PERF_ADVICE),
    (b"FLR\0", "it is a recording of the Java flight recorder", "convert it to folded stacks with `jfrconv`"),
    (b"\x7fELF", "it is a program", PROGRAM_ADVICE),
    (b"\xcf\xfa\xed\xfe", "it is a program", PROGRAM_ADVICE),
    (b"MZ\x90\0", "it is a program", PROGRAM_ADVICE),
];

const PERF_ADVICE: &str = "convert it with `perf_to_profile -i perf.data -o cpu.pb.gz`, or to folded stacks with \
                           `perf script | stackcollapse-perf.pl`";
const PROGRAM_ADVICE: &str = "give the profile that the program wrote";
const DUMP_ADVICE: &str = "fetch the profile instead: /debug/pprof/goroutine?debug=0";
const TRACE_ADVICE: &str = "turn it into a profile with `go tool trace -pprof=TYPE trace.out > TYPE.pb.gz`, where \
                            TYPE is net, sync, syscall or sched";
const JSON_ADVICE: &str = "let the tool that wrote it export a pprof profile or folded stacks";
const PAGE_ADVICE: &str = "check the address (Go serves profiles below /debug/pprof/, such as \
                           /debug/pprof/profile) and whether the server asks for a login";
const TEXT_ADVICE: &str = "give a profile as `go test -cpuprofile` or /debug/pprof/profile writes it; folded stacks \
                           are lines such as `main;parse;read 12`";
const OTHER_ADVICE: &str =
    "give a profile as `go test -cpuprofile` or /debug/pprof/profile writes it, gzipped or not";

/// How much of a text is looked at and shown.
const LOOKED_AT: usize = 512;
const SHOWN: usize = 60;

/// The error for `data`, which no reader takes.
pub(super) fn unrecognized(data: &[u8]) -> Error {
    let (kind, advice) = recognize(data);
    Error::new(ErrorKind::Malformed, format!("unrecognized profile format: {kind}")).help(advice)
}

fn recognize(data: &[u8]) -> (String, &'static str) {
    if let Some((_, kind, advice)) = MAGIC.iter().find(|(magic, ..)| data.starts_with(magic)) {
        return ((*kind).to_owned(), advice);
    }
    let start = &data[..data.len().min(LOOKED_AT)];
    if start.starts_with(b"go 1.") && start.get(..16).is_some_and(|magic| magic.ends_with(b"\0")) {
        return ("it is an execution trace of Go".to_owned(), TRACE_ADVICE);
    }
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && *byte != 0x1b;
    if start.iter().any(is_control) {
        return ("it is binary data of an unknown kind".to_owned(), OTHER_ADVICE);
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    let next = |rest: &[u8]| rest.trim_ascii_start().first().copied();
    match text {
        [] => ("it is blank".to_owned(), OTHER_ADVICE),
        [b'{', rest @ ..] if matches!(next(rest), Some(b'"' | b'}')) => {
            ("it is JSON".to_owned(), JSON_ADVICE)
        }
        [b'[', rest @ ..] if matches!(next(rest), Some(b'"' | b'{' | b'[' | b']')) => {
            ("it is JSON".to_owned(), JSON_ADVICE)
        }
        [b'<', b'!' | b'?' | b'a'..=b'z' | b'A'..=b'Z', ..] => {
            ("it is a page of HTML or XML".to_owned(), PAGE_ADVICE)
        }
        [b'g', b'o', b'r', b'o', b'u', b't', b'i', b'n', b'e', b' ', b'0'..=b'9', ..] => {
            ("it is a goroutine dump (debug=2), which is no profile".to_owned(), DUMP_ADVICE)
        }
        _ => {
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let line: String = String::from_utf8_lossy(line).trim_end().chars().take(SHOWN).collect();
            (format!("it is text that starts with `{line}`"), TEXT_ADVICE)
        }
    }
}

/// Whether `data` begins as profile.proto does: with a message that the format knows, whole and well-formed.
pub(super) fn is_protobuf(data: &[u8]) -> bool {
    let mut rest = data;
    // Writers put the sample types or the samples first, and at most a few numbers before them.
    for _ in 0..8 {
        match field(&mut rest) {
            Ok((1..=5 | 11, Value::Bytes(message))) if !message.is_empty() => {
                return fields(message, |_, _| Ok(())).is_ok();
            }
            Ok((6, Value::Bytes(b""))) => return true,
            Ok((7..=10 | 12 | 14 | 15, Value::Varint(_))) => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_profile_is_named() {
        let trace = b"go 1.22 trace\0\0\0";
        let cases: [(&[u8], &str, &str); 18] = [
            (b"goroutine 1 [running]:\nmain.main()\n", "goroutine dump", "debug=0"),
            (trace, "execution trace", "go tool trace -pprof"),
            (b"PERFILE2\x68\0", "perf", "perf_to_profile"),
            (b"\n<!DOCTYPE html><html>", "HTML", "/debug/pprof/"),
            (b"<svg version=\"1.1\">", "HTML or XML", "/debug/pprof/"),
            (b"\xef\xbb\xbf{\n \"nodes\": 1}", "JSON", "folded"),
            (b"[{}]", "JSON", "folded"),
            (b"[info] started", "text that starts with `[info] started`", "folded"),
            (b"404 page not found\n", "text that starts with `404 page not found`", "folded"),
            (b"caf\xe9 \x1b[31m", "text that starts with", "folded"),
            (b"\x7fELF\x02\x01", "program", "profile that the program wrote"),
            (b"\x1f\x8b\x08", "compressed twice", "gunzip"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd", "zstd -d"),
            (b"\xfd7zXZ\0\0", "xz", "xz -d"),
            (b"FLR\0\0", "flight recorder", "jfrconv"),
            (b"\0\x01\x02", "binary", "gzipped or not"),
            (b" \n\n", "blank", "gzipped or not"),
            (b"{not json}", "text that starts with `{not json}`", "folded"),
        ];
        for (data, kind, advice) in cases {
            let error = unrecognized(data).to_string();
            assert!(error.starts_with("unrecognized profile format: "), "{error}");
            assert!(error.contains(kind) && error.contains(advice), "{error}");
        }
    }

    #[test]
    fn text_is_not_taken_for_protobuf() {
        for text in [
            &b"Hello"[..],
            b"\n\n",
            b"\n\nprofile",
            b"heap profile: 1",
            b"HHHHHHHHHHHHHHHHHHHH",
            b"",
            b"\0\0",
        ] {
            assert!(!is_protobuf(text), "{text:?}");
        }
        assert!(is_protobuf(&[0x0a, 4, 8, 1, 16, 2, 0xff]));
        assert!(is_protobuf(&[0x48, 1, 0x32, 0]));
    }
}
