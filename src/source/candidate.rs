//! Files in a directory to those that may be profiles, by name and by how they begin.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Extensions of files beside profiles that are never profiles: provenance, notes, reports, configuration.
pub(super) const COMPANIONS: [&str; 5] = ["json", "md", "html", "toml", "yaml"];

/// Extensions of text: logs and benchmark output, and profiles that a server printed.
pub(super) const TEXTS: [&str; 2] = ["txt", "log"];

/// How much of a text decides whether it may be a profile.
const LOOKED_AT: u64 = 512;

pub(super) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// Whether the text in `file` may be a profile. One that cannot be read may be: reading it says what is wrong.
pub(super) fn begins_like_a_profile(file: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(file).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut start));
    read.is_err() || is_start_of_profile(&start)
}

/// Whether data is binary, a legacy profile (`heap profile: …`, `goroutine profile: total 3`, `--- mutex:`) or
/// folded stacks, by its first bytes.
fn is_start_of_profile(start: &[u8]) -> bool {
    let is_binary = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace() && *byte != 0x1b;
    if start.iter().any(is_binary) {
        return true;
    }
    let text = String::from_utf8_lossy(start);
    let Some(first) = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')) else {
        return false;
    };
    // `go test` reports each test in a line that begins like the title of a legacy profile.
    let is_test = ["FAIL:", "PASS:", "SKIP:", "BENCH:"];
    let is_titled =
        first.strip_prefix("--- ").is_some_and(|title| !is_test.iter().any(|test| title.starts_with(test)));
    let is_folded = first.contains(';')
        && first
            .rsplit_once([' ', '\t'])
            .is_some_and(|(_, count)| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()));
    // A line of folded stacks that is longer than what was read has its count further on.
    let is_cut = first.contains(';') && u64::try_from(first.len()).is_ok_and(|length| length >= LOOKED_AT);
    is_titled || is_folded || is_cut || first.contains("heap profile:") || first.contains(" profile: total ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_profiles_from_logs() {
        let long = format!("main;{}", "f;".repeat(300));
        let profiles: [&[u8]; 8] = [
            b"heap profile: 3: 1000 [ 10: 5000 ] @ heap_v2/524288\n",
            b"goroutine profile: total 3\n",
            b"\n# comment\nthreadcreate profile: total 9\n",
            b"--- contention:\ncycles/second=1\n",
            b"--- threadz 1 ---\n",
            b"\x1f\x8b\x08",
            b"main;parse;read 12\nmain;write 3\n",
            long.as_bytes(),
        ];
        for profile in profiles {
            assert!(is_start_of_profile(profile), "{}", String::from_utf8_lossy(profile));
        }
        let texts: [&[u8]; 6] = [
            b"",
            b"goos: linux\ngoarch: amd64\n",
            b"--- FAIL: TestParse (0.00s)\n",
            b"--- BENCH: BenchmarkParse-8\n",
            b"BenchmarkParse-8   1000   1234 ns/op\n",
            b"12:00:01 started; listening on port 80.\n",
        ];
        for text in texts {
            assert!(!is_start_of_profile(text), "{}", String::from_utf8_lossy(text));
        }
    }
}
