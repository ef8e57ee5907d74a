//! `profgate capture`: live profiles to files, all of them or none.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use tempfile::NamedTempFile;

use super::args::parse_size;
use super::live::{LiveArgs, Loudness};
use crate::capture::{Shot, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::source::{Service, Transport, note_path};

/// Options of `profgate capture`.
#[derive(Debug, Args)]
pub(super) struct CaptureArgs {
    /// Live sources: a URL, `host:port`, `unix://SOCKET:/path`, or `k8s://COMPONENT`
    #[arg(value_name = "SRC", required_unless_present = "base")]
    sources: Vec<String>,

    /// Live sources of the base side, captured at the same time as those of --new
    #[arg(long, value_name = "SRC", num_args = 1.., requires = "new", conflicts_with = "sources")]
    base: Vec<String>,

    /// Live sources of the new side
    #[arg(long, value_name = "SRC", num_args = 1.., requires = "base")]
    new: Vec<String>,

    /// The file to write, or the directory for several profiles; those of two sides go to base/ and new/ in it
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,

    /// Refuse profiles that are larger than this when inflated: bytes, or with kB, MB or GB
    #[arg(long, value_name = "SIZE", default_value = "4GB", value_parser = parse_size)]
    max_inflated: u64,

    /// Print nothing but errors
    #[arg(short, long)]
    quiet: bool,

    /// Say what is being done
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,

    #[command(flatten)]
    live: LiveArgs,
}

/// Runs the command, and returns what to tell the user: each file with where it came from.
///
/// # Errors
/// When a source fails or a file cannot be written; then there is none.
pub(super) fn run(args: &CaptureArgs) -> Result<String> {
    let (base, new) = sides(args)?;
    let has_sides = !new.is_empty();
    let is_directory =
        has_sides || base.len() > 1 || args.output.is_dir() || ends_with_separator(&args.output);
    check_output(&args.output, is_directory, has_sides)?;
    let loudness = Loudness { has_progress: !args.quiet && !args.no_progress, is_verbose: args.verbose };
    let captured = args.live.capture(&base, &new, args.max_inflated, loudness)?;
    let files: Vec<(PathBuf, Shot)> = if has_sides {
        let side = |name: &str, shots| {
            let directory = args.output.join(name);
            run_names(shots).into_iter().map(move |(name, shot)| (directory.join(name), shot))
        };
        side("base", captured.base).chain(side("new", captured.new)).collect()
    } else if is_directory {
        let named = names(captured.base).into_iter();
        named.map(|(name, shot)| (args.output.join(name), shot)).collect()
    } else {
        let shots = captured.base.into_iter().flat_map(|(_, shots)| shots);
        shots.map(|shot| (args.output.clone(), shot)).collect()
    };
    write_all(&files)?;
    let mut text = String::new();
    for (path, shot) in files.iter().filter(|_| !args.quiet) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}  {}", path.display(), crate::error::visible(&shot.provenance.url));
    }
    Ok(text)
}

/// The sources of both sides; the new side is empty unless there are two.
fn sides(args: &CaptureArgs) -> Result<(Vec<String>, Vec<String>)> {
    if args.base.is_empty() {
        if args.live.alternates() {
            return Err(Error::new(ErrorKind::Usage, "takes turns between two sides")
                .at("--alternate")
                .help("name them with --base URL and --new URL"));
        }
        return Ok((args.sources.clone(), Vec::new()));
    }
    Ok((args.base.clone(), args.new.clone()))
}

