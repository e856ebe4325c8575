//! Ranks over the draws: how likely each is, and which ones the evidence can't rule out.

use crate::{
    joint::{Draw, Joint},
    number::{quantile, real},
};

/// Composites closer than this, in points, are tied: sums of the same numbers may differ in their last bits.
const TIED: f64 = 1e-9;

/// Of each member, the probability of each rank, first to last.
///
/// Candidates tied in a draw share the ranks that they take evenly: two that are first together count half a
/// draw each for the first and the second rank. So no order of ids decides.
pub(crate) fn distribution(joint: &Joint, members: &[usize]) -> Vec<Vec<f64>> {
    let mut table = vec![vec![0.0; members.len()]; members.len()];
    let mut order: Vec<(f64, usize)> = Vec::with_capacity(members.len());
    for draw in &joint.draws {
        order.clear();
        order.extend(members.iter().enumerate().map(|(place, member)| (draw.points(*member), place)));
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut rank = 0;
        while let Some((best, _)) = order.get(rank).copied() {
            let group = order.iter().skip(rank).take_while(|(points, _)| best - points < TIED).count();
            for (_, place) in order.iter().skip(rank).take(group) {
                let ranks = table.get_mut(*place).into_iter().flatten();
                for share in ranks.skip(rank).take(group) {
                    *share += 1.0 / real(group);
                }
            }
            rank += group;
        }
    }
    let draws = real(joint.draws.len().max(1));
    for share in table.iter_mut().flatten() {
        *share /= draws;
    }
    table
}

/// Of each member, the probability of one of the first `places` ranks.
pub(crate) fn advance(joint: &Joint, members: &[usize], places: usize) -> Vec<f64> {
    if members.len() <= places {
        return vec![1.0; members.len()];
    }
    let first = |ranks: Vec<f64>| ranks.into_iter().take(places).sum::<f64>().min(1.0);
    distribution(joint, members).into_iter().map(first).collect()
}

/// Of each member, the least and greatest rank of simultaneous 95 % rank sets, from 1.
///
/// All pairwise differences get intervals that hold together: estimate ± c standard errors, with c the 95 %
/// quantile over the draws of the greatest standardised deviation of any pair. A member's best rank is one below
/// those shown to be better, its worst one above those shown to be worse (Mogstad, Romano, Shaikh and Wilhelm
/// 2024, "Inference for ranks with applications to mobility across neighbourhoods and academic achievement").
pub(crate) fn sets(joint: &Joint, members: &[usize]) -> Vec<(u32, u32)> {
    let pairs: Vec<Pair> = (members.iter().enumerate())
        .flat_map(|(a, one)| {
            members.iter().enumerate().skip(a + 1).map(move |(b, other)| (a, b, *one, *other))
        })
        .map(|(a, b, one, other)| Pair::new(joint, (a, b), (one, other)))
        .collect();
    let mut greatest: Vec<f64> = (joint.draws.iter())
        .map(|draw| pairs.iter().map(|pair| pair.deviation(draw)).fold(0.0, f64::max))
        .collect();
    greatest.sort_by(f64::total_cmp);
    let reach = quantile(&greatest, 0.95);
    rank_sets(members.len(), pairs.iter().map(|pair| (pair.places, pair.estimate, pair.error)), reach)
}

/// Rank sets of `count` things from pairs (places, difference, standard error) and the number of errors that
/// intervals reach.
pub(crate) fn rank_sets(
    count: usize,
    pairs: impl Iterator<Item = ((usize, usize), f64, f64)>,
    reach: f64,
) -> Vec<(u32, u32)> {
    let last = u32::try_from(count).unwrap_or(u32::MAX);
    let mut sets = vec![(1, last); count];
    for ((a, b), difference, error) in pairs {
        if difference.abs() - reach * error > TIED {
            let (better, worse) = if difference > 0.0 { (a, b) } else { (b, a) };
            if let Some((_, worst)) = sets.get_mut(better) {
                *worst -= 1;
            }
            if let Some((best, _)) = sets.get_mut(worse) {
                *best += 1;
            }
        }
    }
    sets
}

/// Two members and the difference of their composites.
struct Pair {
    places: (usize, usize),
    members: (usize, usize),
    estimate: f64,
    error: f64,
}

impl Pair {
    fn new(joint: &Joint, places: (usize, usize), members: (usize, usize)) -> Self {
        let mut pair = Self { places, members, estimate: 0.0, error: 0.0 };
        pair.estimate = pair.difference(&joint.estimate);
        let draws = real(joint.draws.len());
        let mean = joint.draws.iter().map(|draw| pair.difference(draw)).sum::<f64>() / draws.max(1.0);
        let squares: f64 = joint.draws.iter().map(|draw| (pair.difference(draw) - mean).powi(2)).sum();
        pair.error = (squares / (draws - 1.0).max(1.0)).sqrt();
        pair
    }

    fn difference(&self, draw: &Draw) -> f64 {
        draw.points(self.members.0) - draw.points(self.members.1)
    }

    /// Deviation from the estimate in standard errors; 0 for a difference that never varies.
    fn deviation(&self, draw: &Draw) -> f64 {
        if self.error > TIED { (self.difference(draw) - self.estimate).abs() / self.error } else { 0.0 }
    }
}
