//! The normal distribution, computed in software, so that its last bits are the same on every machine.

/// Farther out than this no chance is left that an `f64` could hold.
const FAR: f64 = 40.0;

/// Probability of more than `z`.
pub(crate) fn above(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// Density at `z`.
pub(crate) fn density(z: f64) -> f64 {
    libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt()
}

/// The `z` that is exceeded with probability `p`, between 0 and 1; infinite outside.
pub(crate) fn exceeded(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::INFINITY;
    }
    if p >= 1.0 {
        return f64::NEG_INFINITY;
    }
    falling_root(-FAR, FAR, |z| above(z) - p)
}

/// Where a falling function crosses 0 between `low` and `high`; an end where it doesn't.
pub(crate) fn falling_root(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    // 64 halvings of any interval used here end at neighbouring numbers.
    for _ in 0..64 {
        let middle = f64::midpoint(low, high);
        if value(middle) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::{above, exceeded};

    #[test]
    fn quantiles_and_tails_of_the_tables() {
        for (p, z) in [(0.5, 0.0), (0.025, 1.959_963_984_540_054), (0.05, 1.644_853_626_951_472_7)] {
            assert!((exceeded(p) - z).abs() < 1e-12, "{p}: {}", exceeded(p));
        }
        assert!((above(5.0) / 2.866_515_718_791_939_6e-7 - 1.0).abs() < 1e-12);
        assert_eq!((exceeded(0.0), exceeded(1.0)), (f64::INFINITY, f64::NEG_INFINITY));
    }
}
