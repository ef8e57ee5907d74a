//! A profile to the graph of a report: cut-offs, the top nodes, and the edges left between them.

use hashbrown::HashSet;

use super::edges::{self, Edges, Wanted};
use super::order::{compare_edges, select, sort_nodes};
use super::tags::{TagUnits, collect, key_path};
use super::tree::Tree;
use super::{Edge, Graph, Key, Keys, Measure, Names, Node, NodeId, NodeTags, Order, build};
use crate::error::Result;
use crate::profile::{Profile, SampleView, StrId};
use crate::select::{PathTrim, clean};
use crate::units::go_int;

/// What a report needs to know of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// Nothing.
    None,
    /// Which nodes were inlined: edges into the others are not collected.
    InlineMarks,
    /// All.
    All,
}

/// How to get from all nodes to those of a report.
#[derive(Debug, Clone, Copy)]
pub struct Trimming<'a> {
    /// What to sum up.
    pub measure: Measure,
    /// Object file and start line tell nodes apart.
    pub keeps_objects: bool,
    /// A node for each path instead of one for each place.
    pub is_call_tree: bool,
    /// Nodes that lost are left out.
    pub drops_negative: bool,
    /// Nodes whose cumulative value is below this part of the sum of all flat values are left out.
    pub node_fraction: f64,
    /// The same for edges.
    pub edge_fraction: f64,
    /// Only so many nodes; all of them if it is not positive.
    pub node_count: i64,
    /// The order of nodes. [`Order::Entropy`] makes a picture: tags count as nodes, and residual edges that only
    /// repeat a longer way are left out.
    pub order: Order,
    /// The edges to collect.
    pub calls: Calls,
    /// Collect tags too.
    pub tags: Option<TagUnits<'a>>,
}

/// A graph, and what it lacks.
#[derive(Debug, Clone)]
pub struct Trimmed {
    /// The graph.
    pub graph: Graph,
    /// The names of its places.
    pub names: Names,
    /// Number of nodes before the top nodes were chosen.
    pub original_count: usize,
    /// Number of nodes below the cut-off.
    pub dropped_nodes: usize,
    /// Number of edges below the cut-off.
    pub dropped_edges: usize,
}

/// Builds the graph of `profile` for a report.
///
/// `paths` shortens the file name of each function, each time that pprof would build a graph, so more than once:
/// what it does to its own result decides which nodes of the last graph survive.
///
/// # Errors
/// When the texts of the profile pass their limit.
pub fn trimmed(profile: &mut Profile, paths: &PathTrim, trimming: &Trimming<'_>) -> Result<Trimmed> {
    if trimming.is_call_tree {
        trimmed_tree(profile, paths, trimming)
    } else {
        trimmed_graph(profile, paths, trimming)
    }
}

struct Cutoffs {
    node: i64,
    edge: i64,
}

impl Cutoffs {
    /// Parts of the signed sum of what is shown, which in a difference may be near 0.
    fn new(shown: &[NodeId], nodes: &[Node], trimming: &Trimming<'_>) -> Self {
        let sum = shown.iter().fold(0_i64, |sum, id| sum.wrapping_add(nodes[id.index()].flat.value));
        #[expect(clippy::cast_precision_loss, reason = "pprof multiplies in floating point")]
        let part = |fraction| go_int(sum as f64 * fraction).wrapping_abs();
        Self { node: part(trimming.node_fraction), edge: part(trimming.edge_fraction) }
    }
}

/// The nodes of a graph between two steps of trimming.
struct Stage<'a> {
    profile: &'a mut Profile,
    paths: &'a PathTrim,
    trimming: &'a Trimming<'a>,
    keys: Keys,
    names: Names,
    nodes: Vec<Node>,
    shown: Vec<NodeId>,
    /// The nodes that stay, once some do not.
    kept: Option<Vec<bool>>,
}

