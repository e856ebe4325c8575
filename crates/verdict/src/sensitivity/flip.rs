//! The smallest change of the written weights that flips the cut.
//!
//! With `d` the shares of a team that is in minus those of one that is out, the first leads by `d.w`. Weights `v` of
//! the same sum, none below 0, flip the pair where `d.v = 0`. The set of those who advance changes exactly when
//! some team outside draws level with some team inside, so the smallest change over all such pairs is the smallest
//! change that flips the cut. Three ways to measure a change, each solved exactly for each pair:
//!
//! - **L1** (sum of all changes, twice the weight moved). Weight moved from criterion `i` to `j` shrinks the lead by
//!   `d_i - d_j` a unit, so all of it goes to the criterion with the least `d`, taken from those with the greatest
//!   `d` first, each until it is empty. This is a linear programme with one exchange a unit, hence optimal.
//! - **L2** (square root of the sum of squares): the projection of `w` on `{v : sum v = sum w, d.v = 0, v >= 0}`. By
//!   Kuhn and Tucker `v_i = max(0, w_i - l d_i - m)`. For given `l`, `m` follows by the projection on the simplex
//!   (Held, Wolfe and Crowder 1974); `d.v` never rises with `l`, so `l` is found by bisection, and with the set of
//!   criteria above 0 known, `l` and `m` are the solution of two linear equations.
//! - **L-infinity** (greatest single change): for a bound `t` the least lead fills every criterion to
//!   `max(0, w_i - t)` and gives the rest to those with the least `d` first, up to `w_i + t`. It never rises with
//!   `t`, so the least `t` is found by bisection.
#![expect(
    clippy::indexing_slicing,
    reason = "loops over the criteria, whose number the checked contest fixes"
)]

use super::{
    Contest, SensitivityError,
    contest::{Checked, TIED, dot},
    smaa::difference,
};
use serde::{Deserialize, Serialize};

/// Halvings after which a bisection over at most a few orders of magnitude has used up all bits.
const HALVINGS: u32 = 200;

/// Everything about weights that would change who advances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flips {
    /// Every pair of an admitted candidate that is in and one that is out, by the composite at the estimate.
    pub pairs: Vec<Flip>,
    /// The place in `pairs` of the smallest change by L1; none where no weights flip the cut.
    pub least_l1: Option<usize>,
    /// By L2.
    pub least_l2: Option<usize>,
    /// By L-infinity.
    pub least_max: Option<usize>,
}

/// What would put one team level with another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// The team that is in.
    pub inside: String,
    /// The team that is out.
    pub outside: String,
    /// The first one's lead, in the unit of the weights (points).
    pub lead: f64,
    /// The smallest changes; none where the team that is in leads under all weights.
    pub change: Option<Changes>,
    /// For each criterion alone, the others scaled in proportion.
    pub single: Vec<SingleWeight>,
}

/// The smallest changes of weights by three measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Least sum of changes; half of it is the weight that moves.
    pub l1: Change,
    /// Least square root of the sum of squares.
    pub l2: Change,
    /// Least greatest change.
    pub max: Change,
}

/// A change of weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// How large it is, in the unit of the weights.
    pub distance: f64,
    /// The weights at which the two are level, by criterion, adding up to what the written ones do.
    pub weights: Vec<f64>,
}

/// One criterion's weight at which two teams are level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SingleWeight {
    /// The criterion.
    pub criterion: String,
    /// Its written weight.
    pub written: f64,
    /// The weight that it must have, in the same unit; none where no weight of it alone does it.
    pub needed: Option<f64>,
}

