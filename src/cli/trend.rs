//! `profgate baseline status`: saved profiles, commit by commit, to the trends of what is watched.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::SettingArgs;
use super::output::{Earlier, Output};
use super::plan;
use super::store::{StoreArgs, short, write};
use crate::aggregate::Pattern;
use crate::error::{Error, ErrorKind, Result};
use crate::gate::{self, Plan};
use crate::publish::baseline::{self, EntryName, Scope, Store, prefix};
use crate::report::{Measured, Series, Step, Trend, trend_html, trend_svg, trend_terminal};
use crate::source::{Pairing, without_base};
use crate::stats::change_point::{SHORTEST, change_points};
use crate::stats::creep::creep;
use crate::verdict::{Comparison, Measure};

/// The chance that a report of identical commits marks any change.
const ALPHA: f64 = 0.05;

/// How many of the largest numbers are looked at; each takes time with the cube of the number of commits.
const TESTED: usize = 200;

/// Options of `profgate baseline status`.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    pub(super) store: StoreArgs,

    /// Watch functions that match, instead of those that limits name; repeatable
    #[arg(long, value_name = "REGEXP")]
    functions: Vec<String>,

    /// Show at most N functions, those whose cost changed most
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// Look at the last N commits
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=200))]
    last: u16,

    /// A report to write: terminal, svg, html or json, optionally to a file; repeatable
    #[arg(long = "report", value_name = "FORMAT[=PATH]")]
    reports: Vec<String>,

    #[command(flatten)]
    settings: SettingArgs,
}

/// A number of a comparison: its metric in words, the function (none for the total), and the measure.
type Key = (String, Option<String>, Measure);

/// What one commit cost.
struct Point {
    measured: Measured,
    values: HashMap<Key, f64>,
    /// The metrics that there are, in words, with their units.
    metrics: BTreeMap<String, (String, String)>,
}

/// A trend in one format.
type Render = fn(&Trend) -> String;

/// The formats of `--report`.
const FORMATS: [(&str, Render); 4] =
    [("terminal", trend_terminal), ("svg", trend_svg), ("html", trend_html), ("json", json)];

/// Writes the reports.
///
/// # Errors
/// When the store or a profile cannot be read, or there is none.
pub(super) fn status(args: &StatusArgs) -> Result<()> {
    let default = ["terminal".to_owned()];
    let wanted = if args.reports.is_empty() { &default[..] } else { &args.reports };
    let reports = wanted.iter().map(|report| open(report)).collect::<Result<Vec<_>>>()?;
    let place = args.store.open()?;
    let scope = Scope::Branch(args.store.base_branch(&place));
    let directory = std::env::current_dir().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
    })?;
    let mut effective = plan::effective(&args.settings, &directory)?;
    // Nothing is judged here, so no agreement can have ended.
    effective.accepted.clear();
    let mut plan = plan::plan(effective, jiff::civil::Date::MAX)?;
    let watched = watched(&args.functions, &plan)?;
    plan.limits.clear();
    let points = points(&*place.store, &args.store.key, &scope, usize::from(args.last), &plan)?;
    let trend = Trend {
        title: format!("{}, {scope}", args.store.key),
        series: series(&points, &watched, &plan.shown_unit, args.top),
        commits: points.into_iter().map(|point| point.measured).collect(),
    };
    for (render, output) in reports {
        output.write(render(&trend))?;
    }
    Ok(())
}

fn open(report: &str) -> Result<(Render, Output)> {
    let (name, path) = report.split_once('=').unwrap_or((report, "-"));
    let format = FORMATS.iter().find(|(known, _)| *known == name).map(|&(_, render)| render);
    let render = format.ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("unknown report format `{name}`"))
            .at("--report")
            .help("the formats are terminal, svg, html, json")
    })?;
    Ok((render, Output::open(path, Earlier::Removed)?))
}

/// The patterns of functions to watch: those asked for, else those that limits name; all if there are none.
fn watched(asked: &[String], plan: &Plan) -> Result<Vec<Pattern>> {
    if asked.is_empty() {
        return Ok(plan.limits.iter().filter_map(|limit| limit.functions.clone()).collect());
    }
    asked
        .iter()
        .map(|pattern| {
            Pattern::new(pattern)
                .map_err(|error| Error::new(ErrorKind::Usage, error.to_string()).at("--functions"))
        })
        .collect()
}

