//! Tails of the normal and the chi-square distribution as logarithms, since evidence here is often far beyond 1e-300.

/// ln P(Z >= z) of a standard normal. Relative error below 1e-7 of the probability, at any distance.
pub fn ln_normal_tail(z: f64) -> f64 {
    if z < 8.0 {
        return libm::log(0.5 * libm::erfc(z / std::f64::consts::SQRT_2));
    }
    // The continued fraction of Mills' ratio (Abramowitz and Stegun 26.2.14).
    let ratio = (1..=60).rev().fold(z, |below, k| z + f64::from(k) / below);
    -0.5 * z * z - 0.5 * libm::log(2.0 * std::f64::consts::PI) - libm::log(ratio)
}

/// ln P(X >= x) of a chi-square with `pairs` times two degrees of freedom: e^(-x/2) sum over k < pairs of (x/2)^k / k!.
pub fn ln_chi_square_tail(x: f64, pairs: u32) -> f64 {
    let half = x / 2.0;
    if half <= 0.0 {
        return 0.0;
    }
    let term = |k: u32| f64::from(k) * libm::log(half) - libm::lgamma(f64::from(k) + 1.0);
    let largest = (0..pairs).map(term).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = (0..pairs).map(|k| libm::exp(term(k) - largest)).sum();
    (largest + libm::log(sum) - half).min(0.0)
}

/// Fisher's combination of independent tests, each given by ln p: ln p of all together.
pub fn fisher(ln_p: &[f64]) -> f64 {
    let statistic: f64 = ln_p.iter().map(|ln_p| -2.0 * ln_p).sum();
    ln_chi_square_tail(statistic, u32::try_from(ln_p.len()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_published_tables() {
        // Abramowitz and Stegun, tables 26.1 and 26.2: Q(1.96), Q(5), -log10 Q(10) and -log10 Q(50).
        assert!((libm::exp(ln_normal_tail(1.959_963_985)) - 0.025).abs() < 1e-9);
        assert!((ln_normal_tail(5.0) / std::f64::consts::LN_10 + 6.54265).abs() < 1e-4);
        assert!((ln_normal_tail(10.0) / std::f64::consts::LN_10 + 23.11805).abs() < 1e-4);
        assert!((ln_normal_tail(50.0) / std::f64::consts::LN_10 + 544.96634).abs() < 1e-4);
        assert!((ln_normal_tail(8.0) - ln_normal_tail(7.999_999_999)).abs() < 1e-6);
        // Table 26.8: the upper .05 and .001 points for 2, 10 and 60 degrees of freedom.
        for (x, pairs, p) in
            [(5.99146, 1, 0.05), (18.30704, 5, 0.05), (29.58830, 5, 0.001), (99.607, 30, 0.001)]
        {
            assert!((libm::exp(ln_chi_square_tail(x, pairs)) / p - 1.0).abs() < 1e-3, "{x}, {pairs}");
        }
        assert!(ln_chi_square_tail(0.0, 3).abs() < 1e-12);
    }

    #[test]
    fn fisher_of_one_test_is_that_test() {
        assert!((fisher(&[-700.0]) + 700.0).abs() < 1e-9);
    }
}
