//! Profiles whose programs were loaded at different addresses to profiles with one address for each instruction.

use hashbrown::HashMap;

use super::{Mapping, Profile};
use crate::error::Result;

/// The page size that mappings are compared in, as in pprof.
const PAGE: u64 = 0x1000;

/// What makes two mappings the same, as in [`merge`](super::merge()): size in pages, offset, and build id or file.
type Key = (u64, u64, Vec<u8>);

/// Gives equal mappings of `profiles` the address and the file of the first among them, and moves their locations
/// along.
///
/// # Errors
/// When the texts of a profile pass 4 GiB.
pub fn align_mappings(profiles: &mut [Profile]) -> Result<()> {
    let mut first = HashMap::<Key, (u64, Vec<u8>)>::new();
    for profile in profiles {
        let mut shifts = Vec::with_capacity(profile.mappings.len());
        for row in 0..profile.mappings.len() {
            let mapping = profile.mappings[row];
            let found = first
                .entry(key(profile, &mapping))
                .or_insert_with(|| (mapping.start, profile.text(mapping.file).to_vec()));
            let shift = found.0.wrapping_sub(mapping.start);
            shifts.push(shift);
            let file = profile.strings.intern(&found.1)?;
            let limit = mapping.limit.wrapping_add(shift);
            profile.mappings[row] = Mapping { start: found.0, limit, file, ..mapping };
        }
        for location in &mut profile.locations.rows {
            let shift = location.mapping.map_or(0, |mapping| shifts[mapping.index()]);
            location.address = location.address.wrapping_add(shift);
        }
    }
    Ok(())
}

fn key(profile: &Profile, mapping: &Mapping) -> Key {
    let size = mapping.limit.wrapping_sub(mapping.start).wrapping_add(PAGE - 1);
    let build_id = profile.text(mapping.build_id);
    let name = if build_id.is_empty() { profile.text(mapping.file) } else { build_id };
    (size - size % PAGE, mapping.offset, name.to_vec())
}
