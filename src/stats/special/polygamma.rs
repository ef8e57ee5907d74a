//! Digamma and its first three derivatives: the cumulants of the logarithm of a gamma variable.

/// `psi(x)`, `psi'(x)`, `psi''(x)` and `psi'''(x)` for `x > 0`.
///
/// Recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 6.3.18, 6.4.11-14).
pub(crate) fn cumulants(x: f64) -> [f64; 4] {
    let mut z = x;
    let mut sum = [0.0; 4];
    while z < 10.0 {
        let r = 1.0 / z;
        sum[0] -= r;
        sum[1] += r * r;
        sum[2] -= 2.0 * r * r * r;
        sum[3] += 6.0 * r * r * r * r;
        z += 1.0;
    }
    let r = 1.0 / z;
    let s = r * r;
    sum[0] += z.ln() - 0.5 * r - s * (1.0 / 12.0 - s * (1.0 / 120.0 - s / 252.0));
    sum[1] += r * (1.0 + 0.5 * r + s * (1.0 / 6.0 - s * (1.0 / 30.0 - s / 42.0)));
    sum[2] -= s * (1.0 + r + s * (0.5 - s * (1.0 / 6.0 - s / 6.0)));
    sum[3] += s * r * (2.0 + 3.0 * r + s * (2.0 - s * (1.0 - s * 4.0 / 3.0)));
    sum
}

/// `psi'(x)` for `x > 0`: the variance of the logarithm of a gamma variable of shape `x`.
pub(crate) fn trigamma(x: f64) -> f64 {
    cumulants(x)[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_exact_values() {
        let pi = std::f64::consts::PI;
        let euler = 0.577_215_664_901_532_9;
        let apery = 1.202_056_903_159_594_2;
        let at_one = [-euler, pi.powi(2) / 6.0, -2.0 * apery, pi.powi(4) / 15.0];
        let at_half = [-euler - 2.0 * 2.0_f64.ln(), pi.powi(2) / 2.0, -14.0 * apery, pi.powi(4)];
        for (x, want) in [(1.0, at_one), (0.5, at_half)] {
            for (order, (got, want)) in cumulants(x).into_iter().zip(want).enumerate() {
                assert!((got / want - 1.0).abs() < 1e-7, "psi_{order}({x}): {got} {want}");
            }
        }
    }

    #[test]
    fn each_is_the_derivative_of_the_one_before() {
        for x in [0.3, 2.0, 9.9, 10.1, 300.0] {
            let h = 1e-4 * x;
            let (low, here, high) = (cumulants(x - h), cumulants(x), cumulants(x + h));
            for order in 0..3 {
                let slope = (high[order] - low[order]) / (2.0 * h);
                assert!((slope / here[order + 1] - 1.0).abs() < 1e-5, "order {order} at {x}");
            }
        }
    }
}
