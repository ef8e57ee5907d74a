//! The rows of one family (flat or cum) into models: events, exposures and the variance of each row's ratio.

use rayon::prelude::*;

use super::{
    batch::{self, Deviation},
    confidence::RatioConfidence,
    dispersion::{Correction, LEAST_MEAN, Scatter, SideScatter},
    mixture::VarianceEstimate,
    noise::Noise,
    population::{Expected, Population},
    posterior::Likelihood,
    reference::{LEAST_EVENTS, Reference},
    special::real,
    table::{Sides, Table},
};

/// Rows per task; fixed, so that results do not depend on the number of threads.
const CHUNK: usize = 128;

/// Standard deviation of the prior for the logarithm of the typical dispersion.
const DISPERSION_DEVIATION: f64 = 1.0;

/// A cum row with this part of its value in the function itself varies as that function does.
const LEAF_SHARE: f64 = 0.5;

/// Which form of the estimates is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conventions {
    /// What this module documents.
    #[default]
    Current,
    /// The reference implementation of the recipe, whose published values the tests hold: a row's own events count
    /// towards what its runs are compared by, the reference's noise is that of all rows, p-values come from 41 nodes.
    Published,
}

/// What a row of the family has of its own inside the reference.
pub(crate) enum Own<'a> {
    /// A flat row: itself, if it is part of the reference.
    Flat,
    /// A cum row: its own value less what lies below it of flat rows outside the reference (rows × runs; `None` if
    /// there are none such).
    Cum {
        /// Value of samples whose leaf is outside the reference, for each row on their stack.
        outside_below: Option<&'a [f64]>,
    },
    /// Unknown: the reference is taken with the row inside, which understates every change of a large row.
    Included,
}

/// One family as the models need it.
pub(crate) struct Family<'a> {
    pub(crate) counts: Table<'a>,
    pub(crate) value_per_event: &'a [f64],
    pub(crate) own: Own<'a>,
    /// For cum rows the models of the flat rows.
    pub(crate) flat: Option<&'a Models>,
    pub(crate) calibration: Option<&'a [Scatter]>,
}

/// What all families of a comparison share.
pub(crate) struct Ground<'a> {
    pub(crate) reference: &'a Reference,
    /// Fixed exposures of the sides and the variance of the runs' scale against them; `None`: the reference itself.
    pub(crate) fixed: Option<(Sides<f64>, VarianceEstimate)>,
    pub(crate) in_turns: bool,
    pub(crate) noise: Noise,
    pub(crate) conventions: Conventions,
}

/// The variance of a row's log ratio by where it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effect {
    /// Dispersion between the runs of a side.
    pub within: VarianceEstimate,
    /// Between sides that were not recorded in turns.
    pub between: VarianceEstimate,
    /// Of what the row is compared with.
    pub reference: VarianceEstimate,
}

impl Effect {
    /// All sources together.
    #[must_use]
    pub fn total(&self) -> VarianceEstimate {
        self.within + self.between + self.reference
    }
}

/// One row's pooled events and what their split between the sides is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowModel {
    pub(crate) events: Sides<f64>,
    /// Value of the events of both sides.
    pub(crate) value: f64,
    pub(crate) exposure: Sides<f64>,
    pub(crate) effect: Effect,
    pub(crate) scatter: Scatter,
}

impl RowModel {
    pub(crate) fn log_exposure(&self) -> f64 {
        (self.exposure.new / self.exposure.base).ln()
    }

    pub(crate) fn confidence(&self) -> RatioConfidence {
        RatioConfidence::new(self.events, self.log_exposure(), self.effect.total())
    }
}

/// The models of a family's rows, and the distribution of their dispersions.
pub(crate) struct Models {
    pub(crate) rows: Vec<RowModel>,
    pub(crate) typical_dispersion: f64,
    population: Option<Population>,
}

