//! Turns a seed into a program: functions in layers, their call sites, and random walks through them.
//!
//! Layer 0 holds the entry points; a call goes to the next layer, or now and then stays in its own (recursion).
//! Calls prefer popular callees and walks prefer a function's first sites, so costs follow a power law.

use std::ops::Range;

use crate::names::Names;
use crate::rng::Rng;

/// Layers of functions; with the early stops and the recursion, stacks are mostly 35–40 frames deep.
const LAYERS: u32 = 36;
/// From this layer on a walk may stop before the last one.
const FIRST_LEAF_LAYER: u32 = 33;
/// Chance that a walk stops at one of those layers.
const STOP: f64 = 0.2;
/// From this layer on functions belong to the standard library.
const STANDARD_LAYER: u32 = 27;
/// Layer of the background worker, whose stacks are short.
const BACKGROUND_LAYER: u32 = LAYERS - 6;
/// Share of walks that start at the background worker.
const BACKGROUND: f64 = 0.04;
/// Share of stacks that begin like the stack before.
const SAME_WORK: f64 = 0.92;
/// Functions in layer 0.
const ENTRIES: u32 = 3;
/// Share of call sites, but for a function's first, whose callee stands in the same layer.
const RECURSION: f64 = 0.06;
/// The first address of the code, as Go's linker sets it on Linux.
const TEXT_START: u64 = 0x40_1000;
/// Chance that a site has an inlined callee, and that this one has another.
const INLINED: f64 = 0.07;
/// Most inlined callees of one site.
const MAX_INLINED: usize = 3;
/// The Go runtime's own limit on the depth of a CPU profile's stacks is 128; walks end well before.
const MAX_DEPTH: usize = 100;

/// How large a program is.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Functions that can be called; not every one is reached by a given number of walks.
    pub(crate) functions: u32,
    /// Chance that a function has one more site, after each site: the mean is `1 / (1 - more_sites)`.
    pub(crate) more_sites: f64,
}

/// One function of the program.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) start_line: u32,
    layer: u32,
    sites: Range<u32>,
}

/// One address that appears in stacks: a call site, or the program counter of a leaf.
pub(crate) struct Site {
    pub(crate) address: u64,
    /// Function and line, innermost inlined callee first; the last is the function that holds the address.
    pub(crate) lines: Vec<(u32, u32)>,
    /// The function called here; nothing in the last layer.
    callee: Option<u32>,
}

/// Functions, their sites, and where the code lies.
pub(crate) struct Program {
    pub(crate) functions: Vec<Function>,
    pub(crate) sites: Vec<Site>,
    /// First and last address of the code.
    pub(crate) text: Range<u64>,
    background: u32,
}

impl Program {
    /// The program of this shape and seed.
    pub(crate) fn grow(shape: Shape, seed: u64) -> Self {
        let mut rng = Rng::new(seed, 0);
        let layers = layers(shape.functions);
        let mut program = Self {
            functions: functions(&mut rng, &layers),
            sites: Vec::new(),
            text: TEXT_START..TEXT_START,
            background: layers[BACKGROUND_LAYER as usize].start,
        };
        let mut address = TEXT_START;
        for index in 0..shape.functions {
            let first = program.next_site();
            loop {
                address += 8 + u64::from(rng.below(120));
                let callee = program.callee(&mut rng, &layers, index, program.next_site() == first);
                let lines = program.lines(&mut rng, index);
                program.sites.push(Site { address, lines, callee });
                if !rng.chance(shape.more_sites) {
                    break;
                }
            }
            program.functions[index as usize].sites = first..program.next_site();
            address = (address + 64).next_multiple_of(32);
        }
        program.text.end = address.next_multiple_of(4096);
        program
    }

