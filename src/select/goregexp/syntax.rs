//! A parsed Go regular expression, with the flags in force resolved into each node.

use std::borrow::Cow;

/// A regular expression. Groups leave no trace but the shape of the tree: a search that only asks whether
/// something matches needs neither captures nor to know which repetitions are greedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Matches the empty text.
    Empty,
    /// One character; with `fold`, or one that differs in case alone.
    Literal {
        /// A code point, which may be a surrogate.
        code: u32,
        /// Whether case is ignored.
        fold: bool,
    },
    /// One character of a set.
    Class(Class),
    /// Any character; without `newline`, any but `\n`.
    Any {
        /// Whether `\n` counts.
        newline: bool,
    },
    /// A condition on the position.
    Assertion(Assertion),
    /// `node` between `min` and `max` times.
    Repeat {
        /// What is repeated.
        node: Box<Node>,
        /// At least so often.
        min: u32,
        /// At most so often, or without end.
        max: Option<u32>,
    },
    /// One after the other.
    Concat(Vec<Node>),
    /// One of these.
    Alternate(Vec<Node>),
}

/// Conditions on a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    /// `\A`, and `^` without the flag `m`.
    TextStart,
    /// `\z`, and `$` without the flag `m`.
    TextEnd,
    /// `^` with the flag `m`.
    LineStart,
    /// `$` with the flag `m`.
    LineEnd,
    /// `\b`: between an ASCII word character and something else.
    WordBoundary,
    /// `\B`.
    NotWordBoundary,
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    /// Whether the set is what `items` do not hold.
    pub(super) negated: bool,
    /// Whether case is ignored.
    pub(super) fold: bool,
    /// The set is the union of these.
    pub(super) items: Vec<ClassItem>,
}

/// A part of a set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ClassItem {
    /// The code points from the first to the last, both included.
    Range(u32, u32),
    /// A set by name.
    Named {
        /// Whether what the set does not hold is meant.
        negated: bool,
        /// The set in the syntax of the `regex` crate, to stand between brackets.
        set: Cow<'static, str>,
    },
}

impl Node {
    /// Whether no innermost node is repeated more than `limit` times, counting only `{…}`: Go's limit on
    /// nested counts.
    pub(super) fn repeats_at_most(&self, limit: u32) -> bool {
        match self {
            Self::Repeat { max: Some(0), .. } => true,
            Self::Repeat { node, min, max } => {
                let count = max.unwrap_or(*min);
                count <= limit && node.repeats_at_most(limit / count.max(1))
            }
            Self::Concat(nodes) | Self::Alternate(nodes) => {
                nodes.iter().all(|node| node.repeats_at_most(limit))
            }
            _ => true,
        }
    }
}