impl Family<'_> {
    /// Estimates every row's model.
    pub(crate) fn models(&self, ground: &Ground<'_>) -> Models {
        let rows: Vec<usize> = (0..self.counts.rows()).collect();
        let all_events = rows.iter().map(|&row| self.counts.sums(row).sum()).sum();
        let mut models: Vec<RowModel> = rows
            .par_chunks(CHUNK)
            .flat_map_iter(|chunk| {
                let mut rest = vec![0.0; self.counts.width()];
                chunk.iter().map(|&row| self.observe(row, ground, all_events, &mut rest)).collect::<Vec<_>>()
            })
            .collect();
        let population = self.disperse(&mut models, ground);
        let typical_dispersion = population.as_ref().map_or(0.0, Population::typical);
        self.add_reference_noise(&mut models, ground, typical_dispersion);
        if !ground.in_turns {
            self.add_batches(&mut models, ground);
        }
        Models { rows: models, typical_dispersion, population }
    }

    /// The flat row that makes up most of a cum row, if one does: the row's own.
    ///
    /// Sums over many functions vary less than a single one. A cum row that is mostly one function varies as that does.
    fn leaf<'b>(&'b self, row: usize, model: &RowModel) -> Option<(&'b Models, &'b RowModel)> {
        let flat = self.flat?;
        let own = &flat.rows[row];
        (own.value >= LEAF_SHARE * model.value).then_some((flat, own))
    }

    /// Events, exposures and scatter of one row.
    fn observe(&self, row: usize, ground: &Ground<'_>, all_events: f64, rest: &mut [f64]) -> RowModel {
        let events = self.counts.sums(row);
        self.fill_rest(row, ground.reference, rest);
        let split = self.counts.runs().base;
        let sum = |runs: &[f64]| runs.iter().sum::<f64>();
        let rest_total = Sides { base: sum(&rest[..split]), new: sum(&rest[split..]) };
        let scatter = match ground.conventions {
            Conventions::Current => {
                self.scatter(row, Sides { base: &rest[..split], new: &rest[split..] }, ground)
            }
            Conventions::Published => self.published_scatter(row, ground, all_events),
        };
        let exposure = ground.fixed.map_or(rest_total, |(exposures, _)| exposures);
        let value = events.sum() * self.value_per_event[row];
        RowModel { events, value, exposure, effect: Effect::default(), scatter }
    }

    /// The reference without the row, run by run.
    fn fill_rest(&self, row: usize, reference: &Reference, rest: &mut [f64]) {
        let value = self.value_per_event[row];
        let width = self.counts.width();
        let own = self.counts.row(row);
        for (run, (rest, whole)) in rest.iter_mut().zip(reference.per_run()).enumerate() {
            let inside = match &self.own {
                Own::Flat if reference.contains(row) => own[run] * value,
                Own::Flat | Own::Included => 0.0,
                Own::Cum { outside_below } => {
                    own[run] * value - outside_below.map_or(0.0, |below| below[row * width + run])
                }
            };
            *rest = (whole - inside.max(0.0)).max(0.0);
        }
    }

    fn scatter(&self, row: usize, rest: Sides<&[f64]>, ground: &Ground<'_>) -> Scatter {
        let counts = self.counts.sides(row);
        let side = |counts: &[f64], rest: &[f64]| {
            let rest_events = rest.iter().sum::<f64>() / ground.reference.value_per_event();
            let events: f64 = counts.iter().sum();
            let h = if rest_events > 0.0 { 1.0 + events / rest_events } else { 1.0 };
            SideScatter::of(counts, rest.iter().copied(), Correction { deviation: h, mean: h })
        };
        SideScatter::join(Sides { base: side(counts.base, rest.base), new: side(counts.new, rest.new) })
    }

    fn published_scatter(&self, row: usize, ground: &Ground<'_>, all_events: f64) -> Scatter {
        let counts = self.counts.sides(row);
        let correction = Correction { deviation: 1.0 - self.counts.sums(row).sum() / all_events, mean: 1.0 };
        let (base, new) = ground.reference.per_run().split_at(self.counts.runs().base);
        SideScatter::join(Sides {
            base: SideScatter::of(counts.base, base.iter().copied(), correction),
            new: SideScatter::of(counts.new, new.iter().copied(), correction),
        })
    }

    /// Fills in the dispersion within the sides; returns its distribution, `None` where nothing tells it.
    fn disperse(&self, models: &mut [RowModel], ground: &Ground<'_>) -> Option<Population> {
        let of_calibration =
            |row: usize| self.calibration.map_or_else(Scatter::default, |groups| groups[row]);
        if self.calibration.is_none() && models.first().is_none_or(|m| m.scatter.freedom <= 0.0) {
            return None;
        }
        let likelihoods: Vec<(f64, Likelihood)> = models
            .par_iter()
            .enumerate()
            .map(|(row, model)| {
                let known = of_calibration(row);
                let (here, there) = (model.scatter.log_likelihood(), known.log_likelihood());
                let both = Likelihood::from_log(&std::array::from_fn(|j| here[j] + there[j]));
                (model.scatter.mean.max(known.mean), both)
            })
            .collect();
        let shaping: Vec<&Likelihood> = likelihoods
            .iter()
            .zip(models.iter())
            .enumerate()
            .filter(|(row, ((mean, _), model))| *mean >= LEAST_MEAN && self.leaf(*row, model).is_none())
            .map(|(_, ((_, likelihood), _))| likelihood)
            .collect();
        let width_power = match ground.conventions {
            Conventions::Current => Expected::WIDE,
            Conventions::Published => 0.0,
        };
        let centre = ground.noise.dispersion;
        let expected = Expected { centre, deviation: DISPERSION_DEVIATION, width_power };
        let population = Population::estimate(&shaping, &expected);
        let factor = self.run_factor(ground);
        models.par_iter_mut().zip(&likelihoods).enumerate().for_each(|(row, (model, (_, likelihood)))| {
            let of_flat = self.leaf(row, model).and_then(|(flat, _)| flat.population.as_ref());
            model.effect.within = of_flat.unwrap_or(&population).posterior(likelihood).times(factor);
        });
        Some(population)
    }

    /// `1/K + 1/M`; with a calibration but sides not in turns 2, as if the runs of a side shared one draw.
    fn run_factor(&self, ground: &Ground<'_>) -> f64 {
        if self.calibration.is_some() && !ground.in_turns {
            return 2.0;
        }
        runs_factor(self.counts.runs())
    }

    fn add_reference_noise(&self, models: &mut [RowModel], ground: &Ground<'_>, typical: f64) {
        if let Some((_, scale)) = ground.fixed {
            for model in models.iter_mut() {
                model.effect.reference = scale;
            }
            return;
        }
        let reference = ground.reference;
        let per_value = reference.value_per_event();
        let factor = runs_factor(self.counts.runs());
        let all_events: f64 = models.iter().map(|m| m.events.sum()).sum();
        let all_squares: f64 = models.iter().map(|m| m.events.sum() * m.events.sum()).sum();
        for (row, model) in models.iter_mut().enumerate() {
            let Sides { base, new } = model.exposure;
            let own = model.events.sum() * self.value_per_event[row];
            let rest = base + new;
            let concentration = match (ground.conventions, &self.own) {
                (Conventions::Published, _) => all_squares / (all_events * all_events),
                (_, Own::Flat) if reference.contains(row) => {
                    (reference.squares() - own * own) / (rest * rest)
                }
                (_, Own::Flat | Own::Included) => reference.squares() / (rest * rest),
                (_, Own::Cum { .. }) => reference.squares() / (reference.total().sum() * rest),
            };
            let sampling = per_value / base + per_value / new;
            let mean = sampling + typical * factor * concentration.clamp(0.0, 1.0);
            model.effect.reference = VarianceEstimate::known(mean);
        }
    }

    fn add_batches(&self, models: &mut [RowModel], ground: &Ground<'_>) {
        if self.calibration.is_some() {
            return;
        }
        let runs = self.counts.runs();
        let single = runs.base == 1 && runs.new == 1;
        let expected = if single {
            ground.noise.single_pair + runs_factor(runs) * ground.noise.dispersion
        } else {
            ground.noise.batch
        };
        let leaf: Vec<Option<VarianceEstimate>> = models
            .iter()
            .enumerate()
            .map(|(row, model)| self.leaf(row, model).map(|(_, own)| own.effect.between))
            .collect();
        let deviations: Vec<Option<Deviation>> = models
            .iter()
            .zip(&leaf)
            .map(|(model, leaf)| if leaf.is_none() { deviation(model) } else { None })
            .collect();
        let estimates = match ground.conventions {
            Conventions::Current => batch::between_rows(&deviations, expected),
            Conventions::Published => batch::between_sides(&deviations, expected),
        };
        for ((model, between), leaf) in models.iter_mut().zip(estimates).zip(leaf) {
            model.effect.between = leaf.unwrap_or(between);
        }
    }
}

/// How far a row differs between the sides, for rows with enough events on a usable ground.
fn deviation(model: &RowModel) -> Option<Deviation> {
    let events = model.events.sum();
    let log_exposure = model.log_exposure();
    if events < LEAST_EVENTS || !log_exposure.is_finite() {
        return None;
    }
    let expected = 1.0 / (1.0 + (-log_exposure).exp());
    let information = events * expected * (1.0 - expected);
    Some(Deviation {
        difference: (model.events.new - events * expected) / information,
        variance: 1.0 / information + model.effect.total().mean,
    })
}

/// `1/K + 1/M`: the variance of a difference of means for one unit of variance between runs.
pub(crate) fn runs_factor(runs: Sides<usize>) -> f64 {
    1.0 / real(runs.base) + 1.0 / real(runs.new)
}
