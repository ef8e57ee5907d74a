//! Sources of both sides to runs over shared rows, by the shortest way that gives pprof's numbers.
//!
//! Most comparisons need no profile in memory: the samples of each file are added up where they stand. A filter
//! that changes stacks, a conversion of units or a normalization needs them; then both sides are decoded whole
//! and go through pprof's steps.

use std::sync::Mutex;

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::{Plan, Runs};
use crate::aggregate::{
    Detail, Keys, MetricType, Run, aggregate_profile, aggregate_stream, below, overflow, sample_count,
};
use crate::decode::{self, Scan, Streamed};
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{
    LocationId, Profile, SampleStream, StrId, align_mappings, make_compatible, normalize_ratios,
    require_equal_types,
};
use crate::select::{LabelUnits, Note, drop_frames};
use crate::source::{Source, Sources, inflate};

/// Samples are kept from their first reading on while all of them claim at most this many bytes: two profiles of 200 MB
/// fit, with what is made of them, into 600 MB.
const MOST_KEPT: u64 = 448 << 20;
/// A file's own bytes may exceed its claim by this much: that of several gzip members is the last one's.
const SLACK: u64 = 1 << 20;
/// Where they are not kept, samples of one file that take more than this are inflated twice instead.
const MOST_AT_ONCE: u64 = 64 << 20;

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
    let rows = Rows { keys: &keys, detail: by_function(plan) };
    let all: Vec<(&Source, u64)> =
        sources.base.iter().chain(&sources.new).map(|source| (source, source.claimed_size())).collect();
    let claimed = all.iter().fold(0_u64, |sum, (_, claimed)| sum.saturating_add(*claimed));
    let are_kept = claimed <= MOST_KEPT;
    let read = |(source, claimed): (&Source, u64)| {
        let most = if are_kept { claimed.saturating_add(SLACK) } else { MOST_AT_ONCE };
        let read = open(source, plan, most).and_then(|(samples, notes)| {
            let run = samples.consume(&rows)?;
            if run.info.records == 0 { Err(empty()) } else { Ok((run, notes, are_kept.then_some(samples))) }
        });
        step();
        read.map_err(|error| error.at(source.to_string()))
    };
    let read = all.into_par_iter().map(read).collect::<Result<Vec<_>>>()?;
    let (mut base, mut notes, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for (run, of_run, samples) in read {
        base.push(run);
        notes.push(of_run);
        kept.extend(samples);
    }
    let new = base.split_off(sources.base.len());
    let mut infos = base.iter().chain(&new).map(|run| (&run.info.types, &run.info.period_type));
    let first = infos.next();
    if infos.any(|other| Some(other) != first) || first.is_some_and(|(types, _)| has_duplicates(types)) {
        return Ok(None);
    }
    let (notes, dropped_types) = (counted(notes), Vec::new());
    Ok(Some(Runs { keys, base, new, notes, dropped_types, kept }))
}

/// The distinct notes in the order of the profiles, each with the number of profiles it is about.
fn counted(notes: impl IntoIterator<Item = Vec<Note>>) -> Vec<(Note, usize)> {
    let mut counted: Vec<(Note, usize)> = Vec::new();
    for note in notes.into_iter().flatten() {
        match counted.iter_mut().find(|(known, _)| *known == note) {
            Some((_, profiles)) => *profiles += 1,
            None => counted.push((note, 1)),
        }
    }
    counted
}

fn has_duplicates(types: &[MetricType]) -> bool {
    let mut kinds = HashSet::new();
    types.iter().any(|ty| !kinds.insert(ty.kind.as_str()))
}

/// What tells rows apart.
pub(super) fn detail(plan: &Plan) -> Detail {
    if plan.selection.aggregation.filename { Detail::All } else { by_function(plan) }
}

/// Rows by function, which keep a source file of each to show.
fn by_function(plan: &Plan) -> Detail {
    Detail::Functions { noinlines: !plan.selection.aggregation.inlined }
}

