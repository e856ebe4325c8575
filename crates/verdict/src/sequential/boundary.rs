//! Boundaries for several looks at growing evidence, whose chance of a wrong decision is spent look by look.
//!
//! With `t_k` the information fraction at look `k`, the statistics `Z_k` are standard normal where there is no
//! difference, and `Z_k sqrt(t_k)` has independent increments of variance `t_k - t_(k-1)`. The density of not having
//! stopped before is carried from look to look by numerical integration (Armitage, `McPherson` and Rowe 1969,
//! "Repeated significance tests on accumulating data", Journal of the Royal Statistical Society A 132, 235-244), on
//! the grid and with the Simpson weights of Jennison and Turnbull 2000, "Group sequential methods with applications
//! to clinical trials", section 19.2. The boundary of a look is where the chance of stopping there, not earlier, is
//! what the spending function gives it (Lan and `DeMets` 1983, "Discrete sequential boundaries for clinical trials",
//! Biometrika 70, 659-663).
#![expect(
    clippy::indexing_slicing,
    reason = "looks and grid points are numbered by the functions that make them"
)]

use super::{
    SequentialError,
    normal::{above, density, exceeded, falling_root},
};
use crate::number::real;
use daepyo_core::Spending;
use serde::{Deserialize, Serialize};

/// Jennison and Turnbull's `r`: 6r - 1 points before the middles. 16 gives about six digits, this one eight.
const FINENESS: usize = 48;

/// Boundaries are looked for between these.
const NEAREST: f64 = -8.0;
const FARTHEST: f64 = 38.0;

/// Whether a difference counts in one direction or in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// Stop where `Z` is at or above the boundary.
    One,
    /// Stop where `Z` is at or beyond the boundary on either side.
    Two,
}

/// The boundary of one look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// Information fraction.
    pub fraction: f64,
    /// Chance of a wrong stop spent up to here.
    pub spent: f64,
    /// The standard normal boundary, to nine decimals; none where nothing can be spent yet.
    pub z: Option<f64>,
}

/// What a spending function has spent of `alpha` at the information fraction `t`, from 0 to 1.
///
/// One-sided, with `z` the normal quantile: O'Brien-Fleming type `2 - 2 Phi(z_(1-alpha/2) / sqrt t)`, Pocock type
/// `alpha ln(1 + (e - 1) t)` (Lan and `DeMets` 1983). Two-sided, each side spends half of `alpha` so.
pub fn spent(spending: Spending, sides: Sides, alpha: f64, t: f64) -> f64 {
    let share = match sides {
        Sides::One => 1.0,
        Sides::Two => 2.0,
    };
    if t <= 0.0 {
        return 0.0;
    }
    if t >= 1.0 {
        return alpha;
    }
    match spending {
        Spending::OBrienFleming => share * 2.0 * above(exceeded(alpha / share / 2.0) / t.sqrt()),
        Spending::Pocock => alpha * libm::log1p((std::f64::consts::E - 1.0) * t),
    }
}

/// The boundaries of looks at these information fractions, such that all together stop wrongly with the chance that
/// has been spent at the last of them (`alpha` at a fraction of 1).
///
/// # Errors
/// Fractions that don't rise from above 0 to at most 1, or an `alpha` outside 0 to 1/2.
///
/// # Examples
/// ```
/// use daepyo_core::Spending;
/// use daepyo_verdict::sequential::{Sides, boundaries};
/// let looks = boundaries(Spending::Pocock, Sides::Two, 0.05, &[0.2, 0.4, 0.6, 0.8, 1.0])?;
/// assert!((looks[0].z.unwrap() - 2.438).abs() < 5e-4);
/// # Ok::<(), daepyo_verdict::sequential::SequentialError>(())
/// ```
pub fn boundaries(
    spending: Spending,
    sides: Sides,
    alpha: f64,
    fractions: &[f64],
) -> Result<Vec<Boundary>, SequentialError> {
    check(fractions)?;
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(SequentialError::BadAlpha { alpha });
    }
    let mut walk = Walk::new(sides, 0.0);
    let mut found: Vec<Boundary> = Vec::with_capacity(fractions.len());
    for fraction in fractions {
        let before = found.last().map_or(0.0, |look| look.spent);
        let spent = spent(spending, sides, alpha, *fraction).max(before);
        let chance = spent - before;
        let at = |z: f64| walk.stops(*fraction, z) - chance;
        // Less than this is lost in the integration; that look never stops and the next one may spend it.
        let z = (chance > 1e-14).then(|| falling_root(NEAREST, FARTHEST, at)).map(nine);
        walk.pass(*fraction, z);
        found.push(Boundary { fraction: *fraction, spent: if z.is_some() { spent } else { before }, z });
    }
    Ok(found)
}

