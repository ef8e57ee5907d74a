//! Entries to folders of a directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::name::EntryName;
use super::{File, Store};
use crate::error::{Error, ErrorKind, Result};

/// What folders on their way are called; names of entries have no dot in front.
const UNFINISHED: &str = ".profgate-";

/// A directory that holds one folder for each entry; it may be one that several machines mount.
#[derive(Debug, Clone)]
pub struct DirectoryStore {
    root: PathBuf,
}

impl DirectoryStore {
    /// The store in `root`, which is made when something is saved.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Puts an entry in its place at once, by one rename.
    fn fill(&self, name: &EntryName, files: &[File]) -> io::Result<()> {
        let place = self.root.join(name.path());
        if place.exists() {
            return Ok(());
        }
        fs::create_dir_all(place.parent().unwrap_or(&self.root))?;
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.root)?;
        let folder = unfinished.path().join("entry");
        fs::create_dir(&folder)?;
        for File { name, data } in files {
            fs::write(folder.join(name), data)?;
        }
        match fs::rename(&folder, &place) {
            // Another writer of the very same was first.
            Err(_) if place.exists() => Ok(()),
            renamed => renamed,
        }
    }

    fn clear(&self, name: &EntryName) -> io::Result<()> {
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.root)?;
        // An entry goes at once too, and readers see all of it or none.
        match fs::rename(self.root.join(name.path()), unfinished.path().join("entry")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            renamed => renamed,
        }
    }
}

impl Store for DirectoryStore {
    fn list(&self, prefix: &str) -> Result<Vec<EntryName>> {
        // A prefix ends at a folder: the layout and the key, and mostly the scope.
        let mut paths = vec![prefix.trim_end_matches('/').to_owned()];
        for _ in paths[0].split('/').count()..6 {
            let mut deeper = Vec::new();
            for path in paths {
                let folder = self.root.join(&path);
                let entries = match fs::read_dir(&folder) {
                    Ok(entries) => entries,
                    // Nothing was saved yet, or it was pruned meanwhile; a stray file is none of ours.
                    Err(error)
                        if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
                    {
                        continue;
                    }
                    Err(error) => return Err(unreadable(&folder, &error)),
                };
                for entry in entries {
                    let entry = entry.map_err(|error| unreadable(&folder, &error))?;
                    deeper.push(format!("{path}/{}", entry.file_name().to_string_lossy()));
                }
            }
            paths = deeper;
        }
        Ok(paths.iter().filter_map(|path| EntryName::parse(path)).collect())
    }

    fn put(&self, name: &EntryName, files: &[File]) -> Result<()> {
        fs::create_dir_all(&self.root).and_then(|()| self.fill(name, files)).map_err(|error| {
            Error::new(ErrorKind::Output, format!("the baseline cannot be written ({error})"))
                .at(self.root.display().to_string())
                .help("check that the directory is writable, and that the disk has room")
        })
    }

    fn get(&self, name: &EntryName) -> Result<Vec<File>> {
        let folder = self.root.join(name.path());
        let read = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok(File { name, data: fs::read(entry.path())? })
        };
        let read = fs::read_dir(&folder).and_then(|entries| entries.map(read).collect());
        read.map_err(|error| unreadable(&folder, &error))
    }

    fn remove(&self, names: &[EntryName]) -> Result<()> {
        for name in names {
            self.clear(name).map_err(|error| {
                Error::new(ErrorKind::Output, format!("the baseline cannot be removed ({error})")).at(self
                    .root
                    .join(name.path())
                    .display()
                    .to_string())
            })?;
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Unreadable, format!("the baseline cannot be read ({error})"))
        .at(path.display().to_string())
}
