//! Counts of two sides, flat and cum, into a judgement of every row and of the comparison as a whole.

use std::{collections::HashMap, fmt};

use rayon::prelude::*;

use super::{
    confidence::{Interval, RatioConfidence},
    dispersion::Scatter,
    family::{Conventions, Effect, Family, Ground, Models, Own, RowModel, runs_factor},
    footing::Footing,
    multiplicity,
    noise::Noise,
    power::Sensitivity,
    reference::{FlatRows, Reference},
    special::real,
    table::{Sides, Table},
    threshold::{Observed, Threshold},
    weights::{self, Prospect},
};

/// p-values above this are taken from cumulants alone: nothing is decided there.
const SCREEN: f64 = 0.2;

/// One family of rows: the same functions in the same order in flat and cum.
#[derive(Clone, Copy)]
pub struct Measure<'a> {
    /// Effective event counts, rows × runs.
    pub counts: Table<'a>,
    /// What one event of a row is worth in the metric's unit; positive.
    pub value_per_event: &'a [f64],
    /// What each row may rise by.
    pub thresholds: &'a [Threshold],
    /// Which rows belong to the family that `alpha` holds for. May depend on names and on both sides' pooled values,
    /// not on how the sides differ.
    pub gated: &'a [bool],
    /// Scatter of each row in a calibration, if there is one.
    pub calibration: Option<&'a [Scatter]>,
}

/// What is judged.
pub struct Input<'a> {
    /// Own cost of each row.
    pub flat: Measure<'a>,
    /// Cost of each row and of everything it calls; rows as in `flat`.
    pub cum: Option<Measure<'a>>,
    /// What rows are rates of.
    pub footing: Footing<'a>,
    /// Whether the runs of the two sides took turns.
    pub in_turns: bool,
    /// For the flat rows given (those outside the reference): the value of the samples with one of them as the leaf,
    /// added up over each row on their stack (rows × runs, as `cum.counts`, in the metric's unit). Called at most
    /// once, never with an empty list. `None` if that cannot be told; cum rows are then compared with a reference
    /// that contains them, which understates their changes.
    pub outside_below: &'a dyn Fn(&[usize]) -> Option<Vec<f64>>,
}

/// How it is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Chance that an unchanged program breaks any gated limit.
    pub alpha: f64,
    /// Confidence of the two-sided intervals.
    pub confidence: f64,
    /// False discovery rate up to which a row counts as regressed or improved.
    pub fdr: f64,
    /// Probability of detection that [`RowJudgement::detectable`] stands for.
    pub power: f64,
    /// What is expected of this kind of profile.
    pub noise: Noise,
    /// Form of the estimates.
    pub conventions: Conventions,
}

impl Settings {
    /// The defaults for a kind of profile: `alpha` 1 %, `fdr` 5 %, 95 % intervals, 90 % power.
    #[must_use]
    pub fn new(noise: Noise) -> Self {
        let conventions = Conventions::Current;
        Settings { alpha: 0.01, confidence: 0.95, fdr: 0.05, power: 0.9, noise, conventions }
    }
}

/// Why nothing can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// A slice has not one entry for each row, or a table not the flat table's shape.
    Shape,
    /// The value of an event is not positive and finite.
    Value {
        /// The row it belongs to.
        row: usize,
    },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputError::Shape => write!(f, "rows or runs of a comparison differ between its tables"),
            InputError::Value { row } => write!(f, "an event of row {row} has no positive value"),
        }
    }
}

impl std::error::Error for InputError {}

/// What the data say about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It rose by more than its threshold allows.
    Regressed,
    /// It fell by more than its threshold, seen from the new side.
    Improved,
    /// Its whole interval lies within the threshold, both ways.
    Unchanged,
    /// None of these can be said.
    Inconclusive,
}

