//! The rows of all families into the part of the error that each gets.

use std::collections::HashMap;

use super::{Part, hypothesis::Hypothesis};
use crate::stats::{
    multiplicity,
    special::real,
    table::Sides,
    threshold::Threshold,
    weights::{self, Prospect},
};

/// A change is expected in a row with its cost to this power: in large rows rather, but less than in proportion.
const COST_EXPONENT: f64 = 0.9;

/// Part of the expected changes that show in cum alone: with 0.4 the power for changes of single functions was 0.06 of an
/// oracle's lower at three runs a side, 0.04 at five.
const CUM_SHARE: f64 = 0.3;

/// Rows with fewer events may have equal counts without being of one call chain.
const LEAST_CHAIN: f64 = 50.0;

/// Weights by what each row can show.
pub(super) fn by_prospects(
    hypotheses: &[Hypothesis],
    takes_part: impl Fn(usize) -> bool,
    alpha: f64,
) -> Vec<f64> {
    let mut effects: Vec<f64> = (0..hypotheses.len())
        .filter(|i| takes_part(*i))
        .map(|i| hypotheses[i].model.effect.within.mean + hypotheses[i].model.effect.between.mean)
        .collect();
    effects.sort_unstable_by(f64::total_cmp);
    let typical = effects.get(effects.len() / 2).copied().unwrap_or(0.0);
    let cost = |h: &Hypothesis| (h.model.events.sum() * h.value_per_event).powf(COST_EXPONENT);
    let mut mass = [0.0, 0.0];
    hypotheses
        .iter()
        .enumerate()
        .filter(|(i, _)| takes_part(*i))
        .for_each(|(_, h)| mass[h.family] += cost(h));
    let prospects: Vec<Prospect> = hypotheses
        .iter()
        .enumerate()
        .map(|(i, h)| {
            let events = h.model.events.sum();
            let Sides { base, new } = h.model.exposure;
            let odds = new / base;
            let noise = typical + h.model.effect.reference.mean;
            let sampling = (1.0 + odds) * (1.0 + odds) / (events * odds);
            let share = if h.family > 0 { CUM_SHARE } else { 1.0 - CUM_SHARE };
            let prior = if takes_part(i) { share * cost(h) / mass[h.family] } else { 0.0 };
            Prospect::new(prior, (sampling + noise).sqrt(), |ratio| {
                let rate = events / (1.0 + odds * ratio);
                h.relative.max(h.allowance / rate).ln_1p()
            })
        })
        .collect();
    weights::optimal(&prospects, alpha)
}

/// Fewest pooled events with which any gated row can be rejected.
pub(super) fn least_events(hypotheses: &[Hypothesis], alpha: f64) -> f64 {
    let gated: Vec<&Hypothesis> = hypotheses.iter().filter(|h| h.gated && h.usable).collect();
    let counts: Vec<f64> = gated.iter().map(|h| h.model.events.sum()).collect();
    let mut odds: Vec<f64> =
        gated.iter().map(|h| h.model.log_exposure() + h.relative.max(0.0).ln_1p()).collect();
    odds.sort_unstable_by(f64::total_cmp);
    let Some(&upper) = odds.get(odds.len() / 2) else {
        return 0.0;
    };
    let middle = 0.5 * (upper + odds[(odds.len() - 1) / 2]);
    multiplicity::least_events(&counts, 1.0 / (1.0 + (-middle).exp()), alpha)
}

/// Weights of the rows that take part: the families share the error equally.
pub(super) fn by_events(hypotheses: &[Hypothesis], takes_part: impl Fn(usize) -> bool) -> Vec<f64> {
    let part: Vec<bool> = (0..hypotheses.len()).map(takes_part).collect();
    let families = hypotheses.iter().map(|h| h.family).max().map_or(0, |last| last + 1);
    let of_family = |family: usize| -> Vec<bool> {
        part.iter().zip(hypotheses).map(|(part, h)| *part && h.family == family).collect()
    };
    let filled = (0..families).filter(|&family| of_family(family).contains(&true)).count();
    let counts: Vec<f64> = hypotheses.iter().map(|h| h.model.events.sum()).collect();
    let mut weights = vec![0.0; hypotheses.len()];
    for family in 0..families {
        let share = multiplicity::weights(&counts, &of_family(family), 1.0 / real(filled));
        for (weight, share) in weights.iter_mut().zip(share) {
            *weight += share;
        }
    }
    weights
}

/// For each hypothesis the one whose test it shares: itself, or for a cum row its own flat row (a leaf), or another cum
/// row with the same counts in every run and the same limit (a call chain).
pub(super) fn duplicates(parts: &[Part<'_>], hypotheses: &[Hypothesis]) -> Vec<usize> {
    let mut same_as: Vec<usize> = (0..hypotheses.len()).collect();
    let [flat, cum] = parts else {
        return same_as;
    };
    let rows = flat.models.rows.len();
    let limit = |i: usize| {
        let Threshold { relative, absolute } = parts[i / rows].measure.thresholds[i % rows];
        [relative.to_bits(), absolute.to_bits(), u64::from(hypotheses[i].gated)]
    };
    let mut chains: HashMap<Vec<u64>, usize> = HashMap::new();
    for row in 0..rows {
        let i = rows + row;
        let counts = cum.measure.counts.row(row);
        let is_leaf = counts == flat.measure.counts.row(row) && limit(row) == limit(i);
        let itself = if is_leaf { row } else { i };
        if hypotheses[i].model.events.sum() < LEAST_CHAIN {
            same_as[i] = itself;
            continue;
        }
        let mut key: Vec<u64> = counts.iter().map(|count| count.to_bits()).collect();
        key.extend(limit(i));
        same_as[i] = *chains.entry(key).or_insert(itself);
    }
    same_as
}
