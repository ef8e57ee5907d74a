//! The command line as typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::calibrate::CalibrateArgs;
use super::render::RenderArgs;
use super::reports::ReportArgs;
use crate::config::{Layer, Setting, choose};
use crate::error::{Error, Result};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Judges which functions of a program got more expensive, from pprof profiles, and fails when a limit is broken.
#[derive(Debug, Parser)]
#[command(name = "profgate", version, styles = STYLES, max_term_width = 100)]
#[command(after_help = "Exit codes: 0 the limits hold, 1 a limit is broken, 2 no verdict, \
                        3 inconclusive (with --on-inconclusive fail)")]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(super) color: When,
}

/// When to use what a terminal can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Compare two profiles, or two sets of runs, and judge the difference
    Diff(Box<DiffArgs>),
    /// Fetch profiles from programs that run into files, with notes of where they came from
    #[cfg(feature = "capture")]
    Capture(Box<super::capture::CaptureArgs>),
    /// Run a command that writes profiles on both sides, in turns, and lay the profiles out for `diff`
    Collect(Box<super::collect::CollectArgs>),
    /// Render a saved verdict again, in any format, without the profiles
    Render(RenderArgs),
    /// Learn from runs of identical code how much noise there is, and what limit it leaves room for
    Calibrate(Box<CalibrateArgs>),
    /// Print the reports of `go tool pprof`, with its flags: `profgate pprof -top -diff_base OLD NEW`
    #[command(disable_help_flag = true)]
    Pprof {
        /// pprof's own command line, `-help` for its flags
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS|SRC")]
        args: Vec<OsString>,
    },
    /// Keep profiles by commit, for later changes to be compared with
    Baseline(super::baseline::BaselineArgs),
    /// Create or update the one comment of this gate on a pull request, from a saved verdict
    #[cfg(feature = "capture")]
    Comment(Box<super::comment::CommentArgs>),
    /// Write a commented profgate.toml
    Init(InitArgs),
    /// Print the effective configuration with the origin of each value
    Config(Box<ConfigArgs>),
    /// Explain a limit, status, verdict, exit code or caveat
    Explain {
        /// What to explain; everything there is to explain is listed without it
        name: Option<String>,
    },
    /// Prove on built-in profiles that this build can fail and can pass
    SelfTest,
    /// Print the JSON Schema of `--report json`
    Schema,
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Options of `profgate diff`.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The base profile: a file, a directory, a glob, a URL, or `-`
    #[arg(value_name = "BASE", required_unless_present = "base", requires = "new_source")]
    pub(super) base_source: Option<String>,

    /// The new profile
    #[arg(value_name = "NEW")]
    pub(super) new_source: Option<String>,

    /// Runs of the base side
    #[arg(long, value_name = "SRC", num_args = 1.., requires = "new", conflicts_with = "base_source")]
    pub(super) base: Vec<String>,

    /// Runs of the new side
    #[arg(long, value_name = "SRC", num_args = 1.., requires = "base")]
    pub(super) new: Vec<String>,

    /// How files of two directories become comparisons
    #[arg(long, value_enum, default_value_t = PairArg::Path, value_name = "HOW")]
    pub(super) pair: PairArg,

    #[command(flatten)]
    pub(super) reports: ReportArgs,

    /// Call the comparison NAME in reports; several get it as a prefix
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,

    /// The output of `go test -bench` that says how many operations were run; given twice, the base's first
    #[arg(long, value_name = "GO_TEST_OUTPUT", help_heading = "Comparability")]
    pub(super) ops_from: Vec<PathBuf>,

    /// Refuse profiles that are larger than this when inflated: bytes, or with kB, MB or GB
    #[arg(long, value_name = "SIZE", default_value = "4GB", value_parser = parse_size)]
    pub(super) max_inflated: u64,

    #[command(flatten)]
    pub(super) settings: SettingArgs,

    /// Print nothing but errors
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Say what is being done
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,

    /// Show no progress bar
    #[arg(long)]
    pub(super) no_progress: bool,

    /// Use at most N threads
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,

    #[cfg(feature = "capture")]
    #[command(flatten)]
    pub(super) live: super::live::LiveArgs,
}

/// How files become comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PairArg {
    /// By relative path, without the number of the run
    Path,
    /// All files of a side are runs of one comparison
    All,
}

/// Options of `profgate init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The file to write
    #[arg(default_value = "profgate.toml")]
    pub(super) path: PathBuf,

    /// Overwrite the file if it exists
    #[arg(long)]
    pub(super) force: bool,
}

/// Options of `profgate config`.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    pub(super) settings: SettingArgs,
}

