//! Reports to files and standard output: every output is opened before the work starts, and files appear whole
//! or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// Where one report goes.
///
/// A report that is dropped without being written, because the run ended without a verdict, removes the file that an
/// earlier run left at its path: nobody can take that for the answer of this run.
pub(super) enum Output {
    /// Standard output.
    Stdout,
    /// A file that takes its name when it is complete.
    File(Pending),
    /// A device or pipe, written to as it is.
    Device {
        /// Its name.
        path: PathBuf,
        /// The open device.
        file: fs::File,
    },
}

/// What becomes of the file at an output's path if the output is never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earlier {
    /// It stays.
    Kept,
    /// It goes.
    Removed,
}

/// A file on its way.
pub(super) struct Pending {
    /// Its name, as given.
    path: PathBuf,
    /// The file that the name leads to, through links.
    target: PathBuf,
    /// Its content so far, in the same directory; `None` when it has taken its name.
    content: Option<NamedTempFile>,
    earlier: Earlier,
}

impl Output {
    /// Opens `path`, `-` being standard output.
    ///
    /// # Errors
    /// When the file cannot be created there.
    pub(super) fn open(path: &str, earlier: Earlier) -> Result<Self> {
        if path == "-" || path == "/dev/stdout" {
            return Ok(Self::Stdout);
        }
        let path = PathBuf::from(path);
        if path.is_dir() {
            return Err(Error::new(ErrorKind::Output, "is a directory; name a file in it").at(shown(&path)));
        }
        if path.exists() && (!path.is_file() || is_descriptor(&path)) {
            let file =
                OpenOptions::new().append(true).open(&path).map_err(|error| unwritable(&path, &error))?;
            return Ok(Self::Device { path, file });
        }
        let target = target(&path).map_err(|error| unwritable(&path, &error))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".profgate-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let content = builder.tempfile_in(directory(&target)).map_err(|error| unwritable(&path, &error))?;
        Ok(Self::File(Pending { path, target, content: Some(content), earlier }))
    }

    /// The name of the file, without its directory; `None` for what is no file.
    pub(super) fn file_name(&self) -> Option<String> {
        let Self::File(pending) = self else { return None };
        pending.path.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// Whether both lead to one place, in which one would overwrite the other.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Stdout, Self::Stdout) => true,
            (Self::File(one), Self::File(other)) => one.target == other.target,
            (Self::Device { path: one, .. }, Self::Device { path: other, .. }) => one == other,
            _ => false,
        }
    }

    /// Writes all of `content`. A reader that closed standard output has seen enough, which is no failure.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(self, content: impl AsRef<[u8]>) -> Result<()> {
        let content = content.as_ref();
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                match stdout.write_all(content).and_then(|()| stdout.flush()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        Err(unwritable(Path::new("standard output"), &error))
                    }
                    _ => Ok(()),
                }
            }
            Self::File(mut pending) => {
                pending.fill(content).map_err(|error| unwritable(&pending.path, &error))
            }
            Self::Device { path, mut file } => {
                file.write_all(content).map_err(|error| unwritable(&path, &error))
            }
        }
    }
}

impl Pending {
    fn fill(&mut self, text: &[u8]) -> io::Result<()> {
        let Some(content) = &mut self.content else { return Ok(()) };
        content.write_all(text)?;
        content.flush()?;
        if let Some(content) = self.content.take()
            && let Err(error) = content.persist(&self.target)
        {
            self.content = Some(error.file);
            return Err(error.error);
        }
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.content.is_some() && self.earlier == Earlier::Removed {
            // Mostly there is none. One that cannot be removed stands in a directory that could be written to.
            let _ = fs::remove_file(&self.target);
        }
    }
}

/// The file that `path` leads to: links are followed, also one to a file that is yet to be written.
fn target(path: &Path) -> io::Result<PathBuf> {
    match path.canonicalize() {
        // A chain of links that leads nowhere ends; one that leads to itself is another error.
        Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
            Ok(next) => target(&directory(path).join(next)),
            Err(_) => Ok(directory(path).canonicalize()?.join(path.file_name().ok_or(error)?)),
        },
        found => found,
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether `path` names an open file of a process: a shell made it, and its name must keep meaning that file.
fn is_descriptor(path: &Path) -> bool {
    path.starts_with("/dev/fd") || path.starts_with("/proc") || path == Path::new("/dev/stderr")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("cannot be written ({error})"))
        .at(shown(path))
        .help("check that the directory exists and is writable, and that the disk has room")
}
