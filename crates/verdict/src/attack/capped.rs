//! The upper bound where some votes weigh less than one: voters are weighed again after every attack.
#![expect(clippy::indexing_slicing, reason = "models, pairs and voters are numbered by the case")]

use super::{AttackKind, Case, greedy::effects};
use crate::{
    bradley_terry::{Counts, Fitter},
    number::real,
    tally::{Capped, Cell, total},
};

/// One vote of a voter that is attacked: their cell, and the result that it gets where it is changed.
#[derive(Clone, Copy)]
struct Attack {
    voter: usize,
    cell: usize,
    to: Option<usize>,
}

/// Votes under attack.
#[derive(Clone)]
struct State {
    counts: Counts,
    /// By voter, whole votes that were not attacked.
    left: Vec<Vec<Cell>>,
}

/// Votes of an attack that moves the cut, as [`super::greedy::upper`] finds it; none where none was found.
///
/// A changed vote leaves its voter's weight as it is. Without a removed one the others of its voter may weigh more.
pub(super) fn upper(case: &Case, capped: &Capped) -> Option<u64> {
    if case.goal.moved(&case.at) {
        return Some(0);
    }
    if case.goal.hopeless() {
        return None;
    }
    let weights: Vec<f64> = capped.whole.iter().map(|cells| capped.weight(total(cells))).collect();
    let mut state = State { counts: case.counts.clone(), left: capped.whole.clone() };
    let mut at = case.at.clone();
    let mut fitter = Fitter::new(&case.pairs);
    let mut attacked = 0.0_f64;
    loop {
        let mut slope = case.goal.slope(&at);
        fitter.information(&case.pairs, &state.counts, &at).solve(&mut slope);
        let effects = effects(case, &at, &slope);
        let best = best(case.kind, capped, &weights, &state, &effects)?;
        let batch = state.left[best.voter][best.cell].votes.min(1.0 + (attacked / 16.0).floor());
        let after = |votes: f64| {
            let mut after = state.clone();
            apply(&mut after, capped, &weights, best, votes);
            after
        };
        let mut next = after(batch);
        fitter.fit(&case.pairs, &next.counts, &mut at);
        if case.goal.moved(&at) {
            let (mut no, mut yes) = (0.0, batch);
            while yes - no > 1.0 {
                let middle = f64::midpoint(no, yes).floor();
                next = after(middle);
                fitter.fit(&case.pairs, &next.counts, &mut at);
                if case.goal.moved(&at) { yes = middle } else { no = middle }
            }
            return Some(super::lower::whole(attacked + yes));
        }
        attacked += batch;
        state = next;
    }
}

/// The attack on one vote with the greatest effect, to first order; none where no attack has a good one.
fn best(
    kind: AttackKind,
    capped: &Capped,
    weights: &[f64],
    state: &State,
    effects: &[[f64; 3]],
) -> Option<Attack> {
    let mut best: Option<(f64, Attack)> = None;
    let mut offer = |gain: f64, attack: Attack| {
        if gain > f64::EPSILON * real(effects.len()) && best.is_none_or(|(most, _)| gain > most) {
            best = Some((gain, attack));
        }
    };
    for (voter, cells) in state.left.iter().enumerate() {
        let votes = total(cells);
        let all: f64 = cells.iter().map(|cell| cell.votes * effects[cell.pair][cell.result]).sum();
        for (cell, own) in cells.iter().enumerate().filter(|(_, cell)| cell.votes >= 1.0) {
            let effect = effects[own.pair][own.result];
            match kind {
                AttackKind::Change => {
                    for to in (0..3).filter(|to| *to != own.result) {
                        let gain = weights[voter] * (effects[own.pair][to] - effect);
                        offer(gain, Attack { voter, cell, to: Some(to) });
                    }
                }
                AttackKind::Removal | AttackKind::VoterRemoval | AttackKind::Addition => {
                    let gain = capped.weight(votes - 1.0) * (all - effect) - capped.weight(votes) * all;
                    offer(gain, Attack { voter, cell, to: None });
                }
            }
        }
    }
    best.map(|(_, attack)| attack)
}

/// Attacks so many votes of one cell of a voter.
fn apply(state: &mut State, capped: &Capped, weights: &[f64], attack: Attack, votes: f64) {
    let Attack { voter, cell, to } = attack;
    let before = state.left[voter].clone();
    let own = before[cell];
    state.left[voter][cell].votes -= votes;
    if let Some(to) = to {
        let weight = weights[voter] * votes;
        add(&mut state.counts, own.pair, own.result, -weight);
        add(&mut state.counts, own.pair, to, weight);
        return;
    }
    for (cells, sign) in [(&before, -1.0), (&state.left[voter], 1.0)] {
        let weight = sign * capped.weight(total(cells));
        for cell in cells {
            add(&mut state.counts, cell.pair, cell.result, weight * cell.votes);
        }
    }
}

/// Adds to a cell; a sum of weights may leave a rest below 0, which is none.
fn add(counts: &mut Counts, pair: usize, result: usize, weight: f64) {
    let count = &mut counts[pair][result];
    *count = (*count + weight).max(0.0);
}
