//! Tail probabilities of the normal, t and non-central t distributions, and p-values for many tests, all in software
//! so that they are the same bits on every machine.
//!
//! The incomplete beta function is the continued fraction of Lentz (Press and others, "Numerical Recipes", section
//! 6.4). The non-central t is the mean of normal tails over the distribution of the scale: `P(T > t) = E[Phi(d - t S)]`,
//! with `S^2` chi-squared over its degrees of freedom.

use crate::{draws::Draws, number::real};
use std::f64::consts::{SQRT_2, TAU};

/// `P(Z <= z)` for a standard normal.
pub(crate) fn normal_below(z: f64) -> f64 {
    libm::erfc(-z / SQRT_2) / 2.0
}

/// `P(T > t)` for Student's t; a half for degrees of freedom that are no positive number.
pub(crate) fn t_above(t: f64, freedom: f64) -> f64 {
    if freedom.is_nan() || freedom <= 0.0 || t.is_nan() {
        return 0.5;
    }
    if t.is_infinite() || freedom.is_infinite() {
        return 1.0 - normal_below(t);
    }
    let tail = incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5) / 2.0;
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// `P(|T| > |t|)`.
pub(crate) fn t_two_sided(t: f64, freedom: f64) -> f64 {
    (2.0 * t_above(t.abs(), freedom)).min(1.0)
}

/// The regularised incomplete beta function `I_x(a, b)`.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(-log_beta(a, b) + a * libm::log(x) + b * libm::log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

/// The logarithm of the beta function.
fn log_beta(a: f64, b: f64) -> f64 {
    if a > 50.0 && (b - 0.5).abs() < 1e-12 {
        // Gamma(a + 1/2) / Gamma(a) by its expansion: the difference of two great logarithms would lose digits.
        let r = 1.0 / a;
        let ratio = -libm::log(r) / 2.0 - r / 8.0 + r * r * r / 192.0 - libm::pow(r, 5.0) / 640.0;
        return libm::lgamma(0.5) - ratio;
    }
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let keep = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut above = 1.0;
    let mut below = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut result = below;
    for step in 1..=10_000 {
        let k = f64::from(step);
        let even = k * (b - k) * x / ((a + 2.0 * k - 1.0) * (a + 2.0 * k));
        let odd = -(a + k) * (a + b + k) * x / ((a + 2.0 * k) * (a + 2.0 * k + 1.0));
        for term in [even, odd] {
            below = 1.0 / keep(1.0 + term * below);
            above = keep(1.0 + term / above);
            result *= below * above;
        }
        if (below * above - 1.0).abs() < 1e-15 {
            break;
        }
    }
    result
}

/// `P(T > t)` for a non-central t with non-centrality `shift`, by Simpson's rule over the scale: to seven decimals
/// from one degree of freedom on.
pub(crate) fn shifted_t_above(t: f64, freedom: f64, shift: f64) -> f64 {
    const STEPS: u32 = 2_000;
    if freedom.is_nan() || freedom <= 0.0 || t.is_nan() || shift.is_nan() {
        return 0.0;
    }
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    if freedom > 1e6 {
        return normal_below(shift - t);
    }
    let spread = 1.0 / (2.0 * freedom).sqrt();
    let low = (1.0 - 9.0 * spread).max(0.0);
    let high = 1.0 + 9.0 * spread;
    let constant = libm::log(2.0) + freedom / 2.0 * libm::log(freedom / 2.0) - libm::lgamma(freedom / 2.0);
    let value = |scale: f64| {
        // One degree of freedom has its greatest density at 0, where the logarithm has none.
        let power = if scale > 0.0 {
            (freedom - 1.0) * libm::log(scale)
        } else if freedom > 1.0 {
            f64::NEG_INFINITY
        } else {
            0.0
        };
        libm::exp(constant + power - freedom * scale * scale / 2.0) * normal_below(shift - t * scale)
    };
    let step = (high - low) / f64::from(STEPS);
    let mut sum = value(low) + value(high);
    for place in 1..STEPS {
        let weight = if place % 2 == 1 { 4.0 } else { 2.0 };
        sum += weight * value(low + f64::from(place) * step);
    }
    (sum * step / 3.0).clamp(0.0, 1.0)
}

/// A standard normal and a gamma sampler over one stream of random bits.
pub(crate) struct Noise {
    draws: Draws,
    spare: Option<f64>,
}

impl Noise {
    pub(crate) fn new(draws: Draws) -> Self {
        Self { draws, spare: None }
    }

    /// A number strictly between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let whole = (self.draws.bits() >> 11) as f64;
        (whole + 0.5) / 9_007_199_254_740_992.0
    }

    /// A standard normal number (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * libm::log(self.unit())).sqrt();
        let angle = TAU * self.unit();
        self.spare = Some(radius * libm::sin(angle));
        radius * libm::cos(angle)
    }

    /// A chi-squared number (Marsaglia and Tsang 2000).
    pub(crate) fn chi_squared(&mut self, freedom: f64) -> f64 {
        let shape = freedom / 2.0;
        if shape < 1.0 {
            let boost = libm::pow(self.unit(), 1.0 / shape);
            return 2.0 * boost * self.gamma(shape + 1.0);
        }
        2.0 * self.gamma(shape)
    }

    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let v = (1.0 + c * z) * (1.0 + c * z) * (1.0 + c * z);
            if v > 0.0 && libm::log(self.unit()) < z * z / 2.0 + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}

