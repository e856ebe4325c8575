//! Bradley and Terry's model with Davidson's ties fitted a second time, plainly and by other means: gradient and
//! Hessian vote by vote, Gauss–Jordan inversion, no prior. What it shares with the crate under test is the formula.
#![expect(clippy::indexing_slicing, reason = "every index is below the number of parameters")]

use std::collections::BTreeMap;

/// Elo points of one natural-log unit.
const ELO: f64 = 400.0 / std::f64::consts::LN_10;

/// A vote on two models, by their numbers.
#[derive(Clone, Copy, Debug)]
pub(in crate::claims) struct Ballot {
    pub(in crate::claims) voter: usize,
    pub(in crate::claims) left: usize,
    pub(in crate::claims) right: usize,
    pub(in crate::claims) result: Result,
}

/// What a vote says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::claims) enum Result {
    Left,
    Right,
    Tie,
}

/// A model's rating around 1000, with two standard errors.
#[derive(Clone, Copy, Debug)]
pub(in crate::claims) struct Rating {
    pub(in crate::claims) elo: f64,
    pub(in crate::claims) error_by_voter: f64,
    pub(in crate::claims) error_by_vote: f64,
}

/// Fits `ballots` over `models` models; `None` where the likelihood has no single maximum.
pub(in crate::claims) fn fit(models: usize, ballots: &[Ballot]) -> Option<Vec<Rating>> {
    let parameters = models + 1;
    let mut at = vec![0.0; parameters];
    for _ in 0..200 {
        let (gradient, information) = derivatives(models, ballots, &at);
        let inverse = inverse(information)?;
        let step: Vec<f64> = inverse.iter().map(|row| dot(row, &gradient)).collect();
        let largest = step.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        // Steps are cut, so that a far start cannot overshoot; the likelihood is concave.
        let scale = if largest > 1.0 { 1.0 / largest } else { 1.0 };
        for (value, step) in at.iter_mut().zip(&step) {
            *value += scale * step;
        }
        if largest < 1e-10 {
            return Some(ratings(models, ballots, &at, &inverse));
        }
    }
    None
}

/// Derivative of one vote's log-likelihood: three parameters and their values.
fn score(ballot: Ballot, models: usize, at: &[f64]) -> [(usize, f64); 3] {
    let (a, b) = (at[ballot.left], at[ballot.right]);
    let weights = [a.exp(), b.exp(), (at[models] + f64::midpoint(a, b)).exp()];
    let total: f64 = weights.iter().sum();
    let [left, right, tie] = weights.map(|weight| weight / total);
    let of = |result| f64::from(u8::from(ballot.result == result));
    [
        (ballot.left, of(Result::Left) + of(Result::Tie) / 2.0 - left - tie / 2.0),
        (ballot.right, of(Result::Right) + of(Result::Tie) / 2.0 - right - tie / 2.0),
        (models, of(Result::Tie) - tie),
    ]
}

/// Gradient, and the information by the model's own variances, with the mean strength tied to 0.
fn derivatives(models: usize, ballots: &[Ballot], at: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let parameters = models + 1;
    let mut gradient = vec![0.0; parameters];
    let mut information = vec![vec![0.0; parameters]; parameters];
    for ballot in ballots {
        for (place, value) in score(*ballot, models, at) {
            gradient[place] += value;
        }
        // The expectation of g g' over the three results that this battle could have had.
        let (a, b) = (at[ballot.left], at[ballot.right]);
        let weights = [a.exp(), b.exp(), (at[models] + f64::midpoint(a, b)).exp()];
        let total: f64 = weights.iter().sum();
        for (result, weight) in [Result::Left, Result::Right, Result::Tie].into_iter().zip(weights) {
            let score = score(Ballot { result, ..*ballot }, models, at);
            for (row, first) in score {
                for (column, second) in score {
                    information[row][column] += weight / total * first * second;
                }
            }
        }
    }
    for row in information.iter_mut().take(models) {
        for value in row.iter_mut().take(models) {
            *value += 1.0;
        }
    }
    let mean: f64 = at.iter().take(models).sum();
    for value in gradient.iter_mut().take(models) {
        *value -= mean;
    }
    (gradient, information)
}

fn ratings(models: usize, ballots: &[Ballot], at: &[f64], inverse: &[Vec<f64>]) -> Vec<Rating> {
    let parameters = models + 1;
    let mut by_voter: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut variance_by_vote = vec![0.0; models];
    for ballot in ballots {
        let sums = by_voter.entry(ballot.voter).or_insert_with(|| vec![0.0; parameters]);
        let score = score(*ballot, models, at);
        for (place, value) in score {
            sums[place] += value;
        }
        for (variance, row) in variance_by_vote.iter_mut().zip(inverse) {
            *variance += score.iter().map(|(place, value)| row[*place] * value).sum::<f64>().powi(2);
        }
    }
    let correction = |units: usize| count(units) / (count(units) - 1.0);
    let mean = at.iter().take(models).sum::<f64>() / count(models);
    (0..models)
        .map(|model| {
            let variance: f64 = by_voter.values().map(|sums| dot(&inverse[model], sums).powi(2)).sum();
            Rating {
                elo: 1000.0 + ELO * (at[model] - mean),
                error_by_voter: ELO * (variance * correction(by_voter.len())).sqrt(),
                error_by_vote: ELO * (variance_by_vote[model] * correction(ballots.len())).sqrt(),
            }
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The inverse by Gauss–Jordan elimination with row exchange; `None` where there is none.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    for (row, values) in matrix.iter_mut().enumerate() {
        values.extend((0..n).map(|column| f64::from(u8::from(column == row))));
    }
    for column in 0..n {
        let pivot =
            (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        let divisor = matrix[column][column];
        if divisor.abs() < 1e-12 {
            return None;
        }
        for value in &mut matrix[column] {
            *value /= divisor;
        }
        let pivot_row = matrix[column].clone();
        for (row, values) in matrix.iter_mut().enumerate() {
            let factor = values[column];
            if row != column {
                for (value, pivot) in values.iter_mut().zip(&pivot_row) {
                    *value -= factor * pivot;
                }
            }
        }
    }
    Some(matrix.into_iter().map(|row| row[n..].to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_models_have_the_closed_form() {
        // Three wins to one without ties would need a tie parameter of 0, so one tie is added: the share that
        // prefers the first, ties halved, is 3.5 / 5, and the tie weight follows from the tie share 1 / 5.
        let vote = |voter, result| Ballot { voter, left: 0, right: 1, result };
        let mut ballots: Vec<_> = (0..3).map(|voter| vote(voter, Result::Left)).collect();
        ballots.push(vote(3, Result::Right));
        ballots.push(vote(4, Result::Tie));
        let ratings = fit(2, &ballots).unwrap_or_default();
        let gap = ratings[0].elo - ratings[1].elo;
        assert!((gap - ELO * 3.0_f64.ln()).abs() < 1e-6, "{gap}");
        // One vote a voter: both errors are the same.
        assert!((ratings[0].error_by_voter - ratings[0].error_by_vote).abs() < 1e-9);
    }
}