    /// The next stack, leaf first, as indices into `sites`. Most stacks begin like the one that `stack` holds, the one
    /// sampled before: work in progress is sampled again further down or a few calls later.
    pub(crate) fn walk(&self, rng: &mut Rng, stack: &mut Vec<u32>) {
        stack.reverse();
        let kept = if rng.chance(SAME_WORK) { rng.deep(stack.len()) } else { 0 };
        stack.truncate(kept);
        let mut next = match stack.last() {
            Some(&site) => self.sites[site as usize].callee,
            None if rng.chance(BACKGROUND) => Some(self.background),
            None => Some(rng.skewed(ENTRIES)),
        };
        while let Some(index) = next {
            let function = &self.functions[index as usize];
            let site = function.sites.start + rng.popular(function.sites.end - function.sites.start);
            stack.push(site);
            let stops = stack.len() >= MAX_DEPTH || function.layer >= FIRST_LEAF_LAYER && rng.chance(STOP);
            next = if stops { None } else { self.sites[site as usize].callee };
        }
        stack.reverse();
    }

    /// The function that holds the site's address.
    pub(crate) fn function_of(&self, site: u32) -> u32 {
        self.sites[site as usize].lines.last().map_or(0, |&(function, _)| function)
    }

    /// The first address of a function's sites.
    pub(crate) fn address_of(&self, function: u32) -> u64 {
        self.sites[self.functions[function as usize].sites.start as usize].address
    }

    fn next_site(&self) -> u32 {
        u32::try_from(self.sites.len()).unwrap_or(u32::MAX)
    }

    /// What a site of function `index` calls. The first site of each function spreads the calls evenly over the next
    /// layer, so that most of it can be reached; later sites prefer popular callees.
    fn callee(&self, rng: &mut Rng, layers: &[Range<u32>], index: u32, first: bool) -> Option<u32> {
        let layer = self.functions[index as usize].layer as usize;
        if !first && layer > 0 && rng.chance(RECURSION) {
            let own = &layers[layer];
            return Some(own.start + rng.below(own.end - own.start));
        }
        let next = layers.get(layer + 1)?;
        let width = next.end - next.start;
        let place = if first { index % width } else { rng.popular(width) };
        Some(next.start + place)
    }

    /// The lines of a site of function `index`; inlined callees come from the end of the last layer.
    fn lines(&self, rng: &mut Rng, index: u32) -> Vec<(u32, u32)> {
        let count = u32::try_from(self.functions.len()).unwrap_or(u32::MAX);
        let mut lines = Vec::with_capacity(1);
        while lines.len() < MAX_INLINED && rng.chance(INLINED) {
            let helper = count - 1 - rng.popular(count / 25);
            lines.push((helper, self.line_in(rng, helper)));
        }
        lines.push((index, self.line_in(rng, index)));
        lines
    }

    fn line_in(&self, rng: &mut Rng, function: u32) -> u32 {
        self.functions[function as usize].start_line + 1 + rng.below(80)
    }
}

/// The functions of each layer, as ranges of indices: a few entry points, then more from layer to layer.
fn layers(functions: u32) -> Vec<Range<u32>> {
    let rest = functions.saturating_sub(ENTRIES * LAYERS);
    let mut start = 0;
    (0..LAYERS)
        .map(|layer| {
            let end = ENTRIES * (layer + 1) + rest * layer / (LAYERS - 1) * (layer + 1) / LAYERS;
            let members = start..if layer + 1 == LAYERS { functions } else { end };
            start = members.end;
            members
        })
        .collect()
}

/// The functions of all layers, named, without sites.
fn functions(rng: &mut Rng, layers: &[Range<u32>]) -> Vec<Function> {
    let mut names = Names::new();
    let mut functions = Vec::new();
    for (layer, members) in (0..).zip(layers) {
        for _ in members.clone() {
            let (name, file) = names.draw(rng, layer >= STANDARD_LAYER);
            functions.push(Function { name, file, start_line: 10 + rng.skewed(1500), layer, sites: 0..0 });
        }
    }
    functions
}