/// The smallest changes of weights that let a team outside the cut draw level with one inside.
///
/// Where everybody or nobody advances there are no pairs.
///
/// # Errors
/// A contest whose slices don't fit, a share outside 0 to 1, weights that can't be used, or nobody admitted.
///
/// # Examples
/// ```
/// use daepyo_verdict::sensitivity::{Contest, flips};
/// let contest = Contest {
///     candidates: &["a", "b"],
///     criteria: &["tests", "votes"],
///     weights: &[60.0, 40.0],
///     admitted: &[true, true],
///     places: 1,
///     estimate: &[0.8, 0.5, 0.5, 0.6],
///     draws: &[],
/// };
/// let flips = flips(&contest)?;
/// let change = flips.pairs[0].change.as_ref().unwrap();
/// // Level at 25 and 75: 35 points move.
/// assert!((change.l1.distance - 70.0).abs() < 1e-9 && (change.max.distance - 35.0).abs() < 1e-9);
/// assert!((flips.pairs[0].single[0].needed.unwrap() - 25.0).abs() < 1e-9);
/// # Ok::<(), daepyo_verdict::sensitivity::SensitivityError>(())
/// ```
pub fn flips(contest: &Contest<'_>) -> Result<Flips, SensitivityError> {
    let checked = contest.check()?;
    let (inside, outside) = checked.cut();
    let mut pairs = Vec::new();
    for one in &inside {
        for other in &outside {
            pairs.push(flip(&checked, *one, *other));
        }
    }
    let least = |distance: fn(&Changes) -> f64| {
        let found = pairs.iter().enumerate();
        let found = found.filter_map(|(place, pair)| Some((distance(pair.change.as_ref()?), place)));
        found.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(_, place)| place)
    };
    Ok(Flips {
        least_l1: least(|change| change.l1.distance),
        least_l2: least(|change| change.l2.distance),
        least_max: least(|change| change.max.distance),
        pairs,
    })
}

fn flip(checked: &Checked<'_>, inside: usize, outside: usize) -> Flip {
    let d = difference(checked, checked.contest.estimate, inside, outside);
    let w = &checked.weights;
    let scaled = |weights: Vec<f64>, distance: f64| Change {
        distance: distance * checked.total,
        weights: weights.iter().map(|weight| weight * checked.total).collect(),
    };
    let least = d.iter().copied().fold(f64::INFINITY, f64::min);
    let change = (least <= 0.0).then(|| {
        let (l1, l2, max) = (least_l1(w, &d), least_l2(w, &d), least_max(w, &d));
        let moved = |v: &[f64]| w.iter().zip(v).map(|(a, b)| (a - b).abs()).collect::<Vec<_>>();
        let sum = moved(&l1).iter().sum();
        let root = moved(&l2).iter().map(|by| by * by).sum::<f64>().sqrt();
        let greatest = moved(&max).iter().copied().fold(0.0, f64::max);
        Changes { l1: scaled(l1, sum), l2: scaled(l2, root), max: scaled(max, greatest) }
    });
    let single = |(place, written): (usize, &f64)| SingleWeight {
        criterion: checked.criterion(place),
        written: written * checked.total,
        needed: single(w, &d, place).map(|weight| weight * checked.total),
    };
    Flip {
        inside: checked.candidate(inside),
        outside: checked.candidate(outside),
        lead: dot(&d, w) * checked.total,
        change,
        single: w.iter().enumerate().map(single).collect(),
    }
}

/// Places in ascending order of `d`, then of place.
fn ascending(d: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..d.len()).collect();
    order.sort_by(|a, b| d[*a].total_cmp(&d[*b]).then(a.cmp(b)));
    order
}

/// Weight moves to the least `d`, from the greatest first. The least `d` is 0 or less.
fn least_l1(w: &[f64], d: &[f64]) -> Vec<f64> {
    let order = ascending(d);
    let mut v = w.to_vec();
    let mut lead = dot(d, w);
    let to = order[0];
    for from in order.into_iter().skip(1).rev() {
        let gain = d[from] - d[to];
        if lead <= 0.0 || gain <= 0.0 {
            break;
        }
        let by = v[from].min(lead / gain);
        v[from] -= by;
        v[to] += by;
        lead -= by * gain;
    }
    v
}

/// `max(0, x - m)` with the `m` that makes it add up to 1.
fn onto_simplex(x: &[f64]) -> Vec<f64> {
    let mut falling = x.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut m, mut count) = (0.0, 0.0, 0.0);
    for value in falling {
        sum += value;
        count += 1.0;
        let level = (sum - 1.0) / count;
        if value > level {
            m = level;
        }
    }
    x.iter().map(|value| (value - m).max(0.0)).collect()
}

