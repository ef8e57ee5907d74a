//! `focus`, `ignore`, `hide` and `show` to what remains of each location and each stack.

use super::goregexp::Pattern;
use super::matches::Matches;
use super::note::Note;
use super::selection::Filter;
use crate::profile::{Line, LocationId, Profile, StrId};

/// The four filters that pprof applies in one pass.
#[derive(Debug, Clone, Default)]
pub(super) struct NameFilters {
    pub(super) focus: Option<Pattern>,
    pub(super) ignore: Option<Pattern>,
    pub(super) hide: Option<Pattern>,
    pub(super) show: Option<Pattern>,
}

/// What a location does for the stacks it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// The sample goes.
    Ignored,
    /// The sample stays, unless something else in it is ignored.
    Focused,
    /// Nothing.
    Bystander,
}

/// What the name filters say about each location.
#[derive(Debug)]
pub(super) struct NameVerdicts {
    /// Indexed by [`LocationId`].
    roles: Vec<Role>,
    /// Indexed by [`LocationId`]: whether no line is left.
    is_hidden: Vec<bool>,
}

impl NameFilters {
    /// Whether no filter is set.
    pub(super) fn is_empty(&self) -> bool {
        [&self.focus, &self.ignore, &self.hide, &self.show].iter().all(|filter| filter.is_none())
    }

    /// Removes hidden lines from the locations of `profile`, and says what is to become of the stacks; `None`
    /// when no filter is set.
    pub(super) fn apply(&self, profile: &mut Profile, notes: &mut Vec<Note>) -> Option<NameVerdicts> {
        if self.is_empty() {
            return None;
        }
        let mut focus = self.focus.as_ref().map(Matches::new);
        let mut ignore = self.ignore.as_ref().map(Matches::new);
        let mut hide = self.hide.as_ref().map(Matches::new);
        let mut show = self.show.as_ref().map(Matches::new);

        let (mut has_focused, mut has_ignored, mut has_hidden, mut has_shown) = (false, false, false, false);
        let mut roles = Vec::with_capacity(profile.locations.len());
        let mut is_hidden = Vec::with_capacity(profile.locations.len());
        let locations = profile.locations.with_lines(|id, lines, kept| {
            let file = mapping_file(profile, id);
            let mut place = Place { profile, lines, file };
            let role = if ignore.as_mut().is_some_and(|ignore| place.matches(ignore)) {
                Role::Ignored
            } else if focus.as_mut().is_none_or(|focus| place.matches(focus)) {
                Role::Focused
            } else {
                Role::Bystander
            };
            has_ignored |= role == Role::Ignored;
            has_focused |= role == Role::Focused;
            roles.push(role);

            kept.extend_from_slice(lines);
            let mut hidden = false;
            if let Some(hide) = &mut hide
                && place.matches(hide)
            {
                has_hidden = true;
                if place.file_matches(hide) {
                    kept.clear();
                }
                kept.retain(|line| !hide.function(profile, profile.function(line.function)));
                hidden = kept.is_empty();
            }
            if let Some(show) = &mut show {
                if !place.file_matches(show) {
                    kept.retain(|line| show.function(profile, profile.function(line.function)));
                }
                hidden |= kept.is_empty();
                has_shown |= !kept.is_empty();
            }
            is_hidden.push(hidden);
        });
        profile.locations = locations;

        for (filter, is_set, has_matched) in [
            (Filter::Focus, focus.is_some(), has_focused),
            (Filter::Ignore, ignore.is_some(), has_ignored),
            (Filter::Hide, hide.is_some(), has_hidden),
            (Filter::Show, show.is_some(), has_shown),
        ] {
            if is_set && !has_matched {
                notes.push(Note::NoMatch(filter));
            }
        }
        Some(NameVerdicts { roles, is_hidden })
    }
}

impl NameVerdicts {
    /// Removes hidden locations from `stack`, and returns whether its sample stays.
    pub(super) fn keep(&self, stack: &mut Vec<LocationId>) -> bool {
        let mut is_focused = false;
        for location in stack.iter() {
            match self.roles[location.index()] {
                Role::Ignored => return false,
                Role::Focused => is_focused = true,
                Role::Bystander => {}
            }
        }
        if is_focused {
            stack.retain(|location| !self.is_hidden[location.index()]);
        }
        is_focused && !stack.is_empty()
    }
}

/// The file of the mapping of location `id`, if it has a mapping.
pub(super) fn mapping_file(profile: &Profile, id: LocationId) -> Option<StrId> {
    profile.locations.row(id).mapping.map(|mapping| profile.mapping(mapping).file)
}

/// A location as a name filter sees it.
struct Place<'a> {
    profile: &'a Profile,
    lines: &'a [Line],
    file: Option<StrId>,
}

impl Place<'_> {
    fn file_matches(&mut self, pattern: &mut Matches<'_>) -> bool {
        self.file.is_some_and(|file| pattern.text(self.profile, file))
    }

    fn matches(&mut self, pattern: &mut Matches<'_>) -> bool {
        let profile = self.profile;
        self.lines.iter().any(|line| pattern.function(profile, profile.function(line.function)))
            || self.file_matches(pattern)
    }
}
