//! The text of a `profgate.toml` to the settings, limits and acceptances it makes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::rules::{accept, limit};
use super::settings::{Layer, keys};
use super::table::{Document, Entry, line_breaks};
use super::value::Setting;
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::{Accept, Limit};

/// A configuration is written by hand; a file beyond this size is something else.
const MAX_BYTES: u64 = 1 << 20;

/// The version of the format that is described here.
const VERSION: f64 = 1.0;

/// What a configuration file says.
#[derive(Debug, Clone, Default)]
pub struct ConfigFile {
    /// The file, as messages name it.
    pub name: String,
    /// The settings of `[compare]` and `[gate]`.
    pub settings: Layer,
    /// The limits, in the order in which they decide; each is valid.
    pub limits: Vec<Setting<Limit>>,
    /// The changes that were agreed to.
    pub accepted: Vec<Setting<Accept>>,
}

impl ConfigFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is larger than 1 MiB, is not UTF-8, or as [`ConfigFile::parse`] says.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            Error::new(ErrorKind::Unreadable, format!("the configuration cannot be read: {error}")).at(&name)
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        let wrong = |problem: &str| Error::new(ErrorKind::Config, problem).at(&name);
        if bytes.len() as u64 > MAX_BYTES {
            return Err(wrong("larger than 1 MiB, which is no configuration"));
        }
        let text = String::from_utf8(bytes).map_err(|_| wrong("not UTF-8 text"))?;
        Self::parse(&name, &text)
    }

    /// Reads the configuration `text` of a file that messages call `name`.
    ///
    /// # Errors
    /// When the text is not TOML, a key is unknown or missing, or a value is not what its key takes. Each names
    /// the line.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let line_breaks = line_breaks(text);
        let mut top = Document { name, text, line_breaks: &line_breaks }.parse()?;
        let has_version = top.read("version", check_version)?.is_some();
        let sections = [("compare", "[compare]"), ("gate", "[gate]")];
        let mut settings = Layer::default();
        let keys = keys();
        let keys: Vec<_> = keys.iter().map(|(section, key)| (*section, key.as_str())).collect();
        for (section, title) in sections {
            let mut table = top.table(section, title)?;
            settings.read(section, &mut table)?;
            table.finish(&keys)?;
        }
        let limits = top.tables("limit", "[[limit]]")?;
        let accepted = top.tables("accept", "[[accept]]")?;
        top.finish(&keys)?;
        if !has_version {
            return Err(top.error("`version` is missing").help("write `version = 1` in the first line"));
        }
        Ok(Self {
            name: name.to_owned(),
            settings,
            limits: limits.into_iter().map(|table| limit(table, &keys)).collect::<Result<_>>()?,
            accepted: accepted.into_iter().map(|table| accept(table, &keys)).collect::<Result<_>>()?,
        })
    }
}

