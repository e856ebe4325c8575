//! Whether those who are right on an item are also the better ones on the rest: correlation of item and rest, with a
//! one-sided p-value that needs no model.
//!
//! If an item has nothing to do with ability, every set of entrants of the same size is equally likely to be the one that
//! is right. The p-value is the share of sets whose rest scores add up to no more than those of the set seen (Fisher and
//! Pitman's permutation test); where there are more than [`SETS`] sets, Pitman's t with `n - 2` degrees of freedom, which
//! has the permutation distribution's first moments (Pitman 1937).

use super::{
    ItemTable,
    distributions::t_above,
    item_model::choose,
    responses::{Response, Responses},
};
use crate::number::{real, wide};
use serde::{Deserialize, Serialize};

/// The most sets that are counted one by one.
pub(crate) const SETS: f64 = 5_000.0;

/// How an item goes with the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemStatistics {
    /// Its task.
    pub task: String,
    /// Its id.
    pub item: String,
    /// Entrants with a response.
    pub answered: u64,
    /// Those of them who are right.
    pub right: u64,
    /// Point-biserial correlation of being right with the share right on the other items; none where all answers are
    /// alike or all rests are.
    pub correlation: Option<f64>,
    /// One-sided p-value of a correlation as low or lower.
    pub p_negative: Option<f64>,
    /// Whether that p-value is exact.
    pub exact: bool,
}

/// Statistics of every item of `table`, in its order.
pub(crate) fn statistics(table: &ItemTable<'_>, responses: &Responses) -> Vec<ItemStatistics> {
    let count = |of: &Vec<Response>, wanted: Response| of.iter().filter(|one| **one == wanted).count();
    let totals: Vec<(usize, usize)> = responses
        .of
        .iter()
        .map(|of| (count(of, Response::Right), of.len() - count(of, Response::Missing)))
        .collect();
    let one = |(place, item): (usize, &super::Item<'_>)| {
        let mut rests = Vec::new();
        for (response, (right, answered)) in responses.on(place).zip(&totals) {
            if response == Response::Missing || *answered < 2 {
                continue;
            }
            let own = response == Response::Right;
            rests.push((own, real(right - usize::from(own)) / real(answered - 1)));
        }
        let (answered, right) = responses.counts(place);
        let correlation = correlate(&rests);
        let p = correlation.map(|correlation| negative(&rests, correlation));
        ItemStatistics {
            task: item.task.to_owned(),
            item: item.id.to_owned(),
            answered: wide(answered),
            right: wide(right),
            correlation,
            p_negative: p.map(|(p, _)| p),
            exact: p.is_some_and(|(_, exact)| exact),
        }
    };
    table.items.iter().enumerate().map(one).collect()
}

/// The correlation; none where either side does not vary.
fn correlate(rests: &[(bool, f64)]) -> Option<f64> {
    let n = real(rests.len());
    let share = real(rests.iter().filter(|(own, _)| *own).count()) / n;
    let mean = rests.iter().map(|(_, rest)| rest).sum::<f64>() / n;
    let spread: f64 = rests.iter().map(|(_, rest)| (rest - mean) * (rest - mean)).sum();
    let both: f64 = rests.iter().map(|(own, rest)| (f64::from(u8::from(*own)) - share) * (rest - mean)).sum();
    let own = n * share * (1.0 - share);
    (own > 0.0 && spread > 1e-12).then(|| (both / (own * spread).sqrt()).clamp(-1.0, 1.0))
}

/// One-sided p-value, and whether it is exact.
fn negative(rests: &[(bool, f64)], correlation: f64) -> (f64, bool) {
    let n = rests.len();
    let right = rests.iter().filter(|(own, _)| *own).count();
    if n > 63 || choose(n, right) > SETS {
        let freedom = real(n) - 2.0;
        let t = correlation * (freedom / (1.0 - correlation * correlation).max(1e-12)).sqrt();
        return (1.0 - t_above(t, freedom), false);
    }
    let seen: f64 = rests.iter().filter(|(own, _)| *own).map(|(_, rest)| rest).sum();
    let (mut low, mut all) = (0_u32, 0_u32);
    // Gosper's trick walks through all sets of one size in order.
    let mut set = (1_u64 << right) - 1;
    while set < 1_u64 << n {
        let sum: f64 = rests
            .iter()
            .enumerate()
            .filter(|(place, _)| set >> place & 1 == 1)
            .map(|(_, (_, rest))| rest)
            .sum();
        all += 1;
        low += u32::from(sum <= seen + 1e-9);
        let lowest = set & set.wrapping_neg();
        let carried = set + lowest;
        set = (((set ^ carried) >> 2) / lowest) | carried;
    }
    (f64::from(low) / f64::from(all), true)
}

#[cfg(test)]
mod tests {
    use super::{correlate, negative};

    #[test]
    fn the_exact_p_value_by_hand() {
        // The two weakest of five are right: of the ten pairs only this one has so low a sum.
        let rests = [(true, 0.1), (true, 0.2), (false, 0.5), (false, 0.7), (false, 0.9)];
        let correlation = correlate(&rests).unwrap_or_default();
        // (m1 - m0) / s * sqrt(pq), with s the deviation of the rests around .48.
        let off = [0.38_f64, 0.28, 0.02, 0.22, 0.42];
        let spread = (off.map(|one| one * one).iter().sum::<f64>() / 5.0).sqrt();
        let by_hand = (0.15 - 0.7) / spread * (0.4_f64 * 0.6).sqrt();
        assert!((correlation - by_hand).abs() < 1e-12);
        let (p, exact) = negative(&rests, correlation);
        assert!(exact && (p - 0.1).abs() < 1e-12);
        let reversed: Vec<_> = rests.iter().map(|(own, rest)| (!own, *rest)).collect();
        assert!((negative(&reversed, -correlation).0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn items_that_all_answer_alike_have_no_correlation() {
        assert_eq!(correlate(&[(true, 0.1), (true, 0.2)]), None);
        assert_eq!(correlate(&[(true, 0.1), (false, 0.1)]), None);
        assert_eq!(correlate(&[]), None);
    }
}
