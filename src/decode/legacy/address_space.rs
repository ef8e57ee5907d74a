//! Addresses to the mappings that hold them.

use super::segments::FirstRange;
use crate::profile::{Mapping, MappingId};

/// How often the list is searched from the front. That is needed only when a mapping does not hold the address it
/// was extended for, because it ends before it starts. No program has such mappings.
const MOST_SEARCHES: usize = 1000;

/// Gives each address its mapping, in order, and returns the mappings with what the addresses made of them.
///
/// The first mapping that holds an address gets it. An address that none holds may lie just before a mapping,
/// no further than that mapping's file offset: then the beginning of the file was mapped separately and left
/// out of the list, and the mapping is extended over it. Any other address makes a last mapping appear that
/// holds everything; Go's own text profiles have no memory map at all. Address 0 is unknown and has none.
pub(super) fn assign(
    mut mappings: Vec<Mapping>,
    addresses: impl Iterator<Item = u64>,
) -> (Vec<Mapping>, Vec<Option<MappingId>>) {
    let mut bounds: Vec<u64> = mappings
        .iter()
        .flat_map(|mapping| [Some(mapping.start), Some(mapping.limit), file_start(mapping)])
        .flatten()
        .collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut holders = FirstRange::new(&bounds);
    let mut extensible = FirstRange::new(&bounds);
    for (row, mapping) in mappings.iter().enumerate() {
        holders.add(mapping.start, mapping.limit, row);
        if let Some(start) = file_start(mapping) {
            extensible.add(start, mapping.start, row);
        }
    }

    let count = mappings.len();
    let mut has_catch_all = false;
    let mut searches = 0;
    let assigned = addresses
        .map(|address| {
            if address == 0 {
                return None;
            }
            let row = holders.find(address).unwrap_or_else(|| {
                if has_catch_all {
                    return count;
                }
                let extended = extensible.find(address).and_then(|row| {
                    let row =
                        Some(row).filter(|&row| file_start(&mappings[row]).is_some()).or_else(|| {
                            searches += 1;
                            let reaches =
                                |m| file_start(m).is_some_and(|start| start <= address && address < m.start);
                            mappings.iter().position(reaches).filter(|_| searches < MOST_SEARCHES)
                        })?;
                    let mapping = &mut mappings[row];
                    let start = file_start(mapping)?;
                    holders.add(start, mapping.start.min(mapping.limit), row);
                    (mapping.start, mapping.offset) = (start, 0);
                    Some(row)
                });
                has_catch_all = extended.is_none();
                extended.unwrap_or(count)
            });
            u32::try_from(row).ok().map(MappingId::new)
        })
        .collect();
    if has_catch_all {
        mappings.push(Mapping { limit: u64::MAX, ..Mapping::default() });
    }
    for (id, mapping) in (1..).zip(&mut mappings) {
        mapping.id = id;
    }
    (mappings, assigned)
}

/// The address at which the file of `mapping` would start, if that is before the mapping.
fn file_start(mapping: &Mapping) -> Option<u64> {
    mapping.start.checked_sub(mapping.offset).filter(|_| mapping.offset != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule in pprof's own words: one list, searched from the front for each address.
    fn by_search(mut mappings: Vec<Mapping>, addresses: &[u64]) -> (Vec<Mapping>, Vec<Option<usize>>) {
        let mut catch_all = None;
        let mut assigned = Vec::new();
        for &address in addresses {
            let holds = |m: &Mapping| m.start <= address && address < m.limit;
            let reaches =
                |m: &Mapping| m.offset != 0 && m.start.wrapping_sub(m.offset) <= address && address < m.start;
            assigned.push(if address == 0 {
                None
            } else if let Some(row) = mappings.iter().position(holds) {
                Some(row)
            } else if let Some(row) = mappings.iter().position(reaches) {
                mappings[row].start -= mappings[row].offset;
                mappings[row].offset = 0;
                Some(row)
            } else {
                catch_all.get_or_insert_with(|| {
                    mappings.push(Mapping { limit: u64::MAX, ..Mapping::default() });
                    mappings.len() - 1
                });
                catch_all
            });
        }
        for (id, mapping) in (1..).zip(&mut mappings) {
            mapping.id = id;
        }
        (mappings, assigned)
    }

    proptest! {
        #[test]
        fn assigns_as_a_search_through_the_list_does(
            mappings in prop::collection::vec((0_u64..30, -9_i64..12, prop_oneof![Just(0), 1_u64..15]), 0..8),
            addresses in prop::collection::vec(prop_oneof![0_u64..45, Just(u64::MAX)], 0..20),
        ) {
            let mappings: Vec<Mapping> = mappings
                .into_iter()
                .map(|(start, size, offset)| {
                    let limit = start.saturating_add_signed(size);
                    Mapping { start, limit, offset, ..Mapping::default() }
                })
                .collect();
            let (expected_mappings, expected) = by_search(mappings.clone(), &addresses);
            let (actual_mappings, actual) = assign(mappings, addresses.into_iter());
            let actual: Vec<_> = actual.into_iter().map(|id| id.map(MappingId::index)).collect();
            prop_assert_eq!(actual, expected);
            prop_assert_eq!(actual_mappings, expected_mappings);
        }
    }
}
