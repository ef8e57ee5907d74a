//! The answers of one pattern for the texts of one profile, each asked for once.

use super::goregexp::Pattern;
use crate::profile::{Function, Profile, StrId};

/// A pattern and what it said so far.
///
/// Frames and samples repeat the same few names millions of times; the pattern sees each text once.
#[derive(Debug)]
pub(super) struct Matches<'p> {
    pattern: &'p Pattern,
    /// Indexed by [`StrId`]; shorter than the table of texts until the last one is asked for.
    answers: Vec<Option<bool>>,
}

impl<'p> Matches<'p> {
    /// No answers yet.
    pub(super) fn new(pattern: &'p Pattern) -> Self {
        Self { pattern, answers: Vec::new() }
    }

    /// Whether the pattern matches the text `id`.
    pub(super) fn text(&mut self, profile: &Profile, id: StrId) -> bool {
        self.text_as(profile, id, |text| text)
    }

    /// Whether the pattern matches the text that `view` makes of `id`. An instance is asked with one `view` only.
    pub(super) fn text_as(&mut self, profile: &Profile, id: StrId, view: fn(&[u8]) -> &[u8]) -> bool {
        if id.index() >= self.answers.len() {
            self.answers.resize(profile.strings.len(), None);
        }
        let pattern = self.pattern;
        *self.answers[id.index()].get_or_insert_with(|| pattern.is_match(view(profile.text(id))))
    }

    /// Whether the pattern matches the name or the file of `function`, each on its own.
    pub(super) fn function(&mut self, profile: &Profile, function: &Function) -> bool {
        self.text(profile, function.name) || self.text(profile, function.filename)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_looked_at_once() {
        let with_text = |text: &[u8]| {
            let mut profile = Profile::default();
            let id = profile.strings.intern(text).expect("fits");
            (profile, id)
        };
        let pattern = Pattern::new("^m").expect("valid");
        let mut matches = Matches::new(&pattern);
        let (first, id) = with_text(b"main");
        assert!(matches.text(&first, id));
        // Another text under the same id gets the same answer: it is not looked at.
        let (second, same_id) = with_text(b"other");
        assert_eq!(id, same_id);
        assert!(matches.text(&second, id));
    }
}
