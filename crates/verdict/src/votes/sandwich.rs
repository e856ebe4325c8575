//! Sandwich covariances, clustered by voter and as if votes were independent.
//!
//! The covariance is `H^-1 M H^-1` with `H` the information of the fit. Clustered by voter,
//! `M = V/(V-1) * sum of g g'` over the weighted score vectors `g` of the `V` voters; "iid" takes each vote as a voter
//! of its own (Cameron and Miller 2015, "A practitioner's guide to cluster-robust inference"). Scores touch only
//! the models that a voter saw, so that voters cost what they voted, whatever the number of models.
#![expect(clippy::indexing_slicing, reason = "models and cells are numbered by the count")]

use super::{Counted, Ties, poll::place};
use crate::{
    bradley_terry::{DIRECTIONS, PRECISION, mean_direction, probabilities},
    matrix::Cholesky,
    number::real,
};

/// Of a cell, the parameters that one of its votes touches and the derivatives by them.
pub(super) type Score = ([usize; 3], [f64; 3]);

impl Counted {
    /// The score of one vote by cell: derivatives by the lower model, the higher one and the tie parameter.
    pub(super) fn scores(&self, rule: Ties, at: &[f64]) -> Vec<Score> {
        let tie = self.models();
        let mut scores = Vec::with_capacity(self.counts.len() * 3);
        for (low, high) in self.pairs.iter() {
            let mean = mean_direction(probabilities(at[low], at[high], at[tie]));
            for direction in DIRECTIONS {
                let of_tie = match rule {
                    Ties::Davidson => direction[2] - mean[2],
                    Ties::Half => 0.0,
                };
                scores.push(([low, high, tie], [direction[0] - mean[0], direction[1] - mean[1], of_tie]));
            }
        }
        scores
    }

    /// `scale` times the sum of the outer squares of the voters' scores; the lower triangle.
    pub(super) fn spread_of_voters(&self, scores: &[Score], scale: f64) -> Vec<f64> {
        let n = self.pairs.parameters();
        let mut spread = vec![0.0; n * n];
        let mut score = vec![0.0; n];
        let mut touched: Vec<usize> = Vec::with_capacity(n);
        let mut seen = vec![false; n];
        for voter in 0..self.voters() {
            for cell in self.of_voter(voter) {
                let (places, values) = &scores[place(*cell)];
                for (place, value) in places.iter().zip(values) {
                    if !seen[*place] {
                        seen[*place] = true;
                        touched.push(*place);
                    }
                    score[*place] += value;
                }
            }
            let weight = self.weight_of(voter);
            let scale = scale * weight * weight;
            if touched.len() * 2 > n {
                for row in 0..n {
                    let times = scale * score[row];
                    for (sum, value) in spread[row * n..=row * n + row].iter_mut().zip(&score) {
                        *sum += times * value;
                    }
                }
            } else {
                for (k, one) in touched.iter().enumerate() {
                    let times = scale * score[*one];
                    for other in &touched[..=k] {
                        spread[one.max(other) * n + one.min(other)] += times * score[*other];
                    }
                }
            }
            for place in touched.drain(..) {
                score[place] = 0.0;
                seen[place] = false;
            }
        }
        spread
    }

    /// The same with each vote a voter of its own. Where ties are half wins, a tie's score is still its own.
    pub(super) fn spread_of_votes(&self, scores: &[Score], scale: f64) -> Vec<f64> {
        let n = self.pairs.parameters();
        let mut spread = vec![0.0; n * n];
        for (cell, weight) in self.squares.iter().flatten().enumerate().filter(|(_, weight)| **weight > 0.0) {
            let (places, values) = &scores[cell];
            for a in 0..3 {
                for b in 0..=a {
                    spread[places[a] * n + places[b]] += scale * weight * values[a] * values[b];
                }
            }
        }
        spread
    }
}

/// The inverse of the `n` by `n` `information`, without its part along the common level of the first `models`.
///
/// No vote says anything of that level, so the prior alone holds it: the level is an eigenvector with the prior's
/// precision, millions of times smaller than the rest. In the inverse it would drown the rest in rounding. Scores have
/// no part along it, so a sandwich is the same without. The level is moved to the scale of the rest, and taken out
/// after the inversion.
pub(super) fn inverse_beside_level(information: &[f64], n: usize, models: usize) -> Vec<f64> {
    let scale = (0..models).map(|k| information[k * (n + 1)]).sum::<f64>() / real(models.max(1));
    let mut moved = information.to_vec();
    let each = |by: f64, matrix: &mut [f64]| {
        for row in matrix.chunks_exact_mut(n).take(models) {
            row[..models].iter_mut().for_each(|value| *value += by);
        }
    };
    each(scale / real(models.max(1)), &mut moved);
    let mut factor = Cholesky::new(n);
    // The prior makes the information positive definite.
    factor.factor(&moved);
    let mut inverse = vec![0.0; n * n];
    factor.inverse(&mut inverse);
    each(-1.0 / (real(models.max(1)) * (PRECISION + scale)), &mut inverse);
    inverse
}

/// The first `keep` rows and columns of `inverse * spread * inverse`, both `n` by `n`, of `spread` only the lower
/// triangle.
pub(super) fn sandwich(inverse: &[f64], spread: &[f64], n: usize, keep: usize) -> Vec<f64> {
    let mut whole = spread.to_vec();
    for row in 0..n {
        for column in row + 1..n {
            whole[row * n + column] = whole[column * n + row];
        }
    }
    let mut half = vec![0.0; keep * n];
    for (row, sums) in half.chunks_exact_mut(n).enumerate() {
        for (times, values) in inverse[row * n..(row + 1) * n].iter().zip(whole.chunks_exact(n)) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += times * value;
            }
        }
    }
    let mut product = vec![0.0; keep * keep];
    for (row, sums) in product.chunks_exact_mut(keep).enumerate() {
        for (times, values) in half[row * n..(row + 1) * n].iter().zip(inverse.chunks_exact(n)) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += times * value;
            }
        }
    }
    // Rounding must not make it lopsided.
    for row in 0..keep {
        for column in 0..row {
            let mean = f64::midpoint(product[row * keep + column], product[column * keep + row]);
            (product[row * keep + column], product[column * keep + row]) = (mean, mean);
        }
    }
    product
}
