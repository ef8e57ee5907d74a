//! What is simulated into printed tables of rates.

use std::{
    io::{self, Write},
    time::Instant,
};

use rayon::prelude::*;

use super::{
    files::Gate,
    options::Options,
    oracle,
    program::{PLANTED, Program, target},
    random::Random,
    real,
    recording::{Capture, Change, Plan},
    trial::{self, Outcome, Question},
    world::World,
};

/// One way of recording.
#[derive(Clone, Copy)]
struct Cell<'a> {
    world: &'a World,
    capture: Capture,
    runs: usize,
    in_turns: bool,
}

/// What changes in a program.
type Planted<'a> = &'a (dyn Fn(&Program) -> Change + Sync);

/// Identical programs at the built-in limits, and without any.
const GATE: Question = Question { alpha: 0.01, limits: true, with_cum: true };
const BARE: Question = Question { alpha: 0.05, limits: false, with_cum: true };
const BARE_FLAT: Question = Question { with_cum: false, ..BARE };

pub(crate) fn print(options: &Options, world: &World, out: &mut impl Write) -> io::Result<()> {
    match options.table.as_str() {
        "false" => false_fails(options, world, out),
        "power" => power(options, world, out),
        "scenes" => scenes(options, world, out),
        "size" => size(options, world, out),
        "cost" => cost(world, out),
        other => writeln!(out, "{other} is no table"),
    }
}

/// The recording and its plan for one seed.
fn with_pair<T>(
    cell: Cell<'_>,
    seed: usize,
    planted: Planted<'_>,
    see: impl FnOnce(&Plan<'_>, &super::recording::Recording, &[usize]) -> T,
) -> T {
    let mut random = Random::new(seed as u64 * 7919 + 13);
    let program = Program::new(cell.world, &mut random);
    let Cell { world, capture, runs, in_turns } = cell;
    let plan = Plan { program: &program, world, capture, runs, in_turns };
    let change = planted(&program);
    let recording = plan.record(&change, &mut random);
    let changed: Vec<usize> = change.iter().map(|(f, _)| *f).collect();
    see(&plan, &recording, &changed)
}

/// Outcomes of seeded pairs of one cell, for each question asked of the same recordings.
fn trials<const N: usize>(
    cell: Cell<'_>,
    questions: [Question; N],
    planted: Planted<'_>,
    options: &Options,
) -> [Vec<Outcome>; N] {
    let gate = options.files.then(Gate::new);
    let gate = gate.as_ref();
    let by_pair: Vec<[Outcome; N]> = (0..options.pairs)
        .into_par_iter()
        .map(|seed| {
            with_pair(cell, seed, planted, |plan, recording, changed| match gate {
                Some(gate) => gate.ask(plan, recording, questions, changed).expect("the program's report"),
                None => questions.map(|question| trial::run(plan, recording, &question, changed)),
            })
        })
        .collect();
    std::array::from_fn(|q| by_pair.iter().map(|outcomes| outcomes[q]).collect())
}

fn rate(outcomes: &[Outcome], of: impl Fn(&Outcome) -> bool) -> f64 {
    real(outcomes.iter().filter(|o| of(o)).count()) / real(outcomes.len())
}

fn nothing(_: &Program) -> Change {
    Change::new()
}

fn false_fails(options: &Options, world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "identical programs, world {}, {} pairs a cell: part of pairs that fail",
        world.name, options.pairs
    )?;
    writeln!(out, "{:32} limits 1 %  none 5 %  flat 5 %  limits: undecided", "")?;
    for &capture in &options.captures {
        for (runs, in_turns) in options
            .runs
            .iter()
            .flat_map(|&runs| [(runs, false), (runs, true)])
            .filter(|cell| *cell != (1, true))
        {
            let cell = Cell { world, capture, runs, in_turns };
            let outcomes = trials(cell, [GATE, BARE, BARE_FLAT], &nothing, options);
            let [limits, bare, flat] = outcomes.each_ref().map(|o| rate(o, |o| o.fails));
            let undecided = rate(&outcomes[0], |o| o.undecided);
            let how = if in_turns { "in turns" } else { "one after the other" };
            writeln!(
                out,
                "{:9} {runs:2} {how:19} {limits:10.4} {bare:9.4} {flat:9.4} {undecided:20.4}",
                format!("{capture:?}"),
            )?;
            out.flush()?;
        }
    }
    Ok(())
}

fn power(options: &Options, world: &World, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "one function changed, world {}, {} pairs a cell, in turns: part of pairs that find it",
        world.name, options.pairs
    )?;
    writeln!(out, "{:40} flat 5 %  oracle  ratio  both, limits, 1 %  oracle  ratio  others blamed", "")?;
    for &capture in &options.captures {
        for &runs in &options.runs {
            let mut sums = [0.0; 4];
            for (slot, share) in PLANTED.iter().enumerate() {
                for rise in [0.1, 0.2, 0.5] {
                    let cell = Cell { world, capture, runs, in_turns: runs > 1 };
                    let plant = move |_: &Program| vec![(target(slot, world.functions), 1.0 + rise)];
                    let [flat, both] = trials(cell, [BARE_FLAT, GATE], &plant, options);
                    let rates = [
                        rate(&flat, |o| o.flags_target),
                        rate(&flat, |o| o.oracle_flags_target),
                        rate(&both, |o| o.flags_target),
                        rate(&both, |o| o.oracle_flags_target),
                    ];
                    sums.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += rate);
                    let what = format!(
                        "{capture:?} {runs} runs, {:.0} % of the total +{:.0} %",
                        share * 100.0,
                        rise * 100.0
                    );
                    write_power(out, &what, rates, rate(&both, |o| o.blames_others))?;
                }
            }
            write_power(out, &format!("{capture:?} {runs} runs, mean"), sums.map(|sum| sum / 9.0), 0.0)?;
        }
    }
    Ok(())
}

