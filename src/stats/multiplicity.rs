//! Many p-values with weights into adjusted ones: Holm for the family, Benjamini–Hochberg for the rows.
//!
//! Weights say which hypotheses the family's error is spent on. They may depend on the pooled counts of both sides,
//! because under the hypothesis of no change those say nothing about how the counts are split.

/// Weighted Holm: the least family-wise level at which each hypothesis is rejected.
///
/// Adjusted value of the i-th smallest `p/w`: the running maximum of `(p/w)_i` times the sum of the weights from `i`
/// on, at most 1. A hypothesis of weight 0 is not in the family and keeps 1. The weights need not add up to one; what
/// is missing is kept unspent.
///
/// # Panics
///
/// If the slices differ in length.
#[must_use]
pub fn holm(p: &[f64], weights: &[f64]) -> Vec<f64> {
    let order = by_evidence(p, weights);
    let mut remaining = remaining_weights(&order, weights);
    let mut adjusted = vec![1.0; p.len()];
    let mut worst: f64 = 0.0;
    for &i in order.iter().rev() {
        let rest = remaining.pop().unwrap_or(0.0);
        worst = worst.max(p[i] / weights[i] * rest);
        adjusted[i] = worst.min(1.0);
    }
    adjusted
}

/// Weighted Benjamini–Hochberg: the least false discovery rate at which each hypothesis is rejected (its q-value).
///
/// `min over j >= i of (p/w)_j * sum(w) / j` in the order of `p/w`, at most 1; hypotheses of weight 0 keep 1.
///
/// # Panics
///
/// If the slices differ in length.
#[must_use]
pub fn q_values(p: &[f64], weights: &[f64]) -> Vec<f64> {
    let order = by_evidence(p, weights);
    let total: f64 = order.iter().map(|&i| weights[i]).sum();
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    let mut rank = super::special::real(order.len());
    for &i in &order {
        least = least.min(p[i] / weights[i] * total / rank);
        q[i] = least;
        rank -= 1.0;
    }
    q
}

/// The fewest pooled events a hypothesis needs before it can be rejected at all (Tarone's cut).
///
/// The smallest `k` with `½ π^k <= alpha / #{counts >= k}`: with `k` events the least possible mid-p is `½ π^k`, where
/// `π` is the probability of an event to lie on the new side under a typical hypothesis. What lies below would only
/// dilute the family.
#[must_use]
pub fn least_events(counts: &[f64], probability_new: f64, alpha: f64) -> f64 {
    let mut ascending: Vec<f64> = counts.to_vec();
    ascending.sort_unstable_by(f64::total_cmp);
    let mut least = 0.5;
    for k in 1..=4096_u32 {
        least *= probability_new;
        let events = f64::from(k);
        let candidates = ascending.len() - ascending.partition_point(|&n| n < events);
        if least * super::special::real(candidates) <= alpha {
            return events;
        }
    }
    f64::INFINITY
}

/// Weights of one family's testable rows: half in proportion to the pooled events, half in equal parts.
///
/// `counts` are the pooled events; `testable` says which rows take part. The weights add up to `total`.
///
/// # Panics
///
/// If the slices differ in length.
#[must_use]
pub fn weights(counts: &[f64], testable: &[bool], total: f64) -> Vec<f64> {
    let (mut events, mut rows) = (0.0, 0.0);
    for (&n, &takes_part) in counts.iter().zip(testable) {
        if takes_part {
            events += n;
            rows += 1.0;
        }
    }
    let weight = |n: f64| 0.5 * total * (if events > 0.0 { n / events } else { 1.0 / rows } + 1.0 / rows);
    counts.iter().zip(testable).map(|(&n, &takes_part)| if takes_part { weight(n) } else { 0.0 }).collect()
}

/// Indices of the hypotheses with positive weight, the weakest evidence (largest `p/w`) first.
fn by_evidence(p: &[f64], weights: &[f64]) -> Vec<usize> {
    assert_eq!(p.len(), weights.len(), "one weight for each p-value");
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| weights[i] > 0.0).collect();
    order.sort_by(|&i, &j| (p[j] / weights[j]).total_cmp(&(p[i] / weights[i])).then(j.cmp(&i)));
    order
}

