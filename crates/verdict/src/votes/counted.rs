//! Votes counted into cells (pair of models and result), in all and by voter.
//!
//! Two passes: one counts, one puts the cells in order of voter (a counting sort), so that a voter's votes lie side
//! by side and no map is kept. A million votes take 4 MB beside the votes themselves.
#![expect(
    clippy::indexing_slicing,
    reason = "models, pairs and voters are numbered, and a poll has checked them"
)]

use super::{Poll, VoteError, poll::place};
use crate::{
    bradley_terry::{Counts, Pairs},
    number::{real, wide},
};
use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};

/// Up to so many models, pairs are looked up in a square table (16 MB at most); beyond, by binary search.
const SQUARE: usize = 2048;

/// No pair.
const NONE: u32 = u32::MAX;

/// Results of a pair: lower model, higher model, tie.
const RESULTS: u32 = 3;

/// What one model got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallied {
    /// Votes won.
    pub wins: u64,
    /// Votes lost.
    pub losses: u64,
    /// Ties.
    pub ties: u64,
    /// Battles in which both were called bad, which entered nothing else.
    pub both_bad: u64,
}

/// Votes counted once, ready for fits, errors and resampling.
#[derive(Clone, Debug)]
pub struct Counted {
    pub(super) pairs: Pairs,
    /// Weight by pair and result.
    pub(super) counts: Counts,
    /// The same of squared weights.
    pub(super) squares: Counts,
    /// Whole votes by model.
    pub(super) tallied: Vec<Tallied>,
    pub(super) both_bad: u64,
    /// Of each voter with a vote that counts: where the cells start; one more entry for the end.
    pub(super) starts: Vec<u32>,
    /// Cells (three times the pair plus the result) in order of voter, ascending in each.
    pub(super) cells: Vec<u32>,
    /// Weight of each such voter; none where all are 1.
    pub(super) weights: Option<Vec<f64>>,
}

impl Counted {
    /// Counts a poll.
    ///
    /// "Both bad" says nothing of which is better: it is counted per model and left out of all else, as is a voter
    /// of weight 0. Fails where a model has no vote that counts, where no chain of votes connects two models, and
    /// with fewer than two voters.
    pub fn of(poll: &Poll<'_>) -> Result<Self, VoteError> {
        let counted = Self::unchecked(poll);
        let parts = counted.parts();
        if counted.voters() < 2 {
            return Err(VoteError::TooFewVoters { voters: counted.voters() });
        }
        let without: Vec<u16> = counted.without_votes();
        if !without.is_empty() {
            return Err(VoteError::NoVotes { models: without });
        }
        if parts.len() > 1 {
            return Err(VoteError::Disconnected { parts });
        }
        Ok(counted)
    }

