//! `--report FORMAT[=PATH]` to open outputs, and an outcome to what is written to them.

use std::io;
use std::path::Path;

use clap::Args;

use super::args::When;
use super::is_coloured;
use super::output::{Earlier, Output};
use super::repository::Repository;
use crate::config;
use crate::error::{Error, ErrorKind, Result};
use crate::gate::{MOST_NODES, SMALLEST_PART, StackDetail};
use crate::report::{self, Places, Style};
use crate::verdict::{Outcome, Stacks};

/// Options of commands that write reports.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// A report to write, to a file or to standard output; repeatable
    #[arg(long = "report", value_name = "FORMAT[=PATH]", long_help = long_help())]
    reports: Vec<String>,

    /// Show at most N functions of each comparison
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
}

/// A format of `--report`.
struct Format {
    name: &'static str,
    /// What it is for, in a few words.
    purpose: &'static str,
    /// The call stacks that it shows.
    stacks: StackDetail,
    render: fn(&Outcome, &View<'_>) -> Vec<u8>,
}

/// How a report is to be shown.
struct View<'a> {
    top: usize,
    style: Style,
    places: &'a Places<'a>,
}

static FORMATS: [Format; 13] = [
    plain("terminal", "for people at a terminal or reading a build log", |outcome, view| {
        report::terminal(outcome, view.top, view.style).into()
    }),
    with_stacks("markdown", "for a comment on a pull request", StackDetail::Paths, |outcome, view| {
        report::markdown(outcome, view.top).into()
    }),
    plain("github-summary", "for $GITHUB_STEP_SUMMARY", |outcome, _| report::github_summary(outcome).into()),
    plain("github-annotations", "workflow commands that mark lines of a pull request", |outcome, view| {
        report::github_annotations(outcome, view.places).into()
    }),
    with_stacks("json", "for scripts, and for profgate render", StackDetail::Paths, |outcome, _| {
        report::json(outcome).into()
    }),
    with_stacks("json-full", "the same with all call stacks", StackDetail::Full, |outcome, _| {
        report::json_full(outcome).into()
    }),
    with_stacks("html", "a page with flame graphs, in one file", StackDetail::Folded, |outcome, _| {
        report::html(outcome).into()
    }),
    plain("junit", "a case for each limit, for Jenkins, Prow and TestGrid", |outcome, _| {
        report::junit(outcome).into()
    }),
    plain("sarif", "for code scanning", |outcome, view| report::sarif(outcome, view.places).into()),
    plain("gitlab-codequality", "for merge requests", |outcome, view| {
        report::gitlab_codequality(outcome, view.places).into()
    }),
    plain("csv", "every number in a table", |outcome, _| report::csv(outcome).into()),
    with_stacks("folded", "differential folded stacks, for flame graphs", StackDetail::Full, |outcome, _| {
        report::folded(outcome).into()
    }),
    with_stacks(
        "pprof",
        "the difference as a profile, for go tool pprof",
        StackDetail::Full,
        |outcome, _| report::pprof(outcome),
    ),
];