/// What the last commits cost, the oldest first.
fn points(store: &dyn Store, key: &str, scope: &Scope, last: usize, plan: &Plan) -> Result<Vec<Point>> {
    let mut commits: BTreeMap<String, Vec<EntryName>> = BTreeMap::new();
    for name in store.list(&prefix(key, Some(scope)))? {
        commits.entry(name.commit.clone()).or_default().push(name);
    }
    if commits.is_empty() {
        return Err(Error::new(
            ErrorKind::Unreadable,
            format!("no profiles of `{key}` are saved for {scope}"),
        )
        .help("save some on that branch with `profgate baseline save`"));
    }
    let mut commits: Vec<_> = commits.into_iter().collect();
    commits.sort_by_key(|(_, names)| names.iter().map(|name| name.saved).min());
    let surplus = commits.len().saturating_sub(last);
    let mut points = Vec::new();
    for (commit, names) in commits.split_off(surplus) {
        let saved = names.iter().map(|name| name.saved).min().unwrap_or_default();
        let loaded = baseline::load(store, &names)?;
        let time = loaded.commit_time.unwrap_or(saved);
        points.push((time, saved, point(&commit, time, &loaded.files, plan)?));
    }
    points.sort_by_key(|(time, saved, _)| (*time, *saved));
    Ok(points.into_iter().map(|(_, _, point)| point).collect())
}

fn point(commit: &str, time: Timestamp, files: &[baseline::File], plan: &Plan) -> Result<Point> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Output, format!("no temporary directory can be made ({error})"))
    };
    let directory = tempfile::tempdir().map_err(failed)?;
    let folder = directory.path().join("profiles");
    write(&folder, files)?;
    let mut point = Point {
        measured: Measured {
            commit: short(commit).to_owned(),
            day: time.to_zoned(TimeZone::UTC).date().to_string(),
        },
        values: HashMap::new(),
        metrics: BTreeMap::new(),
    };
    for comparison in
        compare(&folder, plan).map_err(|error| error.at(format!("baseline of {}", short(commit))))?
    {
        point.add(&comparison);
    }
    Ok(point)
}

fn compare(folder: &Path, plan: &Plan) -> Result<Vec<Comparison>> {
    let (sources, _) = without_base(&[folder.to_string_lossy().into_owned()], Pairing::ByPath)?;
    let compared = sources.iter().map(|sources| gate::compare(sources, plan, &|| ()));
    Ok(compared.collect::<Result<Vec<_>>>()?.concat())
}

impl Point {
    fn add(&mut self, comparison: &Comparison) {
        let metric = &comparison.metric;
        let mean = if metric.is_mean { "mean_" } else { "" };
        let place = if comparison.name.is_empty() { String::new() } else { format!("{}: ", comparison.name) };
        let words = format!("{place}{mean}{} in {}", metric.kind, metric.unit);
        let mut add = |function: Option<&String>, measure, value: f64| {
            self.values.insert((words.clone(), function.cloned(), measure), value);
        };
        add(None, Measure::Total, comparison.total.new.as_f64());
        for row in &comparison.functions {
            add(Some(&row.name), Measure::Flat, row.flat.new.as_f64());
            add(Some(&row.name), Measure::Cum, row.cum.new.as_f64());
        }
        self.metrics.insert(words, (metric.unit.clone(), metric.kind.clone()));
    }
}

