//! Exact upper tails of the binomial distribution.

use crate::number::real;

/// Probability of `least` or more successes in `trials` with probability `p` each; 1 for `least` 0.
pub(crate) fn upper_tail(trials: usize, least: usize, p: f64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    if least > trials {
        return 0.0;
    }
    let (n, x) = (real(trials), real(least));
    let log_first = libm::lgamma(n + 1.0) - libm::lgamma(x + 1.0) - libm::lgamma(n - x + 1.0)
        + x * libm::log(p)
        + (n - x) * libm::log1p(-p);
    // Terms relative to the first; those to the right of the mode only get smaller.
    let odds = p / (1.0 - p);
    let (mut term, mut sum) = (1.0, 1.0);
    for k in least..trials {
        term *= odds * (n - real(k)) / (real(k) + 1.0);
        sum += term;
        if term < 1e-18 * sum && real(k) > n * p {
            break;
        }
    }
    libm::exp(log_first + libm::log(sum)).clamp(f64::MIN_POSITIVE, 1.0)
}

#[cfg(test)]
mod tests {
    use super::upper_tail;

    #[test]
    fn small_tails_by_hand() {
        // 3 trials at 1/2: 1/8, 4/8, 7/8.
        for (least, tail) in [(0, 1.0), (1, 0.875), (2, 0.5), (3, 0.125), (4, 0.0)] {
            assert!((upper_tail(3, least, 0.5) - tail).abs() < 1e-14, "{least}");
        }
        assert!((upper_tail(4, 3, 0.2) - (4.0 * 0.008 * 0.8 + 0.0016)).abs() < 1e-14);
    }

    #[test]
    fn tails_agree_with_scipy() {
        // scipy 1.17.1, scipy.stats.binom.sf(least - 1, trials, p).
        for (trials, least, p, tail) in SCIPY {
            let found = upper_tail(*trials, *least, *p);
            assert!((found / tail - 1.0).abs() < 1e-10, "{trials} {least} {p}: {found}");
        }
    }

    const SCIPY: &[(usize, usize, f64, f64)] = &[
        (20, 18, 0.6, 0.003_611_472_059_128_870_8),
        (50, 50, 0.6, 8.082_812_774_647_628e-12),
        (200, 150, 0.6, 5.898_900_200_670_2e-6),
        (7, 6, 0.2, 0.000_371_2),
        (1_000, 140, 0.1, 3.632_604_752_463_682_5e-5),
        (30, 3, 0.1, 0.588_648_760_440_494_3),
        (5_000, 3_200, 0.6, 3.443_172_889_392_101e-9),
    ];
}
