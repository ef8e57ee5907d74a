//! The call stacks of both sides as one tree of plain data: what flame graphs and folded stacks are drawn from.

/// A value of each side: the exact sum over the runs of that side, in the metric's unit as the profiles have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// Sum over the base runs.
    pub base: i64,
    /// Sum over the new runs.
    pub new: i64,
}

/// A function as it stands in the profiles. Several may have one name, and count as one row of the comparison then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFunction {
    /// The name of its row in the comparison, [`FunctionChange::name`](super::FunctionChange::name).
    pub name: String,
    /// The name as the linker knows it, empty if unknown.
    pub system_name: String,
    /// The source file, empty if unknown.
    pub file: String,
    /// The line on which the function starts, 0 if unknown.
    pub start_line: i64,
}

/// A place in a function: where it calls the next frame, or where it spends its own cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackFrame {
    /// The function, an index into [`Stacks::functions`].
    pub function: u32,
    /// The line, 0 if unknown or if rows do not tell lines apart.
    pub line: i64,
}

/// A frame under one call path. What it and its callees cost is its total; its own cost is what no callee has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackNode {
    /// The caller, an index into [`Stacks::nodes`] that is smaller than that of the node itself; `None` for an
    /// outermost frame.
    pub parent: Option<u32>,
    /// The frame, an index into [`Stacks::frames`]; `None` for what was folded away under `parent`.
    pub frame: Option<u32>,
    /// The cost of its own code on this path.
    pub own: Sides,
    /// Its own cost and that of everything below: `own` plus the totals of its children, to the last digit.
    pub total: Sides,
}

/// Which call paths were folded into one node under their common caller. No cost is lost by that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Folding {
    /// A path was folded when on both sides it takes less than this part of the larger side's total.
    pub below: f64,
    /// The cost under all folded nodes.
    pub folded: Sides,
}

/// Every call stack of both sides and all their runs, merged from the outermost frame on.
///
/// The nodes stand in preorder: a caller before its callees, all callees of one node before its next sibling, siblings by
/// name, then by line, the folded rest last. The totals of nodes without a parent add up to the sums of all selected samples. Costs are
/// sums over runs; [`Self::mean`] makes what rows of the comparison show of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stacks {
    /// Every function on a stack.
    pub functions: Vec<StackFunction>,
    /// Every frame on a stack.
    pub frames: Vec<StackFrame>,
    /// The tree.
    pub nodes: Vec<StackNode>,
    /// What base sums are divided by: the number of base runs, times `--divide-by`.
    pub base_divisor: f64,
    /// What new sums are divided by.
    pub new_divisor: f64,
    /// What was folded; `None` if every call path has its own node.
    pub folding: Option<Folding>,
}

impl Stacks {
    /// The function of a node, `None` for what was folded.
    #[must_use]
    pub fn function(&self, node: &StackNode) -> Option<&StackFunction> {
        self.functions.get(self.frames.get(node.frame? as usize)?.function as usize)
    }

    /// The line of a node, 0 if unknown.
    #[must_use]
    pub fn line(&self, node: &StackNode) -> i64 {
        node.frame.and_then(|frame| self.frames.get(frame as usize)).map_or(0, |frame| frame.line)
    }

    /// The cost of all nodes.
    #[must_use]
    pub fn total(&self) -> Sides {
        let roots = self.nodes.iter().filter(|node| node.parent.is_none());
        roots.fold(Sides::default(), |sum, node| sum.plus(node.total))
    }

    /// The means of both sides' runs, as rows of the comparison show them: base, then new.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "means are floating-point numbers")]
    pub fn mean(&self, sums: Sides) -> (f64, f64) {
        (sums.base as f64 / self.base_divisor, sums.new as f64 / self.new_divisor)
    }
}

impl Sides {
    /// The sum of both; it fits, as it is that of samples whose sum was found to fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { base: self.base.wrapping_add(other.base), new: self.new.wrapping_add(other.new) }
    }
}