    /// Counts a poll of which nothing is asked.
    pub(super) fn unchecked(poll: &Poll<'_>) -> Self {
        let models = poll.models();
        let lookup = Lookup::new(poll);
        let (pairs, places) = lookup.pairs(models);
        let mut tallied = vec![Tallied::default(); models];
        let mut both_bad = 0;
        let mut votes = vec![0_u32; pairs.len() * 3];
        let mut starts = vec![0_u32; poll.voters() + 1];
        for ballot in poll.ballots() {
            let (left, right) = (usize::from(ballot.left), usize::from(ballot.right));
            let Some(result) = result(ballot.choice, left, right) else {
                both_bad += 1;
                tallied[left].both_bad += 1;
                tallied[right].both_bad += 1;
                continue;
            };
            votes[place(places.of(left, right) * RESULTS + result)] += 1;
            starts[place(ballot.voter) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut cells = vec![0_u32; place(sum)];
        let mut next = starts.clone();
        for ballot in poll.ballots() {
            let (left, right) = (usize::from(ballot.left), usize::from(ballot.right));
            let Some(result) = result(ballot.choice, left, right) else {
                continue;
            };
            let slot = &mut next[place(ballot.voter)];
            cells[place(*slot)] = places.of(left, right) * RESULTS + result;
            *slot += 1;
        }
        drop(next);
        let unweighted: Counts = votes.as_chunks::<3>().0.iter().map(|votes| votes.map(f64::from)).collect();
        for ((low, high), votes) in pairs.iter().zip(votes.as_chunks::<3>().0) {
            let votes = votes.map(u64::from);
            for (model, won, lost) in [(*low, votes[0], votes[1]), (*high, votes[1], votes[0])] {
                tallied[model].wins += won;
                tallied[model].losses += lost;
                tallied[model].ties += votes[2];
            }
        }
        let mut counted = Self {
            pairs: Pairs::new(models, pairs),
            squares: unweighted.clone(),
            counts: unweighted,
            tallied,
            both_bad,
            starts,
            cells,
            weights: None,
        };
        counted.settle(poll.weights());
        counted
    }

    /// Leaves voters without votes out, puts each voter's cells in order and weighs.
    fn settle(&mut self, weights: Option<&[f64]>) {
        let mut kept = Vec::new();
        let mut starts = vec![0];
        for voter in 0..self.starts.len() - 1 {
            let range = place(self.starts[voter])..place(self.starts[voter + 1]);
            if !range.is_empty() {
                // The order of the votes must not reach the sums.
                self.cells[range.clone()].sort_unstable();
                starts.push(self.starts[voter + 1]);
                if let Some(weights) = weights {
                    kept.push(weights[voter]);
                }
            }
        }
        self.starts = starts;
        self.starts.shrink_to_fit();
        if weights.is_some() {
            self.weigh(&kept);
        }
    }

    /// Drops voters of weight 0 and counts anew with weights.
    fn weigh(&mut self, weights: &[f64]) {
        let mut counts = vec![[0.0; 3]; self.counts.len()];
        let mut squares = counts.clone();
        let (mut starts, mut cells, mut kept) = (vec![0], Vec::with_capacity(self.cells.len()), Vec::new());
        for (voter, weight) in weights.iter().copied().enumerate().filter(|(_, weight)| *weight > 0.0) {
            for cell in self.of_voter(voter) {
                let (pair, result) = (place(cell / RESULTS), place(cell % RESULTS));
                counts[pair][result] += weight;
                squares[pair][result] += weight * weight;
                cells.push(*cell);
            }
            starts.push(u32::try_from(cells.len()).unwrap_or(NONE));
            kept.push(weight);
        }
        (self.counts, self.squares, self.weights) = (counts, squares, Some(kept));
        (self.starts, self.cells) = (starts, cells);
    }

    /// Models.
    pub fn models(&self) -> usize {
        self.pairs.models()
    }

    /// Voters with a vote that counts.
    pub fn voters(&self) -> usize {
        self.starts.len() - 1
    }

    /// Votes that count, ties among them.
    pub fn votes(&self) -> (u64, u64) {
        let ties = self.cells.iter().filter(|cell| **cell % RESULTS == 2).count();
        (wide(self.cells.len()), wide(ties))
    }

    /// Votes for "both are bad".
    pub const fn both_bad(&self) -> u64 {
        self.both_bad
    }

    /// Whole votes by model, whatever their weight.
    pub fn tallied(&self) -> &[Tallied] {
        &self.tallied
    }

    /// Of each model, the weight of its votes.
    pub(super) fn weight_by_model(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.models()];
        for ((low, high), count) in self.pairs.iter().zip(&self.counts) {
            let sum = count[0] + count[1] + count[2];
            weights[low] += sum;
            weights[high] += sum;
        }
        weights
    }

    pub(super) fn of_voter(&self, voter: usize) -> &[u32] {
        &self.cells[place(self.starts[voter])..place(self.starts[voter + 1])]
    }

    pub(super) fn weight_of(&self, voter: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[voter])
    }

    /// Kish's effective number of voters, each with the sum of the weights of his votes.
    pub fn effective_voters(&self) -> f64 {
        let total = |voter| self.weight_of(voter) * real(self.of_voter(voter).len());
        super::weights::kish((0..self.voters()).map(total)).effective
    }

    pub(super) fn without_votes(&self) -> Vec<u16> {
        let weights = self.weight_by_model();
        (0..).zip(&weights).filter(|(_, weight)| **weight <= 0.0).map(|(model, _)| model).collect()
    }

