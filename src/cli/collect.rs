//! `profgate collect`: a command that writes profiles to the runs of both sides, taken in turns.

mod bar;
mod child;
mod files;
mod go_test;
mod host;
mod packages;
mod settled;
mod trees;
mod work;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use super::args::SettingArgs;
use super::interrupt::Interrupt;
use super::say;
use crate::error::{Error, ErrorKind, Result};
use crate::source::Side;
use bar::Bar;
use files::{Files, Record};
use host::Host;
use settled::{Look, Settled};
use trees::Trees;
use work::Work;

/// Options of `profgate collect`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct CollectArgs {
    /// The work tree of the base side
    #[arg(long, value_name = "DIR", required_unless_present = "base_ref")]
    base_dir: Option<PathBuf>,

    /// The commit of the base side: checked out beside this repository for as long as it takes
    #[arg(long, value_name = "REF", conflicts_with = "base_dir")]
    base_ref: Option<String>,

    /// The work tree of the new side
    #[arg(long, value_name = "DIR", default_value = ".")]
    new_dir: PathBuf,

    /// Run this often on each side
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,

    /// Go on up to N runs of each side while limits stay undecided
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_runs: Option<u32>,

    /// Stop before --runs when no limit is undecided
    #[arg(long)]
    stop_early: bool,

    /// The directory for base/ and new/, which `profgate diff` compares, and for what the runs printed
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,

    /// Run on these CPUs alone, as taskset writes them: 2 or 0-1,4
    #[arg(long, value_name = "LIST")]
    cpus: Option<String>,

    /// Run with this niceness
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = clap::value_parser!(i8).range(-20..=19))]
    nice: Option<i8>,

    #[command(flatten)]
    go_test: GoTestArgs,

    #[command(flatten)]
    settings: Box<SettingArgs>,

    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,

    /// Say what is being done
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,

    /// What to run in each work tree: `{out}` stands for the profile's path, `{dir}` for a directory for several; with
    /// --go-test, more arguments for `go test`
    #[arg(last = true, value_name = "CMD", required_unless_present = "packages")]
    command: Vec<OsString>,
}

/// Options about benchmarks of Go packages.
#[derive(Debug, Args)]
#[command(next_help_heading = "Go benchmarks")]
struct GoTestArgs {
    /// Run the benchmarks of these packages with `go test`, one package at a time, instead of a command
    #[arg(id = "packages", long = "go-test", value_name = "PKG", num_args = 1..)]
    packages: Vec<String>,

    /// The benchmarks to run
    #[arg(long, value_name = "REGEXP", default_value = ".", requires = "packages")]
    bench: String,

    /// How long or how often each benchmark runs; a number such as 2000x makes runs do the same work
    #[arg(long, value_name = "T", requires = "packages")]
    benchtime: Option<String>,

    /// What to profile; block and mutex profiles cost time that the others then show
    #[arg(
        long,
        value_enum,
        value_name = "LIST",
        value_delimiter = ',',
        default_values = ["cpu", "mem"],
        requires = "packages"
    )]
    profiles: Vec<Kind>,

    /// The go command
    #[arg(long, value_name = "PATH", default_value = "go")]
    go: PathBuf,
}

/// The profiles that `go test` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Kind {
    /// Where CPU time goes
    Cpu,
    /// What is allocated
    Mem,
    /// Where goroutines wait
    Block,
    /// Which locks are fought for
    Mutex,
}

/// Runs the command, and returns what to tell the user.
///
/// # Errors
/// When a run fails, wrote no profile, or was interrupted; then there is nothing to compare in the output.
pub(super) fn run(args: &CollectArgs) -> Result<String> {
    let most = args.max_runs.unwrap_or(args.runs);
    if most < args.runs {
        return Err(Error::new(ErrorKind::Usage, format!("is less than the {} of --runs", args.runs))
            .at(format!("--max-runs {most}")));
    }
    let looks = args.stop_early || most > args.runs;
    let settled =
        looks.then(|| Settled::plan(&args.settings, args.runs, most, args.stop_early)).transpose()?;
    let files = Files::create(&args.output)?;
    let interrupt = Interrupt::begin()?;
    let prefix = child::prefix(args.cpus.as_deref(), args.nice)?;
    let trees = Trees::open(args.base_dir.as_deref(), args.base_ref.as_deref(), &args.new_dir)?;
    let mut work = Work::new(args, &trees)?;
    let mut host = Host::look(args, &trees, work.versions());
    for doubt in host.doubts() {
        tell(args, &doubt);
    }

    let bar = Bar::new(args.runs, args.quiet || args.no_progress);
    let mut run = 0;
    let mut last = args.runs;
    while run < last {
        run += 1;
        for side in order(run) {
            let (load, started, clock) = (host::load(), jiff::Timestamp::now(), Instant::now());
            bar.begin(side, run);
            work.run(&Turn {
                side,
                run,
                tree: trees.of(side),
                files: &files,
                prefix: &prefix,
                interrupt: &interrupt,
            })?;
            let seconds = clock.elapsed().as_secs_f64();
            bar.end(clock.elapsed());
            if !bar.is_shown() {
                tell(args, &format!("run {run} of {last}, {}: {seconds:.1} s", side.name()));
            }
            host.add(Record { side: side.name(), run, start: started.to_string(), seconds, load });
        }
        for note in work.drop_what_measures_nothing(run)? {
            tell(args, &note);
        }
        let Some(settled) = settled.as_ref().filter(|settled| settled.is_due(run)) else { continue };
        match settled.look(&files)? {
            Look::Settled(verdict) => {
                tell(args, &format!("settled after {run} runs of each side: {verdict}"));
                break;
            }
            Look::Open(why) => {
                tell(args, &format!("undecided after {run} runs of each side: {why}"));
                if run == last && last < most {
                    last = (last + settled::STEP).min(most);
                    bar.lengthen(last);
                }
            }
        }
    }
    bar.finish();
    for note in work.finish(&files, run)? {
        tell(args, &note);
    }
    host.finish(&files)?;
    drop(trees);
    files.keep()?;
    Ok(if args.quiet { String::new() } else { summary(args, run) })
}

/// One side's turn.
struct Turn<'a> {
    side: Side,
    /// The number of the run, from 1.
    run: u32,
    /// The work tree.
    tree: &'a std::path::Path,
    files: &'a Files,
    /// What stands before the command: niceness and pinning.
    prefix: &'a [OsString],
    interrupt: &'a Interrupt,
}

/// The sides take turns in going first, so that what drifts over time meets both alike: base, new, new, base, …
fn order(run: u32) -> [Side; 2] {
    if run % 2 == 1 { [Side::Base, Side::New] } else { [Side::New, Side::Base] }
}

fn tell(args: &CollectArgs, text: &str) {
    if !args.quiet {
        say(text);
    }
}

fn summary(args: &CollectArgs, runs: u32) -> String {
    let side = |side: Side| args.output.join(side.name()).display().to_string();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ =
        writeln!(text, "{runs} runs of each side: profgate diff {} {}", side(Side::Base), side(Side::New));
    text
}

/// `duration` for people.
fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().ceil();
    if seconds < 120.0 { format!("{seconds} s") } else { format!("{} min", (seconds / 60.0).ceil()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_take_turns_in_going_first() {
        let turns: Vec<_> = (1..=4).flat_map(order).map(Side::name).collect();
        assert_eq!(turns, ["base", "new", "new", "base", "base", "new", "new", "base"]);
    }
}