fn check_version(entry: &Entry<'_>) -> Result<()> {
    let number = entry.number()?;
    if number == VERSION {
        return Ok(());
    }
    Err(entry
        .error(format!("version {number} of the configuration is unknown"))
        .help("this profgate knows `version = 1`; a newer one may know more"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Basis, Origin, Outcome};
    use crate::verdict::Amount;

    const EXAMPLE: &str = r#"version = 1

[compare]
sample-index = ["cpu"]
basis = "absolute"
ignore = "^testing\\."

[gate]
alpha = 0.01
fdr = 0.05
on-inconclusive = "pass"
missing-base = "fail"

[[limit]]
name = "scheduler hot path"
functions = "^k8s\\.io/kubernetes/pkg/scheduler/"
exclude = "^runtime\\."
measure = "cum"
max-increase = "5%"
min-increase = "20ms"
min-share = "0.5%"
level = "warn"

[[limit]]
max-share = "15%"
measure = ["cum", "flat"]
metric = "cpu"
must-match = true
strict = true

[[accept]]
functions = "^example\\.com/app/codec\\."
reason = "switched to the checked decoder"
until = 2027-03-01
"#;

    fn origin(line: usize) -> Origin {
        Origin::File { name: "profgate.toml".to_owned(), line }
    }

    #[test]
    fn every_section_is_read_with_its_line() {
        let file = ConfigFile::parse("profgate.toml", EXAMPLE).unwrap();
        let settings = &file.settings;
        assert_eq!(settings.sample_index, Some(Setting { value: vec!["cpu".to_owned()], origin: origin(4) }));
        assert_eq!(settings.basis, Some(Setting { value: Basis::Absolute, origin: origin(5) }));
        assert_eq!(settings.ignore.as_ref().unwrap().value.as_deref(), Some("^testing\\."));
        assert_eq!(settings.missing_base, Some(Setting { value: Outcome::Fail, origin: origin(12) }));
        assert_eq!(settings.focus, None);

        let [hot, budget] = &file.limits[..] else { panic!("{:?}", file.limits) };
        assert_eq!((&hot.origin, &budget.origin), (&origin(14), &origin(24)));
        assert_eq!(
            hot.value.to_string(),
            "cum +5% min=20ms share=0.5% functions=^k8s\\.io/kubernetes/pkg/scheduler/ exclude=^runtime\\. \
             level=warn name='scheduler hot path'"
        );
        assert_eq!(budget.value.name, "cum flat max-share=15% metric=cpu must-match strict");

        let accept = &file.accepted[0];
        assert_eq!(accept.origin, origin(31));
        assert_eq!(accept.value.until, Some(date(2027, 3, 1)));
        assert_eq!(accept.value.reason, "switched to the checked decoder");
    }

    /// What the error about `text` says, without `profgate.toml:`.
    fn problem(text: &str) -> String {
        let error = ConfigFile::parse("profgate.toml", text).unwrap_err();
        let error = error.to_string();
        error.strip_prefix("profgate.toml:").unwrap_or_else(|| panic!("no place: {error}")).to_owned()
    }

    #[test]
    fn a_wrong_key_is_an_error_with_line_and_suggestion() {
        let cases = [
            (
                "[[limit]]\nmax-incraese = \"5%\"",
                "3: unknown key `max-incraese` in [[limit]], did you mean `max-increase`?",
            ),
            (
                "[[limit]]\nmax_increase = \"5%\"",
                "3: unknown key `max_increase` in [[limit]], did you mean `max-increase`?",
            ),
            (
                "[compare]\nsample_index = \"cpu\"",
                "3: unknown key `sample_index` in [compare], did you mean `sample-index`?",
            ),
            (
                "[[accept]]\nfunctions = 'f'\nreasn = ''",
                "4: unknown key `reasn` in [[accept]], did you mean `reason`?",
            ),
            ("limits = []", "2: unknown key `limits` at the top, did you mean `limit`?"),
            (
                "[[limit]]\nmax-increase = \"5%\"\nalpha = 0.1",
                "4: unknown key `alpha` in [[limit]]\n  help: `alpha` belongs in [gate]",
            ),
            ("focus = 'f'", "2: unknown key `focus` at the top\n  help: `focus` belongs in [compare]"),
            (
                "zzzzzzzzzzzz = 1",
                "2: unknown key `zzzzzzzzzzzz` at the top\n  help: the keys it may have: \
                 version, compare, gate, limit, accept",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(problem(&format!("version = 1\n{text}")), expected, "{text}");
        }
    }

    #[test]
    fn a_wrong_value_is_an_error_that_says_what_the_key_takes() {
        let limit = |line: &str| format!("[[limit]]\nmax-increase = \"5%\"\n{line}");
        let cases = [
            ("[compare]\nmean = 1".to_owned(), "3: `mean` must be `true` or `false`, not an integer"),
            ("[compare]\nbasis = \"shares\"".to_owned(), "3: `shares` is not one of"),
            ("[compare]\nfocus = \"\"".to_owned(), "3: `focus` is empty"),
            ("[compare]\nsample-index = []".to_owned(), "3: `sample-index` is empty"),
            ("[compare]\nsample-index = [1]".to_owned(), "3: `sample-index` must hold strings"),
            ("[compare]\nsample-index = 1".to_owned(), "3: `sample-index` must be a string or an array"),
            ("[compare.focus]".to_owned(), "2: `focus` must be a string, not a table"),
            ("[gate]\nalpha = nan".to_owned(), "3: `alpha` is not a number to reckon with"),
            ("[gate]\nalpha = 0x1".to_owned(), "3: `alpha` must be written in decimals"),
            ("gate = 1".to_owned(), "2: `gate` must be a table"),
            (
                "[limit]\nmax-increase = \"5%\"".to_owned(),
                "2: `limit` must be an array of tables, not a table",
            ),
            ("limit = [1]".to_owned(), "2: `limit` must be an array of tables"),
            (limit("functions = \"(\""), "4: "),
            (limit("measure = \"self\""), "4: `self` is not one of `flat`, `cum`, `total`"),
            (limit("measure = [\"cum\", \"cum\"]"), "4: `measure` names `cum` twice"),
            (limit("min-increase = \"5 apples!\""), "4: `5 apples!` is a number with something"),
            (limit("min-share = 0.5"), "4: a number alone could be a share of 1 or of 100"),
            (limit("min-share = \"5ms\""), "4: a share is a percentage"),
            (limit("max-share = \"101%\""), "2: limit `flat cum +5% max-share=101%`: max-share must lie"),
            (limit("functions = 'f'\nmeasure = 'total'"), "2: limit `total +5% functions=f`: the total has"),
            ("[[limit]]\nmax-increase = 5".to_owned(), "3: a number alone could be a part or a value"),
            ("[[limit]]\nname = 'x'".to_owned(), "2: limit `x`: it has neither max-increase nor max-share"),
            ("[[accept]]\nfunctions = 'f'".to_owned(), "2: [[accept]] without `reason`"),
            ("[[accept]]\nreason = 'r'".to_owned(), "2: [[accept]] without `functions`"),
            ("[[accept]]\nuntil = 2027-03-01T10:00:00Z".to_owned(), "3: `until` must be a day"),
            ("[[accept]]\nuntil = 10:00:00".to_owned(), "3: `until` must be a day"),
            ("[[accept]]\nuntil = \"2027-02-30\"".to_owned(), "3: `until`: there is no day `2027-02-30`"),
            ("[[accept]]\nuntil = \"2027-03-01T10\"".to_owned(), "3: `until`: there is no day"),
            ("[gate]\nalpha = 0.1\nalpha = 0.2".to_owned(), "4: duplicate key"),
            ("[gate".to_owned(), "2: "),
        ];
        for (text, expected) in cases {
            let problem = problem(&format!("version = 1\n{text}"));
            assert!(problem.starts_with(expected), "{text}\n{problem}");
        }
    }

    #[test]
    fn only_version_one_is_known() {
        assert!(problem("").starts_with("1: `version` is missing"));
        assert!(problem("\nversion = 2").starts_with("2: version 2 of the configuration is unknown"));
        assert!(problem("version = '1'").starts_with("1: `version` must be a number, not a string"));
    }

    #[test]
    fn amounts_and_days_have_two_spellings() {
        let text = "version = 1\n[[limit]]\nmax-increase = '+1000'\nmin-increase = 1000\n\
                    [[accept]]\nfunctions = 'f'\nreason = 'r'\nuntil = '2027-03-01'";
        let file = ConfigFile::parse("f", text).unwrap();
        let limit = &file.limits[0].value;
        let thousand = Some(Amount::Value { number: 1000.0, unit: String::new() });
        assert_eq!((&limit.max_increase, &limit.min_increase), (&thousand, &thousand));
        assert_eq!(file.accepted[0].value.until, Some(date(2027, 3, 1)));
    }

    #[test]
    fn a_file_that_cannot_be_a_configuration_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        let error = ConfigFile::read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable);
        let contents: [(&[u8], &str); 3] = [
            (b"\xff", "not UTF-8"),
            (&vec![b'#'; (1 << 20) + 1], "larger than 1 MiB"),
            (b"version = 1\n\x00", "c.toml:2: "),
        ];
        for (content, expected) in contents {
            std::fs::write(&path, content).unwrap();
            let error = ConfigFile::read(&path).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("c.toml"), "{error}");
        }
        std::fs::write(&path, "\u{feff}version = 1\r\n").unwrap();
        assert!(ConfigFile::read(&path).unwrap().limits.is_empty());
    }

    #[test]
    fn deep_nesting_is_an_error_rather_than_a_full_stack() {
        let deep = |text: &str| text.repeat(100_000);
        let texts = [
            format!("a = {}{}", deep("["), deep("]")),
            format!("a = {}", deep("{a=")),
            format!("{}b = 1", deep("a.")),
            format!("[{}b]", deep("a.")),
            format!("[[{}b]]", deep("a.")),
        ];
        for text in texts {
            let problem = problem(&text);
            assert!(problem.starts_with("1: ") && problem.contains("recurs"), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = ConfigFile::parse("f", &text);
        }

        /// Lines of the example in any order and number, some of them damaged.
        #[test]
        fn no_mutilated_file_panics(
            picks in prop::collection::vec((0..33_usize, 0..40_usize, "\\PC{0,2}"), 0..30),
        ) {
            let lines: Vec<&str> = EXAMPLE.lines().collect();
            let mut text = "version = 1\n".to_owned();
            for (index, cut, insertion) in picks {
                let line: Vec<char> = lines[index % lines.len()].chars().collect();
                let (head, tail) = line.split_at(cut.min(line.len()));
                text.extend(head);
                text.push_str(&insertion);
                text.extend(tail);
                text.push('\n');
            }
            let _ = ConfigFile::parse("f", &text);
        }
    }
}
