//! Bytes of profile.proto to a [`Scan`]: the tables decoded, the samples still in place.
//!
//! Writers put the samples before the tables they refer to. One pass over the top level decodes the tables and
//! notes where runs of samples lie; a second one reads the samples, in parallel chunks, once names are known.

use std::borrow::Cow;
use std::ops::Range;

use super::blocks::{Block, Blocks, Stop};
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
    /// Runs of samples, nothing else.
    pub(super) chunks: Vec<Chunk<'a>>,
    /// Number of samples.
    pub(super) count: usize,
    pub(super) locations: IdMap,
    /// The string table: file index to id.
    pub(super) texts: Vec<StrId>,
    pub(super) width: usize,
}

/// Some samples.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    bytes: Cow<'a, [u8]>,
    ranges: Vec<Range<usize>>,
}

impl Chunk<'_> {
    /// The samples in their order: whole top-level fields.
    pub(super) fn runs(&self) -> impl Iterator<Item = &[u8]> {
        self.ranges.iter().map(|range| &self.bytes[range.clone()])
    }
}

/// What is known of a profile that was read through a function.
#[derive(Debug)]
pub enum Streamed {
    /// All of it.
    Whole(Scan<'static>),
    /// All but the samples, which would have taken too much memory: they are to be read again.
    Tables(Scan<'static>),
    /// It is no profile.proto, or a damaged one.
    Other,
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
/// When the data is empty or damaged, as far as that shows without reading the samples.
pub fn scan(data: &[u8]) -> Result<Scan<'_>> {
    if data.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "the file is empty")
            .help("check that the program ran to its end: pprof.StopCPUProfile writes the profile"));
    }
    let mut raw = read_top_level(data)?;
    let chunks = std::mem::take(&mut raw.chunks);
    let chunk = |range: Range<usize>| Chunk {
        ranges: std::iter::once(0..range.len()).collect(),
        bytes: data[range].into(),
    };
    let count = raw.sample_count;
    resolve(raw, chunks.into_iter().map(chunk).collect(), count)
}

/// Decodes the tables of the profile that `read` gives, and keeps its samples if they take at most `most` bytes. `read`
/// fills the beginning of a buffer with what is next, not compressed, and says how much of it: 0 at the end alone.
///
/// # Errors
/// Those of `read`.
pub fn scan_stream(read: impl FnMut(&mut [u8]) -> Result<usize>, most: u64) -> Result<Streamed> {
    let mut blocks = Blocks::new(read);
    let mut tables = Vec::new();
    let mut kept: Vec<Chunk<'static>> = Vec::new();
    let (mut bytes, mut count) = (0_u64, 0);
    loop {
        match blocks.next(&mut tables)? {
            Ok(Block { bytes: block, samples, count: more }) => {
                bytes += block.len() as u64;
                count += more;
                if bytes > most {
                    kept = Vec::new();
                } else if more > 0 {
                    kept.push(Chunk { bytes: block.into(), ranges: samples });
                }
            }
            Err(Stop::End) => break,
            Err(Stop::Damaged) => return Ok(Streamed::Other),
        }
    }
    if tables.is_empty() {
        return Ok(Streamed::Other);
    }
    let scan = read_top_level(&tables).and_then(|raw| resolve(raw, kept, count));
    Ok(match scan {
        Ok(scan) if bytes > most => Streamed::Tables(scan),
        Ok(scan) => Streamed::Whole(scan),
        Err(_) => Streamed::Other,
    })
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
    /// Hands the samples that `read` gives to `visit`, as [`SampleStream::walk`](crate::profile::SampleStream::walk)
    /// does: the same profile as was scanned, from its beginning.
    ///
    /// # Errors
    /// Those of `read`, and when a sample is damaged.
    pub fn walk_again(
        &self,
        read: impl FnMut(&mut [u8]) -> Result<usize>,
        mut visit: impl FnMut(&[LocationId], &[i64]),
    ) -> Result<()> {
        let mut blocks = Blocks::new(read);
        let mut others = Vec::new();
        loop {
            match blocks.next(&mut others)? {
                Ok(Block { bytes, samples, .. }) => {
                    self.walk_chunk(&Chunk { bytes: bytes.into(), ranges: samples }, &mut visit)?;
                }
                Err(Stop::End) => return Ok(()),
                Err(Stop::Damaged) => return Err(damaged("it changed while it was read")),
            }
            others.clear();
        }
    }

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
            read_samples(&self.samples, chunk, &mut samples)?;
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

fn resolve<'a>(raw: Raw<'_>, chunks: Vec<Chunk<'a>>, count: usize) -> Result<Scan<'a>> {
    if raw.sample_types.len() > MAX_SAMPLE_TYPES {
        let found = raw.sample_types.len();
        return Err(damaged(&format!("it has {found} sample types; more than {MAX_SAMPLE_TYPES} is damage")));
    }
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
    if raw.sample_types.is_empty() && count > 0 {
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
    let samples = SampleBytes { chunks, count, locations: location_ids, texts, width };
    Ok(Scan { profile, samples })
}
