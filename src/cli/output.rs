//! Reports to files and standard output: every output is opened before the work starts, and files appear whole
//! or not at all.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// Where one report goes.
pub(super) enum Output {
    /// Standard output.
    Stdout,
    /// A file that takes its name when it is complete.
    File {
        /// Its name.
        path: PathBuf,
        /// Its content so far, in the same directory.
        pending: NamedTempFile,
    },
    /// A device or pipe, written to as it is.
    Device {
        /// Its name.
        path: PathBuf,
        /// The open device.
        file: std::fs::File,
    },
}

impl Output {
    /// Opens `path`, `-` being standard output.
    ///
    /// # Errors
    /// When the file cannot be created there.
    pub(super) fn open(path: &str) -> Result<Self> {
        if path == "-" {
            return Ok(Self::Stdout);
        }
        let path = PathBuf::from(path);
        if path.is_dir() {
            return Err(Error::new(ErrorKind::Output, "is a directory; name a file in it").at(shown(&path)));
        }
        if path.exists() && !path.is_file() {
            let file =
                OpenOptions::new().write(true).open(&path).map_err(|error| unwritable(&path, &error))?;
            return Ok(Self::Device { path, file });
        }
        let directory =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".profgate-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let pending = builder.tempfile_in(directory).map_err(|error| unwritable(&path, &error))?;
        Ok(Self::File { path, pending })
    }

    /// Writes all of `text`. A reader that closed standard output has seen enough, which is no failure.
    ///
    /// # Errors
    /// When the text cannot be written; a file then keeps what it held before.
    pub(super) fn write(self, text: &str) -> Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        Err(unwritable(Path::new("standard output"), &error))
                    }
                    _ => Ok(()),
                }
            }
            Self::File { path, mut pending } => {
                pending
                    .write_all(text.as_bytes())
                    .and_then(|()| pending.flush())
                    .map_err(|error| unwritable(&path, &error))?;
                pending.persist(&path).map_err(|error| unwritable(&path, &error.error))?;
                Ok(())
            }
            Self::Device { path, mut file } => {
                file.write_all(text.as_bytes()).map_err(|error| unwritable(&path, &error))
            }
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("cannot be written ({error})"))
        .at(shown(path))
        .help("check that the directory exists and is writable, and that the disk has room")
}
