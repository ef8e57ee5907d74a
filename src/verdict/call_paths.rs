//! The call stacks to the paths behind each broken limit: where the cost that broke it was added.

use hashbrown::HashMap;

use super::comparison::{Comparison, Violation};
use super::limit::Measure;
use super::stacks::{Sides, Stacks};

/// Broken limits that are explained, the worst first.
const MOST_EXPLAINED: usize = 20;
/// Paths and callers of one.
const MOST_SHOWN: usize = 3;

/// What is behind one broken limit. Costs are means of a side's runs.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPaths {
    /// The paths to which most was added, in the order of that.
    pub paths: Vec<CallPath>,
    /// The direct callers under which the function grew, the one that added most first; none for the total.
    pub callers: Vec<Caller>,
}

/// A call path and the own cost of its last frame there.
#[derive(Debug, Clone, PartialEq)]
pub struct CallPath {
    /// The names of its functions, the outermost first.
    pub frames: Vec<String>,
    /// The position of the first frame that differs: of the outermost one whose cost changed at least half as much, in
    /// proportion, as that of the last.
    pub differs: usize,
    /// The source file of the last frame, empty if unknown.
    pub file: String,
    /// The line of the last frame on which the difference is largest, 0 if unknown.
    pub line: i64,
    /// The own cost of the last frame on this path, on the base side.
    pub base: f64,
    /// The same on the new side.
    pub new: f64,
}

/// A caller of a function, and what that function costs when it is called from there.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// Its name.
    pub name: String,
    /// The cost on the base side.
    pub base: f64,
    /// The cost on the new side.
    pub new: f64,
}

/// What is behind the first violations of `comparison`, in their order.
#[must_use]
pub fn call_paths(comparison: &Comparison, stacks: &Stacks) -> Vec<CallPaths> {
    let tree = Tree::new(stacks);
    comparison.violations.iter().take(MOST_EXPLAINED).map(|violation| tree.explain(violation)).collect()
}

/// The stacks merged by the names of functions. Callers stand before their callees.
struct Tree<'a> {
    stacks: &'a Stacks,
    names: Vec<&'a str>,
    nodes: Vec<Node>,
}

struct Node {
    parent: Option<usize>,
    /// Position in the names; `None` for what was folded.
    name: Option<usize>,
    own: Sides,
    total: Sides,
    /// The frame with the largest difference of those that were merged, and that difference.
    frame: (Option<u32>, u64),
}

impl<'a> Tree<'a> {
    fn new(stacks: &'a Stacks) -> Self {
        let mut tree = Self { stacks, names: Vec::new(), nodes: Vec::new() };
        let mut names: HashMap<&str, usize> = HashMap::new();
        let mut index: HashMap<(Option<usize>, Option<usize>), usize> = HashMap::new();
        let mut merged: Vec<usize> = Vec::with_capacity(stacks.nodes.len());
        for node in &stacks.nodes {
            let parent = node.parent.map(|parent| merged[parent as usize]);
            let name = stacks.function(node).map(|function| {
                *names.entry(&function.name).or_insert_with(|| {
                    tree.names.push(&function.name);
                    tree.names.len() - 1
                })
            });
            let id = *index.entry((parent, name)).or_insert(tree.nodes.len());
            if id == tree.nodes.len() {
                let (own, total) = (Sides::default(), Sides::default());
                tree.nodes.push(Node { parent, name, own, total, frame: (node.frame, 0) });
            }
            let sum = &mut tree.nodes[id];
            sum.own = sum.own.plus(node.own);
            sum.total = sum.total.plus(node.total);
            let difference = node.own.new.abs_diff(node.own.base);
            if difference > sum.frame.1 {
                sum.frame = (node.frame, difference);
            }
            merged.push(id);
        }
        tree
    }

