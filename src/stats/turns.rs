//! Times of recording into whether the two sides took turns.

use super::table::Sides;

/// Rank sums between these parts of their range are those of sides that took turns.
const MIXED: (f64, f64) = (0.25, 0.75);

/// Whether the runs of both sides alternate in time, so that what drifts meets both alike.
///
/// That is told by Mann and Whitney's U over the number of pairs: the part of all pairs of runs in which the new one is
/// the later. It is 0 or 1 for sides recorded one after the other and near ½ for sides in turns. `None` without two
/// runs on each side, or where times are missing or all equal.
#[must_use]
pub fn took_turns(times: Sides<&[i64]>) -> Option<bool> {
    let Sides { base, new } = times;
    if base.len() < 2 || new.len() < 2 || base.iter().chain(new).any(|&time| time <= 0) {
        return None;
    }
    let (mut later, mut equal, mut pairs) = (0_u32, 0_u32, 0_u32);
    for one in base {
        for other in new {
            pairs += 1;
            later += u32::from(other > one);
            equal += u32::from(other == one);
        }
    }
    if equal == pairs {
        return None;
    }
    let part = (f64::from(later) + 0.5 * f64::from(equal)) / f64::from(pairs);
    Some((MIXED.0..=MIXED.1).contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(base: &[i64], new: &[i64]) -> Option<bool> {
        took_turns(Sides { base, new })
    }

    #[test]
    fn alternating_sides_took_turns_and_blocks_did_not() {
        assert_eq!(turns(&[1, 4, 5, 8], &[2, 3, 6, 7]), Some(true));
        assert_eq!(turns(&[1, 3], &[2, 4]), Some(true));
        assert_eq!(turns(&[1, 2, 3], &[4, 5, 6]), Some(false));
        assert_eq!(turns(&[7, 8, 9], &[4, 5, 6]), Some(false));
    }

    #[test]
    fn single_runs_and_missing_times_tell_nothing() {
        assert_eq!(turns(&[1], &[2, 3]), None);
        assert_eq!(turns(&[1, 0], &[2, 3]), None);
        assert_eq!(turns(&[5, 5], &[5, 5]), None);
    }
}
