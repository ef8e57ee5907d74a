//! Notes of where runs were captured to what reports show of them, and to the reasons not to trust the comparison.

use std::collections::BTreeSet;

use crate::source::{Note, Source, Sources};
use crate::verdict::{Caveat, CaveatCode, Origin};

/// Sample types that are counted from the start of a program.
const SINCE_START: [&str; 4] = ["alloc_objects", "alloc_space", "contentions", "delay"];

/// Where the runs of both sides were captured, as far as there are notes.
pub(super) struct Origins {
    pub(super) base: Vec<Option<Origin>>,
    pub(super) new: Vec<Option<Origin>>,
    /// How many operations each run did, base runs first, if that is known of all.
    pub(super) operations: Option<Vec<f64>>,
    /// Whether counters may have run for longer than the work that is compared.
    counts_from_start: bool,
    /// Profiles whose note is about other bytes.
    stale: Vec<String>,
}

/// Reads the notes of all sources.
pub(super) fn origins(sources: &Sources) -> Origins {
    let mut stale = Vec::new();
    let mut operations = Vec::new();
    let mut counts_from_start = false;
    let mut read = |source: &Source| match source.note()? {
        Note::Of(note) => {
            let program = &note.target;
            operations.extend(note.operations.filter(|&count| count > 0).map(real));
            counts_from_start |= note.window_seconds.is_none() && !note.is_whole_run;
            Some(Origin {
                url: note.url.clone(),
                start: note.start.clone(),
                end: note.end.clone(),
                window_seconds: note.window_seconds,
                command_line: program.command_line.clone(),
                build_id: program.build_id.clone(),
                go_version: program.go_version.clone(),
                goos: program.goos.clone(),
                goarch: program.goarch.clone(),
                cpus: program.cpus,
            })
        }
        Note::Stale => {
            stale.push(source.to_string());
            None
        }
    };
    let base: Vec<_> = sources.base.iter().map(&mut read).collect();
    let new: Vec<_> = sources.new.iter().map(&mut read).collect();
    let operations = (operations.len() == base.len() + new.len()).then_some(operations);
    Origins { base, new, operations, counts_from_start, stale }
}

impl Origins {
    /// Nothing is known of any run.
    pub(super) fn unknown(sources: &Sources) -> Self {
        let unknown = |side: &[Source]| vec![None; side.len()];
        Self {
            base: unknown(&sources.base),
            new: unknown(&sources.new),
            operations: None,
            counts_from_start: false,
            stale: Vec::new(),
        }
    }

    /// What makes a comparison of `kind` unfair, or doubtful.
    pub(super) fn caveats(&self, kind: &str) -> Vec<Caveat> {
        let all = || self.base.iter().chain(&self.new).flatten();
        let mut caveats = Vec::new();
        let mut say = |code, message: String| caveats.push(Caveat { code, message });
        for (side, runs) in [("base", &self.base), ("new", &self.new)] {
            let builds = distinct(runs.iter().flatten(), |origin| origin.build_id.clone());
            if builds.len() > 1 {
                let message =
                    format!("the runs of the {side} side are of {} builds: {}", builds.len(), shown(&builds));
                say(CaveatCode::MixedBuilds, message);
            }
        }
        let versions = distinct(all(), |origin| origin.go_version.clone());
        if versions.len() > 1 {
            say(CaveatCode::DifferentGo, format!("the programs were built with {}", shown(&versions)));
        }
        let systems = distinct(all(), |origin| origin.goos.clone());
        let architectures = distinct(all(), |origin| origin.goarch.clone());
        if systems.len() > 1 || architectures.len() > 1 {
            let platforms = distinct(all(), Origin::platform);
            say(CaveatCode::DifferentPlatform, format!("the programs were built for {}", shown(&platforms)));
        }
        let cpus = distinct(all(), |origin| origin.cpus.map_or_else(String::new, |cpus| cpus.to_string()));
        if cpus.len() > 1 {
            say(CaveatCode::DifferentCpus, format!("the machines have {} CPUs", shown(&cpus)));
        }
        let program = |origin: &Origin| format!("{}\0{}", origin.build_id, origin.command_line.join("\0"));
        let is_known = all().all(|origin| !origin.build_id.is_empty()) && !self.base.is_empty();
        let has_all = self.base.iter().chain(&self.new).all(Option::is_some);
        if has_all && is_known && distinct(all(), program).len() == 1 {
            let build = all().next().map_or("", |origin| &origin.build_id);
            say(CaveatCode::SameBuild, format!("both sides ran build {build} with the same command line"));
        }
        if SINCE_START.contains(&kind) && self.counts_from_start {
            let message =
                format!("`{kind}` was counted from the start of each program, however long ago that was");
            say(CaveatCode::SinceStart, message);
        }
        for source in &self.stale {
            say(CaveatCode::StaleProvenance, format!("the note beside {source} is about another profile"));
        }
        caveats
    }
}

#[expect(clippy::cast_precision_loss, reason = "statistics are floating-point numbers")]
fn real(count: u64) -> f64 {
    count as f64
}

/// The values of `of` that are known, each once.
fn distinct<'o>(
    origins: impl Iterator<Item = &'o Origin>,
    of: impl Fn(&Origin) -> String,
) -> BTreeSet<String> {
    origins.map(of).filter(|value| !value.is_empty()).collect()
}

fn shown(values: &BTreeSet<String>) -> String {
    values.iter().map(String::as_str).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(build_id: &str, go_version: &str, goarch: &str, cpus: u32) -> Origin {
        Origin {
            build_id: build_id.into(),
            go_version: go_version.into(),
            goos: "linux".into(),
            goarch: goarch.into(),
            cpus: Some(cpus),
            ..Origin::default()
        }
    }

    fn codes(base: &[Option<Origin>], new: &[Option<Origin>], kind: &str) -> Vec<&'static str> {
        let all = || base.iter().chain(new).flatten();
        let origins = Origins {
            base: base.to_vec(),
            new: new.to_vec(),
            operations: None,
            counts_from_start: all().any(|origin| origin.window_seconds.is_none()),
            stale: Vec::new(),
        };
        origins.caveats(kind).iter().map(|caveat| caveat.code.as_str()).collect()
    }

    #[test]
    fn what_differs_beside_the_code_is_said() {
        let build = |id: &str| Some(origin(id, "go1.26", "amd64", 4));
        let (old, new) = ([build("old")], [build("new")]);
        let against = |other: Option<Origin>| codes(&old, &[other], "cpu");
        assert_eq!(against(build("new")), [""; 0]);
        assert_eq!(codes(&[None], &[None], "cpu"), [""; 0]);
        assert_eq!(codes(&old, &[None, Some(origin("", "", "", 4))], "cpu"), [""; 0]);
        assert_eq!(codes(&[build("old"), build("older")], &new, "cpu"), ["mixed-builds"]);
        assert_eq!(against(Some(origin("new", "go1.27", "amd64", 4))), ["different-go"]);
        assert_eq!(against(Some(origin("new", "go1.26", "arm64", 4))), ["different-platform"]);
        assert_eq!(against(Some(origin("new", "go1.26", "amd64", 2))), ["different-cpus"]);
        assert_eq!(against(build("old")), ["same-build"]);
        assert_eq!(codes(&old, &new, "alloc_space"), ["since-start"]);
        let window = |sides: [Option<Origin>; 1]| {
            sides.map(|origin| origin.map(|origin| Origin { window_seconds: Some(5), ..origin }))
        };
        assert_eq!(codes(&window(old), &window(new), "alloc_space"), [""; 0]);
    }
}
