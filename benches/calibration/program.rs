//! A seed into a program: a call tree of functions with costs, packages and their true variation from run to run.

use super::{random::Random, world::World};

/// Shares of the total that some functions have; changes are planted there.
pub(crate) const PLANTED: [f64; 3] = [0.2, 0.05, 0.01];

/// No other function has a larger part of the total than this.
const LARGEST: f64 = 0.06;

/// A program's functions, callers before callees. Function `i` stands on one path, below `parent[i]`.
pub(crate) struct Program {
    pub(crate) parent: Vec<Option<usize>>,
    pub(crate) package: Vec<usize>,
    /// Own cost, adding up to 1.
    pub(crate) cost: Vec<f64>,
    /// Standard deviation of the logarithm of the own cost from run to run.
    pub(crate) deviation: Vec<f64>,
    /// Power of the machine's slowness that the own cost goes with.
    pub(crate) sensitivity: Vec<f64>,
    /// Size of one allocated object, for heap profiles.
    pub(crate) object: Vec<f64>,
}

impl Program {
    pub(crate) fn new(world: &World, random: &mut Random) -> Program {
        let functions = world.functions;
        let packages = (functions / 20).max(1);
        let parent: Vec<Option<usize>> =
            (0..functions).map(|i| (i > 0).then(|| random.below(i).max(i / 3).min(i - 1))).collect();
        let package = (0..functions).map(|_| random.below(packages).min(random.below(packages))).collect();
        let raw: Vec<f64> =
            (0..functions).map(|_| random.uniform().powf(-0.9) * random.factor(1.0)).collect();
        let deviation = (0..functions)
            .map(|_| {
                let bound_by_memory = random.uniform() < world.bound_by_memory;
                let scale = if bound_by_memory { 4.0 } else { 1.0 };
                world.function * scale * (0.5 * world.spread * random.normal()).exp()
            })
            .collect();
        let sensitivity = (0..functions).map(|_| 1.0 + world.unevenness * random.normal()).collect();
        let object = (0..functions).map(|_| (5.0 + 2.0 * random.normal()).exp()).collect();
        Program { parent, package, cost: costs(&raw), deviation, sensitivity, object }
    }

    /// The functions below a function, itself included.
    pub(crate) fn below(&self, function: usize) -> Vec<usize> {
        let mut inside = vec![false; self.parent.len()];
        inside[function] = true;
        for i in function + 1..self.parent.len() {
            inside[i] = self.parent[i].is_some_and(|parent| inside[parent]);
        }
        (0..inside.len()).filter(|i| inside[*i]).collect()
    }

    /// Each function's cost with everything it calls.
    pub(crate) fn cum(&self) -> Vec<f64> {
        let mut cum = self.cost.clone();
        self.accumulate(&mut cum, 1);
        cum
    }

    /// Adds every row to its callers: own costs into costs with everything called.
    pub(crate) fn accumulate(&self, rows: &mut [f64], width: usize) {
        for i in (1..self.parent.len()).rev() {
            let Some(parent) = self.parent[i] else { continue };
            for run in 0..width {
                rows[parent * width + run] += rows[i * width + run];
            }
        }
    }
}

/// Costs in proportion to `raw`, but for the planted ones and the largest.
fn costs(raw: &[f64]) -> Vec<f64> {
    let functions = raw.len();
    let is_planted = |i: usize| (0..PLANTED.len()).any(|slot| target(slot, functions) == i);
    let left = 1.0 - PLANTED.iter().sum::<f64>();
    let sum: f64 = raw.iter().sum();
    let mut cost: Vec<f64> = raw.iter().map(|r| (r / sum).min(LARGEST)).collect();
    let others: f64 = (0..functions).filter(|i| !is_planted(*i)).map(|i| cost[i]).sum();
    for c in &mut cost {
        *c *= left / others;
    }
    for (slot, share) in PLANTED.iter().enumerate() {
        cost[target(slot, functions)] = *share;
    }
    cost
}

/// The function with the share `PLANTED[slot]`.
pub(crate) fn target(slot: usize, functions: usize) -> usize {
    functions / 2 + 7 * slot
}
