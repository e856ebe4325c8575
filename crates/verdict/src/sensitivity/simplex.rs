//! The space of weights: volumes of a simplex cut by a half-space, and random weights in it.
#![expect(clippy::indexing_slicing, reason = "loops over one length, which the function itself fixes")]

use crate::draws::Draws;

/// The part of the simplex of weights (0 or more, adding up to 1, all alike likely) in which `sum d w` is above 0;
/// where it is 0 everywhere, one half.
///
/// Exact, by the recursion of Varsi 1973, "The multidimensional content of the frustum of the simplex", Pacific
/// Journal of Mathematics 46, 303-314 (Ali 1973, the same journal 48, 317-322): with the `K` positive entries `y`
/// and the others `x`, `a_0 = 1`, `a_k = 0`, and for every `x` in turn
///
/// ```text
/// a_k := (y_k a_k - x a_(k-1)) / (y_k - x)        k = 1, ..., K
/// ```
///
/// after which `a_K` is the part where the sum is 0 or less. Every term is 0 or more, so nothing cancels, and equal
/// entries are no special case as in the sum over differences.
pub(crate) fn part_above(d: &[f64]) -> f64 {
    if d.iter().all(|entry| entry.abs() <= f64::MIN_POSITIVE) {
        return 0.5;
    }
    let above: Vec<f64> = d.iter().copied().filter(|entry| *entry > 0.0).collect();
    let mut part = vec![0.0; above.len() + 1];
    part[0] = 1.0;
    for x in d.iter().copied().filter(|entry| *entry <= 0.0) {
        for (k, y) in above.iter().enumerate() {
            part[k + 1] = (y * part[k + 1] - x * part[k]) / (y - x);
        }
    }
    1.0 - part[above.len()]
}

/// The mean weights over the part of the simplex in which `sum d w` is above 0; none where there is no such part.
///
/// The mean of `w_k` there is a volume too: times the number of criteria it is the part for uniform weights on a
/// simplex with one more corner, of which two count for `k` (weights of Dirichlet's distribution add up).
pub(crate) fn centre_above(d: &[f64]) -> Option<Vec<f64>> {
    let whole = part_above(d);
    if whole <= 0.0 {
        return None;
    }
    let corners = crate::number::real(d.len());
    let mut more = d.to_vec();
    let mut centre = Vec::with_capacity(d.len());
    for entry in d {
        more.push(*entry);
        centre.push(part_above(&more) / whole / corners);
        more.truncate(d.len());
    }
    Some(centre)
}

/// A number between 0 and 1, never either.
pub(crate) fn unit(draws: &mut Draws) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let number = (draws.bits() >> 11) as f64;
    (number + 0.5) / 9_007_199_254_740_992.0
}

/// Fills `weights` with a point of the simplex, all alike likely (exponential numbers over their sum).
pub(crate) fn anywhere(draws: &mut Draws, weights: &mut [f64]) {
    let mut total = 0.0;
    for weight in weights.iter_mut() {
        *weight = -libm::log(unit(draws));
        total += *weight;
    }
    for weight in weights.iter_mut() {
        *weight /= total;
    }
}

/// Fills `weights` with `written` ones, each moved by up to the part `reach` of itself, all alike likely, and
/// scaled to add up to 1.
pub(crate) fn nearby(draws: &mut Draws, written: &[f64], reach: f64, weights: &mut [f64]) {
    let mut total = 0.0;
    for (weight, written) in weights.iter_mut().zip(written) {
        *weight = written * (1.0 + reach * (2.0 * unit(draws) - 1.0));
        total += *weight;
    }
    // At a reach of 1 all weights could be 0 together, if numbers were ever exactly 0.
    let total = total.max(f64::MIN_POSITIVE);
    for weight in weights.iter_mut() {
        *weight /= total;
    }
}

#[cfg(test)]
mod tests {
    use super::{anywhere, centre_above, nearby, part_above};
    use crate::{draws::Draws, sensitivity::contest::dot};

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn parts_by_hand() {
        near(part_above(&[1.0, -1.0]), 0.5, 1e-15);
        // 3 (1 - w) > w where w < 3/4.
        near(part_above(&[-1.0, 3.0]), 0.75, 1e-15);
        near(part_above(&[0.1, 0.2, 0.0]), 1.0, 1e-15);
        near(part_above(&[-0.1, -0.2]), 0.0, 1e-15);
        near(part_above(&[0.0, 0.0]), 0.5, 1e-15);
        // One corner of a triangle: w_1 above 1/2 on a quarter of it, above 2/3 on a ninth.
        near(part_above(&[1.0, -1.0, -1.0]), 0.25, 1e-15);
        near(part_above(&[1.0, -2.0, -2.0]), 1.0 / 9.0, 1e-15);
    }

    #[test]
    fn distinct_entries_agree_with_the_sum_over_differences() {
        // P(sum d E > 0) for exponential E is the sum over positive d_i of the products d_i / (d_i - d_j).
        let d = [0.7, -0.3, 0.25, -0.05, 0.4, -0.9];
        let mut sum = 0.0;
        for (i, one) in d.iter().enumerate().filter(|(_, one)| **one > 0.0) {
            let others = d.iter().enumerate().filter(|(j, _)| *j != i);
            sum += others.map(|(_, other)| one / (one - other)).product::<f64>();
        }
        near(part_above(&d), sum, 1e-12);
    }

    #[test]
    fn volume_and_centre_agree_with_random_weights() {
        let d = [0.3, -0.1, -0.1, 0.05, -0.4];
        let mut draws = Draws::new(5, 0);
        let mut weights = [0.0; 5];
        let (mut hits, mut sums) = (0.0, [0.0; 5]);
        let count = 200_000;
        for _ in 0..count {
            anywhere(&mut draws, &mut weights);
            if dot(&d, &weights) > 0.0 {
                hits += 1.0;
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += weight;
                }
            }
        }
        near(part_above(&d), hits / f64::from(count), 0.005);
        let centre = centre_above(&d).unwrap_or_default();
        assert_eq!(centre.len(), 5);
        near(centre.iter().sum(), 1.0, 1e-12);
        for (exact, sum) in centre.iter().zip(sums) {
            near(*exact, sum / hits, 0.005);
        }
        assert_eq!(centre_above(&[-1.0, -0.5]), None);
    }

    #[test]
    fn weights_nearby_stay_nearby() {
        let written = [0.5, 0.3, 0.2];
        let mut draws = Draws::new(6, 0);
        let mut weights = [0.0; 3];
        for _ in 0..1000 {
            nearby(&mut draws, &written, 0.1, &mut weights);
            near(weights.iter().sum(), 1.0, 1e-12);
            for (weight, written) in weights.iter().zip(written) {
                let ratio = weight / written;
                assert!(ratio > 0.9 / 1.1 && ratio < 1.1 / 0.9, "{ratio}");
            }
        }
        nearby(&mut draws, &written, 0.0, &mut weights);
        assert!(weights.iter().zip(written).all(|(a, b)| (a - b).abs() < 1e-15));
    }
}
