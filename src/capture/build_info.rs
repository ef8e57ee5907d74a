//! The file of a Go program to the version and platform that it was built with and for.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use memchr::memmem;

/// Larger programs are not looked into.
const MAX_BYTES: u64 = 1 << 30;

/// How the block begins, and where its texts do (`debug/buildinfo`, Go 1.18 and later).
const MAGIC: &[u8] = b"\xff Go buildinf:";
const FLAGS_AT: usize = 15;
const TEXTS_AT: usize = 32;
/// The flag of blocks whose texts stand in the block itself.
const INLINE: u8 = 2;

/// What stands in the file of a program.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BuildInfo {
    pub(super) go_version: String,
    pub(super) goos: String,
    pub(super) goarch: String,
}

/// What stands in the program at `path`, if it has this build id and was built by Go.
pub(super) fn read(path: &Path, build_id: &str) -> Option<BuildInfo> {
    let mut data = Vec::new();
    if build_id.is_empty() || !path.is_absolute() || !path.is_file() {
        return None;
    }
    File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut data).ok()?;
    let id = bytes_of_hex(build_id).unwrap_or_else(|| build_id.as_bytes().to_vec());
    memmem::find(&data, &id)?;
    parse(&data)
}

/// GNU's build ids are hexadecimal in profiles and bytes in files.
fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

fn parse(data: &[u8]) -> Option<BuildInfo> {
    // The magic also stands in programs that look for it in others.
    memmem::find_iter(data, MAGIC).find_map(|at| {
        let block = &data[at..];
        if block.get(FLAGS_AT)? & INLINE == 0 {
            return None;
        }
        let mut rest = block.get(TEXTS_AT..)?;
        let version = text(&mut rest)?;
        let modules = text(&mut rest)?;
        let modules = String::from_utf8_lossy(modules);
        let setting = |name: &str| {
            let found = modules
                .lines()
                .find_map(|line| line.strip_prefix("build\t")?.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_default().to_owned()
        };
        let version = std::str::from_utf8(version).ok().filter(|version| version.starts_with("go"))?;
        Some(BuildInfo { go_version: version.to_owned(), goos: setting("GOOS"), goarch: setting("GOARCH") })
    })
}

/// A text behind its length, which is a varint.
fn text<'d>(rest: &mut &'d [u8]) -> Option<&'d [u8]> {
    let mut length = 0_usize;
    for shift in (0..28).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        length |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            let (text, tail) = rest.split_at_checked(length)?;
            *rest = tail;
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_platforms_are_read_from_programs() {
        let modules =
            "0123456789abcdef\npath\tx\nbuild\tCGO_ENABLED=0\nbuild\tGOARCH=arm64\nbuild\tGOOS=linux\n";
        let mut program = [b"ELF", MAGIC, b"not a block"].concat();
        program.extend_from_slice(&[MAGIC, &[8, INLINE], &[0; 16], &[8], b"go1.27.3"].concat());
        program.push(u8::try_from(modules.len()).expect("short"));
        program.extend_from_slice(modules.as_bytes());
        let expected =
            BuildInfo { go_version: "go1.27.3".into(), goos: "linux".into(), goarch: "arm64".into() };
        assert_eq!(parse(&program), Some(expected));
        for length in 0..program.len() {
            assert_eq!(parse(&program[..length]), None, "truncated to {length}");
        }
        assert_eq!(bytes_of_hex("0aFf"), Some(vec![10, 255]));
        assert_eq!(bytes_of_hex("abc"), None);
    }
}
