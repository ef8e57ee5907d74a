//! `tagfocus` and `tagignore` to a test of a sample's labels.

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
    test: Test,
    /// The value as written, without the key.
    value: String,
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
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (key, value) = match text.split_once('=') {
            None => (None, text),
            Some(("", value)) => (None, value),
            Some((key, value)) => (Some(key.to_owned()), value),
        };
        let test = match TagRange::parse(value)? {
            Some(range) => Test::Range(range),
            None => Test::Patterns(value.split(',').map(Pattern::new).collect::<Result<_>>()?),
        };
        Ok(Self { key, test, value: value.to_owned() })
    }

    /// What to tell the user who may have meant a pattern.
    pub(super) fn note(&self, filter: Filter) -> Option<Note> {
        matches!(self.test, Test::Range(_)).then(|| Note::Range { filter, value: self.value.clone() })
    }

    /// The filter with memory for the answers it gives for `profile`.
    pub(super) fn over<'a>(&'a self, profile: &'a Profile, units: &'a LabelUnits) -> TagMatches<'a> {
        let key = self.key.as_ref().map(|key| profile.strings.find(key.as_bytes()));
        let (range, patterns): (_, &[Pattern]) = match &self.test {
            Test::Range(range) => (Some(range), &[]),
            Test::Patterns(patterns) => (None, patterns),
        };
        TagMatches {
            profile,
            units,
            key,
            range,
            numbers: HashMap::new(),
            patterns: patterns.iter().map(|pattern| (pattern, HashMap::new())).collect(),
            values: patterns.iter().map(Matches::new).collect(),
        }
    }
}

/// A tag filter at work: each label is looked at once.
#[derive(Debug)]
pub(super) struct TagMatches<'a> {
    profile: &'a Profile,
    units: &'a LabelUnits,
    /// The key looked for, if any; it may stand nowhere in the profile.
    key: Option<Option<StrId>>,
    range: Option<&'a TagRange>,
    /// The answers of the range for a number under a key.
    numbers: HashMap<(StrId, i64), bool>,
    /// The answers of each pattern for `key:value`.
    patterns: Vec<(&'a Pattern, HashMap<(StrId, StrId), bool>)>,
    /// The answers of each pattern for a value.
    values: Vec<Matches<'a>>,
}

impl TagMatches<'_> {
    /// Whether a sample with these labels passes.
    pub(super) fn sample(&mut self, labels: &[Label]) -> bool {
        let profile = self.profile;
        let key = self.key;
        let is_wanted = |label: &Label| key.is_none_or(|key| key == Some(label.key));
        let mut numbers =
            labels.iter().filter(|label| is_wanted(label)).filter_map(|label| match label.value {
                LabelValue::Number(number, _) => Some((label.key, number)),
                LabelValue::Text(_) => None,
            });
        if let Some(range) = self.range {
            return numbers.any(|(key, number)| {
                *self
                    .numbers
                    .entry((key, number))
                    .or_insert_with(|| range.contains(number, &self.units.get(profile, key)))
            });
        }
        let mut texts =
            labels.iter().filter(|label| is_wanted(label)).filter_map(|label| match label.value {
                LabelValue::Text(text) => Some((label.key, text)),
                LabelValue::Number(..) => None,
            });
        if self.key.is_some() {
            return texts.any(|(_, text)| self.values.iter_mut().any(|values| values.text(profile, text)));
        }
        self.patterns.iter_mut().all(|(pattern, answers)| {
            texts.clone().any(|(key, value)| {
                *answers.entry((key, value)).or_insert_with(|| {
                    pattern.is_match(&[profile.text(key), b":", profile.text(value)].concat())
                })
            })
        })
    }
}