impl<'a> Stage<'a> {
    fn new(profile: &'a mut Profile, paths: &'a PathTrim, trimming: &'a Trimming<'a>) -> Result<Self> {
        let mut stage = Self {
            profile,
            paths,
            trimming,
            keys: Keys::default(),
            names: Names::default(),
            nodes: Vec::new(),
            shown: Vec::new(),
            kept: None,
        };
        stage.trim_paths()?;
        stage.measure()?;
        Ok(stage)
    }

    /// Shortens the files of all functions; returns whether that changed one.
    fn trim_paths(&mut self) -> Result<bool> {
        let mut has_changed = false;
        for row in 0..self.profile.functions.len() {
            let old = self.profile.functions[row].filename;
            let trimmed = self.paths.trim(self.profile.text(old)).to_vec();
            let new = self.profile.strings.intern(&trimmed)?;
            self.profile.functions[row].filename = new;
            has_changed |= new != old;
        }
        Ok(has_changed)
    }

    fn measure(&mut self) -> Result<()> {
        let files = clean_files(self.profile)?;
        self.keys = Keys::new(self.profile, &files, self.trimming.keeps_objects);
        self.names = Names::new(self.profile, &self.keys);
        self.nodes = build::measure_nodes(self.profile, &self.keys, self.trimming.measure);
        self.shown = select(&self.nodes, self.trimming.drops_negative);
        Ok(())
    }

    /// Keeps only the nodes `kept`.
    fn restrict(&mut self, kept: &[NodeId]) -> Result<()> {
        let mut is_kept = marked(kept, self.nodes.len());
        if self.trim_paths()? {
            let old: HashSet<Key> = kept.iter().map(|&id| *self.keys.get(id.0)).collect();
            self.measure()?;
            is_kept = self.keys.rows().iter().map(|key| old.contains(key)).collect();
        }
        self.shown.retain(|id| is_kept[id.index()]);
        self.kept = Some(is_kept);
        Ok(())
    }

    fn edges(&self) -> Edges {
        let inlined;
        let targets = match self.trimming.calls {
            Calls::None => return Edges::default(),
            Calls::InlineMarks => {
                inlined = self.keys.inlined();
                Some(inlined.as_slice())
            }
            Calls::All => None,
        };
        let wanted = Wanted { kept: self.kept.as_deref(), targets };
        let rows = edges::collect(self.profile, &self.keys, self.trimming.measure, wanted);
        Edges::new(self.nodes.len(), rows)
    }

    fn sort(&mut self, edges: &Edges) {
        sort_nodes(&mut self.shown, &self.nodes, edges, &self.names, self.trimming.order);
    }

    fn tags(&self, cutoff: i64) -> Vec<NodeTags> {
        let Some(units) = self.trimming.tags else { return Vec::new() };
        let path = |sample: &SampleView<'_>, path: &mut Vec<NodeId>| key_path(&self.keys, sample.stack, path);
        let wanted = marked(&self.shown, self.nodes.len());
        trim_tags(collect(self.profile, self.trimming.measure, units, &wanted, path), cutoff)
    }
}

