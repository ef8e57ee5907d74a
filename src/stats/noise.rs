//! A kind of profile into what is expected of its noise before any run is seen.

/// Prior expectations of the variances that the data then correct.
///
/// All are variances of the logarithm of a cost: 0.0025 stands for 5 % from run to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Typical variance of a row's true cost between runs, beyond sampling.
    pub dispersion: f64,
    /// Variance between two sides whose several runs were not recorded in turns.
    pub batch: f64,
    /// Variance between two single runs, which no data of the pair itself can tell.
    pub single_pair: f64,
    /// Variance of a whole run's scale against fixed exposures: the speed of the machine.
    pub speed: f64,
    /// Variance of a whole run's scale where a single pair has to be judged by it.
    pub single_total: f64,
}

impl Noise {
    /// CPU profiles: measured 5–15 % for compute-bound functions, 14–22 % for totals on shared machines.
    pub const CPU: Noise =
        Noise { dispersion: 0.0025, batch: 5e-4, single_pair: 0.02, speed: 0.005, single_total: 0.04 };

    /// Allocations of fixed work: measured variance over sampling theory is 1.00, on the busiest machine too.
    pub const ALLOCATIONS: Noise =
        Noise { dispersion: 1e-5, batch: 1e-5, single_pair: 1e-5, speed: 1e-5, single_total: 1e-5 };

    /// Snapshots (memory in use, goroutines): sampling is as for allocations, but the moment of the snapshot varies.
    pub const SNAPSHOT: Noise =
        Noise { dispersion: 0.0025, batch: 5e-4, single_pair: 0.02, speed: 0.005, single_total: 0.04 };

    /// Block and mutex contention: delays are heavy-tailed, and nothing of a single pair can be trusted.
    pub const CONTENTION: Noise =
        Noise { dispersion: 0.25, batch: 0.05, single_pair: 0.5, speed: 0.05, single_total: 0.25 };
}
