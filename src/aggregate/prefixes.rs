//! Stacks to an upper bound of what each call path costs, in memory that does not grow with their number.
//!
//! The beginning of each stack is hashed to one of a fixed number of counters (a count-min sketch of one row: Cormode
//! and Muthukrishnan 2005). Paths that share a counter make it too large, never too small: a path whose counter is
//! small is small.

use std::sync::atomic::{AtomicU64, Ordering};

use super::call_tree::{Side, outermost_first};
use super::frames::{FrameId, LocationFrames};
use crate::profile::LocationId;

/// Counters of each side, 16 MiB of them: a tenth as many as the paths of 200,000 stacks.
const COUNTERS_LOG2: u32 = 21;

/// An upper bound of the cost of each call path, on both sides.
#[derive(Debug)]
pub struct PathBounds {
    sides: [Vec<AtomicU64>; 2],
    totals: [AtomicU64; 2],
}

/// A call path, as its hash.
#[derive(Debug, Clone, Copy)]
pub struct PathHash(u64);

impl PathHash {
    /// The path without a frame.
    pub const ROOT: Self = Self(0);

    /// The path that goes on to `frame`.
    #[inline]
    #[must_use]
    pub fn then(self, frame: FrameId) -> Self {
        // The finalizer of MurmurHash3, over a frame number spread by the golden ratio.
        let spread = (frame.index() as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut hash = self.0.rotate_left(5) ^ spread;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        Self(hash ^ (hash >> 33))
    }

    fn counter(self) -> usize {
        // The topmost bits fit any platform's index.
        usize::try_from(self.0 >> (64 - COUNTERS_LOG2)).unwrap_or(0)
    }
}

impl Default for PathBounds {
    fn default() -> Self {
        let counters = || (0..1_usize << COUNTERS_LOG2).map(|_| AtomicU64::new(0)).collect();
        Self { sides: [counters(), counters()], totals: [AtomicU64::new(0), AtomicU64::new(0)] }
    }
}

impl PathBounds {
    /// Counts one sample: its stack, leaf first, and its value. Any number of threads may count; sums of integers do
    /// not depend on their order.
    pub fn add(&self, side: Side, frames: &LocationFrames, stack: &[LocationId], value: i64) {
        let magnitude = value.unsigned_abs();
        if magnitude == 0 {
            return;
        }
        self.totals[side.index()].fetch_add(magnitude, Ordering::Relaxed);
        let counters = &self.sides[side.index()];
        let mut path = PathHash::ROOT;
        for frame in outermost_first(frames, stack) {
            path = path.then(frame);
            counters[path.counter()].fetch_add(magnitude, Ordering::Relaxed);
        }
    }

    /// The sum of the magnitudes of all samples of a side.
    #[must_use]
    pub fn total(&self, side: Side) -> u64 {
        self.totals[side.index()].load(Ordering::Relaxed)
    }

    /// Whether `path` may cost at least as much as `floors` says, base first, on either side.
    #[inline]
    #[must_use]
    pub fn may_reach(&self, path: PathHash, floors: [u64; 2]) -> bool {
        let at = path.counter();
        self.sides.iter().zip(floors).any(|(counters, floor)| counters[at].load(Ordering::Relaxed) >= floor)
    }
}
