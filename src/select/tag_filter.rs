//! The value of `tagfocus` or `tagignore` to a test of a sample's labels.

use hashbrown::HashMap;

use super::goregexp::Pattern;
use super::label_units::LabelUnits;
use super::matches::Matches;
use super::note::Note;
use super::selection::Filter;
use super::tag_range::TagRange;
use crate::error::Result;
use crate::profile::{Label, LabelValue, Profile, StrId};

/// A filter of samples by their labels: `[key=]range` or `[key=]pattern,pattern,…`.
#[derive(Debug, Clone)]
pub(super) struct TagFilter {
    /// The key of the labels to look at; without one, all are looked at.
    key: Option<String>,
    /// The value as written, without the key.
    value: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    /// Some number of a label lies in the range.
    Range(TagRange),
    /// With a key, one of the patterns matches some value of it. Without a key, each pattern matches some
    /// `key:value`.
    Patterns(Vec<Pattern>),
}

impl TagFilter {
    /// Reads the value of a tag filter.
    ///
    /// # Errors
    /// When a pattern is wrong or a number does not fit into 64 bits.
    pub(super) fn parse(filter: &str) -> Result<Self> {
        let (key, value) = match filter.split_once('=') {
            None => (None, filter),
            Some(("", value)) => (None, value),
            Some((key, value)) => (Some(key.to_owned()), value),
        };
        let test = match TagRange::parse(value)? {
            Some(range) => Test::Range(range),
            None => Test::Patterns(value.split(',').map(Pattern::new).collect::<Result<_>>()?),
        };
        Ok(Self { key, value: value.to_owned(), test })
    }

    /// What to tell the user who may have meant a pattern.
    pub(super) fn note(&self, filter: Filter) -> Option<Note> {
        matches!(self.test, Test::Range(_)).then(|| Note::Range { filter, value: self.value.clone() })
    }

    /// The filter with memory for the answers it gives for `profile`.
    pub(super) fn over<'a>(&'a self, profile: &'a Profile, units: &'a LabelUnits) -> TagMatches<'a> {
        let wanted = self.key.as_ref().map_or(Wanted::All, |key| {
            profile.strings.find(key.as_bytes()).map_or(Wanted::Nothing, Wanted::Key)
        });
        let question = match &self.test {
            Test::Range(range) => Question::Range { range, units, answers: HashMap::new() },
            Test::Patterns(patterns) if self.key.is_some() => {
                Question::SomeValue(patterns.iter().map(Matches::new).collect())
            }
            Test::Patterns(patterns) => Question::EachPattern(
                patterns.iter().map(|pattern| PairMatches { pattern, answers: HashMap::new() }).collect(),
            ),
        };
        TagMatches { profile, wanted, question }
    }
}

/// A tag filter at work on one profile: each label is looked at once.
#[derive(Debug)]
pub(super) struct TagMatches<'a> {
    profile: &'a Profile,
    wanted: Wanted,
    question: Question<'a>,
}

/// The labels that a filter looks at.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    All,
    Key(StrId),
    /// The key stands nowhere in the profile.
    Nothing,
}

#[derive(Debug)]
enum Question<'a> {
    /// Whether a number lies in a range, in the unit of its key.
    Range { range: &'a TagRange, units: &'a LabelUnits, answers: HashMap<(StrId, i64), bool> },
    /// Whether some value matches one of the patterns.
    SomeValue(Vec<Matches<'a>>),
    /// Whether for each pattern some label matches it.
    EachPattern(Vec<PairMatches<'a>>),
}

/// A pattern and what it said about labels, as `key:value`.
#[derive(Debug)]
struct PairMatches<'a> {
    pattern: &'a Pattern,
    answers: HashMap<(StrId, StrId), bool>,
}

impl TagMatches<'_> {
    /// Whether a sample with these labels passes.
    pub(super) fn sample(&mut self, labels: &[Label]) -> bool {
        let profile = self.profile;
        let wanted = self.wanted;
        let mut labels = labels.iter().filter(|label| match wanted {
            Wanted::All => true,
            Wanted::Key(key) => key == label.key,
            Wanted::Nothing => false,
        });
        match &mut self.question {
            Question::Range { range, units, answers } => labels.any(|label| match label.value {
                LabelValue::Text(_) => false,
                LabelValue::Number(number, _) => *answers
                    .entry((label.key, number))
                    .or_insert_with(|| range.contains(number, &units.get(profile, label.key))),
            }),
            Question::SomeValue(patterns) => labels.any(|label| match label.value {
                LabelValue::Text(value) => patterns.iter_mut().any(|pattern| pattern.text(profile, value)),
                LabelValue::Number(..) => false,
            }),
            Question::EachPattern(patterns) => patterns.iter_mut().all(|PairMatches { pattern, answers }| {
                labels.clone().any(|label| match label.value {
                    LabelValue::Text(value) => *answers.entry((label.key, value)).or_insert_with(|| {
                        pattern.is_match(&[profile.text(label.key), b":", profile.text(value)].concat())
                    }),
                    LabelValue::Number(..) => false,
                })
            }),
        }
    }
}
