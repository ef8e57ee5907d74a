//! `profgate baseline`: profiles to a store by commit, and back for the changes that follow.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

use super::store::{Place, StoreArgs, short, write};
use super::trend;
use crate::decode;
use crate::error::{Error, ErrorKind, Result};
use crate::publish::baseline::{self, File, Keep, Scope, Subject};
use crate::publish::without_credentials;
use crate::source::{DEFAULT_INFLATED_LIMIT, Pairing, Source, inflate, without_base};

/// `profgate baseline`.
#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Save profiles of a commit
    Save(SaveArgs),
    /// Load the profiles of the commit a change is based on, or of its nearest ancestor that has some
    Load(LoadArgs),
    /// Show what functions cost from commit to commit, and where that changed
    Status(Box<trend::StatusArgs>),
    /// Remove saves that are old or many
    Prune(PruneArgs),
}

/// Options of `profgate baseline save`.
#[derive(Debug, Args)]
struct SaveArgs {
    /// Profiles, or directories of profiles
    #[arg(value_name = "SRC", required = true)]
    sources: Vec<PathBuf>,

    #[command(flatten)]
    store: StoreArgs,

    /// The commit that was profiled
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    commit: String,

    /// Save for --branch although this job runs on another branch or on a pull request
    #[arg(long, requires = "branch")]
    allow_other_branch: bool,

    #[command(flatten)]
    keep: KeepArgs,
}

/// Options of `profgate baseline load`.
#[derive(Debug, Args)]
struct LoadArgs {
    #[command(flatten)]
    store: StoreArgs,

    /// The directory to write profiles to; it must be empty or not there
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,

    /// The commit that is compared; its merge base with the branch is looked for
    #[arg(long, value_name = "REV", default_value = "HEAD")]
    commit: String,

    /// Start at this commit instead of the merge base
    #[arg(long, value_name = "REV", conflicts_with = "commit")]
    at: Option<String>,

    /// What comes of a baseline that is not there: fail, or pass without writing anything
    #[arg(long, value_name = "WHAT", default_value = "fail")]
    missing_base: String,

    /// Say it in JSON
    #[arg(long)]
    json: bool,
}

/// Options of `profgate baseline prune`.
#[derive(Debug, Args)]
struct PruneArgs {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    keep: KeepArgs,
}

/// What stays.
#[derive(Debug, Args)]
struct KeepArgs {
    /// Keep at most N commits of each branch and pull request
    #[arg(long, value_name = "N")]
    keep_commits: Option<usize>,

    /// Keep nothing that was saved more than N days ago, but for the last save
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=100_000))]
    keep_days: Option<i64>,
}

impl KeepArgs {
    fn keep(&self) -> Option<Keep> {
        let age = self.keep_days.map(|days| SignedDuration::from_hours(24 * days));
        (age.is_some() || self.keep_commits.is_some()).then_some(Keep { commits: self.keep_commits, age })
    }
}

/// Runs the command, and returns what to print.
///
/// # Errors
/// When it cannot be done.
pub(super) fn run(args: &BaselineArgs) -> Result<String> {
    match &args.command {
        BaselineCommand::Save(args) => save(args),
        BaselineCommand::Load(args) => load(args),
        BaselineCommand::Prune(args) => prune(args),
        BaselineCommand::Status(args) => trend::status(args).map(|()| String::new()),
    }
}

fn save(args: &SaveArgs) -> Result<String> {
    let place = args.store.open()?;
    let scope = scope(args, &place)?;
    let files = read(&args.sources)?;
    // A full name needs no repository.
    let commit = match &args.commit {
        full if baseline::is_commit(full) => full.clone(),
        revision => place.repository.resolve(revision)?,
    };
    let commit_time = place.repository.commit_time(&commit);
    let subject = Subject { key: args.store.key.clone(), scope, commit, commit_time };
    let now = Timestamp::now();
    let name = baseline::save(&*place.store, &subject, &files, now)?;
    let mut text = format!(
        "saved {} of {} ({}) as {}\n",
        profiles(files.len()),
        short(&name.commit),
        name.scope,
        name.path()
    );
    if let Some(keep) = args.keep.keep() {
        // A pull request has no business with what others saved.
        let own = matches!(subject.scope, Scope::Pull(_)).then_some(&subject.scope);
        let gone = baseline::prune(&*place.store, &subject.key, own, keep, now)?;
        if !gone.is_empty() {
            text.push_str(&removed(gone.len()));
        }
    }
    Ok(text)
}

/// Whose profiles they are: those of what the job runs on, unless another branch was asked for and is allowed.
fn scope(args: &SaveArgs, place: &Place) -> Result<Scope> {
    let own = place.job.scope.clone().or_else(|| place.repository.current_branch().map(Scope::Branch));
    let Some(asked) = args.store.branch.clone().map(Scope::Branch) else {
        return own.ok_or_else(|| {
            Error::new(ErrorKind::Usage, "it is not known what branch these profiles are of")
                .help("name it with --branch and --allow-other-branch")
        });
    };
    if own.as_ref() == Some(&asked) || args.allow_other_branch {
        return Ok(asked);
    }
    let own = own.map_or_else(|| "no branch".to_owned(), |own| own.to_string());
    Err(Error::new(ErrorKind::Usage, format!("this job runs on {own}, and would save for {asked}"))
        .at("--branch")
        .help("what is compared with a branch comes from jobs of that branch; --allow-other-branch overrides this"))
}