/// Holm's adjusted p-values (Holm 1979): they control the chance of any false rejection under any dependence.
pub(crate) fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| at(p, *a).total_cmp(&at(p, *b)).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut most = 0.0_f64;
    for (rank, place) in order.iter().enumerate() {
        most = most.max(at(p, *place) * real(p.len() - rank)).min(1.0);
        if let Some(slot) = adjusted.get_mut(*place) {
            *slot = most;
        }
    }
    adjusted
}

/// Benjamini and Hochberg's adjusted p-values (1995): rejecting those at most `q` keeps the expected share of false
/// rejections at most `q`, for independent or positively dependent tests.
pub(crate) fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| at(p, *a).total_cmp(&at(p, *b)).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, place) in order.iter().enumerate().rev() {
        least = least.min(at(p, *place) * real(p.len()) / real(rank + 1));
        if let Some(slot) = adjusted.get_mut(*place) {
            *slot = least;
        }
    }
    adjusted
}

fn at(values: &[f64], place: usize) -> f64 {
    values.get(place).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::{Noise, benjamini_hochberg, holm, normal_below, shifted_t_above, t_above};
    use crate::draws::Draws;

    fn near(found: f64, wanted: f64, slack: f64) {
        assert!((found - wanted).abs() <= slack * wanted.abs().max(1e-300), "{found} is not {wanted}");
    }

    #[test]
    fn tails_are_those_of_scipy() {
        // scipy 1.17.1: stats.t.sf(t, df), stats.norm.cdf(z).
        for (t, freedom, p) in T_TAILS {
            near(t_above(t, freedom), p, 1e-10);
        }
        near(t_above(-2.0, 5.0), 1.0 - t_above(2.0, 5.0), 1e-15);
        near(normal_below(-1.959_963_984_540_054), 0.025, 1e-13);
        near(t_above(0.0, 3.0), 0.5, 1e-15);
    }

    #[test]
    fn shifted_tails_are_those_of_scipy() {
        // scipy 1.17.1: stats.nct.sf(t, df, nc).
        for (t, freedom, shift, p) in SHIFTED_TAILS {
            near(shifted_t_above(t, freedom, shift), p, 1e-6);
        }
    }

    #[test]
    fn noise_has_its_moments() {
        let mut noise = Noise::new(Draws::new(3, 0));
        let n = 40_000;
        let (mut sum, mut squares, mut chi, mut small) = (0.0, 0.0, 0.0, 0.0);
        for _ in 0..n {
            let z = noise.normal();
            sum += z;
            squares += z * z;
            chi += noise.chi_squared(7.0);
            small += noise.chi_squared(1.0);
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.02 && (squares / n - 1.0).abs() < 0.03);
        assert!((chi / n - 7.0).abs() < 0.08 && (small / n - 1.0).abs() < 0.03);
    }

    #[test]
    fn adjusted_p_values_by_hand() {
        // Sorted .01 .02 .03 .5. Holm: .04, .06, .06, .5; Benjamini and Hochberg: .04, .04, .04, .5.
        let p = [0.03, 0.01, 0.5, 0.02];
        for (found, wanted) in holm(&p).iter().zip([0.06, 0.04, 0.5, 0.06]) {
            near(*found, wanted, 1e-12);
        }
        for (found, wanted) in benjamini_hochberg(&p).iter().zip([0.04, 0.04, 0.5, 0.04]) {
            near(*found, wanted, 1e-12);
        }
    }

    const T_TAILS: [(f64, f64, f64); 6] = [
        (0.5, 1.0, 0.352_416_382_349_566_74),
        (2.0, 4.0, 0.058_058_261_758_407_78),
        (3.5, 10.0, 0.002_863_252_714_942_605),
        (6.0, 49.0, 1.170_215_195_310_530_9e-7),
        (12.0, 120.5, 1.309_034_649_364_738_8e-22),
        (1.7, 1e5, 0.044_567_017_624_331_49),
    ];

    const SHIFTED_TAILS: [(f64, f64, f64, f64); 6] = [
        (1.6766, 49.0, 2.5, 0.793_987_628_349_583_3),
        (2.132, 4.0, 1.0, 0.209_773_513_732_049_36),
        (6.314, 1.0, 3.0, 0.361_182_545_302_064_3),
        (1.65, 500.0, 0.0, 0.049_785_473_522_435_314),
        (2.0, 12.5, -1.0, 0.002_852_816_862_411_026),
        (1.645, 20_000.0, 3.0, 0.912_287_195_986_591_1),
    ];
}
