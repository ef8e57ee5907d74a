//! The call stacks of both sides to differential folded stacks: `main;run;step 120 150`, base before new.
//!
//! That is what `flamegraph.pl` and `inferno-flamegraph` draw differential flame graphs from.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escape::visible;
use super::present;
use crate::units::go_int;
use crate::verdict::{Outcome, StackNode, Stacks};

/// The frame of what was folded away.
const FOLDED: &str = "(folded)";

/// Renders the stacks of `outcome`, outermost frame first, with the mean of each side's runs in the metric's unit.
///
/// Several comparisons stand under an outermost frame each, which is called as they are. A comparison without stacks
/// gives no lines.
#[must_use]
pub fn folded(outcome: &Outcome) -> String {
    let mut text = String::new();
    let are_several = outcome.comparisons.len() > 1;
    for comparison in &outcome.comparisons {
        let Some(stacks) = &comparison.stacks else { continue };
        let root =
            if are_several { format!("{};", frame(&present::title(comparison))) } else { String::new() };
        let mut path = Path { text: root, ends: Vec::new() };
        for (row, node) in stacks.nodes.iter().enumerate() {
            path.enter(stacks, row, node);
            let (base, new) = stacks.mean(node.own);
            let (base, new) = (go_int(base.round()), go_int(new.round()));
            if (base, new) != (0, 0) {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{} {base} {new}", path.text);
            }
        }
    }
    text
}

/// The frames from the root to a node, for nodes in preorder.
struct Path {
    text: String,
    /// The nodes on the path, each with the length of the text before its own frame.
    ends: Vec<(usize, usize)>,
}

impl Path {
    fn enter(&mut self, stacks: &Stacks, row: usize, node: &StackNode) {
        while let Some((last, end)) = self.ends.pop_if(|(last, _)| node.parent != u32::try_from(*last).ok()) {
            debug_assert!(last < row, "nodes stand in preorder");
            self.text.truncate(end);
        }
        let end = self.text.len();
        if !self.ends.is_empty() {
            self.text.push(';');
        }
        self.text.push_str(&frame(stacks.function(node).map_or(FOLDED, |function| &function.name)));
        self.ends.push((row, end));
    }
}

/// A name in which no sign parts frames or values: `;` becomes `:`, a blank `_`.
fn frame(name: &str) -> Cow<'_, str> {
    let name = visible(name);
    if name.is_empty() {
        return "_".into();
    }
    if name.contains([';', ' ']) { name.replace(';', ":").replace(' ', "_").into() } else { name }
}
