//! A broken limit to what stays the same from run to run: its rule, and a number that forges know it again by.

use crate::verdict::{BreachKind, Comparison, Measure, Violation};

/// What kind of limit is broken. Names never change: forges remember findings by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    /// One sentence.
    pub(super) title: &'static str,
}

/// Every rule.
pub(super) const RULES: [Rule; 5] = [
    Rule { id: "flat-increase", title: "A function's own code takes more than its limit allows." },
    Rule { id: "cum-increase", title: "A function with what it calls takes more than its limit allows." },
    Rule { id: "total-increase", title: "The whole profile takes more than its limit allows." },
    Rule { id: "flat-budget", title: "A function's own code takes more of the total than its budget." },
    Rule {
        id: "cum-budget",
        title: "A function with what it calls takes more of the total than its budget.",
    },
];

/// The position in [`RULES`] of what `violation` breaks.
pub(super) fn rule(violation: &Violation) -> usize {
    match (violation.kind, violation.measure) {
        (BreachKind::Increase { .. }, Measure::Flat) => 0,
        (BreachKind::Increase { .. }, Measure::Cum) => 1,
        // The total has no budget: it is always all of itself.
        (_, Measure::Total) => 2,
        (BreachKind::Budget { .. }, Measure::Flat) => 3,
        (BreachKind::Budget { .. }, Measure::Cum) => 4,
    }
}

/// A number in hexadecimal digits that is the same for the same row, metric and rule, whatever was measured: the hash
/// FNV-1a with 128 bits (draft-eastlake-fnv) of the texts, each behind its length.
pub(super) fn fingerprint(comparison: &Comparison, violation: &Violation) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = (1 << 88) + 0x13b;
    let texts = [
        RULES[rule(violation)].id,
        &comparison.name,
        &comparison.metric.kind,
        violation.function.as_deref().unwrap_or_default(),
    ];
    let lengths = texts.iter().map(|text| (text.len() as u64).to_le_bytes());
    let bytes = lengths.zip(texts).flat_map(|(length, text)| length.into_iter().chain(text.bytes()));
    let hash = bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}