/// What is made of the samples of one profile.
pub(super) trait Consumer: Sync {
    /// What is made.
    type Made: Send;

    /// Makes it.
    ///
    /// # Errors
    /// When a sample is damaged, or numbers or memory do not suffice.
    fn consume(&self, samples: &impl SampleStream) -> Result<Self::Made>;
}

/// Makes the run of one profile.
struct Rows<'a> {
    keys: &'a Mutex<Keys>,
    detail: Detail,
}

impl Consumer for Rows<'_> {
    type Made = Run;

    fn consume(&self, samples: &impl SampleStream) -> Result<Run> {
        aggregate_stream(samples, self.keys, self.detail)
    }
}

/// The samples of one run, to be walked as often as it takes.
pub(super) enum Kept {
    /// Where they stand in the profile.
    InPlace(Scan<'static>),
    /// In a file too large to be kept, which is read again each time.
    Distant { tables: Scan<'static>, source: Source, limit: u64 },
    /// In a profile that was decoded whole.
    Whole(Profile),
}

impl Kept {
    /// Hands the samples to `consumer`.
    ///
    /// # Errors
    /// When a source cannot be read again, and those of the consumer.
    pub(super) fn consume<C: Consumer>(&self, consumer: &C) -> Result<C::Made> {
        match self {
            Self::InPlace(scan) => consumer.consume(scan),
            Self::Distant { tables, source, limit } => {
                consumer.consume(&Distant { tables, source, limit: *limit })
            }
            Self::Whole(profile) => consumer.consume(profile),
        }
    }
}

/// The samples of a file, inflated again as they are walked.
struct Distant<'a> {
    tables: &'a Scan<'static>,
    source: &'a Source,
    limit: u64,
}

impl SampleStream for Distant<'_> {
    fn profile(&self) -> &Profile {
        &self.tables.profile
    }

    fn chunks(&self) -> usize {
        1
    }

    fn walk(&self, _: usize, visit: impl FnMut(&[LocationId], &[i64])) -> Result<()> {
        let mut stream = self.source.open(self.limit)?;
        self.tables.walk_again(|buffer| stream.read(buffer), visit)
    }
}

/// Opens the samples of one source, at most `most` bytes of them in memory where they can be walked in place.
///
/// # Errors
/// When the source cannot be read or is damaged.
pub(super) fn open(source: &Source, plan: &Plan, most: u64) -> Result<(Kept, Vec<Note>)> {
    let limit = plan.inflated_limit;
    let mut stream = source.open(limit)?;
    let scanned = decode::scan_stream(|buffer| stream.read(buffer), most)?;
    drop(stream);
    let keeps_frames = |scan: &Scan<'_>| scan.profile.header.drop_frames == StrId::default();
    let prepared = |profile: &mut Profile| {
        let notes = prepare(profile, plan)?;
        show_paths(profile, plan)?;
        Ok(notes)
    };
    match scanned {
        Streamed::Whole(mut scan) if keeps_frames(&scan) => {
            let notes = prepared(&mut scan.profile)?;
            Ok((Kept::InPlace(scan), notes))
        }
        Streamed::Tables(mut tables) if keeps_frames(&tables) => {
            let notes = prepared(&mut tables.profile)?;
            Ok((Kept::Distant { tables, source: source.clone(), limit }, notes))
        }
        scanned => {
            let mut profile = match scanned {
                Streamed::Whole(scan) => scan.into_profile()?,
                Streamed::Tables(_) | Streamed::Other => {
                    decode::decode_any(&inflate(source.read(limit)?, limit)?)?
                }
            };
            let notes = prepared(&mut profile)?;
            Ok((Kept::Whole(profile), notes))
        }
    }
}

