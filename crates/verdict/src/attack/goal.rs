//! What an attack must reach, and a half space that every fit which reaches it lies in.
#![expect(clippy::indexing_slicing, reason = "models are numbered by the tally, parameters follow them")]

use crate::{
    bradley_terry::{preference, probabilities},
    criteria::Ends,
};

/// Differences at most this large, in log-strength or points, are ties and move no cut.
const TIED: f64 = 1e-9;

/// What moves the cut.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// `first_out` gets the greater strength.
    Strength { last_in: usize, first_out: usize },
    /// `first_out` gets more points than `last_in`, who leads by `lead` without this criterion.
    Points { last_in: usize, first_out: usize, versus: usize, ends: Ends, lead: f64, weight: f64 },
}

/// All `r` with `normal . r >= need`.
#[derive(Clone, Debug)]
pub(crate) struct HalfSpace {
    pub(crate) normal: Vec<f64>,
    pub(crate) need: f64,
}

/// A share of points before it is cut to 0 and 1, its gradient, and how far it can bend and move.
struct Share {
    value: f64,
    gradient: Vec<f64>,
    bend: f64,
    reach: f64,
}

impl Goal {
    /// How far the fit `at` is beyond the cut; negative where it is not moved.
    pub(crate) fn margin(&self, at: &[f64]) -> f64 {
        match *self {
            Self::Strength { last_in, first_out } => at[first_out] - at[last_in],
            Self::Points { last_in, first_out, versus, ends, lead, weight } => {
                let share = |model| ends.share(preferred(at, model, versus));
                -lead - weight * (share(last_in) - share(first_out))
            }
        }
    }

    /// Whether the cut is moved.
    pub(crate) fn moved(&self, at: &[f64]) -> bool {
        self.margin(at) > TIED
    }

    /// Whether no fit at all moves the cut.
    pub(crate) fn hopeless(&self) -> bool {
        match *self {
            Self::Strength { .. } => false,
            Self::Points { last_in, first_out, lead, weight, .. } => {
                last_in == first_out || -lead + weight.max(0.0) <= 0.0
            }
        }
    }

    /// The direction in which the goal is nearest: the gradient of the difference without the ends of the scale.
    pub(crate) fn slope(&self, at: &[f64]) -> Vec<f64> {
        match *self {
            Self::Strength { .. } => self.half_space(at, 0.0).normal,
            Self::Points { last_in, first_out, versus, ends, .. } => {
                let (low, high) =
                    (share(at, last_in, versus, ends, 0.0), share(at, first_out, versus, ends, 0.0));
                high.gradient.iter().zip(low.gradient).map(|(high, low)| high - low).collect()
            }
        }
    }

    /// Pairs whose probabilities the goal reads, beside those that were compared.
    pub(crate) fn pairs(&self) -> Vec<(usize, usize)> {
        match *self {
            Self::Strength { .. } => Vec::new(),
            Self::Points { last_in, first_out, versus, .. } => [last_in, first_out]
                .into_iter()
                .filter(|model| *model != versus)
                .map(|model| (model.min(versus), model.max(versus)))
                .collect(),
        }
    }

    /// A half space that holds `r` wherever `at + r` moves the cut and no pair's log-odds move by more than `range`.
    ///
    /// A preference is the mean of a score between 0 and 1. Its second derivative along `r` is
    /// `E[(score - mean) (z - mean z)^2]` with `z` of range at most `range`, so it is at most a quarter of its square;
    /// its change is at most the total variation `tanh(range / 4)`.
    pub(crate) fn half_space(&self, at: &[f64], range: f64) -> HalfSpace {
        match *self {
            Self::Strength { last_in, first_out } => {
                let mut normal = vec![0.0; at.len()];
                normal[first_out] += 1.0;
                normal[last_in] -= 1.0;
                HalfSpace { normal, need: at[last_in] - at[first_out] }
            }
            Self::Points { last_in, first_out, versus, ends, lead, weight } => {
                let low = share(at, last_in, versus, ends, range);
                let high = share(at, first_out, versus, ends, range);
                let (low_slope, low_base) = line_below(low.value, low.reach);
                // The line above the higher share is the line below its mirror image.
                let (high_slope, high_base) = line_below(1.0 - high.value, high.reach);
                let least_low = low_slope * (low.value - low.bend) + low_base;
                let most_high = 1.0 - high_slope * (1.0 - high.value - high.bend) - high_base;
                let normal = (high.gradient.iter().zip(&low.gradient))
                    .map(|(high, low)| weight * (high_slope * high - low_slope * low))
                    .collect();
                HalfSpace { normal, need: lead + weight * (least_low - most_high) }
            }
        }
    }
}

