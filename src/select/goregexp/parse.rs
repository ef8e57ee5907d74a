//! Go's regular expression syntax to a tree.
//!
//! Accepts and refuses what `regexp.Compile` does, with its messages; the grammar is that of
//! <https://pkg.go.dev/regexp/syntax>.

use super::class::{self, perl_class};
use super::syntax::{Assertion, Class, Node};

/// Repeat counts, also those of nested repetitions multiplied, may not pass this number: RE2's limit.
const MAX_REPEAT: u32 = 1000;

/// Groups and repetitions may not nest deeper than this. Go's limit is 1000; a smaller one keeps the stack of
/// the compiler small, and no pattern written by a person comes near.
const MAX_DEPTH: usize = 200;

/// Why there is no tree for a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Go refuses the pattern: its reason, and the part of the pattern it quotes.
    Go(&'static str, String),
    /// Go accepts the pattern and this crate cannot give it the same meaning.
    Unsupported(String),
}

impl Refusal {
    pub(super) fn go(reason: &'static str, quoted: &str) -> Self {
        Self::Go(reason, quoted.to_owned())
    }
}

/// The flags in force, as `(?ims)` sets them. `U` is parsed and forgotten: it does not change what matches.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
}

/// A group being read: the finished branches, and the branch that is being read.
#[derive(Debug, Default)]
struct Group {
    branches: Vec<Node>,
    branch: Vec<Node>,
    /// The flags to return to at the closing parenthesis.
    outer: Flags,
    /// How deep the last node of the branch nests.
    last_depth: usize,
    /// How deep the deepest node of the group nests.
    depth: usize,
}

impl Group {
    fn finish(self) -> Node {
        let last = concat(self.branch);
        if self.branches.is_empty() {
            return last;
        }
        let mut branches = self.branches;
        branches.push(last);
        Node::Alternate(branches)
    }
}

fn concat(mut nodes: Vec<Node>) -> Node {
    match nodes.len() {
        0 => Node::Empty,
        1 => nodes.remove(0),
        _ => Node::Concat(nodes),
    }
}

/// The tree of `pattern`.
pub(super) fn parse(pattern: &str) -> Result<Node, Refusal> {
    let mut parser = Parser {
        whole: pattern,
        rest: pattern,
        flags: Flags::default(),
        outer: Vec::new(),
        group: Group::default(),
        last_repeat: None,
    };
    parser.run()?;
    if !parser.outer.is_empty() {
        return Err(Refusal::go("missing closing )", pattern));
    }
    Ok(parser.group.finish())
}

