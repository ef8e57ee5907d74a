//! Bytes of profile.proto to a [`Scan`]: the tables decoded, the samples still in place.
//!
//! Writers put the samples before the tables they refer to. One pass over the top level decodes the tables and
//! notes where runs of samples lie; a second one reads the samples, in parallel chunks, once names are known.

use std::ops::Range;

use super::id_map::IdMap;
use super::samples::read_samples;
use super::wire::{Value, damaged, field, fields};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{
    Function, FunctionId, Header, Line, Location, LocationId, Mapping, MappingId, Profile, Samples, StrId,
    ValueType,
};

/// Chunks of samples are cut at the first sample boundary past this many bytes: large enough to amortise the
/// start of a task, small enough to keep every core busy on a profile of 20 MB.
const CHUNK_BYTES: usize = 1 << 20;

/// Sums are kept for each function and sample type, so a damaged count of types must not decide how much memory
/// they take. No profiler writes more than about ten.
const MAX_SAMPLE_TYPES: usize = 64;

/// A profile whose samples have not been read yet.
#[derive(Debug)]
pub struct Scan<'a> {
    /// Everything but the samples.
    pub profile: Profile,
    /// Where the file's samples stand.
    pub(super) samples: SampleBytes<'a>,
}

/// The bytes of all samples and what is needed to read them.
#[derive(Debug)]
pub(super) struct SampleBytes<'a> {
    pub(super) data: &'a [u8],
    /// Ranges of `data` that hold whole top-level fields, sample after sample, nothing else.
    pub(super) chunks: Vec<Range<usize>>,
    /// Number of samples.
    pub(super) count: usize,
    pub(super) locations: IdMap,
    /// The string table: file index to id.
    pub(super) texts: Vec<StrId>,
    pub(super) width: usize,
}

/// Tables as they stand in the file: text as index into the string table.
#[derive(Default)]
struct Raw<'a> {
    sample_types: Vec<[i64; 2]>,
    period_type: [i64; 2],
    texts: Vec<&'a [u8]>,
    mappings: Vec<(Mapping, [i64; 2])>,
    locations: Vec<(Location, u64, u32)>,
    lines: Vec<(u64, i64, i64)>,
    functions: Vec<(Function, [i64; 3])>,
    drop_frames: i64,
    keep_frames: i64,
    time_nanos: i64,
    duration_nanos: i64,
    period: i64,
    comments: Vec<i64>,
    default_sample_type: i64,
    doc_url: i64,
    chunks: Vec<Range<usize>>,
    sample_count: usize,
}

/// Decodes the tables of the profile in `data`, which is not compressed.
///
/// # Errors
/// Whatever makes pprof refuse a file: damaged encoding, text or ids that do not exist, ids that stand twice,
/// two profiles one after the other, an empty file; and more than 64 sample types. Samples are checked when they are read.
pub fn scan(data: &[u8]) -> Result<Scan<'_>> {
    if data.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "the file is empty")
            .help("check that the program ran to its end: pprof.StopCPUProfile writes the profile"));
    }
    let raw = read_top_level(data)?;
    if raw.sample_types.len() > MAX_SAMPLE_TYPES {
        let found = raw.sample_types.len();
        return Err(damaged(&format!("it has {found} sample types; more than {MAX_SAMPLE_TYPES} is damage")));
    }
    resolve(data, raw)
}

/// Decodes the profile in `data`, samples included.
///
/// # Errors
/// Those of [`scan`], and samples that refer to locations or texts that do not exist or do not have one value
/// for each sample type.
pub fn decode(data: &[u8]) -> Result<Profile> {
    scan(data)?.into_profile()
}

impl Scan<'_> {
    /// Number of samples.
    #[must_use]
    pub fn sample_count(&self) -> usize {
        self.samples.count
    }

    /// Reads the samples too.
    ///
    /// # Errors
    /// Those of [`decode`] that concern samples.
    pub fn into_profile(self) -> Result<Profile> {
        let mut samples = Samples::new(self.samples.width);
        for chunk in &self.samples.chunks {
            read_samples(&self.samples, chunk.clone(), &mut samples)?;
        }
        Ok(Profile { samples, ..self.profile })
    }
}

