//! Sources of both sides to runs over shared rows, by the shortest way that gives pprof's numbers.
//!
//! Most comparisons need no profile in memory: the samples of each file are added up where they stand. A filter
//! that changes stacks, a conversion of units or a normalization needs them; then both sides are decoded whole
//! and go through pprof's steps.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{Plan, Runs};
use crate::aggregate::{Detail, Keys, Run, aggregate_profile, aggregate_stream};
use crate::decode;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{
    Profile, StrId, align_mappings, make_compatible, normalize_ratios, require_equal_types,
};
use crate::select::{LabelUnits, drop_frames};
use crate::source::{Source, Sources, inflate};

/// Reads all sources of a comparison.
///
/// # Errors
/// When a source cannot be read or is empty, or the sides do not measure the same thing.
pub(super) fn load(sources: &Sources, plan: &Plan, step: &(dyn Fn() + Sync)) -> Result<Runs> {
    let is_by_function = !plan.selection.aggregation.filename;
    let may_stream = plan.selection.is_trivial() && is_by_function && !plan.normalize;
    if may_stream && let Some(runs) = stream(sources, plan, step)? {
        return Ok(runs);
    }
    convert(sources, plan, step).map_err(|error| match (&sources.base[..], &sources.new[..]) {
        ([base, ..], [new, ..]) => error.at(format!("{base} and {new}")),
        _ => error,
    })
}

/// The fast way: every file to a run, in parallel. `None` if the runs differ in what they measure, so that
/// samples must be converted first.
fn stream(sources: &Sources, plan: &Plan, step: &(dyn Fn() + Sync)) -> Result<Option<Runs>> {
    let keys = Mutex::new(Keys::default());
    let detail = Detail::Functions { noinlines: !plan.selection.aggregation.inlined };
    let read = |source: &Source| {
        let run = stream_one(source, plan, &keys, detail).map_err(|error| error.at(source.to_string()));
        step();
        run
    };
    let all: Vec<&Source> = sources.base.iter().chain(&sources.new).collect();
    let mut base: Vec<Run> = all.into_par_iter().map(read).collect::<Result<_>>()?;
    let new = base.split_off(sources.base.len());
    let mut infos = base.iter().chain(&new).map(|run| (&run.info.types, &run.info.period_type));
    let first = infos.next();
    if infos.any(|other| Some(other) != first) || first.is_some_and(|(types, _)| has_duplicates(types)) {
        return Ok(None);
    }
    let keys = keys.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Some(Runs { keys, base, new }))
}

fn has_duplicates(types: &[crate::aggregate::MetricType]) -> bool {
    types.iter().enumerate().any(|(at, ty)| types[..at].iter().any(|other| other.kind == ty.kind))
}

fn stream_one(source: &Source, plan: &Plan, keys: &Mutex<Keys>, detail: Detail) -> Result<Run> {
    let data = inflate(source.read(plan.inflated_limit)?, plan.inflated_limit)?;
    let run = match decode::scan(&data) {
        Ok(mut scan) if scan.profile.header.drop_frames == StrId::default() => {
            prepare(&mut scan.profile, plan)?;
            aggregate_stream(&scan, keys, detail)?
        }
        scanned => {
            let mut profile = match scanned {
                Ok(scan) => scan.into_profile()?,
                Err(_) => decode::decode_any(&data)?,
            };
            drop(data);
            prepare(&mut profile, plan)?;
            aggregate_profile(&profile, keys, detail)?
        }
    };
    if run.info.records == 0 {
        return Err(empty());
    }
    Ok(run)
}

fn empty() -> Error {
    Error::new(ErrorKind::Empty, "the profile has no samples")
        .help("profile for longer, and check that the profiler was running")
}

/// What pprof does to every profile that it has read: names and frames as their recorder wants them shown.
fn prepare(profile: &mut Profile, plan: &Plan) -> Result<()> {
    profile.ensure_mapping();
    plan.selection.symbolization.apply(profile)?;
    // An invalid pattern of the file drops nothing, in pprof too.
    drop_frames(profile).map(|_| ())
}

/// pprof's way: all profiles in memory, brought to common types and units, normalized and filtered.
fn convert(sources: &Sources, plan: &Plan, step: &(dyn Fn() + Sync)) -> Result<Runs> {
    let read = |source: &Source| {
        let data = inflate(source.read(plan.inflated_limit)?, plan.inflated_limit)?;
        let mut profile = decode::decode_any(&data)?;
        if profile.samples.is_empty() {
            return Err(empty());
        }
        prepare(&mut profile, plan)?;
        step();
        Ok(profile)
    };
    // The new side stands first, as in pprof: it decides the order of sample types and the addresses of mappings.
    let all: Vec<&Source> = sources.new.iter().chain(&sources.base).collect();
    let mut profiles: Vec<Profile> = all
        .into_par_iter()
        .map(|source| read(source).map_err(|error| error.at(source.to_string())))
        .collect::<Result<_>>()?;
    let new_runs = sources.new.len();
    if plan.normalize {
        normalize_to_mean(&mut profiles, new_runs)?;
    }
    make_compatible(&mut profiles)?;
    align_mappings(&mut profiles)?;
    let keys = Mutex::new(Keys::default());
    let mut new: Vec<Run> =
        profiles.into_iter().map(|mut profile| select(&mut profile, plan, &keys)).collect::<Result<_>>()?;
    let base = new.split_off(new_runs);
    let keys = keys.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Runs { keys, base, new })
}

/// Selects from a profile and aggregates what is left; totals are those before the selection unless asked for.
fn select(profile: &mut Profile, plan: &Plan, keys: &Mutex<Keys>) -> Result<Run> {
    let selection = &plan.selection;
    let (units, _) = LabelUnits::identify(profile);
    selection.add_label_frames(profile, &plan.shown_unit)?;
    let (totals, magnitudes) = (profile.samples.column_sums(), profile.samples.column_magnitudes());
    selection.filter(profile, &units);
    for row in 0..profile.functions.len() {
        let shown = selection.paths.shown(profile.text(profile.functions[row].filename)).into_owned();
        profile.functions[row].filename = profile.strings.intern(&shown)?;
    }
    selection.aggregation.apply(profile);
    let mut run = aggregate_profile(profile, keys, Detail::All)?;
    if !selection.relative_percentages {
        (run.info.totals, run.info.magnitudes) = (totals, magnitudes);
    }
    Ok(run)
}

/// Scales each new profile so that its totals become the mean of the base's; with one base that is pprof's
/// `-normalize`.
fn normalize_to_mean(profiles: &mut [Profile], new_runs: usize) -> Result<()> {
    let (new, base) = profiles.split_at_mut(new_runs);
    let Some((first, others)) = base.split_first() else { return Ok(()) };
    for other in others.iter().chain(&*new) {
        require_equal_types(other, first)?;
    }
    let sums: Vec<Vec<i64>> = base.iter().map(|profile| profile.samples.column_sums()).collect();
    let runs = i64::try_from(base.len()).unwrap_or(i64::MAX);
    let mean =
        |column: usize| sums.iter().map(|sums| i128::from(sums[column])).sum::<i128>() / i128::from(runs);
    let width = sums.first().map_or(0, Vec::len);
    let target: Vec<i64> = (0..width).map(|column| i64::try_from(mean(column)).unwrap_or(i64::MAX)).collect();
    for profile in new {
        let ratios = normalize_ratios(&profile.samples.column_sums(), &target);
        profile.scale(&ratios);
    }
    Ok(())
}
