//! A name from a report, a limit or the shell to what it means, in words: what `profgate explain` says.

mod caveats;
mod keys;
mod outcomes;

pub use caveats::CaveatCode;

use crate::error::{Error, ErrorKind, Result};

/// What kind of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// What became of a row.
    Status,
    /// What became of a comparison.
    Verdict,
    /// What the shell gets.
    ExitCode,
    /// A key of `[[limit]]`, or a value of one.
    Limit,
    /// A key of `[[accept]]`.
    Accept,
    /// A key of `[gate]`.
    Gate,
    /// A number in reports.
    Number,
    /// A reason to read the numbers with care.
    Caveat,
}

impl Topic {
    /// Every topic, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Status,
        Self::Verdict,
        Self::ExitCode,
        Self::Limit,
        Self::Accept,
        Self::Gate,
        Self::Number,
        Self::Caveat,
    ];

    /// What one thing of this kind is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Verdict => "verdict",
            Self::ExitCode => "exit code",
            Self::Limit => "limit",
            Self::Accept => "acceptance",
            Self::Gate => "gate setting",
            Self::Number => "number",
            Self::Caveat => "caveat",
        }
    }

    /// What heads the list of them.
    const fn heading(self) -> &'static str {
        match self {
            Self::Status => "Statuses of a row",
            Self::Verdict => "Verdicts",
            Self::ExitCode => "Exit codes",
            Self::Limit => "Limits: [[limit]] and --limit",
            Self::Accept => "Accepted changes: [[accept]]",
            Self::Gate => "The gate: [gate]",
            Self::Number => "Numbers in reports",
            Self::Caveat => "Caveats",
        }
    }
}

/// What there is to say about one name. A name may stand for things of several topics.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Lower case, with hyphens.
    pub name: &'static str,
    /// What kind of thing it is.
    pub topic: Topic,
    /// A fragment that says it in one line.
    pub title: &'static str,
    /// A paragraph.
    pub text: &'static str,
    /// Lines to look at, where they help.
    pub example: Option<&'static str>,
}

impl Entry {
    const fn new(topic: Topic, name: &'static str, title: &'static str, text: &'static str) -> Self {
        Self { name, topic, title, text, example: None }
    }

    const fn example(self, lines: &'static str) -> Self {
        Self { example: Some(lines), ..self }
    }
}

/// Everything that can be explained, by topic.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    outcomes::ENTRIES.iter().chain(&keys::ENTRIES).chain(caveats::ENTRIES)
}

/// What `profgate explain NAME` prints: every entry called `name`, wrapped for a narrow terminal.
///
/// Upper case, underscores and leading hyphens do not matter; an exit code may be called `exit 1`.
///
/// # Errors
/// When nothing has that name; the error says what was probably meant.
pub fn explain(name: &str) -> Result<String> {
    let wanted = normal(name);
    let found: Vec<_> = entries().filter(|entry| entry.name == wanted).collect();
    if found.is_empty() {
        let suggestion = nearest_name(&wanted, entries().map(|entry| entry.name))
            .map_or_else(String::new, |name| format!(", did you mean `{name}`?"));
        return Err(Error::new(ErrorKind::Usage, format!("nothing is called `{name}`{suggestion}"))
            .help("`profgate explain` lists every name"));
    }
    Ok(found.into_iter().map(section).collect::<Vec<_>>().join("\n"))
}

/// What `profgate explain` prints without a name: every name with its title, by topic.
#[must_use]
pub fn list() -> String {
    let width = entries().map(|entry| entry.name.len()).max().unwrap_or(0);
    let topic = |topic: Topic| {
        let entries = entries().filter(|entry| entry.topic == topic);
        let lines = entries.map(|entry| format!("  {:width$}  {}", entry.name, entry.title));
        let lines: Vec<_> = std::iter::once(topic.heading().to_owned()).chain(lines).collect();
        lines.join("\n") + "\n"
    };
    Topic::ALL.map(topic).join("\n")
}

/// The one of `names` that somebody who wrote `word` probably meant.
///
/// Up to a third of the letters may be wrong (Damerau–Levenshtein distance); failing that, `word` may be a part
/// of a hyphenated name or the beginning of a name.
pub fn nearest_name<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer than any name, and the distance takes time and memory for every letter.
    const MAX_LETTERS: usize = 40;
    const MIN_PREFIX: usize = 3;
    let word = word.to_lowercase().replace('_', "-");
    let letters = word.chars().count();
    if letters > MAX_LETTERS {
        return None;
    }
    let names: Vec<_> = names.into_iter().collect();
    let allowed = (letters / 3).max(usize::from(letters > 1));
    let close = names.iter().map(|name| (strsim::damerau_levenshtein(&word, name), *name));
    let close = close.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance);
    let is_part = |name: &&str| name.split('-').any(|part| part == word);
    let is_start = |name: &&str| letters >= MIN_PREFIX && name.starts_with(&word);
    close
        .map(|(_, name)| name)
        .or_else(|| names.iter().copied().find(is_part))
        .or_else(|| names.iter().copied().find(is_start))
}

