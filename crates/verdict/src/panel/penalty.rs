//! The gradient of half the logarithm of the determinant of the information (Jeffreys' prior), mark by mark.
//!
//! For a model that is an exponential family in its parameters, parameter `j` gets half the mean of `(y_j - E y_j)` times
//! the leverage `(y - E y)' I^-1 (y - E y)` of the whole mark (Firth 1993, equation 5).
#![expect(clippy::indexing_slicing, reason = "elements and categories are numbered by the model")]

use super::{
    information::Inverse,
    mark::Cell,
    model::{Model, State},
};

impl Model {
    /// Calls `each` with every cell and what the penalty adds to the gradient of its parameters: half the mean of
    /// each deviation times the leverage of the whole (Firth 1993, equation 5).
    fn penalty(&self, state: &State, mut each: impl FnMut(&Cell, usize, f64, &[f64])) {
        let inverse = &state.inverse;
        let mut room = vec![[0.0; 3]; self.width];
        let mut by_category = vec![0.0; self.width];
        for (number, cell) in self.cells.iter().enumerate() {
            let group = self.group(cell.item);
            let own = &state.probabilities[number * self.width..(number + 1) * self.width];
            let mean = state.means[number];
            let line = self.line_variance(inverse, cell);
            let inner = 1..group.scores.len() - 1;
            // Of each category: covariance with the line, covariance with the mean category, variance.
            room.fill([0.0; 3]);
            let (mut line_mean, mut mean_variance) = (0.0, 0.0);
            for category in inner.clone() {
                let parameter = group.first_parameter + category - 1;
                let with_line = inverse.between(cell.candidate, parameter)
                    - self.rater(cell.rater).map_or(0.0, |other| inverse.corner(other, parameter))
                    - self.item(cell.item).map_or(0.0, |other| inverse.corner(other, parameter));
                let with_mean: f64 = inner
                    .clone()
                    .map(|other| own[other] * inverse.corner(parameter, group.first_parameter + other - 1))
                    .sum();
                room[category] = [with_line, with_mean, inverse.corner(parameter, parameter)];
                line_mean += own[category] * with_line;
                mean_variance += own[category] * with_mean;
            }
            let mut centre = 0.0;
            for (category, score) in group.scores.iter().enumerate() {
                let off = score - mean;
                let [with_line, with_mean, variance] = room[category];
                let leverage = off * off * line + 2.0 * off * (with_line - line_mean) + variance
                    - 2.0 * with_mean
                    + mean_variance;
                by_category[category] = leverage;
                centre += own[category] * leverage;
            }
            let mut along = 0.0;
            for (category, score) in group.scores.iter().enumerate() {
                along += own[category] * (score - mean) * by_category[category];
                by_category[category] = own[category] * (by_category[category] - centre) / 2.0;
            }
            each(cell, self.places[number], along / 2.0, &by_category);
        }
    }

    /// Variance of `theta - alpha - delta` of a cell.
    fn line_variance(&self, inverse: &Inverse, cell: &Cell) -> f64 {
        let mut sum = inverse.candidates(cell.candidate, cell.candidate);
        let others = [self.rater(cell.rater), self.item(cell.item)];
        for (nth, one) in others.iter().enumerate() {
            let Some(one) = *one else { continue };
            sum += inverse.corner(one, one) - 2.0 * inverse.between(cell.candidate, one);
            for second in others[..nth].iter().flatten() {
                sum += 2.0 * inverse.corner(one, *second);
            }
        }
        sum
    }

    /// Adds a cell's share to the gradient of its parameters: `along` its line, and of each category.
    fn add_score(&self, cell: &Cell, along: f64, by_category: &[f64], to: &mut [f64]) {
        let group = self.group(cell.item);
        to[cell.candidate] += along;
        for other in [self.rater(cell.rater), self.item(cell.item)].into_iter().flatten() {
            to[self.candidates + other] -= along;
        }
        for category in 1..group.scores.len() - 1 {
            to[self.candidates + group.first_parameter + category - 1] += by_category[category];
        }
    }

    /// The gradient of the penalty.
    pub(crate) fn penalty_gradient(&self, state: &State) -> Vec<f64> {
        let mut penalty = vec![0.0; self.parameters()];
        self.penalty(state, |cell, _, along, by_category| {
            self.add_score(cell, along, by_category, &mut penalty);
        });
        penalty
    }

    /// The scores of the penalised likelihood by rater; they add up to 0 at its maximum.
    pub(crate) fn rater_scores(&self, state: &State) -> Vec<Vec<f64>> {
        let mut scores = vec![vec![0.0; self.parameters()]; self.raters];
        let mut number = 0;
        let mut each_mark = vec![0.0; self.width];
        self.penalty(state, |cell, place, along, by_category| {
            let group = self.group(cell.item);
            let own = &state.probabilities[number * self.width..(number + 1) * self.width];
            let off = group.scores[place] - state.means[number];
            for (category, value) in each_mark.iter_mut().enumerate() {
                *value = by_category[category] - own[category] + if category == place { 1.0 } else { 0.0 };
            }
            self.add_score(cell, along + off, &each_mark, &mut scores[cell.rater]);
            number += 1;
        });
        scores
    }
}
