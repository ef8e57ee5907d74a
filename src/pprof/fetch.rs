//! The sources of a command line to the one profile that is reported.

use std::ffi::{OsStr, OsString};
use std::io::Write;

use rayon::prelude::*;

use super::Env;
use super::binaries::{is_object_file, locate_binaries};
use super::options::Input;
use crate::decode;
use crate::error::{Error, ErrorKind, Result};
use crate::profile::{Label, LabelValue, Profile, Samples, combine, normalize};
use crate::select::{Symbolization, drop_frames};
use crate::source::{self, DEFAULT_INFLATED_LIMIT, Source};

/// The label that marks samples of the base.
pub(super) const BASE_KEY: &[u8] = b"pprof::base";

/// pprof merges so many profiles at a time; what merges with what decides what merges in the end.
const CHUNK: usize = 128;

/// Reads, adds up and subtracts the profiles of `input`. What a user should know and pprof says on stderr goes to
/// `notes`.
///
/// # Errors
/// When no source or no base can be read, or they do not measure the same thing.
pub(super) fn fetch(
    input: &Input,
    symbolization: Symbolization,
    env: &Env,
    notes: &mut dyn Write,
) -> Result<Profile> {
    let mut sources = input.sources.as_slice();
    let mut program = None;
    if let [first, rest @ ..] = sources
        && !rest.is_empty()
    {
        let path = env.resolve(first);
        if is_object_file(&path) {
            program = Some(first.as_os_str());
            sources = rest;
        } else if first != "-"
            && !is_remote(&first.to_string_lossy())
            && path.try_exists().is_ok_and(|exists| !exists)
        {
            // `pprof PROGRAM PROFILE` works where the program is not at hand, in pprof too.
            note(notes, &format!("{}: no such file; the program, as it seems", first.display()));
            sources = rest;
        }
    }
    let overrides = Overrides { program, build_id: &input.build_id };
    let (sources, bases) = rayon::join(
        || grab(sources, &overrides, env).map_err(|error| error.at("sources")),
        || grab(&input.bases, &overrides, env).map_err(|error| error.at("base")),
    );
    let (sources, bases) = (sources?, bases?);
    for failure in sources.failures.iter().chain(&bases.failures) {
        note(notes, &failure.to_string());
    }
    let mut profile = sources.settle("source", input.allows_missing, notes)?;
    if !input.bases.is_empty() {
        let base = bases.settle("base", input.allows_missing, notes)?;
        profile = subtract(profile, base, input)?;
    }

    if input.keeps_all_frames {
        profile.header.drop_frames = crate::profile::StrId::default();
        profile.header.keep_frames = crate::profile::StrId::default();
    }
    symbolization.apply(&mut profile)?;
    for text in drop_frames(&mut profile)? {
        note(notes, &text.to_string());
    }
    forget_urls(&mut profile);
    if !input.comment.is_empty() {
        let comment = profile.strings.intern(input.comment.as_bytes())?;
        profile.header.comments.push(comment);
    }
    Ok(profile)
}

/// Writes a line to `notes`. Notes are a courtesy: a stderr that cannot be written to is no reason to stop.
pub(super) fn note(notes: &mut dyn Write, text: &str) {
    let _ = writeln!(notes, "{text}");
}

/// What the command line says about the program.
struct Overrides<'a> {
    program: Option<&'a OsStr>,
    build_id: &'a str,
}

/// The sources of one side, added up.
struct Grabbed {
    profile: Option<Profile>,
    count: usize,
    failures: Vec<Error>,
}

impl Grabbed {
    fn settle(self, side: &str, allows_missing: bool, notes: &mut dyn Write) -> Result<Profile> {
        let wanted = self.count + self.failures.len();
        let missing = || Error::new(ErrorKind::Unreadable, format!("failed to fetch any {side} profiles"));
        if !self.failures.is_empty() {
            let text = format!("Fetched {} {side} profiles out of {wanted}", self.count);
            if self.count > 0 && !allows_missing {
                return Err(
                    Error::new(ErrorKind::Unreadable, text).help("-allow_missing goes on without the others")
                );
            }
            if self.count > 0 {
                note(notes, &text);
            }
        }
        self.profile.ok_or_else(missing)
    }
}

fn grab(names: &[OsString], overrides: &Overrides<'_>, env: &Env) -> Result<Grabbed> {
    let mut grabbed = Grabbed { profile: None, count: 0, failures: Vec::new() };
    for names in names.chunks(CHUNK) {
        let read: Vec<_> = names.par_iter().map(|name| read(name, overrides, env)).collect();
        let mut profiles = Vec::new();
        for profile in read {
            match profile {
                Ok(profile) => profiles.push(profile),
                Err(error) => grabbed.failures.push(error),
            }
        }
        if profiles.is_empty() {
            continue;
        }
        grabbed.count += profiles.len();
        let chunk = combine(profiles)?;
        grabbed.profile = Some(match grabbed.profile.take() {
            None => chunk,
            Some(before) => combine(vec![before, chunk])?,
        });
    }
    Ok(grabbed)
}