fn read_top_level(data: &[u8]) -> Result<Raw<'_>> {
    let mut raw = Raw::default();
    let mut rest = data;
    while !rest.is_empty() {
        let start = data.len() - rest.len();
        let (number, value) = field(&mut rest)?;
        if number == 2 {
            value.bytes()?;
            raw.sample_count += 1;
            let end = data.len() - rest.len();
            match raw.chunks.last_mut() {
                Some(last) if last.end == start && last.len() < CHUNK_BYTES => last.end = end,
                _ => raw.chunks.push(start..end),
            }
        } else {
            raw.read(number, value)?;
        }
    }
    Ok(raw)
}

impl<'a> Raw<'a> {
    fn read(&mut self, number: u64, value: Value<'a>) -> Result<()> {
        match number {
            1 => self.sample_types.push(indices(value.bytes()?, 1)?),
            3 => self.read_mapping(value.bytes()?)?,
            4 => self.read_location(value.bytes()?)?,
            5 => self.read_function(value.bytes()?)?,
            6 => {
                let text = value.bytes()?;
                if self.texts.is_empty() && !text.is_empty() {
                    return Err(damaged("the first text of the string table is not empty"));
                }
                self.texts.push(text);
            }
            7 => self.drop_frames = value.signed()?,
            8 => self.keep_frames = value.signed()?,
            9 => {
                if self.time_nanos != 0 {
                    return Err(Error::new(
                        ErrorKind::Malformed,
                        "several profiles stand in this file one after the other",
                    )
                    .help("split the file, or merge the profiles with `profgate merge`"));
                }
                self.time_nanos = value.signed()?;
            }
            10 => self.duration_nanos = value.signed()?,
            11 => self.period_type = indices(value.bytes()?, 1)?,
            12 => self.period = value.signed()?,
            13 => value.numbers(|comment| self.comments.push(comment.cast_signed()))?,
            14 => self.default_sample_type = value.signed()?,
            15 => self.doc_url = value.signed()?,
            _ => {}
        }
        Ok(())
    }

    fn read_mapping(&mut self, message: &[u8]) -> Result<()> {
        let mut mapping = Mapping::default();
        let mut texts = [0; 2];
        fields(message, |number, value| {
            match number {
                1 => mapping.id = value.number()?,
                2 => mapping.start = value.number()?,
                3 => mapping.limit = value.number()?,
                4 => mapping.offset = value.number()?,
                5 => texts[0] = value.signed()?,
                6 => texts[1] = value.signed()?,
                7 => mapping.has_functions = value.number()? != 0,
                8 => mapping.has_filenames = value.number()? != 0,
                9 => mapping.has_line_numbers = value.number()? != 0,
                10 => mapping.has_inline_frames = value.number()? != 0,
                _ => {}
            }
            Ok(())
        })?;
        self.mappings.push((mapping, texts));
        Ok(())
    }

    fn read_location(&mut self, message: &[u8]) -> Result<()> {
        let mut location = Location::default();
        let mut mapping = 0;
        let lines = &mut self.lines;
        fields(message, |number, value| {
            match number {
                1 => location.id = value.number()?,
                2 => mapping = value.number()?,
                3 => location.address = value.number()?,
                4 => {
                    let mut line = (0, 0, 0);
                    fields(value.bytes()?, |number, value| {
                        match number {
                            1 => line.0 = value.number()?,
                            2 => line.1 = value.signed()?,
                            3 => line.2 = value.signed()?,
                            _ => {}
                        }
                        Ok(())
                    })?;
                    lines.push(line);
                }
                5 => location.is_folded = value.number()? != 0,
                _ => {}
            }
            Ok(())
        })?;
        let end = u32::try_from(self.lines.len()).map_err(|_| damaged("more than 2^32 lines"))?;
        self.locations.push((location, mapping, end));
        Ok(())
    }

    fn read_function(&mut self, message: &[u8]) -> Result<()> {
        let mut function = Function::default();
        let mut texts = [0; 3];
        fields(message, |number, value| {
            match number {
                1 => function.id = value.number()?,
                2 => texts[0] = value.signed()?,
                3 => texts[1] = value.signed()?,
                4 => texts[2] = value.signed()?,
                5 => function.start_line = value.signed()?,
                _ => {}
            }
            Ok(())
        })?;
        self.functions.push((function, texts));
        Ok(())
    }
}