fn trimmed_graph(profile: &mut Profile, paths: &PathTrim, trimming: &Trimming<'_>) -> Result<Trimmed> {
    let mut stage = Stage::new(profile, paths, trimming)?;
    let cutoffs = Cutoffs::new(&stage.shown, &stage.nodes, trimming);
    let mut dropped_nodes = 0;
    if let Some(kept) = above(&stage.shown, &stage.nodes, cutoffs.node) {
        dropped_nodes = stage.shown.len() - kept.len();
        stage.restrict(&kept)?;
    }
    let original_count = stage.shown.len();

    // Only the order of pictures looks at edges; for the others they wait until the top nodes are known.
    let needs_edges = trimming.order == Order::Entropy;
    let edges_now = |stage: &Stage<'_>| if needs_edges { stage.edges() } else { Edges::default() };
    let mut edges = edges_now(&stage);
    let mut tags = stage.tags(cutoffs.node);
    stage.sort(&edges);
    if trimming.node_count > 0 {
        drop_edges(&mut edges, &stage.shown, stage.nodes.len(), cutoffs.edge);
        let mut top = top_nodes(&stage.shown, &tags, trimming);
        // The smallest integer has no absolute value; pprof finds it below a cut-off of 0.
        top.retain(|id| stage.nodes[id.index()].cum.value != i64::MIN);
        if top.len() != stage.shown.len() {
            stage.restrict(&top)?;
            edges = edges_now(&stage);
            tags = stage.tags(cutoffs.node);
            stage.sort(&edges);
        }
    }
    if !needs_edges {
        edges = stage.edges();
    }
    let dropped_edges = drop_edges(&mut edges, &stage.shown, stage.nodes.len(), cutoffs.edge);
    if needs_edges {
        remove_redundant(&mut edges, &stage.shown, &stage.nodes, &stage.names);
    }
    let Stage { keys, names, nodes, shown, .. } = stage;
    let functions = keys.functions();
    let graph = Graph { keys, nodes, shown, edges, tags, functions };
    Ok(Trimmed { graph, names, original_count, dropped_nodes, dropped_edges })
}

fn trimmed_tree(profile: &mut Profile, paths: &PathTrim, trimming: &Trimming<'_>) -> Result<Trimmed> {
    let mut stage = Stage::new(profile, paths, trimming)?;
    let mut tree = Tree::new(stage.profile, &stage.keys, trimming.measure);
    stage.nodes.clone_from(&tree.nodes);
    stage.shown = select(&tree.nodes, trimming.drops_negative);
    let all = stage.shown.clone();
    let functions = tree.functions(&stage.keys.functions());
    let path = |sample: &SampleView<'_>, path: &mut Vec<NodeId>| tree.path(sample, &stage.keys, path);
    let cutoffs = Cutoffs::new(&stage.shown, &tree.nodes, trimming);
    let tags = trimming.tags.map_or_else(Vec::new, |units| {
        let wanted = marked(&stage.shown, tree.nodes.len());
        trim_tags(collect(stage.profile, trimming.measure, units, &wanted, path), cutoffs.node)
    });

    let mut dropped_nodes = 0;
    if let Some(kept) = above(&stage.shown, &tree.nodes, cutoffs.node) {
        dropped_nodes = stage.shown.len() - kept.len();
        tree.remove(&stage.shown, &kept);
        stage.shown = kept;
    }
    let original_count = stage.shown.len();

    let mut edges = tree.edges(&all, &stage.shown);
    stage.sort(&edges);
    if trimming.node_count > 0 {
        tree.remove_calls(&stage.shown, cutoffs.edge);
        let top = top_nodes(&stage.shown, &tags, trimming);
        if top.len() != stage.shown.len() {
            tree.remove(&stage.shown, &top);
            stage.shown = top;
            edges = tree.edges(&all, &stage.shown);
            stage.sort(&edges);
        }
    }
    let dropped_edges = tree.remove_calls(&stage.shown, cutoffs.edge);
    let edges = tree.edges(&all, &stage.shown);
    let Stage { keys, names, nodes, shown, .. } = stage;
    let graph = Graph { keys, nodes, shown, edges, tags, functions };
    Ok(Trimmed { graph, names, original_count, dropped_nodes, dropped_edges })
}

/// The file of each function as a node shows it.
///
/// # Errors
/// When the texts of the profile pass their limit.
pub fn clean_files(profile: &mut Profile) -> Result<Vec<StrId>> {
    let mut files = Vec::with_capacity(profile.functions.len());
    for row in 0..profile.functions.len() {
        let file = profile.text(profile.functions[row].filename);
        let cleaned = if file.is_empty() { Vec::new() } else { clean(file).into_owned() };
        files.push(profile.strings.intern(&cleaned)?);
    }
    Ok(files)
}

