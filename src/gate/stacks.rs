//! The samples of both sides, read once more, to their call stacks.
//!
//! Where small paths are folded, the samples are read twice: first to bound what each path costs, then to add those
//! that may matter to a tree. Memory grows with what is shown, not with the number of distinct stacks.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::load::{Consumer, Kept, consume, detail};
use super::{Plan, Runs, StackDetail};
use crate::aggregate::{
    CallTree, Cut, Detail, Frames, Keys, LocationFrames, PathBounds, Run, Side, overflow,
};
use crate::error::Result;
use crate::profile::{Profile, SampleStream};
use crate::source::{Source, Sources};
use crate::verdict::{Comparison, Stacks, call_paths, lay_out};

/// Paths below this part of the larger side's total are folded: a fiftieth of a pixel on a screen of 2,000.
pub const SMALLEST_PART: f64 = 1e-5;

/// Nodes that a page draws and moves without delay, at about 20 bytes each in its file.
pub const MOST_NODES: usize = 250_000;

/// Adds what `plan` wants of the stacks of sample type number `column`.
///
/// # Errors
/// When a source has changed since it was read, or sums do not fit.
pub(super) fn add(
    comparison: &mut Comparison,
    sources: &Sources,
    plan: &Plan,
    runs: &mut Runs,
    column: usize,
) -> Result<()> {
    let wanted = match plan.stacks {
        StackDetail::Paths if comparison.violations.is_empty() => StackDetail::None,
        StackDetail::Paths => StackDetail::Folded,
        wanted => wanted,
    };
    let Some(stacks) = stacks(sources, plan, runs, column, wanted)? else { return Ok(()) };
    comparison.call_paths = call_paths(comparison, &stacks);
    comparison.stacks = Some(stacks).filter(|_| plan.stacks >= StackDetail::Folded);
    Ok(())
}

/// The stacks of sample type number `column`, `None` if none are wanted.
///
/// # Errors
/// When a source has changed since it was read, or sums do not fit.
fn stacks(
    sources: &Sources,
    plan: &Plan,
    runs: &mut Runs,
    column: usize,
    wanted: StackDetail,
) -> Result<Option<Stacks>> {
    if wanted == StackDetail::None {
        return Ok(None);
    }
    require_sums(&runs.base, column)?;
    require_sums(&runs.new, column)?;
    let shared = Shared {
        names: Mutex::new((std::mem::take(known(runs)), Frames::default())),
        detail: detail(plan),
        column,
    };
    let divisors = [divisor(&runs.base, plan.divisors.base), divisor(&runs.new, plan.divisors.new)];
    let result = tree(sources, plan, &runs.kept, &shared, divisors, wanted);
    let (keys, frames) = shared.names.into_inner().unwrap_or_else(PoisonError::into_inner);
    let stacks = result.map(|tree| lay_out(&tree.into_nodes(), &frames, &keys, divisors.into()));
    *known(runs) = keys;
    let stacks = stacks?;
    Ok(Some(if wanted == StackDetail::Folded { stacks.folded(SMALLEST_PART, MOST_NODES) } else { stacks }))
}

/// The rows known so far.
fn known(runs: &mut Runs) -> &mut Keys {
    runs.keys.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Fails if the values of all runs of a side do not add up to a number below 2⁶³.
fn require_sums(runs: &[Run], column: usize) -> Result<()> {
    let mut magnitudes = runs.iter().map(|run| run.info.magnitudes[column]);
    magnitudes.try_fold(0_i64, i64::checked_add).map(|_| ()).ok_or_else(overflow)
}

#[expect(clippy::cast_precision_loss, reason = "there are few runs")]
fn divisor(runs: &[Run], divide_by: f64) -> f64 {
    runs.len().max(1) as f64 * divide_by
}

fn tree(
    sources: &Sources,
    plan: &Plan,
    kept: &[Kept],
    shared: &Shared,
    divisors: [f64; 2],
    wanted: StackDetail,
) -> Result<CallTree> {
    let is_folded = wanted == StackDetail::Folded;
    let bounds = is_folded.then(PathBounds::default);
    if let Some(bounds) = &bounds {
        each(sources, plan, kept, |side| Bound { shared, side, bounds })?;
    }
    let cut = bounds.as_ref().map(|bounds| Cut { floors: floors(bounds, divisors), bounds });
    let tree = Mutex::new(CallTree::default());
    each(sources, plan, kept, |side| Grow { shared, side, cut, tree: &tree })?;
    Ok(tree.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// The smallest cost of a path that is kept, base and new: the same on both sides once it is divided.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a little below the exact number, which folding the tree makes good"
)]
fn floors(bounds: &PathBounds, divisors: [f64; 2]) -> [u64; 2] {
    let mean = |side: Side| bounds.total(side) as f64 / divisors[side.index()];
    let smallest = mean(Side::Base).max(mean(Side::New)) * SMALLEST_PART * 0.999;
    divisors.map(|divisor| ((smallest * divisor) as u64).max(1))
}

/// Hands every run of both sides to the consumer of its side.
fn each<C>(sources: &Sources, plan: &Plan, kept: &[Kept], consumer: impl Fn(Side) -> C + Sync) -> Result<()>
where
    C: Consumer<Made = ()>,
{
    let base_runs = sources.base.len();
    let all: Vec<&Source> = sources.base.iter().chain(&sources.new).collect();
    let read = |(run, source): (usize, &Source)| {
        let consumer = consumer(if run < base_runs { Side::Base } else { Side::New });
        consume((run, source), plan, kept, &consumer)
    };
    all.into_par_iter().enumerate().map(read).collect()
}

/// What all runs have in common.
struct Shared {
    names: Mutex<(Keys, Frames)>,
    detail: Detail,
    column: usize,
}

impl Shared {
    fn locate(&self, profile: &Profile) -> Result<LocationFrames> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let (keys, frames) = &mut *names;
        let rows = keys.locate(profile, self.detail)?;
        frames.locate(profile, &rows)
    }
}

/// Bounds what each path costs.
struct Bound<'a> {
    shared: &'a Shared,
    side: Side,
    bounds: &'a PathBounds,
}

impl Consumer for Bound<'_> {
    type Made = ();

    fn consume(&self, samples: &impl SampleStream) -> Result<()> {
        let frames = self.shared.locate(samples.profile())?;
        (0..samples.chunks()).into_par_iter().try_for_each(|chunk| {
            samples.walk(chunk, |stack, values| {
                self.bounds.add(self.side, &frames, stack, values[self.shared.column]);
            })
        })
    }
}

/// Adds the samples of a run to the tree.
struct Grow<'a> {
    shared: &'a Shared,
    side: Side,
    cut: Option<Cut<'a>>,
    tree: &'a Mutex<CallTree>,
}

impl Consumer for Grow<'_> {
    type Made = ();

    fn consume(&self, samples: &impl SampleStream) -> Result<()> {
        let frames = self.shared.locate(samples.profile())?;
        let mut tree = CallTree::default();
        for chunk in 0..samples.chunks() {
            let mut grown = Ok(());
            samples.walk(chunk, |stack, values| {
                if grown.is_ok() {
                    grown = tree.add(self.side, &frames, stack, values[self.shared.column], self.cut);
                }
            })?;
            grown?;
        }
        self.tree.lock().unwrap_or_else(PoisonError::into_inner).merge(tree)
    }
}