    /// The models with votes, in parts that votes connect, each in order.
    pub(super) fn parts(&self) -> Vec<Vec<u16>> {
        let name = connected(&self.pairs, &self.counts);
        let weights = self.weight_by_model();
        let mut parts: Vec<(usize, Vec<u16>)> = Vec::new();
        for (model, name) in (0_u16..).zip(&name).filter(|(model, _)| weights[usize::from(*model)] > 0.0) {
            match parts.iter_mut().find(|(known, _)| known == name) {
                Some((_, part)) => part.push(model),
                None => parts.push((*name, vec![model])),
            }
        }
        parts.into_iter().map(|(_, part)| part).collect()
    }
}

/// Of each model, the lowest model that chains of votes in `counts` connect it with.
pub(super) fn connected(pairs: &Pairs, counts: &[[f64; 3]]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..pairs.models()).collect();
    let root = |parent: &mut Vec<usize>, mut model: usize| {
        while parent[model] != model {
            parent[model] = parent[parent[model]];
            model = parent[model];
        }
        model
    };
    for ((low, high), count) in pairs.iter().zip(counts) {
        if count[0] + count[1] + count[2] > 0.0 {
            let (a, b) = (root(&mut parent, low), root(&mut parent, high));
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..pairs.models()).map(|model| root(&mut parent, model)).collect()
}

/// 0 where the lower model won, 1 where the higher did, 2 for a tie; none for "both bad".
fn result(choice: VoteChoice, left: usize, right: usize) -> Option<u32> {
    match choice {
        VoteChoice::Left => Some(u32::from(left > right)),
        VoteChoice::Right => Some(u32::from(left < right)),
        VoteChoice::Tie => Some(2),
        VoteChoice::BothBad => None,
    }
}

/// Which pairs were compared.
enum Lookup {
    /// By lower model times models plus higher model: whether there is a vote.
    Square(Vec<bool>),
    /// Lower and higher model, in order.
    Sorted(Vec<(u16, u16)>),
}

/// Where a pair is.
enum Places {
    Square { models: usize, places: Vec<u32> },
    Sorted(Vec<(u16, u16)>),
}

impl Lookup {
    fn new(poll: &Poll<'_>) -> Self {
        let counting = poll.ballots().iter().filter(|ballot| ballot.choice != VoteChoice::BothBad);
        let keys = counting.map(|ballot| (ballot.left.min(ballot.right), ballot.left.max(ballot.right)));
        if poll.models() <= SQUARE {
            let mut seen = vec![false; poll.models() * poll.models()];
            for (low, high) in keys {
                seen[usize::from(low) * poll.models() + usize::from(high)] = true;
            }
            return Self::Square(seen);
        }
        let mut keys: Vec<(u16, u16)> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        Self::Sorted(keys)
    }

    fn pairs(self, models: usize) -> (Vec<(usize, usize)>, Places) {
        match self {
            Self::Square(seen) => {
                let mut pairs = Vec::new();
                let mut places = vec![NONE; seen.len()];
                for (key, _) in seen.iter().enumerate().filter(|(_, seen)| **seen) {
                    places[key] = u32::try_from(pairs.len()).unwrap_or(NONE);
                    pairs.push((key / models, key % models));
                }
                (pairs, Places::Square { models, places })
            }
            Self::Sorted(keys) => {
                let pairs = keys.iter().map(|(low, high)| (usize::from(*low), usize::from(*high))).collect();
                (pairs, Places::Sorted(keys))
            }
        }
    }
}

impl Places {
    fn of(&self, left: usize, right: usize) -> u32 {
        let (low, high) = (left.min(right), left.max(right));
        match self {
            Self::Square { models, places } => places[low * models + high],
            Self::Sorted(keys) => {
                let key = |model| u16::try_from(model).unwrap_or(u16::MAX);
                let found = keys.binary_search(&(key(low), key(high)));
                found.ok().and_then(|found| u32::try_from(found).ok()).unwrap_or(NONE)
            }
        }
    }
}
