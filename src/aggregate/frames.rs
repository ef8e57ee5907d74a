//! Locations to frames: places in functions, equal in all runs of both sides, fine enough to tell lines apart.

use hashbrown::HashMap;

use super::keys::{LocationRows, RowId};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{LocationId, Profile, StrId, Strings};

/// A place in a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(u32);

impl FrameId {
    /// The number of the frame, to index a column with.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What tells frames apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameKey {
    /// The row of the comparison that the frame counts for.
    pub row: RowId,
    /// The name as the linker knows it.
    pub system_name: StrId,
    /// The source file.
    pub file: StrId,
    /// The line on which the function starts.
    pub start_line: i64,
    /// The line.
    pub line: i64,
}

/// All frames of a comparison.
#[derive(Debug, Default)]
pub struct Frames {
    strings: Strings,
    keys: Vec<FrameKey>,
    index: HashMap<FrameKey, FrameId>,
}

/// The frames of each location of one profile, innermost first; never none.
#[derive(Debug)]
pub struct LocationFrames {
    ends: Vec<u32>,
    frames: Vec<FrameId>,
}

impl LocationFrames {
    /// The frames of `location`, innermost first.
    #[inline]
    #[must_use]
    pub fn of(&self, location: LocationId) -> &[FrameId] {
        let index = location.index();
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.frames[start as usize..self.ends[index] as usize]
    }
}

impl Frames {
    /// Gives every location of `profile` its frames, as many as it has rows.
    ///
    /// # Errors
    /// When the texts of all frames pass 4 GiB, or there are more than 2³² frames.
    pub fn locate(&mut self, profile: &Profile, rows: &LocationRows) -> Result<LocationFrames> {
        let mut located =
            LocationFrames { ends: Vec::with_capacity(profile.locations.len()), frames: Vec::new() };
        for id in profile.locations.ids() {
            let rows = rows.of(id);
            let lines = profile.locations.lines(id);
            // Without inlined frames the one row is that of the outermost line.
            let lines = &lines[lines.len().saturating_sub(rows.len())..];
            for (at, &row) in rows.iter().enumerate() {
                let mut key = FrameKey {
                    row,
                    system_name: StrId::default(),
                    file: StrId::default(),
                    start_line: 0,
                    line: 0,
                };
                if let Some(line) = lines.get(at) {
                    let function = profile.function(line.function);
                    key.system_name = self.strings.intern(profile.text(function.system_name))?;
                    key.file = self.strings.intern(profile.text(function.filename))?;
                    key.start_line = function.start_line;
                    key.line = line.line;
                }
                located.frames.push(self.frame(key)?);
            }
            located.ends.push(u32::try_from(located.frames.len()).map_err(|_| too_many())?);
        }
        Ok(located)
    }

    fn frame(&mut self, key: FrameKey) -> Result<FrameId> {
        let next = FrameId(u32::try_from(self.keys.len()).map_err(|_| too_many())?);
        let frame = *self.index.entry(key).or_insert(next);
        if frame == next {
            self.keys.push(key);
        }
        Ok(frame)
    }

    /// Number of frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no frame.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What `frame` is.
    #[must_use]
    pub fn key(&self, frame: FrameId) -> &FrameKey {
        &self.keys[frame.index()]
    }

    /// Every frame with its key.
    pub fn iter(&self) -> impl Iterator<Item = (FrameId, &FrameKey)> {
        (0..).map(FrameId).zip(&self.keys)
    }

    /// A text of a key.
    #[must_use]
    pub fn text(&self, id: StrId) -> &[u8] {
        self.strings.get(id)
    }
}

fn too_many() -> Error {
    Error::new(ErrorKind::Malformed, "the profiles have more than 2^32 frames")
}