/// Reads a message of `N` consecutive signed fields, the first of which has the number `first`.
fn indices<const N: usize>(message: &[u8], first: u64) -> Result<[i64; N]> {
    let mut found = [0; N];
    fields(message, |number, value| {
        let slot = number.checked_sub(first).and_then(|slot| usize::try_from(slot).ok());
        if let Some(slot) = slot.and_then(|slot| found.get_mut(slot)) {
            *slot = value.signed()?;
        }
        Ok(())
    })?;
    Ok(found)
}

/// The id of the text at `index` of the string table.
pub(super) fn text_at(texts: &[StrId], index: i64) -> Result<StrId> {
    let found = usize::try_from(index).ok().and_then(|index| texts.get(index));
    found.copied().ok_or_else(|| {
        damaged(&format!("text {index} is used and the string table has {} texts", texts.len()))
    })
}

fn resolve<'a>(data: &'a [u8], raw: Raw<'a>) -> Result<Scan<'a>> {
    let mut profile = Profile::default();
    let texts = raw.texts.iter().map(|text| profile.strings.intern(text)).collect::<Result<Vec<_>>>()?;
    let text = |index| text_at(&texts, index);
    let value_type = |[kind, unit]: [i64; 2]| Ok(ValueType { kind: text(kind)?, unit: text(unit)? });

    profile.header = Header {
        sample_types: raw.sample_types.iter().map(|&indices| value_type(indices)).collect::<Result<_>>()?,
        drop_frames: text(raw.drop_frames)?,
        keep_frames: text(raw.keep_frames)?,
        time_nanos: raw.time_nanos,
        duration_nanos: raw.duration_nanos,
        period_type: value_type(raw.period_type)?,
        period: raw.period,
        comments: raw.comments.iter().map(|&index| text(index)).collect::<Result<_>>()?,
        default_sample_type: text(raw.default_sample_type)?,
        doc_url: text(raw.doc_url)?,
    };
    if raw.sample_types.is_empty() && raw.sample_count > 0 {
        return Err(damaged("it has samples and no sample type"));
    }

    let mut mapping_ids = IdMap::new("mapping", raw.mappings.len());
    for (mapping, [file, build_id]) in raw.mappings {
        mapping_ids.insert(mapping.id)?;
        profile.mappings.push(Mapping { file: text(file)?, build_id: text(build_id)?, ..mapping });
    }
    let mut function_ids = IdMap::new("function", raw.functions.len());
    for (function, [name, system_name, filename]) in raw.functions {
        function_ids.insert(function.id)?;
        profile.functions.push(Function {
            name: text(name)?,
            system_name: text(system_name)?,
            filename: text(filename)?,
            ..function
        });
    }
    let mut location_ids = IdMap::new("location", raw.locations.len());
    let mut lines = Vec::new();
    let mut start = 0;
    for (location, mapping, end) in raw.locations {
        location_ids.insert(location.id)?;
        for &(function, line, column) in &raw.lines[start..end as usize] {
            let function = function_ids.get(function).map(FunctionId::new).ok_or_else(|| {
                damaged(&format!("location {} refers to function {function}, which is missing", location.id))
            })?;
            lines.push(Line { function, line, column });
        }
        start = end as usize;
        let mapping = mapping_ids.get(mapping).map(MappingId::new);
        profile.locations.push(Location { mapping, ..location }, lines.drain(..));
    }
    let width = profile.width();
    profile.samples = Samples::new(width);
    let samples = SampleBytes {
        data,
        chunks: raw.chunks,
        count: raw.sample_count,
        locations: location_ids,
        texts,
        width,
    };
    Ok(Scan { profile, samples })
}

impl SampleBytes<'_> {
    /// The dense id of the location that the file calls `id`.
    #[inline]
    pub(super) fn location(&self, id: u64) -> Result<LocationId> {
        self.locations
            .get(id)
            .map(LocationId::new)
            .ok_or_else(|| damaged(&format!("a sample refers to location {id}, which is missing")))
    }
}