const fn plain(
    name: &'static str,
    purpose: &'static str,
    render: fn(&Outcome, &View<'_>) -> Vec<u8>,
) -> Format {
    Format { name, purpose, stacks: StackDetail::None, render }
}

const fn with_stacks(
    name: &'static str,
    purpose: &'static str,
    stacks: StackDetail,
    render: fn(&Outcome, &View<'_>) -> Vec<u8>,
) -> Format {
    Format { name, purpose, stacks, render }
}

fn long_help() -> String {
    let width = FORMATS.iter().map(|format| format.name.len()).max().unwrap_or(0);
    let formats = FORMATS.iter().map(|format| format!("\n  {:width$}  {}", format.name, format.purpose));
    format!(
        "A report to write, to a file or to standard output; repeatable, as all come from one comparison\n{}",
        formats.collect::<String>()
    )
}

/// A report that was asked for.
struct Wanted {
    format: &'static Format,
    output: Output,
}

/// All reports that were asked for, their outputs open.
pub(super) struct Reports {
    wanted: Vec<Wanted>,
    top: usize,
}

impl Reports {
    /// Opens the outputs of all reports; of the one for the terminal if none is asked for, unless `is_quiet`.
    ///
    /// # Errors
    /// When a format is unknown, an output cannot be opened or is the file `input`, or two reports go to one place.
    pub(super) fn open(args: &ReportArgs, is_quiet: bool, input: Option<&Path>) -> Result<Self> {
        let default = if is_quiet { Vec::new() } else { vec!["terminal".to_owned()] };
        let asked_for = if args.reports.is_empty() { &default } else { &args.reports };
        let mut wanted: Vec<Wanted> = Vec::new();
        for text in asked_for {
            let report = open(text, input)?;
            if wanted.iter().any(|other| other.output.is_same(&report.output)) {
                let place = match report.output {
                    Output::Stdout => "standard output",
                    Output::File(_) | Output::Device { .. } => "one file",
                };
                return Err(Error::new(
                    ErrorKind::Usage,
                    format!("`{text}` is the second report to {place}"),
                )
                .at("--report")
                .help("give each report a file of its own: --report json=verdict.json"));
            }
            wanted.push(report);
        }
        Ok(Self { wanted, top: args.top })
    }

    /// The call stacks that they show.
    pub(super) fn stacks(&self) -> StackDetail {
        self.wanted.iter().map(|wanted| wanted.format.stacks).max().unwrap_or_default()
    }

    /// Whether a report shows only the stacks that are worth drawing.
    fn wants_folded(&self) -> bool {
        self.wanted.iter().any(|wanted| wanted.format.stacks == StackDetail::Folded)
    }

    /// The names of the files in which people find more than in a comment.
    pub(super) fn artifacts(&self) -> Vec<String> {
        let is_full = |wanted: &&Wanted| matches!(wanted.format.name, "html" | "json" | "json-full");
        self.wanted.iter().filter(is_full).filter_map(|wanted| wanted.output.file_name()).collect()
    }

    /// Fails if a report shows call stacks and `outcome` has none.
    ///
    /// # Errors
    /// See above.
    pub(super) fn check_stacks(&self, outcome: &Outcome) -> Result<()> {
        let has_stacks = outcome.comparisons.iter().all(|comparison| comparison.stacks.is_some());
        let missing =
            self.wanted.iter().find(|wanted| wanted.format.stacks >= StackDetail::Folded && !has_stacks);
        missing.map_or(Ok(()), |wanted| {
            let problem = format!("`{}` shows call stacks, and the verdict holds none", wanted.format.name);
            Err(Error::new(ErrorKind::Usage, problem).at("--report").help("save it with --report json-full"))
        })
    }

    /// Renders `outcome` to every output. Source files and `config` are named by their paths in the repository around
    /// `directory`.
    ///
    /// # Errors
    /// When an output cannot be written.
    pub(super) fn write(
        self,
        outcome: &Outcome,
        directory: &Path,
        config: Option<&str>,
        color: When,
    ) -> Result<()> {
        let repository = Repository::around(directory);
        let locate = |file: &str| repository.as_ref()?.locate(file);
        let limits = config.and_then(|path| locate(&directory.join(path).display().to_string()));
        let places = Places { locate: &locate, limits };
        let folded = self.wants_folded().then(|| with_folded_stacks(outcome));
        for Wanted { format, output } in self.wanted {
            let is_coloured = match output {
                Output::Stdout => is_coloured(color, &io::stdout()),
                Output::File(_) | Output::Device { .. } => color == When::Always,
            };
            let style = if is_coloured { Style::coloured() } else { Style::plain() };
            let outcome = folded.as_ref().filter(|_| format.stacks == StackDetail::Folded).unwrap_or(outcome);
            output.write((format.render)(outcome, &View { top: self.top, style, places: &places }))?;
        }
        Ok(())
    }
}

/// The outcome with small call paths folded into their callers, as if no report had asked for more.
fn with_folded_stacks(outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    for comparison in &mut outcome.comparisons {
        let fold = |stacks: Stacks| {
            if stacks.folding.is_some() { stacks } else { stacks.folded(SMALLEST_PART, MOST_NODES) }
        };
        comparison.stacks = comparison.stacks.take().map(fold);
    }
    outcome
}

fn open(report: &str, input: Option<&Path>) -> Result<Wanted> {
    let (name, path) = report.split_once('=').unwrap_or((report, "-"));
    let format = FORMATS.iter().find(|format| format.name == name).ok_or_else(|| {
        let known: Vec<_> = FORMATS.iter().map(|format| format.name).collect();
        Error::new(ErrorKind::Usage, format!("unknown report format `{name}`"))
            .at("--report")
            .help(format!("the formats are {}", known.join(", ")))
    })?;
    if path.is_empty() {
        return Err(Error::new(ErrorKind::Usage, format!("`{report}` names no file")).at("--report"));
    }
    let file = |path: &Path| path.canonicalize().ok();
    if input.and_then(file).is_some_and(|input| file(Path::new(path)) == Some(input)) {
        return Err(
            Error::new(ErrorKind::Usage, format!("`{report}` is the file that is read")).at("--report")
        );
    }
    Ok(Wanted { format, output: Output::open(path, Earlier::Removed)? })
}

/// The configuration file that holds in `directory`, for reports on verdicts that were given elsewhere.
///
/// # Errors
/// When two files claim to hold.
pub(super) fn config_around(directory: &Path) -> Result<Option<String>> {
    Ok(config::find(directory)?.map(|path| path.display().to_string()))
}
