//! Several profiles to one in which equal stacks stand once (`profile.Merge` of pprof).

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::combine::require_equal_types;
use super::{
    Function, FunctionId, Label, LabelValue, Line, Location, LocationId, Mapping, MappingId, Profile,
    Samples, StrId, ValueType,
};
use crate::error::{Error, ErrorKind, Result};

/// Adds up `profiles`, which measure the same thing in the same units.
///
/// Functions, locations and mappings are recognised across profiles by what they are, not by their ids; ids are
/// numbered anew from 1 in the order of first use. Samples whose values are all zero vanish.
///
/// # Errors
/// When sample types, period types or their units differ.
pub fn merge(profiles: &[Profile]) -> Result<Profile> {
    let first =
        profiles.first().ok_or_else(|| Error::new(ErrorKind::Usage, "there is no profile to merge"))?;
    for other in &profiles[1..] {
        require_equal_types(first, other)?;
    }
    let merged = merge_once(profiles)?;
    // Samples that cancelled out keep their locations alive; a second pass leaves those behind.
    if merged.samples.iter().any(|sample| is_zero(sample.values)) {
        return merge_once(&[merged]);
    }
    Ok(merged)
}

fn is_zero(values: &[i64]) -> bool {
    values.iter().all(|&value| value == 0)
}

fn merge_once(profiles: &[Profile]) -> Result<Profile> {
    let mut merger = Merger::default();
    for (index, profile) in profiles.iter().enumerate() {
        merger.add_header(profile, index == 0)?;
        merger.add(profile)?;
    }
    Ok(merger.finish())
}

/// The rows of one source that have been given a row in the result.
struct Source<'a> {
    profile: &'a Profile,
    strings: Vec<Option<StrId>>,
    functions: Vec<Option<FunctionId>>,
    locations: Vec<Option<LocationId>>,
    mappings: Vec<Option<MappingId>>,
}

/// What makes two mappings the same: size in pages, offset, and build id or file.
type MappingKey = (u64, u64, StrId);
/// What makes two functions the same: start line, name, system name, file.
type FunctionKey = (i64, StrId, StrId, StrId);

#[derive(PartialEq, Eq, Hash)]
struct LocationKey {
    /// Relative to the mapping's start.
    address: u64,
    mapping: Option<MappingId>,
    /// Function and line of each line.
    lines: Vec<(FunctionId, i64)>,
    /// The column of the outermost line. pprof up to Go 1.27.3 loses the columns of all other lines here
    /// (google/pprof#1016), which decides what merges.
    column: i64,
    is_folded: bool,
}

#[derive(Default)]
struct Merger {
    out: Profile,
    mappings: HashMap<MappingKey, MappingId>,
    functions: HashMap<FunctionKey, FunctionId>,
    locations: HashMap<LocationKey, LocationId>,
    hasher: DefaultHashBuilder,
    samples: HashTable<usize>,
    /// Samples found so far: stacks and labels stay in columns, sums beside them because they change.
    sums: Vec<i64>,
    stacks: Samples,
}

impl Merger {
    fn add_header(&mut self, profile: &Profile, is_first: bool) -> Result<()> {
        let Self { out, .. } = self;
        let theirs = &profile.header;
        if is_first {
            let mut value_type = |ty: &ValueType| {
                Ok(ValueType {
                    kind: out.strings.intern(profile.text(ty.kind))?,
                    unit: out.strings.intern(profile.text(ty.unit))?,
                })
            };
            let sample_types = theirs.sample_types.iter().map(&mut value_type).collect::<Result<_>>()?;
            out.header.period_type = value_type(&theirs.period_type)?;
            out.header.sample_types = sample_types;
            out.header.drop_frames = out.strings.intern(profile.text(theirs.drop_frames))?;
            out.header.keep_frames = out.strings.intern(profile.text(theirs.keep_frames))?;
        }
        let ours = &mut out.header;
        // A zero time resets an earlier one: pprof compares before it looks whether the time is known.
        if ours.time_nanos == 0 || theirs.time_nanos < ours.time_nanos {
            ours.time_nanos = theirs.time_nanos;
        }
        ours.duration_nanos = ours.duration_nanos.wrapping_add(theirs.duration_nanos);
        ours.period = if is_first { theirs.period.max(0) } else { ours.period.max(theirs.period) };
        for &comment in &theirs.comments {
            let comment = out.strings.intern(profile.text(comment))?;
            if !ours.comments.contains(&comment) {
                ours.comments.push(comment);
            }
        }
        if ours.default_sample_type == StrId::default() {
            ours.default_sample_type = out.strings.intern(profile.text(theirs.default_sample_type))?;
        }
        if ours.doc_url == StrId::default() {
            ours.doc_url = out.strings.intern(profile.text(theirs.doc_url))?;
        }
        Ok(())
    }