/// The judgement of one row of one family.
#[derive(Clone, Copy, Debug)]
pub struct RowJudgement {
    /// Pooled events of each side.
    pub events: Sides<f64>,
    /// What these are counts of: value of the reference, or the fixed exposure.
    pub exposure: Sides<f64>,
    /// Variance of the logarithm of the ratio beyond the row's own sampling.
    pub effect: Effect,
    /// How far the runs of a side scatter.
    pub scatter: Scatter,
    /// Logarithm of the greatest ratio that the threshold allows.
    pub log_allowed: f64,
    /// Share of the family's error that is spent on this row; 0 if it is not in the family.
    pub weight: f64,
    /// p-value of "it rose by no more than the threshold allows". 0.5, no evidence, for rows with too few events.
    pub p_increase: f64,
    /// p-value of "it fell by no more than the threshold allows".
    pub p_decrease: f64,
    /// `p_increase` adjusted for the family: at most `alpha` is a broken limit.
    pub p_adjusted: f64,
    /// `p_increase` as a false discovery rate among the rows of both families.
    pub q_increase: f64,
    /// `p_decrease` as a false discovery rate among the rows of both families.
    pub q_decrease: f64,
    /// New over base cost on the footing of the comparison.
    pub ratio: Interval,
    /// Smallest relative increase that these runs would have shown.
    pub detectable: f64,
    /// What all this comes to.
    pub finding: Finding,
}

impl RowJudgement {
    /// What the row's test can detect. `runs` as in the table, `settings` as in the judgement.
    #[must_use]
    pub fn sensitivity(&self, runs: Sides<usize>, settings: &Settings) -> Sensitivity {
        Sensitivity {
            events: self.events,
            runs,
            log_exposure: (self.exposure.new / self.exposure.base).ln(),
            effect: self.effect,
            log_allowed: self.log_allowed,
            level: (settings.alpha * self.weight).clamp(1e-12, 0.5),
            power: settings.power,
        }
    }
}

/// The judgement of a comparison.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Rows of the flat family.
    pub flat: Vec<RowJudgement>,
    /// Rows of the cum family; empty if there was none.
    pub cum: Vec<RowJudgement>,
    /// What the rows were compared with.
    pub reference: Reference,
    /// Fewest pooled events a row needs to be in the family.
    pub least_events: f64,
    /// Number of hypotheses in the family.
    pub family: usize,
    /// Typical dispersion of flat and of cum rows; 0 for a single pair without calibration.
    pub typical_dispersion: (f64, f64),
}

/// Judges every row.
///
/// # Errors
///
/// If the tables do not fit together.
pub fn judge(input: &Input<'_>, settings: &Settings) -> Result<Judgement, InputError> {
    check(input)?;
    let counts = input.flat.counts;
    let factor = runs_factor(counts.runs());
    let guess = 4.0 * (settings.noise.dispersion * factor + settings.noise.batch);
    let reference = Reference::find(FlatRows { counts, value_per_event: input.flat.value_per_event }, guess);
    let ground = Ground {
        reference: &reference,
        fixed: input.footing.exposures(&reference, counts.runs(), input.in_turns, settings.noise.speed),
        in_turns: input.in_turns,
        noise: settings.noise,
        conventions: settings.conventions,
    };
    let flat = Part::new(&input.flat, Own::Flat, None, &ground);
    let outside = reference.outside();
    let below =
        if input.cum.is_none() || outside.is_empty() { None } else { (input.outside_below)(&outside) };
    let cum = input.cum.as_ref().map(|measure| {
        let cells = measure.counts.rows() * measure.counts.width();
        let own = match below.as_deref() {
            Some(below) if below.len() == cells => Own::Cum { outside_below: Some(below) },
            _ if outside.is_empty() => Own::Cum { outside_below: None },
            _ => Own::Included,
        };
        Part::new(measure, own, Some(&flat.models), &ground)
    });
    let parts: Vec<Part<'_>> = std::iter::once(flat).chain(cum).collect();
    let (least_events, family, mut flat) = assemble(&parts, settings);
    let cum = flat.split_off(counts.rows());
    let typical_dispersion =
        (parts[0].models.typical_dispersion, parts.last().map_or(0.0, |p| p.models.typical_dispersion));
    drop(parts);
    Ok(Judgement { flat, cum, reference, least_events, family, typical_dispersion })
}

fn check(input: &Input<'_>) -> Result<(), InputError> {
    let rows = input.flat.counts.rows();
    for measure in std::iter::once(&input.flat).chain(&input.cum) {
        let fits = measure.counts.rows() == rows
            && measure.counts.runs() == input.flat.counts.runs()
            && measure.value_per_event.len() == rows
            && measure.thresholds.len() == rows
            && measure.gated.len() == rows
            && measure.calibration.is_none_or(|groups| groups.len() == rows);
        if !fits {
            return Err(InputError::Shape);
        }
        if let Some(row) = measure.value_per_event.iter().position(|v| !(v.is_finite() && *v > 0.0)) {
            return Err(InputError::Value { row });
        }
    }
    match input.footing {
        Footing::Exposure(runs) if runs.len() != input.flat.counts.width() => Err(InputError::Shape),
        _ => Ok(()),
    }
}

