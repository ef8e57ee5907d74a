//! Places in the program to rows: what counts as one function, across all runs of both sides.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::signals::is_preemption;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Line, Location, LocationId, Profile, StrId, Strings};

/// A row of the comparison. Equal places have equal ids in every run of both sides, so a row id is the join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(u32);

impl RowId {
    /// The row number, to index a column with.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What of a place tells rows apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The function's name alone, whatever else the profile holds.
    Functions {
        /// Inlined functions count as the function they were inlined into.
        noinlines: bool,
    },
    /// All that is left in the profile once a granularity has been applied to it.
    All,
}

/// What a row is (the key of pprof's graph nodes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RowKey {
    /// The instruction's address, 0 unless rows are addresses.
    pub address: u64,
    /// The function's name.
    pub name: StrId,
    /// The source file, empty unless rows name files.
    pub file: StrId,
    /// The line, 0 unless rows are lines.
    pub line: i64,
    /// The column, 0 unless asked for.
    pub column: i64,
    /// The function's first line, for rows without a name only, as pprof tells those apart by it.
    pub start_line: i64,
    /// The binary, for rows without a name only.
    pub object: StrId,
}

/// All rows of a comparison.
#[derive(Debug, Default)]
pub struct Keys {
    strings: Strings,
    rows: Vec<RowKey>,
    /// A source file of each row, its binary if it has none: the first in the alphabet among those seen, so that
    /// their order does not matter.
    files: Vec<StrId>,
    /// The line on which each row's function starts in that file, 0 if unknown: the smallest among those seen.
    start_lines: Vec<i64>,
    index: HashMap<RowKey, RowId>,
    /// Rows that preemption puts on top of the function it interrupts.
    preemption: Vec<RowId>,
}

/// The rows of each location of one profile, innermost first; never none.
#[derive(Debug, Default)]
pub struct LocationRows {
    /// For each location its only row, or [`SEVERAL`] and its place in `several`.
    only: Vec<RowId>,
    /// Where the rows of locations with more of them begin and end.
    several: Vec<[u32; 2]>,
    rows: Vec<RowId>,
    /// Rows that preemption puts on top of the function it interrupts.
    preemption: Vec<RowId>,
}

/// Marks what is no row. There are fewer rows and locations than this.
const SEVERAL: u32 = 1 << 31;

impl LocationRows {
    /// The rows of `location`, innermost first.
    #[inline]
    #[must_use]
    pub fn of(&self, location: LocationId) -> &[RowId] {
        let only = &self.only[location.index()];
        if only.0 < SEVERAL {
            return std::slice::from_ref(only);
        }
        let [start, end] = self.several[(only.0 - SEVERAL) as usize];
        &self.rows[start as usize..end as usize]
    }

    /// Adds the next location, whose rows are given.
    fn push(&mut self, rows: &[RowId]) -> Result<()> {
        let number = |length: usize| {
            let number = u32::try_from(length).ok().filter(|&number| number < SEVERAL);
            number.ok_or_else(|| Error::new(ErrorKind::Malformed, "the profile has more than 2^31 frames"))
        };
        if let &[only] = rows {
            self.only.push(only);
            return Ok(());
        }
        self.only.push(RowId(SEVERAL + number(self.several.len())?));
        let start = number(self.rows.len())?;
        self.rows.extend_from_slice(rows);
        self.several.push([start, number(self.rows.len())?]);
        Ok(())
    }

    /// The row that the `leaf` of `stack` interrupted, if that is what it does.
    #[inline]
    #[must_use]
    pub fn interrupted(&self, leaf: RowId, stack: &[LocationId]) -> Option<RowId> {
        if !self.preemption.contains(&leaf) {
            return None;
        }
        stack
            .iter()
            .flat_map(|&location| self.of(location))
            .copied()
            .find(|row| !self.preemption.contains(row))
    }
}

impl Keys {
    /// Gives every location of `profile` its rows, new ones where needed.
    ///
    /// # Errors
    /// When the texts of all rows pass 4 GiB.
    pub fn locate(&mut self, profile: &Profile, detail: Detail) -> Result<LocationRows> {
        let mut located =
            LocationRows { only: Vec::with_capacity(profile.locations.len()), ..LocationRows::default() };
        let mut rows = Vec::new();
        let mut by_function = match detail {
            Detail::Functions { .. } => vec![None; profile.functions.len()],
            Detail::All => Vec::new(),
        };
        for id in profile.locations.ids() {
            let location = profile.locations.row(id);
            let lines = match (detail, profile.locations.lines(id)) {
                (Detail::Functions { noinlines: true }, [.., outermost]) => std::slice::from_ref(outermost),
                (_, lines) => lines,
            };
            rows.clear();
            if lines.is_empty() {
                rows.push(self.unsymbolized(profile, location, detail)?);
            }
            for line in lines {
                let known = by_function.get(line.function.index()).copied().flatten();
                let row = match known {
                    Some(row) => row,
                    None => self.place(profile, location, line, detail)?,
                };
                // A nameless function is told apart by its binary, which belongs to the location.
                let has_name = profile.function(line.function).name != StrId::default();
                if let Some(slot) = by_function.get_mut(line.function.index()).filter(|_| has_name) {
                    *slot = Some(row);
                }
                rows.push(row);
            }
            located.push(&rows)?;
        }
        located.preemption.clone_from(&self.preemption);
        Ok(located)
    }

    fn unsymbolized(&mut self, profile: &Profile, location: &Location, detail: Detail) -> Result<RowId> {
        let address = if detail == Detail::All { location.address } else { 0 };
        let object = self.object(profile, location)?;
        self.row(RowKey { address, object, ..RowKey::default() }, object, 0)
    }

