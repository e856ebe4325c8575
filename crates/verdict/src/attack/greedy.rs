//! The upper bound: an attack that is carried out vote by vote, fitted again and seen to move the cut.
#![expect(clippy::indexing_slicing, reason = "models and pairs are numbered by the case")]

use super::{
    AttackKind, Case,
    lower::whole,
    moves::{Move, moves},
};
use crate::{
    bradley_terry::{DIRECTIONS, Fitter, mean_direction, probabilities},
    number::real,
};

/// Votes added without success, as a multiple of the votes that there are, before the attack is given up.
const HOPELESS: f64 = 16.0;

/// Votes of an attack that moves the cut; none where none was found.
///
/// Each time the votes with the most effect, to first order, are attacked and the model is fitted again; batches
/// grow with one part in 16, and the last one is cut back to the fewest that do.
pub(crate) fn upper(case: &Case) -> Option<u64> {
    if case.goal.moved(&case.at) {
        return Some(0);
    }
    if case.goal.hopeless() {
        return None;
    }
    let all = moves(case.kind, case.counts.len());
    let mut counts = case.counts.clone();
    let mut at = case.at.clone();
    let mut fitter = Fitter::new(&case.pairs);
    let total: f64 = counts.iter().flatten().sum();
    let end = match case.kind {
        AttackKind::Addition => HOPELESS * total,
        AttackKind::Removal | AttackKind::Change | AttackKind::VoterRemoval => total,
    };
    let mut attacked = 0.0;
    while attacked < end {
        let mut slope = case.goal.slope(&at);
        fitter.information(&case.pairs, &counts, &at).solve(&mut slope);
        let best = best(case, &all, &counts, &at, &slope)?;
        let batch = best.available(&counts).min(1.0 + (attacked / 16.0_f64).floor());
        let before = counts.clone();
        best.apply(&mut counts, batch);
        fitter.fit(&case.pairs, &counts, &mut at);
        if case.goal.moved(&at) {
            return Some(whole(attacked + fewest(case, &mut fitter, &before, best, batch, &at)));
        }
        attacked += batch;
    }
    None
}

/// The fewest votes of the last batch that move the cut, halving.
fn fewest(case: &Case, fitter: &mut Fitter, before: &[[f64; 3]], last: Move, batch: f64, at: &[f64]) -> f64 {
    let (mut no, mut yes) = (0.0, batch);
    let mut start = at.to_vec();
    while yes - no > 1.0 {
        let middle = f64::midpoint(no, yes).floor();
        let mut counts = before.to_owned();
        last.apply(&mut counts, middle);
        fitter.fit(&case.pairs, &counts, &mut start);
        if case.goal.moved(&start) { yes = middle } else { no = middle }
    }
    yes
}

/// What one more vote with each result of each pair does towards the goal, to first order.
pub(super) fn effects(case: &Case, at: &[f64], slope: &[f64]) -> Vec<[f64; 3]> {
    let tie = at.len() - 1;
    (case.pairs.iter())
        .map(|(low, high)| {
            let mean = mean_direction(probabilities(at[low], at[high], at[tie]));
            let places = [slope[low], slope[high], slope[tie]];
            DIRECTIONS.map(|direction| (0..3).map(|k| (direction[k] - mean[k]) * places[k]).sum())
        })
        .collect()
}

/// The attack on one vote with the greatest effect; none where no attack has a good one.
fn best(case: &Case, all: &[Move], counts: &[[f64; 3]], at: &[f64], slope: &[f64]) -> Option<Move> {
    let effects = effects(case, at, slope);
    let mut best: Option<(f64, Move)> = None;
    for one in all {
        let gain = one.gain(effects[one.pair]);
        let possible = one.available(counts) >= 1.0 && gain > f64::EPSILON * real(counts.len());
        if possible && best.is_none_or(|(most, _)| gain > most) {
            best = Some((gain, *one));
        }
    }
    best.map(|(_, one)| one)
}
