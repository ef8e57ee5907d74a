//! A series of measurements to the places where its level changed.
//!
//! Every part of the series is split at every place, and the split with the clearest two-sample t statistic is a
//! change if chance makes one as clear, in any part and at any place, seldom enough (Bonferroni's inequality). For one
//! part that is the likelihood-ratio test for a shift of a normal mean (Worsley 1979, "On the likelihood ratio test
//! for a shift in location of normal populations", JASA 74); looking at parts finds changes that hide each other, such
//! as a regression and its mending (Fryzlewicz 2014, "Wild binary segmentation for multiple change-point detection",
//! Annals of Statistics 42). Both sides of a change are searched again.
//!
//! Measurements count as independent. A level that wanders by itself is marked too often.

use super::special::student::Student;

/// The shortest series that is searched.
pub const SHORTEST: usize = 5;

/// Measurements that a level must have at least, so that one outlier at an end is no change.
const LEVEL: usize = 2;

/// Differences below this part of the level are those of rounding.
const ROUNDING: f64 = 1e-12;

/// A place where the level changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// The index of the first measurement of the new level.
    pub at: usize,
    /// The chance of a change this clear, anywhere in the part of the series that was searched, if there was none.
    pub p_value: f64,
}

/// The changes of level in `values` whose chance is at most `alpha` each, in order. Takes time that grows with the
/// cube of the number of values.
#[must_use]
pub fn change_points(values: &[f64], alpha: f64) -> Vec<ChangePoint> {
    let mut found = Vec::new();
    if values.iter().any(|value| !value.is_finite()) {
        return found;
    }
    let least = least_scatter(values);
    let mut parts = vec![(0, values.len())];
    while let Some((start, end)) = parts.pop() {
        if let Some(change) = clearest(&values[start..end], least).filter(|change| change.p_value <= alpha) {
            let at = start + change.at;
            found.push(ChangePoint { at, ..change });
            parts.extend([(start, at), (at, end)]);
        }
    }
    found.sort_by_key(|change| change.at);
    found
}

/// The smallest standard deviation that is believed of a part of `values`.
///
/// Counts of few events are often equal by accident; they scatter at least as much as rounding to their smallest step
/// does (Sheppard's step / √12). Measurements that change as seldom as once in five are taken for exact.
fn least_scatter(values: &[f64]) -> f64 {
    let steps = || values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0.0);
    if steps().count() * SHORTEST <= values.len() {
        0.0
    } else {
        steps().fold(f64::INFINITY, f64::min) / 12_f64.sqrt()
    }
}

/// The clearest split of any part of `values`; `None` if there are too few, or all are alike.
#[expect(clippy::cast_precision_loss, reason = "numbers of measurements are small")]
fn clearest(values: &[f64], least: f64) -> Option<ChangePoint> {
    let count = values.len();
    let parts = (0..count).flat_map(|start| (start + SHORTEST..=count).map(move |end| (start, end)));
    let mut best: Option<Split> = None;
    let mut splits = 0;
    for (start, end) in parts {
        splits += end - start - 2 * LEVEL + 1;
        if let Some(split) = clearest_of_part(&values[start..end], least)
            && best.as_ref().is_none_or(|best| split.chance < best.chance)
        {
            best = Some(Split { at: start + split.at, ..split });
        }
    }
    best.map(|Split { at, chance }| ChangePoint { at, p_value: (splits as f64 * chance).min(1.0) })
}

/// A part of a series in two.
struct Split {
    at: usize,
    /// The chance of levels this different at this place.
    chance: f64,
}

