//! `profgate render`: a saved verdict to reports in other formats.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use clap::Args;

use super::args::When;
use super::reports::{ReportArgs, Reports, config_around};
use crate::error::{Error, ErrorKind, ExitCode, Result};
use crate::report;

/// Options of `profgate render`.
#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    /// A verdict saved by `--report json` or `json-full`, or `-`
    #[arg(value_name = "VERDICT.json")]
    verdict: String,

    #[command(flatten)]
    reports: ReportArgs,

    /// Exit with the code of the verdict instead of 0
    #[arg(long)]
    exit_code: bool,
}

/// Runs the command.
///
/// # Errors
/// When the verdict cannot be read, does not hold what a report shows, or a report cannot be written.
pub(super) fn run(args: &RenderArgs, color: When) -> Result<ExitCode> {
    let directory = std::env::current_dir().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("the current directory is gone ({error})"))
    })?;
    let reports = Reports::open(&args.reports, false, Some(Path::new(&args.verdict)))?;
    let name = if args.verdict == "-" { "standard input" } else { &args.verdict };
    let text = read(&args.verdict)
        .map_err(|error| Error::new(ErrorKind::Unreadable, format!("cannot be read ({error})")).at(name))?;
    let mut outcome = report::read_json(&text).map_err(|error| error.at(name))?;
    outcome.artifacts = reports.artifacts();
    reports.check_stacks(&outcome).map_err(|error| error.at(name))?;
    reports.write(&outcome, &directory, config_around(&directory)?.as_deref(), color)?;
    Ok(if args.exit_code { outcome.exit_code } else { ExitCode::Pass })
}

fn read(path: &str) -> io::Result<String> {
    if path != "-" {
        return fs::read_to_string(path);
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text)?;
    Ok(text)
}