fn preferred(at: &[f64], model: usize, versus: usize) -> f64 {
    let tie = at.len() - 1;
    if model == versus { 0.5 } else { preference(at[model], at[versus], at[tie]) }
}

fn share(at: &[f64], model: usize, versus: usize, ends: Ends, range: f64) -> Share {
    let scale = 1.0 / (ends.full - ends.zero);
    let raw = preferred(at, model, versus);
    let mut gradient = vec![0.0; at.len()];
    let value = (raw - ends.zero) * scale;
    if model == versus {
        return Share { value, gradient, bend: 0.0, reach: 0.0 };
    }
    let tie = at.len() - 1;
    let p = probabilities(at[model], at[versus], at[tie]);
    let variance = p[0] + p[2] / 4.0 - raw * raw;
    gradient[model] = scale * variance;
    gradient[versus] = -scale * variance;
    gradient[tie] = scale * p[2] * (0.5 - raw);
    Share {
        value,
        gradient,
        bend: scale.abs() * range * range / 8.0,
        reach: scale.abs() * libm::tanh(range / 4.0),
    }
}

/// Slope and value at 0 of a line that is nowhere above `y` cut to 0 and 1, for `y` within `reach` of `value`.
fn line_below(value: f64, reach: f64) -> (f64, f64) {
    let (low, high) = (value - reach, value + reach);
    if low >= 1.0 {
        (0.0, 1.0)
    } else if high <= 0.0 || (value <= 0.0 && low < 0.0) {
        (0.0, 0.0)
    } else if high <= 1.0 {
        (1.0, 0.0)
    } else {
        // The chord from where the cut function leaves its lower hull to the end of the range, where it is 1.
        let start = low.max(0.0);
        let slope = (1.0 - start) / (high - start);
        (slope, start - slope * start)
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, line_below};
    use crate::{criteria::Ends, draws::Draws};

    #[test]
    fn a_line_below_is_below() {
        for value in [-0.7, -0.1, 0.0, 0.05, 0.4, 0.9, 1.0, 1.1, 2.0] {
            for reach in [0.0, 0.1, 0.3, 1.5] {
                let (slope, base) = line_below(value, reach);
                for step in -20..=20 {
                    let y = value + reach * f64::from(step) / 20.0;
                    assert!(slope * y + base <= y.clamp(0.0, 1.0) + 1e-12, "{value} {reach} {y}");
                }
            }
        }
    }

    #[test]
    fn the_half_space_holds_every_fit_that_moves_the_cut() {
        let mut draws = Draws::new(5, 0);
        let mut unit = move || f64::from(draws.below(1 << 30)) / f64::from(1 << 30);
        let (mut moved, mut outside) = (0, 0);
        for _ in 0..20_000 {
            let ends =
                if unit() < 0.5 { Ends { zero: 0.3, full: 0.7 } } else { Ends { zero: 0.9, full: 0.1 } };
            let versus = if unit() < 0.2 { 0 } else { 2 };
            let goal = Goal::Points {
                last_in: 0,
                first_out: 1,
                versus,
                ends,
                lead: 20.0 * (unit() - 0.5),
                weight: 30.0,
            };
            let at: Vec<f64> = (0..4).map(|_| 3.0 * (unit() - 0.5)).collect();
            let range = unit();
            let r: Vec<f64> = (0..4).map(|_| 2.0 * (unit() - 0.5)).collect();
            // The largest difference of log-weights within a pair.
            let widest = [(0, 1), (0, 2), (1, 2)].into_iter().fold(0.0_f64, |most, (low, high)| {
                let apart: f64 = r[low] - r[high];
                most.max(apart.abs()).max((apart / 2.0 - r[3]).abs()).max((apart / 2.0 + r[3]).abs())
            });
            let x: Vec<f64> = at.iter().zip(&r).map(|(at, r)| at + r / widest * range).collect();
            let half = goal.half_space(&at, range);
            let along: f64 = half.normal.iter().zip(at.iter().zip(&x)).map(|(n, (at, x))| n * (x - at)).sum();
            if goal.margin(&x) > 0.0 {
                moved += 1;
                assert!(along >= half.need - 1e-9, "{goal:?} {at:?} {x:?} {half:?} {along}");
            } else {
                outside += usize::from(along < half.need);
            }
        }
        assert!(moved > 3_000 && outside > 3_000, "{moved} {outside}");
    }
}
