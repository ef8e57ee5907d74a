//! The machine to the facts by which a reader can tell what a comparison is worth.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

use super::CollectArgs;
use super::files::{Files, Record};
use super::trees::Trees;
use crate::error::Result;

/// The version of the file; a minor step only adds fields.
const FORMAT_VERSION: &str = "1.0";

/// What is known of a side's Go; empty texts are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Versions {
    /// Such as `go1.27.3`.
    pub(super) go: String,
    /// The operating system that it builds for.
    pub(super) os: String,
    /// The architecture that it builds for.
    pub(super) architecture: String,
}

/// Everything that `host.json` says.
#[derive(Debug, Serialize)]
pub(super) struct Host {
    format_version: &'static str,
    tool: &'static str,
    os: &'static str,
    architecture: &'static str,
    kernel: Option<String>,
    cpu_model: Option<String>,
    cpus: Option<u32>,
    /// What governs the clock rate of the CPUs, each once.
    governor: BTreeSet<String>,
    /// How many processes wanted to run before the first run, over 1, 5 and 15 minutes.
    load: Option<[f64; 3]>,
    pinned_to: Option<String>,
    niceness: Option<i8>,
    base: SideFacts,
    new: SideFacts,
    runs: Vec<Record>,
}

#[derive(Debug, Serialize)]
struct SideFacts {
    go: Versions,
    commit: Option<String>,
}

impl Host {
    /// Looks at this machine.
    pub(super) fn look(args: &CollectArgs, trees: &Trees, [base, new]: &[Versions; 2]) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            tool: concat!("profgate ", env!("CARGO_PKG_VERSION")),
            os: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            kernel: line("/proc/sys/kernel/osrelease"),
            cpu_model: cpu_model(),
            cpus: cpus(),
            governor: governors(),
            load: loads(),
            pinned_to: args.cpus.clone(),
            niceness: args.nice,
            base: SideFacts { go: base.clone(), commit: trees.base_commit.clone() },
            new: SideFacts { go: new.clone(), commit: trees.new_commit.clone() },
            runs: Vec::new(),
        }
    }

    /// What makes measurements on this machine doubtful.
    pub(super) fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        if let (Some([load, ..]), Some(cpus)) = (self.load, self.cpus)
            && load > 0.5 * f64::from(cpus)
        {
            doubts.push(format!("the machine is busy: a load of {load} with {cpus} CPUs"));
        }
        let slow: Vec<_> =
            self.governor.iter().filter(|name| *name != "performance").map(String::as_str).collect();
        if !slow.is_empty() {
            doubts.push(format!("the CPUs change their clock rate: governor {}", slow.join(", ")));
        }
        if self.base.go != self.new.go {
            doubts.push(format!("the sides use different Go: {} and {}", self.base.go.go, self.new.go.go));
        }
        doubts
    }

    /// A run has ended.
    pub(super) fn add(&mut self, run: Record) {
        self.runs.push(run);
    }

    /// Writes `host.json`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn finish(&self, files: &Files) -> Result<()> {
        // Texts, numbers and lists of them can always be written.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        files.write("host.json", &(text + "\n"))
    }
}

/// The versions of Go in the work tree `tree`, which may choose another toolchain; empty without Go.
pub(super) fn go_versions(go: &Path, tree: &Path) -> Versions {
    let go =
        if go.components().count() > 1 { std::path::absolute(go).unwrap_or_default() } else { go.to_owned() };
    let text = answer(Command::new(go).args(["env", "GOVERSION", "GOOS", "GOARCH"]).current_dir(tree));
    let text = text.unwrap_or_default();
    let mut lines = text.lines().map(|line| line.trim().to_owned());
    let mut next = || lines.next().unwrap_or_default();
    Versions { go: next(), os: next(), architecture: next() }
}

/// How many CPUs this process may use.
pub(super) fn cpus() -> Option<u32> {
    std::thread::available_parallelism().ok().and_then(|count| u32::try_from(count.get()).ok())
}

/// How many processes want to run, over the last minute.
pub(super) fn load() -> Option<f64> {
    loads().map(|[load, ..]| load)
}

fn loads() -> Option<[f64; 3]> {
    let text = line("/proc/loadavg").or_else(|| sysctl("vm.loadavg"))?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).take(3).collect();
    numbers.try_into().ok()
}

fn cpu_model() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = |key: &str| {
        let lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.map(|(name, value)| (name.trim(), value.trim())).find(|(name, _)| *name == key)
    };
    let found = named("model name").or_else(|| named("Hardware")).map(|(_, model)| model.to_owned());
    found
        .or_else(|| sysctl("machdep.cpu.brand_string"))
        .or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok())
}

fn governors() -> BTreeSet<String> {
    let paths = glob::glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor");
    paths.into_iter().flatten().filter_map(|path| line(&path.ok()?.to_string_lossy())).collect()
}

/// The first line of a file that the kernel writes.
fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

fn sysctl(name: &str) -> Option<String> {
    if !cfg!(target_os = "macos") {
        return None;
    }
    answer(Command::new("sysctl").args(["-n", name]))
}

fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
