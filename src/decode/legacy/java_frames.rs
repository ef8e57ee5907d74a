//! The list of frames behind a Java profile to names for its addresses.

use std::sync::LazyLock;

use hashbrown::HashMap;
use memchr::memmem;
use regex::bytes::Regex;

use super::draft::Draft;
use super::lines::trim;
use super::numbers::{decimal, hexadecimal};
use super::{malformed, pattern};
use crate::error::Result;
use crate::profile::{Function, FunctionId, Line, Location, Locations, Profile};

static FRAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*0x([[:xdigit:]]+)\s+(.*)\s*$"));

/// A frame with a source position: `function (file:line)`.
static SOURCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(.*)\s+\((.+):(-?[[:digit:]]+)\)$"));

/// A frame in a native library: `function (path)`.
static LIBRARY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(.*)\s+\((.*)\)$"));

/// The profile of `draft`, with the names that the lines of `text` give to its addresses, as in
/// `0x1 com.example.Main.run (Main.java:5)`. The addresses are mere keys, and are removed.
///
/// # Errors
/// When a line has an address of more than 64 bits.
pub(super) fn name_locations(text: &[u8], draft: Draft) -> Result<Profile> {
    let mut profile = draft.finish(Vec::new())?;
    let mut frames = Frames {
        locations: profile.locations.rows.iter().map(|row| row.address).zip(0..).collect(),
        places: vec![None; profile.locations.len()],
        ..Frames::default()
    };
    for line in text.split(|&byte| byte == b'\n') {
        frames.read(trim(line))?;
    }
    frames.attach(&mut profile)?;
    Ok(profile)
}

#[derive(Default)]
struct Frames<'a> {
    /// The location of each address.
    locations: HashMap<u64, usize>,
    /// The function and line of each location, as the last line about it says.
    places: Vec<Option<(usize, i64)>>,
    /// Name and file of each function. A function is known by its name, and keeps its first file.
    functions: Vec<(&'a [u8], &'a [u8])>,
    rows: HashMap<&'a [u8], usize>,
}

impl<'a> Frames<'a> {
    fn read(&mut self, line: &'a [u8]) -> Result<()> {
        let Some(frame) = FRAME.captures(line) else { return Ok(()) };
        let (_, [address, description]) = frame.extract();
        let address = hexadecimal(address).ok_or_else(|| {
            let line = String::from_utf8_lossy(line);
            malformed("Java profile", &format!("the address in the line `{line}` has more than 64 bits"))
        })?;
        let Some(&location) = self.locations.get(&address) else { return Ok(()) };
        let (name, file, line) = describe(description);
        let row = *self.rows.entry(name).or_insert_with(|| {
            self.functions.push((name, file));
            self.functions.len() - 1
        });
        self.places[location] = Some((row, line));
        Ok(())
    }

    /// Gives the locations of `profile` their lines, with functions in the order of first use.
    fn attach(self, profile: &mut Profile) -> Result<()> {
        let mut ids: Vec<Option<FunctionId>> = vec![None; self.functions.len()];
        let mut locations = Locations::default();
        for (row, place) in profile.locations.rows.iter().zip(self.places) {
            let row = Location { address: 0, ..*row };
            let Some((function, line)) = place else {
                locations.push(row, []);
                continue;
            };
            let id = if let Some(id) = ids[function] {
                id
            } else {
                let id = FunctionId::new(u32::try_from(profile.functions.len()).unwrap_or(u32::MAX));
                ids[function] = Some(id);
                let (name, file) = self.functions[function];
                let name = profile.strings.intern(name)?;
                let filename = profile.strings.intern(file)?;
                let number = id.index() as u64 + 1;
                profile.functions.push(Function {
                    id: number,
                    name,
                    system_name: name,
                    filename,
                    start_line: 0,
                });
                id
            };
            locations.push(Location { mapping: None, ..row }, [Line { function: id, line, column: 0 }]);
        }
        // Only addresses without a name needed the mapping that holds everything.
        if locations.rows.iter().all(|row| row.mapping.is_none()) {
            profile.mappings.clear();
        }
        profile.locations = locations;
        Ok(())
    }
}

/// The function, file and line in the description of a frame. What is neither in a source file nor in a library
/// is a state of the virtual machine, such as `GC`.
fn describe(description: &[u8]) -> (&[u8], &[u8], i64) {
    if let Some(source) = SOURCE.captures(description) {
        let (_, [function, file, line]) = source.extract();
        (function, file, decimal(line).filter(|&line| line > 0).unwrap_or(0))
    } else if let Some(library) = LIBRARY.captures(description) {
        let (_, [function, path]) = library.extract();
        (function, base_name(path), 0)
    } else if memmem::find(description, b"generated stub/JIT").is_some() {
        (b"STUB", b"", 0)
    } else {
        (description, b"", 0)
    }
}

/// The last element of `path`, as Go's `filepath.Base` has it on Unix.
fn base_name(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    path.split(|&byte| byte == b'/').rfind(|element| !element.is_empty()).unwrap_or(b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_split_as_pprof_splits_them() {
        for (description, function, file, line) in [
            ("com.foo.A.b (A.java:5)", "com.foo.A.b", "A.java", 5),
            ("a (b (c:1:-2)", "a (b", "c:1", 0),
            ("native (/lib/libx.so)", "native", "libx.so", 0),
            ("native (/)", "native", "/", 0),
            ("native ()", "native", ".", 0),
            ("a generated stub/JIT b", "STUB", "", 0),
            ("GC", "GC", "", 0),
        ] {
            let expected = (function.as_bytes(), file.as_bytes(), line);
            assert_eq!(describe(description.as_bytes()), expected, "{description}");
        }
    }
}
