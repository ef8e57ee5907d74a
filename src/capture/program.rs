//! A profile and what its server tells of itself to what is known of the program.

use std::path::Path;

use memchr::memmem;

use super::build_info;
use crate::profile::Profile;
use crate::source::{Address, Program, without_secrets};

/// Architectures as Go's runtime names its files of assembler: `asm_amd64.s`.
const ARCHITECTURES: [&str; 12] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "mips", "mipsle", "ppc64le", "riscv64",
    "s390x",
];

/// Systems as Go's runtime names its files: `sys_linux_amd64.s`, `os_windows.go`.
const SYSTEMS: [&str; 10] =
    ["aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "linux", "netbsd", "openbsd", "windows"];

/// Longer command lines are not kept.
const MAX_ARGUMENTS: usize = 1000;

/// What `profile`, fetched from `address`, and the answer `command_line` of the server tell of the program.
pub(super) fn describe(profile: &Profile, address: &Address, command_line: Option<&[u8]>) -> Program {
    let arguments = command_line.map(arguments).unwrap_or_default();
    let mapping = profile.mappings.first();
    let build_id = mapping.map_or_else(String::new, |mapping| profile.display(mapping.build_id).into_owned());
    let file = mapping.map_or_else(String::new, |mapping| profile.display(mapping.file).into_owned());
    let mut program = Program { build_id, ..from_files(profile) };
    if address.is_local() {
        // What answers here may be a forwarder: the build id says whether the program is this machine's.
        let files = [Some(file.as_str()), arguments.first().map(String::as_str)];
        let found =
            files.into_iter().flatten().find_map(|file| build_info::read(Path::new(file), &program.build_id));
        if let Some(info) = found {
            program.go_version = info.go_version;
            program.goos = info.goos;
            program.goarch = info.goarch;
            let cpus = std::thread::available_parallelism().ok();
            program.cpus = cpus.and_then(|cpus| u32::try_from(cpus.get()).ok());
        }
    }
    program.command_line = without_secrets(arguments);
    program
}

/// `/debug/pprof/cmdline` separates arguments by NUL. What another server answers there is no command line.
fn arguments(answer: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(answer) else { return Vec::new() };
    if text.trim().is_empty() || text.starts_with(['<', '{', '[']) {
        return Vec::new();
    }
    text.trim_end_matches(['\0', '\n']).split('\0').take(MAX_ARGUMENTS).map(str::to_owned).collect()
}

/// What the names of the runtime's files give away: `…/asm_amd64.s`, and with a toolchain from the module cache
/// `…/toolchain@v0.0.1-go1.27.3.linux-amd64/src/runtime/proc.go`.
fn from_files(profile: &Profile) -> Program {
    let mut program = Program::default();
    for function in &profile.functions {
        let file = profile.text(function.filename);
        if memmem::find(file, b"/runtime/").is_none() {
            continue;
        }
        let file = String::from_utf8_lossy(file);
        if let Some((_, rest)) = file.split_once("/toolchain@v0.0.1-")
            && let Some((version, platform)) = rest.split('/').next().and_then(|name| name.rsplit_once('.'))
            && let Some((goos, goarch)) = platform.split_once('-')
        {
            (program.go_version, program.goos, program.goarch) = (version.into(), goos.into(), goarch.into());
            return program;
        }
        let name = file.rsplit('/').next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or_default();
        for part in stem.split('_').skip(1) {
            let known = |names: &[&str]| names.contains(&part).then(|| part.to_owned());
            if let Some(goarch) = known(&ARCHITECTURES) {
                program.goarch = goarch;
            } else if let Some(goos) = known(&SYSTEMS) {
                program.goos = goos;
            }
        }
    }
    program
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Function;

    fn of_files(files: &[&str]) -> Program {
        let mut profile = Profile::default();
        for file in files {
            let filename = profile.strings.intern(file.as_bytes()).expect("fits");
            profile.functions.push(Function { filename, ..Function::default() });
        }
        from_files(&profile)
    }

    #[test]
    fn files_of_the_runtime_tell_the_platform() {
        let program = of_files(&[
            "/app/os_windows.go",
            "/usr/lib/go/src/runtime/asm_arm64.s",
            "/go/src/runtime/sys_linux_arm64.s",
        ]);
        assert_eq!((&*program.goos, &*program.goarch, &*program.go_version), ("linux", "arm64", ""));
        let program = of_files(&[
            "/home/ci/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/runtime/proc.go",
        ]);
        assert_eq!((&*program.goos, &*program.goarch, &*program.go_version), ("linux", "amd64", "go1.27.3"));
        assert_eq!(of_files(&["/go/src/runtime/proc.go", "main.go"]), Program::default());
    }

    #[test]
    fn command_lines_are_split_at_nul() {
        assert_eq!(arguments(b"/bin/app\0--x=1\0"), ["/bin/app", "--x=1"]);
        for other in [&b"<html>"[..], b"{}", b"\xff", b"", b"\n"] {
            assert!(arguments(other).is_empty());
        }
    }
}
