//! Names of strangers to text that is inert where it is shown.

use std::borrow::Cow;
use std::fmt::Write as _;

pub(super) use crate::error::visible;

/// Characters of a name that stay visible in a table; C++ and Rust names run to thousands.
const LONGEST_NAME: usize = 140;

/// Characters of a sentence that stay visible. Most sentences hold one name.
const LONGEST_SENTENCE: usize = 400;

/// `name` with its middle left out if it is too long for a table; both ends say most about a function.
#[must_use]
pub(super) fn shortened(name: &str) -> Cow<'_, str> {
    without_middle(name, LONGEST_NAME)
}

/// `text` with its middle left out beyond `longest` characters.
#[must_use]
pub(super) fn shortened_to(text: &str, longest: usize) -> Cow<'_, str> {
    without_middle(text, longest)
}

/// `text` for a line of a `<pre>` element in markdown.
///
/// GitHub resolves neither mentions nor references in one. A sign that HTML reads is an entity.
#[must_use]
pub(super) fn preformatted(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if !text.contains(['&', '<', '>']) {
        return text;
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
}

/// Prose for one line of a terminal: its middle, which is that of a name, is left out if it is too long.
#[must_use]
pub(super) fn sentence(prose: &str) -> String {
    visible(&without_middle(prose, LONGEST_SENTENCE)).into_owned()
}

/// `text` in at most `longest` characters: a third of them from its beginning, the rest from its end.
fn without_middle(text: &str, longest: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= longest {
        return text.into();
    }
    let head: String = text.chars().take(longest / 3).collect();
    let tail: String = text.chars().skip(length - (longest - longest / 3 - 1)).collect();
    format!("{head}…{tail}").into()
}

/// `name` as code in a markdown table cell.
///
/// It stands in a `<code>` element, in which GitHub resolves neither mentions nor references, and everything but
/// letters, digits and a few harmless signs is a numeric entity, which no markdown rule looks into.
#[must_use]
pub fn markdown_code(name: &str) -> String {
    markdown_literal(&shortened(name))
}

/// All of `code` as [`markdown_code`] has it, whatever its length.
#[must_use]
pub(super) fn markdown_literal(code: &str) -> String {
    let mut text = String::from("<code>");
    for c in visible(code).chars() {
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

/// Prose that may hold names in backticks, for a line of markdown: each name becomes code, the rest is escaped so that
/// it links to nothing and calls nobody, and a middle that is too long is left out.
///
/// A name that holds backticks itself ends early and makes code of what is none, which is as inert.
#[must_use]
pub fn markdown_text(prose: &str) -> String {
    let prose = without_middle(prose, LONGEST_SENTENCE);
    let mut text = String::with_capacity(prose.len() + 16);
    let mut rest = &prose[..];
    while let Some((before, (name, after))) =
        rest.split_once('`').and_then(|(before, rest)| Some((before, rest.split_once('`')?)))
    {
        escape_prose(&mut text, before);
        text.push_str(&markdown_code(name));
        rest = after;
    }
    escape_prose(&mut text, rest);
    text
}

/// Adds `prose` in which GitHub finds neither markup nor anything to link: URLs, `www.`, mentions, emoji, and the
/// references `#1` and `GH-1`.
///
/// Markdown does not look into entities. References are looked for after it, in the text that entities stand for, so
/// a word joiner parts their sign from the word behind it.
fn escape_prose(text: &mut String, prose: &str) {
    let prose = visible(prose);
    for (at, c) in prose.char_indices() {
        let ends_with = |word: &str| {
            let end = at.checked_sub(word.len()).and_then(|begin| prose.get(begin..at));
            end.is_some_and(|end| end.eq_ignore_ascii_case(word))
        };
        let begins_reference = match c {
            '@' | '#' => true,
            ':' => !prose[at + 1..].starts_with(' '),
            '.' => ends_with("www"),
            '-' => ends_with("gh"),
            _ => false,
        };
        // Writing to a string cannot fail.
        match c {
            _ if begins_reference => {
                let _ = write!(text, "&#{};\u{2060}", u32::from(c));
            }
            '&' | '<' | '>' | '|' | '\\' | '*' | '_' | '[' | ']' | '`' | '~' | '!' | '$' => {
                let _ = write!(text, "&#{};", u32::from(c));
            }
            _ => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn names_in_prose_are_code() {
        assert_eq!(markdown_text("a.pb: `f*` rose by 5%"), "a.pb: <code>f&#42;</code> rose by 5%");
        assert_eq!(markdown_text("`a`, `b` *and* `c"), "<code>a</code>, <code>b</code> &#42;and&#42; &#96;c");
        let long = markdown_text(&format!("`{}` is new", "x".repeat(70_000)));
        assert!(
            long.starts_with("<code>xxx") && long.ends_with("xxx</code> is new") && long.len() < 500,
            "{long}"
        );
    }

    #[test]
    fn prose_refers_to_nothing_whatever_names_do_to_its_backticks() {
        let hostile =
            "https://e.x www.e.x WWW.e.x user/repo#1 #123 GH-7 @octocat a@b.c :tada: mailto:a <b> ![i](l)";
        for quoted in ["{}", "`{}", "`a`{}`b` rose", "x` `{}` y"] {
            let text = markdown_text(&quoted.replace("{}", hostile));
            let outside: String =
                text.split("<code>").map(|part| part.rsplit("</code>").next().unwrap_or(part)).collect();
            let shown = outside.replace("&#58;", ":").replace("&#46;", ".").replace("&#45;", "-");
            let shown = shown.replace("&#35;", "#").replace("&#64;", "@");
            for sign in ["://", "ww.e", "WW.e", "#1", "GH-7", "@o", "@b", ":t", ":a", "<", "[", "!", "`"] {
                assert!(!shown.contains(sign), "{sign:?} in {shown}");
            }
            for sign in ["://", "www.", "@", "<b", "[", "`"] {
                assert!(!text.contains(sign), "{sign:?} in {text}");
            }
        }
    }

    #[test]
    fn long_sentences_keep_both_ends() {
        let message = sentence(&format!("`{}` is new", "x".repeat(2_000_000)));
        assert_eq!(message.chars().count(), LONGEST_SENTENCE);
        assert!(message.starts_with("`xxx") && message.ends_with("xxx` is new"));
    }
}
