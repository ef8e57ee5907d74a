//! A command line to its end: what it printed in a file, and its last lines told if it failed.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::Turn;
use crate::cli::say;
use crate::error::{Error, ErrorKind, Result};

/// How often is looked whether a command has ended.
const LOOK: Duration = Duration::from_millis(50);

/// How long an interrupted command has for cleaning up.
const GRACE: Duration = Duration::from_secs(5);

/// How much of what a command printed is told when it fails.
const LAST_LINES: usize = 15;

/// What stands before a command so that it runs on `cpus`, with the niceness `nice`.
///
/// # Errors
/// When this machine or this user cannot do that.
pub(super) fn prefix(cpus: Option<&str>, nice: Option<i8>) -> Result<Vec<OsString>> {
    let mut prefix: Vec<OsString> = Vec::new();
    if let Some(nice) = nice {
        prefix.extend(["nice", "-n", &nice.to_string()].map(OsString::from));
        check(&prefix, &format!("--nice {nice}"), "no command can be started with this niceness")?;
    }
    if let Some(cpus) = cpus {
        let pinned = ["taskset", "-c", cpus].map(OsString::from);
        check(&pinned, &format!("--cpus {cpus}"), "no command can be pinned to these CPUs")?;
        prefix.extend(pinned);
    }
    Ok(prefix)
}

/// Tries whether a command can be started behind `prefix`.
fn check(prefix: &[OsString], option: &str, problem: &str) -> Result<()> {
    let refused = |why: &str| {
        let advice = "this needs `taskset` and `nice` of util-linux and coreutils, CPUs that this process may use, and \
                      for a negative niceness the right to it";
        Error::new(ErrorKind::Usage, format!("{problem} ({why})")).at(option).help(advice)
    };
    let [program, arguments @ ..] = prefix else { return Ok(()) };
    let output = Command::new(program)
        .args(arguments)
        .arg("true")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| refused(&format!("{}: {error}", program.display())))?;
    let said = String::from_utf8_lossy(&output.stderr);
    // nice(1) complains, and runs the command nevertheless.
    if output.status.success() && said.trim().is_empty() {
        return Ok(());
    }
    Err(refused(said.lines().next().unwrap_or("it failed")))
}

/// Runs `command` in the tree of `turn`, with what it prints in `printed`.
///
/// # Errors
/// When it cannot be started, fails, or was interrupted; everything that it started in its group has ended then.
pub(super) fn run(turn: &Turn<'_>, command: &[OsString], printed: &Path) -> Result<()> {
    let place = format!("{} run {}", turn.side.name(), turn.run);
    let output = File::create(printed).and_then(|file| Ok((file.try_clone()?, file)));
    let (stdout, stderr) = output.map_err(|error| super::files::unwritable(printed, &error))?;
    let mut words = turn.prefix.iter().chain(command);
    let program = words.next().map_or(OsStr::new(""), OsString::as_os_str);
    let mut prepared = Command::new(program);
    prepared
        .args(words)
        .current_dir(turn.tree)
        .env("PROFGATE_SIDE", turn.side.name())
        .env("PROFGATE_RUN", turn.run.to_string())
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut prepared, 0);
    let mut child = prepared.spawn().map_err(|error| {
        Error::new(ErrorKind::Unreadable, format!("`{}` cannot be started ({error})", program.display()))
            .at(&place)
            .help("check the command; it is looked for in the PATH, or from the side's work tree")
    })?;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if turn.interrupt.flag().load(Ordering::SeqCst) => {
                end(&mut child);
                return Err(Error::new(ErrorKind::Unreadable, "interrupted").at(place));
            }
            Ok(None) => thread::sleep(LOOK),
            Err(error) => {
                end(&mut child);
                return Err(
                    Error::new(ErrorKind::Unreadable, format!("cannot be waited for ({error})")).at(place)
                );
            }
        }
    };
    // A terminal sends Ctrl-C to the command as well, if it is in the terminal's group.
    if turn.interrupt.flag().load(Ordering::SeqCst) {
        return Err(Error::new(ErrorKind::Unreadable, "interrupted").at(place));
    }
    if status.success() { Ok(()) } else { Err(failure(place, command, status, printed)) }
}

/// Tells the last lines that a command printed, and returns the error that `problem` is.
pub(super) fn refuse(place: String, problem: String, printed: &Path) -> Error {
    let text = fs::read(printed).map(|text| String::from_utf8_lossy(&text).into_owned()).unwrap_or_default();
    for line in last_lines(&text, LAST_LINES) {
        say(&format!("  | {line}"));
    }
    let all = if text.trim().is_empty() {
        "it printed nothing".to_owned()
    } else {
        format!("all that it printed is in {}", printed.display())
    };
    Error::new(ErrorKind::Unreadable, problem).at(place).help(all)
}

fn failure(place: String, command: &[OsString], status: ExitStatus, printed: &Path) -> Error {
    let program = command.first().map_or_else(String::new, |program| program.display().to_string());
    refuse(place, format!("`{program}` failed ({status})"), printed)
}

fn last_lines(text: &str, count: usize) -> Vec<&str> {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].to_vec()
}

/// Asks the command and all that it started to end, then ends them.
fn end(child: &mut Child) {
    signal(child, false);
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if !matches!(child.try_wait(), Ok(None)) {
            break;
        }
        thread::sleep(LOOK);
    }
    signal(child, true);
    // It has been killed, and is on its way out.
    let _ = child.wait();
}

/// Signals the whole group of `child`: `go test` starts the program that is measured, and a shell its commands.
#[cfg(unix)]
fn signal(child: &Child, is_final: bool) {
    use rustix::process::{Pid, Signal, kill_process_group};

    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let signal = if is_final { Signal::KILL } else { Signal::TERM };
    if let Some(group) = group {
        // A group that is gone needs no signal.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
fn signal(child: &mut Child, is_final: bool) {
    if is_final {
        // One that has ended needs no end.
        let _ = child.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_told() {
        assert_eq!(last_lines("a\nb\nc\n", 2), ["b", "c"]);
        assert_eq!(last_lines("a", 2), ["a"]);
        assert!(last_lines("", 2).is_empty());
    }
}
