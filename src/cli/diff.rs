//! `profgate diff`: the gate.

use std::path::Path;

use super::args::{DiffArgs, PairArg, When};
use super::progress::Progress;
use super::reports::Reports;
use super::{operations, plan, pprof_flags, say};
use crate::config;
use crate::error::{Error, ErrorKind, ExitCode, Result};
use crate::gate::{self, Plan};
#[cfg(feature = "capture")]
use crate::source::Source;
use crate::source::{Pairing, Side, Sources, Unpaired, is_live, pair, without_base};
use crate::verdict::{Caveat, CaveatCode, Comparison, Limit, LimitSummary, Outcome, Verdict};

/// Runs the command.
///
/// # Errors
/// When there is no verdict.
pub(super) fn run(args: &DiffArgs, color: When) -> Result<ExitCode> {
    let directory = std::env::current_dir().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
    })?;
    let reports = Reports::open(&args.reports, args.quiet, None)?;
    let effective = plan::effective(&args.settings, &directory)?;
    let policy = Policy {
        on_inconclusive: effective.settings.on_inconclusive.value,
        missing_base: effective.settings.missing_base.value,
    };
    let must_be_fair = effective.settings.require_fair.value;
    let config = effective.config.clone();
    if args.verbose {
        let config = config.as_deref().unwrap_or("none");
        say(&format!("configuration: {config}"));
    }
    let settings = effective.settings.clone();
    let mut plan = plan::plan(effective, jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())?;
    plan.inflated_limit = args.max_inflated;
    plan.stacks = reports.stacks();
    plan.operations = operations::read(&args.ops_from)?;
    if plan.operations.is_some() && !matches!(plan.basis, config::Basis::Auto | config::Basis::PerOp) {
        return Err(Error::new(ErrorKind::Usage, "says how many operations were run, and nothing uses that")
            .at("--ops-from")
            .help("add --basis per-op"));
    }

    let (mut sources, caveats) = sources(args, &plan.limits, &policy)?;
    #[cfg(feature = "capture")]
    capture(&mut sources, args, plan.inflated_limit)?;
    for sources in &mut sources {
        for side in [&mut sources.base, &mut sources.new] {
            let held = std::mem::take(side).into_iter().map(|source| source.hold(plan.inflated_limit));
            *side = held.collect::<Result<_>>()?;
        }
    }
    let mut comparisons = compare(args, &sources, &plan, caveats)?;
    for comparison in comparisons.iter_mut().filter(|comparison| !comparison.call_paths.is_empty()) {
        comparison.pprof_flags = pprof_flags::flags(&settings, &comparison.metric.kind);
    }
    if must_be_fair {
        gate::require_fair(&comparisons)?;
    }
    let mut outcome = settle(comparisons, &plan.limits, &policy);
    outcome.artifacts = reports.artifacts();
    reports.write(&outcome, &directory, config.as_deref(), color)?;
    Ok(outcome.exit_code)
}

/// What comes of questions that stay open.
pub(super) struct Policy {
    on_inconclusive: config::Outcome,
    missing_base: config::Outcome,
}

impl Default for Policy {
    fn default() -> Self {
        Self { on_inconclusive: config::Outcome::Pass, missing_base: config::Outcome::Fail }
    }
}

/// The comparisons to make, and what to say about paths that stand on the base side alone. A comparison without a
/// base, where the policy lets that pass, is held to budgets alone.
fn sources(args: &DiffArgs, limits: &[Limit], policy: &Policy) -> Result<(Vec<Sources>, Vec<Caveat>)> {
    let side = |single: &Option<String>, many: &[String]| match single {
        Some(single) => vec![single.clone()],
        None => many.to_vec(),
    };
    let base = side(&args.base_source, &args.base);
    let new = side(&args.new_source, &args.new);
    let may_be_missing = policy.missing_base == config::Outcome::Pass;
    let pairing = match args.pair {
        PairArg::Path => Pairing::ByPath,
        PairArg::All => Pairing::All,
    };
    let (mut sources, unpaired) = if may_be_missing && base.iter().all(|path| is_missing(path)) {
        without_base(&new, pairing)?
    } else {
        pair(&base, &new, pairing)?
    };
    let needs_base = limits.iter().any(|limit| limit.max_increase.is_some());
    let mut caveats = Vec::new();
    for alone in unpaired {
        match alone.side {
            _ if !alone.is_profile => caveats.push(unpaired_caveat(&alone)),
            Side::Base => caveats.push(unpaired_caveat(&alone)),
            Side::New if needs_base && !may_be_missing => {
                let problem = "stands on the new side alone, and limits need a base";
                return Err(Error::new(ErrorKind::Incomparable, problem)
                    .at(&alone.name)
                    .help("record its base, or let it through with --missing-base pass"));
            }
            Side::New => sources.push(Sources { name: alone.name, base: Vec::new(), new: alone.sources }),
        }
    }
    for sources in &mut sources {
        sources.name = match &args.name {
            Some(name) if sources.name.is_empty() => name.clone(),
            Some(name) => format!("{name}/{}", sources.name),
            None => continue,
        };
    }
    Ok((sources, caveats))
}

