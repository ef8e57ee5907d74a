//! Every text of a profile, once: one arena of bytes, one span for each distinct text.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::StrId;
use crate::error::{Error, ErrorKind, Result};

/// An interner: equal texts have equal ids. Id 0 is the empty text.
///
/// Texts are bytes, because a profile may hold invalid UTF-8 and pprof passes it on unchanged.
#[derive(Debug, Clone)]
pub struct Strings {
    arena: Vec<u8>,
    /// `ends[id]` is the end of text `id` in the arena; its start is the end of the text before.
    ends: Vec<u32>,
    index: HashTable<StrId>,
    hasher: DefaultHashBuilder,
}

impl Default for Strings {
    fn default() -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut index = HashTable::new();
        index.insert_unique(hasher.hash_one(b"".as_slice()), StrId::default(), |_| 0);
        Self { arena: Vec::new(), ends: vec![0], index, hasher }
    }
}

impl Strings {
    /// The text of `id`.
    #[must_use]
    pub fn get(&self, id: StrId) -> &[u8] {
        text(&self.arena, &self.ends, id)
    }

    /// The id of `wanted` if it has one.
    #[must_use]
    pub fn find(&self, wanted: &[u8]) -> Option<StrId> {
        self.index.find(self.hasher.hash_one(wanted), |&id| self.get(id) == wanted).copied()
    }

    /// The id of `new`, which is stored if it is not there yet.
    ///
    /// # Errors
    /// When all texts together would pass 4 GiB.
    pub fn intern(&mut self, new: &[u8]) -> Result<StrId> {
        let (arena, ends) = (&self.arena, &self.ends);
        let hash = self.hasher.hash_one(new);
        if let Some(&id) = self.index.find(hash, |&id| text(arena, ends, id) == new) {
            return Ok(id);
        }
        let too_large = || Error::new(ErrorKind::Malformed, "the texts of the profile pass 4 GiB");
        let end = u32::try_from(self.arena.len() + new.len()).map_err(|_| too_large())?;
        let id = StrId::new(u32::try_from(self.ends.len()).map_err(|_| too_large())?);
        self.arena.extend_from_slice(new);
        self.ends.push(end);
        let (arena, ends, hasher) = (&self.arena, &self.ends, &self.hasher);
        self.index.insert_unique(hash, id, |&id| hasher.hash_one(text(arena, ends, id)));
        Ok(id)
    }

    /// Number of distinct texts, the empty one included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text but the empty one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// Every id in the order of interning.
    pub fn ids(&self) -> impl Iterator<Item = StrId> + use<> {
        (0..u32::try_from(self.ends.len()).unwrap_or(u32::MAX)).map(StrId::new)
    }
}

fn text<'a>(arena: &'a [u8], ends: &[u32], id: StrId) -> &'a [u8] {
    let start = if id.index() == 0 { 0 } else { ends[id.index() - 1] };
    &arena[start as usize..ends[id.index()] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_an_id_and_keep_their_bytes() {
        let mut strings = Strings::default();
        let main = strings.intern(b"main.main").expect("fits");
        let odd = strings.intern(b"\xff\x00").expect("fits");
        assert_eq!(strings.intern(b"main.main"), Ok(main));
        assert_eq!(strings.intern(b""), Ok(StrId::default()));
        assert_eq!((strings.get(main), strings.get(odd)), (&b"main.main"[..], &b"\xff\x00"[..]));
        assert_eq!((strings.find(b"main.main"), strings.find(b"main")), (Some(main), None));
        assert_eq!(strings.len(), 3);
    }
}