fn read(name: &OsStr, overrides: &Overrides<'_>, env: &Env) -> Result<Profile> {
    let place = name.to_string_lossy();
    let mut path = env.resolve(name);
    // Messages name a file as the user did, wherever that means the same.
    if std::path::absolute(name).is_ok_and(|absolute| absolute == path) {
        path = name.into();
    }
    if is_remote(&place) && !path.exists() {
        return Err(Error::new(ErrorKind::Unreadable, "is no file, and nothing is fetched here")
            .at(place)
            .help("fetch it into a file first: `curl -o cpu.pb.gz URL`"));
    }
    let source = if name == "-" { Source::Stdin } else { Source::File(path) };
    let read = || {
        let bytes = source::inflate(source.read(DEFAULT_INFLATED_LIMIT)?, DEFAULT_INFLATED_LIMIT)?;
        decode::decode_any(&bytes)
    };
    let mut profile = read().map_err(|error| error.at(place))?;
    locate_binaries(&mut profile, env)?;
    profile.ensure_mapping();
    if let Some(program) = overrides.program {
        profile.mappings[0].file = profile.strings.intern(program.as_encoded_bytes())?;
    }
    if !overrides.build_id.is_empty() && profile.text(profile.mappings[0].build_id).is_empty() {
        profile.mappings[0].build_id = profile.strings.intern(overrides.build_id.as_bytes())?;
    }
    Ok(profile)
}

fn subtract(mut profile: Profile, mut base: Profile, input: &Input) -> Result<Profile> {
    if input.is_diff_base {
        mark_as_base(&mut base)?;
    }
    if input.normalizes {
        normalize(&mut profile, &base)?;
    }
    base.scale(&vec![-1.0; base.width()]);
    combine(vec![profile, base])
}

/// Gives every sample the label of the base, instead of what it has under that key.
fn mark_as_base(base: &mut Profile) -> Result<()> {
    let key = base.strings.intern(BASE_KEY)?;
    let mark = Label { key, value: LabelValue::Text(base.strings.intern(b"true")?) };
    let is_other = |label: &&Label| label.key != key || matches!(label.value, LabelValue::Number(..));
    let mut samples = Samples::new(base.samples.width());
    for sample in base.samples.iter() {
        let labels = sample.labels.iter().filter(is_other).copied().chain([mark]);
        samples.push(sample.stack.iter().copied(), sample.values.iter().copied(), labels);
    }
    base.samples = samples;
    Ok(())
}

/// Empties the file names of mappings that are URLs: pprof notes there where a profile came from.
fn forget_urls(profile: &mut Profile) {
    for row in 0..profile.mappings.len() {
        let mapping = &profile.mappings[row];
        if profile.text(mapping.build_id).is_empty() && is_absolute_url(profile.text(mapping.file)) {
            profile.mappings[row].file = crate::profile::StrId::default();
        }
    }
}

/// Whether pprof would take `name` for a URL: it has a scheme, or is a host with a port.
fn is_remote(name: &str) -> bool {
    let is_port = |rest: &str| {
        let port = rest.split('/').next().unwrap_or(rest);
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.contains("://")
        || name.split_once(':').is_some_and(|(host, rest)| !host.contains('/') && is_port(rest))
}

/// Whether Go's `net/url` finds a scheme in `text`.
fn is_absolute_url(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&byte| byte == b':') else { return false };
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text[0].is_ascii_alphabetic()
        && text[..colon].iter().all(is_scheme)
        && !text.iter().any(|&byte| byte < b' ' || byte == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_ports_are_remote() {
        for (name, expected) in [
            ("http://localhost/debug/pprof/heap", true),
            ("unix:///run/x.sock", true),
            ("localhost:6060", true),
            ("localhost:6060/debug/pprof/heap", true),
            ("cpu.pb.gz", false),
            ("mem_2023-11-02_03:55:24", false),
            ("dir/mem_03:55", false),
            ("c:\\cpu.pb.gz", false),
        ] {
            assert_eq!(is_remote(name), expected, "{name}");
        }
    }

    #[test]
    fn urls_are_told_from_paths() {
        for (text, expected) in [
            ("http://h/debug/pprof/heap", true),
            ("memfd:jit", true),
            ("/usr/bin/a:b", false),
            ("anon_inode:[perf_event]", false),
            ("[vdso]", false),
            ("", false),
            (":x", false),
        ] {
            assert_eq!(is_absolute_url(text.as_bytes()), expected, "{text}");
        }
    }
}
