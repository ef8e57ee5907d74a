//! Locations of a profile to the rows of a report: what distinguishes two nodes, and how a node is called.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::profile::{LocationId, Profile, StrId};

/// What distinguishes a node. Fields that the granularity ignores are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Key {
    /// The function's name.
    pub name: StrId,
    /// The address, 0 unless rows are addresses.
    pub address: u64,
    /// The source file, cleaned.
    pub file: StrId,
    /// The line on which the function starts; like `object` only where it has to tell nodes apart.
    pub start_line: i64,
    /// The source line.
    pub line: i64,
    /// The source column.
    pub column: i64,
    /// The object file.
    pub object: StrId,
}

/// The distinct keys of a profile, and the keys of each location.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    rows: Vec<Key>,
    /// `ends[location]` is the end of the location's run in `of_lines`.
    ends: Vec<u32>,
    of_lines: Vec<u32>,
}

impl Keys {
    /// Gives each line of each location its key; a location without lines has one for its address.
    ///
    /// `files[function]` is the file to show for a function. Object file and start line are part of a key if
    /// `keep_objects` says so or the function has no name.
    ///
    /// # Panics
    /// When `files` is shorter than the function table, or past 2³² lines.
    #[must_use]
    pub fn new(profile: &Profile, files: &[StrId], keep_objects: bool) -> Self {
        let mut keys = Self::default();
        let mut index = HashMap::new();
        for id in profile.locations.ids() {
            let location = profile.locations.row(id);
            let object = location.mapping.map_or(StrId::default(), |mapping| profile.mapping(mapping).file);
            let lines = profile.locations.lines(id);
            if lines.is_empty() {
                keys.push(&mut index, Key { address: location.address, object, ..Key::default() });
            }
            for line in lines {
                let function = profile.function(line.function);
                let mut key = Key {
                    name: function.name,
                    address: location.address,
                    file: files[line.function.index()],
                    line: line.line,
                    column: line.column,
                    ..Key::default()
                };
                if keep_objects || function.name == StrId::default() {
                    key.object = object;
                    key.start_line = function.start_line;
                }
                keys.push(&mut index, key);
            }
            keys.ends.push(row_number(keys.of_lines.len()));
        }
        keys
    }

    fn push(&mut self, index: &mut HashMap<Key, u32>, key: Key) {
        let row = match index.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                self.rows.push(key);
                *vacant.insert(row_number(self.rows.len() - 1))
            }
        };
        self.of_lines.push(row);
    }

    /// Number of distinct keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The key in `row`.
    #[must_use]
    pub fn get(&self, row: u32) -> &Key {
        &self.rows[row as usize]
    }

    /// All keys by row.
    #[must_use]
    pub fn rows(&self) -> &[Key] {
        &self.rows
    }

    /// The rows of the lines of `location`, innermost first; never empty.
    #[inline]
    #[must_use]
    pub fn of(&self, location: LocationId) -> &[u32] {
        let start = if location.index() == 0 { 0 } else { self.ends[location.index() - 1] };
        &self.of_lines[start as usize..self.ends[location.index()] as usize]
    }

    /// For each row the number of its whole function: keys that differ in address, line and column alone share it.
    #[must_use]
    pub fn functions(&self) -> Vec<u32> {
        let mut numbers = HashMap::new();
        let mut number = |key: &Key| {
            let is_whole = key.address == 0 && key.line == 0;
            let whole = if is_whole { *key } else { Key { address: 0, line: 0, column: 0, ..*key } };
            let next = row_number(numbers.len());
            *numbers.entry(whole).or_insert(next)
        };
        self.rows.iter().map(&mut number).collect()
    }

    /// For each row whether some location has it inlined into another line.
    #[must_use]
    pub fn inlined(&self) -> Vec<bool> {
        let mut inlined = vec![false; self.len()];
        let mut start = 0;
        for &end in &self.ends {
            for &row in &self.of_lines[start..end as usize - 1] {
                inlined[row as usize] = true;
            }
            start = end as usize;
        }
        inlined
    }
}

pub(super) fn row_number(rows: usize) -> u32 {
    u32::try_from(rows).expect("inputs are limited to 4 GiB")
}

/// The printable name of every key: one arena, one span for each row.
#[derive(Debug, Clone, Default)]
pub struct Names {
    arena: Vec<u8>,
    ends: Vec<usize>,
}

impl Names {
    /// Writes the names of `keys`, whose texts are those of `profile`.
    #[must_use]
    pub fn new(profile: &Profile, keys: &Keys) -> Self {
        let mut names = Self::default();
        for key in keys.rows() {
            let text = |id| profile.text(id);
            key.write_components(&mut names.arena, b" ", text(key.name), text(key.file), text(key.object));
            names.ends.push(names.arena.len());
        }
        names
    }

    /// The name of the key in `row`.
    #[must_use]
    pub fn get(&self, row: u32) -> &[u8] {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.arena[start..self.ends[row]]
    }
}

impl Key {
    /// Writes address, function name and position, as far as there are any, with `separator` between them.
    pub fn write_components(
        &self,
        out: &mut Vec<u8>,
        separator: &[u8],
        name: &[u8],
        file: &[u8],
        object: &[u8],
    ) {
        let start = out.len();
        let next = |out: &mut Vec<u8>| {
            if out.len() > start {
                out.extend_from_slice(separator);
            }
        };
        if self.address != 0 {
            out.extend_from_slice(format!("{:016x}", self.address).as_bytes());
        }
        if !name.is_empty() {
            next(out);
            out.extend_from_slice(name);
        }
        if self.line != 0 {
            next(out);
            out.extend_from_slice(file);
            out.extend_from_slice(format!(":{}", self.line).as_bytes());
            if self.column != 0 {
                out.extend_from_slice(format!(":{}", self.column).as_bytes());
            }
        } else if !file.is_empty() {
            next(out);
            out.extend_from_slice(file);
        } else if name.is_empty() {
            next(out);
            if object.is_empty() {
                out.extend_from_slice(b"<unknown>");
            } else {
                out.push(b'[');
                out.extend_from_slice(base_name(object));
                out.push(b']');
            }
        }
    }
}

/// The last element of a path, as Go's `filepath.Base` has it.
#[must_use]
pub fn base_name(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    if end == 0 {
        return b"/";
    }
    let start = path[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    &path[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components(key: Key, name: &str, file: &str, object: &str) -> String {
        let mut out = Vec::new();
        key.write_components(&mut out, b" ", name.as_bytes(), file.as_bytes(), object.as_bytes());
        String::from_utf8(out).expect("all parts are")
    }

    #[test]
    fn a_name_shows_what_is_known() {
        let key = Key::default();
        let at = |address, line, column| Key { address, line, column, ..key };
        let cases = [
            (components(key, "f", "", "/bin/app"), "f"),
            (components(key, "f", "a.go", ""), "f a.go"),
            (components(at(0, 3, 0), "f", "a.go", ""), "f a.go:3"),
            (components(at(0, 3, 7), "f", "", ""), "f :3:7"),
            (components(at(0x4f, 0, 0), "", "", "/lib/libc.so.6/"), "000000000000004f [libc.so.6]"),
            (components(key, "", "", ""), "<unknown>"),
            (components(key, "", "a.go", "/bin/app"), "a.go"),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn base_names_are_those_of_go() {
        for (path, base) in [("", "."), ("///", "/"), ("/a/b//", "b"), ("b", "b"), ("/a", "a")] {
            assert_eq!(base_name(path.as_bytes()), base.as_bytes(), "{path}");
        }
    }
}
