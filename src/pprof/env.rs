//! What a command takes from the world around it, as values.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

/// The surroundings of a command.
#[derive(Debug, Clone)]
pub struct Env {
    /// Names of files are relative to this directory.
    pub directory: PathBuf,
    /// The environment variables.
    pub variables: HashMap<OsString, OsString>,
    /// The zone of the times that are shown.
    pub time_zone: TimeZone,
    /// A person looks at stdout, who would not want bytes there that are no text.
    pub stdout_is_terminal: bool,
}

impl Env {
    /// Surroundings with these variables, of which `TZ` gives the time zone as Go understands it.
    #[must_use]
    pub fn new(directory: PathBuf, variables: HashMap<OsString, OsString>, stdout_is_terminal: bool) -> Self {
        let tz = variables.get(OsStr::new("TZ")).map(OsString::as_os_str);
        Self { directory, time_zone: super::time::local_zone(tz), variables, stdout_is_terminal }
    }

    /// An environment variable, unless it is not set or empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// `path` seen from the directory.
    #[must_use]
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.directory.join(path)
    }
}
