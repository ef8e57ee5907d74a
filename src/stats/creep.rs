//! A series of measurements to the chance that it rises or falls as steadily as it does without a reason.
//!
//! Kendall's rank correlation with time (Mann 1945, "Nonparametric tests against trend", Econometrica 13), with the
//! variance for ties and the continuity correction of Kendall (1975, "Rank correlation methods", chapter 4). Ranks do
//! not mind outliers. Measurements count as independent.

use super::special::normal;

/// The two-sided chance of a trend as clear as that of `values` if each order of them were as likely; 1 for fewer than
/// three values.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "numbers of measurements are small")]
pub fn creep(values: &[f64]) -> f64 {
    let count = values.len();
    if count < 3 || values.iter().any(|value| value.is_nan()) {
        return 1.0;
    }
    let mut score = 0.0_f64;
    for (at, value) in values.iter().enumerate() {
        for later in &values[at + 1..] {
            score += if later > value {
                1.0
            } else if later < value {
                -1.0
            } else {
                0.0
            };
        }
    }
    let term = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted
        .chunk_by(|one, other| one.total_cmp(other).is_eq())
        .map(|equal| term(equal.len() as f64))
        .sum();
    let variance = (term(count as f64) - ties) / 18.0;
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (score.abs() - 1.0).max(0.0) / variance.sqrt();
    (2.0 * normal::cdf(-z)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exact chance, over all orders.
    fn exact(values: &[f64]) -> f64 {
        fn score(values: &[f64]) -> f64 {
            let pairs = (0..values.len()).flat_map(|i| (i + 1..values.len()).map(move |j| (i, j)));
            pairs
                .map(|(i, j)| {
                    (values[j] - values[i]).partial_cmp(&0.0).map_or(0.0, |order| f64::from(order as i8))
                })
                .sum()
        }
        fn visit(values: &mut Vec<f64>, at: usize, count: &mut dyn FnMut(&[f64])) {
            if at == values.len() {
                return count(values);
            }
            for other in at..values.len() {
                values.swap(at, other);
                visit(values, at + 1, count);
                values.swap(at, other);
            }
        }
        let observed = score(values).abs();
        let (mut all, mut extreme) = (0.0, 0.0);
        visit(&mut values.to_vec(), 0, &mut |order| {
            all += 1.0;
            extreme += f64::from(score(order).abs() >= observed);
        });
        extreme / all
    }

    #[test]
    fn chances_are_close_to_those_over_all_orders() {
        let series: [&[f64]; 6] = [
            &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
            &[1.0, 3.0, 2.0, 4.0, 6.0, 5.0, 7.0],
            &[4.0, 1.0, 7.0, 2.0, 6.0, 3.0, 5.0],
            &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0],
            &[7.0, 6.0, 4.0, 5.0, 3.0, 1.0, 2.0],
            &[1.0, 2.0, 3.0, 4.0, 5.0],
        ];
        for values in series {
            let (near, exact) = (creep(values), exact(values));
            assert!((near - exact).abs() < 0.02, "{values:?}: {near} {exact}");
        }
    }

    #[test]
    fn what_is_level_or_too_short_does_not_creep() {
        for values in [&[][..], &[1.0, 2.0], &[3.0; 9], &[f64::NAN, 1.0, 2.0]] {
            assert_eq!(creep(values).to_bits(), 1.0_f64.to_bits(), "{values:?}");
        }
    }
}
