//! The proven lower bound; the proof is in the parent module's documentation.

use super::{
    AttackKind, Case,
    goal::Goal,
    local::Local,
    moves::{most, most_of, moves},
};
use crate::{bradley_terry::Fitter, tally::total};
use std::collections::BTreeMap;

/// No attack of fewer votes moves the cut; 0 where it is moved already.
pub(crate) fn lower(case: &Case) -> u64 {
    if case.goal.moved(&case.at) {
        return 0;
    }
    let near = near(case);
    let far = match case.goal {
        Goal::Strength { last_in, first_out } => balance(case, last_in, first_out),
        Goal::Points { .. } => 0,
    };
    // The cut is not moved without an attack.
    near.max(far).max(1)
}

/// The bound from the fit's neighbourhood: one more than the most votes that are shown to be too few.
fn near(case: &Case) -> u64 {
    let local = Local::new(case, &mut Fitter::new(&case.pairs), &case.counts, &case.at);
    let all = moves(case.kind, case.counts.len());
    let too_few = |votes: u64| {
        let votes = number(votes);
        // A removed vote of a capped voter gives weight to others of theirs.
        let coming = if case.reweighs() { votes } else { 0.0 };
        local.reach(votes + coming).is_some_and(|reach| {
            let gains = all.iter().map(|one| (*one, reach.gain(*one)));
            let gain = reach.coming.iter().flatten().copied().fold(0.0_f64, f64::max);
            reach.out_of_reach(most(gains, &case.counts, votes) + coming * gain)
        })
    };
    // More attacks than there are votes do no more than all of them, except for added ones.
    let votes: f64 = match &case.capped {
        Some(capped) => capped.whole.iter().map(|cells| total(cells)).sum(),
        None => case.counts.iter().flatten().sum(),
    };
    let end = match case.kind {
        AttackKind::Addition => local.horizon(),
        AttackKind::Removal | AttackKind::Change | AttackKind::VoterRemoval => local.horizon().min(votes),
    };
    last(whole(end), too_few).map_or(0, |votes| votes + 1)
}

/// The bound (5) for two strengths far apart.
fn balance(case: &Case, last_in: usize, first_out: usize) -> u64 {
    let mut third: BTreeMap<usize, f64> = BTreeMap::new();
    let mut lead = 0.0;
    // Of each cell the most that one vote does, from the last in's and the first out's side.
    let mut parts: Vec<(f64, f64)> = Vec::new();
    for ((low, high), count) in case.pairs.iter().zip(&case.counts) {
        let [lows, highs, ties] = *count;
        for (model, other, wins, losses) in [(low, high, lows, highs), (high, low, highs, lows)] {
            let score = wins + ties / 2.0;
            let votes = wins + losses + ties;
            if model == last_in {
                lead += score;
                if other == first_out {
                    parts.extend(match case.kind {
                        AttackKind::Change => [(2.0, wins), (1.0, ties)],
                        AttackKind::Removal | AttackKind::VoterRemoval | AttackKind::Addition => {
                            [(1.0, wins), (0.0, ties)]
                        }
                    });
                } else {
                    parts.extend([(1.0, wins), (0.5, ties)]);
                    *third.entry(other).or_default() += votes;
                }
            } else if model == first_out {
                lead -= score;
                if other != last_in {
                    parts.extend([(1.0, losses), (0.5, ties)]);
                    *third.entry(other).or_default() -= votes;
                }
            }
        }
    }
    if case.kind == AttackKind::Addition {
        parts = vec![(1.0, f64::INFINITY)];
    }
    let need = lead - third.values().map(|more| more.max(0.0)).sum::<f64>();
    let coming = |votes: u64| if case.reweighs() { number(votes) } else { 0.0 };
    let too_few = |votes: u64| {
        most_of(parts.iter().copied(), number(votes)) + coming(votes) + 1e-9 * (1.0 + need.abs()) < need
    };
    last(whole(2.0 * need.max(0.0) + 1.0), too_few).map_or(0, |votes| votes + 1)
}

/// The largest number up to `end` for which `holds`, where it holds up to some number and then no more.
pub(crate) fn last(end: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(0) {
        return None;
    }
    let (mut yes, mut no) = (0, end + 1);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) { yes = middle } else { no = middle }
    }
    Some(yes)
}

/// `votes` as a real number.
pub(crate) fn number(votes: u64) -> f64 {
    crate::number::real(usize::try_from(votes).unwrap_or(usize::MAX))
}

/// The whole part of a count of votes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of votes, far below 2^53"
)]
pub(crate) fn whole(votes: f64) -> u64 {
    if votes.is_finite() { votes.clamp(0.0, 1e15) as u64 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::last;

    #[test]
    fn the_last_that_holds() {
        for end in 0..20 {
            for limit in 0..=end {
                assert_eq!(last(end, |number| number <= limit), Some(limit));
            }
        }
        assert_eq!(last(5, |_| false), None);
    }
}