/// The profiles that `sources` name, under names relative to the directories they were found in.
fn read(sources: &[PathBuf]) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for source in sources {
        if !source.is_dir() {
            files.push(read_profile(source, Path::new(source.file_name().unwrap_or_default()))?);
            continue;
        }
        let (groups, _) = without_base(&[source.to_string_lossy().into_owned()], Pairing::ByPath)?;
        for path in groups.iter().flat_map(|group| &group.new).filter_map(Source::path) {
            files.push(read_profile(path, path.strip_prefix(source).unwrap_or(path))?);
        }
    }
    Ok(files)
}

/// A file that is a profile with something in it: a baseline of nothing would be found out when it is too late.
fn read_profile(path: &Path, name: &Path) -> Result<File> {
    let place = || path.display().to_string();
    let data = Source::File(path.to_owned()).read(DEFAULT_INFLATED_LIMIT)?;
    let check = || decode::decode_any(&inflate(data.clone(), DEFAULT_INFLATED_LIMIT)?);
    if check().map_err(|error| error.at(place()))?.samples.is_empty() {
        return Err(Error::new(ErrorKind::Empty, "the profile has no samples").at(place()));
    }
    let parts: Option<Vec<_>> = name.components().map(|part| part.as_os_str().to_str()).collect();
    let name =
        parts.ok_or_else(|| Error::new(ErrorKind::Usage, "its name is not UTF-8").at(place()))?.join("/");
    Ok(File { name, data })
}

fn load(args: &LoadArgs) -> Result<String> {
    let may_be_missing = match args.missing_base.as_str() {
        "pass" => true,
        "fail" => false,
        word => {
            return Err(Error::new(ErrorKind::Usage, format!("`{word}` is neither `pass` nor `fail`"))
                .at("--missing-base"));
        }
    };
    check_empty(&args.output)?;
    let place = args.store.open()?;
    let branch = args.store.base_branch(&place);
    let start = match &args.at {
        Some(full) if baseline::is_commit(full) => full.clone(),
        Some(revision) => place.repository.resolve(revision)?,
        None => place.repository.merge_base(&place.repository.resolve(&args.commit)?, &branch)?,
    };
    let scope = Scope::Branch(branch);
    let Some(found) = baseline::find(&*place.store, &place.repository, &args.store.key, &scope, &start)?
    else {
        let problem =
            format!("no profiles of `{}` are saved for {scope} up to {}", args.store.key, short(&start));
        if may_be_missing {
            return Ok(if args.json { "{\"commit\":null}\n".to_owned() } else { format!("{problem}\n") });
        }
        return Err(Error::new(ErrorKind::Unreadable, problem)
            .at(without_credentials(&args.store.store))
            .help("save some on that branch with `profgate baseline save`, or go on without with --missing-base pass"));
    };
    let loaded = baseline::load(&*place.store, &found.names)?;
    write(&args.output, &loaded.files)?;
    let saved = found.names.iter().map(|name| name.saved).max().unwrap_or_default();
    if args.json {
        let answer = serde_json::json!({
            "commit": found.commit,
            "start": start,
            "distance": found.distance,
            "branch": scope.name(),
            "saved": saved,
            "commit_time": loaded.commit_time,
            "files": loaded.files.iter().map(|file| &file.name).collect::<Vec<_>>(),
        });
        return Ok(format!("{answer}\n"));
    }
    let place = match found.distance {
        0 => "the commit looked for".to_owned(),
        1 => format!("1 commit before {}, which has none", short(&start)),
        distance => format!("{distance} commits before {}, which has none", short(&start)),
    };
    Ok(format!(
        "{} of {} ({scope}) in {}: {place}, saved {} ago\n",
        profiles(loaded.files.len()),
        short(&found.commit),
        args.output.display(),
        age(Timestamp::now().duration_since(saved)),
    ))
}

fn check_empty(directory: &Path) -> Result<()> {
    let problem = match fs::read_dir(directory).map(|mut entries| entries.next().is_some()) {
        Ok(true) => "is not empty, and what is in it would count as runs of the base",
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => "is not a directory",
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::Output, problem)
        .at(directory.display().to_string())
        .help("name an empty directory, or one that is not there"))
}

fn prune(args: &PruneArgs) -> Result<String> {
    let keep = args.keep.keep().ok_or_else(|| {
        Error::new(ErrorKind::Usage, "nothing says what to keep").help("give --keep-commits or --keep-days")
    })?;
    let place = args.store.open()?;
    let asked = args.store.branch.clone().map(Scope::Branch);
    let scope = match &place.job.scope {
        Some(own @ Scope::Pull(_)) if asked.is_none() => Some(own.clone()),
        Some(Scope::Pull(number)) => {
            let problem =
                format!("this job runs on pull request {number}, and would remove what others saved");
            return Err(Error::new(ErrorKind::Usage, problem).at("--branch"));
        }
        _ => asked,
    };
    let gone = baseline::prune(&*place.store, &args.store.key, scope.as_ref(), keep, Timestamp::now())?;
    Ok(removed(gone.len()))
}

fn removed(saves: usize) -> String {
    let saves = if saves == 1 { "1 save".to_owned() } else { format!("{saves} saves") };
    format!("removed {saves}\n")
}

fn profiles(count: usize) -> String {
    if count == 1 { "1 profile".to_owned() } else { format!("{count} profiles") }
}

/// A length of time in its largest unit.
fn age(duration: SignedDuration) -> String {
    let minutes = duration.as_mins().max(0);
    let (count, unit) = match minutes {
        0..60 => (minutes, "minute"),
        60..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let told = |seconds| age(SignedDuration::from_secs(seconds));
        assert_eq!(
            [told(-5), told(59), told(60), told(7200)],
            ["0 minutes", "0 minutes", "1 minute", "2 hours"]
        );
        assert_eq!([told(47 * 3600), told(49 * 3600)], ["47 hours", "2 days"]);
    }
}
