//! What the user typed to files, text and an exit code.

#[cfg(feature = "capture")]
mod acknowledge;
mod args;
mod baseline;
mod calibrate;
#[cfg(feature = "capture")]
mod capture;
mod collect;
#[cfg(feature = "capture")]
mod comment;
#[cfg(feature = "capture")]
mod countdown;
mod describe;
mod diff;
mod interrupt;
#[cfg(feature = "capture")]
mod live;
mod operations;
mod output;
mod plan;
mod pprof_flags;
mod progress;
mod render;
mod reports;
mod repository;
mod selftest;
mod store;
mod trend;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use clap::{CommandFactory, Parser};

use crate::error::{Error, ExitCode, Result};
use crate::pprof;
use args::{Cli, Command, When};
use output::Output;

/// Runs the command line `args`, the program's name first, and returns the exit code of the process.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // pprof's flags have one dash and Go's rules; they are not clap's to read.
    if let [_, command, args @ ..] = &args[..]
        && command == "pprof"
    {
        return or_report(run_pprof(args), When::Auto);
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; a closed pipe on either stream is no failure.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::NoVerdict } else { ExitCode::Pass };
        }
    };
    or_report(dispatch(&cli), cli.color)
}

fn run_pprof(args: &[OsString]) -> Result<ExitCode> {
    let directory = std::env::current_dir().unwrap_or_default();
    let env = pprof::Env::new(directory, std::env::vars_os().collect(), io::stdout().is_terminal());
    pprof::run(args, &mut io::stdout().lock(), &mut io::stderr().lock(), &env)
}

fn or_report(result: Result<ExitCode>, color: When) -> ExitCode {
    result.unwrap_or_else(|error| {
        report_error(&error, color);
        error.exit_code()
    })
}

fn dispatch(cli: &Cli) -> Result<ExitCode> {
    let text = match &cli.command {
        Command::Diff(args) => return diff::run(args, cli.color),
        #[cfg(feature = "capture")]
        Command::Capture(args) => capture::run(args)?,
        Command::Collect(args) => collect::run(args)?,
        Command::Calibrate(args) => return calibrate::run(args),
        Command::Render(args) => return render::run(args, cli.color),
        Command::Pprof { args } => return run_pprof(args),
        #[cfg(feature = "capture")]
        Command::Comment(args) => return comment::run(args),
        Command::Baseline(args) => baseline::run(args)?,
        Command::Init(args) => describe::init(args)?,
        Command::Config(args) => describe::config(args)?,
        Command::Explain { name } => describe::explain(name.as_deref())?,
        Command::SelfTest => selftest::run()?,
        Command::Schema => crate::report::schema(),
        Command::Completions { shell } => describe::completions(*shell, Cli::command()),
        Command::Man => describe::man(&Cli::command())?,
    };
    Output::Stdout.write(&text)?;
    Ok(ExitCode::Pass)
}

/// Tells the user what is being done.
fn say(text: &str) {
    // Progress and remarks are lost without harm when stderr is closed.
    let _ = writeln!(io::stderr(), "profgate: {}", crate::error::visible(text));
}

/// Whether text for `stream` is coloured.
fn is_coloured(when: When, stream: &impl anstream::stream::RawStream) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => AutoStream::choice(stream) != ColorChoice::Never,
    }
}

fn report_error(error: &Error, color: When) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let label =
        if is_coloured(color, &io::stderr()) { format!("{style}error{style:#}") } else { "error".to_owned() };
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{label}: {error}");
}
