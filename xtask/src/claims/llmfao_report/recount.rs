//! Who would be ahead of the cut with some votes more or fewer: Bradley and Terry's model with Davidson's ties over counted
//! votes, by Newton's method and Gaussian elimination, without a prior. Nothing of it is shared with the crate under test.
#![expect(clippy::indexing_slicing, reason = "every index is below the number of parameters")]

use crate::claims::llmfao_votes::plain_fit::{Ballot, Result as VoteResult};
use std::collections::{BTreeMap, BTreeSet};

/// Votes of one pair: for the first, for the second, ties.
type Cell = [f64; 3];

/// Counted votes on models that are known by numbers.
#[derive(Clone)]
pub(super) struct Recount {
    models: usize,
    pairs: BTreeMap<(usize, usize), Cell>,
}

/// Votes of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kind {
    pair: (usize, usize),
    result: usize,
}

impl Recount {
    pub(super) fn of<'a>(models: usize, ballots: impl IntoIterator<Item = &'a Ballot>) -> Self {
        let mut counted = Self { models, pairs: BTreeMap::new() };
        for ballot in ballots {
            let kind = Kind::of(ballot);
            counted.add(kind, 1.0);
        }
        counted
    }

    pub(super) fn add(&mut self, kind: Kind, votes: f64) {
        self.pairs.entry(kind.pair).or_default()[kind.result] += votes;
    }

    /// Every kind of vote that was cast.
    pub(super) fn cast(&self) -> Vec<Kind> {
        let of_pair = |(pair, cell): (&(usize, usize), &Cell)| {
            let (pair, cell) = (*pair, *cell);
            (0..3).filter(move |result| cell[*result] > 0.0).map(move |result| Kind { pair, result })
        };
        self.pairs.iter().flat_map(of_pair).collect()
    }

    /// Every vote for one of two models that could be cast.
    pub(super) fn possible(&self) -> Vec<Kind> {
        let pairs = (0..self.models).flat_map(|one| (one + 1..self.models).map(move |other| (one, other)));
        pairs.flat_map(|pair| [0, 1].map(|result| Kind { pair, result })).collect()
    }

    /// Strengths and the tie parameter, from a start near them; none where the votes do not connect all models.
    pub(super) fn fit(&self, start: &[f64]) -> Option<Vec<f64>> {
        let mut at = start.to_vec();
        for _ in 0..100 {
            let step = solved(self.derivatives(&at))?;
            let largest = step.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            let scale = if largest > 1.0 { 1.0 / largest } else { 1.0 };
            at.iter_mut().zip(&step).for_each(|(value, step)| *value += scale * step);
            if largest < 1e-8 {
                return Some(at);
            }
        }
        None
    }

    /// A start far from any end.
    pub(super) fn level(&self) -> Vec<f64> {
        vec![0.0; self.models + 1]
    }

    /// The equations of Newton's step, each with its right side at the end; the mean strength is tied to 0.
    fn derivatives(&self, at: &[f64]) -> Vec<Vec<f64>> {
        let models = self.models;
        let mut rows = vec![vec![0.0; models + 2]; models + 1];
        let mean: f64 = at.iter().take(models).sum();
        for row in rows.iter_mut().take(models) {
            row.iter_mut().take(models).for_each(|value| *value = 1.0);
            row[models + 1] = -mean;
        }
        for (&(one, other), cell) in &self.pairs {
            let weights =
                [at[one].exp(), at[other].exp(), (at[models] + f64::midpoint(at[one], at[other])).exp()];
            let total: f64 = weights.iter().sum();
            let votes: f64 = cell.iter().sum();
            let places = [one, other, models];
            // What each result says of the three parameters, less what was expected.
            let says = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.5, 1.0]];
            let mut expected = [0.0; 3];
            for (weight, say) in weights.iter().zip(says) {
                expected.iter_mut().zip(say).for_each(|(sum, value)| *sum += weight / total * value);
            }
            for ((weight, say), count) in weights.iter().zip(says).zip(cell) {
                let off = [0, 1, 2].map(|place| say[place] - expected[place]);
                for (row, first) in places.iter().zip(off) {
                    rows[*row][models + 1] += count * first;
                    for (column, second) in places.iter().zip(off) {
                        rows[*row][*column] += votes * weight / total * first * second;
                    }
                }
            }
        }
        rows
    }
}

impl Kind {
    pub(super) fn of(ballot: &Ballot) -> Self {
        let result = match ballot.result {
            VoteResult::Left => 0,
            VoteResult::Right => 1,
            VoteResult::Tie => 2,
        };
        if ballot.left < ballot.right {
            return Self { pair: (ballot.left, ballot.right), result };
        }
        Self { pair: (ballot.right, ballot.left), result: [1, 0, 2][result] }
    }

    /// The same vote with another result.
    pub(super) fn others(self) -> impl Iterator<Item = Self> {
        (0..3).filter(move |result| *result != self.result).map(move |result| Self { result, ..self })
    }
}

/// The strongest so many of a fit.
pub(super) fn ahead(strengths: &[f64], places: usize) -> BTreeSet<usize> {
    let mut order: Vec<usize> = (0..strengths.len().saturating_sub(1)).collect();
    order.sort_by(|a, b| strengths[*b].total_cmp(&strengths[*a]));
    order.into_iter().take(places).collect()
}

/// How far those ahead are from the others; below 0 where the cut has moved.
pub(super) fn gap(strengths: &[f64], ahead: &BTreeSet<usize>) -> f64 {
    let models = strengths.len().saturating_sub(1);
    let least = ahead.iter().map(|model| strengths[*model]).fold(f64::INFINITY, f64::min);
    let most = (0..models).filter(|model| !ahead.contains(model)).map(|model| strengths[model]);
    least - most.fold(f64::NEG_INFINITY, f64::max)
}

/// Solves symmetric equations by elimination with row exchange.
fn solved(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for column in 0..n {
        let pivot = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let (above, below) = rows.split_at_mut(column + 1);
        let pivot = &above[column];
        if pivot[column].abs() < 1e-12 {
            return None;
        }
        for row in below {
            let factor = row[column] / pivot[column];
            if factor.abs() > 0.0 {
                row[column..]
                    .iter_mut()
                    .zip(&pivot[column..])
                    .for_each(|(value, pivot)| *value -= factor * pivot);
            }
        }
    }
    let mut found = vec![0.0; n];
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| rows[row][column] * found[column]).sum();
        found[row] = (rows[row][n] - known) / rows[row][row];
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::llmfao_votes::plain_fit;

    #[test]
    fn it_finds_what_the_plain_fit_finds() {
        let vote = |voter, left, right, result| Ballot { voter, left, right, result };
        let mut ballots = Vec::new();
        for voter in 0..6 {
            ballots.push(vote(voter, 0, 1, if voter < 4 { VoteResult::Left } else { VoteResult::Right }));
            ballots.push(vote(voter, 2, 1, if voter < 3 { VoteResult::Left } else { VoteResult::Tie }));
            ballots.push(vote(voter, 0, 2, if voter < 3 { VoteResult::Left } else { VoteResult::Right }));
        }
        let counted = Recount::of(3, &ballots);
        let found = counted.fit(&counted.level()).unwrap_or_default();
        let plain = plain_fit::fit(3, &ballots).unwrap_or_default();
        assert_eq!((found.len(), plain.len()), (4, 3));
        let elo = 400.0 / std::f64::consts::LN_10;
        for (mine, plain) in found.iter().zip(&plain) {
            assert!((1000.0 + elo * mine - plain.elo).abs() < 1e-6, "{mine} {plain:?}");
        }
    }
}
