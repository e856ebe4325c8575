//! The attack budget in voters: how few voters whose votes are all taken away would move the cut.
#![expect(clippy::indexing_slicing, reason = "models, pairs and voters are numbered by the tally")]

use super::{
    Additions, AttackBudget, AttackKind, Case,
    goal::Goal,
    local::{Local, Reach},
    lower::last,
    moves::Move,
};
use crate::{
    bradley_terry::{Counts, DIRECTIONS, Fitter, mean_direction, probabilities},
    number::{real, wide},
    tally::{Cell, Tally},
};

/// Bounds of the number of voters, and the number itself where all smaller sets can be tried in `limit` fits.
pub(crate) fn budget(tally: &Tally, goal: Goal, limit: u64) -> AttackBudget {
    let case = Case::new(tally, goal, AttackKind::VoterRemoval, Additions::SeenPairs);
    let (lower, upper) = (lower(&case, &tally.voters), upper(&case, &tally.voters));
    let budget = |lower, upper| AttackBudget::new(AttackKind::VoterRemoval, lower, upper);
    let Some(most) = upper else {
        return budget(lower, upper);
    };
    let mut sets = Sets { case: &case, voters: &tally.voters, fitter: Fitter::new(&case.pairs), left: limit };
    for size in lower..most {
        match sets.any_moves(size) {
            Some(true) => return budget(size, Some(size)),
            Some(false) => {}
            None => return budget(size, upper),
        }
    }
    budget(most, upper)
}

/// Sets of voters of one size, in order of place.
struct Sets<'a> {
    case: &'a Case,
    voters: &'a [Vec<Cell>],
    fitter: Fitter,
    left: u64,
}

impl Sets<'_> {
    /// Whether the removal of any set of this size moves the cut; none when the fits run out.
    fn any_moves(&mut self, size: u64) -> Option<bool> {
        let size = usize::try_from(size).ok()?;
        let local =
            Local::new(self.case, &mut Fitter::new(&self.case.pairs), &self.case.counts, &self.case.at);
        let reach = local.reach(heaviest(self.voters, size));
        let gains = reach.as_ref().map(|reach| effects(self.voters, reach));
        let mut chosen: Vec<usize> = (0..size).collect();
        loop {
            let short = reach.as_ref().zip(gains.as_ref()).is_some_and(|(reach, gains)| {
                reach.out_of_reach(chosen.iter().map(|voter| gains[*voter]).sum())
            });
            // Sets that are ruled out without a fit count as well, so that the search ends.
            self.left = self.left.checked_sub(1)?;
            if !short && self.moves(&chosen) {
                return Some(true);
            }
            let end = self.voters.len();
            let Some(place) = (0..size).rev().find(|place| chosen[*place] < end - size + place) else {
                return Some(false);
            };
            chosen[place] += 1;
            for next in place + 1..size {
                chosen[next] = chosen[next - 1] + 1;
            }
        }
    }

    fn moves(&mut self, chosen: &[usize]) -> bool {
        let mut counts = self.case.counts.clone();
        for cell in chosen.iter().flat_map(|voter| &self.voters[*voter]) {
            take(&mut counts, cell);
        }
        let mut at = self.case.at.clone();
        self.fitter.fit(&self.case.pairs, &counts, &mut at);
        self.case.goal.moved(&at)
    }
}

/// Takes a voter's cell away; a sum of weights may leave a rest below 0, which is none.
fn take(counts: &mut Counts, cell: &Cell) {
    let count = &mut counts[cell.pair][cell.result];
    *count = (*count - cell.votes).max(0.0);
}

/// Votes of the `size` voters with the most.
fn heaviest(voters: &[Vec<Cell>], size: usize) -> f64 {
    let mut totals: Vec<f64> = voters.iter().map(|cells| cells.iter().map(|cell| cell.votes).sum()).collect();
    totals.sort_by(|a, b| b.total_cmp(a));
    totals.iter().take(size).sum()
}

