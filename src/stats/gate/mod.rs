//! Counts of two sides, flat and cum, into a judgement of every row and of the comparison as a whole.

mod hypothesis;
mod input;
mod judgement;
mod spending;

use rayon::prelude::*;

pub use input::{Input, InputError, Measure, Settings};
pub use judgement::{Finding, Judgement, RowJudgement};

use super::{
    confidence::Interval,
    family::{Conventions, Family, Ground, Models, Own, runs_factor},
    multiplicity,
    reference::{FlatRows, Reference},
    table::Sides,
};
use hypothesis::Hypothesis;

/// Judges every row.
///
/// # Errors
///
/// If the tables do not fit together.
pub fn judge(input: &Input<'_>, settings: &Settings) -> Result<Judgement, InputError> {
    input::check(input)?;
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
}

/// The least events, the size of the family, and the judgements of all rows of all families.
fn assemble(parts: &[Part<'_>], settings: &Settings) -> (f64, usize, Vec<RowJudgement>) {
    let rows = |part: &Part<'_>| part.models.rows.len();
    let runs = parts[0].measure.counts.runs();
    let mut hypotheses: Vec<Hypothesis> = parts
        .iter()
        .enumerate()
        .flat_map(|(family, part)| (0..rows(part)).map(move |row| Hypothesis::new(part, row, family)))
        .collect();
    let least = spending::least_events(&hypotheses, settings.alpha);
    for h in &mut hypotheses {
        h.usable &= h.model.events.sum() >= least;
    }
    let same_as = spending::duplicates(parts, &hypotheses);
    let distinct = |i: usize| hypotheses[i].usable && same_as[i] == i;
    let weights = match settings.conventions {
        Conventions::Published => spending::by_events(&hypotheses, |i| distinct(i) && hypotheses[i].gated),
        Conventions::Current => {
            spending::by_prospects(&hypotheses, |i| distinct(i) && hypotheses[i].gated, settings.alpha)
        }
    };
    let weights_of_rows = spending::by_events(&hypotheses, distinct);
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
                runs,
                settings,
            )
        })
        .collect();
    (least, weights.iter().filter(|w| **w > 0.0).count(), judgements)
}
