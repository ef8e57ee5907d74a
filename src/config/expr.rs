//! The one line of `--limit` to a limit: `flat +10% min=20ms share=0.5% functions=^foo`.
//!
//! Words in any order, separated by blanks: measures (`flat`, `cum`, `total`), an increase (`+10%`, `+20ms`),
//! `key=value` with the keys of `[[limit]]` or their short forms `min` and `share`, and `must-match` and
//! `strict`. A stretch of a word in `'…'` or `"…"` may hold blanks; nothing is escaped. [`Limit`] prints itself
//! in this form.

use std::ops::Range;

use super::choice::choose;
use crate::aggregate::Pattern;
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::{Amount, Limit, Measure, nearest_name};

/// What stands before `=`, and the key of `[[limit]]` it means.
const KEYS: [(&str, &str); 14] = [
    ("max-increase", "max-increase"),
    ("max-share", "max-share"),
    ("min", "min-increase"),
    ("min-increase", "min-increase"),
    ("share", "min-share"),
    ("min-share", "min-share"),
    ("functions", "functions"),
    ("exclude", "exclude"),
    ("measure", "measure"),
    ("metric", "metric"),
    ("level", "level"),
    ("name", "name"),
    ("must-match", "must-match"),
    ("strict", "strict"),
];

/// Keys that stand alone where they are true.
const CLAIMS: [&str; 2] = ["must-match", "strict"];

/// The limit that `text` states.
///
/// # Errors
/// When a word is unknown, stands twice or has a value that it does not take, with the word underlined; or when
/// the limit as a whole makes no sense.
pub fn parse_limit(text: &str) -> Result<Limit> {
    let mut limit = Limit::new("", &[]);
    let mut seen = Vec::new();
    for word in split(text)? {
        let applied = assignment(&word.text).and_then(|(key, value)| {
            if seen.contains(&key) {
                return Err(format!("`{key}` is given twice"));
            }
            seen.push(key);
            set(&mut limit, key, value)
        });
        applied.map_err(|problem| underlined(text, &word.range, &problem))?;
    }
    if limit.measures.is_empty() {
        limit.measures = vec![Measure::Flat, Measure::Cum];
    }
    if limit.name.is_empty() {
        limit.name = limit.expression();
    }
    limit.validate().map_err(|error| error.at("--limit"))?;
    Ok(limit)
}

/// A word with its quotation marks removed, and the bytes it takes in the expression.
struct Word {
    text: String,
    range: Range<usize>,
}

fn split(expression: &str) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut current: Option<Word> = None;
    let mut quote = None;
    for (at, c) in expression.char_indices() {
        if quote.is_none() && c.is_whitespace() {
            words.extend(current.take());
            continue;
        }
        let word = current.get_or_insert_with(|| Word { text: String::new(), range: at..at });
        word.range.end = at + c.len_utf8();
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => word.text.push(c),
        }
    }
    if let (Some(open), Some(word)) = (quote, &current) {
        let problem = format!("the quotation mark {open} is not closed");
        return Err(underlined(expression, &word.range, &problem)
            .help("a quotation mark that is meant as such stands between two of the other kind"));
    }
    words.extend(current);
    Ok(words)
}

/// A word as the key of `[[limit]]` and the value it sets.
fn assignment(word: &str) -> Result<(&'static str, &str), String> {
    if let Some(amount) = word.strip_prefix('+') {
        return Ok(("max-increase", amount));
    }
    if let Some((name, value)) = word.split_once('=') {
        let Some((_, key)) = KEYS.iter().find(|(known, _)| *known == name) else { return Err(unknown(name)) };
        return if value.is_empty() { Err(format!("`{name}` has no value")) } else { Ok((key, value)) };
    }
    if let Some(measure) = Measure::ALL.iter().find(|measure| measure.name() == word) {
        return Ok((measure.name(), word));
    }
    if let Some(claim) = CLAIMS.iter().find(|claim| **claim == word) {
        return Ok((claim, "true"));
    }
    Err(if KEYS.iter().any(|(name, _)| *name == word) {
        format!("`{word}` takes a value: `{word}=…`")
    } else if word.parse::<Amount>().is_ok() {
        format!("an increase begins with a plus sign: `+{word}`")
    } else {
        unknown(word)
    })
}

