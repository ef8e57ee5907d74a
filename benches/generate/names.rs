//! Turns a function's place in the program into a Go name and a source file, each name used once.

use std::collections::HashSet;

use crate::rng::Rng;

const STANDARD: [&str; 20] = [
    "runtime",
    "internal/runtime/maps",
    "internal/bytealg",
    "sync",
    "sync/atomic",
    "reflect",
    "strconv",
    "strings",
    "bytes",
    "bufio",
    "encoding/json",
    "encoding/binary",
    "crypto/tls",
    "hash/crc32",
    "io",
    "fmt",
    "sort",
    "time",
    "syscall",
    "internal/poll",
];
const MODULES: [&str; 10] = [
    "example.com/harbor/gateway",
    "example.com/harbor/scheduler",
    "example.com/harbor/ledger",
    "example.com/harbor/catalog/v2",
    "example.com/platform/rpc",
    "example.com/platform/telemetry",
    "example.com/platform/storage",
    "example.org/codec/protowire",
    "example.org/cache",
    "example.net/sql/driver",
];
const AREAS: [&str; 24] = [
    "server", "handler", "route", "auth", "session", "query", "plan", "index", "batch", "stream", "encode",
    "decode", "token", "lexer", "filter", "cluster", "lease", "watch", "retry", "queue", "metric", "trace",
    "wal", "snapshot",
];
const TYPES: [&str; 32] = [
    "conn",
    "Client",
    "Server",
    "Handler",
    "Router",
    "Reader",
    "Writer",
    "Encoder",
    "Decoder",
    "Buffer",
    "Cursor",
    "Table",
    "Index",
    "Tree",
    "Node",
    "Cache",
    "Entry",
    "Pool",
    "Worker",
    "Scheduler",
    "Framework",
    "Informer",
    "Registry",
    "Session",
    "Request",
    "Response",
    "Planner",
    "Executor",
    "Iterator",
    "Schema",
    "Transaction",
    "state",
];
const VERBS: [&str; 24] = [
    "serve", "Run", "Handle", "Read", "Write", "Encode", "Decode", "Lookup", "Insert", "Update", "Delete",
    "Scan", "Merge", "Flush", "Commit", "Apply", "Validate", "Convert", "Filter", "Score", "Next", "Seek",
    "Grow", "Copy",
];
const OBJECTS: [&str; 24] = [
    "", "All", "One", "Batch", "Key", "Value", "Field", "Row", "Page", "Block", "Header", "Object", "List",
    "Map", "Slice", "String", "Bytes", "Node", "Plugins", "Context", "Locked", "Slow", "Fast", "Internal",
];

/// Hands out names; `standard` ones look like the standard library and the runtime, the others like an application.
pub(crate) struct Names {
    used: HashSet<String>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { used: HashSet::new() }
    }

    /// A name not handed out before, with the file it stands in; about one name in seven is a closure.
    pub(crate) fn draw(&mut self, rng: &mut Rng, standard: bool) -> (String, String) {
        let area = pick(rng, &AREAS);
        let package = if standard {
            pick(rng, &STANDARD).to_owned()
        } else {
            format!("{}/internal/{area}/{}", pick(rng, &MODULES), pick(rng, &AREAS))
        };
        let (verb, object) = (pick(rng, &VERBS), pick(rng, &OBJECTS));
        let mut name = match rng.below(3) {
            0 => format!("{package}.{verb}{object}"),
            _ => format!("{package}.(*{}).{verb}{object}", pick(rng, &TYPES)),
        };
        if rng.chance(0.14) {
            name.push_str(".func1");
        }
        let mut unique = name.clone();
        let mut suffix = 2;
        while !self.used.insert(unique.clone()) {
            unique = format!("{name}.{suffix}");
            suffix += 1;
        }
        let root = if standard { "/usr/local/go/src" } else { "/src" };
        (unique, format!("{root}/{package}/{}.go", verb.to_lowercase()))
    }
}

fn pick<'a>(rng: &mut Rng, words: &[&'a str]) -> &'a str {
    let count = u32::try_from(words.len()).unwrap_or(u32::MAX);
    words[rng.below(count) as usize]
}
