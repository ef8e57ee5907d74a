//! The stages one after the other: the sources of both sides to one [`Comparison`] for each metric.

mod calibrate;
mod caveats;
mod chance;
mod counts;
mod listings;
mod load;
mod metric;
mod origin;
mod outliers;
mod run_costs;
mod saved_noise;
mod stacks;

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use crate::aggregate::{Keys, Matrix, Run, RunInfo};
use crate::config::Basis;
use crate::error::{Error, ErrorKind, Result};
use crate::select::{Note, Selection};
use crate::source::{DEFAULT_INFLATED_LIMIT, Sources};
use crate::verdict::{
    Accept, Case, Caveat, CaveatCode, Comparison, Divisors, Footing, Limit, Metric, Origin, Rules,
    RunSummary, Totals, judge,
};

pub use calibrate::{Calibration, FalseRate, Varying, calibrate};
use chance::{Approach, below as beneath};
pub use metric::Metrics;
use origin::Origins;
pub use saved_noise::{SavedNoise, SavedRow};
pub use stacks::{MOST_NODES, SMALLEST_PART};

/// Everything about a comparison but its sources; patterns are compiled, defaults are final.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Plan {
    /// The sample types to compare.
    pub metrics: Metrics,
    /// Which samples and frames count, and what counts as one row.
    pub selection: Selection,
    /// Scales each new run so that its totals become the base's.
    pub normalize: bool,
    /// Leaves out rows that got cheaper.
    pub drop_negative: bool,
    /// Compares values per event.
    pub mean: bool,
    /// What values are divided by.
    pub divisors: Divisors,
    /// On what footing the sides are judged.
    pub basis: Basis,
    /// Whether chance is taken into account.
    pub has_statistics: bool,
    /// Whether runs that disagree with their side are left out.
    pub drop_outliers: bool,
    /// How far functions vary between runs of identical code, for each metric that was calibrated.
    pub calibrations: Vec<SavedNoise>,
    /// The chance that identical code breaks any limit.
    pub alpha: f64,
    /// The expected share of false rows among those called changed.
    pub fdr: f64,
    /// Operations of a run of each side, base first, for [`Basis::PerOp`].
    pub operations: Option<(f64, f64)>,
    /// The unit to show values in.
    pub shown_unit: String,
    /// The limits, the most particular first.
    pub limits: Vec<Limit>,
    /// Agreed changes.
    pub accepts: Vec<Accept>,
    /// How large one profile may become, in bytes.
    pub inflated_limit: u64,
    /// The call stacks that reports need beside the rows.
    pub stacks: StackDetail,
}

impl Plan {
    /// The plan of a comparison for which nothing but its selection was chosen: the built-in limits hold.
    #[must_use]
    pub fn new(selection: Selection) -> Self {
        Self {
            metrics: Metrics::Default,
            selection,
            normalize: false,
            drop_negative: false,
            mean: false,
            divisors: Divisors::default(),
            basis: Basis::Auto,
            has_statistics: true,
            drop_outliers: false,
            calibrations: Vec::new(),
            alpha: 0.01,
            fdr: 0.05,
            operations: None,
            shown_unit: "auto".to_owned(),
            limits: Limit::builtin(),
            accepts: Vec::new(),
            inflated_limit: DEFAULT_INFLATED_LIMIT,
            stacks: StackDetail::None,
        }
    }
}

/// How much of the call stacks reports need. They are read from the profiles once more, so only reports that show them
/// ask for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum StackDetail {
    /// None.
    #[default]
    None,
    /// Those behind broken limits: none where all limits hold.
    Paths,
    /// Those that a person can see, the small ones folded into their callers.
    Folded,
    /// Every one.
    Full,
}

/// Both sides as runs over the same rows.
struct Runs {
    keys: Mutex<Keys>,
    base: Vec<Run>,
    new: Vec<Run>,
    /// What was noted while samples were selected, with the number of profiles each note is about.
    notes: Vec<(Note, usize)>,
    /// Sample types that not every run has.
    dropped_types: Vec<String>,
    /// The samples of all runs as they are compared, base runs first; none if they are to be read again.
    kept: Vec<load::Kept>,
}

/// Compares the runs of both sides, one comparison for each metric of the plan. `step` is called after each
/// source has been read.
///
/// # Errors
/// When a source cannot be read, the sides do not measure the same thing, or a limit cannot be judged.
pub fn compare(sources: &Sources, plan: &Plan, step: &(dyn Fn() + Sync)) -> Result<Vec<Comparison>> {
    let mut runs = load::load(sources, plan, step)?;
    let infos: Vec<&RunInfo> = runs.new.iter().chain(&runs.base).map(|run| &run.info).collect();
    let columns = plan.metrics.columns(&infos)?;
    let mut sources = Cow::Borrowed(sources);
    let dropped = if plan.drop_outliers {
        outliers::drop_outliers(&mut sources, plan, &mut runs, &columns)
    } else {
        Vec::new()
    };
    let origins = origin::origins(&sources);
    let each = columns.into_iter().map(|column| {
        let mut comparison = compare_metric(&sources, plan, &runs, &origins, column)?;
        comparison.caveats.extend(dropped.iter().cloned());
        stacks::add(&mut comparison, &sources, plan, &mut runs, column)?;
        if plan.stacks >= StackDetail::Folded {
            comparison.listings = listings::listings(&comparison, &sources, plan)?;
        }
        Ok(comparison)
    });
    each.collect()
}

