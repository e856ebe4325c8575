//! The attack budget in voters: how few voters whose votes are all taken away would move the cut.
#![expect(clippy::indexing_slicing, reason = "models, pairs and voters are numbered by the tally")]

use super::{Additions, AttackBudget, AttackKind, Case, goal::Goal, local::Local, lower::last, moves::Move};
use crate::{
    bradley_terry::{Counts, DIRECTIONS, Fitter, mean_direction, probabilities},
    number::{real, wide},
    tally::{Cell, Tally},
};

/// Bounds of the number of voters.
pub(crate) fn budget(tally: &Tally, goal: Goal) -> AttackBudget {
    let case = Case::new(tally, goal, AttackKind::VoterRemoval, Additions::SeenPairs);
    AttackBudget::new(AttackKind::VoterRemoval, lower(&case, &tally.voters), upper(&case, &tally.voters))
}

fn lower(case: &Case, voters: &[Vec<Cell>]) -> u64 {
    if case.goal.moved(&case.at) {
        return 0;
    }
    let local = Local::new(case, &mut Fitter::new(&case.pairs), &case.counts, &case.at);
    let mut heaviest: Vec<f64> =
        voters.iter().map(|cells| cells.iter().map(|cell| cell.votes).sum()).collect();
    heaviest.sort_by(|a, b| b.total_cmp(a));
    let too_few = |voters_removed: u64| {
        let removed = usize::try_from(voters_removed).unwrap_or(usize::MAX);
        let votes: f64 = heaviest.iter().take(removed).sum();
        local.reach(votes).is_some_and(|reach| {
            let of = |cell: &Cell| {
                cell.votes * reach.gain(Move { pair: cell.pair, from: Some(cell.result), to: None })
            };
            let mut gains: Vec<f64> = voters.iter().map(|cells| cells.iter().map(of).sum()).collect();
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
                counts[cell.pair][cell.result] -= cell.votes;
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
