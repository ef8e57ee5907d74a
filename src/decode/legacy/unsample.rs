//! Sampled allocations to estimates of all allocations.

use super::numbers::{float, truncate};

/// Estimates how many objects of how many bytes stand behind `count` sampled objects of `size` bytes together,
/// when one in `rate` bytes is sampled at random.
///
/// An object of S bytes is sampled with the probability 1 − exp(−S/rate), as the distance between samples is
/// exponential: each sampled object stands for the inverse of that. A rate of 1 or less means that nothing is
/// missing.
pub(super) fn unsample(count: i64, size: i64, rate: i64) -> (i64, i64) {
    if count == 0 || size == 0 {
        return (0, 0);
    }
    if rate <= 1 {
        return (count, size);
    }
    let object = float(size) / float(count);
    let scale = 1.0 / (1.0 - exp(-object / float(rate)));
    (truncate(float(count) * scale), truncate(float(size) * scale))
}

/// 1/2!, 1/3!, … 1/8!
const INVERSE_FACTORIALS: [f64; 7] =
    [1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0, 1.0 / 40_320.0];

/// ln 2 in two parts, the first with zeros at its end, so that its product with a small integer is exact.
const LN_2_PARTS: [f64; 2] = [0.693_147_180_559_663, 2.823_529_056_303_157_7e-13];

/// e to the power `x`, rounded as Go rounds it on x86-64.
///
/// One minus this is nearly 0 for small objects, so its last bit decides the last digits of large estimates:
/// the functions of the platforms' libraries differ there. The method is that of N. Shibata, "Efficient
/// evaluation methods of elementary functions suitable for SIMD computation" (2010): x = n·ln 2 + 16·r, a
/// Taylor series for e^r − 1, and four times (1 + y)² − 1 = y·(y + 2). Every step is fused as it is there.
fn exp(x: f64) -> f64 {
    if x > 709.782_712_893_384 {
        return f64::INFINITY;
    }
    if x < -708.0 {
        return 0.0; // Denormal in Go; nothing that is added to it can tell.
    }
    let exponent = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (-exponent).mul_add(LN_2_PARTS[1], (-exponent).mul_add(LN_2_PARTS[0], x)) * 0.0625;
    let [low @ .., highest] = INVERSE_FACTORIALS;
    let series = low.iter().rev().fold(highest, |sum, &coefficient| rest.mul_add(sum, coefficient));
    let mut power = rest * rest.mul_add(series, 1.0);
    for _ in 0..3 {
        power *= power + 2.0;
    }
    power.mul_add(power + 2.0, 1.0) * exponent.exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `math.Exp` of Go 1.27.3 on x86-64.
    #[test]
    fn exp_has_the_bits_of_go() {
        for (x, bits) in [
            (0.0, 0x3ff0_0000_0000_0000),
            (-8.0 / 524_288.0, 0x3fef_ffe0_000f_fffb),
            (-300.0 / 524_288.0, 0x3fef_fb50_57df_b586),
            (-1024.0 / 524_288.0, 0x3fef_f003_ff55_6aa9),
            (-0.25, 0x3fe8_ebef_9eac_820b),
            (-0.5, 0x3fe3_68b2_fc6f_960a),
            (-1.0, 0x3fd7_8b56_362c_ef38),
            (-10.0, 0x3f07_cd79_b564_7c9b),
            (-50.0, 0x3b6d_257d_547e_083f),
            (-699.9, 0x00d3_2132_bfae_6577),
            (-1e10, 0),
            (20.5, 0x41c7_d6c4_f0bc_dd5c),
            (709.7, 0x7ff0_0000_0000_0000),
            (f64::INFINITY, 0x7ff0_0000_0000_0000),
            (f64::NEG_INFINITY, 0),
        ] {
            assert_eq!(exp(x).to_bits(), bits, "{x}");
        }
    }

    /// One number for the bits of a million values of `math.Exp`, from Go 1.27.3 on x86-64: arguments from a
    /// linear congruential generator, all bytes of all results hashed with FNV-1a.
    #[test]
    fn exp_has_the_bits_of_go_a_million_times() {
        let mut state = 1_u64;
        let mut hash = 14_695_981_039_346_656_037_u64;
        for _ in 0..1_000_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let scale = 1_u64 << (16 + (state >> 59));
            let x = -float((state >> 40).cast_signed()) / float(scale.cast_signed());
            for byte in exp(x).to_bits().to_le_bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211);
            }
        }
        assert_eq!(hash, 9_641_985_197_408_173_054);
    }

    #[test]
    fn powers_of_two_are_exact_here() {
        for exponent in -1010_i32..1024 {
            let bits = u64::try_from(exponent + 1023).expect("positive") << 52;
            assert_eq!(f64::from(exponent).exp2().to_bits(), bits, "{exponent}");
        }
    }

    #[test]
    fn estimates_are_those_of_pprof() {
        assert_eq!(unsample(2, 600, 524_288), (3496, 1_048_876));
        assert_eq!(unsample(6, 3800, 524_288), (4969, 3_147_628));
        assert_eq!([unsample(0, 5, 9), unsample(5, 0, 9), unsample(5, 7, 1)], [(0, 0), (0, 0), (5, 7)]);
    }
}