/// The totals, and the watched functions whose cost changed most.
fn series(points: &[Point], watched: &[Pattern], shown_unit: &str, top: usize) -> Vec<Series> {
    let mut keys: Vec<&Key> = points.iter().flat_map(|point| point.values.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let is_watched =
        |name: &str| watched.is_empty() || watched.iter().any(|pattern| pattern.is_match(name.as_bytes()));
    let mut all: Vec<Series> = Vec::new();
    for key @ (metric, function, measure) in keys {
        if function.as_deref().is_some_and(|name| !is_watched(name)) {
            continue;
        }
        let value = |point: &Point| {
            // A function that does not occur in a profile cost nothing; a profile that is not there says nothing.
            let is_there = point.metrics.contains_key(metric);
            is_there.then(|| point.values.get(key).copied().unwrap_or(0.0))
        };
        let values: Vec<_> = points.iter().map(value).collect();
        let unit = points.iter().find_map(|point| point.metrics.get(metric)).map_or("", |(unit, _)| unit);
        let name = function.as_deref().unwrap_or("the whole profile");
        // A function that calls nothing has one cost, not two; one that only calls has no own.
        let is_twin = all
            .last()
            .is_some_and(|last| last.name == name && last.metric == *metric && last.values == values);
        if is_twin || values.iter().flatten().all(|value| *value == 0.0) {
            continue;
        }
        all.push(Series {
            name: name.to_owned(),
            measure: measure.name(),
            metric: metric.clone(),
            unit: unit.to_owned(),
            shown_unit: shown_unit.to_owned(),
            values,
            steps: Vec::new(),
            is_creeping: false,
        });
    }
    let (mut totals, mut rows): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|series| series.measure == Measure::Total.name());
    // Chosen by size, which says nothing of change; choosing by change would make chance look like it.
    rows.sort_by(|one, other| size(other).total_cmp(&size(one)).then_with(|| one.name.cmp(&other.name)));
    rows.truncate(TESTED.max(top));
    // Each is looked at in two ways.
    let tests = 2.0 * f64::from(u32::try_from(totals.len() + rows.len()).unwrap_or(u32::MAX));
    for series in totals.iter_mut().chain(&mut rows) {
        mark(series, ALPHA / tests);
    }
    rows.sort_by(|one, other| {
        let is_marked = |series: &Series| series.is_creeping || !series.steps.is_empty();
        let order = is_marked(other).cmp(&is_marked(one));
        order.then(spread(other).total_cmp(&spread(one))).then_with(|| one.name.cmp(&other.name))
    });
    rows.truncate(top);
    let mut shown: Vec<_> = totals.into_iter().chain(rows).collect();
    shown.sort_by(|one, other| one.metric.cmp(&other.metric));
    shown
}

/// The sum of the values of a series.
fn size(series: &Series) -> f64 {
    series.values.iter().flatten().sum()
}

/// How far the values of a series lie apart.
fn spread(series: &Series) -> f64 {
    let known = || series.values.iter().flatten().copied();
    known().fold(f64::NEG_INFINITY, f64::max) - known().fold(f64::INFINITY, f64::min)
}

/// Marks what chance does not explain, at a level of `alpha` each for steps and for creep.
fn mark(series: &mut Series, alpha: f64) {
    series.steps = steps(&series.values, alpha);
    let known: Vec<f64> = series.values.iter().flatten().copied().collect();
    series.is_creeping = series.steps.is_empty() && known.len() >= SHORTEST && creep(&known) <= alpha;
}

/// The changes of level among the values that there are.
#[expect(clippy::cast_precision_loss, reason = "numbers of commits are small")]
fn steps(values: &[Option<f64>], alpha: f64) -> Vec<Step> {
    let (places, known): (Vec<usize>, Vec<f64>) =
        values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?))).unzip();
    if known.len() < SHORTEST {
        return Vec::new();
    }
    let changes = change_points(&known, alpha);
    let mut bounds = vec![0];
    bounds.extend(changes.iter().map(|change| change.at));
    bounds.push(known.len());
    let level = |part: usize| {
        let part = &known[bounds[part]..bounds[part + 1]];
        part.iter().sum::<f64>() / part.len() as f64
    };
    let step = |(index, change): (usize, &crate::stats::change_point::ChangePoint)| Step {
        at: places[change.at],
        before: level(index),
        after: level(index + 1),
        p_value: change.p_value,
    };
    changes.iter().enumerate().map(step).collect()
}

fn json(trend: &Trend) -> String {
    let series = |series: &Series| {
        let step = |step: &Step| {
            let commit = trend.commits.get(step.at).map(|commit| &commit.commit);
            serde_json::json!({
                "commit": commit, "at": step.at, "before": step.before, "after": step.after, "p_value": step.p_value,
            })
        };
        serde_json::json!({
            "name": series.name, "measure": series.measure, "metric": series.metric, "unit": series.unit,
            "values": series.values, "is_creeping": series.is_creeping, "steps": series.steps.iter().map(step).collect::<Vec<_>>(),
        })
    };
    let commit = |measured: &Measured| serde_json::json!({ "commit": measured.commit, "day": measured.day });
    let document = serde_json::json!({
        "format_version": "1.0",
        "title": trend.title,
        "commits": trend.commits.iter().map(commit).collect::<Vec<_>>(),
        "series": trend.series.iter().map(series).collect::<Vec<_>>(),
    });
    format!("{document}\n")
}
