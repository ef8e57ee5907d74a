//! What a user should hear about a selection, as values.

use std::fmt;

use super::selection::Filter;

/// Something that pprof writes to stderr while it selects.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The pattern of a filter matched nothing in the profile.
    NoMatch(Filter),
    /// The value of a tag filter has the form of a range of numbers, and is taken as one.
    Range {
        /// The filter.
        filter: Filter,
        /// Its value without a key.
        value: String,
    },
    /// The numbers of a label have several units; the first is taken for all.
    MixedUnits {
        /// The label's key.
        key: String,
        /// The unit taken.
        used: String,
        /// The other units, in order.
        others: Vec<String>,
    },
    /// `drop_frames` or `keep_frames` of the profile is no valid pattern, so no frame is dropped.
    InvalidFramePattern(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatch(filter) => write!(f, "{} expression matched no samples", filter.title()),
            Self::Range { filter, value } => {
                write!(f, "{}:Interpreted '{value}' as range, not regexp", filter.name())
            }
            Self::MixedUnits { key, used, others } => {
                let others = others.join(", ");
                write!(f, "For tag {key} used unit {used}, also encountered unit(s) {others}")
            }
            Self::InvalidFramePattern(pattern) => {
                write!(f, "ignoring drop_frames and keep_frames: `{pattern}` is not a valid pattern")
            }
        }
    }
}