fn trim_tags(mut tags: Vec<NodeTags>, cutoff: i64) -> Vec<NodeTags> {
    for tags in &mut tags {
        tags.trim(cutoff);
    }
    tags
}

/// For each of `nodes` nodes whether it is in `ids`.
fn marked(ids: &[NodeId], nodes: usize) -> Vec<bool> {
    let mut marked = vec![false; nodes];
    for id in ids {
        marked[id.index()] = true;
    }
    marked
}

/// The nodes of `shown` whose cumulative value reaches `cutoff`, if that is not all of them.
fn above(shown: &[NodeId], nodes: &[Node], cutoff: i64) -> Option<Vec<NodeId>> {
    if cutoff <= 0 {
        return None;
    }
    let reaches = |id: &&NodeId| nodes[id.index()].cum.value.wrapping_abs() >= cutoff;
    let kept: Vec<NodeId> = shown.iter().filter(reaches).copied().collect();
    (kept.len() != shown.len()).then_some(kept)
}

/// A node of a picture has at most so many tags.
pub const MOST_TAGS: usize = 4;

/// The first nodes of `shown`; in a picture the tags of a node count as nodes.
fn top_nodes(shown: &[NodeId], tags: &[NodeTags], trimming: &Trimming<'_>) -> Vec<NodeId> {
    let most = usize::try_from(trimming.node_count).unwrap_or(usize::MAX);
    let mut count = most.min(shown.len());
    if trimming.order == Order::Entropy {
        let mut boxes = 0;
        for (row, id) in shown.iter().enumerate() {
            boxes += 1 + tags.get(id.index()).map_or(0, |tags| tags.flat_count().min(MOST_TAGS));
            if boxes >= most {
                count = row + 1;
                break;
            }
        }
    }
    shown[..count].to_vec()
}

/// Removes edges below `cutoff` that lead to a node that is shown; returns how many.
fn drop_edges(edges: &mut Edges, shown: &[NodeId], nodes: usize, cutoff: i64) -> usize {
    let before = edges.rows().len();
    if before > 0 {
        let is_shown = marked(shown, nodes);
        edges.retain(|edge| !is_shown[edge.target.index()] || edge.weight.value.wrapping_abs() >= cutoff);
    }
    before - edges.rows().len()
}

/// Removes residual edges whose ends are connected without them, the lightest first.
///
/// An edge heavier than a direct one stays, so that no call looks more important than it is.
fn remove_redundant(edges: &mut Edges, shown: &[NodeId], nodes: &[Node], names: &Names) {
    let mut is_removed = vec![false; edges.rows().len()];
    for &node in shown.iter().rev() {
        let mut incoming: Vec<u32> = edges.incoming_rows(node).to_vec();
        let row = |row: u32| &edges.rows()[row as usize];
        incoming.sort_by(|&x, &y| compare_edges(row(x), row(y), nodes, names));
        for &edge in incoming.iter().rev() {
            if !row(edge).is_residual {
                break;
            }
            if is_redundant(edges, edge, &is_removed, nodes.len()) {
                is_removed[edge as usize] = true;
            }
        }
    }
    let mut rows = is_removed.iter();
    edges.retain(|_| rows.next().is_none_or(|&is_removed| !is_removed));
}

/// Whether the caller of `edge` reaches what it calls by other edges.
fn is_redundant(edges: &Edges, edge: u32, is_removed: &[bool], nodes: usize) -> bool {
    let Edge { source, target, .. } = edges.rows()[edge as usize];
    let mut seen = vec![false; nodes];
    seen[target.index()] = true;
    let mut queue = vec![target];
    while let Some(node) = queue.pop() {
        for &incoming in edges.incoming_rows(node) {
            let caller = edges.rows()[incoming as usize].source;
            if incoming == edge || is_removed[incoming as usize] || seen[caller.index()] {
                continue;
            }
            if caller == source {
                return true;
            }
            seen[caller.index()] = true;
            queue.push(caller);
        }
    }
    false
}