/// Options that a configuration file may set too.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct SettingArgs {
    /// Read this configuration, instead of the nearest profgate.toml or .config/profgate.toml
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// A limit, such as 'flat +10% min=20ms share=0.5% functions=^foo'; repeatable
    #[arg(long = "limit", value_name = "EXPR", help_heading = "Gate")]
    pub(super) limits: Vec<String>,

    /// The chance that identical code breaks any limit
    #[arg(long, value_name = "A", help_heading = "Gate")]
    alpha: Option<f64>,

    /// The expected share of false rows among those shown as changed
    #[arg(long, value_name = "Q", help_heading = "Gate")]
    fdr: Option<f64>,

    /// What comes of limits that the data cannot settle: pass or fail
    #[arg(long, value_name = "WHAT", help_heading = "Gate")]
    on_inconclusive: Option<String>,

    /// What comes of a base that is not there: pass or fail
    #[arg(long, value_name = "WHAT", help_heading = "Gate")]
    missing_base: Option<String>,

    /// Whether noise is taken into account: auto or off
    #[arg(long, value_name = "WHEN", help_heading = "Gate")]
    statistics: Option<String>,

    /// Give no verdict where the sides had unequal chances: other versions of Go, CPUs, durations, rates, …
    #[arg(long, help_heading = "Gate")]
    require_fair: bool,

    /// The noise of runs of identical code, as `profgate calibrate --write` saved it
    #[arg(long, value_name = "FILE", help_heading = "Gate")]
    pub(super) calibration: Option<String>,

    /// Leave out runs that disagree with the other runs of their side
    #[arg(long, help_heading = "Gate")]
    drop_outliers: bool,

    /// A sample type to compare, by name or number; repeatable; `all` for every one
    #[arg(long, value_name = "T", help_heading = "Comparability")]
    sample_index: Vec<String>,

    /// The footing: auto, absolute, share, per-second or per-op
    #[arg(long, value_name = "BASIS", help_heading = "Comparability")]
    basis: Option<String>,

    /// Divide the values of both sides
    #[arg(long, value_name = "D", help_heading = "Comparability")]
    divide_by: Option<f64>,

    /// Divide the values of the base
    #[arg(long, value_name = "D", help_heading = "Comparability")]
    base_divide_by: Option<f64>,

    /// Divide the values of the new side
    #[arg(long, value_name = "D", help_heading = "Comparability")]
    new_divide_by: Option<f64>,

    /// Scale the new side to the total of the base
    #[arg(long, help_heading = "Comparability")]
    normalize: bool,

    /// Leave out functions that got cheaper
    #[arg(long, help_heading = "Comparability")]
    drop_negative: bool,

    /// Compare the mean value of an event
    #[arg(long, help_heading = "Comparability")]
    mean: bool,

    /// The unit to show values in
    #[arg(long, value_name = "U", help_heading = "Comparability")]
    unit: Option<String>,

    /// Keep samples with a frame that matches
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    focus: Option<String>,

    /// Drop samples with a frame that matches
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    ignore: Option<String>,

    /// Remove frames that match
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    hide: Option<String>,

    /// Keep only frames that match
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    show: Option<String>,

    /// Remove the callers of the outermost frame that matches
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    show_from: Option<String>,

    /// Remove what the innermost frame that matches calls
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    prune_from: Option<String>,

    /// Keep samples with a label that matches: [KEY=]REGEXP or a range
    #[arg(long, value_name = "TAG", help_heading = "Selection, as in pprof")]
    tagfocus: Option<String>,

    /// Drop samples with a label that matches
    #[arg(long, value_name = "TAG", help_heading = "Selection, as in pprof")]
    tagignore: Option<String>,

    /// Keep only labels that match
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    tagshow: Option<String>,

    /// Remove labels that match
    #[arg(long, value_name = "REGEXP", help_heading = "Selection, as in pprof")]
    taghide: Option<String>,

    /// Put frames for these labels at the root of each stack
    #[arg(long, value_name = "KEYS", help_heading = "Selection, as in pprof")]
    tagroot: Option<String>,

    /// Put frames for these labels at the leaf of each stack
    #[arg(long, value_name = "KEYS", help_heading = "Selection, as in pprof")]
    tagleaf: Option<String>,

    /// Count inlined functions as part of the function they were inlined into
    #[arg(long, help_heading = "Selection, as in pprof")]
    noinlines: bool,

    /// What a row stands for: functions, filefunctions, files, lines or addresses
    #[arg(long, value_name = "G", help_heading = "Selection, as in pprof")]
    granularity: Option<String>,

    /// Prefixes to remove from the paths of sources
    #[arg(long, value_name = "PATHS", help_heading = "Selection, as in pprof")]
    trim_path: Option<String>,

    /// Directories in which sources lie
    #[arg(long, value_name = "PATHS", help_heading = "Selection, as in pprof")]
    source_path: Option<String>,

    /// Take totals after the selection instead of before
    #[arg(long, help_heading = "Selection, as in pprof")]
    relative_percentages: bool,

    /// `none` leaves names as they are in the profile
    #[arg(long, value_name = "MODE", help_heading = "Selection, as in pprof")]
    symbolize: Option<String>,
}

