//! The in-memory model: one profile as flat columns.
//!
//! Rows refer to each other by dense ids (`u32` newtypes), never by the ids of the file; those are kept beside
//! the rows because `-raw` and `-proto` show them. Text lives once in [`Strings`].

mod align;
mod combine;
mod encode;
mod ids;
mod locations;
mod merge;
mod samples;
mod scale;
mod since;
mod strings;

pub use align::align_mappings;
pub use combine::{
    Compatibility, combine, compatibility, make_compatible, normalize, normalize_ratios, require_equal_types,
};
pub use encode::encode;
pub use ids::{FunctionId, LocationId, MappingId, StrId};
pub use locations::{Line, Location, Locations};

pub use merge::merge;
pub use samples::{Label, LabelValue, SampleStream, SampleView, Samples};
pub use since::since;
pub use strings::Strings;

/// What one column of sample values counts, in which unit: `cpu` in `nanoseconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct ValueType {
    /// The name of the type.
    pub kind: StrId,
    /// The unit of its values.
    pub unit: StrId,
}

/// The fields of a profile that stand once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// One entry for each column of sample values.
    pub sample_types: Vec<ValueType>,
    /// Frames matching this pattern are removed, with everything below them.
    pub drop_frames: StrId,
    /// Frames matching this pattern stay even if `drop_frames` matches.
    pub keep_frames: StrId,
    /// Time of collection, nanoseconds since 1970; 0 is unknown.
    pub time_nanos: i64,
    /// Length of collection in nanoseconds; 0 is unknown.
    pub duration_nanos: i64,
    /// The event between two samples, `("", "")` if the file does not say.
    pub period_type: ValueType,
    /// Number of events between two samples.
    pub period: i64,
    /// Free text of the recorder.
    pub comments: Vec<StrId>,
    /// The sample type to show if none is asked for; empty is unset.
    pub default_sample_type: StrId,
    /// Where the profile is documented.
    pub doc_url: StrId,
}

/// A stretch of the address space that a file was mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the four flags of profile.proto")]
pub struct Mapping {
    /// The id in the file; unique, never 0.
    pub id: u64,
    /// First address.
    pub start: u64,
    /// First address after the mapping.
    pub limit: u64,
    /// Offset in the file that `start` corresponds to.
    pub offset: u64,
    /// The mapped file.
    pub file: StrId,
    /// The build id of the file, empty if unknown.
    pub build_id: StrId,
    /// Locations of this mapping have function names.
    pub has_functions: bool,
    /// Locations of this mapping have file names.
    pub has_filenames: bool,
    /// Locations of this mapping have line numbers.
    pub has_line_numbers: bool,
    /// Locations of this mapping have the frames that were inlined into them.
    pub has_inline_frames: bool,
}

/// A function of the profiled program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Function {
    /// The id in the file; unique, never 0.
    pub id: u64,
    /// The name to show.
    pub name: StrId,
    /// The name as the linker knows it.
    pub system_name: StrId,
    /// The source file.
    pub filename: StrId,
    /// The line on which the function starts, 0 if unknown.
    pub start_line: i64,
}

/// One profile.
///
/// Invariants, held by every decoder and by [`merge`]: each id column points at an existing row, every sample
/// has one value for each sample type, the ids of a table are unique and not 0.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// All text of this profile.
    pub strings: Strings,
    /// The fields that stand once.
    pub header: Header,
    /// Indexed by [`MappingId`].
    pub mappings: Vec<Mapping>,
    /// Indexed by [`LocationId`].
    pub locations: Locations,
    /// Indexed by [`FunctionId`].
    pub functions: Vec<Function>,
    /// The measurements.
    pub samples: Samples,
}

impl Profile {
    /// The function row of `id`.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The mapping row of `id`.
    #[must_use]
    pub fn mapping(&self, id: MappingId) -> &Mapping {
        &self.mappings[id.index()]
    }

    /// The text of `id`, as it stands in the file: it need not be valid UTF-8.
    #[must_use]
    pub fn text(&self, id: StrId) -> &[u8] {
        self.strings.get(id)
    }

    /// The text of `id` with invalid UTF-8 replaced, for showing.
    #[must_use]
    pub fn display(&self, id: StrId) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.strings.get(id))
    }

    /// Number of value columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.header.sample_types.len()
    }

    /// Gives a profile without mappings one that covers nothing, and points every location at it, as pprof
    /// does after reading a file. Reports that name the object file depend on it.
    pub fn ensure_mapping(&mut self) {
        if self.mappings.is_empty() {
            self.mappings.push(Mapping { id: 1, ..Mapping::default() });
            for location in &mut self.locations.rows {
                location.mapping = Some(MappingId::new(0));
            }
        }
    }
}