    fn add(&mut self, profile: &Profile) -> Result<()> {
        let mut source = Source {
            profile,
            strings: vec![None; profile.strings.len()],
            functions: vec![None; profile.functions.len()],
            locations: vec![None; profile.locations.len()],
            mappings: vec![None; profile.mappings.len()],
        };
        // The first mapping is the main program, and must stay first.
        if self.out.mappings.is_empty() && !profile.mappings.is_empty() {
            self.mapping(&mut source, MappingId::new(0))?;
        }
        let mut stack = Vec::new();
        let mut labels = Vec::new();
        for sample in profile.samples.iter().filter(|sample| !is_zero(sample.values)) {
            stack.clear();
            labels.clear();
            for &location in sample.stack {
                stack.push(self.location(&mut source, location)?);
            }
            for label in sample.labels {
                labels.push(self.label(&mut source, *label)?);
            }
            labels.sort_by_key(|label| (matches!(label.value, LabelValue::Number(..)), label.key));
            self.add_sample(&stack, &labels, sample.values);
        }
        Ok(())
    }

    fn add_sample(&mut self, stack: &[LocationId], labels: &[Label], values: &[i64]) {
        let Self { samples, stacks, sums, hasher, .. } = self;
        let hash = hash_sample(hasher, stack, labels);
        let found = samples.find(hash, |&row| {
            let sample = stacks.get(row);
            sample.stack == stack && sample.labels == labels
        });
        if let Some(&row) = found {
            let start = row * values.len();
            for (sum, value) in sums[start..].iter_mut().zip(values) {
                *sum = sum.wrapping_add(*value);
            }
            return;
        }
        let row = stacks.len();
        stacks.push(stack.iter().copied(), [], labels.iter().copied());
        sums.extend_from_slice(values);
        samples.insert_unique(hash, row, |&row| {
            let sample = stacks.get(row);
            hash_sample(hasher, sample.stack, sample.labels)
        });
    }

    fn finish(self) -> Profile {
        let mut out = self.out;
        let width = out.width();
        out.samples = Samples::new(width);
        if width == 0 {
            return out;
        }
        for (sample, sums) in self.stacks.iter().zip(self.sums.chunks_exact(width)) {
            out.samples.push(
                sample.stack.iter().copied(),
                sums.iter().copied(),
                sample.labels.iter().copied(),
            );
        }
        out
    }

    fn text(&mut self, source: &mut Source<'_>, id: StrId) -> Result<StrId> {
        if let Some(known) = source.strings[id.index()] {
            return Ok(known);
        }
        let new = self.out.strings.intern(source.profile.text(id))?;
        source.strings[id.index()] = Some(new);
        Ok(new)
    }

    fn label(&mut self, source: &mut Source<'_>, label: Label) -> Result<Label> {
        let value = match label.value {
            LabelValue::Text(text) => LabelValue::Text(self.text(source, text)?),
            LabelValue::Number(number, unit) => LabelValue::Number(number, self.text(source, unit)?),
        };
        Ok(Label { key: self.text(source, label.key)?, value })
    }

    fn mapping(&mut self, source: &mut Source<'_>, id: MappingId) -> Result<MappingId> {
        if let Some(known) = source.mappings[id.index()] {
            return Ok(known);
        }
        let theirs = *source.profile.mapping(id);
        let file = self.text(source, theirs.file)?;
        let build_id = self.text(source, theirs.build_id)?;
        let page = 0x1000;
        let size = theirs.limit.wrapping_sub(theirs.start).wrapping_add(page - 1);
        let name = if build_id == StrId::default() { file } else { build_id };
        let key = (size - size % page, theirs.offset, name);
        let known = self.mappings.get(&key).copied();
        let row = known.unwrap_or_else(|| {
            let row = next_row(self.out.mappings.len());
            self.out.mappings.push(Mapping { id: u64::from(row) + 1, file, build_id, ..theirs });
            MappingId::new(row)
        });
        self.mappings.insert(key, row);
        source.mappings[id.index()] = Some(row);
        Ok(row)
    }

