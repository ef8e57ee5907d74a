//! Runs of identical code to what this machine and program can show: how often splits of them fail, and how far each
//! function varies.

use super::chance::{Approach, approach, chance};
use super::load::Kept;
use super::saved_noise::{SavedNoise, SavedRow};
use super::{Plan, Runs, beneath, compare_metric, load, matrix, operations, origin::Origins};
use crate::aggregate::Run;
use crate::error::{Error, ErrorKind, Result};
use crate::source::{Source, Sources};
use crate::stats::dispersion::Scatter;
use crate::stats::table::Sides;
use crate::verdict::{Amount, Limit, Measure, Verdict, weigh_alone};

/// Fewer runs than this tell nothing of how far they vary.
const LEAST_RUNS: usize = 4;

/// The increases that are tried for the smallest limit that holds.
const TRIED: [f64; 12] = [0.0, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0];

/// What runs of identical code show.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The sample type.
    pub metric: String,
    /// Runs, in the order of their time.
    pub runs: usize,
    /// Events of all runs.
    pub events: f64,
    /// How often splits of the runs fail.
    pub rates: Vec<FalseRate>,
    /// Standard deviation of the runs' totals, as a part of their mean.
    pub total_variation: f64,
    /// Change of the totals from the first to the last run, by a straight line, as a part of their mean; with the part
    /// of the totals' variance that it explains.
    pub drift: (f64, f64),
    /// How far functions vary, the largest first.
    pub functions: Vec<Varying>,
    /// The noise to keep for later comparisons.
    pub noise: SavedNoise,
}

/// How often splits of identical runs fail.
#[derive(Debug, Clone, PartialEq)]
pub struct FalseRate {
    /// Runs a side.
    pub runs: usize,
    /// Whether the sides take turns; else one side is the earlier runs.
    pub in_turns: bool,
    /// Splits that were tried.
    pub splits: usize,
    /// Those that failed with the limits in force.
    pub failed: usize,
    /// Those that were inconclusive.
    pub inconclusive: usize,
    /// The smallest increase for all functions with which no split failed; `None` if every one failed somewhere.
    pub smallest_limit: Option<f64>,
}

/// How far a function varies from run to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Varying {
    /// Its name.
    pub name: String,
    /// Its part of the total, flat.
    pub share: f64,
    /// Standard deviation of its true cost between runs, as a part of it, beyond what sampling explains.
    pub deviation: f64,
}

/// Runs that can be dealt to two sides again and again.
struct Deck {
    sources: Vec<Source>,
    runs: Vec<Run>,
    /// The samples of each run while no side has it; empty if they are to be read again.
    kept: Vec<Option<Kept>>,
    table: Runs,
}

impl Deck {
    /// All runs, in the order of their time if all tell theirs.
    fn of(sources: Sources, mut table: Runs) -> Self {
        let runs: Vec<Run> = table.base.drain(..).chain(table.new.drain(..)).collect();
        let sources: Vec<Source> = sources.base.into_iter().chain(sources.new).collect();
        let mut order: Vec<usize> = (0..runs.len()).collect();
        if runs.iter().all(|run| run.info.time_nanos > 0) {
            order.sort_by_key(|&run| runs[run].info.time_nanos);
        }
        let mut kept: Vec<Option<Kept>> = table.kept.drain(..).map(Some).collect();
        Self {
            sources: order.iter().map(|&run| sources[run].clone()).collect(),
            runs: order.iter().map(|&run| runs[run].clone()).collect(),
            kept: order.iter().filter_map(|&run| kept.get_mut(run).map(Option::take)).collect(),
            table,
        }
    }

    /// Gives the runs with these numbers to the sides while `use_it` works.
    fn dealt<T>(&mut self, base: &[usize], new: &[usize], use_it: impl FnOnce(&Sources, &Runs) -> T) -> T {
        let pick = |of: &[usize]| of.iter().map(|&run| self.runs[run].clone()).collect();
        let source = |of: &[usize]| of.iter().map(|&run| self.sources[run].clone()).collect();
        (self.table.base, self.table.new) = (pick(base), pick(new));
        let sources = Sources { name: String::new(), base: source(base), new: source(new) };
        let dealt: Vec<usize> = base.iter().chain(new).copied().collect();
        self.table.kept =
            dealt.iter().filter_map(|&run| self.kept.get_mut(run).and_then(Option::take)).collect();
        let answer = use_it(&sources, &self.table);
        for (run, samples) in dealt.into_iter().zip(self.table.kept.drain(..)) {
            self.kept[run] = Some(samples);
        }
        answer
    }
}