#[expect(clippy::cast_precision_loss, reason = "numbers of measurements are small")]
fn clearest_of_part(values: &[f64], least: f64) -> Option<Split> {
    let count = values.len();
    let n = count as f64;
    // Centred, so that sums of squares do not cancel.
    let mean = values.iter().sum::<f64>() / n;
    let magnitude = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let total: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let mut best: Option<(usize, f64, f64)> = None;
    let mut left = 0.0;
    for at in 1..=count - LEVEL {
        left += values[at - 1] - mean;
        if at < LEVEL {
            continue;
        }
        let (a, b) = (at as f64, n - at as f64);
        // The sum of all is zero, so the right side's is the left's with another sign.
        let between = left * left * n / (a * b);
        if best.is_none_or(|(_, clearest, _)| between > clearest) {
            best = Some((at, between, (left / a + left / b).abs()));
        }
    }
    let (at, between, difference) = best?;
    if difference.is_nan() || difference <= ROUNDING * magnitude {
        return None;
    }
    let freedom = n - 2.0;
    let within = (total - between).max(freedom * least * least);
    let is_exact = within.sqrt() <= ROUNDING * magnitude;
    let t = (between / (within / freedom)).sqrt();
    Some(Split { at, chance: if is_exact { 0.0 } else { 2.0 * Student::new(freedom).survival(t) } })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Places of the changes, at a level of one percent.
    fn places(values: &[f64]) -> Vec<usize> {
        change_points(values, 0.01).iter().map(|change| change.at).collect()
    }

    /// Normal noise of unit variance, by Box and Muller from a linear congruential generator (Knuth's constants).
    fn noise(seed: u64) -> impl Iterator<Item = f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
            let bits = (state >> 11) as f64;
            (bits + 0.5) / 9_007_199_254_740_992.0
        };
        std::iter::repeat_with(move || {
            (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
        })
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        assert_eq!(places(&[10.0, 10.1, 9.9, 12.0, 12.1]), [3]);
        assert_eq!(places(&[10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 12.0, 12.1, 12.0, 8.0, 8.1, 7.9]), [6, 9]);
        assert_eq!(places(&[5.0, 5.0, 5.0, 6.0, 6.0, 6.0]), [3], "counts need not scatter");
    }

    #[test]
    fn one_outlier_is_no_step() {
        assert_eq!(places(&[10.0, 10.1, 9.9, 10.0, 10.1, 9.9, 15.0]), Vec::<usize>::new());
        assert_eq!(places(&[10.0, 10.1, 9.9, 15.0, 10.1, 9.9, 10.0]), Vec::<usize>::new());
    }

    #[test]
    fn counts_that_are_equal_by_accident_are_no_level() {
        assert_eq!(places(&[1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 2.0, 1.0, 1.0, 2.0]), Vec::<usize>::new());
        assert_eq!(places(&[4.0, 5.0, 4.0, 4.0, 5.0, 40.0, 41.0, 40.0]), [5]);
    }

    #[test]
    fn what_is_too_short_or_level_has_no_step() {
        for values in
            [&[][..], &[1.0], &[1.0, 1.0, 9.0, 9.0], &[7.0; 9], &[0.0; 9], &[0.1 + 0.2, 0.3, 0.3, 0.3, 0.3]]
        {
            assert_eq!(places(values), Vec::<usize>::new(), "{values:?}");
        }
    }

    #[test]
    fn creep_that_no_neighbour_shows_is_found() {
        let series: Vec<f64> =
            noise(3).take(24).zip(0..).map(|(e, step)| 100.0 + 0.6 * f64::from(step) + e).collect();
        assert!(!places(&series).is_empty());
    }

    #[test]
    fn the_level_is_kept() {
        const SERIES: u64 = 2000;
        for length in [5, 8, 20] {
            for alpha in [0.01, 0.1] {
                let is_marked = |seed: &u64| {
                    let series: Vec<f64> = noise(*seed).take(length).collect();
                    clearest(&series, 0.0).is_some_and(|change| change.p_value <= alpha)
                };
                let marked = (1..=SERIES).filter(is_marked).count();
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let rate = marked as f64 / SERIES as f64;
                // Three standard errors above.
                let error = 3.0 * (alpha / 2000.0_f64).sqrt();
                assert!(rate <= alpha + error, "{length} {alpha}: {rate}");
            }
        }
    }

    proptest! {
        #[test]
        fn scale_and_place_do_not_matter(
            values in prop::collection::vec(-100.0..100.0_f64, 5..30), factor in 0.01..1e9_f64,
        ) {
            let changed: Vec<f64> = values.iter().map(|value| value * factor).collect();
            prop_assert_eq!(places(&values), places(&changed));
            let backwards: Vec<f64> = values.iter().rev().copied().collect();
            let (here, there) = (clearest(&values, 0.0), clearest(&backwards, 0.0));
            let close = here.zip(there).is_none_or(|(a, b)| (a.p_value - b.p_value).abs() < 1e-6);
            prop_assert!(close, "{:?} {:?}", here, there);
        }

        #[test]
        fn no_series_panics(values in prop::collection::vec(any::<f64>(), 0..20)) {
            let _ = change_points(&values, 0.05);
        }
    }
}
