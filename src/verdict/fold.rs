//! Call stacks to fewer: small call paths become one node under their common caller, and no cost is lost.

use super::stacks::{Folding, Sides, StackNode, Stacks};

/// What is done with a node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    /// It is folded under its caller, which stays.
    Folds,
    /// It lies below one that is folded.
    Follows,
}

/// A node that stays, while what it calls is read.
struct Open {
    id: u32,
    /// How many nodes were read from the root to it.
    depth: usize,
    rest: Option<Sides>,
}

impl Stacks {
    /// The same stacks, without a path of its own for what takes less than `part` of the larger side's total on both
    /// sides, or than the larger part at which no more than `most` nodes stay. A path takes the magnitudes of the costs
    /// on it. Both sides are held to the same cost, or what is folded on one alone would look as if it had gone.
    #[must_use]
    pub fn folded(self, part: f64, most: usize) -> Self {
        let parts = self.parts();
        let below = smallest_kept(&parts, part, most);
        let mut nodes: Vec<StackNode> = Vec::new();
        let mut fates: Vec<Fate> = Vec::with_capacity(self.nodes.len());
        let mut depths: Vec<usize> = Vec::with_capacity(self.nodes.len());
        let mut ids: Vec<u32> = vec![0; self.nodes.len()];
        let mut path: Vec<Open> = Vec::new();
        let mut rest_of_roots = None;
        for (row, node) in self.nodes.iter().enumerate() {
            let caller = node.parent.map(|parent| parent as usize);
            let depth = caller.map_or(0, |caller| depths[caller] + 1);
            depths.push(depth);
            while let Some(open) = path.pop_if(|open| open.depth >= depth) {
                close(&mut nodes, &open);
            }
            let fate = match caller {
                Some(caller) if fates[caller] != Fate::Stays => Fate::Follows,
                _ if node.frame.is_some() && parts[row] >= below => Fate::Stays,
                _ => Fate::Folds,
            };
            fates.push(fate);
            match fate {
                Fate::Stays => {
                    ids[row] = position(nodes.len());
                    nodes.push(StackNode { parent: caller.map(|caller| ids[caller]), ..*node });
                    path.push(Open { id: ids[row], depth, rest: None });
                }
                Fate::Folds => {
                    let rest = path.last_mut().map_or(&mut rest_of_roots, |open| &mut open.rest);
                    *rest = Some(rest.unwrap_or_default().plus(node.total));
                }
                Fate::Follows => {}
            }
        }
        while let Some(open) = path.pop() {
            close(&mut nodes, &open);
        }
        if let Some(rest) = rest_of_roots {
            nodes.push(folded_node(None, rest));
        }
        let folded = nodes.iter().filter(|node| node.frame.is_none());
        let folded = folded.fold(Sides::default(), |sum, node| sum.plus(node.total));
        // A sample without a frame has none to fold.
        let is_path = |(node, fate): (&StackNode, &Fate)| node.frame.is_some() && *fate == Fate::Folds;
        let has_folded = self.folding.is_some() || self.nodes.iter().zip(&fates).any(is_path);
        let folding = has_folded.then_some(Folding { below, folded });
        Self { nodes, folding, ..self }.without_unused()
    }

    /// For each node what it and its callees take on their larger side, as a part of the larger side's total.
    #[expect(clippy::cast_precision_loss, reason = "parts are floating-point numbers")]
    fn parts(&self) -> Vec<f64> {
        let magnitude = |own: Sides| [own.base.unsigned_abs(), own.new.unsigned_abs()];
        let mut sums: Vec<[u64; 2]> = self.nodes.iter().map(|node| magnitude(node.own)).collect();
        let mut totals = [0_u64; 2];
        for row in (0..sums.len()).rev() {
            let sum = sums[row];
            let above = match self.nodes[row].parent {
                Some(parent) => &mut sums[parent as usize],
                None => &mut totals,
            };
            for side in 0..2 {
                above[side] = above[side].saturating_add(sum[side]);
            }
        }
        let larger =
            |[base, new]: [u64; 2]| (base as f64 / self.base_divisor).max(new as f64 / self.new_divisor);
        let total = larger(totals);
        sums.into_iter().map(|sum| if total > 0.0 { larger(sum) / total } else { 0.0 }).collect()
    }

    /// The same stacks without functions and frames that stand on no node.
    fn without_unused(mut self) -> Self {
        let mut frames = vec![false; self.frames.len()];
        let mut functions = vec![false; self.functions.len()];
        for frame in self.nodes.iter().filter_map(|node| node.frame) {
            frames[frame as usize] = true;
            functions[self.frames[frame as usize].function as usize] = true;
        }
        let new_frames = renumbered(&frames);
        let new_functions = renumbered(&functions);
        for node in &mut self.nodes {
            node.frame = node.frame.map(|frame| new_frames[frame as usize]);
        }
        let mut is_kept = frames.into_iter();
        self.frames.retain(|_| is_kept.next().unwrap_or(true));
        for frame in &mut self.frames {
            frame.function = new_functions[frame.function as usize];
        }
        let mut is_kept = functions.into_iter();
        self.functions.retain(|_| is_kept.next().unwrap_or(true));
        self
    }
}

/// The smallest part that a path must take to stay: at least `part`, and large enough that no more than `most` do.
fn smallest_kept(parts: &[f64], part: f64, most: usize) -> f64 {
    let mut kept: Vec<f64> = parts.iter().copied().filter(|&size| size >= part).collect();
    if kept.len() <= most {
        return part;
    }
    let (_, cut, _) = kept.select_nth_unstable_by(most, |a, b| b.total_cmp(a));
    let cut = *cut;
    // Equal parts stay or go together; if they are too many, all of them go.
    kept.into_iter().filter(|&size| size > cut).fold(f64::INFINITY, f64::min)
}

/// Adds what was folded under a node that has no more callees.
fn close(nodes: &mut Vec<StackNode>, open: &Open) {
    if let Some(rest) = open.rest {
        nodes.push(folded_node(Some(open.id), rest));
    }
}

fn folded_node(parent: Option<u32>, cost: Sides) -> StackNode {
    StackNode { parent, frame: None, own: cost, total: cost }
}

/// The place that each entry has among those that are kept.
fn renumbered(is_kept: &[bool]) -> Vec<u32> {
    let mut next = 0;
    is_kept
        .iter()
        .map(|&kept| {
            let number = next;
            next += u32::from(kept);
            number
        })
        .collect()
}

/// A position among nodes, of which there are fewer than 2³².
fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
