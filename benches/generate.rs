//! Turns a size and a seed into a pair of CPU profiles like Go's, `base` and `new`, for measuring speed and memory.
//!
//! ```text
//! cargo bench --bench generate -- --size M --out target/bench/M
//! ```
//!
//! Both sides run the same random program ([`program`]); `new` differs by noise and by a few real changes
//! ([`build`]). The same options give the same bytes.

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

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{CommandFactory, Parser, ValueEnum};
use rayon::prelude::*;

use crate::build::Build;
use crate::profile_file::{Layout, Written};
use crate::program::{Program, Shape};
use crate::recording::Recording;
use crate::rng::Rng;

/// Writes a pair of CPU profiles like Go's: DIR/base.pb.gz and DIR/new.pb.gz, or a fleet of files in DIR/base and
/// DIR/new.
#[derive(Parser)]
#[command(name = "generate", bin_name = "cargo bench --bench generate --")]
struct Arguments {
    /// How large each side is
    #[arg(long, value_enum, ignore_case = true)]
    size: Option<Size>,
    /// Directory to write into; made if missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Seed of the program and of the noise
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Order of the messages in a file
    #[arg(long, value_enum, default_value = "tables-last")]
    layout: Layout,
    /// Passed by `cargo bench` to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
#[value(rename_all = "verbatim")]
enum Size {
    /// 60 samples, 9 kB gzipped
    XS,
    /// 4,500 samples, 5,600 functions, 0.4 MB gzipped, 1.1 MB raw
    S,
    /// 195,000 samples, 18,000 functions, 7 MB gzipped, 19 MB raw
    M,
    /// 2.15 million samples, 42,000 functions, 78 MB gzipped, 200 MB raw
    L,
    /// 1,000 files a side, 0.18 MB gzipped each
    #[value(name = "fleet")]
    Fleet,
}

impl Size {
    /// The program behind the profiles. More functions than the profiles show: some are never met.
    fn shape(self) -> Shape {
        let (functions, more_sites) = match self {
            Self::XS => (185, 0.4),
            Self::S => (7_200, 0.6),
            Self::M => (20_000, 0.66),
            Self::L => (47_000, 0.56),
            Self::Fleet => (2_400, 0.55),
        };
        Shape { functions, more_sites }
    }

    /// Samples of one file; the nodes of a fleet are not equally busy.
    fn samples(self, noise: &mut Rng) -> u32 {
        match self {
            Self::XS => 60,
            Self::S => 4_500,
            Self::M => 195_000,
            Self::L => 2_150_000,
            Self::Fleet => 2_200 + noise.below(1_200),
        }
    }

    /// Files of one side.
    fn files(self) -> u32 {
        if self == Self::Fleet { 1000 } else { 1 }
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let (Some(size), Some(out)) = (arguments.size, &arguments.out) else {
        return Arguments::command().print_help();
    };
    let program = Program::grow(size.shape(), arguments.seed);
    let sides = [("base", Build::base()), ("new", Build::new(&program, arguments.seed))];
    let mut plan = Vec::new();
    for (side, build) in &sides {
        for number in 0..size.files() {
            let mut noise = Rng::new(arguments.seed, 2 + plan.len() as u64);
            let path = if size == Size::Fleet {
                fs::create_dir_all(out.join(side))?;
                out.join(side).join(format!("node{number:04}.pb.gz"))
            } else {
                fs::create_dir_all(out)?;
                out.join(format!("{side}.pb.gz"))
            };
            let samples = size.samples(&mut noise);
            plan.push((
                path,
                Recording { program: &program, build, samples, layout: arguments.layout, noise },
            ));
        }
    }
    let written: Vec<(PathBuf, Written)> = plan
        .into_par_iter()
        .map(|(path, recording)| {
            let written = recording.write(&path)?;
            Ok((path, written))
        })
        .collect::<io::Result<_>>()?;
    let mut out = io::stdout().lock();
    for (side, files) in ["base", "new"].iter().zip(written.chunks(written.len() / 2)) {
        let total: Written = files.iter().map(|(_, written)| *written).sum();
        writeln!(
            out,
            "{side}: {} files, {} bytes gzipped, {} raw; {} samples of {} events and {} frames; \
             {} locations, {} functions",
            files.len(),
            total.gzip_bytes,
            total.raw_bytes,
            total.samples,
            total.events,
            total.frames,
            total.locations,
            total.functions
        )?;
    }
    Ok(())
}
