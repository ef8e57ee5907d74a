//! Turns a program into one build of it: what a change moved in memory, made dearer or cheaper, or renamed.

use crate::program::Program;
use crate::rng::Rng;

/// 2026-01-01T00:00:00Z.
const BASE_RECORDED_NANOS: u64 = 1_767_225_600_000_000_000;
const HOUR_NANOS: u64 = 3_600_000_000_000;

/// A build of a program, as the profiles of one side see it.
pub(crate) struct Build {
    pub(crate) id: &'static str,
    /// Functions whose cost, with everything they call, is multiplied by a factor.
    pub(crate) factors: Vec<(u32, f64)>,
    /// A function that bears another name in this build.
    pub(crate) renamed: Option<(u32, String)>,
    /// Code at or above the address lies this many bytes higher.
    pub(crate) moved: (u64, u64),
    /// When its profiles were recorded, in nanoseconds since 1970.
    pub(crate) recorded_nanos: u64,
}

impl Build {
    /// The build that the base profiles come from: the program as it is.
    pub(crate) fn base() -> Self {
        Self {
            id: "5f0c1d9b7a64e2830c1f",
            factors: Vec::new(),
            renamed: None,
            moved: (u64::MAX, 0),
            recorded_nanos: BASE_RECORDED_NANOS,
        }
    }

    /// The build under test: two functions dearer, one cheaper, one renamed, and the code after the first one moved,
    /// which gives most locations another address. Each function is met on one random walk, so it is likely
    /// a busy one.
    pub(crate) fn new(program: &Program, seed: u64) -> Self {
        let mut rng = Rng::new(seed, 1);
        let mut stack = Vec::new();
        let mut busy = |from_root: usize| {
            program.walk(&mut rng, &mut stack);
            while stack.len() <= from_root {
                program.walk(&mut rng, &mut stack);
            }
            program.function_of(stack[stack.len() - 1 - from_root])
        };
        let dearer = busy(4);
        let factors = vec![(dearer, 1.25), (busy(30), 1.4), (busy(8), 0.8)];
        let renamed = busy(12);
        let name = format!("{}V2", program.functions[renamed as usize].name);
        Self {
            id: "c27be1408d935fa6671e",
            factors,
            renamed: Some((renamed, name)),
            moved: (program.address_of(dearer), 0x1a0),
            recorded_nanos: BASE_RECORDED_NANOS + HOUR_NANOS,
        }
    }
}
