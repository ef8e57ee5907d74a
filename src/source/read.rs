//! One source to its bytes, as they stand there.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::address::Address;
use super::inflate::{Inflating, claim};
use super::provenance::{Note, Provenance, read_note};
use super::secret::Secret;
use crate::error::{Error, ErrorKind, Result};

/// Bytes read from a file at a time.
const BUFFER: usize = 1 << 17;

/// Where one profile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input, written `-`.
    Stdin,
    /// Bytes at hand.
    Held {
        /// What messages call them.
        name: Cow<'static, str>,
        /// The bytes.
        data: Arc<[u8]>,
        /// Where they were captured, if they were.
        provenance: Option<Arc<Provenance>>,
    },
    /// A program that runs, by its address as typed: to be captured, and held then.
    Live(Secret),
}

impl Source {
    /// Reads all of it, up to `limit` bytes: what is larger compressed is too large inflated.
    ///
    /// # Errors
    /// When it cannot be read; the error names the source.
    pub fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let unreadable = |error: io::Error| self.unreadable(&error);
        let mut data = Vec::new();
        let cap = limit.saturating_add(1);
        match self {
            Self::File(path) => {
                let (file, length) = self.file(path)?;
                data.reserve(usize::try_from(length.min(cap)).unwrap_or(0));
                file.take(cap).read_to_end(&mut data).map_err(unreadable)?;
            }
            Self::Stdin => {
                io::stdin().lock().take(cap).read_to_end(&mut data).map_err(unreadable)?;
            }
            Self::Held { data: held, .. } => data.extend_from_slice(held),
            Self::Live(_) => return Err(self.uncaptured()),
        }
        Ok(data)
    }

    /// Opens it, to be inflated up to `limit` bytes as it is read.
    ///
    /// # Errors
    /// When it cannot be read; the error names the source.
    pub fn open(&self, limit: u64) -> Result<Inflating<'_>> {
        let input: Box<dyn BufRead + '_> = match self {
            Self::File(path) => Box::new(BufReader::with_capacity(BUFFER, self.file(path)?.0)),
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::Held { data, .. } => Box::new(&data[..]),
            Self::Live(_) => return Err(self.uncaptured()),
        };
        Inflating::new(input, limit).map_err(|error| self.unreadable(&error))
    }

    /// How large it says that it is when it is inflated; 0 if it does not say. It may be wrong.
    #[must_use]
    pub fn claimed_size(&self) -> u64 {
        fn of(mut data: impl Read + Seek, length: u64) -> io::Result<u64> {
            let (mut magic, mut end) = ([0; 2], [0; 4]);
            data.read_exact(&mut magic)?;
            data.seek(SeekFrom::End(-4))?;
            data.read_exact(&mut end)?;
            Ok(claim(magic, length, end))
        }
        match self {
            // Looking into a pipe would take away what it holds.
            Self::File(path) if path.is_file() => {
                self.file(path).map_or(0, |(file, length)| of(file, length).unwrap_or_default())
            }
            Self::Held { data, .. } => of(io::Cursor::new(data), data.len() as u64).unwrap_or_default(),
            Self::File(_) | Self::Stdin | Self::Live(_) => 0,
        }
    }

    /// The file at `path`, open, and its length.
    fn file(&self, path: &Path) -> Result<(File, u64)> {
        let unreadable = |error: io::Error| self.unreadable(&error);
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(
                Error::new(ErrorKind::Unreadable, "is a directory, not a profile").at(self.to_string())
            );
        }
        Ok((file, metadata.len()))
    }

    fn uncaptured(&self) -> Error {
        let advice = if cfg!(feature = "capture") {
            "capture it into a file first: `profgate capture URL -o FILE`"
        } else {
            "this build has no `capture`: fetch it into a file first, `curl -o FILE URL`"
        };
        Error::new(ErrorKind::Unreadable, "is no file, and nothing is fetched here")
            .at(self.to_string())
            .help(advice)
    }

    /// The same source, with standard input and pipes read up to `limit` bytes: they can be read once, and a comparison
    /// may look at a source again.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn hold(self, limit: u64) -> Result<Self> {
        match &self {
            Self::Stdin => {
                Ok(Self::Held { name: "-".into(), data: self.read(limit)?.into(), provenance: None })
            }
            Self::File(path) if path.exists() && !path.is_file() && !path.is_dir() => Ok(Self::Held {
                name: path.display().to_string().into(),
                data: self.read(limit)?.into(),
                provenance: None,
            }),
            Self::File(_) | Self::Held { .. } | Self::Live(_) => Ok(self),
        }
    }

    /// Where the profile was captured, if it is known.
    #[must_use]
    pub fn note(&self) -> Option<Note> {
        match self {
            Self::File(path) => read_note(path),
            Self::Held { provenance, .. } => provenance.clone().map(Note::Of),
            Self::Stdin | Self::Live(_) => None,
        }
    }

    fn unreadable(&self, error: &io::Error) -> Error {
        let advice = match error.kind() {
            io::ErrorKind::NotFound => "check the path; a profile is written when the program ends normally",
            io::ErrorKind::PermissionDenied => "make the file readable",
            _ => "check the file and its disk",
        };
        Error::new(ErrorKind::Unreadable, format!("cannot be read ({error})"))
            .at(self.to_string())
            .help(advice)
    }

    /// The file, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Held { .. } | Self::Live(_) => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("-"),
            Self::Held { name, .. } => f.write_str(name),
            // As typed, it may hold secrets.
            Self::Live(text) => match Address::parse(text.reveal()) {
                Ok(address) => address.fmt(f),
                Err(_) => f.write_str("a live source"),
            },
        }
    }
}
