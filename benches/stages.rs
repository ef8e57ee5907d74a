//! The stages of a comparison one by one, so that a slower build can be placed.
//!
//! ```text
//! cargo bench --bench stages -- [FILTER]
//! ```
//!
//! The pair is that of size S of the generator: 4,500 samples and 5,600 functions a side, read with one thread.

#[path = "generate/build.rs"]
mod build;
#[path = "generate/names.rs"]
mod names;
#[path = "generate/profile_file.rs"]
mod profile_file;
#[path = "generate/program.rs"]
mod program;
#[path = "generate/recording.rs"]
mod recording;
#[path = "generate/rng.rs"]
mod rng;
#[path = "generate/strings.rs"]
mod strings;
#[path = "generate/wire.rs"]
mod wire;

use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

use divan::{Bencher, black_box, counter::BytesCount};
use profgate::aggregate::{Detail, Keys, Matrix, Run, aggregate_stream};
use profgate::decode::{Scan, scan};
use profgate::profile::SampleStream;
use profgate::report::{self, read_json};
use profgate::source::{DEFAULT_INFLATED_LIMIT, inflate};
use profgate::stats::footing::Footing;
use profgate::stats::gate::{Input, Measure, Settings, judge};
use profgate::stats::noise::Noise;
use profgate::stats::table::{Sides, Table};
use profgate::stats::threshold::Threshold;

use crate::build::Build;
use crate::profile_file::Layout;
use crate::program::{Program, Shape};
use crate::recording::Recording;
use crate::rng::Rng;

const SHAPE: Shape = Shape { functions: 7_200, more_sites: 0.6 };
const SAMPLES: u32 = 4_500;
const SEED: u64 = 1;
const DETAIL: Detail = Detail::Functions { noinlines: false };

/// The column of CPU time; the one before counts samples.
const CPU: usize = 1;
const COUNTS: usize = 0;

/// The files, which are removed at the end, and what each stage begins with.
struct Pair {
    base: PathBuf,
    new: PathBuf,
    packed: [Vec<u8>; 2],
    raw: [Vec<u8>; 2],
    _directory: tempfile::TempDir,
}

static PAIR: LazyLock<Pair> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let program = Program::grow(SHAPE, SEED);
    let builds = [("base", Build::base()), ("new", Build::new(&program, SEED))];
    let [base, new] = builds.each_ref().map(|(side, build)| {
        let path = directory.path().join(side).with_extension("pb.gz");
        let noise = Rng::new(SEED, if *side == "base" { 2 } else { 3 });
        let recording =
            Recording { program: &program, build, samples: SAMPLES, layout: Layout::TablesLast, noise };
        recording.write(&path).expect("a profile is written");
        path
    });
    let packed = [&base, &new].map(|path| std::fs::read(path).expect("it can be read"));
    let raw = packed.clone().map(|data| inflate(data, DEFAULT_INFLATED_LIMIT).expect("it is gzip"));
    Pair { base, new, packed, raw, _directory: directory }
});

fn main() {
    // Stages are compared with each other; how they share the cores is measured by scripts/bench.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool");
    divan::main();
}

fn scanned(raw: &[u8]) -> Scan<'_> {
    scan(raw).expect("a profile")
}

fn runs(keys: &Mutex<Keys>) -> [Run; 2] {
    PAIR.raw.each_ref().map(|raw| aggregate_stream(&scanned(raw), keys, DETAIL).expect("its sums fit"))
}

#[divan::bench]
fn inflating(bencher: Bencher<'_, '_>) {
    let packed = &PAIR.packed[0];
    let bytes = BytesCount::new(PAIR.raw[0].len());
    bencher
        .counter(bytes)
        .with_inputs(|| packed.clone())
        .bench_values(|data| inflate(data, DEFAULT_INFLATED_LIMIT));
}

#[divan::bench]
fn scanning(bencher: Bencher<'_, '_>) {
    let raw = &PAIR.raw[0];
    bencher.counter(BytesCount::new(raw.len())).bench(|| scan(black_box(raw)));
}

#[divan::bench]
fn walking(bencher: Bencher<'_, '_>) {
    let scan = scanned(&PAIR.raw[0]);
    bencher.bench(|| {
        let mut frames = 0;
        for chunk in 0..scan.chunks() {
            scan.walk(chunk, |stack, _| frames += stack.len()).expect("sound samples");
        }
        frames
    });
}

#[divan::bench]
fn aggregating(bencher: Bencher<'_, '_>) {
    let scan = scanned(&PAIR.raw[0]);
    bencher.with_inputs(Mutex::<Keys>::default).bench_refs(|keys| aggregate_stream(&scan, keys, DETAIL));
}

#[divan::bench]
fn joining(bencher: Bencher<'_, '_>) {
    let keys = Mutex::default();
    let [base, new] = runs(&keys);
    let keys = keys.into_inner().expect("nobody panicked");
    bencher.bench(|| Matrix::new(&keys, std::slice::from_ref(&base), std::slice::from_ref(&new), &[CPU; 2]));
}

#[divan::bench]
fn weighing(bencher: Bencher<'_, '_>) {
    let keys = Mutex::default();
    let [base, new] = runs(&keys);
    let keys = keys.into_inner().expect("nobody panicked");
    let (base, new) = (std::slice::from_ref(&base), std::slice::from_ref(&new));
    let costs = Matrix::new(&keys, base, new, &[CPU; 2]);
    let cells = costs.cells(base, new, COUNTS);
    let events =
        |cells: &[i64]| cells.iter().map(|&cell| f64::from(u32::try_from(cell).unwrap_or(0))).collect();
    let (flat, cum): (Vec<f64>, Vec<f64>) = (events(&cells.flat), events(&cells.cum));
    let worth = vec![1.0; costs.len()];
    let thresholds = vec![Threshold { relative: 0.05, absolute: 0.0 }; costs.len()];
    let gated = vec![true; costs.len()];
    let measure = |events| Measure {
        counts: Table::new(events, Sides { base: 1, new: 1 }).expect("counts"),
        value_per_event: &worth,
        thresholds: &thresholds,
        gated: &gated,
        calibration: None,
    };
    let input = Input {
        flat: measure(&flat),
        cum: Some(measure(&cum)),
        footing: Footing::Reference,
        in_turns: false,
        outside_below: &|_| None,
    };
    bencher.bench_local(|| judge(&input, &Settings::new(Noise::CPU)));
}

#[divan::bench(args = ["json", "markdown", "terminal", "html"])]
fn rendering(bencher: Bencher<'_, '_>, format: &str) {
    let verdict = PAIR.base.with_file_name("verdict.json");
    let report = format!("json-full={}", verdict.display());
    let [base, new] = [&PAIR.base, &PAIR.new].map(|path| path.display().to_string());
    profgate::cli::run(["profgate", "diff", &base, &new, "--quiet", "--report", &report].map(Into::into));
    let outcome = read_json(&std::fs::read_to_string(&verdict).expect("a verdict")).expect("a sound one");
    bencher.bench(|| match format {
        "json" => report::json(&outcome),
        "markdown" => report::markdown(&outcome, 20),
        "terminal" => report::terminal(&outcome, 20, report::Style::plain()),
        _ => report::html(&outcome),
    });
}
