//! Overlapping ranges of addresses to the first range, in the order of a list, that holds an address.

/// A segment tree over the ends of all ranges. Adding a range and asking for an address take logarithmic time,
/// so that a hostile file with many ranges and many addresses costs no more than its size deserves.
#[derive(Debug)]
pub(super) struct FirstRange<'a> {
    /// Ends of ranges, ascending. Leaf `i` of the tree stands for the addresses from `bounds[i]` to the next.
    bounds: &'a [u64],
    /// Node `i` has the children `2i` and `2i + 1`; the second half are the leaves. A node's rank is the least of
    /// the ranges that cover all of it and are not entered above it.
    ranks: Vec<usize>,
}

impl<'a> FirstRange<'a> {
    /// No ranges. Those to come start and end at addresses in `bounds`, which are in ascending order.
    pub(super) fn new(bounds: &'a [u64]) -> Self {
        Self { bounds, ranks: vec![usize::MAX; 2 * bounds.len()] }
    }

    /// Adds the range from `start` up to `limit` at place `rank` of the list.
    pub(super) fn add(&mut self, start: u64, limit: u64, rank: usize) {
        let leaf = |bound: u64| self.bounds.len() + self.bounds.partition_point(|&other| other < bound);
        let (mut low, mut high) = (leaf(start), leaf(limit));
        while low < high {
            if low % 2 == 1 {
                self.ranks[low] = self.ranks[low].min(rank);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                self.ranks[high] = self.ranks[high].min(rank);
            }
            low /= 2;
            high /= 2;
        }
    }

    /// The first place in the list whose range holds `address`.
    pub(super) fn find(&self, address: u64) -> Option<usize> {
        let leaf = self.bounds.partition_point(|&bound| bound <= address).checked_sub(1)?;
        let path = std::iter::successors(Some(leaf + self.bounds.len()), |&node| Some(node / 2));
        path.take_while(|&node| node > 0)
            .map(|node| self.ranks[node])
            .min()
            .filter(|&rank| rank != usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_search_through_the_list_finds(
            ranges in prop::collection::vec((0_u64..40, 0_u64..40), 0..20),
            address in 0_u64..45,
        ) {
            let mut bounds: Vec<u64> = ranges.iter().flat_map(|&(start, limit)| [start, limit]).collect();
            bounds.sort_unstable();
            bounds.dedup();
            let mut tree = FirstRange::new(&bounds);
            for (rank, &(start, limit)) in ranges.iter().enumerate().rev() {
                tree.add(start, limit, rank);
            }
            let expected = ranges.iter().position(|&(start, limit)| start <= address && address < limit);
            prop_assert_eq!(tree.find(address), expected);
        }
    }
}
