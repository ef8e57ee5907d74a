//! A tree to a pattern of the `regex` crate that matches the same texts.

use std::fmt::{self, Write as _};

use super::parse::Refusal;
use super::syntax::{Assertion, Class, ClassItem, Node};

/// The code points that stand in no text.
const SURROGATES: std::ops::RangeInclusive<u32> = 0xD800..=0xDFFF;

/// `node` in the syntax of the `regex` crate, without any flag set from outside.
pub(super) fn render(node: &Node) -> Result<String, Refusal> {
    let mut out = String::new();
    write_node(node, &mut out)?;
    Ok(out)
}

impl From<fmt::Error> for Refusal {
    fn from(_: fmt::Error) -> Self {
        Self::Unsupported("the pattern cannot be written".to_owned())
    }
}

fn write_node(node: &Node, out: &mut String) -> Result<(), Refusal> {
    match node {
        Node::Empty => out.push_str("(?:)"),
        Node::Literal { code, fold } => write_literal(*code, *fold, out)?,
        Node::Class(class) => write_class(class, out)?,
        Node::Any { newline: true } => out.push_str("(?s:.)"),
        Node::Any { newline: false } => out.push('.'),
        Node::Assertion(assertion) => out.push_str(match assertion {
            Assertion::TextStart => r"\A",
            Assertion::TextEnd => r"\z",
            Assertion::LineStart => "(?m:^)",
            Assertion::LineEnd => "(?m:$)",
            Assertion::WordBoundary => r"(?-u:\b)",
            Assertion::NotWordBoundary => r"(?-u:\B)",
        }),
        Node::Repeat { node, min, max } => {
            out.push_str("(?:");
            write_node(node, out)?;
            match max {
                Some(max) => write!(out, "){{{min},{max}}}")?,
                None => write!(out, "){{{min},}}")?,
            }
        }
        Node::Concat(nodes) => {
            for node in nodes {
                write_node(node, out)?;
            }
        }
        Node::Alternate(nodes) => {
            for (place, node) in nodes.iter().enumerate() {
                out.push_str(if place == 0 { "(?:" } else { "|" });
                write_node(node, out)?;
            }
            out.push(')');
        }
    }
    Ok(())
}

fn write_literal(code: u32, fold: bool, out: &mut String) -> Result<(), Refusal> {
    let Some(literal) = char::from_u32(code) else {
        return Err(Refusal::Unsupported(format!("the code point {code:x} stands in no text")));
    };
    if fold {
        write!(out, r"(?i:\x{{{code:X}}})")?;
    } else if literal.is_alphanumeric() {
        out.push(literal);
    } else {
        write!(out, r"\x{{{code:X}}}")?;
    }
    Ok(())
}

fn write_class(class: &Class, out: &mut String) -> Result<(), Refusal> {
    out.push_str(match (class.fold, class.negated) {
        (true, true) => "(?i:[^",
        (true, false) => "(?i:[",
        (false, true) => "[^",
        (false, false) => "[",
    });
    for item in &class.items {
        match item {
            ClassItem::Range(low, high) => write_range(*low, *high, out)?,
            ClassItem::Named { negated: true, set } => write!(out, "[^{set}]")?,
            ClassItem::Named { negated: false, set } => write!(out, "[{set}]")?,
        }
    }
    out.push_str(if class.fold { "])" } else { "]" });
    Ok(())
}

/// Writes the characters from `low` to `high`; surrogates are no characters.
fn write_range(low: u32, high: u32, out: &mut String) -> Result<(), Refusal> {
    let low = if SURROGATES.contains(&low) { SURROGATES.end() + 1 } else { low };
    let high = if SURROGATES.contains(&high) { SURROGATES.start() - 1 } else { high };
    if low <= high {
        write!(out, r"\x{{{low:X}}}-\x{{{high:X}}}")?;
    } else {
        // Brackets need a content, so the empty set is written as what no character is in.
        out.push_str(r"[^\x{0}-\x{10FFFF}]");
    }
    Ok(())
}
