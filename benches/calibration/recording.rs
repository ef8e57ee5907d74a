//! A program and a way of recording into event counts of the runs of two sides.

use super::{program::Program, random::Random, real, world::World};

/// How profiles are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capture {
    /// The same work in each run: the total varies with the speed of the machine.
    FixedWork,
    /// A benchmark of fixed time: the total is the same by construction.
    FixedTime,
    /// A live process under varying load.
    Live,
    /// Allocations of fixed work, sampled by bytes.
    Heap,
}

impl Capture {
    pub(crate) const ALL: [Capture; 4] =
        [Capture::FixedWork, Capture::FixedTime, Capture::Live, Capture::Heap];
}

/// What the new side's costs are, as factors of the base side's.
pub(crate) type Change = Vec<(usize, f64)>;

/// What is seen of both sides.
pub(crate) struct Recording {
    /// Events, functions × runs, base runs first.
    pub(crate) flat: Vec<f64>,
    /// What one event of a function is worth.
    pub(crate) flat_value: Vec<f64>,
    pub(crate) cum: Vec<f64>,
    pub(crate) cum_value: Vec<f64>,
}

/// How two sides of one program are recorded.
pub(crate) struct Plan<'a> {
    pub(crate) program: &'a Program,
    pub(crate) world: &'a World,
    pub(crate) capture: Capture,
    /// Runs of a side.
    pub(crate) runs: usize,
    pub(crate) in_turns: bool,
}

/// Mean bytes between samples of a heap profile.
pub(crate) const HEAP_RATE: f64 = 524_288.0;

impl Plan<'_> {
    /// Records both sides; the new one with the changed costs.
    pub(crate) fn record(&self, change: &Change, random: &mut Random) -> Recording {
        let functions = self.program.cost.len();
        let width = 2 * self.runs;
        let mut flat = vec![0.0; functions * width];
        for side in 0..2 {
            let mut cost = self.program.cost.clone();
            if side == 1 {
                for (function, factor) in change {
                    cost[*function] *= factor;
                }
            }
            let batch = self.batch(functions, random);
            for run in 0..self.runs {
                let means = self.means(&cost, &batch, self.moment(side, run), random);
                for (f, mean) in means.iter().enumerate() {
                    flat[f * width + side * self.runs + run] = random.poisson(*mean);
                }
            }
        }
        self.with_values(flat, width)
    }

    /// When a run is recorded, from 0 (the first) to 1 (the last): ABBA, or one side after the other.
    pub(crate) fn moment(&self, side: usize, run: usize) -> f64 {
        let position = match (self.in_turns, run % 2) {
            (true, 0) => 2 * run + side,
            (true, _) => 2 * run + 1 - side,
            (false, _) => side * self.runs + run,
        };
        real(position) / real(2 * self.runs - 1)
    }

    /// Factors shared by the runs of one side.
    fn batch(&self, functions: usize, random: &mut Random) -> Vec<f64> {
        if self.in_turns || self.capture == Capture::Heap {
            return vec![1.0; functions];
        }
        let speed = random.factor(self.world.batch_speed);
        (0..functions).map(|_| speed * random.factor(self.world.batch)).collect()
    }

    /// Expected events of each function in one run.
    fn means(&self, cost: &[f64], batch: &[f64], moment: f64, random: &mut Random) -> Vec<f64> {
        let (program, world) = (self.program, self.world);
        if self.capture == Capture::Heap {
            return cost.iter().map(|c| c * world.events).collect();
        }
        let packages: Vec<f64> = (0..=program.package.iter().copied().max().unwrap_or(0))
            .map(|_| random.factor(world.package))
            .collect();
        let slowness = random.factor(world.speed) * (world.drift * moment).exp();
        let load = if self.capture == Capture::Live { random.factor(world.load) } else { 1.0 };
        let varied: Vec<f64> = (0..cost.len())
            .map(|f| {
                let own = if world.heavy_tails {
                    random.heavy_factor(program.deviation[f])
                } else {
                    random.factor(program.deviation[f])
                };
                let slowness = slowness.powf(program.sensitivity[f]);
                cost[f] * load * slowness * batch[f] * packages[program.package[f]] * own
            })
            .collect();
        let total = if self.capture == Capture::FixedTime { varied.iter().sum() } else { 1.0 };
        varied.iter().map(|v| v / total * world.events).collect()
    }

    /// Values and cum from flat events: `v = w k` with variance `w² k`, added up along the callers.
    fn with_values(&self, flat: Vec<f64>, width: usize) -> Recording {
        let heap = self.capture == Capture::Heap;
        let worth = |f: usize| {
            let size = self.program.object[f].ceil();
            if heap { size / -(-size / HEAP_RATE).exp_m1() } else { 1.0 }
        };
        let flat_value: Vec<f64> = (0..self.program.cost.len()).map(worth).collect();
        let mut value: Vec<f64> = flat.iter().enumerate().map(|(i, k)| k * flat_value[i / width]).collect();
        let mut variance: Vec<f64> =
            value.iter().enumerate().map(|(i, v)| v * flat_value[i / width]).collect();
        self.program.accumulate(&mut value, width);
        self.program.accumulate(&mut variance, width);
        let cum_value: Vec<f64> = value
            .chunks(width)
            .zip(variance.chunks(width))
            .map(|(v, u)| {
                let total: f64 = v.iter().sum();
                if total > 0.0 { u.iter().sum::<f64>() / total } else { 1.0 }
            })
            .collect();
        let cum = value.iter().enumerate().map(|(i, v)| v / cum_value[i / width]).collect();
        Recording { flat, flat_value, cum, cum_value }
    }
}
