//! Votes counted into cells: by pair and result for everybody, and sparsely by voter.

use crate::bradley_terry::{Counts, Pairs};
use daepyo_core::VoteChoice;
use std::collections::BTreeMap;

/// One vote on numbered models.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ballot<'a> {
    pub(crate) voter: &'a str,
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) choice: VoteChoice,
}

/// What one model got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) wins: u64,
    pub(crate) losses: u64,
    pub(crate) ties: u64,
    pub(crate) both_bad: u64,
}

impl Score {
    /// Votes that entered the fit.
    pub(crate) const fn votes(&self) -> u64 {
        self.wins + self.losses + self.ties
    }
}

/// A cell of one voter: place of pair, result (0 lower model, 1 higher model, 2 tie) and number of votes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) pair: usize,
    pub(crate) result: usize,
    pub(crate) votes: f64,
}

/// Counted votes. "Both bad" says nothing of which is better, so it is counted per model and left out of all else.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) pairs: Pairs,
    pub(crate) counts: Counts,
    pub(crate) scores: Vec<Score>,
    pub(crate) both_bad: u64,
    /// By voter, in order of name; only voters with a vote that entered the fit. Weighed, where voters are capped.
    pub(crate) voters: Vec<Vec<Cell>>,
    /// What the cap cut; none where nobody has more votes than it allows.
    pub(crate) capped: Option<Capped>,
}

/// Votes as they were cast, where some voters weigh less than these.
#[derive(Clone, Debug)]
pub(crate) struct Capped {
    /// The most that one voter weighs, in votes.
    pub(crate) most: f64,
    /// By voter, whole votes.
    pub(crate) whole: Vec<Vec<Cell>>,
}

impl Capped {
    /// What each vote of a voter with so many votes weighs.
    pub(crate) fn weight(&self, votes: f64) -> f64 {
        if votes > self.most { self.most / votes } else { 1.0 }
    }
}

/// Votes of cells together.
pub(crate) fn total(cells: &[Cell]) -> f64 {
    cells.iter().map(|cell| cell.votes).sum()
}

/// A pair of models and a result.
type Key = ((usize, usize), usize);

impl Tally {
    /// Counts `ballots` on `models` models; a vote of a model against itself or on an unknown model is left out.
    pub(crate) fn new<'a>(models: usize, ballots: impl Iterator<Item = Ballot<'a>>) -> Self {
        let mut by_pair: BTreeMap<(usize, usize), [f64; 3]> = BTreeMap::new();
        let mut by_voter: BTreeMap<&str, BTreeMap<Key, f64>> = BTreeMap::new();
        let mut scores = vec![Score::default(); models];
        let mut both_bad = 0;
        for Ballot { voter, left, right, choice } in ballots {
            let (low, high) = (left.min(right), left.max(right));
            if low == high || high >= models {
                continue;
            }
            let result = match choice {
                VoteChoice::Left => usize::from(left > right),
                VoteChoice::Right => usize::from(left < right),
                VoteChoice::Tie => 2,
                VoteChoice::BothBad => {
                    both_bad += 1;
                    for model in [low, high] {
                        if let Some(score) = scores.get_mut(model) {
                            score.both_bad += 1;
                        }
                    }
                    continue;
                }
            };
            if let Some(count) = by_pair.entry((low, high)).or_default().get_mut(result) {
                *count += 1.0;
            }
            *by_voter.entry(voter).or_default().entry(((low, high), result)).or_default() += 1.0;
            for (model, win) in [(low, 0), (high, 1)] {
                let Some(score) = scores.get_mut(model) else {
                    continue;
                };
                match result {
                    2 => score.ties += 1,
                    winner if winner == win => score.wins += 1,
                    _ => score.losses += 1,
                }
            }
        }
        let places: BTreeMap<(usize, usize), usize> =
            by_pair.keys().enumerate().map(|(place, pair)| (*pair, place)).collect();
        let cell = |((pair, result), votes): (&Key, &f64)| Cell {
            pair: places.get(pair).copied().unwrap_or_default(),
            result: *result,
            votes: *votes,
        };
        let voters = by_voter.values().map(|cells| cells.iter().map(cell).collect()).collect();
        let pairs = Pairs::new(models, by_pair.keys().copied().collect());
        Self { pairs, counts: by_pair.into_values().collect(), scores, both_bad, voters, capped: None }
    }

    /// The same votes, those of a voter weighed down alike where together they are more than `most`.
    ///
    /// Counts are summed voter by voter in the order of their names, so that they are the same everywhere.
    pub(crate) fn with_cap(mut self, most: Option<u32>) -> Self {
        let Some(most) = most.map(f64::from) else { return self };
        if self.voters.iter().all(|cells| total(cells) <= most) {
            return self;
        }
        let capped = Capped { most, whole: self.voters.clone() };
        self.counts.fill([0.0; 3]);
        for cells in &mut self.voters {
            let weight = capped.weight(total(cells));
            for cell in cells {
                cell.votes *= weight;
                if let Some(count) = self.counts.get_mut(cell.pair).and_then(|pair| pair.get_mut(cell.result))
                {
                    *count += cell.votes;
                }
            }
        }
        self.capped = Some(capped);
        self
    }

    /// The models with at least one vote in the fit, in parts that votes connect, each in order.
    pub(crate) fn parts(&self) -> Vec<Vec<usize>> {
        let mut part: Vec<usize> = (0..self.scores.len()).collect();
        for (low, high) in self.pairs.iter() {
            let (Some(a), Some(b)) = (part.get(low).copied(), part.get(high).copied()) else {
                continue;
            };
            for name in &mut part {
                if *name == a.max(b) {
                    *name = a.min(b);
                }
            }
        }
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (model, (name, score)) in part.iter().zip(&self.scores).enumerate() {
            if score.votes() > 0 {
                parts.entry(*name).or_default().push(model);
            }
        }
        parts.into_values().collect()
    }
}
