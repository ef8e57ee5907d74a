//! A call tree of ids to [`Stacks`]: names for numbers, siblings in a fixed order.

use super::stacks::{Sides, StackFrame, StackFunction, StackNode, Stacks};
use crate::aggregate::{FrameKey, Frames, Keys, TreeNode};

/// Lays out `nodes`, the root first and callers before callees, which refer to `frames` of rows of `keys`. Sums are
/// divided by `divisors`, base first, to be compared with rows.
#[must_use]
pub fn lay_out(nodes: &[TreeNode], frames: &Frames, keys: &Keys, divisors: (f64, f64)) -> Stacks {
    let names = Names::new(nodes, frames, keys);
    Stacks {
        nodes: in_order(nodes, &names),
        functions: names.functions,
        frames: names.frames,
        folding: None,
        base_divisor: divisors.0,
        new_divisor: divisors.1,
    }
}

/// The nodes in preorder, siblings by the order of their frames.
fn in_order(nodes: &[TreeNode], names: &Names) -> Vec<StackNode> {
    let count = nodes.len();
    let frame = |row: usize| nodes[row].frame.map(|frame| names.position[frame.index()]);
    let mut siblings: Vec<usize> = (1..count).collect();
    // The folded rest, which has no frame, comes last.
    siblings.sort_unstable_by_key(|&row| (nodes[row].parent, frame(row).unwrap_or(u32::MAX)));
    let mut starts: Vec<usize> = vec![0; count + 1];
    for &row in &siblings {
        starts[nodes[row].parent as usize + 1] += 1;
    }
    for row in 0..count {
        starts[row + 1] += starts[row];
    }
    let children = |row: usize| siblings[starts[row]..starts[row + 1]].iter().rev().copied();
    let mut laid: Vec<StackNode> = Vec::with_capacity(count);
    let mut waiting: Vec<(usize, Option<u32>)> =
        if count == 0 { Vec::new() } else { children(0).map(|row| (row, None)).collect() };
    while let Some((row, parent)) = waiting.pop() {
        let [base, new] = nodes[row].own;
        let own = Sides { base, new };
        let id = u32::try_from(laid.len()).ok();
        laid.push(StackNode { parent, frame: frame(row), own, total: own });
        waiting.extend(children(row).map(|child| (child, id)));
    }
    for row in (0..laid.len()).rev() {
        let StackNode { parent, total, .. } = laid[row];
        if let Some(parent) = parent {
            let sum = &mut laid[parent as usize].total;
            *sum = sum.plus(total);
        }
    }
    // What no frame spent stands at the root: samples without a stack.
    let [base, new] = nodes.first().map_or([0; 2], |root| root.own);
    if (base, new) != (0, 0) {
        let own = Sides { base, new };
        laid.push(StackNode { parent: None, frame: None, own, total: own });
    }
    laid
}

/// The functions and frames on the nodes of a tree, in the order of their names.
struct Names {
    functions: Vec<StackFunction>,
    frames: Vec<StackFrame>,
    /// The place of each frame that stands on a node.
    position: Vec<u32>,
}

impl Names {
    fn new(nodes: &[TreeNode], frames: &Frames, keys: &Keys) -> Self {
        let mut is_used = vec![false; frames.len()];
        for frame in nodes.iter().filter_map(|node| node.frame) {
            is_used[frame.index()] = true;
        }
        let text = |id| String::from_utf8_lossy(frames.text(id)).into_owned();
        let function = |key: &FrameKey| StackFunction {
            name: keys.name(key.row),
            system_name: text(key.system_name),
            file: text(key.file),
            start_line: key.start_line,
        };
        let used = frames.iter().filter(|(id, _)| is_used[id.index()]);
        let mut frames_in_use: Vec<_> = used.map(|(id, key)| (function(key), key.line, id)).collect();
        let sort_key = |(function, line, _): &(StackFunction, i64, _)| {
            let StackFunction { name, system_name, file, start_line } = function;
            (name.clone(), file.clone(), *start_line, system_name.clone(), *line)
        };
        frames_in_use.sort_by_cached_key(sort_key);
        let mut names = Self { functions: Vec::new(), frames: Vec::new(), position: vec![0; frames.len()] };
        for (function, line, id) in frames_in_use {
            if names.functions.last() != Some(&function) {
                names.functions.push(function);
            }
            // Ids are below 2^32, and no more of them are used.
            let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
            names.position[id.index()] = number(names.frames.len());
            names.frames.push(StackFrame { function: number(names.functions.len() - 1), line });
        }
        names
    }
}