fn normal(name: &str) -> String {
    let name = name.trim().trim_start_matches('-').to_lowercase().replace(['_', ' '], "-");
    let code = name.strip_prefix("exit-").map(|rest| rest.strip_prefix("code-").unwrap_or(rest));
    code.map_or_else(|| name.clone(), str::to_owned)
}

fn section(entry: &Entry) -> String {
    let mut out = format!("{} ({})\n  {}\n\n", entry.name, entry.topic.name(), entry.title);
    out.push_str(&wrapped(entry.text));
    for (index, line) in entry.example.into_iter().flat_map(str::lines).enumerate() {
        out.push_str(if index == 0 { "\n    " } else { "    " });
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// `text` in lines of at most 78 characters, each indented by two.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 78;
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length <= WIDTH {
            out.push(' ');
            column += 1;
        } else {
            out.push_str(if column == 0 { "  " } else { "\n  " });
            column = 2;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_of_the_interface_is_explained() {
        let names = [
            (Topic::Status, "regressed improved unchanged inconclusive added removed shifted accepted"),
            (Topic::Verdict, "pass warn fail inconclusive"),
            (Topic::ExitCode, "0 1 2 3"),
            (
                Topic::Limit,
                "limit name functions exclude measure flat cum total metric max-increase min-increase min-share \
                 max-share must-match level strict",
            ),
            (Topic::Accept, "accept reason until"),
            (
                Topic::Gate,
                "alpha fdr on-inconclusive missing-base require-fair calibration drop-outliers statistics",
            ),
            (Topic::Number, "change share interval p-value p-adjusted q-value detectable"),
        ];
        for (topic, names) in names {
            let found: Vec<_> =
                entries().filter(|entry| entry.topic == topic).map(|entry| entry.name).collect();
            assert_eq!(found.join(" "), names);
        }
        let caveats: Vec<_> = entries().filter(|entry| entry.topic == Topic::Caveat).collect();
        assert_eq!(caveats.len(), CaveatCode::ALL.len());
        for code in CaveatCode::ALL {
            assert!(caveats.iter().any(|entry| entry.name == code.as_str()), "{code}");
        }
    }

    #[test]
    fn entries_are_well_formed_and_stand_once() {
        let mut seen = BTreeSet::new();
        for entry in entries() {
            let Entry { name, topic, title, text, example } = entry;
            assert!(seen.insert((name, topic.name())), "{name} stands twice");
            assert!(!name.contains(|c: char| c.is_uppercase() || c == '_' || c == ' '), "{name}");
            assert!(title.len() <= 72 && !title.ends_with('.'), "{name}: {title}");
            assert!(text.len() > 80 && text.ends_with('.') && !text.contains("  "), "{name}: {text}");
            assert!(example.is_none_or(|lines| lines.lines().all(|line| line.len() <= 74)), "{name}");
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let cases = [
            ("regressed", "regressed (status)\n"),
            ("P_Value", "p-value (number)\n"),
            ("--alpha", "alpha (gate setting)\n"),
            ("exit 3", "3 (exit code)\n"),
            ("exit-code-3", "3 (exit code)\n"),
            (" single-run ", "single-run (caveat)\n"),
        ];
        for (name, start) in cases {
            let text = explain(name).unwrap();
            assert!(text.starts_with(start), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 78), "{text}");
        }
        let both = explain("inconclusive").unwrap();
        assert!(
            both.starts_with("inconclusive (status)\n") && both.contains("\ninconclusive (verdict)\n"),
            "{both}"
        );
    }

    #[test]
    fn an_unknown_name_is_an_error_with_a_guess() {
        let guess = |name: &str| explain(name).unwrap_err().problem().to_owned();
        assert_eq!(guess("regresed"), "nothing is called `regresed`, did you mean `regressed`?");
        assert_eq!(guess("xyzzy"), "nothing is called `xyzzy`");
        assert_eq!(guess(""), "nothing is called ``");
        assert_eq!(guess("7"), "nothing is called `7`");
        assert!(explain(&"a".repeat(1 << 20)).is_err());
    }

    #[test]
    fn the_list_holds_every_name_under_its_heading() {
        let list = list();
        let (head, caveats) = list.split_once("\nCaveats\n").unwrap();
        assert!(head.starts_with("Statuses of a row\n  regressed"));
        assert_eq!(caveats.lines().count(), CaveatCode::ALL.len());
        let names = list.lines().filter(|line| line.starts_with("  ")).count();
        assert_eq!(names, entries().count());
    }

    #[test]
    fn the_nearest_name_is_what_was_probably_meant() {
        let names = ["min-share", "max-share", "max-increase", "flat", "regressed", "0", "1"];
        let cases = [
            ("max-incraese", Some("max-increase")),
            ("MAX_INCREASE", Some("max-increase")),
            ("share", Some("min-share")),
            ("flt", Some("flat")),
            ("regr", Some("regressed")),
            ("re", None),
            ("2", None),
            ("", None),
            ("throughput", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest_name(word, names), expected, "{word}");
        }
    }

    #[test]
    fn text_is_wrapped_at_words() {
        let text = format!("{} bb {}", "a".repeat(72), "c".repeat(100));
        assert_eq!(wrapped(&text), format!("  {} bb\n  {}\n", "a".repeat(72), "c".repeat(100)));
    }
}
