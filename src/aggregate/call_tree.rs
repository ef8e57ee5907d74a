//! Stacks of both sides to one call tree.

use hashbrown::HashMap;

use super::frames::{FrameId, LocationFrames};
use super::prefixes::{PathBounds, PathHash};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::LocationId;

/// One side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is compared with.
    Base,
    /// What is compared.
    New,
}

impl Side {
    /// The column of the side.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Base => 0,
            Self::New => 1,
        }
    }
}

/// The frames of a stack from the outermost to the leaf.
#[inline]
pub(super) fn outermost_first<'a>(
    frames: &'a LocationFrames,
    stack: &'a [LocationId],
) -> impl Iterator<Item = FrameId> + 'a {
    stack.iter().rev().flat_map(|&location| frames.of(location).iter().rev().copied())
}

/// A node: a frame under a call path, or the paths folded away there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeNode {
    /// The caller; 0, the root, is its own.
    pub parent: u32,
    /// The frame, `None` for what was folded away; the root has none either.
    pub frame: Option<FrameId>,
    /// The cost of its own code, base and new.
    pub own: [i64; 2],
}

/// Which paths are folded while a tree is made: those whose bound stays below a floor on both sides.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'a> {
    /// What paths cost at most.
    pub bounds: &'a PathBounds,
    /// The smallest cost of a path that is kept, base and new.
    pub floors: [u64; 2],
}

/// A call tree with the costs of both sides. Node 0 is the root, which is no frame; a caller stands before its callees.
#[derive(Debug)]
pub struct CallTree {
    nodes: Vec<TreeNode>,
    index: HashMap<(u32, Option<FrameId>), u32>,
}

impl Default for CallTree {
    fn default() -> Self {
        let root = TreeNode { parent: 0, frame: None, own: [0; 2] };
        Self { nodes: vec![root], index: HashMap::new() }
    }
}

impl CallTree {
    /// Adds one sample: its stack, leaf first, and its value.
    ///
    /// # Errors
    /// When the tree has more than 2³² nodes or a sum passes 2⁶³.
    pub fn add(
        &mut self,
        side: Side,
        frames: &LocationFrames,
        stack: &[LocationId],
        value: i64,
        cut: Option<Cut<'_>>,
    ) -> Result<()> {
        if value == 0 {
            return Ok(());
        }
        let mut at = 0;
        let mut path = PathHash::ROOT;
        for frame in outermost_first(frames, stack) {
            if let Some(Cut { bounds, floors }) = cut {
                path = path.then(frame);
                if !bounds.may_reach(path, floors) {
                    at = self.child(at, None)?;
                    break;
                }
            }
            at = self.child(at, Some(frame))?;
        }
        let mut own = [0; 2];
        own[side.index()] = value;
        self.spend(at, own)
    }

    /// Adds the costs of `other`.
    ///
    /// # Errors
    /// Those of [`Self::add`].
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if self.nodes.len() == 1 && self.nodes[0].own == [0; 2] {
            *self = other;
            return Ok(());
        }
        let mut ids: Vec<u32> = Vec::with_capacity(other.nodes.len());
        for (row, node) in other.nodes.iter().enumerate() {
            let id = if row == 0 { 0 } else { self.child(ids[node.parent as usize], node.frame)? };
            ids.push(id);
            self.spend(id, node.own)?;
        }
        Ok(())
    }

    fn child(&mut self, parent: u32, frame: Option<FrameId>) -> Result<u32> {
        let next = u32::try_from(self.nodes.len())
            .map_err(|_| Error::new(ErrorKind::Malformed, "the profiles have more than 2^32 call paths"))?;
        let id = *self.index.entry((parent, frame)).or_insert(next);
        if id == next {
            self.nodes.push(TreeNode { parent, frame, own: [0; 2] });
        }
        Ok(id)
    }

    fn spend(&mut self, node: u32, own: [i64; 2]) -> Result<()> {
        let node = &mut self.nodes[node as usize];
        for (sum, cost) in node.own.iter_mut().zip(own) {
            *sum = sum.checked_add(cost).ok_or_else(super::overflow)?;
        }
        Ok(())
    }

    /// The nodes, the root first, each caller before its callees.
    #[must_use]
    pub fn into_nodes(self) -> Vec<TreeNode> {
        self.nodes
    }
}
