//! Profiles to a store, by commit and key, and back.
//!
//! An entry is what one save wrote: the profiles and a manifest with the SHA-256 of each. Entries never change, and
//! every save makes a new one with a name of its own, so writers that come at once lose nothing and need no lock.

mod directory;
mod manifest;
mod name;
mod prune;
mod refs;
#[cfg(feature = "capture")]
mod s3;
mod select;

use jiff::Timestamp;

use crate::error::Result;

pub use directory::DirectoryStore;
pub use manifest::{File, Subject};
pub use name::{EntryName, Scope, is_commit, prefix};
pub use prune::{Keep, prune};
pub use refs::RefStore;
#[cfg(feature = "capture")]
pub use s3::S3Store;
pub use select::{Found, find};

/// Where entries are kept.
pub trait Store {
    /// The names of the entries whose paths begin with `prefix`, in no order; what is not ours is left out.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn list(&self, prefix: &str) -> Result<Vec<EntryName>>;

    /// Writes all files of an entry: others see all of them or none. One that is there already is the same.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put(&self, name: &EntryName, files: &[File]) -> Result<()>;

    /// All files of an entry, as [`Self::put`] got them, in any order.
    ///
    /// # Errors
    /// When the entry is not there or cannot be read.
    fn get(&self, name: &EntryName) -> Result<Vec<File>>;

    /// Removes entries; those that are gone already are no failure.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn remove(&self, names: &[EntryName]) -> Result<()>;
}

/// Saves profiles as one new entry.
///
/// # Errors
/// When there is none, one has no name that every system can have, or the store cannot be written.
pub fn save(store: &dyn Store, subject: &Subject, files: &[File], now: Timestamp) -> Result<EntryName> {
    let (name, stored) = manifest::seal(subject, files, now)?;
    store.put(&name, &stored)?;
    Ok(name)
}

/// What all saves of one commit hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The profiles, by name.
    pub files: Vec<File>,
    /// When the commit was made, if the repository knew.
    pub commit_time: Option<Timestamp>,
}

/// Loads the profiles of several saves of one commit. Of two with one name, that of the later save counts.
///
/// # Errors
/// When an entry cannot be read, or its content is not what was saved.
pub fn load(store: &dyn Store, names: &[EntryName]) -> Result<Loaded> {
    let mut names: Vec<_> = names.iter().collect();
    names.sort_by(|one, other| (one.saved, &one.digest).cmp(&(other.saved, &other.digest)));
    let mut files = std::collections::BTreeMap::new();
    let mut commit_time = None;
    for name in names {
        let (opened, time) = manifest::open(name, store.get(name)?)?;
        commit_time = time.or(commit_time);
        files.extend(opened.into_iter().map(|file| (file.name.clone(), file)));
    }
    Ok(Loaded { files: files.into_values().collect(), commit_time })
}
