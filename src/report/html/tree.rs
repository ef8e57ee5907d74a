//! Call stacks to the columns of the page's tree, folded until they fit.

use std::borrow::Cow;

use serde::Serialize;

use super::texts::{Texts, text_bytes};
use crate::verdict::{Comparison, Sides, StackNode, Stacks};

/// The bytes of a node of the tree without the digits of its costs, about.
const NODE_BYTES: usize = 13;
/// Those of a function without its name, and of a frame.
const FUNCTION_BYTES: usize = 30;
const FRAME_BYTES: usize = 12;

/// The call tree in preorder. As in `json-full`, but names are those of the whole page.
#[derive(Serialize)]
pub(super) struct Tree {
    function: Vec<u32>,
    file: Vec<u32>,
    frame_function: Vec<u32>,
    frame_line: Vec<i64>,
    depth: Vec<u32>,
    /// -1 for what was folded.
    frame: Vec<i64>,
    /// Own costs, counted in `step`.
    base: Vec<i64>,
    new: Vec<i64>,
    /// The largest number that divides all costs: a sample's, in profiles of time.
    step: u64,
    base_divisor: f64,
    new_divisor: f64,
    /// The part below which paths were folded; null if none was.
    below: Option<f64>,
    folded: (i64, i64),
}

/// The tree of `stacks`, which [`fitting`] has folded as far as there is room.
pub(super) fn tree<'a>(stacks: &'a Stacks, texts: &mut Texts<'a>) -> Tree {
    let mut depth: Vec<u32> = Vec::with_capacity(stacks.nodes.len());
    for node in &stacks.nodes {
        depth.push(node.parent.map_or(0, |parent| depth[parent as usize] + 1));
    }
    let folded = stacks.folding.map_or_else(Sides::default, |folding| folding.folded);
    let step = step(stacks);
    let steps = |cost: i64| i64::try_from(step).map_or(cost.signum(), |step| cost / step);
    Tree {
        function: stacks.functions.iter().map(|function| texts.position(&function.name)).collect(),
        file: stacks.functions.iter().map(|function| texts.position(&function.file)).collect(),
        frame_function: stacks.frames.iter().map(|frame| frame.function).collect(),
        frame_line: stacks.frames.iter().map(|frame| frame.line).collect(),
        depth,
        frame: stacks.nodes.iter().map(|node| node.frame.map_or(-1, i64::from)).collect(),
        base: stacks.nodes.iter().map(|node| steps(node.own.base)).collect(),
        new: stacks.nodes.iter().map(|node| steps(node.own.new)).collect(),
        step,
        base_divisor: stacks.base_divisor,
        new_divisor: stacks.new_divisor,
        below: stacks.folding.map(|folding| folding.below),
        folded: (folded.base, folded.new),
    }
}

/// The largest number that divides all costs.
fn step(stacks: &Stacks) -> u64 {
    let costs = stacks.nodes.iter().flat_map(|node| [node.own.base, node.own.new]);
    costs.fold(0, |step, cost| common_divisor(step, cost.unsigned_abs())).max(1)
}

/// The largest number that divides both, by Euclid's algorithm.
fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The stacks of a comparison that takes about `budget` bytes, folded further until they take half of it at most.
pub(super) fn fitting(comparison: &Comparison, budget: usize) -> Option<Cow<'_, Stacks>> {
    let stacks = comparison.stacks.as_ref()?;
    let room = budget / 2;
    let mut bytes = tree_bytes(stacks);
    if bytes <= room {
        return Some(Cow::Borrowed(stacks));
    }
    let mut most = stacks.nodes.len();
    let mut folded = stacks.clone();
    while bytes > room && most > 0 {
        // What is folded leaves a node behind, so that fewer nodes go than are asked to.
        most = (most * room / bytes).min(most * 3 / 4);
        folded = folded.folded(0.0, most);
        bytes = tree_bytes(&folded);
    }
    Some(Cow::Owned(folded))
}

/// What the tree of `stacks` takes in the island, about.
fn tree_bytes(stacks: &Stacks) -> usize {
    let step = step(stacks);
    let digits = |number: u64| number.checked_ilog10().map_or(1, |digits| digits as usize + 1);
    let costs = |node: &StackNode| {
        digits(node.own.base.unsigned_abs() / step) + digits(node.own.new.unsigned_abs() / step)
    };
    let nodes: usize = stacks.nodes.iter().map(|node| NODE_BYTES + costs(node)).sum();
    let functions = stacks.functions.iter();
    // Most functions of a file stand together.
    let texts: usize = functions.map(|function| text_bytes(&function.name) + FUNCTION_BYTES).sum();
    nodes + texts + stacks.frames.len() * FRAME_BYTES
}