/// The chance of stopping at each look, none earlier, with these boundaries (infinite for never), where `Z` at full
/// information has the mean `drift`.
///
/// # Errors
/// Fractions that don't rise from above 0 to at most 1, or fewer boundaries than looks.
pub fn crossing(
    sides: Sides,
    fractions: &[f64],
    bounds: &[f64],
    drift: f64,
) -> Result<Vec<f64>, SequentialError> {
    check(fractions)?;
    let mut walk = Walk::new(sides, drift);
    let mut chances = Vec::with_capacity(fractions.len());
    for (fraction, bound) in fractions.iter().zip(bounds) {
        let bound = (*bound < FARTHEST).then_some(*bound);
        chances.push(bound.map_or(0.0, |bound| walk.stops(*fraction, bound)));
        walk.pass(*fraction, bound);
    }
    Ok(chances)
}

/// Classical boundaries of Pocock (1977) or of O'Brien and Fleming (1979) for `looks` equal steps: the constant `c`
/// with boundaries `c`, or `c sqrt(looks / k)` at look `k`, whose chance of ever stopping wrongly is `alpha`; to nine
/// decimals.
///
/// # Errors
/// No looks, or an `alpha` outside 0 to 1/2.
pub fn classical(spending: Spending, sides: Sides, alpha: f64, looks: u32) -> Result<f64, SequentialError> {
    let fractions: Vec<f64> = (1..=looks).map(|look| f64::from(look) / f64::from(looks)).collect();
    check(&fractions)?;
    if !(alpha > 0.0 && alpha < 0.5) {
        return Err(SequentialError::BadAlpha { alpha });
    }
    let ever = |constant: f64| {
        let bound = |fraction: &f64| match spending {
            Spending::Pocock => constant,
            Spending::OBrienFleming => constant / fraction.sqrt(),
        };
        let mut walk = Walk::new(sides, 0.0);
        let mut total = 0.0;
        for fraction in &fractions {
            total += walk.stops(*fraction, bound(fraction));
            walk.pass(*fraction, Some(bound(fraction)));
        }
        total
    };
    Ok(nine(falling_root(0.0, 10.0, |constant| ever(constant) - alpha)))
}