/// One family on its way through the assembly.
struct Part<'a> {
    measure: &'a Measure<'a>,
    models: Models,
}

impl<'a> Part<'a> {
    fn new(measure: &'a Measure<'a>, own: Own<'_>, flat: Option<&Models>, ground: &Ground<'_>) -> Self {
        let Measure { counts, value_per_event, calibration, .. } = *measure;
        Part { measure, models: Family { counts, value_per_event, own, flat, calibration }.models(ground) }
    }

    fn hypothesis(&self, row: usize, family: usize) -> Hypothesis {
        let model = self.models.rows[row];
        let base_runs = real(self.measure.counts.runs().base);
        let threshold = self.measure.thresholds[row];
        let allowance = threshold.absolute.max(0.0) * base_runs / self.measure.value_per_event[row];
        let observed = Observed { events: model.events, exposure: model.exposure, allowance };
        Hypothesis {
            family,
            model,
            gated: self.measure.gated[row],
            allowance,
            value_per_event: self.measure.value_per_event[row],
            usable: model.log_exposure().is_finite(),
            relative: threshold.relative,
            log_allowed: observed.greatest_log_ratio(threshold.relative),
            log_allowed_back: observed.swapped().greatest_log_ratio(threshold.relative),
        }
    }
}

/// A row's model beside what it may do.
struct Hypothesis {
    family: usize,
    model: RowModel,
    gated: bool,
    allowance: f64,
    value_per_event: f64,
    /// Whether there is something to compare it with, and enough events.
    usable: bool,
    relative: f64,
    /// Logarithm of the greatest ratio of new to base that the threshold allows, and of base to new.
    log_allowed: f64,
    log_allowed_back: f64,
}