/// For each position of `order`, the sum of the weights from there towards the weakest evidence.
fn remaining_weights(order: &[usize], weights: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    order
        .iter()
        .map(|&i| {
            sum += weights[i];
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::special::real;
    use proptest::prelude::*;

    /// Holm as Holm wrote it: reject the best while it passes at what the rest leaves over.
    fn holm_rejects(p: &[f64], w: &[f64], alpha: f64) -> Vec<bool> {
        let mut left: Vec<usize> = (0..p.len()).filter(|&i| w[i] > 0.0).collect();
        let mut rejected = vec![false; p.len()];
        while let Some(&best) = left.iter().min_by(|&&i, &&j| (p[i] / w[i]).total_cmp(&(p[j] / w[j]))) {
            let share: f64 = left.iter().map(|&i| w[i]).sum();
            if p[best] > alpha * w[best] / share {
                break;
            }
            rejected[best] = true;
            left.retain(|&i| i != best);
        }
        rejected
    }

    /// The step-up rule of Benjamini and Hochberg with weights of mean one, for one rate.
    fn bh_rejects(p: &[f64], w: &[f64], rate: f64) -> Vec<bool> {
        let family: Vec<usize> = (0..p.len()).filter(|&i| w[i] > 0.0).collect();
        let m = real(family.len());
        let mean = family.iter().map(|&i| w[i]).sum::<f64>() / m;
        let scaled = |i: usize| p[i] / (w[i] / mean);
        let passes = |k: usize| family.iter().filter(|&&i| scaled(i) <= rate * real(k) / m).count() >= k;
        let k = (1..=family.len()).rev().find(|&k| passes(k)).unwrap_or(0);
        (0..p.len()).map(|i| w[i] > 0.0 && k > 0 && scaled(i) <= rate * real(k) / m).collect()
    }

    proptest! {
        #[test]
        fn adjusted_values_reject_what_the_step_wise_rules_reject(
            rows in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 1..40),
            level in 0.001..0.5_f64,
        ) {
            let p: Vec<f64> = rows.iter().map(|r| r.0 * r.0 * r.0).collect();
            let raw: Vec<f64> = rows.iter().map(|r| if r.1 < 0.1 { 0.0 } else { r.1 }).collect();
            let total: f64 = raw.iter().sum();
            prop_assume!(total > 0.0);
            let w: Vec<f64> = raw.iter().map(|v| v / total).collect();
            let adjusted = holm(&p, &w);
            let q = q_values(&p, &w);
            for (i, (holm, bh)) in holm_rejects(&p, &w, level).into_iter().zip(bh_rejects(&p, &w, level)).enumerate() {
                let near = (adjusted[i] - level).abs() < 1e-12 || (q[i] - level).abs() < 1e-12;
                prop_assert!(near || (adjusted[i] <= level) == holm);
                prop_assert!(near || (q[i] <= level) == bh);
            }
        }
    }

    #[test]
    fn rows_that_cannot_be_rejected_do_not_dilute_the_family() {
        let mut counts = vec![1.0; 1000];
        counts.extend([50.0, 60.0]);
        let least = least_events(&counts, 0.5, 0.01);
        assert!((7.0..=8.0).contains(&least), "{least}");
        assert!(least_events(&[], 0.5, 0.01) <= 1.0);
        assert!(least_events(&[10.0], 1.0, 0.01) > 10.0);
    }

    #[test]
    fn weights_add_up_and_leave_out_what_is_not_testable() {
        let w = weights(&[90.0, 10.0, 5.0], &[true, true, false], 0.5);
        assert!((w.iter().sum::<f64>() - 0.5).abs() < 1e-15);
        assert!((w[0] - 0.25 * (0.9 + 0.5)).abs() < 1e-15);
        assert!(w[2].abs() < f64::MIN_POSITIVE);
        assert!(weights(&[1.0], &[false], 1.0)[0].abs() < f64::MIN_POSITIVE);
    }
}