/// The most that each voter's removal adds.
fn effects(voters: &[Vec<Cell>], reach: &Reach) -> Vec<f64> {
    let of =
        |cell: &Cell| cell.votes * reach.gain(Move { pair: cell.pair, from: Some(cell.result), to: None });
    voters.iter().map(|cells| cells.iter().map(of).sum()).collect()
}

fn lower(case: &Case, voters: &[Vec<Cell>]) -> u64 {
    if case.goal.moved(&case.at) {
        return 0;
    }
    let local = Local::new(case, &mut Fitter::new(&case.pairs), &case.counts, &case.at);
    let too_few = |removed: u64| {
        let removed = usize::try_from(removed).unwrap_or(usize::MAX);
        local.reach(heaviest(voters, removed)).is_some_and(|reach| {
            let mut gains = effects(voters, &reach);
            gains.sort_by(|a, b| b.total_cmp(a));
            reach.out_of_reach(gains.iter().take(removed).filter(|gain| **gain > 0.0).sum())
        })
    };
    last(wide(voters.len()), too_few).map_or(1, |voters| voters + 1)
}

/// Voters whose removal was seen to move the cut, those with the most effect first.
fn upper(case: &Case, voters: &[Vec<Cell>]) -> Option<u64> {
    if case.goal.moved(&case.at) {
        return Some(0);
    }
    if case.goal.hopeless() {
        return None;
    }
    let mut counts = case.counts.clone();
    let mut at = case.at.clone();
    let mut fitter = Fitter::new(&case.pairs);
    let mut stays = vec![true; voters.len()];
    let mut removed = 0;
    while removed < voters.len() {
        let order = by_effect(case, &mut fitter, &counts, &at, voters, &stays);
        let batch: Vec<usize> = order.into_iter().take(1 + removed / 16).collect();
        if batch.is_empty() {
            return None;
        }
        let without = |some: &[usize]| {
            let mut counts = counts.clone();
            for cell in some.iter().flat_map(|voter| &voters[*voter]) {
                take(&mut counts, cell);
            }
            counts
        };
        let after = without(&batch);
        fitter.fit(&case.pairs, &after, &mut at);
        if case.goal.moved(&at) {
            let (mut no, mut yes) = (0, batch.len());
            while yes - no > 1 {
                let middle = no.midpoint(yes);
                fitter.fit(&case.pairs, &without(&batch[..middle]), &mut at);
                if case.goal.moved(&at) { yes = middle } else { no = middle }
            }
            return Some(wide(removed + yes));
        }
        removed += batch.len();
        for voter in batch {
            stays[voter] = false;
        }
        counts = after;
    }
    None
}

/// Voters whose removal helps to first order, the most helpful first.
fn by_effect(
    case: &Case,
    fitter: &mut Fitter,
    counts: &Counts,
    at: &[f64],
    voters: &[Vec<Cell>],
    stays: &[bool],
) -> Vec<usize> {
    let tie = at.len() - 1;
    let mut slope = case.goal.slope(at);
    fitter.information(&case.pairs, counts, at).solve(&mut slope);
    let effects: Vec<[f64; 3]> = (case.pairs.iter())
        .map(|(low, high)| {
            let mean = mean_direction(probabilities(at[low], at[high], at[tie]));
            let places = [slope[low], slope[high], slope[tie]];
            DIRECTIONS.map(|direction| (0..3).map(|k| (mean[k] - direction[k]) * places[k]).sum())
        })
        .collect();
    let least = f64::EPSILON * real(counts.len());
    let mut order: Vec<(f64, usize)> = voters
        .iter()
        .enumerate()
        .filter(|(voter, _)| stays[*voter])
        .map(|(voter, cells)| {
            (cells.iter().map(|cell| cell.votes * effects[cell.pair][cell.result]).sum(), voter)
        })
        .filter(|(gain, _)| *gain > least)
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order.into_iter().map(|(_, voter)| voter).collect()
}