/// The nearest weights at which the lead is 0. The least `d` is 0 or less.
fn least_l2(w: &[f64], d: &[f64]) -> Vec<f64> {
    if dot(d, w) <= 0.0 {
        return w.to_vec();
    }
    let at = |l: f64| {
        let moved: Vec<f64> = w.iter().zip(d).map(|(w, d)| w - l * d).collect();
        onto_simplex(&moved)
    };
    let mut high = 1.0;
    // Where the least d is 0, the lead reaches 0 once all weight is there, at a finite l; else it passes below 0.
    for _ in 0..HALVINGS {
        if dot(d, &at(high)) <= 0.0 {
            break;
        }
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if dot(d, &at(middle)) > 0.0 { low = middle } else { high = middle }
    }
    polish(w, d, &at(high)).unwrap_or_else(|| at(high))
}

/// The solution with exactly the criteria that `near` has above 0: `v_i = w_i - l d_i - m` adding up to 1 with no
/// lead. None where the equations don't determine it or give a weight below 0.
fn polish(w: &[f64], d: &[f64], near: &[f64]) -> Option<Vec<f64>> {
    let support: Vec<usize> = (0..w.len()).filter(|k| near[*k] > 1e-12).collect();
    let sum = |value: &dyn Fn(usize) -> f64| support.iter().map(|k| value(*k)).sum::<f64>();
    let count = sum(&|_| 1.0);
    let (total, first, second) = (sum(&|k| w[k]), sum(&|k| d[k]), sum(&|k| d[k] * d[k]));
    let lead = sum(&|k| w[k] * d[k]);
    let determinant = count * second - first * first;
    if determinant <= 1e-14 {
        return None;
    }
    let slope = (count * lead - first * (total - 1.0)) / determinant;
    let shift = (total - 1.0 - slope * first) / count;
    let mut v = vec![0.0; w.len()];
    for k in support {
        v[k] = w[k] - slope * d[k] - shift;
    }
    v.iter().all(|weight| *weight >= 0.0).then_some(v)
}

/// The weights of the least lead within `t` of the written ones.
fn least_lead(w: &[f64], d: &[f64], order: &[usize], t: f64) -> Vec<f64> {
    let mut v: Vec<f64> = w.iter().map(|w| (w - t).max(0.0)).collect();
    let mut rest = 1.0 - v.iter().sum::<f64>();
    for k in order {
        let by = (w[*k] + t - v[*k]).min(rest);
        v[*k] += by;
        rest -= by;
        if rest <= 0.0 {
            break;
        }
    }
    debug_assert!(d.len() == v.len());
    v
}

/// The weights with the least greatest change at which the lead is 0. The least `d` is 0 or less.
fn least_max(w: &[f64], d: &[f64]) -> Vec<f64> {
    if dot(d, w) <= 0.0 {
        return w.to_vec();
    }
    let order = ascending(d);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if dot(d, &least_lead(w, d, &order, middle)) > TIED * f64::EPSILON {
            low = middle;
        } else {
            high = middle;
        }
    }
    least_lead(w, d, &order, high)
}