/// Calibrates from `sources`, runs of identical code, with at most `most_splits` splits of each kind. `step` is called
/// after each source has been read.
///
/// # Errors
/// When there are too few runs, a source cannot be read, or nothing of the metric can be counted.
pub fn calibrate(
    mut sources: Sources,
    plan: &Plan,
    most_splits: usize,
    step: &(dyn Fn() + Sync),
) -> Result<Vec<Calibration>> {
    let all: Vec<Source> = sources.base.drain(..).chain(sources.new.drain(..)).collect();
    if all.len() < LEAST_RUNS {
        let problem =
            format!("{} runs cannot be split into two sides that tell how far they vary", all.len());
        return Err(Error::new(ErrorKind::Usage, problem)
            .help(format!("record {LEAST_RUNS} or more runs of identical code; 20 are good")));
    }
    sources.new = all;
    sources.base = sources.new.split_off(sources.new.len() / 2);
    let table = load::load(&sources, plan, step)?;
    let infos: Vec<_> = table.new.iter().chain(&table.base).map(|run| &run.info).collect();
    let columns = plan.metrics.columns(&infos)?;
    let mut deck = Deck::of(sources, table);
    columns.into_iter().map(|column| calibrate_metric(&mut deck, plan, column, most_splits)).collect()
}

fn calibrate_metric(deck: &mut Deck, plan: &Plan, column: usize, most_splits: usize) -> Result<Calibration> {
    let count = deck.runs.len();
    let metric = deck.runs[0].info.types[column].kind.clone();
    let totals: Vec<f64> = deck.runs.iter().map(|run| real(run.info.magnitudes[column])).collect();
    let (even, odd): (Vec<usize>, Vec<usize>) = (0..count).partition(|run| run % 2 == 0);
    let (noise, functions, events) = deck
        .dealt(&even, &odd, |sources, runs| saved(sources, plan, runs, column, &metric))?
        .ok_or_else(|| {
            Error::new(ErrorKind::Incomparable, format!("the events behind `{metric}` cannot be counted"))
                .help("calibrate with a sample type that was sampled, such as cpu or alloc_space")
        })?;
    let mut rates = Vec::new();
    for runs in [1, 3, 5, 8, 10].into_iter().filter(|runs| runs * 2 <= count) {
        for in_turns in [true, false] {
            let splits = splits(count, runs, in_turns, most_splits);
            // One split tells no rate.
            if splits.len() > 1 {
                rates.push(false_rate(deck, plan, column, runs, in_turns, &splits)?);
            }
        }
    }
    let (drift, total_variation) = (drift(&totals), variation(&totals));
    Ok(Calibration { metric, runs: count, events, rates, total_variation, drift, functions, noise })
}

/// The noise of all rows, those that vary in the order of their size, and the events of all runs. `None` if events cannot
/// be counted.
fn saved(
    sources: &Sources,
    plan: &Plan,
    runs: &Runs,
    column: usize,
    metric: &str,
) -> Result<Option<(SavedNoise, Vec<Varying>, f64)>> {
    let costs = matrix(runs, column);
    let approach: Approach = approach(plan, runs, &costs, column);
    let Some(again) = approach.counted.as_ref().map(|counted| (counted.below_column, counted.below_value))
    else {
        return Ok(None);
    };
    let below = |rows: &[usize]| beneath(sources, plan, runs, &costs, again, rows).ok();
    let Some(chance) = chance(plan, runs, column, approach, operations(plan, runs).as_deref(), None, &below)
    else {
        return Ok(None);
    };
    let sides = Sides { base: costs.base_runs, new: costs.new_runs };
    let scatters = weigh_alone(&chance, sides)?;
    let events: f64 = chance.total.events.iter().sum();
    let all: f64 = chance.total.events.iter().sum::<f64>() * chance.total.value_per_event;
    let width = sides.base + sides.new;
    let mut varying: Vec<Varying> = Vec::new();
    for (row, label) in costs.rows.iter().enumerate() {
        let scatter = &scatters.flat[row];
        let sum: f64 = chance.flat.events[row * width..(row + 1) * width].iter().sum();
        let share = sum * chance.flat.value_per_event[row] / all;
        if scatter.freedom > 0.0 && scatter.mean >= 2.0 {
            let excess = (scatter.chi_square / scatter.freedom - 1.0) / scatter.mean;
            varying.push(Varying { name: label.name.clone(), share, deviation: excess.max(0.0).sqrt() });
        }
    }
    varying.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
    let numbers = |scatter: &Scatter| [scatter.chi_square, scatter.freedom, scatter.mean];
    let rows = costs.rows.iter().zip(scatters.flat.iter().zip(&scatters.cum));
    let functions = rows
        .map(|(label, (flat, cum))| SavedRow {
            name: label.name.clone(),
            flat: numbers(flat),
            cum: numbers(cum),
        })
        .collect();
    let noise = SavedNoise::new(metric, width, functions);
    Ok(Some((noise, varying, events)))
}

/// Judges all `splits`, with the limits in force and with those that are tried.
fn false_rate(
    deck: &mut Deck,
    plan: &Plan,
    column: usize,
    runs: usize,
    in_turns: bool,
    splits: &[(Vec<usize>, Vec<usize>)],
) -> Result<FalseRate> {
    let (mut failed, mut inconclusive, mut least) = (0, 0, 0);
    let mut tried = Plan { limits: Vec::new(), accepts: Vec::new(), ..plan.clone() };
    for (base, new) in splits {
        let verdict = deck.dealt(base, new, |sources, runs| {
            Ok::<_, Error>(compare_metric(sources, plan, runs, &Origins::unknown(sources), column)?.verdict)
        })?;
        failed += usize::from(verdict == Verdict::Fail);
        inconclusive += usize::from(verdict == Verdict::Inconclusive);
        while least < TRIED.len() {
            tried.limits = limits_of(TRIED[least]);
            let verdict = deck.dealt(base, new, |sources, runs| {
                Ok::<_, Error>(
                    compare_metric(sources, &tried, runs, &Origins::unknown(sources), column)?.verdict,
                )
            })?;
            if verdict != Verdict::Fail {
                break;
            }
            least += 1;
        }
    }
    let smallest_limit = TRIED.get(least).copied();
    Ok(FalseRate { runs, in_turns, splits: splits.len(), failed, inconclusive, smallest_limit })
}