    fn explain(&self, violation: &Violation) -> CallPaths {
        let function = violation.function.as_deref();
        let wanted = function.and_then(|name| self.names.iter().position(|&known| known == name));
        let mut is_below: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let is_it = wanted.is_some() && node.name == wanted;
            is_below.push(is_it || node.parent.is_some_and(|parent| is_below[parent]));
        }
        let is_meant = |row: &usize| match (function, violation.measure) {
            (None, _) => true,
            (Some(_), Measure::Flat) => wanted.is_some() && self.nodes[*row].name == wanted,
            (Some(_), _) => is_below[*row],
        };
        let rows = (0..self.nodes.len()).filter(|&row| self.nodes[row].name.is_some()).filter(is_meant);
        let weighed = rows.map(|row| (self.added(self.nodes[row].own), row));
        let mut grown: Vec<(f64, usize)> = weighed.filter(|(added, _)| *added > 0.0).collect();
        grown.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let paths = grown.into_iter().take(MOST_SHOWN).map(|(_, row)| self.path(row)).collect();
        CallPaths { paths, callers: wanted.map_or_else(Vec::new, |name| self.callers(name)) }
    }

    /// What was added from base to new, in means.
    fn added(&self, sums: Sides) -> f64 {
        let (base, new) = self.stacks.mean(sums);
        new - base
    }

    /// The difference as a part of the larger side.
    fn lean(&self, sums: Sides) -> f64 {
        let (base, new) = self.stacks.mean(sums);
        let larger = base.abs().max(new.abs());
        if larger > 0.0 { (new - base) / larger } else { 0.0 }
    }

    fn path(&self, row: usize) -> CallPath {
        let mut rows: Vec<usize> = std::iter::successors(Some(row), |&row| self.nodes[row].parent).collect();
        rows.reverse();
        let least = self.lean(self.nodes[row].own) / 2.0;
        let differs = rows.iter().position(|&row| self.lean(self.nodes[row].total) >= least);
        let name =
            |row: &usize| self.nodes[*row].name.map_or_else(String::new, |name| self.names[name].to_owned());
        let frame = self.nodes[row].frame.0.and_then(|frame| self.stacks.frames.get(frame as usize));
        let function = frame.and_then(|frame| self.stacks.functions.get(frame.function as usize));
        let (base, new) = self.stacks.mean(self.nodes[row].own);
        CallPath {
            frames: rows.iter().map(name).collect(),
            differs: differs.unwrap_or(rows.len() - 1),
            file: function.map_or_else(String::new, |function| function.file.clone()),
            line: frame.map_or(0, |frame| frame.line),
            base,
            new,
        }
    }

    /// The callers under which the function called `name` grew. A call path counts a caller once.
    fn callers(&self, name: usize) -> Vec<Caller> {
        let mut sums: HashMap<usize, Sides> = HashMap::new();
        for node in self.nodes.iter().filter(|node| node.name == Some(name)) {
            let Some(caller) = node.parent else { continue };
            let Some(caller_name) = self.nodes[caller].name else { continue };
            let mut above = std::iter::successors(Some(caller), |&row| self.nodes[row].parent);
            let recurs = above.any(|row| {
                let parent = self.nodes[row].parent;
                self.nodes[row].name == Some(name)
                    && parent.is_some_and(|parent| self.nodes[parent].name == Some(caller_name))
            });
            if !recurs {
                let sum = sums.entry(caller_name).or_default();
                *sum = sum.plus(node.total);
            }
        }
        let mut grown: Vec<(f64, usize, Sides)> =
            sums.into_iter().map(|(name, sum)| (self.added(sum), name, sum)).collect();
        grown.retain(|(added, ..)| *added > 0.0);
        grown.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| self.names[a.1].cmp(self.names[b.1])));
        let caller = |(_, name, sum): (f64, usize, Sides)| {
            let (base, new) = self.stacks.mean(sum);
            Caller { name: self.names[name].to_owned(), base, new }
        };
        grown.into_iter().take(MOST_SHOWN).map(caller).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::comparison::{BreachKind, Change, Cost, Status};
    use super::super::limit::Level;
    use super::super::stacks::{StackFrame, StackFunction, StackNode};
    use super::*;

    /// A path, and the own costs of its last frame.
    type Path<'a> = (&'a [(&'a str, i64)], [i64; 2]);

    /// Stacks of paths, the outermost frame first, with the own costs of their last frames; a frame is a function and
    /// a line.
    fn stacks(paths: &[Path<'_>]) -> Stacks {
        let mut stacks = Stacks {
            functions: Vec::new(),
            frames: Vec::new(),
            nodes: Vec::new(),
            base_divisor: 1.0,
            new_divisor: 1.0,
            folding: None,
        };
        for (path, [base, new]) in paths {
            let mut parent = None;
            for (depth, (name, line)) in path.iter().enumerate() {
                let number = |length: usize| u32::try_from(length).expect("few");
                let (file, name) = (format!("{name}.go"), (*name).to_owned());
                stacks.functions.push(StackFunction {
                    name,
                    system_name: String::new(),
                    file,
                    start_line: 0,
                });
                stacks.frames.push(StackFrame { function: number(stacks.functions.len() - 1), line: *line });
                let is_last = depth + 1 == path.len();
                let own = if is_last { Sides { base: *base, new: *new } } else { Sides::default() };
                let frame = Some(number(stacks.frames.len() - 1));
                let total = Sides { base: *base, new: *new };
                stacks.nodes.push(StackNode { parent, frame, own, total });
                parent = Some(number(stacks.nodes.len() - 1));
            }
        }
        stacks
    }

    fn violation(function: Option<&str>, measure: Measure) -> Violation {
        let change = Change {
            base: Cost::Exact(1),
            new: Cost::Exact(2),
            delta: Cost::Exact(1),
            change: Some(1.0),
            base_share: 0.1,
            new_share: 0.1,
            new_footed: 2.0,
            rise: 1.0,
            evidence: None,
            status: Status::Regressed,
        };
        Violation {
            limit: String::new(),
            level: Level::Fail,
            measure,
            function: function.map(str::to_owned),
            kind: BreachKind::Increase { rise: Some(1.0), words: "" },
            change,
            observed: 2.0,
            allowed: 1.0,
            message: String::new(),
        }
    }

    fn explained(stacks: &Stacks, function: Option<&str>, measure: Measure) -> (Vec<String>, Vec<String>) {
        let CallPaths { paths, callers } = Tree::new(stacks).explain(&violation(function, measure));
        let path = |path: &CallPath| {
            let (differs, base, new) = (&path.frames[path.differs], path.base, path.new);
            format!(
                "{} from {differs}, {base} to {new} at {}:{}",
                path.frames.join(">"),
                path.file,
                path.line
            )
        };
        let callers = callers.iter().map(|caller| format!("{} {}", caller.name, caller.new - caller.base));
        (paths.iter().map(path).collect(), callers.collect())
    }

    #[test]
    fn paths_to_which_most_was_added_come_first_with_the_line_that_changed_most() {
        let stacks = stacks(&[
            (&[("main", 1), ("old", 2), ("f", 10)], [500, 510]),
            (&[("main", 1), ("f", 10)], [100, 110]),
            (&[("main", 3), ("f", 11)], [10, 70]),
            (&[("main", 3), ("fresh", 5), ("f", 12), ("g", 20)], [0, 40]),
            (&[("main", 4), ("less", 6), ("f", 12)], [90, 20]),
        ]);
        let (paths, callers) = explained(&stacks, Some("f"), Measure::Flat);
        assert_eq!(
            paths,
            ["main>f from f, 110 to 180 at f.go:11", "main>old>f from main, 500 to 510 at f.go:10"]
        );
        assert_eq!(callers, ["main 70", "fresh 40", "old 10"]);
        let (paths, _) = explained(&stacks, Some("f"), Measure::Cum);
        assert_eq!(paths[1], "main>fresh>f>g from fresh, 0 to 40 at g.go:20");
        let (paths, callers) = explained(&stacks, None, Measure::Total);
        assert_eq!((paths.len(), callers.len()), (3, 0));
        assert_eq!(explained(&stacks, Some("unknown"), Measure::Flat), (vec![], vec![]));
    }

    #[test]
    fn a_caller_counts_once_however_often_it_recurs() {
        let stacks = stacks(&[(&[("main", 1), ("a", 2), ("f", 3), ("a", 2), ("f", 3)], [0, 50])]);
        let (_, callers) = explained(&stacks, Some("f"), Measure::Cum);
        assert_eq!(callers, ["a 50"]);
    }
}
