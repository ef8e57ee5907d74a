//! Broken limits to workflow commands of GitHub Actions, which mark lines of a pull request.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::escape::sentence;
use super::places::{Place, Places, RowPlaces};
use super::present;
use crate::verdict::{Level, Outcome, Verdict, Violation};

/// Limits that are named one by one. GitHub shows ten annotations of a kind for each step ("Workflow commands",
/// annotation limits); the tenth says how many there are more.
const NAMED: usize = 9;

/// Renders the broken limits of `outcome`, failures first, each comparison's worst first: at most nine, and a line that
/// counts the others. Nothing is written when the limits hold.
#[must_use]
pub fn github_annotations(outcome: &Outcome, places: &Places<'_>) -> String {
    let mut text = String::new();
    let mut found: Vec<(&Violation, Option<Place>)> = Vec::new();
    for level in Level::ALL.into_iter().rev() {
        for comparison in &outcome.comparisons {
            let rows = RowPlaces::new(comparison, places);
            let of_level = comparison.violations.iter().filter(|violation| violation.level == level);
            // Places beyond those that are named are not looked up.
            let room = NAMED.saturating_sub(found.len());
            found.extend(
                of_level
                    .enumerate()
                    .map(|(at, violation)| (violation, if at < room { rows.of(violation) } else { None })),
            );
        }
    }
    for (violation, place) in found.iter().take(NAMED) {
        let mut properties = String::new();
        if let Some(Place { path, line }) = place {
            // Writing to a string cannot fail.
            let _ = write!(properties, "file={},", property(path));
            if let Some(line) = line {
                let _ = write!(properties, "line={line},");
            }
        }
        let title = format!("profgate: {}", violation.limit);
        command(&mut text, word(violation.level), &properties, &title, &violation.message);
    }
    if let Some((first, _)) = found.get(NAMED) {
        let more = present::count(found.len() - NAMED, "more limit", "is broken", "are broken");
        command(&mut text, word(first.level), "", "profgate", &format!("and {more}"));
    }
    if found.is_empty() && outcome.verdict == Verdict::Inconclusive {
        command(&mut text, "warning", "", "profgate: inconclusive", &outcome.headline);
    }
    text
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Fail => "error",
        Level::Warn => "warning",
    }
}

fn command(text: &mut String, word: &str, properties: &str, title: &str, message: &str) {
    let (title, message) = (property(&sentence(title)).into_owned(), data(&sentence(message)).into_owned());
    // Writing to a string cannot fail.
    let _ = writeln!(text, "::{word} {properties}title={title}::{message}");
}

/// `text` as the runner unescapes what follows a command's second `::` (actions/toolkit, `escapeData`).
fn data(text: &str) -> Cow<'_, str> {
    escaped(text, &['%', '\r', '\n'])
}

/// `text` as the runner unescapes a property (actions/toolkit, `escapeProperty`).
fn property(text: &str) -> Cow<'_, str> {
    escaped(text, &['%', '\r', '\n', ':', ','])
}

fn escaped<'t>(text: &'t str, signs: &[char]) -> Cow<'t, str> {
    if !text.contains(signs) {
        return text.into();
    }
    let mut escaped = String::new();
    for c in text.chars() {
        if signs.contains(&c) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{:02X}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_and_messages_are_escaped_as_the_runner_wants_them() {
        assert_eq!(property("C:\\a,b%\r\n"), "C%3A\\a%2Cb%25%0D%0A");
        assert_eq!(data("50%: a, b\nc"), "50%25: a, b%0Ac");
    }

    #[test]
    fn a_command_is_one_line_whatever_it_says() {
        let mut text = String::new();
        command(&mut text, "error", "", "x::y\n::warning::z", "a\n::set-output name=b::c\u{2028}d");
        assert_eq!(text.lines().count(), 1, "{text}");
        let (properties, message) = text[2..].split_once("::").expect("a message");
        assert_eq!(properties, "error title=x%3A%3Ay\\n%3A%3Awarning%3A%3Az");
        assert_eq!(message, "a\\n::set-output name=b::c\\u{2028}d\n");
    }
}
