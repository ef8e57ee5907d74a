//! Patterns answer as Go's regexp package does: the recorded answers come from `scripts/oracle/run regexp`.

use std::collections::BTreeMap;

use profgate::select::goregexp::Pattern;
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    /// Each character is one byte.
    texts: Vec<String>,
    patterns: Vec<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    pattern: String,
    error: Option<String>,
    matches: Option<String>,
}

/// The scripts of Unicode 17, which Go 1.27 knows and the tables of the `regex` crate do not.
const TOO_NEW: [&str; 4] = ["Beria_Erfe", "Sidetic", "Tai_Yo", "Tolong_Siki"];

/// What profgate says about the patterns that it refuses and Go does not.
fn unsupported() -> BTreeMap<String, String> {
    let refusal = |set: &str| format!("the Unicode set {set} is too new for this build");
    let mut unsupported = BTreeMap::new();
    for script in TOO_NEW {
        let (set, negated) = (format!(r"\p{{{script}}}"), format!(r"\P{{{script}}}"));
        unsupported.insert(format!("(?i)^{negated}$"), refusal(&negated));
        unsupported.insert(set.clone(), refusal(&set));
    }
    unsupported
}

#[test]
fn every_recorded_answer_of_go_is_given() {
    let oracle = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/goregexp.json")).unwrap();
    let oracle: Oracle = serde_json::from_slice(&oracle).unwrap();
    let texts: Vec<Vec<u8>> = (oracle.texts.iter())
        .map(|text| text.chars().map(|byte| u8::try_from(byte).unwrap()).collect())
        .collect();
    assert!(oracle.patterns.len() > 2000 && texts.len() > 100, "the recording is complete");

    let unsupported = unsupported();
    let mut wrong = Vec::new();
    for answer in &oracle.patterns {
        let expected = match unsupported.get(&answer.pattern) {
            Some(refusal) => refusal.clone(),
            None => answer.error.clone().or_else(|| answer.matches.clone()).unwrap(),
        };
        let given = match Pattern::new(&answer.pattern) {
            Ok(pattern) => texts.iter().map(|text| if pattern.is_match(text) { '1' } else { '0' }).collect(),
            Err(error) => error.to_string(),
        };
        if given != expected {
            wrong.push(format!("{}\n  go  {expected}\n  ours {given}", answer.pattern));
        }
    }
    assert!(wrong.is_empty(), "{} patterns differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn hostile_patterns_are_refused_at_once() {
    for (pattern, problem) in [
        ("(".repeat(100_000), "nests more than"),
        ("(?:".repeat(100_000), "nests more than"),
        (format!("a{}", "*(?i)".repeat(100_000)), "nests more than"),
        (r"\pL{1000}".repeat(50), "bytes when compiled"),
        ("(a{30}){33}".repeat(50_000), "bytes when compiled"),
    ] {
        let error = Pattern::new(&pattern).expect_err("beyond the limits");
        assert!(error.problem().contains(problem), "{error}");
    }
}

proptest! {
    #[test]
    fn a_quoted_text_matches_where_it_stands(needle in "[^\\\\]{0,5}", text in any::<String>(), other in any::<String>()) {
        let pattern = Pattern::new(&format!("\\Q{needle}\\E")).expect("a literal");
        let around = format!("{text}{needle}{other}");
        prop_assert!(pattern.is_match(around.as_bytes()));
        prop_assert_eq!(pattern.is_match(text.as_bytes()), text.contains(&needle));
    }

    #[test]
    fn no_pattern_is_too_strange(pattern in "([(){}\\[\\]|*+?^$.,:&~<>=!a-cPQEpxdwb0-9-]|\\\\){0,30}", text in any::<Vec<u8>>()) {
        if let Ok(pattern) = Pattern::new(&pattern) {
            let _ = pattern.is_match(&text);
        }
    }
}
