//! Names of strangers to text that is inert where it is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::error::is_bidi_control;

/// Characters of a name that stay visible in a table; C++ and Rust names run to thousands.
const LONGEST_NAME: usize = 140;

/// Whether `c` would move the cursor, hide text or reorder it.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || is_bidi_control(c)
        || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// `name` for a terminal: what cannot be seen is spelt out.
#[must_use]
pub(super) fn visible(name: &str) -> Cow<'_, str> {
    if !name.contains(is_invisible) {
        return name.into();
    }
    let mut text = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if is_invisible(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text.into()
}

/// `name` with its middle left out if it is too long for a table; both ends say most about a function.
#[must_use]
pub(super) fn shortened(name: &str) -> Cow<'_, str> {
    let length = name.chars().count();
    if length <= LONGEST_NAME {
        return name.into();
    }
    let head: String = name.chars().take(LONGEST_NAME / 3).collect();
    let tail: String = name.chars().skip(length - (LONGEST_NAME - LONGEST_NAME / 3 - 1)).collect();
    format!("{head}…{tail}").into()
}

/// `name` as code in a markdown table cell.
///
/// It stands in a `<code>` element, in which GitHub resolves neither mentions nor references, and everything but
/// letters, digits and a few harmless signs is a numeric entity, which no markdown rule looks into.
#[must_use]
pub(super) fn markdown_code(name: &str) -> String {
    let mut text = String::from("<code>");
    for c in visible(&shortened(name)).chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | '/' | ',' | '-' | '(' | ')' | ';' | '…' | '=' | '%' =>
            {
                text.push(c);
            }
            // Letters of other scripts are harmless; signs of ASCII may mean something to markdown.
            _ if !c.is_ascii() => text.push(c),
            '.' if !text.ends_with("www") => text.push(c),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(text, "&#{};", u32::from(c));
            }
        }
    }
    text.push_str("</code>");
    text
}

/// Prose that may hold names in backticks, for markdown: each name becomes code, the rest is escaped.
#[must_use]
pub(super) fn markdown_text(prose: &str) -> String {
    let mut text = String::with_capacity(prose.len() + 16);
    for c in visible(prose).chars() {
        match c {
            '&' | '<' | '>' | '|' | '\\' | '*' | '_' | '[' | ']' | '`' | '@' | '#' | '~' | '!' | '$' => {
                let _ = write!(text, "&#{};", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    // GitHub reads entities before it looks for mentions, so the sign must not stand alone before a word.
    text.replace("&#64;", "&#64;\u{2060}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_names_show_what_cannot_be_seen() {
        assert_eq!(visible("\u{1b}[2Jmain\u{202e}"), "\\u{1b}[2Jmain\\u{202e}");
        assert_eq!(visible("main.héllo"), "main.héllo");
    }

    #[test]
    fn markdown_names_hold_no_sign_that_markdown_or_html_reads() {
        let hostile = "</code>|@octocat\n`x` **b** [l](http://e.x) <img src=x> &amp; www.e.x \\|";
        let code = markdown_code(hostile);
        let inner = code.strip_prefix("<code>").and_then(|code| code.strip_suffix("</code>")).expect("code");
        for sign in ["<", ">", "|", "@", "`", "*", "[", "]", "\n", "\\", "://", "www."] {
            assert!(!inner.contains(sign), "{sign:?} in {inner}");
        }
    }

    #[test]
    fn long_names_keep_both_ends() {
        let name = format!("begin{}end", "x".repeat(70_000));
        let short = shortened(&name);
        assert_eq!(short.chars().count(), LONGEST_NAME);
        assert!(short.starts_with("begin") && short.ends_with("end"));
    }
}
