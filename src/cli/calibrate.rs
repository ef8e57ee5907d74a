//! `profgate calibrate`: runs of identical code to how much noise there is here, and what limit it leaves room for.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::args::SettingArgs;
use super::output::{Earlier, Output};
use super::plan;
use super::progress::Progress;
use crate::error::{Error, ErrorKind, ExitCode, Result, visible};
use crate::gate::{Calibration, FalseRate, SavedNoise, calibrate};
use crate::source::{Pairing, Sources, pair};
use crate::units::plain_percent;

/// Functions that are listed.
const LISTED: usize = 15;

/// Options of `profgate calibrate`.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Runs of identical code: files, a directory, or globs
    #[arg(value_name = "RUNS", required = true, num_args = 1..)]
    runs: Vec<String>,

    /// Write how far functions vary to PATH, for `profgate diff --calibration PATH`
    #[arg(long, value_name = "PATH")]
    write: Option<PathBuf>,

    /// Try at most N splits of each kind
    #[arg(long, value_name = "N", default_value_t = 100)]
    splits: usize,

    #[command(flatten)]
    settings: SettingArgs,

    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

/// Runs the command.
///
/// # Errors
/// When there are too few runs, or they cannot be read or compared.
pub(super) fn run(args: &CalibrateArgs) -> Result<ExitCode> {
    let directory = std::env::current_dir().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
    })?;
    let output = args.write.as_ref().map(|path| Output::open(&path.display().to_string(), Earlier::Kept));
    let output = output.transpose()?;
    let effective = plan::effective(&args.settings, &directory)?;
    let plan = plan::plan(effective, jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())?;
    let sources = sources(&args.runs)?;
    let progress = Progress::new(sources.base.len(), args.no_progress);
    let calibrations = calibrate(sources, &plan, args.splits.max(2), &|| progress.step())?;
    progress.finish();
    let mut text = String::new();
    for calibration in &calibrations {
        show(&mut text, calibration);
    }
    if let Some(output) = output {
        let noise: Vec<&SavedNoise> = calibrations.iter().map(|calibration| &calibration.noise).collect();
        // The types have text keys and finite depth, and memory cannot refuse to be written to.
        let mut json = serde_json::to_string(&noise).unwrap_or_default();
        json.push('\n');
        output.write(&json)?;
    }
    Output::Stdout.write(&text)?;
    Ok(ExitCode::Pass)
}

/// All runs as one side.
fn sources(runs: &[String]) -> Result<Sources> {
    // Whatever makes runs of a side for `diff --pair all` makes them here.
    let (mut paired, _) = pair(runs, runs, Pairing::All)?;
    let mut sources = paired.pop().ok_or_else(|| {
        Error::new(ErrorKind::Usage, "there is no profile to calibrate from")
            .help("name files or a directory")
    })?;
    sources.new.clear();
    Ok(sources)
}

fn show(text: &mut String, calibration: &Calibration) {
    let Calibration { metric, runs, events, total_variation, drift, .. } = calibration;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}: {runs} runs, {events:.0} events", visible(metric));
    let _ = writeln!(text, "  totals vary by {} from run to run", plain_percent(*total_variation));
    let (change, explained) = *drift;
    let trend = if explained >= 0.5 { "they drift" } else { "no drift to speak of" };
    let _ = writeln!(
        text,
        "  {trend}: {} from the first to the last run, which explains {} of their variance",
        crate::units::signed_percent(change),
        plain_percent(explained)
    );
    text.push_str("\n  identical code, split into two sides:\n");
    for rate in &calibration.rates {
        let _ = writeln!(text, "    {}", told(rate));
    }
    text.push_str("\n  what functions vary by beyond sampling, the largest first:\n");
    for row in calibration.functions.iter().take(LISTED) {
        let (deviation, share) = (plain_percent(row.deviation), plain_percent(row.share));
        let _ = writeln!(text, "    {deviation:>7}  at {share:>6} of the total  {}", visible(&row.name));
    }
    text.push('\n');
}

fn told(rate: &FalseRate) -> String {
    let FalseRate { runs, in_turns, splits, failed, inconclusive, smallest_limit } = rate;
    let how = if *in_turns { "in turns" } else { "one side after the other" };
    let limit = match smallest_limit {
        None => "no limit up to +100% held".to_owned(),
        Some(limit) if *limit <= 0.0 => "any limit holds".to_owned(),
        Some(limit) => format!("the smallest limit that always held is +{}", plain_percent(*limit)),
    };
    format!(
        "{runs} and {runs} runs {how}: {failed} of {splits} splits failed, {inconclusive} were inconclusive; {limit}"
    )
}