fn set(limit: &mut Limit, key: &str, value: &str) -> Result<(), String> {
    let problem = |error: Error| error.problem().to_owned();
    let text = || Some(value.to_owned());
    let amount = || value.strip_prefix('+').unwrap_or(value).parse::<Amount>().map(Some).map_err(problem);
    let pattern = || Pattern::new(value).map(Some).map_err(problem);
    let share = || match value.parse() {
        Ok(Amount::Part(part)) => Ok(Some(part)),
        _ => Err(format!("`{value}` is not a percentage such as `0.5%`")),
    };
    let claim = || value.parse().map_err(|_| format!("`{key}` is `true` or `false`"));
    match key {
        "max-increase" => limit.max_increase = amount()?,
        "min-increase" => limit.min_increase = amount()?,
        "min-share" => limit.min_share = share()?,
        "max-share" => limit.max_share = share()?,
        "functions" => limit.functions = pattern()?,
        "exclude" => limit.exclude = pattern()?,
        "metric" => limit.metric = text(),
        "name" => value.clone_into(&mut limit.name),
        "level" => limit.level = choose(value).map_err(problem)?,
        "must-match" => limit.must_match = claim()?,
        "strict" => limit.strict = claim()?,
        // `measure`, or a measure itself.
        _ => {
            for word in value.split(',') {
                let measure = choose(word).map_err(problem)?;
                if limit.measures.contains(&measure) {
                    return Err(format!("`{word}` is given twice"));
                }
                limit.measures.push(measure);
            }
        }
    }
    Ok(())
}

fn unknown(word: &str) -> String {
    let measures = Measure::ALL.iter().map(|measure| measure.name());
    let words = measures.chain(KEYS.iter().map(|(name, _)| *name));
    match nearest_name(word, words) {
        Some(name) => format!("unknown word `{word}`, did you mean `{name}`?"),
        None => format!("unknown word `{word}`"),
    }
}