    fn place(
        &mut self,
        profile: &Profile,
        location: &Location,
        line: &Line,
        detail: Detail,
    ) -> Result<RowId> {
        let function = profile.function(line.function);
        let name = self.strings.intern(profile.text(function.name))?;
        let mut file = self.strings.intern(profile.text(function.filename))?;
        let mut key = RowKey { name, ..RowKey::default() };
        if detail == Detail::All {
            let (line, column) = (line.line, line.column);
            key = RowKey { address: location.address, file, line, column, ..key };
        }
        if name == StrId::default() {
            let object = self.object(profile, location)?;
            key = RowKey { start_line: function.start_line, object, ..key };
            file = if file == StrId::default() { object } else { file };
        }
        self.row(key, file, function.start_line)
    }

    /// The path of the binary that `location` lies in.
    fn object(&mut self, profile: &Profile, location: &Location) -> Result<StrId> {
        let file = location.mapping.map_or(StrId::default(), |mapping| profile.mapping(mapping).file);
        self.strings.intern(profile.text(file))
    }

    fn row(&mut self, key: RowKey, file: StrId, start_line: i64) -> Result<RowId> {
        let next = u32::try_from(self.rows.len()).ok().filter(|&next| next < SEVERAL);
        let next = next
            .ok_or_else(|| Error::new(ErrorKind::Malformed, "the profiles have more than 2^31 functions"))?;
        match self.index.entry(key) {
            Entry::Occupied(known) => {
                let row = *known.get();
                let slot = &mut self.files[row.index()];
                let line = &mut self.start_lines[row.index()];
                let is_better = *slot == StrId::default() || self.strings.get(file) < self.strings.get(*slot);
                if file == *slot {
                    *line = if *line > 0 && start_line > 0 {
                        start_line.min(*line)
                    } else {
                        start_line.max(*line)
                    };
                } else if file != StrId::default() && is_better {
                    (*slot, *line) = (file, start_line);
                }
                Ok(row)
            }
            Entry::Vacant(new) => {
                if is_preemption(self.strings.get(key.name)) {
                    self.preemption.push(RowId(next));
                }
                self.rows.push(key);
                self.files.push(file);
                self.start_lines.push(start_line);
                Ok(*new.insert(RowId(next)))
            }
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every row in the order of what it is, not in the order in which it was seen: a fixed order for sums of
    /// floating-point numbers, whatever the number of threads.
    #[must_use]
    pub fn in_order(&self) -> Vec<RowId> {
        let mut ids: Vec<RowId> =
            (0..u32::try_from(self.rows.len()).unwrap_or(u32::MAX)).map(RowId).collect();
        ids.sort_unstable_by(|&a, &b| self.sort_key(a).cmp(&self.sort_key(b)));
        ids
    }

    fn sort_key(&self, id: RowId) -> (&[u8], &[u8], i64, i64, i64, u64, &[u8]) {
        let key = &self.rows[id.index()];
        let text = |id| self.strings.get(id);
        (text(key.name), text(key.file), key.line, key.column, key.start_line, key.address, text(key.object))
    }

    /// The name of a row as pprof prints it: address, function, file and line, whichever the row has.
    #[must_use]
    pub fn name(&self, id: RowId) -> String {
        let key = &self.rows[id.index()];
        let text = |id| String::from_utf8_lossy(self.strings.get(id));
        let (name, file) = (text(key.name), text(key.file));
        let object = text(self.files[id.index()]);
        let mut parts = Vec::new();
        if key.address != 0 {
            parts.push(format!("{:016x}", key.address));
        }
        if !name.is_empty() {
            parts.push(name.to_string());
        }
        if key.line != 0 && key.column != 0 {
            parts.push(format!("{file}:{}:{}", key.line, key.column));
        } else if key.line != 0 {
            parts.push(format!("{file}:{}", key.line));
        } else if !file.is_empty() {
            parts.push(file.into_owned());
        } else if name.is_empty() && !object.is_empty() {
            parts.push(format!("[{}]", object.rsplit('/').next().unwrap_or(&object)));
        } else if name.is_empty() {
            parts.push("<unknown>".to_owned());
        }
        parts.join(" ")
    }

    /// The name of the function that the row lies in, empty if unknown.
    #[must_use]
    pub fn function(&self, id: RowId) -> String {
        String::from_utf8_lossy(self.strings.get(self.rows[id.index()].name)).into_owned()
    }

    /// A source file of the row, empty if unknown.
    #[must_use]
    pub fn file(&self, id: RowId) -> String {
        String::from_utf8_lossy(self.strings.get(self.files[id.index()])).into_owned()
    }

    /// The line of [`Keys::file`] that the row begins on: its own where rows are lines, else that on which its function
    /// starts; 0 if unknown.
    #[must_use]
    pub fn line(&self, id: RowId) -> i64 {
        let own = self.rows[id.index()].line;
        if own > 0 { own } else { self.start_lines[id.index()].max(0) }
    }

    /// The function the row lies in, or its file if that is not known: what two builds of a program have in common
    /// whatever tells their rows apart.
    #[must_use]
    pub fn place_of(&self, id: RowId) -> StrId {
        let name = self.rows[id.index()].name;
        if name == StrId::default() { self.files[id.index()] } else { name }
    }

    /// Number of distinct texts, to index columns by [`Keys::place_of`] with.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.strings.len()
    }

    /// What the row is.
    #[must_use]
    pub fn key(&self, id: RowId) -> &RowKey {
        &self.rows[id.index()]
    }
}