/// Hands the samples of run number `run`, base runs first, to `consumer`.
///
/// # Errors
/// When its source cannot be read again, and those of the consumer.
pub(super) fn consume<C: Consumer>(
    (run, source): (usize, &Source),
    plan: &Plan,
    kept: &[Kept],
    consumer: &C,
) -> Result<C::Made> {
    match kept.get(run) {
        Some(samples) => samples.consume(consumer),
        None => open(source, plan, MOST_AT_ONCE)?.0.consume(consumer),
    }
    .map_err(|error| error.at(source.to_string()))
}

/// Adds up what the samples that end in some rows add to the rows above them.
struct Beneath<'a> {
    keys: &'a Mutex<Keys>,
    detail: Detail,
    is_leaf: &'a [bool],
    column: usize,
}

impl Consumer for Beneath<'_> {
    type Made = Vec<i64>;

    fn consume(&self, samples: &impl SampleStream) -> Result<Vec<i64>> {
        below(samples, self.keys, self.detail, self.is_leaf, self.column)
    }
}

/// For each run, base runs first, the part of each row's cum in `column` that comes from samples which end in a row
/// that `is_leaf` marks. The samples are read again.
///
/// # Errors
/// When a source cannot be read again.
pub(super) fn beneath(
    sources: &Sources,
    plan: &Plan,
    runs: &Runs,
    is_leaf: &[bool],
    column: usize,
) -> Result<Vec<Vec<i64>>> {
    let consumer = Beneath { keys: &runs.keys, detail: detail(plan), is_leaf, column };
    let all: Vec<&Source> = sources.base.iter().chain(&sources.new).collect();
    all.into_par_iter().enumerate().map(|run| consume(run, plan, &runs.kept, &consumer)).collect()
}

fn empty() -> Error {
    Error::new(ErrorKind::Empty, "the profile has no samples")
        .help("profile for longer, and check that the profiler was running")
}

/// What pprof does to every profile that it has read: names and frames as their recorder wants them shown.
fn prepare(profile: &mut Profile, plan: &Plan) -> Result<Vec<Note>> {
    profile.ensure_mapping();
    plan.selection.symbolization.apply(profile)?;
    // An invalid pattern of the file drops nothing, in pprof too.
    drop_frames(profile)
}

/// Names each source file as reports show it.
fn show_paths(profile: &mut Profile, plan: &Plan) -> Result<()> {
    let mut shown = HashMap::new();
    for row in 0..profile.functions.len() {
        let path = profile.functions[row].filename;
        let short = match shown.entry(path) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let short = plan.selection.paths.shown(profile.text(path)).into_owned();
                *new.insert(profile.strings.intern(&short)?)
            }
        };
        profile.functions[row].filename = short;
    }
    Ok(())
}

/// A profile in memory, with what was known before its values were scaled.
struct Whole {
    profile: Profile,
    notes: Vec<Note>,
    samples: i64,
    magnitudes: Magnitudes,
}

/// The sum of the magnitudes of each sample type, by its name.
type Magnitudes = Vec<(Vec<u8>, i64)>;

fn magnitudes(profile: &Profile) -> Result<Magnitudes> {
    let sums = profile.samples.column_magnitudes().ok_or_else(overflow)?;
    let names = profile.header.sample_types.iter().map(|ty| profile.text(ty.kind).to_vec());
    Ok(names.zip(sums).collect())
}

/// What the columns of `profile` were multiplied by since their magnitudes were `before`.
#[expect(clippy::cast_precision_loss, reason = "ratios are floating-point numbers")]
fn scales(profile: &Profile, before: &Magnitudes) -> Result<Vec<f64>> {
    let scale = |(name, after): (Vec<u8>, i64)| {
        let before = before.iter().find(|(known, _)| *known == name).map_or(0, |&(_, before)| before);
        if before == after || before == 0 || after == 0 { 1.0 } else { after as f64 / before as f64 }
    };
    Ok(magnitudes(profile)?.into_iter().map(scale).collect())
}