/// One limit on every function.
fn limits_of(increase: f64) -> Vec<Limit> {
    let mut limit = Limit::new("any function", &[Measure::Flat, Measure::Cum]);
    limit.max_increase = Some(Amount::Part(increase));
    vec![limit]
}

/// Splits of `count` runs in the order of time into two sides of `runs` each: neighbours on different sides if they are
/// to take turns, else the earlier against the later.
fn splits(count: usize, runs: usize, in_turns: bool, most: usize) -> Vec<(Vec<usize>, Vec<usize>)> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut splits = Vec::new();
    for _ in 0..most.saturating_mul(4) {
        let split = if in_turns { turns(count, runs, &mut random) } else { blocks(count, runs, &mut random) };
        if !splits.contains(&split) {
            splits.push(split);
        }
        if splits.len() == most {
            break;
        }
    }
    splits
}

/// Pairs of neighbours, one of each on either side.
fn turns(count: usize, runs: usize, random: &mut Random) -> (Vec<usize>, Vec<usize>) {
    let mut pairs: Vec<usize> = (0..count / 2).collect();
    random.shuffle(&mut pairs);
    pairs.truncate(runs);
    pairs.sort_unstable();
    let flips: Vec<bool> = pairs.iter().map(|_| random.below(2) == 0).collect();
    let side = |is_base: bool| {
        pairs.iter().zip(&flips).map(|(pair, flip)| 2 * pair + usize::from(*flip != is_base)).collect()
    };
    (side(true), side(false))
}

/// One stretch of runs after another.
fn blocks(count: usize, runs: usize, random: &mut Random) -> (Vec<usize>, Vec<usize>) {
    let start = random.below(count - 2 * runs + 1);
    ((start..start + runs).collect(), (start + runs..start + 2 * runs).collect())
}

/// A sequence of numbers that is the same each time (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn shuffle(&mut self, items: &mut [usize]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// Change of `totals` along a straight line from the first to the last, as a part of their mean, and the part of their
/// variance that the line explains.
fn drift(totals: &[f64]) -> (f64, f64) {
    let count = real_of(totals.len());
    let (mean, middle) = (totals.iter().sum::<f64>() / count, (count - 1.0) / 2.0);
    let (mut together, mut along, mut across) = (0.0, 0.0, 0.0);
    for (at, total) in totals.iter().enumerate() {
        let (x, y) = (real_of(at) - middle, total - mean);
        together += x * y;
        along += x * x;
        across += y * y;
    }
    let slope = together / along;
    let explained = if across > 0.0 { together * together / (along * across) } else { 0.0 };
    (slope * (count - 1.0) / mean, explained)
}

/// Standard deviation of `totals` as a part of their mean.
fn variation(totals: &[f64]) -> f64 {
    let count = real_of(totals.len());
    let mean = totals.iter().sum::<f64>() / count;
    let squares: f64 = totals.iter().map(|total| (total - mean) * (total - mean)).sum();
    (squares / (count - 1.0)).sqrt() / mean
}

#[expect(clippy::cast_precision_loss, reason = "statistics are floating-point numbers")]
fn real(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "numbers of runs are small")]
fn real_of(value: usize) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_in_turns_deal_neighbours_to_different_sides_and_repeat_nothing() {
        let splits = splits(12, 3, true, 50);
        assert_eq!(splits.len(), 50);
        for (base, new) in &splits {
            let pairs = |side: &[usize]| side.iter().map(|run| run / 2).collect::<Vec<_>>();
            assert_eq!(pairs(base), pairs(new));
            assert!(base.iter().all(|run| !new.contains(run)));
        }
        assert_eq!(super::splits(2, 1, true, 50).len(), 2);
    }

    #[test]
    fn splits_in_blocks_are_one_after_the_other() {
        for (base, new) in splits(10, 3, false, 50) {
            assert_eq!(base.len() + new.len(), 6);
            assert_eq!(base[2] + 1, new[0]);
        }
    }

    #[test]
    fn a_line_is_all_drift_and_a_constant_is_none() {
        let (change, explained) = drift(&[90.0, 95.0, 100.0, 105.0, 110.0]);
        assert!((change - 0.2).abs() < 1e-12 && (explained - 1.0).abs() < 1e-12);
        assert_eq!(drift(&[5.0, 5.0, 5.0]), (0.0, 0.0));
        assert!((variation(&[90.0, 110.0]) - 0.1 * 2.0_f64.sqrt()).abs() < 1e-12);
    }
}
