//! Turns a seed into a stream of random draws: `SplitMix64` and the few distributions the generator needs.

/// `SplitMix64` (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The stream numbered `stream` of `seed`; different streams of one seed are unrelated.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self(mix(seed ^ mix(stream.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        unit_of(self.next())
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `0..n`; 0 for an empty range.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        floor_below(self.unit(), n)
    }

    /// An index in `0..n` with density falling as `i^(-1/2)`: the first few take most of the draws.
    pub(crate) fn skewed(&mut self, n: u32) -> u32 {
        let u = self.unit();
        floor_below(u * u, n)
    }

    /// An index in `0..n` with density falling as `i^(-4/5)`: steeper than [`Rng::skewed`].
    pub(crate) fn popular(&mut self, n: u32) -> u32 {
        let u = self.unit();
        floor_below(u * u * u * u * u, n)
    }

    /// A length in `0..=n`, the longer the likelier.
    pub(crate) fn deep(&mut self, n: usize) -> usize {
        let n = u32::try_from(n).unwrap_or(u32::MAX - 1);
        (n - self.skewed(n + 1)) as usize
    }

    /// A Poisson draw: products of uniforms (Knuth) for small means, the normal approximation above 30.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "means stay below a million and draws are clamped at 0"
    )]
    pub(crate) fn poisson(&mut self, mean: f64) -> i64 {
        if mean > 30.0 {
            let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
            return (mean + mean.sqrt() * normal).round().max(0.0) as i64;
        }
        let floor = (-mean).exp();
        let mut product = self.unit();
        let mut draws = 0;
        while product > floor {
            product *= self.unit();
            draws += 1;
        }
        draws
    }
}

/// The finalizer of `SplitMix64`: a bijection that spreads every input bit over the whole word.
pub(crate) fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// The upper 53 bits of `word` as a number in `[0, 1)`.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
pub(crate) fn unit_of(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the product of a number in [0, 1) and a u32 is a u32 once rounded down"
)]
fn floor_below(u: f64, n: u32) -> u32 {
    (u * f64::from(n)) as u32
}
