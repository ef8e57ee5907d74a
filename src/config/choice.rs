//! Words that the configuration and the command line share, to the values they stand for.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, ErrorKind, Result};
use crate::verdict::{Level, Measure, nearest_name};

/// A value with a fixed set of names.
pub trait Choice: Copy + 'static {
    /// Every value, in the order in which help texts list them.
    const ALL: &'static [Self];

    /// The word that stands for the value.
    fn name(self) -> &'static str;
}

/// The value that `word` stands for.
///
/// # Errors
/// Lists the words there are, and points out the one that was probably meant.
pub fn choose<T: Choice>(word: &str) -> Result<T> {
    if let Some(found) = T::ALL.iter().find(|choice| choice.name() == word) {
        return Ok(*found);
    }
    let names: Vec<_> = T::ALL.iter().map(|choice| choice.name()).collect();
    let listed = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let error = Error::new(ErrorKind::Config, format!("`{word}` is not one of {listed}"));
    Err(match nearest_name(word, names.iter().copied()) {
        Some(name) => error.help(format!("did you mean `{name}`?")),
        None => error,
    })
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl Choice for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(word: &str) -> Result<Self> {
                choose(word)
            }
        }
    )+};
}

choices! {
    /// What the values of the two sides are divided by before they are compared.
    Basis {
        /// Whatever suits what the profiles are.
        Auto = "auto",
        /// Nothing.
        Absolute = "absolute",
        /// The total of their side.
        Share = "share",
        /// The seconds their side was recorded for.
        PerSecond = "per-second",
        /// The operations their side performed.
        PerOp = "per-op",
    }

    /// What one row of a comparison stands for.
    Granularity {
        /// A function name.
        Functions = "functions",
        /// A function name in a file.
        FileFunctions = "filefunctions",
        /// A file.
        Files = "files",
        /// A line of a function.
        Lines = "lines",
        /// An address.
        Addresses = "addresses",
    }

    /// What comes of a question that the data leave open.
    Outcome {
        /// The gate lets the change through, and says so.
        Pass = "pass",
        /// The gate does not let the change through.
        Fail = "fail",
    }

    /// Whether chance is taken into account.
    Statistics {
        /// Wherever the data allow it.
        Auto = "auto",
        /// Never: measured values are compared with the limits as they are.
        Off = "off",
    }

    /// How function names are completed and shortened.
    Symbolize {
        /// Not at all.
        None = "none",
    }
}

impl Choice for Measure {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }
}

impl Choice for Level {
    const ALL: &'static [Self] = &Self::ALL;

    fn name(self) -> &'static str {
        self.name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of each value, after a detour through reading it.
    fn all<T: Choice>() -> Vec<&'static str> {
        T::ALL.iter().map(|choice| choose::<T>(choice.name()).unwrap().name()).collect()
    }

    #[test]
    fn every_word_is_read_back_and_the_interface_names_them() {
        let words = |names: &[&str]| names.join("|");
        assert_eq!(words(&all::<Basis>()), "auto|absolute|share|per-second|per-op");
        assert_eq!(words(&all::<Granularity>()), "functions|filefunctions|files|lines|addresses");
        assert_eq!(words(&all::<Outcome>()), "pass|fail");
        assert_eq!(words(&all::<Statistics>()), "auto|off");
        assert_eq!(words(&all::<Measure>()), "flat|cum|total");
        assert_eq!(words(&all::<Level>()), "warn|fail");
    }

    #[test]
    fn a_word_that_is_none_of_them_is_an_error_with_a_guess() {
        let error = "per-sec".parse::<Basis>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`per-sec` is not one of `auto`, `absolute`, `share`, `per-second`, `per-op`\n  \
             help: did you mean `per-second`?"
        );
        assert!(!"Zzz".parse::<Basis>().unwrap_err().to_string().contains("help"));
    }
}