/// An error with `range` of the expression underlined.
fn underlined(expression: &str, range: &Range<usize>, problem: &str) -> Error {
    Error::new(ErrorKind::Config, problem).quoting(expression, range.clone()).at("--limit").help(
        "a limit reads like 'flat +10% min=20ms functions=^foo'; `profgate explain limit` lists the words",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verdict::Level;

    fn limit(name: &str, measures: &[Measure]) -> Limit {
        Limit { max_increase: Some(Amount::Part(0.1)), ..Limit::new(name, measures) }
    }

    #[test]
    fn words_in_any_order_make_a_limit() {
        let cases = [
            ("+10%", limit("flat cum +10%", &[Measure::Flat, Measure::Cum])),
            ("total +10%", limit("total +10%", &[Measure::Total])),
            ("+10% cum flat", limit("cum flat +10%", &[Measure::Cum, Measure::Flat])),
            ("measure=cum,total max-increase=10%", limit("cum total +10%", &[Measure::Cum, Measure::Total])),
            (
                "  flat\t+10% min=+20ms share=0.5% functions=^foo ",
                Limit {
                    min_increase: Some(Amount::Value { number: 20.0, unit: "ms".to_owned() }),
                    min_share: Some(0.005),
                    functions: Some(Pattern::new("^foo").unwrap()),
                    ..limit("flat +10% min=20ms share=0.5% functions=^foo", &[Measure::Flat])
                },
            ),
            (
                r#"name='hot path' flat +10% strict must-match=false level=warn exclude="operator new" metric=cpu"#,
                Limit {
                    strict: true,
                    level: Level::Warn,
                    exclude: Some(Pattern::new("operator new").unwrap()),
                    metric: Some("cpu".to_owned()),
                    ..limit("hot path", &[Measure::Flat])
                },
            ),
            (
                "max-share=15% must-match min-increase=5 functions=a=b",
                Limit {
                    max_share: Some(0.15),
                    max_increase: None,
                    min_increase: Some(Amount::Value { number: 5.0, unit: String::new() }),
                    must_match: true,
                    functions: Some(Pattern::new("a=b").unwrap()),
                    ..limit(
                        "flat cum max-share=15% min=5 functions=a=b must-match",
                        &[Measure::Flat, Measure::Cum],
                    )
                },
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(format!("{:?}", parse_limit(text).unwrap()), format!("{expected:?}"), "{text}");
        }
    }

    #[test]
    fn errors_underline_the_word() {
        let cases = [
            (
                "flat +10% fuctions=^foo",
                "unknown word `fuctions`, did you mean `functions`?\n    \
                 flat +10% fuctions=^foo\n    \
                 \u{20}         ^^^^^^^^^^^^^",
            ),
            ("flt +10%", "unknown word `flt`, did you mean `flat`?\n    flt +10%\n    ^^^"),
            ("é 10%", "unknown word `é`\n    é 10%\n    ^"),
            ("flat\t10%", "an increase begins with a plus sign: `+10%`\n    flat 10%\n         ^^^"),
            ("+10% flat flat", "`flat` is given twice\n    +10% flat flat\n              ^^^^"),
            ("flat measure=flat", "`flat` is given twice\n    flat measure=flat\n         ^^^^^^^^^^^^"),
            (
                "+1% max-increase=2%",
                "`max-increase` is given twice\n    +1% max-increase=2%\n        ^^^^^^^^^^^^^^^",
            ),
            (
                "+1% name='a b' name=c",
                "`name` is given twice\n    +1% name='a b' name=c\n                   ^^^^^^",
            ),
            ("min +1%", "`min` takes a value: `min=…`\n    min +1%\n    ^^^"),
            ("metric=", "`metric` has no value\n    metric=\n    ^^^^^^^"),
            ("+ten", "`ten` does not begin with a number\n    +ten\n    ^^^^"),
            ("share=5ms", "`5ms` is not a percentage such as `0.5%`\n    share=5ms\n    ^^^^^^^^^"),
            ("strict=yes", "`strict` is `true` or `false`\n    strict=yes\n    ^^^^^^^^^^"),
            ("level=error", "`error` is not one of `warn`, `fail`\n    level=error\n    ^^^^^^^^^^^"),
            ("+1% name='a b", "the quotation mark ' is not closed\n    +1% name='a b\n        ^^^^^^^^^"),
        ];
        for (text, expected) in cases {
            let error = parse_limit(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("--limit: {expected}\n  help: ")), "{text}: {error}");
        }
        let error = parse_limit("+1% functions=(").unwrap_err().to_string();
        assert!(error.contains("\n    +1% functions=(\n        ^^^^^^^^^^^\n"), "{error}");
    }

    #[test]
    fn a_limit_that_nothing_can_break_is_an_error() {
        for (text, expected) in [
            ("", "neither max-increase nor max-share"),
            ("flat min=5%", "neither max-increase nor max-share"),
            ("total +5% functions=f", "the total has no functions"),
            ("max-share=120%", "max-share must lie"),
        ] {
            let error = parse_limit(text).unwrap_err().to_string();
            assert!(error.starts_with("--limit: ") && error.contains(expected), "{text}: {error}");
        }
    }

    fn amount() -> impl Strategy<Value = Option<Amount>> {
        let number = 0.0..1e12_f64;
        prop::option::of(prop_oneof![
            number.clone().prop_map(Amount::Part),
            (number, "(|ms|kB)").prop_map(|(number, unit)| Amount::Value { number, unit }),
        ])
    }

    fn pattern() -> impl Strategy<Value = Option<Pattern>> {
        // Blanks, both kinds of quotation marks, and what the grammar itself uses.
        prop::option::of(
            "[a-z'\" =+%,\t\\n.^$é]{1,12}".prop_filter_map("a pattern", |text| Pattern::new(&text).ok()),
        )
    }

    fn any_limit() -> impl Strategy<Value = Limit> {
        let measures = prop::sample::subsequence(vec![Measure::Flat, Measure::Cum], 1..=2);
        let text = || "[ -~é\u{2003}]{1,12}";
        let share = || prop::option::of(0.0..=1.0_f64);
        (
            (measures, text(), prop::option::of(text()), any::<bool>(), any::<bool>(), any::<bool>()),
            (pattern(), pattern(), amount(), amount(), share(), 0.0..=1.0_f64),
        )
            .prop_map(|((measures, name, metric, must_match, warns, strict), rest)| {
                let (functions, exclude, max_increase, min_increase, min_share, max_share) = rest;
                Limit {
                    functions,
                    exclude,
                    metric,
                    max_increase,
                    min_increase,
                    min_share,
                    max_share: Some(max_share),
                    must_match,
                    level: if warns { Level::Warn } else { Level::Fail },
                    strict,
                    ..Limit::new(name, &measures)
                }
            })
    }

    proptest! {
        #[test]
        fn a_limit_prints_as_what_it_is_read_from(limit in any_limit()) {
            let read = parse_limit(&limit.to_string()).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{limit:?}"));
            let unnamed = Limit { name: limit.expression(), ..limit };
            let read = parse_limit(&unnamed.to_string()).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{unnamed:?}"));
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[a-z=+% '\"\t\n-]*") {
            let _ = parse_limit(&text);
        }
    }
}
