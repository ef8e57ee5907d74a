//! `profgate comment`: a saved verdict to the comment of its gate on a pull request.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::acknowledge::{Agreement, Standing};
use super::output::Output;
use super::store::{job, variables};
use crate::config::{ConfigFile, FILE_NAMES};
use crate::error::{Error, ErrorKind, ExitCode, Result};
use crate::publish::ci::{Forge, Job};
use crate::publish::comment::{Body, Discussion, Target};
use crate::report;
use crate::verdict::{Outcome, Status};

/// A verdict that is larger is none that profgate wrote.
const MAX_VERDICT: u64 = 1 << 30;

/// The key of a gate that has no name.
const DEFAULT_KEY: &str = "default";

/// Options of `profgate comment`.
#[derive(Debug, Args)]
pub(super) struct CommentArgs {
    /// The verdict that `--report json` wrote
    #[arg(value_name = "VERDICT.json")]
    verdict: PathBuf,

    /// Whose comment it is, where a pull request has several gates [default: the name of the verdict's comparisons]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,

    /// When to create a comment; one that is there is always brought up to date
    #[arg(long, value_enum, default_value_t = When::Always, value_name = "WHEN")]
    when: When,

    /// Show at most N functions of each comparison
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,

    /// Exit with the code of the verdict, or with 0 if it is acknowledged
    #[arg(long)]
    enforce: bool,

    /// Print the comment instead of sending it; nothing is asked of any server
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    agreement: AgreementArgs,
}

/// Where the comment goes. What is not given comes from the environment of the CI job.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pull request")]
struct TargetArgs {
    /// What kind of server it is
    #[arg(long, value_enum, value_name = "KIND")]
    forge: Option<ForgeArg>,

    /// The repository, OWNER/NAME; at GitLab, the number or path of the project
    #[arg(long, value_name = "REPO")]
    repo: Option<String>,

    /// The number of the pull or merge request
    #[arg(long, value_name = "N")]
    pr: Option<u64>,

    /// The commit that was judged: nothing is said on a pull request that ends with another
    #[arg(long, value_name = "SHA")]
    head_sha: Option<String>,

    /// The root of the server's API
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,

    /// The account that the token belongs to, where the server does not tell
    #[arg(long, value_name = "LOGIN")]
    author: Option<String>,

    /// The variable that holds the token, instead of `GITHUB_TOKEN`, `GH_TOKEN` or `GITLAB_TOKEN`
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,

    /// The file that holds the token
    #[arg(long, value_name = "FILE", conflicts_with = "token_env")]
    token_file: Option<PathBuf>,
}

/// What counts as agreement to broken limits; never anything that the pull request itself edits.
#[derive(Debug, Args)]
#[command(next_help_heading = "Acknowledgement")]
struct AgreementArgs {
    /// A label on the pull request that agrees to broken limits, for the commit that it is first seen with
    #[arg(long, value_name = "LABEL")]
    acknowledge_label: Option<String>,

    /// Let only those `[[accept]]` count that stand in profgate.toml at the tip of the base branch
    #[arg(long, conflicts_with = "base_config")]
    accept_from_base: bool,

    /// Let only those `[[accept]]` count that stand in this file, which the job took from the base branch
    #[arg(long, value_name = "FILE")]
    base_config: Option<PathBuf>,
}

/// When a comment is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    /// After every run
    Always,
    /// When a limit is broken or accepted, or a function changed
    Changed,
    /// When the gate fails
    Failed,
}

/// Kinds of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ForgeArg {
    /// github.com or GitHub Enterprise
    Github,
    /// GitLab
    Gitlab,
}

/// Runs the command.
///
/// # Errors
/// When there is no verdict, no pull request, or the server refuses.
pub(super) fn run(args: &CommentArgs) -> Result<ExitCode> {
    let outcome = read(&args.verdict)?;
    let key = args.key.clone().unwrap_or_else(|| key(&outcome));
    if args.dry_run {
        let agreement = base_file(args.agreement.base_config.as_deref())?;
        let standing = Standing::of(&outcome, agreement.as_ref(), None, today());
        Output::Stdout.write(&body(&outcome, &standing, args).text)?;
        return Ok(if args.enforce { standing.exit_code } else { ExitCode::Pass });
    }
    let discussion = Discussion::open(&target(&args.target, job()?)?)?;
    let agreement = if args.agreement.accept_from_base {
        Some(base_branch(&discussion)?)
    } else {
        base_file(args.agreement.base_config.as_deref())?
    };
    let label = args.agreement.acknowledge_label.as_deref();
    let seen = label.map(|label| discussion.label(&key, label)).transpose()?.flatten();
    let head = &discussion.pull_request().head;
    let label = label.zip(seen.as_ref().map(|seen| (seen.commit.as_str(), head.as_str())));
    let standing = Standing::of(&outcome, agreement.as_ref(), label, today());
    let is_new_welcome = match args.when {
        When::Always => true,
        When::Changed => !standing.is_well() || has_changes(&outcome),
        When::Failed => standing.is_broken,
    };
    let published = discussion.publish(&key, seen, &body(&outcome, &standing, args), is_new_welcome)?;
    Output::Stdout.write(format!("{published}\n"))?;
    Ok(if args.enforce { standing.exit_code } else { ExitCode::Pass })
}

fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn read_text(path: &Path, limit: u64) -> Result<String> {
    let unreadable = |error: std::io::Error| {
        Error::new(ErrorKind::Unreadable, format!("cannot be read ({error})")).at(path.display().to_string())
    };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text)).map_err(unreadable)?;
    Ok(text)
}

fn read(path: &Path) -> Result<Outcome> {
    let place = || path.display().to_string();
    report::read_json(&read_text(path, MAX_VERDICT)?).map_err(|error| error.at(place()))
}

/// What names a gate among those of one pull request: the first folder that the names of all comparisons share, which
/// is what `--name` gave.
fn key(outcome: &Outcome) -> String {
    let mut names =
        outcome.comparisons.iter().map(|comparison| comparison.name.split('/').next().unwrap_or_default());
    let first = names.next().unwrap_or_default();
    if !first.is_empty() && names.all(|name| name == first) { first } else { DEFAULT_KEY }.to_owned()
}

fn has_changes(outcome: &Outcome) -> bool {
    let is_change =
        |status| matches!(status, Status::Regressed | Status::Improved | Status::Shifted | Status::Accepted);
    outcome.comparisons.iter().any(|comparison| {
        let rows = &comparison.functions;
        is_change(comparison.total.status)
            || rows.iter().any(|row| is_change(row.flat.status) || is_change(row.cum.status))
    })
}

fn target(args: &TargetArgs, job: Job) -> Result<Target> {
    let unknown = |what: &str, flag: &str| {
        Error::new(ErrorKind::Usage, format!("{what} is not known"))
            .help(format!("run this in a CI job of a pull request, or give {flag}"))
    };
    let kind = match args.forge {
        Some(ForgeArg::Github) => Forge::GitHub,
        Some(ForgeArg::Gitlab) => Forge::GitLab,
        None => job.forge.unwrap_or(Forge::GitHub),
    };
    // What the environment says is of no use for another server or pull request.
    let job = if job.forge == Some(kind) { job } else { Job::default() };
    let repository = args.repo.clone().or_else(|| job.repository.clone());
    let repository = repository.ok_or_else(|| unknown("the repository", "--repo"))?;
    let is_own =
        job.repository.as_deref() == Some(&repository) && args.pr.is_none_or(|pr| job.pull == Some(pr));
    let number = args.pr.or(job.pull.filter(|_| is_own));
    let head_branch = job.head_branch.filter(|_| is_own && number.is_none());
    if number.is_none() && head_branch.is_none() {
        return Err(unknown("the number of the pull request", "--pr"));
    }
    Ok(Target {
        kind,
        api_url: args.api_url.clone().or(job.api_url),
        repository,
        number,
        head_branch,
        head: args.head_sha.clone().or(job.head.filter(|_| is_own)),
        author: args.author.clone(),
        token: token(args, kind)?,
    })
}

fn token(args: &TargetArgs, kind: Forge) -> Result<String> {
    if let Some(path) = &args.token_file {
        return Ok(read_text(path, 1 << 16)?.trim().to_owned());
    }
    let variables = variables();
    let names: Vec<&str> = match (&args.token_env, kind) {
        (Some(name), _) => vec![name],
        (None, Forge::GitHub) => vec!["GITHUB_TOKEN", "GH_TOKEN"],
        (None, Forge::GitLab) => vec!["GITLAB_TOKEN"],
    };
    let token = names.iter().find_map(|name| variables.get(*name)).map(|token| token.trim().to_owned());
    token.filter(|token| !token.is_empty()).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("there is no token in {}", names.join(" or ")))
            .help("a workflow hands it over with `env: GITHUB_TOKEN: ${{ github.token }}`; those of forks get one that may not comment")
    })
}

fn base_file(path: Option<&Path>) -> Result<Option<Agreement>> {
    let config = path.map(ConfigFile::read).transpose()?;
    Ok(config.map(|config| Agreement { place: config.name.clone(), config }))
}

/// The configuration at the tip of the base branch; one that is not there agrees to nothing.
fn base_branch(discussion: &Discussion) -> Result<Agreement> {
    let branch = &discussion.pull_request().base_branch;
    for name in FILE_NAMES {
        if let Some(text) = discussion.base_file(name)? {
            let place = format!("{name} of the branch {branch}");
            let config = ConfigFile::parse(&place, &text)?;
            return Ok(Agreement { place, config });
        }
    }
    Ok(Agreement { place: format!("the branch {branch}"), config: ConfigFile::default() })
}

/// The comment: the report, folded away when all is well, with what was agreed to.
fn body(outcome: &Outcome, standing: &Standing, args: &CommentArgs) -> Body {
    let text = report::markdown(outcome, args.top);
    let (heading, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let heading = standing.heading().unwrap_or(heading);
    let mut notes = String::new();
    for note in &standing.notes {
        // Writing to a string cannot fail.
        let _ = write!(notes, "\n> {note}\n");
    }
    let brief = format!("{heading}\n{notes}");
    let text = if standing.is_well() {
        format!("{brief}\n<details><summary>Details</summary>\n{rest}\n</details>\n")
    } else {
        format!("{brief}{rest}")
    };
    Body { text, brief }
}