/// The weight of one criterion, others scaled in proportion, at which the lead is 0.
fn single(w: &[f64], d: &[f64], place: usize) -> Option<f64> {
    let others = 1.0 - w[place];
    if others <= TIED {
        return None;
    }
    let rest = (dot(d, w) - w[place] * d[place]) / others;
    // The lead at weight x is x d_k + (1 - x) rest.
    let slope = rest - d[place];
    if slope.abs() <= TIED {
        return None;
    }
    let weight = rest / slope;
    (-TIED..=1.0 + TIED).contains(&weight).then(|| weight.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::{least_l1, least_l2, least_max, onto_simplex, single};
    use crate::{
        draws::Draws,
        sensitivity::{
            contest::dot,
            simplex::{anywhere, unit},
        },
    };

    fn distances(w: &[f64], v: &[f64]) -> [f64; 3] {
        let by: Vec<f64> = w.iter().zip(v).map(|(a, b)| (a - b).abs()).collect();
        let root = by.iter().map(|by| by * by).sum::<f64>().sqrt();
        [by.iter().sum(), root, by.iter().copied().fold(0.0, f64::max)]
    }

    #[test]
    fn no_random_weights_flip_with_less() {
        let mut draws = Draws::new(3, 0);
        for round in 0..40 {
            let size = 2 + round % 4;
            let mut w = vec![0.0; size];
            anywhere(&mut draws, &mut w);
            let mut d: Vec<f64> = (0..size).map(|_| 2.0 * unit(&mut draws) - 1.0).collect();
            if dot(&d, &w) < 0.0 {
                for value in &mut d {
                    *value = -*value;
                }
            }
            if d.iter().all(|d| *d > 0.0) {
                continue;
            }
            let found = [least_l1(&w, &d), least_l2(&w, &d), least_max(&w, &d)];
            let least: Vec<f64> = (0..3).map(|k| distances(&w, &found[k])[k]).collect();
            for v in &found {
                assert!((v.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{v:?}");
                assert!(v.iter().all(|v| *v >= 0.0), "{v:?}");
                assert!(dot(&d, v).abs() < 1e-9, "{d:?} {v:?} {}", dot(&d, v));
            }
            // Random weights on the other side, drawn in towards w until they are just level.
            let mut best = [f64::INFINITY; 3];
            let mut v = vec![0.0; size];
            for _ in 0..4000 {
                anywhere(&mut draws, &mut v);
                let (here, there) = (dot(&d, &w), dot(&d, &v));
                if there < 0.0 {
                    let part = here / (here - there);
                    let level: Vec<f64> = w.iter().zip(&v).map(|(w, v)| w + part * (v - w)).collect();
                    for (best, one) in best.iter_mut().zip(distances(&w, &level)) {
                        *best = best.min(one);
                    }
                }
            }
            for k in 0..3 {
                assert!(least[k] <= best[k] + 1e-9, "norm {k}: {} and {}", least[k], best[k]);
                let close = size > 3 || best[k] < least[k] * 1.15 + 0.01;
                assert!(close, "norm {k}: {} is far from {}", least[k], best[k]);
            }
        }
    }

    #[test]
    fn the_projection_takes_weights_to_zero_where_it_must() {
        // The second criterion would go below 0 without the bound.
        let (w, d) = ([0.6, 0.05, 0.35], [0.2, 0.5, -0.1]);
        let v = least_l2(&w, &d);
        assert!(v[1].abs() < 1e-15 && (v[0] - 1.0 / 3.0).abs() < 1e-12, "{v:?}");
    }

    #[test]
    fn the_simplex_projection_by_hand() {
        assert_eq!(onto_simplex(&[0.5, 0.5]), [0.5, 0.5]);
        assert_eq!(onto_simplex(&[2.0, 0.0]), [1.0, 0.0]);
        assert_eq!(onto_simplex(&[1.0, 1.0, -5.0]), [0.5, 0.5, 0.0]);
    }

    #[test]
    fn a_lead_that_only_vanishes_at_a_corner() {
        let (w, d) = ([0.5, 0.3, 0.2], [0.3, 0.1, 0.0]);
        for v in [least_l1(&w, &d), least_l2(&w, &d), least_max(&w, &d)] {
            assert!((v[2] - 1.0).abs() < 1e-9, "{v:?}");
        }
    }

    #[test]
    fn a_single_weight_by_hand() {
        let (w, d) = ([0.5, 0.3, 0.2], [0.1, 0.1, -0.3]);
        // 0.8 x with (1 - x) 0.1 = 0.3 x: x = 1/4.
        assert!(single(&w, &d, 2).is_some_and(|x| (x - 0.25).abs() < 1e-12));
        // Without the first: 0.3 and 0.2 scaled give (0.03 - 0.06) / 0.5 = -0.06; x 0.1 = (1 - x) 0.06.
        assert!(single(&w, &d, 0).is_some_and(|x| (x - 0.375).abs() < 1e-12));
        assert_eq!(single(&[1.0, 0.0], &[0.1, -0.1], 0), None, "nothing to scale");
    }
}
