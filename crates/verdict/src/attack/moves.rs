//! Single attacked votes, and the most that so many of them can do.
#![expect(clippy::indexing_slicing, reason = "cells are numbered by the case")]

use super::AttackKind;

/// One attacked vote: the pair, the result that it loses and the result that it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) pair: usize,
    pub(crate) from: Option<usize>,
    pub(crate) to: Option<usize>,
}

impl Move {
    /// Votes that can be attacked like this; without end for added ones.
    pub(crate) fn available(self, counts: &[[f64; 3]]) -> f64 {
        self.from.map_or(f64::INFINITY, |from| counts[self.pair][from])
    }

    /// Attacks `votes` votes.
    pub(crate) fn apply(self, counts: &mut [[f64; 3]], votes: f64) {
        if let Some(from) = self.from {
            counts[self.pair][from] -= votes;
        }
        if let Some(to) = self.to {
            counts[self.pair][to] += votes;
        }
    }

    /// The effect of one vote from the effects of votes with each result of its pair.
    pub(crate) fn gain(self, effects: [f64; 3]) -> f64 {
        self.to.map_or(0.0, |to| effects[to]) - self.from.map_or(0.0, |from| effects[from])
    }

    fn cell(self) -> usize {
        3 * self.pair + self.from.unwrap_or_default()
    }
}

/// Every attack on one vote of `pairs` pairs, in order of pair and result.
pub(crate) fn moves(kind: AttackKind, pairs: usize) -> Vec<Move> {
    let results = 0..3;
    let of_pair = |pair| -> Vec<Move> {
        match kind {
            AttackKind::Removal | AttackKind::VoterRemoval => {
                results.clone().map(|from| Move { pair, from: Some(from), to: None }).collect()
            }
            AttackKind::Addition => {
                results.clone().map(|to| Move { pair, from: None, to: Some(to) }).collect()
            }
            AttackKind::Change => results
                .clone()
                .flat_map(|from| (0..3).filter(move |to| *to != from).map(move |to| (from, to)))
                .map(|(from, to)| Move { pair, from: Some(from), to: Some(to) })
                .collect(),
        }
    };
    (0..pairs).flat_map(of_pair).collect()
}

/// The largest sum of gains of at most `votes` attacked votes, no cell giving more than it has.
pub(crate) fn most(gains: impl Iterator<Item = (Move, f64)>, counts: &[[f64; 3]], votes: f64) -> f64 {
    let mut endless = 0.0_f64;
    let mut best = vec![0.0_f64; 3 * counts.len()];
    for (one, gain) in gains {
        match one.from {
            None => endless = endless.max(gain),
            Some(_) => best[one.cell()] = best[one.cell()].max(gain),
        }
    }
    let cells = best.into_iter().zip(counts.iter().flatten().copied());
    most_of(cells.chain([(endless, f64::INFINITY)]), votes)
}

/// The largest sum of at most `votes` units from (gain of a unit, units).
pub(crate) fn most_of(parts: impl Iterator<Item = (f64, f64)>, votes: f64) -> f64 {
    let mut parts: Vec<(f64, f64)> = parts.filter(|(gain, units)| *gain > 0.0 && *units > 0.0).collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut sum, mut left) = (0.0, votes);
    for (gain, units) in parts {
        let taken = left.min(units);
        sum += gain * taken;
        left -= taken;
        if left <= 0.0 {
            break;
        }
    }
    sum
}
