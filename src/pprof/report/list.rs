//! Functions to their source lines, each with its values (`-list`).

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use hashbrown::HashMap;

use super::{Report, tree};
use crate::graph::{Calls, NodeId, Trimmed};
use crate::pprof::output::Printed;
use crate::profile::StrId;
use crate::select::PathTrim;

/// The lines of a file, or in pprof's words why there are none.
type Lines = Result<Vec<Vec<u8>>, Vec<u8>>;

/// Lines shown before the first and after the last line with a value.
const MARGIN: i64 = 5;
/// Go's scanner stops at a longer line.
const LONGEST_LINE: usize = 64 * 1024;

/// Prints the functions whose names match the pattern.
pub(super) fn print(report: &mut Report<'_>, out: &mut dyn Write) -> Printed {
    let trimmed = report.graph_in_any_unit(Calls::None)?;
    let Some(pattern) = &report.pattern else { return Ok(()) };
    let text = |id: StrId| report.profile.text(id);
    let mut functions: BTreeMap<&[u8], BTreeMap<&[u8], Vec<NodeId>>> = BTreeMap::new();
    for &id in &trimmed.graph.shown {
        let key = trimmed.graph.key(id);
        if pattern.is_match(text(key.name)) {
            functions.entry(text(key.name)).or_default().entry(text(key.file)).or_default().push(id);
        }
    }
    if functions.is_empty() {
        return Err(tree::no_match(pattern.as_str()).into());
    }
    let mut sources = Sources::new(report);
    writeln!(out, "Total: {}", report.value(report.total))?;
    for (name, files) in functions {
        if files.keys().all(|file| file.is_empty()) {
            out.write_all(&[b"No source information for ", name, b"\n"].concat())?;
        }
        for (file, nodes) in files.into_iter().filter(|(file, _)| !file.is_empty()) {
            out.write_all(&[b"ROUTINE ======================== ", name, b" in ", file, b"\n"].concat())?;
            print_routine(report, &trimmed, &nodes, || sources.lines(file), out)?;
        }
    }
    Ok(())
}

fn print_routine<'a>(
    report: &Report<'_>,
    trimmed: &Trimmed,
    nodes: &[NodeId],
    lines: impl FnOnce() -> &'a Lines,
    out: &mut dyn Write,
) -> Printed {
    let graph = &trimmed.graph;
    let mut sums = BTreeMap::<i64, (i64, i64)>::new();
    let (mut flat, mut cum) = (0_i64, 0_i64);
    for &id in nodes {
        let node = graph.node(id);
        let sum = sums.entry(graph.key(id).line).or_default();
        sum.0 = sum.0.wrapping_add(node.flat.value);
        sum.1 = sum.1.wrapping_add(node.cum.value);
        flat = flat.wrapping_add(node.flat.value);
        cum = cum.wrapping_add(node.cum.value);
    }
    let (flat, cum, percent) = (report.value(flat), report.value(cum), report.percent(cum));
    writeln!(out, "{flat:>10} {cum:>10} (flat, cum) {percent} of Total")?;
    let first = |id: &NodeId| match graph.key(*id) {
        key if key.start_line != 0 => key.start_line,
        key => key.line.wrapping_sub(MARGIN),
    };
    let start = nodes.iter().map(first).min().unwrap_or(1).max(1);
    let end = nodes.iter().map(|&id| graph.key(id).line).max().unwrap_or(0).wrapping_add(MARGIN);
    if start > end {
        // The file is not even looked for.
        return Ok(());
    }
    let lines = match lines() {
        Ok(lines) => lines,
        Err(error) => {
            return Ok(out.write_all(&[b" Error: ", error.as_slice(), b"\n"].concat())?);
        }
    };
    let skipped = usize::try_from(start - 1).unwrap_or(usize::MAX);
    for (number, line) in (start..=end).zip(lines.iter().skip(skipped)) {
        let (flat, cum) = sums.get(&number).copied().unwrap_or_default();
        let value_or_dot = |value| if value == 0 { ".".to_owned() } else { report.value(value) };
        write!(out, "{:>10} {:>10} {number:>6}:", value_or_dot(flat), value_or_dot(cum))?;
        out.write_all(line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Source files as far as they were needed.
struct Sources<'a> {
    report: &'a Report<'a>,
    /// Where to look for relative paths.
    search_path: String,
    files: HashMap<Vec<u8>, Lines>,
}

impl<'a> Sources<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let path = &report.view.selection.source_path;
        let directory = || report.env.directory.to_string_lossy().into_owned();
        let search_path = if path.is_empty() { directory() } else { path.clone() };
        Self { report, search_path, files: HashMap::new() }
    }

    /// The lines of a file, or why there are none.
    fn lines(&mut self, file: &[u8]) -> &Lines {
        if !self.files.contains_key(file) {
            let lines = self.open(file).map(read_lines);
            self.files.insert(file.to_vec(), lines);
        }
        &self.files[file]
    }

    /// Opens a file by its path, shortened once more: an absolute path as it is, another one in each directory of
    /// the search path and all directories above it.
    fn open(&self, file: &[u8]) -> Result<File, Vec<u8>> {
        let paths = PathTrim::new(&self.report.view.selection.trim_path, &self.search_path);
        let name = paths.trim(file);
        let file = path_of(name);
        let env = self.report.env;
        if file.is_absolute() {
            return File::open(&file)
                .map_err(|error| [b"open ", name, b": ", reason(&error).as_bytes()].concat());
        }
        let directories = self.search_path.split(':').map(Path::new);
        let mut candidates =
            directories.flat_map(Path::ancestors).map(|directory| env.resolve(directory.join(&file)));
        candidates.find_map(|path| File::open(path).ok()).ok_or_else(|| {
            [b"could not find file ", name, b" on path ", self.search_path.as_bytes()].concat()
        })
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// What kept a file from being opened, in Go's words.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// The lines of `file`, up to one that is too long or cannot be read.
fn read_lines(mut file: File) -> Vec<Vec<u8>> {
    let mut text = Vec::new();
    // What could be read before an error is shown; pprof does not mention the error either.
    let _ = file.read_to_end(&mut text);
    if text.last() == Some(&b'\n') {
        text.pop();
    } else if text.is_empty() {
        return Vec::new();
    }
    let lines = text.split(|&byte| byte == b'\n').take_while(|line| line.len() < LONGEST_LINE);
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec()).collect()
}