fn write_power(out: &mut impl Write, what: &str, rates: [f64; 4], blamed: f64) -> io::Result<()> {
    let [flat, flat_oracle, both, both_oracle] = rates;
    writeln!(
        out,
        "{what:40} {flat:8.3} {flat_oracle:7.3} {:6.2} {both:18.3} {both_oracle:7.3} {:6.2} {blamed:14.4}",
        flat / flat_oracle,
        both / both_oracle,
    )?;
    out.flush()
}

fn scenes(options: &Options, world: &World, out: &mut impl Write) -> io::Result<()> {
    let at = |slot: usize| target(slot, world.functions);
    let halved = move |_: &Program| vec![(at(0), 0.5)];
    let below_limit = move |_: &Program| vec![(at(0), 1.03)];
    let masked = move |_: &Program| vec![(at(1), 3.0), (at(0), 0.5)];
    let small_masked = move |_: &Program| vec![(at(2), 3.0), (at(0), 0.5)];
    let subtree = |program: &Program| {
        let cum = program.cum();
        let f = (1..cum.len()).rev().filter(|f| (0.03..0.2).contains(&cum[*f])).nth(2).unwrap_or(1);
        program.below(f).into_iter().map(|g| (g, 1.5)).collect()
    };
    writeln!(
        out,
        "world {}, {} pairs a cell, built-in limits, in turns: part of pairs that fail",
        world.name, options.pairs
    )?;
    for &capture in &options.captures {
        for &runs in &options.runs {
            let cell = Cell { world, capture, runs, in_turns: runs > 1 };
            let one = |planted: Planted<'_>| {
                let [outcomes] = trials(cell, [GATE], planted, options);
                outcomes
            };
            writeln!(
                out,
                "{capture:?} {runs} runs: 20 % function halved {:.4}, +3 % {:.4}, tripled and masked found {:.4} (5 %) {:.4} (1 %), a subtree called half as often again {:.4}",
                rate(&one(&halved), |o| o.fails),
                rate(&one(&below_limit), |o| o.fails),
                rate(&one(&masked), |o| o.flags_target),
                rate(&one(&small_masked), |o| o.flags_target),
                rate(&one(&subtree), |o| o.fails),
            )?;
            out.flush()?;
        }
    }
    Ok(())
}

/// p-values of a function that did not change, and its variance between runs as estimated and as it is.
struct Sized {
    p: [f64; 2],
    variance: f64,
    truth: f64,
}

/// How often p-values of unchanged functions lie below a level, over that level: 1 for a test that keeps it.
fn size(options: &Options, world: &World, out: &mut impl Write) -> io::Result<()> {
    const LEVELS: [f64; 6] = [0.05, 0.02, 0.01, 0.005, 0.001, 0.0002];
    writeln!(out, "world {}, {} pairs: p-values at most {LEVELS:?}, over that", world.name, options.pairs)?;
    for &capture in &options.captures {
        for &runs in &options.runs {
            for in_turns in [false, true].into_iter().filter(|in_turns| runs > 1 || !in_turns) {
                let cell = Cell { world, capture, runs, in_turns };
                let rows: Vec<[Sized; PLANTED.len()]> = (0..options.pairs)
                    .into_par_iter()
                    .map(|seed| {
                        with_pair(cell, seed, &nothing, |plan, recording, _| {
                            let judgement = trial::judged(plan, recording, &BARE_FLAT);
                            std::array::from_fn(|slot| {
                                let row = &judgement.flat[target(slot, world.functions)];
                                Sized {
                                    p: [row.p_increase, row.p_decrease],
                                    variance: row.effect.within.mean * real(runs) / 2.0,
                                    truth: oracle::true_variance(plan, target(slot, world.functions)),
                                }
                            })
                        })
                    })
                    .collect();
                for (slot, share) in PLANTED.iter().enumerate() {
                    write!(out, "{capture:?} {runs} runs, in turns {in_turns}, {:2.0} %:", share * 100.0)?;
                    for level in LEVELS {
                        let below = rows.iter().flat_map(|row| row[slot].p).filter(|p| *p <= level).count();
                        write!(out, " {:6.2}", real(below) / real(2 * rows.len()) / level)?;
                    }
                    let mean = |of: fn(&Sized) -> f64| rows.iter().map(|row| of(&row[slot])).sum::<f64>();
                    writeln!(out, "; variance {:.2} of the truth", mean(|s| s.variance) / mean(|s| s.truth))?;
                }
                out.flush()?;
            }
        }
    }
    Ok(())
}

/// Processor time is the wall-clock time of one thread.
fn cost(world: &World, out: &mut impl Write) -> io::Result<()> {
    let world = World { functions: 18_000, events: 60_000.0, ..*world };
    let cell = Cell { world: &world, capture: Capture::FixedWork, runs: 10, in_turns: true };
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().map_err(io::Error::other)?;
    with_pair(cell, 1, &nothing, |plan, recording, _| {
        for in_turns in [true, false] {
            let plan = Plan { in_turns, ..*plan };
            let times: Vec<u128> = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    alone.install(|| trial::judged(&plan, recording, &GATE));
                    start.elapsed().as_millis()
                })
                .collect();
            writeln!(out, "18,000 rows, 10 + 10 runs, in turns {in_turns}: {times:?} ms")?;
        }
        Ok(())
    })
}