/// The costs of `column`.
fn matrix(runs: &Runs, column: usize) -> Matrix {
    let keys = runs.keys.lock().unwrap_or_else(PoisonError::into_inner);
    Matrix::new(&keys, &runs.base, &runs.new, &vec![column; runs.base.len() + runs.new.len()])
}

fn compare_metric(
    sources: &Sources,
    plan: &Plan,
    runs: &Runs,
    origins: &Origins,
    column: usize,
) -> Result<Comparison> {
    let costs = matrix(runs, column);
    let events = plan.mean.then(|| costs.of_column(&runs.base, &runs.new, 0));
    let base = summaries(&sources.base, &runs.base, &origins.base, column)?;
    let new = summaries(&sources.new, &runs.new, &origins.new, column)?;
    let ty = first_info(runs)?.types[column].clone();
    let mut approach = chance::approach(plan, runs, &costs, column);
    let mut caveats = std::mem::take(&mut approach.caveats);
    caveats.extend(caveats::before_judging(plan, runs, column, &approach));
    caveats.extend(origins.caveats(&ty.kind));
    let operations = operations(plan, runs).or_else(|| origins.operations.clone());
    if let Some(counted) = &approach.counted {
        caveats.extend(outliers::said(sources, runs, counted));
        caveats.extend(caveats::exempt(plan, &costs));
    }
    let rules = Rules {
        limits: &plan.limits,
        accepts: &plan.accepts,
        divisors: plan.divisors,
        footing: footing(plan, runs, column, &approach, operations.as_deref())?,
        alpha: plan.alpha,
        fdr: plan.fdr,
        drop_negative: plan.drop_negative,
    };
    let again =
        approach.counted.as_ref().map_or((0, 0.0), |counted| (counted.below_column, counted.below_value));
    let saved = plan.calibrations.iter().find(|saved| saved.metric == ty.kind);
    let calibrated = saved.map(|saved| saved.of_rows(costs.rows.iter().map(|row| row.name.as_str())));
    let unreadable = Mutex::new(None);
    let below = |rows: &[usize]| {
        let read = beneath(sources, plan, runs, &costs, again, rows);
        read.map_err(|error| *unreadable.lock().unwrap_or_else(PoisonError::into_inner) = Some(error)).ok()
    };
    let case = Case {
        name: sources.name.clone(),
        metric: Metric {
            kind: ty.kind,
            is_mean: plan.mean,
            unit: ty.unit,
            shown_unit: plan.shown_unit.clone(),
        },
        costs: &costs,
        events: events.as_ref(),
        totals: totals(runs, column),
        event_totals: plan.mean.then(|| totals(runs, 0)),
        method: approach.method,
        chance: chance::chance(plan, runs, column, approach, operations.as_deref(), calibrated, &below),
        caveats,
        base,
        new,
    };
    let judged = judge(case, &rules);
    if let Some(error) = unreadable.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut comparison =
        judged.map_err(|error| if sources.name.is_empty() { error } else { error.at(&sources.name) })?;
    if plan.stacks >= StackDetail::Folded {
        comparison.runs = run_costs::of_rows(&costs, &comparison.functions);
    }
    comparison.caveats.extend(caveats::rows_left_out(costs.len() - comparison.functions.len()));
    Ok(comparison)
}

fn first_info(runs: &Runs) -> Result<&RunInfo> {
    let first = runs.new.first().or(runs.base.first());
    first.map(|run| &run.info).ok_or_else(|| Error::new(ErrorKind::Usage, "there is no profile to compare"))
}

fn totals(runs: &Runs, column: usize) -> Totals {
    let of = |runs: &[Run]| runs.iter().map(|run| run.info.magnitudes[column]).collect();
    Totals { base: of(&runs.base), new: of(&runs.new) }
}

/// Says which limits cover nothing in any comparison.
///
/// # Errors
/// When one of them must cover something, or no limit covers anything: such a gate would pass whatever happens.
pub fn unused_limits(limits: &[Limit], comparisons: &[Comparison]) -> Result<Vec<Caveat>> {
    let is_unused = |index: usize| {
        !comparisons.iter().any(|comparison| comparison.covered_limits.get(index) == Some(&true))
    };
    let unused: Vec<&Limit> =
        limits.iter().enumerate().filter(|&(index, _)| is_unused(index)).map(|(_, limit)| limit).collect();
    if let Some(limit) = unused.iter().find(|limit| limit.must_match) {
        let problem = format!("limit `{}` must match and matches no function", limit.name);
        return Err(Error::new(ErrorKind::Limit, problem)
            .help("the function may have been renamed or inlined; mend the pattern, or drop must-match"));
    }
    if !comparisons.is_empty() && unused.len() == limits.len() {
        return Err(Error::new(ErrorKind::Limit, "no limit covers anything in these profiles")
            .help("check the functions and the metric of each limit against the profiles"));
    }
    let caveat = |limit: &Limit| Caveat {
        code: CaveatCode::UnusedLimit,
        message: format!("limit `{}` covers nothing in these profiles", limit.name),
    };
    Ok(unused.into_iter().map(caveat).collect())
}