/// Captures the live sources, and puts what they gave in their places. Both sides of all comparisons are captured
/// at the same time, or in turns.
#[cfg(feature = "capture")]
fn capture(comparisons: &mut [Sources], args: &DiffArgs, inflated_limit: u64) -> Result<()> {
    use super::live::Loudness;

    let live = |source: &Source| match source {
        Source::Live(text) => Some(text.reveal().to_owned()),
        _ => None,
    };
    let base: Vec<_> = comparisons.iter().flat_map(|sources| &sources.base).filter_map(live).collect();
    let new: Vec<_> = comparisons.iter().flat_map(|sources| &sources.new).filter_map(live).collect();
    if base.is_empty() && new.is_empty() {
        return match args.live.first_wish() {
            None => Ok(()),
            Some(option) => Err(Error::new(ErrorKind::Usage, "is about live sources, and there is none")
                .at(option)
                .help("name a URL, or leave the option out")),
        };
    }
    let loudness = Loudness { has_progress: !args.quiet && !args.no_progress, is_verbose: args.verbose };
    let captured = args.live.capture(&base, &new, inflated_limit, loudness)?;
    let mut base = captured.base.into_iter().map(|(_, shots)| shots);
    let mut new = captured.new.into_iter().map(|(_, shots)| shots);
    let replace = |side: &mut Vec<Source>, shots: &mut dyn Iterator<Item = Vec<crate::capture::Shot>>| {
        let held = |shot: crate::capture::Shot| Source::Held {
            name: shot.provenance.url.clone().into(),
            data: shot.data.into(),
            provenance: Some(shot.provenance.into()),
        };
        let sources = std::mem::take(side).into_iter().flat_map(|source| match source {
            Source::Live(_) => shots.next().unwrap_or_default().into_iter().map(held).collect(),
            source => vec![source],
        });
        *side = sources.collect();
    };
    for sources in comparisons {
        replace(&mut sources.base, &mut base);
        replace(&mut sources.new, &mut new);
    }
    Ok(())
}

/// Whether nothing stands at `path`. What cannot be looked at is there, and reading it says why it cannot be read.
fn is_missing(path: &str) -> bool {
    if path == "-" || Path::new(path).try_exists().unwrap_or(true) || is_live(path) {
        return false;
    }
    !path.contains(['*', '?', '[']) || glob::glob(path).is_ok_and(|mut found| found.next().is_none())
}

fn unpaired_caveat(alone: &Unpaired) -> Caveat {
    let (name, side) = (&alone.name, alone.side.name());
    let message = if alone.is_profile {
        format!("`{name}` stands on the {side} side alone and was not compared")
    } else {
        format!("`{name}` on the {side} side does not begin like a profile and was left out")
    };
    Caveat { code: CaveatCode::UnpairedPath, message }
}

fn compare(
    args: &DiffArgs,
    sources: &[Sources],
    plan: &Plan,
    caveats: Vec<Caveat>,
) -> Result<Vec<Comparison>> {
    let runs = sources.iter().map(|sources| sources.base.len() + sources.new.len()).sum();
    if args.verbose {
        say(&format!("reading {runs} profiles for {} comparisons", sources.len()));
    }
    let progress = Progress::new(runs, args.quiet || args.no_progress);
    let step = || progress.step();
    let all = || {
        let each = sources.iter().map(|sources| gate::compare(sources, plan, &step));
        each.collect::<Result<Vec<_>>>()
    };
    let mut comparisons = match args.jobs {
        None => all(),
        Some(jobs) => rayon::ThreadPoolBuilder::new()
            .num_threads(jobs.into())
            .build()
            .map_err(|error| Error::new(ErrorKind::Usage, format!("cannot start {jobs} threads ({error})")))?
            .install(all),
    }?
    .concat();
    progress.finish();
    if let Some(first) = comparisons.first_mut() {
        first.caveats.extend(caveats);
    }
    let unused = gate::unused_limits(&plan.limits, &comparisons)?;
    if let Some(first) = comparisons.first_mut() {
        first.caveats.extend(unused);
    }
    Ok(comparisons)
}

/// The comparisons' common verdict, with the exit code it stands for.
pub(super) fn settle(comparisons: Vec<Comparison>, limits: &[Limit], policy: &Policy) -> Outcome {
    let verdict = comparisons.iter().map(|comparison| comparison.verdict).max().unwrap_or(Verdict::Pass);
    let exit_code = match verdict {
        Verdict::Fail => ExitCode::Fail,
        Verdict::Inconclusive if policy.on_inconclusive == config::Outcome::Fail => ExitCode::Inconclusive,
        Verdict::Pass | Verdict::Warn | Verdict::Inconclusive => ExitCode::Pass,
    };
    let headline = crate::verdict::headline(&comparisons);
    let limits = limits.iter().map(LimitSummary::from).collect();
    Outcome { verdict, exit_code, headline, comparisons, limits, artifacts: Vec::new() }
}
