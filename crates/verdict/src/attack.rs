//! The attack budget of a vote: how few changed votes would move the cut.

use crate::{
    bradley_terry::{DIRECTIONS, Fitter},
    criteria::public_votes::PublicVotes,
    number::{real, wide},
};

/// Two candidates at the cut and what else they have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// The last that is in.
    pub(crate) last_in: usize,
    /// The first that is out.
    pub(crate) first_out: usize,
    /// Points of the last in minus points of the first out, without the criterion in question.
    pub(crate) lead: f64,
    /// Points that the criterion gives at most.
    pub(crate) weight: f64,
}

/// The number of votes to change, each to any other result, until the first that is out has more points than
/// the last that is in; none where no change does it.
///
/// A greedy search: each time the votes whose change moves the difference most, to first order, are changed and
/// the model is fitted again. So the number is an upper bound of the least, within the batch of one part in 64.
pub(crate) fn budget(votes: &PublicVotes, cut: Cut) -> Option<u64> {
    let (low, high) = (votes.model(cut.last_in)?, votes.model(cut.first_out)?);
    let pairs = &votes.tally.pairs;
    let mut counts = votes.tally.counts.clone();
    let mut at = votes.strengths().to_vec();
    let mut fitter = Fitter::new(pairs);
    let share = |at: &[f64], model: usize| votes.ends.share(votes.preference(at, model));
    let behind = |at: &[f64]| cut.lead + cut.weight * (share(at, low) - share(at, high));
    let most: f64 = counts.iter().flatten().sum();
    let mut changed = 0.0;
    while behind(&at) >= 0.0 {
        let mut slope = slope(votes, &at, low, high);
        fitter.information(pairs, &counts, &at).solve(&mut slope);
        let (pair, from, to) = best_change(votes, &counts, &slope)?;
        let cell = counts.get_mut(pair)?;
        let available = cell.get(from).copied()?;
        let batch = available.min(1.0 + (changed / 64.0_f64).floor());
        *cell.get_mut(from)? -= batch;
        *cell.get_mut(to)? += batch;
        changed += batch;
        // More changes than there are votes would only turn the same ones round and round.
        if changed > most {
            return None;
        }
        fitter.fit(pairs, &counts, &mut at);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of votes")]
    let changed = changed as usize;
    Some(wide(changed))
}

/// How the preference for `high` minus that for `low` moves with each parameter, in the direction that earns
/// points.
fn slope(votes: &PublicVotes, at: &[f64], low: usize, high: usize) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let sign = (votes.ends.full - votes.ends.zero).signum();
    let gap = |at: &[f64]| sign * (votes.preference(at, high) - votes.preference(at, low));
    let mut slope = vec![0.0; at.len()];
    let mut moved = at.to_vec();
    for place in [low, high, votes.versus(), votes.models()] {
        let (Some(value), Some(slope)) = (at.get(place), slope.get_mut(place)) else {
            continue;
        };
        let mut shifted = |by: f64| {
            if let Some(place) = moved.get_mut(place) {
                *place = value + by;
            }
            gap(&moved)
        };
        *slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
        shifted(0.0);
    }
    slope
}

/// The change of one vote (pair, from, to) with the greatest influence; none where no change has a good one.
fn best_change(votes: &PublicVotes, counts: &[[f64; 3]], influence: &[f64]) -> Option<(usize, usize, usize)> {
    let at = |place: usize| influence.get(place).copied().unwrap_or_default();
    let tie = at(votes.models());
    let mut best: Option<(f64, (usize, usize, usize))> = None;
    for (pair, ((low, high), count)) in votes.tally.pairs.iter().zip(counts).enumerate() {
        let gain = DIRECTIONS.map(|[first, second, ties]| first * at(low) + second * at(high) + ties * tie);
        for (from, (available, old)) in count.iter().zip(gain).enumerate() {
            for (to, new) in gain.iter().enumerate() {
                let better = new - old;
                let possible = *available >= 1.0 && better > f64::EPSILON * real(counts.len());
                if possible && best.is_none_or(|(most, _)| better > most) {
                    best = Some((better, (pair, from, to)));
                }
            }
        }
    }
    best.map(|(_, change)| change)
}