/// Rounded to nine decimals, well within what the integration gives.
pub(crate) fn nine(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

pub(crate) fn check(fractions: &[f64]) -> Result<(), SequentialError> {
    let mut before = 0.0;
    for (place, fraction) in fractions.iter().enumerate() {
        if !(*fraction > before && *fraction <= 1.0) {
            return Err(SequentialError::BadFraction { look: place + 1, fraction: *fraction, before });
        }
        before = *fraction;
    }
    if fractions.is_empty() {
        return Err(SequentialError::BadFraction { look: 1, fraction: 0.0, before });
    }
    Ok(())
}

/// The density of `Z` at the last look for those that have not stopped, as weighted points.
struct Walk {
    sides: Sides,
    drift: f64,
    fraction: f64,
    points: Vec<(f64, f64)>,
}

impl Walk {
    fn new(sides: Sides, drift: f64) -> Self {
        // Before the first look all of it is at 0.
        Self { sides, drift, fraction: 0.0, points: vec![(0.0, 1.0)] }
    }

    /// The chance of stopping at `fraction` with the boundary `z`, and not before.
    fn stops(&self, fraction: f64, z: f64) -> f64 {
        let step = fraction - self.fraction;
        let (root, before) = (step.sqrt(), self.fraction.sqrt());
        let level = z * fraction.sqrt();
        let mut sum = 0.0;
        for (at, weight) in &self.points {
            let start = at * before + self.drift * step;
            sum += weight * above((level - start) / root);
            if self.sides == Sides::Two {
                sum += weight * above((level + start) / root);
            }
        }
        sum
    }

    /// Goes on to `fraction` past the boundary `z`; none stops nobody.
    fn pass(&mut self, fraction: f64, z: Option<f64>) {
        let step = fraction - self.fraction;
        let (root, now, before) = (step.sqrt(), fraction.sqrt(), self.fraction.sqrt());
        let reach = z.unwrap_or(FARTHEST);
        let low = if self.sides == Sides::Two { -reach } else { f64::NEG_INFINITY };
        let grid = grid(self.drift * now, low, reach);
        let next = grid.into_iter().map(|(at, width)| {
            let carried: f64 = (self.points.iter())
                .map(|(from, weight)| weight * density((at * now - from * before - self.drift * step) / root))
                .sum();
            (at, width * carried * now / root)
        });
        self.points = next.collect();
        self.fraction = fraction;
    }
}

/// Points from `low` to `high` with Simpson weights, dense around `centre`.
fn grid(centre: f64, low: f64, high: f64) -> Vec<(f64, f64)> {
    let r = FINENESS;
    let mut ends: Vec<f64> = Vec::with_capacity(6 * r + 1);
    for i in 1..6 * r {
        let far = |k: usize| 3.0 + 4.0 * libm::log(real(r) / real(k));
        let at = if i < r {
            -far(i)
        } else if i <= 5 * r {
            -3.0 + 3.0 * (real(i) - real(r)) / (2.0 * real(r))
        } else {
            far(6 * r - i)
        };
        let at = centre + at;
        if at > low && at < high {
            ends.push(at);
        }
    }
    let first = ends.first().copied().unwrap_or(high.min(centre));
    if low.is_finite() && low < first {
        ends.insert(0, low);
    }
    // Without an end at the boundary the strip below it would be lost.
    let last = ends.last().copied().unwrap_or(f64::NEG_INFINITY);
    if high < centre + 3.0 + 4.0 * libm::log(real(r)) && high > last {
        ends.push(high);
    }
    let mut points = Vec::with_capacity(2 * ends.len());
    for pair in ends.windows(2) {
        let width = pair[1] - pair[0];
        add(&mut points, pair[0], width / 6.0);
        add(&mut points, f64::midpoint(pair[0], pair[1]), 4.0 * width / 6.0);
        add(&mut points, pair[1], width / 6.0);
    }
    points
}

/// Neighbouring strips share their ends.
fn add(points: &mut Vec<(f64, f64)>, at: f64, weight: f64) {
    match points.last_mut() {
        Some((last, sum)) if last.total_cmp(&at).is_eq() => *sum += weight,
        Some(_) | None => points.push((at, weight)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Sides, Walk, boundaries, classical, crossing, spent};
    use daepyo_core::Spending;

    const FIFTHS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn the_mass_is_kept() {
        let mut walk = Walk::new(Sides::One, 0.7);
        let mut stopped = 0.0;
        for (fraction, bound) in FIFTHS.iter().zip([2.5, 2.2, 2.1, 2.0, 1.9]) {
            stopped += walk.stops(*fraction, bound);
            walk.pass(*fraction, Some(bound));
            let left: f64 = walk.points.iter().map(|(_, weight)| weight).sum();
            near(stopped + left, 1.0, 1e-7);
        }
    }

    #[test]
    fn one_look_is_the_plain_test() {
        for (sides, z) in [(Sides::Two, 1.959_963_985), (Sides::One, 1.644_853_627)] {
            for spending in [Spending::Pocock, Spending::OBrienFleming] {
                let looks = boundaries(spending, sides, 0.05, &[1.0]).unwrap_or_default();
                near(looks.first().and_then(|look| look.z).unwrap_or(0.0), z, 1e-8);
                near(classical(spending, sides, 0.05, 1).unwrap_or(0.0), z, 1e-8);
            }
        }
    }

    #[test]
    fn what_is_spent_is_what_is_crossed() {
        for sides in [Sides::One, Sides::Two] {
            for spending in [Spending::Pocock, Spending::OBrienFleming] {
                let uneven = [0.13, 0.2, 0.55, 0.9, 1.0];
                let looks = boundaries(spending, sides, 0.1, &uneven).unwrap_or_default();
                let bounds: Vec<f64> = looks.iter().map(|look| look.z.unwrap_or(f64::INFINITY)).collect();
                let chances = crossing(sides, &uneven, &bounds, 0.0).unwrap_or_default();
                let mut total = 0.0;
                for (look, chance) in looks.iter().zip(chances) {
                    total += chance;
                    near(total, look.spent, 1e-8);
                    near(look.spent, spent(spending, sides, 0.1, look.fraction), 1e-12);
                }
                near(total, 0.1, 1e-8);
            }
        }
    }

    #[test]
    fn a_tiny_first_look_never_stops() {
        let looks = boundaries(Spending::OBrienFleming, Sides::One, 0.05, &[0.001, 1.0]).unwrap_or_default();
        assert_eq!(looks.first().map(|look| (look.z, look.spent)), Some((None, 0.0)));
        near(looks.last().and_then(|look| look.z).unwrap_or(0.0), 1.644_853_627, 1e-6);
    }
}
