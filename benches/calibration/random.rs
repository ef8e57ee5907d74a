//! A seed into uniform, normal and Poisson numbers, the same on every machine.

/// xoshiro256++ (Blackman and Vigna), seeded through splitmix64.
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut z = seed;
        let mut next = || {
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let x = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ (x >> 31)
        };
        Random { state: [next(), next(), next(), next()] }
    }

    fn bits(&mut self) -> u64 {
        let [first, second, third, last] = self.state;
        let result = first.wrapping_add(last).rotate_left(23).wrapping_add(first);
        let (c, d) = (third ^ first, last ^ second);
        self.state = [first ^ d, second ^ c, c ^ (second << 17), d.rotate_left(45)];
        result
    }

    /// In (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
        let bits = (self.bits() >> 11) as f64;
        (bits + 0.5) / 9_007_199_254_740_992.0
    }

    /// A whole number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // Multiply and shift: the bias is far below what any table shows.
        let wide = u128::from(self.bits()) * bound as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// A factor whose logarithm is normal with standard deviation `deviation`, with mean 1.
    pub(crate) fn factor(&mut self, deviation: f64) -> f64 {
        (deviation * self.normal() - 0.5 * deviation * deviation).exp()
    }

    /// A factor whose logarithm has the same standard deviation, but is Student's t with 5 degrees of freedom, cut off
    /// at six deviations: most runs agree, and a few are far off.
    pub(crate) fn heavy_factor(&mut self, deviation: f64) -> f64 {
        let freedom = 5.0_f64;
        let chi_square: f64 = (0..5).map(|_| self.normal().powi(2)).sum();
        let t = self.normal() / (chi_square / freedom).sqrt() / (freedom / (freedom - 2.0)).sqrt();
        (deviation * t.clamp(-6.0, 6.0) - 0.5 * deviation * deviation).exp()
    }

    /// Poisson with the given mean: by inversion below 30, by transformed rejection (Hörmann's PTRS) from there.
    pub(crate) fn poisson(&mut self, mean: f64) -> f64 {
        if mean < 30.0 {
            let mut count = 0.0;
            let mut product = self.uniform();
            let floor = (-mean).exp();
            while product > floor {
                product *= self.uniform();
                count += 1.0;
            }
            return count;
        }
        let scale = 0.931 + 2.53 * mean.sqrt();
        let shift = -0.059 + 0.024_83 * scale;
        let inverse_alpha = 1.1239 + 1.1328 / (scale - 3.4);
        let accept_at = 0.9277 - 3.6224 / (scale - 2.0);
        loop {
            let offset = self.uniform() - 0.5;
            let height = self.uniform();
            let edge = 0.5 - offset.abs();
            let count = ((2.0 * shift / edge + scale) * offset + mean + 0.43).floor();
            if edge >= 0.07 && height <= accept_at {
                return count;
            }
            if count < 0.0 || (edge < 0.013 && height > edge) {
                continue;
            }
            let bound = count * mean.ln() - mean - statrs::function::gamma::ln_gamma(count + 1.0);
            if (height * inverse_alpha / (shift / (edge * edge) + scale)).ln() <= bound {
                return count;
            }
        }
    }
}
