//! `tagfocus`, `tagignore`, `tagshow` and `taghide` to which samples stay, with which labels.

use super::goregexp::Pattern;
use super::label_units::LabelUnits;
use super::matches::Matches;
use super::note::Note;
use super::selection::Filter;
use super::tag_filter::{TagFilter, TagMatches};
use crate::profile::{Label, Profile, StrId};

/// The filters that look at labels.
#[derive(Debug, Clone, Default)]
pub(super) struct LabelFilters {
    pub(super) focus: Option<TagFilter>,
    pub(super) ignore: Option<TagFilter>,
    pub(super) show: Option<Pattern>,
    pub(super) hide: Option<Pattern>,
}

impl LabelFilters {
    /// Whether no filter is set.
    pub(super) fn is_empty(&self) -> bool {
        self.focus.is_none() && self.ignore.is_none() && self.show.is_none() && self.hide.is_none()
    }

    /// What to tell the user who wrote the filters.
    pub(super) fn notes(&self) -> impl Iterator<Item = Note> {
        let filters = [(Filter::TagFocus, &self.focus), (Filter::TagIgnore, &self.ignore)];
        filters.into_iter().filter_map(|(filter, tags)| tags.as_ref()?.note(filter))
    }

    /// The filters with memory for the labels of `profile`.
    pub(super) fn over<'a>(&'a self, profile: &'a Profile, units: &'a LabelUnits) -> SampleLabels<'a> {
        let tags =
            |filter: &'a Option<TagFilter>| Seen::new(filter.as_ref().map(|tags| tags.over(profile, units)));
        SampleLabels {
            profile,
            focus: tags(&self.focus),
            ignore: tags(&self.ignore),
            show: Seen::new(self.show.as_ref().map(Matches::new)),
            hide: Seen::new(self.hide.as_ref().map(Matches::new)),
        }
    }
}

/// A filter that may be set, and whether it has matched.
#[derive(Debug)]
struct Seen<T> {
    filter: Option<T>,
    has_matched: bool,
}

impl<T> Seen<T> {
    fn new(filter: Option<T>) -> Self {
        Self { filter, has_matched: false }
    }

    /// The answer of the filter, `unset` if there is none.
    fn ask(&mut self, unset: bool, ask: impl FnOnce(&mut T) -> bool) -> bool {
        let answer = self.filter.as_mut().map_or(unset, ask);
        self.has_matched |= answer;
        answer
    }

    fn is_unmatched(&self) -> bool {
        self.filter.is_some() && !self.has_matched
    }
}

/// The label filters at work.
#[derive(Debug)]
pub(super) struct SampleLabels<'a> {
    profile: &'a Profile,
    focus: Seen<TagMatches<'a>>,
    ignore: Seen<TagMatches<'a>>,
    show: Seen<Matches<'a>>,
    hide: Seen<Matches<'a>>,
}

impl SampleLabels<'_> {
    /// Whether a sample with these labels stays.
    pub(super) fn keep(&mut self, labels: &[Label]) -> bool {
        let is_focused = self.focus.ask(true, |focus| focus.sample(labels));
        let is_ignored = self.ignore.ask(false, |ignore| ignore.sample(labels));
        is_focused && !is_ignored
    }

    /// Whether labels with this key stay, on samples that do.
    pub(super) fn shows(&mut self, key: StrId) -> bool {
        let profile = self.profile;
        let is_shown = self.show.ask(true, |show| show.text(profile, key));
        let is_hidden = self.hide.ask(false, |hide| hide.text(profile, key));
        is_shown && !is_hidden
    }

    /// The filters that matched nothing.
    pub(super) fn unmatched(&self) -> impl Iterator<Item = Note> {
        [
            (Filter::TagFocus, self.focus.is_unmatched()),
            (Filter::TagIgnore, self.ignore.is_unmatched()),
            (Filter::TagShow, self.show.is_unmatched()),
            (Filter::TagHide, self.hide.is_unmatched()),
        ]
        .into_iter()
        .filter_map(|(filter, is_unmatched)| is_unmatched.then_some(Note::NoMatch(filter)))
    }
}
