//! Seeded programs with known truth into the error rates and the power of the gate, from counts.
//!
//! `cargo bench --bench calibration -- TABLE [KEY=VALUE]…` prints one table: `false` (identical programs), `power` (one
//! function changed, beside an oracle), `scenes` (what must not fail, and what must), `size` (p-values of functions that
//! did not change, over their nominal level) or `cost` (time of a judgement of 18,000 rows and 10 runs a side). Keys:
//! `world` (a name of `world.rs`, or `all`), `pairs`, `runs` (a list), `capture` (a list), `functions`, `events`,
//! and `from=files`: write real profiles and let the program `profgate diff` judge them (slower by an order of
//! magnitude; `PROFGATE` may name another binary).

mod files;
mod options;
mod oracle;
mod profile;
mod program;
mod random;
mod recording;
mod tables;
mod trial;
mod world;

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let mut out = io::stdout().lock();
    match options::Options::parse(&words) {
        Ok(options) => options.worlds.iter().try_for_each(|world| tables::print(&options, world, &mut out)),
        Err(problem) => writeln!(out, "{problem}"),
    }
}

/// A number of runs, rows or pairs as a real number.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
