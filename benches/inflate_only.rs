//! Turns gzipped files into a count of bytes: the time that no program which reads these files can beat.
//!
//! ```text
//! cargo bench --bench inflate_only -- [--into-memory] FILE|DIR…
//! ```
//!
//! Files are inflated in parallel, one a thread, through a small buffer of each thread; with `--into-memory` each file
//! is read and inflated as a whole, as a program does that keeps its input.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flate2::bufread::MultiGzDecoder;
use rayon::prelude::*;

/// Bytes inflated at a time: they fit the second-level cache beside the window and the input.
const BUFFER: usize = 1 << 16;

const USAGE: &str = "usage: cargo bench --bench inflate_only -- [--into-memory] FILE|DIR…";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(report) => match writeln!(io::stdout(), "{report}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(message) => {
            // Nothing is left to do when standard error is closed as well.
            let _ = writeln!(io::stderr(), "inflate_only: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The report for these arguments: the inflated bytes of all files, or the usage when there are none.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, String> {
    let mut into_memory = false;
    let mut files = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            // `cargo bench` passes it to every benchmark.
            "--bench" => {}
            "--into-memory" => into_memory = true,
            option if option.starts_with('-') => return Err(format!("unknown option {option}; {USAGE}")),
            path => add(Path::new(path), &mut files).map_err(|error| format!("{path}: {error}"))?,
        }
    }
    if files.is_empty() {
        return Ok(USAGE.to_owned());
    }
    let bytes: u64 = files
        .par_iter()
        .map_init(
            || vec![0; BUFFER],
            |buffer, path| {
                let size = if into_memory { inflate_whole(path) } else { inflate_through(path, buffer) };
                size.map_err(|error| format!("{}: {error}", path.display()))
            },
        )
        .sum::<Result<_, _>>()?;
    Ok(format!("{bytes} bytes in {} files", files.len()))
}

/// Adds a file, or the files of a directory in the order of their names.
fn add(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<_> =
        fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    files.append(&mut entries);
    Ok(())
}

fn inflate_through(path: &Path, buffer: &mut [u8]) -> io::Result<u64> {
    let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(BUFFER, File::open(path)?));
    let mut total = 0;
    loop {
        match decoder.read(buffer)? {
            0 => return Ok(total),
            read => total += read as u64,
        }
    }
}

fn inflate_whole(path: &Path) -> io::Result<u64> {
    let compressed = fs::read(path)?;
    let mut inflated = Vec::new();
    MultiGzDecoder::new(compressed.as_slice()).read_to_end(&mut inflated)?;
    Ok(inflated.len() as u64)
}