/// The least events, the size of the family, and the judgements of all rows of all families.
fn assemble(parts: &[Part<'_>], settings: &Settings) -> (f64, usize, Vec<RowJudgement>) {
    let rows = |part: &Part<'_>| part.models.rows.len();
    let mut hypotheses: Vec<Hypothesis> = parts
        .iter()
        .enumerate()
        .flat_map(|(family, part)| (0..rows(part)).map(move |row| part.hypothesis(row, family)))
        .collect();
    let least = least_events(&hypotheses, settings.alpha);
    for h in &mut hypotheses {
        h.usable &= h.model.events.sum() >= least;
    }
    let same_as = duplicates(parts, &hypotheses);
    let distinct = |i: usize| hypotheses[i].usable && same_as[i] == i;
    let weights = match settings.conventions {
        Conventions::Published => weights_of(&hypotheses, |i| distinct(i) && hypotheses[i].gated),
        Conventions::Current => {
            optimal_weights(&hypotheses, |i| distinct(i) && hypotheses[i].gated, settings.alpha)
        }
    };
    let weights_of_rows = weights_of(&hypotheses, distinct);
    let p: Vec<Sides<f64>> = hypotheses.par_iter().map(|h| h.p_values(settings.conventions)).collect();
    let increase: Vec<f64> = p.iter().map(|p| p.new).collect();
    let decrease: Vec<f64> = p.iter().map(|p| p.base).collect();
    let adjusted = multiplicity::holm(&increase, &weights);
    let q_increase = multiplicity::q_values(&increase, &weights_of_rows);
    let q_decrease = multiplicity::q_values(&decrease, &weights_of_rows);
    let judgements = hypotheses
        .par_iter()
        .enumerate()
        .map(|(i, h)| {
            let same = same_as[i];
            h.judge(
                RowJudgement {
                    events: h.model.events,
                    exposure: h.model.exposure,
                    effect: h.model.effect,
                    scatter: h.model.scatter,
                    log_allowed: h.log_allowed,
                    weight: weights[same],
                    p_increase: increase[i],
                    p_decrease: decrease[i],
                    p_adjusted: if h.gated { adjusted[same] } else { 1.0 },
                    q_increase: q_increase[same],
                    q_decrease: q_decrease[same],
                    ratio: Interval { low: 0.0, centre: 1.0, high: f64::INFINITY },
                    detectable: f64::INFINITY,
                    finding: Finding::Inconclusive,
                },
                settings,
            )
        })
        .collect();
    (least, weights.iter().filter(|w| **w > 0.0).count(), judgements)
}

impl Hypothesis {
    /// p-values of "rose by no more than allowed" (`new`) and "fell by no more than allowed" (`base`).
    fn p_values(&self, conventions: Conventions) -> Sides<f64> {
        if !self.usable {
            return Sides { base: 0.5, new: 0.5 };
        }
        let model = &self.model;
        let upward = model.confidence();
        let downward =
            || RatioConfidence::new(model.events.swapped(), -model.log_exposure(), model.effect.total());
        if conventions == Conventions::Published {
            return Sides {
                base: downward().p_above_published(self.log_allowed_back),
                new: upward.p_above_published(self.log_allowed),
            };
        }
        let rough = Sides {
            base: 1.0 - upward.rough_p_above(-self.log_allowed_back),
            new: upward.rough_p_above(self.log_allowed),
        };
        Sides {
            base: if rough.base > SCREEN { rough.base } else { downward().p_above(self.log_allowed_back) },
            new: if rough.new > SCREEN { rough.new } else { upward.p_above(self.log_allowed) },
        }
    }

    /// Fills in what follows from the row alone.
    fn judge(&self, row: RowJudgement, settings: &Settings) -> RowJudgement {
        let ratio = self.interval(settings.confidence);
        let regressed = self.usable && (row.q_increase <= settings.fdr || row.p_adjusted <= settings.alpha);
        let improved = self.usable && row.q_decrease <= settings.fdr;
        let within = ratio.high <= self.log_allowed.exp() && ratio.low >= (-self.log_allowed_back).exp();
        let finding = match (regressed, improved, within) {
            (true, _, _) => Finding::Regressed,
            (_, true, _) => Finding::Improved,
            (_, _, true) => Finding::Unchanged,
            _ => Finding::Inconclusive,
        };
        RowJudgement { ratio, finding, ..row }
    }

    /// Confidence interval of the ratio of costs.
    fn interval(&self, confidence: f64) -> Interval {
        let Sides { base, new } = self.model.events;
        if !self.model.log_exposure().is_finite() || base + new <= 0.0 {
            return Interval { low: 0.0, centre: 1.0, high: f64::INFINITY };
        }
        let side = 0.5 * (1.0 - confidence);
        let of = self.model.confidence();
        Interval {
            low: if new > 0.0 { of.rough_quantile(side).exp() } else { 0.0 },
            centre: new / base / self.model.log_exposure().exp(),
            high: if base > 0.0 { of.rough_quantile(1.0 - side).exp() } else { f64::INFINITY },
        }
    }
}

/// Weights by what each row can show.
fn optimal_weights(hypotheses: &[Hypothesis], takes_part: impl Fn(usize) -> bool, alpha: f64) -> Vec<f64> {
    let env = |k: &str, d: f64| std::env::var(k).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
    let exponent = env("PG_EXP", 0.9);
    let of_cum = env("PG_CUM", 0.4);
    let mut effects: Vec<f64> = (0..hypotheses.len())
        .filter(|i| takes_part(*i))
        .map(|i| hypotheses[i].model.effect.within.mean + hypotheses[i].model.effect.between.mean)
        .collect();
    effects.sort_unstable_by(f64::total_cmp);
    let typical = effects.get(effects.len() / 2).copied().unwrap_or(0.0);
    let cost = |h: &Hypothesis| (h.model.events.sum() * h.value_per_event).powf(exponent);
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
            let share = if h.family > 0 { of_cum } else { 1.0 - of_cum };
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
fn least_events(hypotheses: &[Hypothesis], alpha: f64) -> f64 {
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
fn weights_of(hypotheses: &[Hypothesis], takes_part: impl Fn(usize) -> bool) -> Vec<f64> {
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
fn duplicates(parts: &[Part<'_>], hypotheses: &[Hypothesis]) -> Vec<usize> {
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

/// Rows with fewer events may have equal counts without being of one call chain.
const LEAST_CHAIN: f64 = 50.0;
