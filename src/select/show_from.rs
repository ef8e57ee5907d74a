//! `show_from` to stacks that start at the root-most frame it matches.

use super::goregexp::Pattern;
use super::matches::Matches;
use super::names::mapping_file;
use crate::profile::{LocationId, Profile};

/// For each location, whether stacks may start there.
#[derive(Debug)]
pub(super) struct Starts {
    /// Indexed by [`LocationId`].
    is_start: Vec<bool>,
}

impl Starts {
    /// Cuts the lines above the outermost matching one from each location of `profile`, unless the file of its
    /// mapping matches. Also returns whether anything matches.
    pub(super) fn find(pattern: &Pattern, profile: &mut Profile) -> (Self, bool) {
        let mut matches = Matches::new(pattern);
        let mut is_start = vec![false; profile.locations.len()];
        let locations = profile.locations.with_lines(|id, lines, kept| {
            kept.extend_from_slice(lines);
            if mapping_file(profile, id).is_some_and(|file| matches.text(profile, file)) {
                is_start[id.index()] = true;
                return;
            }
            let outermost =
                lines.iter().rposition(|line| matches.function(profile, profile.function(line.function)));
            if let Some(outermost) = outermost {
                is_start[id.index()] = true;
                kept.truncate(outermost + 1);
            }
        });
        profile.locations = locations;
        let has_matched = is_start.contains(&true);
        (Self { is_start }, has_matched)
    }

    /// Cuts what is above the root-most start from `stack`, and returns whether its sample stays.
    pub(super) fn keep(&self, stack: &mut Vec<LocationId>) -> bool {
        let start = stack.iter().rposition(|location| self.is_start[location.index()]);
        stack.truncate(start.map_or(0, |start| start + 1));
        start.is_some()
    }
}
