//! Ids of a file to dense row numbers.

use hashbrown::HashMap;

use super::wire::damaged;
use crate::error::Result;

/// Maps the ids of one table to its rows.
///
/// Writers number their rows 1, 2, 3, …, and those ids cost an array look-up. Any other id is hashed, so that
/// an id of 2⁶³ costs no more memory than an id of 1.
#[derive(Debug)]
pub(super) struct IdMap {
    table: &'static str,
    /// `dense[id]` is the row plus one, or 0.
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
    rows: u32,
    /// Whether the ids so far are 1, 2, 3, … in this order: then they need no look-up.
    is_sequence: bool,
}

impl IdMap {
    /// An empty map for the ids of `rows` rows.
    pub(super) fn new(table: &'static str, rows: usize) -> Self {
        Self { table, dense: vec![0; rows + 1], sparse: HashMap::new(), rows: 0, is_sequence: true }
    }

    /// Gives the next row the id `id`.
    pub(super) fn insert(&mut self, id: u64) -> Result<()> {
        if id == 0 {
            return Err(damaged(&format!("a {} has the id 0", self.table)));
        }
        let row = self.rows;
        self.is_sequence &= id == u64::from(row) + 1;
        self.rows = row.checked_add(1).ok_or_else(|| damaged("a table has more than 2^32 rows"))?;
        let slot = usize::try_from(id).ok().and_then(|id| self.dense.get_mut(id));
        let is_taken = match slot {
            Some(slot) => std::mem::replace(slot, row + 1) != 0,
            None => self.sparse.insert(id, row).is_some(),
        };
        if is_taken {
            return Err(damaged(&format!("two {}s have the id {id}", self.table)));
        }
        Ok(())
    }

    /// The row of `id`.
    #[inline]
    pub(super) fn get(&self, id: u64) -> Option<u32> {
        if self.is_sequence {
            let row = u32::try_from(id.wrapping_sub(1)).ok();
            return row.filter(|&row| row < self.rows);
        }
        match usize::try_from(id).ok().and_then(|id| self.dense.get(id)) {
            Some(&row) => row.checked_sub(1),
            None => self.sparse.get(&id).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_ids_find_their_rows() {
        let mut ids = IdMap::new("function", 3);
        for id in [2, 1 << 63, 1] {
            ids.insert(id).expect("new and not 0");
        }
        assert_eq!([2, 1 << 63, 1, 3, 0].map(|id| ids.get(id)), [Some(0), Some(1), Some(2), None, None]);
    }

    #[test]
    fn ids_in_sequence_are_found_until_one_breaks_it() {
        let mut ids = IdMap::new("function", 3);
        for id in [1, 2] {
            ids.insert(id).expect("new and not 0");
        }
        assert_eq!(
            [0, 1, 2, 3, 1 << 32, u64::MAX].map(|id| ids.get(id)),
            [None, Some(0), Some(1), None, None, None]
        );
        ids.insert(7).expect("new and not 0");
        assert_eq!([1, 2, 3, 7].map(|id| ids.get(id)), [Some(0), Some(1), None, Some(2)]);
    }

    #[test]
    fn id_zero_and_repeated_ids_are_refused() {
        let mut ids = IdMap::new("function", 2);
        assert!(ids.insert(0).is_err());
        assert!(ids.insert(1).is_ok() && ids.insert(1).is_err());
        assert!(ids.insert(99).is_ok() && ids.insert(99).is_err());
    }
}