impl SettingArgs {
    /// What the options set.
    ///
    /// # Errors
    /// When a word is not one of those its option takes.
    pub(super) fn layer(&self) -> Result<Layer> {
        let on = |flag: &'static str, is_set: bool| is_set.then(|| Setting::flag(flag, true));
        let text = |flag: &'static str, value: &Option<String>| {
            value.as_ref().map(|value| Setting::flag(flag, Some(value.clone())))
        };
        let number =
            |flag: &'static str, value: Option<f64>| value.map(|value| Setting::flag(flag, Some(value)));
        Ok(Layer {
            sample_index: (!self.sample_index.is_empty())
                .then(|| Setting::flag("--sample-index", self.sample_index.clone())),
            basis: word("--basis", self.basis.as_ref())?,
            divide_by: number("--divide-by", self.divide_by),
            base_divide_by: number("--base-divide-by", self.base_divide_by),
            new_divide_by: number("--new-divide-by", self.new_divide_by),
            normalize: on("--normalize", self.normalize),
            drop_negative: on("--drop-negative", self.drop_negative),
            mean: on("--mean", self.mean),
            unit: text("--unit", &self.unit),
            focus: text("--focus", &self.focus),
            ignore: text("--ignore", &self.ignore),
            hide: text("--hide", &self.hide),
            show: text("--show", &self.show),
            show_from: text("--show-from", &self.show_from),
            prune_from: text("--prune-from", &self.prune_from),
            tagfocus: text("--tagfocus", &self.tagfocus),
            tagignore: text("--tagignore", &self.tagignore),
            tagshow: text("--tagshow", &self.tagshow),
            taghide: text("--taghide", &self.taghide),
            tagroot: text("--tagroot", &self.tagroot),
            tagleaf: text("--tagleaf", &self.tagleaf),
            noinlines: on("--noinlines", self.noinlines),
            granularity: word("--granularity", self.granularity.as_ref())?,
            trim_path: text("--trim-path", &self.trim_path),
            source_path: text("--source-path", &self.source_path),
            relative_percentages: on("--relative-percentages", self.relative_percentages),
            symbolize: word("--symbolize", self.symbolize.as_ref())?
                .map(|setting| Setting { value: Some(setting.value), origin: setting.origin }),
            alpha: self.alpha.map(|alpha| Setting::flag("--alpha", alpha)),
            fdr: self.fdr.map(|fdr| Setting::flag("--fdr", fdr)),
            on_inconclusive: word("--on-inconclusive", self.on_inconclusive.as_ref())?,
            missing_base: word("--missing-base", self.missing_base.as_ref())?,
            statistics: word("--statistics", self.statistics.as_ref())?,
            require_fair: on("--require-fair", self.require_fair),
            drop_outliers: on("--drop-outliers", self.drop_outliers),
            calibration: text("--calibration", &self.calibration),
        })
    }
}

fn word<T: crate::config::Choice>(flag: &'static str, value: Option<&String>) -> Result<Option<Setting<T>>> {
    let chosen = value.map(|value| choose(value).map_err(|error: Error| error.at(flag))).transpose()?;
    Ok(chosen.map(|chosen| Setting::flag(flag, chosen)))
}

/// Reads `500MB` as a number of bytes, powers of 1024 as pprof has them.
pub(super) fn parse_size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 =
        digits.trim().parse().map_err(|_| "expected a number of bytes, such as 500MB".to_owned())?;
    let factor: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        unit => return Err(format!("`{unit}` is no unit of size; use kB, MB or GB")),
    };
    number.checked_mul(factor).filter(|&size| size > 0).ok_or_else(|| "the size is out of range".to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use clap::CommandFactory;

    use super::*;

    /// The options of a command line without any.
    pub(in crate::cli) fn no_settings() -> SettingArgs {
        match Cli::parse_from(["profgate", "config"]).command {
            Command::Config(args) => args.settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_units_of_1024() {
        assert_eq!(parse_size("4GB"), Ok(4 << 30));
        assert_eq!(parse_size("12"), Ok(12));
        for wrong in ["", "0", "MB", "4XB", "99999999999999GB"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
