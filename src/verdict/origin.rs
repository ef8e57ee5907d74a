//! Where a run was captured, as plain data that reports show.

/// What the note beside a captured profile says; empty fields are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Where it was fetched, without secrets.
    pub url: String,
    /// When it was asked for, RFC 3339.
    pub start: String,
    /// When it had arrived.
    pub end: String,
    /// The seconds between the two profiles that it is the difference of.
    pub window_seconds: Option<u64>,
    /// The program's command line, without secrets.
    pub command_line: Vec<String>,
    /// The build id of the program.
    pub build_id: String,
    /// The version of Go that built it.
    pub go_version: String,
    /// The operating system it was built for.
    pub goos: String,
    /// The architecture it was built for.
    pub goarch: String,
    /// How many CPUs its machine has.
    pub cpus: Option<u32>,
}

impl Origin {
    /// The platform, such as `linux/amd64`; empty if it is not known.
    #[must_use]
    pub fn platform(&self) -> String {
        if self.goos.is_empty() || self.goarch.is_empty() {
            return format!("{}{}", self.goos, self.goarch);
        }
        format!("{}/{}", self.goos, self.goarch)
    }
}
