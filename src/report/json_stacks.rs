//! The tree of call stacks as columns of JSON, and back: what `json-full` embeds.
//!
//! As in the rest of the format, these structs are apart from the internal types. Columns keep a tree of 100,000 nodes
//! at a few megabytes.

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::verdict::{Folding, Sides, StackFrame, StackFunction, StackNode, Stacks};

/// The call stacks of both sides, all runs of a side summed.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct StacksV1 {
    /// Every text once; other columns refer to it by position.
    texts: Vec<String>,
    functions: FunctionsV1,
    frames: FramesV1,
    nodes: NodesV1,
    /// What base sums are divided by to become the values of rows.
    base_divisor: f64,
    /// What new sums are divided by.
    new_divisor: f64,
    /// Null if every call path has its own node.
    folding: Option<FoldingV1>,
}

/// Functions; columns of equal length.
#[derive(Serialize, Deserialize, JsonSchema)]
struct FunctionsV1 {
    /// The name of its row.
    name: Vec<u32>,
    /// The name as the linker knows it.
    system_name: Vec<u32>,
    /// The source file.
    file: Vec<u32>,
    /// The line on which it starts, 0 if unknown.
    start_line: Vec<i64>,
}

/// Places in functions; columns of equal length.
#[derive(Serialize, Deserialize, JsonSchema)]
struct FramesV1 {
    /// Position in `functions`.
    function: Vec<u32>,
    /// The line, 0 if unknown.
    line: Vec<i64>,
}

/// The tree in preorder; columns of equal length. A node's total is its own cost and the totals of its children.
#[derive(Serialize, Deserialize, JsonSchema)]
struct NodesV1 {
    /// How many callers the node has.
    depth: Vec<u32>,
    /// Position in `frames`; -1 for what was folded away under the caller.
    frame: Vec<i64>,
    /// The cost of its own code on the base side.
    base: Vec<i64>,
    /// The cost of its own code on the new side.
    new: Vec<i64>,
}

/// What was folded.
#[derive(Serialize, Deserialize, JsonSchema)]
struct FoldingV1 {
    /// Call paths below this part of the larger side's total were folded.
    below: f64,
    /// The cost of folded nodes on the base side.
    base: i64,
    /// The cost of folded nodes on the new side.
    new: i64,
}

/// Every text once, by position.
#[derive(Default)]
struct Texts<'a> {
    texts: Vec<String>,
    index: HashMap<&'a str, u32>,
}

impl<'a> Texts<'a> {
    fn position(&mut self, text: &'a str) -> u32 {
        // Positions stay below the number of functions times three, which memory bounds.
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.index.entry(text).or_insert_with(|| {
            self.texts.push(text.to_owned());
            next
        })
    }
}

impl From<&Stacks> for StacksV1 {
    fn from(stacks: &Stacks) -> Self {
        let mut texts = Texts::default();
        let functions = &stacks.functions;
        let functions = FunctionsV1 {
            name: functions.iter().map(|function| texts.position(&function.name)).collect(),
            system_name: functions.iter().map(|function| texts.position(&function.system_name)).collect(),
            file: functions.iter().map(|function| texts.position(&function.file)).collect(),
            start_line: functions.iter().map(|function| function.start_line).collect(),
        };
        let nodes = &stacks.nodes;
        let mut depth: Vec<u32> = Vec::with_capacity(nodes.len());
        for node in nodes {
            depth.push(node.parent.map_or(0, |parent| depth[parent as usize] + 1));
        }
        Self {
            functions,
            texts: texts.texts,
            frames: FramesV1 {
                function: stacks.frames.iter().map(|frame| frame.function).collect(),
                line: stacks.frames.iter().map(|frame| frame.line).collect(),
            },
            nodes: NodesV1 {
                depth,
                frame: nodes.iter().map(|node| node.frame.map_or(-1, i64::from)).collect(),
                base: nodes.iter().map(|node| node.own.base).collect(),
                new: nodes.iter().map(|node| node.own.new).collect(),
            },
            base_divisor: stacks.base_divisor,
            new_divisor: stacks.new_divisor,
            folding: stacks.folding.map(|folding| FoldingV1 {
                below: folding.below,
                base: folding.folded.base,
                new: folding.folded.new,
            }),
        }
    }
}

impl StacksV1 {
    /// The tree, `None` if the columns do not fit together: a file may hold anything.
    pub(super) fn into_stacks(self) -> Option<Stacks> {
        let Self { texts, functions, frames, nodes, .. } = self;
        let text = |position: &u32| texts.get(*position as usize).cloned();
        let same = |lengths: &[usize]| lengths.windows(2).all(|pair| pair[0] == pair[1]);
        let is_even = same(&[
            functions.name.len(),
            functions.system_name.len(),
            functions.file.len(),
            functions.start_line.len(),
        ]) && same(&[frames.function.len(), frames.line.len()])
            && same(&[nodes.depth.len(), nodes.frame.len(), nodes.base.len(), nodes.new.len()]);
        if !is_even {
            return None;
        }
        let functions = (0..functions.name.len())
            .map(|row| {
                Some(StackFunction {
                    name: text(&functions.name[row])?,
                    system_name: text(&functions.system_name[row])?,
                    file: text(&functions.file[row])?,
                    start_line: functions.start_line[row],
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let frames = frames
            .function
            .iter()
            .zip(&frames.line)
            .map(|(&function, &line)| {
                ((function as usize) < functions.len()).then_some(StackFrame { function, line })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Stacks {
            nodes: tree(&nodes, frames.len())?,
            functions,
            frames,
            base_divisor: self.base_divisor,
            new_divisor: self.new_divisor,
            folding: self.folding.map(|folding| Folding {
                below: folding.below,
                folded: Sides { base: folding.base, new: folding.new },
            }),
        })
    }
}

/// The nodes with their parents and totals.
fn tree(columns: &NodesV1, frames: usize) -> Option<Vec<StackNode>> {
    let mut nodes = Vec::with_capacity(columns.depth.len());
    // The path to the node that was read last.
    let mut path: Vec<u32> = Vec::new();
    for (row, &depth) in columns.depth.iter().enumerate() {
        let depth = usize::try_from(depth).ok().filter(|&depth| depth <= path.len())?;
        path.truncate(depth);
        let frame = match columns.frame[row] {
            -1 => None,
            frame => Some(u32::try_from(frame).ok().filter(|&frame| (frame as usize) < frames)?),
        };
        let own = Sides { base: columns.base[row], new: columns.new[row] };
        nodes.push(StackNode { parent: path.last().copied(), frame, own, total: own });
        path.push(u32::try_from(row).ok()?);
    }
    for row in (0..nodes.len()).rev() {
        let StackNode { parent, total, .. } = nodes[row];
        if let Some(parent) = parent {
            let parent = &mut nodes[parent as usize].total;
            *parent = parent.plus(total);
        }
    }
    Some(nodes)
}
