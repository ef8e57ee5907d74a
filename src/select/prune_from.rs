//! `prune_from` to stacks without the frames below the leaf-most one it matches.

use super::goregexp::Pattern;
use super::matches::Matches;
use super::simplify::simplified;
use crate::profile::{Function, LocationId, Profile};

/// For each location, whether stacks may end there: the leaf-most such location becomes the leaf.
#[derive(Debug)]
pub(super) struct Leaves {
    /// Indexed by [`LocationId`].
    is_leaf: Vec<bool>,
}

impl Leaves {
    /// Cuts the lines below the innermost matching one from each location of `profile`.
    pub(super) fn find(pattern: &Pattern, profile: &mut Profile) -> Self {
        let mut matches = Matches::new(pattern);
        let mut is_leaf = vec![false; profile.locations.len()];
        let locations = profile.locations.with_lines(|id, lines, kept| {
            let innermost = lines
                .iter()
                .position(|line| name_matches(profile, profile.function(line.function), &mut matches));
            is_leaf[id.index()] = innermost.is_some();
            kept.extend_from_slice(&lines[innermost.unwrap_or(0)..]);
        });
        profile.locations = locations;
        Self { is_leaf }
    }

    /// Cuts what is below the leaf-most such location from `stack`.
    pub(super) fn cut(&self, stack: &mut Vec<LocationId>) {
        if let Some(leaf) = stack.iter().position(|location| self.is_leaf[location.index()]) {
            stack.drain(..leaf);
        }
    }
}

/// Whether `matches` matches the simplified name of `function`, which has one.
pub(super) fn name_matches(profile: &Profile, function: &Function, matches: &mut Matches<'_>) -> bool {
    !profile.text(function.name).is_empty() && matches.text_as(profile, function.name, simplified)
}
