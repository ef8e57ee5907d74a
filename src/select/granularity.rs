//! A profile to one whose frames say no more than a report shows.

use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Function, Line, Location, Profile, StrId};

/// What a row of a report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    /// The name of a function.
    #[default]
    Functions,
    /// The name of a function and its file.
    FileFunctions,
    /// A file.
    Files,
    /// A line of a function.
    Lines,
    /// An address.
    Addresses,
}

impl FromStr for Granularity {
    type Err = Error;

    /// Reads one of the names that pprof gives to its options. The empty text is the default.
    fn from_str(name: &str) -> Result<Self> {
        match name {
            "" | "functions" => Ok(Self::Functions),
            "filefunctions" => Ok(Self::FileFunctions),
            "files" => Ok(Self::Files),
            "lines" => Ok(Self::Lines),
            "addresses" => Ok(Self::Addresses),
            _ => Err(Error::new(ErrorKind::Usage, format!("unknown granularity {name:?}"))
                .help("use functions, filefunctions, files, lines or addresses")),
        }
    }
}

/// Which parts of a frame are kept, so that frames that differ in nothing else become equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each part is kept or not, on its own")]
pub struct Aggregation {
    /// The lines that were inlined into the last line of a location.
    pub inlined: bool,
    /// The names of functions.
    pub function: bool,
    /// The files of functions.
    pub filename: bool,
    /// The line numbers.
    pub line: bool,
    /// The columns.
    pub column: bool,
    /// The addresses.
    pub address: bool,
}

impl Aggregation {
    /// What pprof keeps. It drops nothing, not even columns, when addresses are shown and inlined frames too.
    #[must_use]
    pub fn new(granularity: Granularity, noinlines: bool, showcolumns: bool) -> Self {
        let column = match granularity {
            Granularity::Functions | Granularity::FileFunctions | Granularity::Files => false,
            Granularity::Lines => showcolumns,
            Granularity::Addresses => showcolumns || !noinlines,
        };
        Self {
            inlined: !noinlines,
            function: granularity != Granularity::Files,
            filename: granularity != Granularity::Functions,
            line: matches!(granularity, Granularity::Lines | Granularity::Addresses),
            column,
            address: granularity == Granularity::Addresses,
        }
    }

    /// What remains of the lines of a location.
    #[must_use]
    pub fn lines<'a>(&self, lines: &'a [Line]) -> &'a [Line] {
        match lines {
            [.., last] if !self.inlined => std::slice::from_ref(last),
            _ => lines,
        }
    }

    /// What remains of a line.
    #[must_use]
    pub fn line(&self, line: Line) -> Line {
        Line {
            function: line.function,
            line: if self.line { line.line } else { 0 },
            column: if self.column { line.column } else { 0 },
        }
    }

    /// What remains of a function.
    #[must_use]
    pub fn function(&self, function: Function) -> Function {
        let keep = |is_kept, text| if is_kept { text } else { StrId::default() };
        Function {
            name: keep(self.function, function.name),
            system_name: keep(self.function, function.system_name),
            filename: keep(self.filename, function.filename),
            ..function
        }
    }

    /// What remains of a location beside its lines.
    #[must_use]
    pub fn location(&self, location: Location) -> Location {
        Location { address: if self.address { location.address } else { 0 }, ..location }
    }

    /// Drops the other parts from `profile`. Its tables keep their rows: equal ones are not merged.
    pub fn apply(&self, profile: &mut Profile) {
        for mapping in &mut profile.mappings {
            mapping.has_inline_frames &= self.inlined;
            mapping.has_functions &= self.function;
            mapping.has_filenames &= self.filename;
            mapping.has_line_numbers &= self.line;
        }
        for function in &mut profile.functions {
            *function = self.function(*function);
        }
        for row in &mut profile.locations.rows {
            *row = self.location(*row);
        }
        if !self.inlined {
            profile.locations =
                profile.locations.with_lines(|_, lines, kept| kept.extend_from_slice(self.lines(lines)));
        }
        for line in profile.locations.lines_mut() {
            *line = self.line(*line);
        }
    }
}
