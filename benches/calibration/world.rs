//! Names of worlds into how noisy they are.

/// Standard deviations of logarithms, unless said otherwise.
#[derive(Clone, Copy)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    /// Functions of a program.
    pub(crate) functions: usize,
    /// Events expected in a run.
    pub(crate) events: f64,
    /// Median over the functions of a function's own variation between runs.
    pub(crate) function: f64,
    /// Of that variation's variance over the functions.
    pub(crate) spread: f64,
    /// Part of the functions that are bound by memory and vary four times as much.
    pub(crate) bound_by_memory: f64,
    /// Whether a function's cost is now and then far off, instead of normal.
    pub(crate) heavy_tails: bool,
    /// Common to a package in one run.
    pub(crate) package: f64,
    /// Common to a whole run: the speed of the machine.
    pub(crate) speed: f64,
    /// How differently functions feel that speed: of their exponent, around 1.
    pub(crate) unevenness: f64,
    /// Slowdown from the first to the last run recorded, as a logarithm.
    pub(crate) drift: f64,
    /// Of a function, common to the runs of a side that were not recorded in turns.
    pub(crate) batch: f64,
    /// Common to all runs of such a side.
    pub(crate) batch_speed: f64,
    /// Load of a live capture in one run.
    pub(crate) load: f64,
}

const SHARED_RUNNER: World = World {
    name: "shared",
    functions: 2000,
    events: 3000.0,
    function: 0.07,
    spread: 1.2,
    bound_by_memory: 0.0,
    heavy_tails: false,
    package: 0.03,
    speed: 0.08,
    unevenness: 0.0,
    drift: 0.0,
    batch: 0.03,
    batch_speed: 0.05,
    load: 0.25,
};

/// The worlds that are simulated. The first is the default.
pub(crate) const WORLDS: [World; 9] = [
    SHARED_RUNNER,
    World {
        name: "calm",
        function: 0.04,
        spread: 1.0,
        package: 0.02,
        speed: 0.05,
        batch: 0.02,
        batch_speed: 0.03,
        ..SHARED_RUNNER
    },
    World {
        name: "rough",
        function: 0.1,
        spread: 1.3,
        package: 0.04,
        speed: 0.15,
        batch: 0.04,
        batch_speed: 0.1,
        load: 0.3,
        ..SHARED_RUNNER
    },
    World { name: "heavy", heavy_tails: true, bound_by_memory: 0.03, ..SHARED_RUNNER },
    World { name: "drifting", drift: 0.26, unevenness: 0.3, ..SHARED_RUNNER },
    World { name: "small", functions: 100, events: 300.0, ..SHARED_RUNNER },
    World { name: "brief", events: 700.0, function: 0.1, ..SHARED_RUNNER },
    World { name: "large", functions: 3000, events: 30_000.0, ..SHARED_RUNNER },
    World {
        name: "quiet",
        function: 0.0,
        package: 0.0,
        speed: 0.0,
        batch: 0.0,
        batch_speed: 0.0,
        ..SHARED_RUNNER
    },
];