fn read_whole(source: &Source, plan: &Plan) -> Result<Whole> {
    let data = inflate(source.read(plan.inflated_limit)?, plan.inflated_limit)?;
    let mut profile = decode::decode_any(&data)?;
    if profile.samples.is_empty() {
        return Err(empty());
    }
    let magnitudes = magnitudes(&profile)?;
    let records = u64::try_from(profile.samples.len()).unwrap_or(u64::MAX);
    let samples = sample_count(&profile, &profile.samples.column_sums(), records);
    let notes = prepare(&mut profile, plan)?;
    Ok(Whole { profile, notes, samples, magnitudes })
}

/// pprof's way: all profiles in memory, brought to common types and units, normalized and filtered.
fn convert(sources: &Sources, plan: &Plan, step: &(dyn Fn() + Sync)) -> Result<Runs> {
    // The new side stands first, as in pprof: it decides the order of sample types and the addresses of mappings.
    let all: Vec<&Source> = sources.new.iter().chain(&sources.base).collect();
    let read = |source: &&Source| {
        let whole = read_whole(source, plan).map_err(|error| error.at(source.to_string()))?;
        step();
        Ok(whole)
    };
    let mut profiles = Vec::with_capacity(all.len());
    let mut notes = Vec::with_capacity(all.len());
    let mut samples = Vec::with_capacity(all.len());
    let mut before = Vec::with_capacity(all.len());
    for whole in all.par_iter().map(read).collect::<Result<Vec<_>>>()? {
        profiles.push(whole.profile);
        notes.push(whole.notes);
        samples.push(whole.samples);
        before.push(whole.magnitudes);
    }
    let new_runs = sources.new.len();
    if plan.normalize {
        normalize_to_mean(&mut profiles, new_runs)?;
    }
    let types = type_names(&profiles);
    make_compatible(&mut profiles)?;
    let common = type_names(&profiles);
    let dropped_types = types.into_iter().filter(|name| !common.contains(name)).collect();
    align_mappings(&mut profiles)?;
    let keys = Mutex::new(Keys::default());
    let mut new = Vec::with_capacity(profiles.len());
    for (run, profile) in profiles.iter_mut().enumerate() {
        let scales = scales(profile, &before[run])?;
        let selected = select(profile, &scales, plan, &keys).map_err(|error| error.at(all[run].to_string()));
        let (mut selected, said) = selected?;
        selected.info.samples = samples[run];
        new.push(selected);
        notes[run].extend(said);
    }
    profiles.rotate_left(new_runs);
    let base = new.split_off(new_runs);
    let kept = profiles.into_iter().map(Kept::Whole).collect();
    Ok(Runs { keys, base, new, notes: counted(notes), dropped_types, kept })
}

/// The names of all sample types, each once, in the order in which they stand.
fn type_names(profiles: &[Profile]) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = profiles.iter().flat_map(|profile| {
        profile.header.sample_types.iter().map(|ty| profile.display(ty.kind).into_owned())
    });
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// Selects from a profile and aggregates what is left; totals are those before the selection unless asked for.
fn select(
    profile: &mut Profile,
    scales: &[f64],
    plan: &Plan,
    keys: &Mutex<Keys>,
) -> Result<(Run, Vec<Note>)> {
    let selection = &plan.selection;
    let (units, mut notes) = LabelUnits::identify(profile);
    if selection.is_trivial() {
        // No label is looked at.
        notes.clear();
    }
    notes.extend(selection.add_label_frames(profile, &plan.shown_unit)?);
    let magnitudes = profile.samples.column_magnitudes().ok_or_else(overflow)?;
    let totals = profile.samples.column_sums();
    notes.extend(selection.filter(profile, &units));
    show_paths(profile, plan)?;
    if selection.aggregation.filename {
        selection.aggregation.apply(profile);
    }
    let mut run = aggregate_profile(profile, scales, keys, detail(plan))?;
    if !selection.relative_percentages {
        (run.info.totals, run.info.magnitudes) = (totals, magnitudes);
    }
    Ok((run, notes))
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
