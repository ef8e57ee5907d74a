//! The command line of `go tool pprof` to the bytes that it prints.
//!
//! ```text
//! arguments ──► Request ──► Profile ──────────────► Report ──► bytes
//!  flags         commands,   fetch: sources, base,   values,    top, tree, traces, tags, list, raw,
//!                options     names, drop_frames      filters    dot, callgrind, proto, …
//! ```
//!
//! The reference is the `go tool pprof` of Go 1.27.3. What it writes to stdout and whether it fails is the same
//! here, on purpose even where it surprises. The deviations are few:
//!
//! * **Ties.** Where pprof sorts equal values in the random order of a hash table, rows have a fixed order here:
//!   first by the other value of the row, then by first appearance in the profile.
//! * **Missing sources.** pprof goes on without a source that cannot be read, with a line on stderr; here that is an
//!   error unless `-allow_missing` is given. A first argument of several that does not exist is taken for the
//!   program, whose file is not needed.
//! * **Repeated bases.** Of several `-base` or `-diff_base` flags the last one counts, as in pprof; `-add_bases` adds
//!   them up.
//! * **Remote sources** are refused: `curl -o FILE` fetches them first.
//! * **Symbols** are those of the profile: `-symbolize=force` reads no binary.
//! * **Binary CPU profiles** of gperftools are profiles, also as the first of several sources, where pprof takes them
//!   for a COFF program and leaves them out.
//! * **Binaries** are not read: locations without names keep their addresses, `-weblist` and `-disasm` are refused.
//! * **Pictures** are what Graphviz draws: `-svg` comes without pprof's script for panning.
//! * **Viewers and servers** (`-web`, `-http`, the interactive mode) are refused, with what to use instead.

mod binaries;
mod commands;
mod env;
mod fetch;
mod flags;
mod go_numbers;
mod options;
mod output;
mod report;
mod time;

use std::ffi::OsString;
use std::io::Write;

pub use env::Env;
use options::Asked;
use report::Report;

use crate::error::{ExitCode, Result};
use crate::select::Selection;

/// Runs `profgate pprof` with the arguments after `pprof`.
///
/// The report goes to `stdout`, or to the file of `-output`; what pprof says on stderr goes to `stderr`.
///
/// # Errors
/// Wherever pprof fails: on mistakes on the command line, on sources that cannot be read or do not go together,
/// on patterns that match nothing. And on what is not supported here.
pub fn run(args: &[OsString], stdout: &mut dyn Write, stderr: &mut dyn Write, env: &Env) -> Result<ExitCode> {
    let request = match options::read(args)? {
        Asked::Help => {
            output::settle(stderr.write_all(options::help().as_bytes()))?;
            return Ok(ExitCode::Pass);
        }
        Asked::Report(request) => request,
    };
    for text in &request.notes {
        fetch::note(stderr, text);
    }
    let selection = Selection::compile(&request.view.selection)?;
    let profile = fetch::fetch(&request.input, selection.symbolization, env, stderr)?;
    let mut report = Report::new(profile, &request, &selection, env, stderr)?;
    output::deliver(&request, env, stdout, stderr, |out| report.print(out))?;
    Ok(ExitCode::Pass)
}
