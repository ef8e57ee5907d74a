//! Mappings of a profile to the binaries on this machine, as far as their names show in reports.
//!
//! Binaries are recognised by their first bytes. None is read further: locations without function names keep
//! their addresses.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Env;
use crate::error::Result;
use crate::profile::Profile;

/// The first bytes of files that Go's tools take for programs or objects.
const MAGIC: [&[u8]; 11] = [
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"MZ",
    b"\x01\xdf",
    b"\x01\xf7",
    b"!<arch>\n",
    b"go object ",
    b"\x00go1",
];

/// Whether the file at `path` is a program or an object file.
pub(super) fn is_object_file(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut start));
    read.is_ok() && MAGIC.iter().any(|magic| start.starts_with(magic))
}

/// Replaces the files of mappings by what `PPROF_BINARY_PATH` (or `pprof/binaries` in the home directory) has
/// under their names.
///
/// pprof compares build ids, and Go's object reader never finds one; so a mapping with a build id stays as it is.
pub(super) fn locate_binaries(profile: &mut Profile, env: &Env) -> Result<()> {
    let directories: Vec<PathBuf> = match env.variable("PPROF_BINARY_PATH") {
        Some(path) => std::env::split_paths(path).collect(),
        None => vec![Path::new(env.variable("HOME").unwrap_or_default()).join("pprof").join("binaries")],
    };
    let directories: Vec<PathBuf> =
        directories.into_iter().filter(|directory| env.resolve(directory).is_dir()).collect();
    for row in 0..profile.mappings.len() {
        let mapping = &profile.mappings[row];
        if !profile.text(mapping.build_id).is_empty() || profile.text(mapping.file).is_empty() {
            continue;
        }
        let file = profile.display(mapping.file).into_owned();
        let found = directories.iter().flat_map(|directory| candidates(directory, &file));
        let found = found.into_iter().find(|path| is_object_file(&env.resolve(path)));
        if let Some(path) = found {
            profile.mappings[row].file = profile.strings.intern(path.as_os_str().as_encoded_bytes())?;
        }
    }
    Ok(())
}

/// Where the binary `file` may stand below `directory`, in pprof's order.
fn candidates(directory: &Path, file: &str) -> Vec<PathBuf> {
    let file = Path::new(file);
    let below = |path: &Path| directory.join(path.strip_prefix("/").unwrap_or(path));
    let with_debug = |path: &Path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".debug");
        PathBuf::from(name)
    };
    let base = Path::new(file.file_name().unwrap_or(OsStr::new("")));
    let parent = below(file.parent().unwrap_or(Path::new("")));
    let in_debug = directory.join("usr/lib/debug");
    vec![
        directory.join(base),
        below(file),
        with_debug(&below(file)),
        parent.join(".debug").join(with_debug(base)),
        in_debug.join(parent.strip_prefix(directory).unwrap_or(&parent)).join(with_debug(base)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_sought_where_debuggers_do() {
        let found = candidates(Path::new("/sym"), "/usr/bin/app");
        let expected = [
            "/sym/app",
            "/sym/usr/bin/app",
            "/sym/usr/bin/app.debug",
            "/sym/usr/bin/.debug/app.debug",
            "/sym/usr/lib/debug/usr/bin/app.debug",
        ];
        assert_eq!(found, expected.map(PathBuf::from));
    }
}