struct Parser<'p> {
    whole: &'p str,
    rest: &'p str,
    flags: Flags,
    /// The groups around the one being read, outermost first.
    outer: Vec<Group>,
    group: Group,
    /// The pattern from the repetition operator on that ended just before `rest`.
    last_repeat: Option<&'p str>,
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Result<(), Refusal> {
        while let Some(next) = self.rest.chars().next() {
            let before = self.rest;
            let after = &before[next.len_utf8()..];
            let mut repeat = None;
            match next {
                '(' if after.starts_with('?') => self.perl_group()?,
                '(' => {
                    self.rest = after;
                    self.open(self.flags)?;
                }
                ')' => {
                    self.rest = after;
                    self.close()?;
                }
                '|' => {
                    self.rest = after;
                    let branch = std::mem::take(&mut self.group.branch);
                    self.group.branches.push(concat(branch));
                }
                '*' | '+' | '?' | '{' => repeat = self.repetition(next)?,
                '[' => {
                    let (class, rest) = class::parse(before, self.flags.fold)?;
                    self.rest = rest;
                    self.push(Node::Class(class));
                }
                '\\' => self.escape()?,
                _ => {
                    self.rest = after;
                    let node = self.plain(next);
                    self.push(node);
                }
            }
            self.last_repeat = repeat;
        }
        Ok(())
    }

    fn push(&mut self, node: Node) {
        self.group.last_depth = 0;
        self.group.branch.push(node);
    }

    /// Appends a node that nests `depth` deep.
    fn push_deep(&mut self, node: Node, depth: usize) -> Result<(), Refusal> {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.group.last_depth = depth;
        self.group.depth = self.group.depth.max(depth);
        self.group.branch.push(node);
        Ok(())
    }

    fn plain(&self, character: char) -> Node {
        match (character, self.flags.multi_line) {
            ('^', false) => Node::Assertion(Assertion::TextStart),
            ('^', true) => Node::Assertion(Assertion::LineStart),
            ('$', false) => Node::Assertion(Assertion::TextEnd),
            ('$', true) => Node::Assertion(Assertion::LineEnd),
            ('.', _) => Node::Any { newline: self.flags.dot_newline },
            _ => Node::Literal { code: character.into(), fold: self.flags.fold },
        }
    }

    fn open(&mut self, outer: Flags) -> Result<(), Refusal> {
        if self.outer.len() >= MAX_DEPTH {
            return Err(too_deep());
        }
        let group = Group { outer, ..Group::default() };
        self.outer.push(std::mem::replace(&mut self.group, group));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refusal> {
        let outer = self.outer.pop().ok_or_else(|| Refusal::go("unexpected )", self.whole))?;
        let group = std::mem::replace(&mut self.group, outer);
        self.flags = group.outer;
        let depth = group.depth + 1;
        self.push_deep(group.finish(), depth)
    }

    /// `(?flags)`, `(?flags:` and `(?P<name>`, with `rest` at the parenthesis.
    fn perl_group(&mut self) -> Result<(), Refusal> {
        let before = self.rest;
        if let Some(named) = before.strip_prefix("(?P<").or_else(|| before.strip_prefix("(?<"))
            && !named.is_empty()
        {
            let invalid = |quoted| Err(Refusal::go("invalid named capture", quoted));
            let Some((name, rest)) = named.split_once('>') else { return invalid(before) };
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return invalid(&before[..before.len() - rest.len()]);
            }
            self.rest = rest;
            return self.open(self.flags);
        }

        let mut flags = self.flags;
        let (mut value, mut is_flag_pending) = (true, false);
        let mut rest = &before[2..];
        while let Some(next) = rest.chars().next() {
            rest = &rest[next.len_utf8()..];
            match next {
                'i' => flags.fold = value,
                'm' => flags.multi_line = value,
                's' => flags.dot_newline = value,
                'U' => {}
                '-' if value => {
                    value = false;
                    is_flag_pending = true;
                    continue;
                }
                ':' | ')' if !is_flag_pending => {
                    self.rest = rest;
                    let outer = std::mem::replace(&mut self.flags, flags);
                    return if next == ':' { self.open(outer) } else { Ok(()) };
                }
                _ => break,
            }
            is_flag_pending = false;
        }
        let quoted = &before[..before.len() - rest.len()];
        Err(Refusal::go("invalid or unsupported Perl syntax", quoted))
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}` and `{n,m}`, each with an optional `?`. A brace that starts nothing of the
    /// kind is a literal. Returns what to quote if another repetition follows.
    fn repetition(&mut self, operator: char) -> Result<Option<&'p str>, Refusal> {
        let before = self.rest;
        let (min, max, rest) = match operator {
            '*' => (0, None, &before[1..]),
            '+' => (1, None, &before[1..]),
            '?' => (0, Some(1), &before[1..]),
            _ => match counts(before) {
                None => {
                    self.rest = &before[1..];
                    let brace = self.plain('{');
                    self.push(brace);
                    return Ok(None);
                }
                Some((min, max, rest)) => {
                    let highest = max.unwrap_or(min);
                    if min > MAX_REPEAT || highest > MAX_REPEAT || min > highest {
                        return Err(too_often(before, rest));
                    }
                    (min, max, rest)
                }
            },
        };
        let rest = rest.strip_prefix('?').unwrap_or(rest);
        if let Some(last) = self.last_repeat {
            let quoted = &last[..last.len() - rest.len()];
            return Err(Refusal::go("invalid nested repetition operator", quoted));
        }
        let Some(node) = self.group.branch.pop() else {
            let quoted = &before[..before.len() - rest.len()];
            return Err(Refusal::go("missing argument to repetition operator", quoted));
        };
        let node = Node::Repeat { node: Box::new(node), min, max };
        if (min >= 2 || max.is_some_and(|max| max >= 2)) && !node.repeats_at_most(MAX_REPEAT) {
            return Err(too_often(before, rest));
        }
        self.push_deep(node, self.group.last_depth + 1)?;
        self.rest = rest;
        Ok(Some(before))
    }

    /// Whatever starts with a backslash outside brackets.
    fn escape(&mut self) -> Result<(), Refusal> {
        let before = self.rest;
        let fold = self.flags.fold;
        let assertion = match before.as_bytes().get(1) {
            Some(b'A') => Some(Assertion::TextStart),
            Some(b'z') => Some(Assertion::TextEnd),
            Some(b'b') => Some(Assertion::WordBoundary),
            Some(b'B') => Some(Assertion::NotWordBoundary),
            Some(b'C') => return Err(Refusal::go("invalid escape sequence", &before[..2])),
            Some(b'Q') => {
                let (literal, rest) = before[2..].split_once("\\E").unwrap_or((&before[2..], ""));
                for literal in literal.chars() {
                    self.push(Node::Literal { code: literal.into(), fold });
                }
                self.rest = rest;
                return Ok(());
            }
            _ => None,
        };
        if let Some(assertion) = assertion {
            self.push(Node::Assertion(assertion));
            self.rest = &before[2..];
            return Ok(());
        }
        let named = match class::unicode_class(before)? {
            Some(named) => Some(named),
            None => perl_class(before),
        };
        let (node, rest) = if let Some((item, rest)) = named {
            (Node::Class(Class { negated: false, fold, items: vec![item] }), rest)
        } else {
            let (code, rest) = class::escape(before)?;
            (Node::Literal { code, fold }, rest)
        };
        self.push(node);
        self.rest = rest;
        Ok(())
    }
}

fn too_deep() -> Refusal {
    Refusal::Unsupported(format!("the pattern nests more than {MAX_DEPTH} deep"))
}

fn too_often(before: &str, rest: &str) -> Refusal {
    Refusal::go("invalid repeat count", &before[..before.len() - rest.len()])
}

/// The counts of `{n}`, `{n,}` or `{n,m}` at the start of `text`, and what follows.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (min, rest) = count(text.strip_prefix('{')?)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((min, Some(min), rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((min, None, rest));
    }
    let (max, rest) = count(rest)?;
    Some((min, Some(max), rest.strip_prefix('}')?))
}

/// A decimal number without leading zeros at the start of `text`, and what follows. A number that does not fit
/// becomes one that is beyond every limit.
fn count(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    if number.is_empty() || (number.len() > 1 && number.starts_with('0')) {
        return None;
    }
    Some((number.parse().unwrap_or(u32::MAX), rest))
}