fn ends_with_separator(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// Fails early when files could not be written in the end, and where they would mix with those of an earlier capture.
fn check_output(output: &Path, is_directory: bool, has_sides: bool) -> Result<()> {
    if output.as_os_str() == "-" {
        return Err(Error::new(ErrorKind::Usage, "a capture is a profile and a note, and goes to files")
            .at("--output")
            .help("name a file"));
    }
    if is_directory && output.is_file() {
        return Err(Error::new(ErrorKind::Output, "is a file, and there are several profiles")
            .at(output.display().to_string())
            .help("name a directory"));
    }
    for side in ["base", "new"].iter().filter(|_| has_sides) {
        let directory = output.join(side);
        let is_taken = fs::read_dir(&directory).is_ok_and(|mut entries| entries.next().is_some());
        if is_taken {
            return Err(Error::new(
                ErrorKind::Output,
                "holds files already, which would count as runs of this capture",
            )
            .at(directory.display().to_string())
            .help("name another directory, or remove it first"));
        }
    }
    // What is to be made stands below the nearest directory that is there.
    let directory = if is_directory { Some(output) } else { output.parent() };
    let mut directory = directory.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    while !directory.exists() {
        directory = directory.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    }
    NamedTempFile::new_in(directory).map(drop).map_err(|error| unwritable(output, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Output, format!("cannot be written ({error})"))
        .at(path.display().to_string())
        .help("check that the directory can be written to, and that the disk has room")
}

/// The name of a profile's file, without a number: `heap.pb.gz`.
fn profile_name(target: &Target) -> String {
    let address = target.address();
    match address.service {
        Service::Program => safe(address.profile()),
        Service::Pyroscope => "pyroscope".to_owned(),
        Service::Parca => "parca".to_owned(),
    }
}

/// `text` as a part of a file's name.
fn safe(text: &str) -> String {
    let safe: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' }).collect();
    if safe.is_empty() { "profile".to_owned() } else { safe }
}

/// What ends the name of a profile's file, by how it begins.
fn extension(data: &[u8]) -> &'static str {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match data {
        [0x1f, 0x8b, ..] => "pb.gz",
        _ if data.iter().take(512).all(is_text) => "txt",
        _ => "pb",
    }
}

/// A file for each run of one side, so that `diff` finds the runs of each profile: `heap.1.pb.gz`.
fn run_names(shots: Vec<(Target, Vec<Shot>)>) -> Vec<(String, Shot)> {
    let mut runs = std::collections::BTreeMap::<String, u32>::new();
    let all = shots.into_iter().flat_map(|(target, shots)| {
        let name = profile_name(&target);
        shots.into_iter().map(move |shot| (name.clone(), shot))
    });
    let numbered = all.map(|(name, shot)| {
        let run = runs.entry(name.clone()).or_default();
        *run += 1;
        (format!("{name}.{run}.{}", extension(&shot.data)), shot)
    });
    numbered.collect()
}

/// A file for each of several sources: by profile, in folders by server if there are several.
fn names(shots: Vec<(Target, Vec<Shot>)>) -> Vec<(String, Shot)> {
    let server = |target: &Target| match &target.address().transport {
        Transport::Tcp { host, port, .. } => format!("{}_{port}", safe(host)),
        Transport::Unix(socket) => safe(&socket.display().to_string()),
    };
    let servers: BTreeSet<String> = shots.iter().map(|(target, _)| server(target)).collect();
    let mut taken = BTreeSet::new();
    let all = shots.into_iter().flat_map(|(target, shots)| {
        let folder = if servers.len() > 1 { format!("{}/", server(&target)) } else { String::new() };
        let name = format!("{folder}{}", profile_name(&target));
        shots.into_iter().map(move |shot| (name.clone(), shot))
    });
    let distinct = all.map(|(name, shot)| {
        let extension = extension(&shot.data);
        let mut file = format!("{name}.{extension}");
        let mut number = 2;
        while !taken.insert(file.clone()) {
            file = format!("{name}.{number}.{extension}");
            number += 1;
        }
        (file, shot)
    });
    distinct.collect()
}

/// Writes each profile with its note beside it. Nothing takes its name before everything is written.
fn write_all(files: &[(PathBuf, Shot)]) -> Result<()> {
    let mut pending = Vec::new();
    for (path, shot) in files {
        let directory = path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error))?;
        let note = shot.provenance.to_json();
        for (path, content) in [(note_path(path), note.as_bytes()), (path.clone(), &shot.data[..])] {
            let written = temporary(directory, content).map_err(|error| unwritable(&path, &error))?;
            pending.push((written, path));
        }
    }
    for (file, path) in pending {
        file.persist(&path).map_err(|error| unwritable(&path, &error.error))?;
    }
    Ok(())
}

fn temporary(directory: &Path, content: &[u8]) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".profgate-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(content)?;
    Ok(file)
}
