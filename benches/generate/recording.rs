//! Turns walks through a program into the samples of one profile, and these into a file as they come.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use crate::build::Build;
use crate::profile_file::{Labels, Layout, PERIOD_NANOS, ProfileFile, Written};
use crate::program::Program;
use crate::rng::{Rng, mix, unit_of};

/// Cores that the recorded program keeps busy; sets the duration in the header, nothing else.
const BUSY_CORES: u64 = 8;
/// Share of samples with labels.
const LABELLED: f64 = 0.2;
/// Share of labelled samples with a second label.
const TENANT_LABELLED: f64 = 0.4;
/// Tail index of the Pareto law that a stack's expected events follow.
const COST_TAIL: f64 = 1.6;
/// Most events a stack is expected to have.
const COST_MAX: f64 = 3000.0;

const ROUTES: [&str; 12] = [
    "/api/v1/orders",
    "/api/v1/orders/{id}",
    "/api/v1/items",
    "/api/v1/search",
    "/api/v1/cart",
    "/api/v1/login",
    "/api/v1/export",
    "/api/v2/orders",
    "/api/v2/search",
    "/healthz",
    "/metrics",
    "/watch",
];
const TENANTS: [&str; 8] = ["amber", "birch", "cobalt", "dune", "ember", "fjord", "grove", "heath"];

/// One profile to record: what runs, for how many samples, and the noise that tells two recordings apart.
pub(crate) struct Recording<'a> {
    pub(crate) program: &'a Program,
    pub(crate) build: &'a Build,
    pub(crate) samples: u32,
    pub(crate) layout: Layout,
    pub(crate) noise: Rng,
}

impl Recording<'_> {
    /// Records into `path`. Memory is bounded by the program and some ten bytes a sample.
    pub(crate) fn write(mut self, path: &Path) -> io::Result<Written> {
        let duration = u64::from(self.samples) * 2 * PERIOD_NANOS / BUSY_CORES;
        let mut file = ProfileFile::create(path, self.program, self.build, self.layout, duration)?;
        let mut seen = HashSet::new();
        let mut stack = Vec::new();
        for _ in 0..self.samples {
            let labels = self.draw(&mut stack, &mut seen);
            let count = self.count(&stack);
            file.sample(&stack, count, labels)?;
        }
        file.finish()
    }

    /// Draws one stack and its labels. A profiler adds up equal stacks without labels, so those come only once; with
    /// labels they repeat, once for each request that set them.
    fn draw(&mut self, stack: &mut Vec<u32>, seen: &mut HashSet<u64>) -> Labels {
        loop {
            self.program.walk(&mut self.noise, stack);
            if self.noise.chance(LABELLED) {
                let route = ROUTES[self.noise.skewed(12) as usize];
                let tenant = TENANTS[self.noise.skewed(8) as usize];
                let tenant = self.noise.chance(TENANT_LABELLED).then_some(tenant);
                return Labels { route: Some(route), tenant };
            }
            if seen.insert(hash(stack)) {
                return Labels::default();
            }
        }
    }

    /// How many events hit the stack: a Poisson draw around a cost that belongs to the stack in every recording and
    /// that the build may have changed.
    fn count(&mut self, stack: &[u32]) -> u64 {
        let cost = (1.0 - unit_of(hash(stack))).powf(-1.0 / COST_TAIL).min(COST_MAX);
        let factor: f64 = self
            .build
            .factors
            .iter()
            .filter(|(function, _)| stack.iter().any(|&site| self.program.function_of(site) == *function))
            .map(|(_, factor)| factor)
            .product();
        self.noise.poisson(cost * factor).max(1).unsigned_abs()
    }
}

fn hash(stack: &[u32]) -> u64 {
    stack.iter().fold(0, |hash, &site| mix(hash ^ (u64::from(site) + 1)))
}
