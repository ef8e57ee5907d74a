//! A report to where it is wanted: stdout, a file, or Graphviz first.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Env;
use super::commands::Format;
use super::fetch::note;
use super::options::Request;
use crate::error::{Error, ErrorKind, Result};

/// A report fails before it writes, or because it cannot write.
pub(super) enum Failure {
    /// It has no answer.
    Answer(Error),
    /// Its answer cannot be written.
    Write(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Answer(error)
    }
}

/// The result of printing.
pub(super) type Printed = Result<(), Failure>;

/// Runs `print` and brings what it writes to where `request` wants it.
pub(super) fn deliver(
    request: &Request,
    env: &Env,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    print: impl FnOnce(&mut dyn Write) -> Printed,
) -> Result<()> {
    let picture = if let Format::Dot(picture) = request.command.format { picture } else { None };
    let print = |out: &mut dyn Write| -> Printed {
        let Some(format) = picture else { return print(out) };
        let mut graph = Vec::new();
        print(&mut graph)?;
        Ok(out.write_all(&draw(&graph, format)?)?)
    };
    let file = if request.output.is_empty() { file_instead_of_terminal(request, env) } else { None };
    if request.output.is_empty() && file.is_none() {
        let mut out = BufWriter::with_capacity(1 << 16, stdout);
        return finish(print(&mut out).and_then(|()| Ok(out.flush()?)), "stdout");
    }
    // What has no answer leaves no file behind.
    let mut report = Vec::new();
    finish(print(&mut report), "the report")?;
    let path = file.unwrap_or_else(|| PathBuf::from(&request.output));
    let name = path.to_string_lossy();
    note(stderr, &format!("Generating report in {name}"));
    let written = File::create(env.resolve(&path)).and_then(|mut file| file.write_all(&report));
    finish(written.map_err(Failure::from), &name)
}

/// The result of writing to a stream; that nobody reads on is no failure.
pub(super) fn settle(written: io::Result<()>) -> Result<()> {
    finish(written.map_err(Failure::from), "output")
}

fn finish(printed: Printed, place: &str) -> Result<()> {
    match printed {
        Ok(()) => Ok(()),
        Err(Failure::Answer(error)) => Err(error),
        Err(Failure::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Failure::Write(error)) => {
            Err(Error::new(ErrorKind::Output, format!("cannot be written ({error})"))
                .at(place)
                .help("check the path and the space on its disk"))
        }
    }
}

/// The first free file for a report that would only garble a terminal.
fn file_instead_of_terminal(request: &Request, env: &Env) -> Option<PathBuf> {
    let suffix = match request.command.format {
        Format::Callgrind => "callgraph.out",
        Format::Proto | Format::TopProto => "pb.gz",
        Format::Dot(Some(picture)) => picture,
        _ => return None,
    };
    let mut names = (1..10_000).map(|number| PathBuf::from(format!("profile{number:03}.{suffix}")));
    let is_new =
        |path: &PathBuf| OpenOptions::new().write(true).create_new(true).open(env.resolve(path)).is_ok();
    if env.stdout_is_terminal { names.find(is_new) } else { None }
}

/// Has Graphviz draw `graph`.
fn draw(graph: &[u8], format: &str) -> Result<Vec<u8>> {
    let failed = |why: String| {
        Error::new(ErrorKind::Output, format!("failed to execute dot. Is Graphviz installed? {why}"))
            .help("install Graphviz, or write the graph itself with -dot")
    };
    let mut dot = Command::new("dot")
        .arg(format!("-T{format}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let mut stdin = dot.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // If it stops reading, its exit status tells why.
            let _ = stdin.as_mut().map(|stdin| stdin.write_all(graph));
        });
        dot.wait_with_output()
    });
    let output = output.map_err(|error| failed(error.to_string()))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(output.status.to_string())) }
}
