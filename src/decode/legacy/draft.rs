//! Stacks of addresses to a profile.

use hashbrown::HashMap;

use super::address_space;
use crate::error::Result;
use crate::profile::{
    Header, Label, LabelValue, Location, LocationId, Mapping, Profile, Samples, StrId, Strings, ValueType,
};

/// A profile before its addresses are known to be locations.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// All text of the profile.
    pub(super) strings: Strings,
    /// The fields that stand once.
    pub(super) header: Header,
    /// The stacks of all samples one after the other, leaf first.
    addresses: Vec<u64>,
    /// `ends[sample]` is the end of its stack in `addresses`.
    ends: Vec<usize>,
    values: Vec<i64>,
    /// The size of one of the sample's objects; empty or one for each sample.
    object_sizes: Vec<i64>,
}

impl Draft {
    /// A profile without samples, of `sample_types` and a period type, each as type and unit.
    pub(super) fn new(sample_types: &[[&[u8]; 2]], period_type: [&[u8]; 2], period: i64) -> Result<Self> {
        let mut draft = Self::default();
        draft.header.period = period;
        draft.header.period_type = draft.value_type(period_type)?;
        draft.header.sample_types =
            sample_types.iter().map(|&kind| draft.value_type(kind)).collect::<Result<_>>()?;
        Ok(draft)
    }

    /// Interns a type and its unit.
    pub(super) fn value_type(&mut self, [kind, unit]: [&[u8]; 2]) -> Result<ValueType> {
        Ok(ValueType { kind: self.strings.intern(kind)?, unit: self.strings.intern(unit)? })
    }

    /// Number of samples.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Appends a sample.
    pub(super) fn push(&mut self, stack: impl IntoIterator<Item = u64>, values: &[i64]) {
        self.addresses.extend(stack);
        self.ends.push(self.addresses.len());
        self.values.extend_from_slice(values);
    }

    /// Appends a sample of objects that have `size` bytes each.
    pub(super) fn push_objects(&mut self, stack: impl IntoIterator<Item = u64>, values: &[i64], size: i64) {
        self.push(stack, values);
        self.object_sizes.push(size);
    }

    /// The last value of the last sample.
    pub(super) fn last_value(&mut self) -> Option<&mut i64> {
        self.values.last_mut()
    }

    /// Each stack, leaf first.
    pub(super) fn stacks(&self) -> impl Iterator<Item = &[u64]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.addresses[start..end])
    }

    /// Removes the frame above the leaf from each stack in which `is_unwanted` holds for the leaf and it.
    pub(super) fn remove_second_frames(&mut self, is_unwanted: impl Fn(u64, u64) -> bool) {
        let mut kept = 0;
        let mut start = 0;
        for end in &mut self.ends {
            let stack = start..*end;
            start = *end;
            let second = match self.addresses[stack.clone()] {
                [leaf, second, ..] if is_unwanted(leaf, second) => Some(stack.start + 1),
                _ => None,
            };
            for index in stack.filter(|&index| Some(index) != second) {
                self.addresses[kept] = self.addresses[index];
                kept += 1;
            }
            *end = kept;
        }
        self.addresses.truncate(kept);
    }

    /// The profile, with one location for each address in the order of first use.
    pub(super) fn finish(self, mappings: Vec<Mapping>) -> Result<Profile> {
        let locations = Locations::of(&self);
        self.finish_with(locations, mappings)
    }

    /// The same for a profile whose handler may have recorded the leaf twice: once from the registers, and once
    /// as the return address that stack unwinding found, which is one less by now. The second is removed and its
    /// location stays, as in pprof.
    pub(super) fn finish_without_second_leaves(mut self, mappings: Vec<Mapping>) -> Result<Profile> {
        let locations = Locations::of(&self);
        self.remove_second_frames(|leaf, second| leaf == second.wrapping_add(1));
        self.finish_with(locations, mappings)
    }

    fn finish_with(mut self, locations: Locations, mappings: Vec<Mapping>) -> Result<Profile> {
        let size_label = self.strings.intern(b"bytes")?;
        let width = self.header.sample_types.len();
        let mut samples = Samples::new(width);
        for (row, stack) in self.stacks().enumerate() {
            let size = self
                .object_sizes
                .get(row)
                .map(|&size| Label { key: size_label, value: LabelValue::Number(size, StrId::default()) });
            samples.push(
                stack.iter().map(|address| locations.ids[address]),
                self.values[row * width..][..width].iter().copied(),
                size,
            );
        }
        let (mappings, assigned) = address_space::assign(mappings, locations.addresses.iter().copied());
        let mut profile =
            Profile { strings: self.strings, header: self.header, mappings, samples, ..Profile::default() };
        for ((id, address), mapping) in (1..).zip(locations.addresses).zip(assigned) {
            profile.locations.push(Location { id, address, mapping, is_folded: false }, []);
        }
        Ok(profile)
    }
}

/// Distinct addresses in the order of first use.
struct Locations {
    addresses: Vec<u64>,
    ids: HashMap<u64, LocationId>,
}

impl Locations {
    fn of(draft: &Draft) -> Self {
        let mut locations = Self { addresses: Vec::new(), ids: HashMap::new() };
        for &address in &draft.addresses {
            let next = LocationId::new(u32::try_from(locations.addresses.len()).unwrap_or(u32::MAX));
            locations.ids.entry(address).or_insert_with(|| {
                locations.addresses.push(address);
                next
            });
        }
        locations
    }
}