/// Refuses comparisons whose sides had unequal chances.
///
/// # Errors
/// Names every reason, with the comparison if there are several.
pub fn require_fair(comparisons: &[Comparison]) -> Result<()> {
    let mut reasons: Vec<&str> = Vec::new();
    let caveats = comparisons.iter().flat_map(|comparison| &comparison.caveats);
    for caveat in caveats.filter(|caveat| caveat.code.is_unfair()) {
        if !reasons.contains(&caveat.message.as_str()) {
            reasons.push(&caveat.message);
        }
    }
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Incomparable, format!("the comparison is not fair: {}", reasons.join("; ")))
        .help("make the sides alike, or leave require-fair out to have this as a caveat"))
}

/// What reports show of each run.
///
/// # Errors
/// When a run holds nothing of the metric: an empty profile can neither pass nor fail.
fn summaries(
    sources: &[crate::source::Source],
    runs: &[Run],
    origins: &[Option<Origin>],
    column: usize,
) -> Result<Vec<RunSummary>> {
    let summary = |((source, run), origin): ((&crate::source::Source, &Run), &Option<Origin>)| {
        let info = &run.info;
        let kind = &info.types[column].kind;
        if info.magnitudes[column] == 0 {
            return Err(Error::new(ErrorKind::Empty, format!("the profile holds no `{kind}`"))
                .at(source.to_string())
                .help("profile for longer, or name another type with --sample-index"));
        }
        Ok(RunSummary {
            source: source.to_string(),
            samples: info.samples,
            total: info.magnitudes[column],
            duration_nanos: info.duration_nanos,
            period: info.period,
            origin: origin.clone(),
        })
    };
    sources.iter().zip(runs).zip(origins).map(summary).collect()
}

/// How many operations each run did, base runs first, if the plan says it.
fn operations(plan: &Plan, runs: &Runs) -> Option<Vec<f64>> {
    let (base, new) = plan.operations?;
    Some([vec![base; runs.base.len()], vec![new; runs.new.len()]].concat())
}

/// What new values are multiplied by, so that both sides did the same amount of work.
#[expect(clippy::cast_precision_loss, reason = "ratios are floating-point numbers")]
fn footing(
    plan: &Plan,
    runs: &Runs,
    column: usize,
    approach: &Approach,
    operations: Option<&[f64]>,
) -> Result<Footing> {
    let is_counted = approach.counted.is_some();
    let fixes_total = plan.normalize || approach.basis == Basis::Share && !is_counted;
    let unchanged = Footing { factor: 1.0, words: "", fixes_total };
    if runs.base.is_empty() {
        return Ok(unchanged);
    }
    let sum = |runs: &[Run], of: &dyn Fn(&RunInfo) -> i64| {
        runs.iter().map(|run| of(&run.info) as f64).sum::<f64>() / runs.len() as f64
    };
    let (what, base, new) = match approach.basis {
        Basis::Absolute | Basis::Auto => return Ok(unchanged),
        Basis::Share if is_counted => {
            return Ok(Footing { words: "relative to the other functions", ..unchanged });
        }
        Basis::Share => {
            let total = |info: &RunInfo| info.magnitudes[column];
            ("total", sum(&runs.base, &total), sum(&runs.new, &total))
        }
        Basis::PerSecond => {
            let all = runs.base.iter().chain(&runs.new);
            if all.clone().any(|run| run.info.duration_nanos <= 0) {
                return Err(Error::new(ErrorKind::Incomparable, "a profile does not say how long it took")
                    .at("--basis per-second")
                    .help("use --basis absolute or share"));
            }
            let duration = |info: &RunInfo| info.duration_nanos;
            ("duration", sum(&runs.base, &duration), sum(&runs.new, &duration))
        }
        Basis::PerOp => {
            let missing = || {
                Error::new(ErrorKind::Usage, "the number of operations is not known")
                    .at("--basis per-op")
                    .help(
                        "give the benchmark's output with --ops-from for both sides, or record the profiles with \
                         `profgate collect --go-test`, which notes it for each run",
                    )
            };
            let (base, new) = operations.ok_or_else(missing)?.split_at(runs.base.len());
            let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
            ("number of operations", mean(base), mean(new))
        }
    };
    let words = match approach.basis {
        Basis::Absolute | Basis::Auto => "",
        Basis::Share => "by its part of the total",
        Basis::PerSecond => "per second",
        Basis::PerOp => "per operation",
    };
    if base > 0.0 && new > 0.0 {
        return Ok(Footing { factor: base / new, words, fixes_total });
    }
    Err(Error::new(ErrorKind::Incomparable, format!("the {what} of a side is not positive")))
}