    fn function(&mut self, source: &mut Source<'_>, id: FunctionId) -> Result<FunctionId> {
        if let Some(known) = source.functions[id.index()] {
            return Ok(known);
        }
        let theirs = *source.profile.function(id);
        let name = self.text(source, theirs.name)?;
        let system_name = self.text(source, theirs.system_name)?;
        let filename = self.text(source, theirs.filename)?;
        let key = (theirs.start_line, name, system_name, filename);
        let row = *self.functions.entry(key).or_insert_with(|| {
            let row = next_row(self.out.functions.len());
            let id = u64::from(row) + 1;
            self.out.functions.push(Function { id, name, system_name, filename, ..theirs });
            FunctionId::new(row)
        });
        source.functions[id.index()] = Some(row);
        Ok(row)
    }

    fn location(&mut self, source: &mut Source<'_>, id: LocationId) -> Result<LocationId> {
        if let Some(known) = source.locations[id.index()] {
            return Ok(known);
        }
        let theirs = *source.profile.locations.row(id);
        let mapping = theirs.mapping.map(|mapping| self.mapping(source, mapping)).transpose()?;
        let start_in = |profile: &Profile, mapping: Option<MappingId>| {
            mapping.map_or(0, |mapping| profile.mapping(mapping).start)
        };
        // Programs are loaded at another address each time: what counts is the distance to the mapping's start.
        let address = theirs.address.wrapping_sub(start_in(source.profile, theirs.mapping));
        let mut lines = Vec::new();
        for line in source.profile.locations.lines(id) {
            lines.push(Line { function: self.function(source, line.function)?, ..*line });
        }
        let key = LocationKey {
            address,
            mapping,
            lines: lines.iter().map(|line| (line.function, line.line)).collect(),
            column: lines.last().map_or(0, |line| line.column),
            is_folded: theirs.is_folded,
        };
        let locations = &mut self.out.locations;
        let start = mapping.map_or(0, |mapping| self.out.mappings[mapping.index()].start);
        let row = *self.locations.entry(key).or_insert_with(|| {
            let row = next_row(locations.len());
            let address = address.wrapping_add(start);
            locations.push(Location { id: u64::from(row) + 1, mapping, address, ..theirs }, lines);
            LocationId::new(row)
        });
        source.locations[id.index()] = Some(row);
        Ok(row)
    }
}

/// The number of the row after `rows` rows.
fn next_row(rows: usize) -> u32 {
    u32::try_from(rows).expect("inputs are limited to 4 GiB")
}

fn hash_sample(hasher: &DefaultHashBuilder, stack: &[LocationId], labels: &[Label]) -> u64 {
    let mut state = hasher.build_hasher();
    stack.hash(&mut state);
    labels.hash(&mut state);
    state.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile of one sample type with the stacks given as function names, leaf first.
    fn profile(samples: &[(&[&str], i64)]) -> Profile {
        let mut profile = Profile::default();
        let kind = profile.strings.intern(b"cpu").expect("fits");
        profile.header.sample_types = vec![ValueType { kind, unit: kind }];
        profile.samples = Samples::new(1);
        for (stack, value) in samples {
            let mut locations = Vec::new();
            for name in *stack {
                let name = profile.strings.intern(name.as_bytes()).expect("fits");
                let row = next_row(profile.functions.len());
                let id = u64::from(row) + 1;
                profile.functions.push(Function { id, name, ..Function::default() });
                let line = Line { function: FunctionId::new(row), line: 1, column: 0 };
                profile.locations.push(Location { id, ..Location::default() }, [line]);
                locations.push(LocationId::new(row));
            }
            profile.samples.push(locations, [*value], []);
        }
        profile
    }

    #[test]
    fn equal_stacks_add_up_whatever_their_ids() {
        let merged = merge(&[profile(&[(&["leaf", "main"], 3), (&["main"], 1)]), profile(&[(&["main"], 5)])]);
        let merged = merged.expect("same types");
        let values: Vec<_> = merged.samples.iter().map(|sample| sample.values[0]).collect();
        assert_eq!(values, [3, 6]);
        assert_eq!((merged.functions.len(), merged.locations.len()), (2, 2));
    }

    #[test]
    fn stacks_that_cancel_leave_nothing_behind() {
        let merged = merge(&[profile(&[(&["gone"], 3), (&["main"], 1)]), profile(&[(&["gone"], -3)])]);
        let merged = merged.expect("same types");
        assert_eq!((merged.samples.len(), merged.functions.len(), merged.locations.len()), (1, 1, 1));
        assert_eq!(merged.display(merged.functions[0].name), "main");
        assert_eq!(merged.functions[0].id, 1);
    }
}
