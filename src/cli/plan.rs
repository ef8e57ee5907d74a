//! Settings from flags and configuration to a plan: patterns compiled, defaults final.

use std::path::Path;

use super::args::SettingArgs;
use crate::config::{self, ConfigFile, Effective, Setting, Settings, parse_limit};
use crate::error::{Error, ErrorKind, Result};
use crate::gate::{Metrics, Plan, SavedNoise, StackDetail};
use crate::select::{Selection, SelectionArgs};
use crate::source::DEFAULT_INFLATED_LIMIT;
use crate::verdict::Divisors;

/// What holds for this command line, the configuration file found from `directory`.
///
/// # Errors
/// When the configuration or a limit is wrong.
pub(super) fn effective(args: &SettingArgs, directory: &Path) -> Result<Effective> {
    let path = match &args.config {
        Some(path) => Some(path.clone()),
        None => config::find(directory)?,
    };
    let file = path.map(|path| ConfigFile::read(&path)).transpose()?;
    let limits = args
        .limits
        .iter()
        .map(|limit| parse_limit(limit).map_err(|error| error.at(format!("--limit '{limit}'"))))
        .collect::<Result<Vec<_>>>()?;
    Effective::resolve(file, args.layer()?, limits)
}

/// The plan of a comparison.
///
/// # Errors
/// When a pattern is wrong, or an agreement has ended before `today`.
pub(super) fn plan(effective: Effective, today: jiff::civil::Date) -> Result<Plan> {
    for accept in &effective.accepted {
        if accept.value.has_expired(today) {
            let until = accept.value.until.map_or_else(String::new, |day| day.to_string());
            return Err(Error::new(
                ErrorKind::Config,
                format!("the acceptance of `{}` ended on {until}", accept.value.functions.as_str()),
            )
            .at(accept.origin.to_string())
            .help("remove it, or agree on a later day"));
        }
    }
    let settings = effective.settings;
    let selection = Selection::compile(&selection_args(&settings))?;
    let names = settings.sample_index.value;
    let metrics = match &names[..] {
        [] => Metrics::Default,
        _ if names.iter().any(|name| name == "all") => Metrics::All,
        _ => Metrics::Named(names),
    };
    let both = settings.divide_by.value.unwrap_or(1.0);
    Ok(Plan {
        metrics,
        selection,
        normalize: settings.normalize.value,
        drop_negative: settings.drop_negative.value,
        mean: settings.mean.value,
        divisors: Divisors {
            base: settings.base_divide_by.value.unwrap_or(both),
            new: settings.new_divide_by.value.unwrap_or(both),
        },
        basis: settings.basis.value,
        has_statistics: settings.statistics.value == config::Statistics::Auto,
        drop_outliers: settings.drop_outliers.value,
        calibrations: settings
            .calibration
            .value
            .as_deref()
            .map(calibrations)
            .transpose()?
            .unwrap_or_default(),
        alpha: settings.alpha.value,
        fdr: settings.fdr.value,
        operations: None,
        shown_unit: settings.unit.value.unwrap_or_else(|| "auto".to_owned()),
        limits: effective.limits.into_iter().map(|limit| limit.value).collect(),
        accepts: effective.accepted.into_iter().map(|accept| accept.value).collect(),
        inflated_limit: DEFAULT_INFLATED_LIMIT,
        stacks: StackDetail::None,
    })
}

/// What `profgate calibrate` saved at `path`.
fn calibrations(path: &str) -> Result<Vec<SavedNoise>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::new(ErrorKind::Unreadable, format!("cannot be read ({error})")).at(path))?;
    SavedNoise::read(&text).map_err(|error| error.at(path))
}

fn selection_args(settings: &Settings) -> SelectionArgs {
    let text = |setting: &Setting<Option<String>>| setting.value.clone().unwrap_or_default();
    SelectionArgs {
        focus: text(&settings.focus),
        ignore: text(&settings.ignore),
        hide: text(&settings.hide),
        show: text(&settings.show),
        show_from: text(&settings.show_from),
        prune_from: text(&settings.prune_from),
        tagfocus: text(&settings.tagfocus),
        tagignore: text(&settings.tagignore),
        tagshow: text(&settings.tagshow),
        taghide: text(&settings.taghide),
        tagroot: text(&settings.tagroot),
        tagleaf: text(&settings.tagleaf),
        noinlines: settings.noinlines.value,
        granularity: settings.granularity.value.to_string(),
        showcolumns: false,
        trim_path: text(&settings.trim_path),
        source_path: text(&settings.source_path),
        relative_percentages: settings.relative_percentages.value,
        symbolize: settings.symbolize.value.map_or_else(String::new, |mode| mode.to_string()),
    }
}
