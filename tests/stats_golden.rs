//! Values of the reference implementation: tails, mixtures, Holm, and two comparisons from counts to verdict.

use profgate::stats::{
    family::Conventions,
    footing::Footing,
    gate::{Input, Judgement, Measure, Settings, judge},
    mixture::{self, VarianceEstimate},
    multiplicity,
    noise::Noise,
    table::{Sides, Table},
    tail::Tail,
    threshold::Threshold,
};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/statistics.json")).expect("the golden values are complete")
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn numbers(value: &Value, key: &str) -> Vec<f64> {
    value[key]
        .as_array()
        .expect("the golden values are complete")
        .iter()
        .map(|v| v.as_f64().expect("the golden values are complete"))
        .collect()
}

#[track_caller]
fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance * want.abs() + 1e-15, "{what}: {got}, not {want}");
}

#[test]
fn tails() {
    for case in golden()["tail"].as_array().expect("the golden values are complete") {
        let (new, all) = (number(case, "y1"), number(case, "n"));
        close(
            Tail::new(all - new, new).at(number(case, "logodds")),
            number(case, "p"),
            1e-12,
            &case.to_string(),
        );
    }
}

#[test]
fn mixtures() {
    for case in golden()["mixture"].as_array().expect("the golden values are complete") {
        let tail = Tail::new(number(case, "y0"), number(case, "y1"));
        let effect = VarianceEstimate { mean: number(case, "A"), variance: number(case, "B") };
        let log_odds = number(case, "logE");
        let published = mixture::over_effect(&tail, log_odds, effect);
        close(published, number(case, "p_quadrature"), 1e-9, &case.to_string());
        close(mixture::p_value(&tail, log_odds, effect), number(case, "p_exact"), 1e-6, &case.to_string());
    }
}

#[test]
fn holm() {
    let case = &golden()["holm"];
    let adjusted = multiplicity::holm(&numbers(case, "p"), &numbers(case, "w"));
    for (got, want) in adjusted.iter().zip(numbers(case, "padj")) {
        close(*got, want, 1e-12, "adjusted");
    }
}

/// Rows of both sides next to each other, and the runs of each.
fn joined(case: &Value) -> (Vec<f64>, Sides<usize>) {
    let rows = |key: &str| -> Vec<Vec<f64>> {
        let row = |v: &Value| {
            v.as_array()
                .expect("the golden values are complete")
                .iter()
                .map(|n| n.as_f64().expect("the golden values are complete"))
                .collect()
        };
        case[key].as_array().expect("the golden values are complete").iter().map(row).collect()
    };
    let (base, new) = (rows("base"), rows("new"));
    let runs = Sides { base: base[0].len(), new: new[0].len() };
    (base.into_iter().zip(new).flat_map(|(b, n)| b.into_iter().chain(n)).collect(), runs)
}

fn judged(case: &Value) -> Judgement {
    let (cells, runs) = joined(case);
    let counts = Table::new(&cells, runs).expect("the golden values are complete");
    let base_total: f64 = (0..counts.rows()).map(|row| counts.sums(row).base).sum();
    #[expect(clippy::cast_precision_loss, reason = "a handful of runs")]
    let absolute = number(case, "absolute_share") * base_total / runs.base as f64;
    let thresholds = vec![Threshold { relative: number(case, "relative"), absolute }; counts.rows()];
    let noise = Noise {
        dispersion: number(case, "dispersion"),
        batch: number(case, "batch"),
        single_pair: number(case, "batch"),
        ..Noise::CPU
    };
    let settings = Settings {
        alpha: number(case, "alpha"),
        conventions: Conventions::Published,
        ..Settings::new(noise)
    };
    let measure = Measure {
        counts,
        value_per_event: &vec![1.0; counts.rows()],
        thresholds: &thresholds,
        gated: &vec![true; counts.rows()],
        calibration: None,
    };
    let input = Input {
        flat: measure,
        cum: None,
        footing: Footing::Reference,
        in_turns: false,
        outside_below: &|_| None,
    };
    judge(&input, &settings).expect("the golden values are complete")
}

#[test]
fn whole_comparisons() {
    for case in golden()["gates"].as_array().expect("the golden values are complete") {
        let judgement = judged(case);
        close(judgement.least_events, number(case, "least_events"), 0.0, "least events");
        let family = f64::from(u32::try_from(judgement.family).expect("a small family"));
        close(family, number(case, "family"), 0.0, "size of the family");
        close(judgement.reference.scale(), number(case, "scale"), 1e-12, "scale of the reference");
        close(
            judgement.reference.share().base,
            number(case, "reference_share"),
            1e-12,
            "share of the reference",
        );
        close(judgement.typical_dispersion.0, number(case, "typical_dispersion"), 1e-9, "typical dispersion");
        let columns = ["p", "p_adjusted", "weight", "effect_mean", "effect_variance", "log_exposure"];
        let columns = columns.map(|key| (key, numbers(case, key)));
        for (i, row) in judgement.flat.iter().enumerate() {
            let effect = row.effect.total();
            let log_exposure = (row.exposure.new / row.exposure.base).ln();
            let got =
                [row.p_increase, row.p_adjusted, row.weight, effect.mean, effect.variance, log_exposure];
            for ((key, want), got) in columns.iter().zip(got) {
                close(got, want[i], 1e-9, &format!("{key} of row {i}"));
            }
        }
    }
}
