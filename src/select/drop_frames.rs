//! A profile to the same one without the frames that it wants dropped.

use super::goregexp::Pattern;
use super::matches::Matches;
use super::note::Note;
use super::prune_from::name_matches;
use crate::error::Result;
use crate::profile::{LocationId, Profile, Samples, StrId};

/// What is to become of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It stays.
    Kept,
    /// It stays without the lines that were dropped, as the leaf.
    Trimmed,
    /// It goes.
    Dropped,
}

/// Removes from `profile` the frames that its own `drop_frames` matches and its `keep_frames` does not, with
/// everything below them: allocators and profilers measure themselves. Both patterns have to match the whole of a
/// simplified name. Frames above the first one that is not dropped stay, so that no stack becomes empty.
///
/// Does nothing without `drop_frames`. pprof does this to what it read before it selects, with names as
/// [`Symbolization`](super::Symbolization) left them, unless `-all_frames` is given.
///
/// # Errors
/// When a pattern is valid in Go and not supported here, see [`Pattern::new`].
pub fn drop_frames(profile: &mut Profile) -> Result<Vec<Note>> {
    let (drop, keep) = (profile.header.drop_frames, profile.header.keep_frames);
    let mut patterns = Vec::new();
    for id in [drop, keep] {
        if profile.text(id).is_empty() {
            break;
        }
        match frame_pattern(profile, id)? {
            Some(pattern) => patterns.push(pattern),
            None => return Ok(vec![Note::InvalidFramePattern(profile.display(id).into_owned())]),
        }
    }
    if let Some(drop) = patterns.first() {
        prune(profile, drop, patterns.get(1));
    }
    Ok(Vec::new())
}

/// The pattern in the text `id`, to match whole names; `None` if Go refuses it.
fn frame_pattern(profile: &Profile, id: StrId) -> Result<Option<Pattern>> {
    match std::str::from_utf8(profile.text(id)) {
        Ok(pattern) => Pattern::new_if_valid(&format!("^({pattern})$")),
        Err(_) => Ok(None),
    }
}

fn prune(profile: &mut Profile, drop: &Pattern, keep: Option<&Pattern>) {
    let mut drop = Matches::new(drop);
    let mut keep = keep.map(Matches::new);
    let mut fates = Vec::with_capacity(profile.locations.len());
    let locations = profile.locations.with_lines(|_, lines, kept| {
        let outermost = lines.iter().rposition(|line| {
            let function = profile.function(line.function);
            name_matches(profile, function, &mut drop)
                && !keep.as_mut().is_some_and(|keep| name_matches(profile, function, keep))
        });
        let above = outermost.map_or(lines, |outermost| &lines[outermost + 1..]);
        let fate = match (outermost, above) {
            (None, _) => Fate::Kept,
            (Some(_), []) => Fate::Dropped,
            (Some(_), _) => Fate::Trimmed,
        };
        fates.push(fate);
        // A location that is dropped keeps its lines: in a stack without any other frame it stays.
        kept.extend_from_slice(if fate == Fate::Dropped { lines } else { above });
    });
    profile.locations = locations;

    let mut samples = Samples::new(profile.samples.width());
    for sample in profile.samples.iter() {
        let stack = pruned(sample.stack, &fates).iter().copied();
        samples.push(stack, sample.values.iter().copied(), sample.labels.iter().copied());
    }
    profile.samples = samples;
}

/// `stack` from the root to the first frame to drop that has another frame above it.
fn pruned<'s>(stack: &'s [LocationId], fates: &[Fate]) -> &'s [LocationId] {
    let fate = |location: &LocationId| fates[location.index()];
    let Some(user) = stack.iter().rposition(|location| fate(location) == Fate::Kept) else { return stack };
    match stack[..user].iter().rposition(|location| fate(location) != Fate::Kept) {
        None => stack,
        Some(at) if fate(&stack[at]) == Fate::Dropped => &stack[at + 1..],
        Some(at) => &stack[at..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_cut_below_the_first_frame_that_stays() {
        let fates = [Fate::Kept, Fate::Trimmed, Fate::Dropped];
        let [kept, trimmed, dropped] = [0, 1, 2].map(LocationId::new);
        for (stack, rest) in [
            // Leaf first: what counts is met from the right.
            (vec![kept, dropped, kept, kept], vec![kept, kept]),
            (vec![kept, trimmed, kept], vec![trimmed, kept]),
            (vec![dropped, trimmed, kept], vec![trimmed, kept]),
            (vec![trimmed, dropped, kept], vec![kept]),
            (vec![kept, dropped], vec![kept, dropped]),
            (vec![dropped, kept, dropped], vec![kept, dropped]),
            (vec![trimmed, dropped], vec![trimmed, dropped]),
            (vec![], vec![]),
        ] {
            assert_eq!(pruned(&stack, &fates), rest, "{stack:?}");
        }
    }
}
