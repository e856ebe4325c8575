//! Which two candidates to show next, so that votes go where the cut is still open.
//!
//! For a candidate that is in and one that is out, `q` is the probability (normal, from the kept information) that the
//! true order is the other way round. A vote on a pair `(a, b)` with information `w` lowers the variance of the
//! difference `d` of those two by `w (C d_a - C d_b)^2 / (1 + w Var(a, b))`, with `C` the covariance (the rank-one
//! update of a Bayesian linear model; Glickman and Jensen 2005, "Adaptive paired comparison design"). A pair's worth
//! is the sum of these, each times its `q`, over the 16 differences with the greatest `q`: so a call costs O(n^2) in
//! candidates.
//!
//! The pair is drawn, never taken as the best, so that nobody who follows the votes knows what comes next, as long as
//! the seed is secret until the stage closes. The same seed, number and sequence of records give the same pair.
#![expect(clippy::indexing_slicing, reason = "candidates are numbered by the history")]

use super::{Live, VoteError, normal::unit};
use crate::{bradley_terry::probabilities, draws::Draws, number::real};
use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Differences across the cut that are looked at.
const CONTRASTS: usize = 16;

/// Chance that the side that a candidate of a pair has had less often is the one that it gets (Efron 1971, "Forcing a
/// sequential experiment to be balanced").
const TURN: f64 = 2.0 / 3.0;

/// How pairs are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairingRules {
    /// Candidates that go on: the cut lies below these. References of the history are none of them.
    pub advance: u16,
    /// The least exposure of each candidate as a share of the even one, 0 to 1. A candidate below it is in the next
    /// pair.
    pub floor: f64,
    /// Share of pairs that are drawn evenly, above 0 and up to 1 (1: all, which is no adaptive pairing).
    pub even: f64,
    /// Power of a pair's worth that its chance is proportional to, above 0: 1 follows the worth, more goes to the best
    /// pairs.
    pub sharpness: f64,
}

impl PairingRules {
    /// A floor of a third of the even exposure, a tenth drawn evenly, sharpness 2.
    pub const fn advancing(advance: u16) -> Self {
        Self { advance, floor: 1.0 / 3.0, even: 0.1, sharpness: 2.0 }
    }
}

/// Rules that no pair can be drawn by.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PairingError {
    /// A cut below all or above all candidates.
    #[error("{advance} of {candidates} candidates going on is no cut; write 1 to candidates - 1")]
    NoCut {
        /// Candidates that go on.
        advance: u16,
        /// Candidates, without references.
        candidates: usize,
    },
    /// A rule out of range.
    #[error("`{rule}` is {value}; write {wanted}")]
    Invalid {
        /// The rule.
        rule: &'static str,
        /// Its value.
        value: f64,
        /// What it has to be.
        wanted: &'static str,
    },
}

impl PairingError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCut { .. } => "verdict::no_cut",
            Self::Invalid { .. } => "verdict::invalid_pairing",
        }
    }
}

/// What was shown and voted so far. Recording a battle is O(n^2) in candidates.
#[derive(Clone, Debug)]
pub struct History {
    live: Live,
    /// By left candidate times candidates plus right candidate: battles shown.
    shown: Vec<u64>,
    /// Battles by candidate.
    exposures: Vec<u64>,
    /// Of each candidate, whether it is a reference: shown as all are, on neither side of the cut.
    is_reference: Vec<bool>,
    battles: u64,
}

impl History {
    /// Nothing shown yet.
    pub fn new(candidates: usize) -> Result<Self, VoteError> {
        Self::with_references(candidates, &BTreeSet::new())
    }

    /// Nothing shown yet, where the candidates with these numbers are references: they meet the others, and no place behind
    /// or before the cut is theirs.
    pub fn with_references(candidates: usize, references: &BTreeSet<u16>) -> Result<Self, VoteError> {
        let is_reference =
            |number: usize| u16::try_from(number).is_ok_and(|number| references.contains(&number));
        Ok(Self {
            live: Live::new(candidates)?,
            shown: vec![0; candidates * candidates],
            exposures: vec![0; candidates],
            is_reference: (0..candidates).map(is_reference).collect(),
            battles: 0,
        })
    }

    /// Nothing shown yet, of the same candidates and references.
    pub fn begun_anew(&self) -> Result<Self, VoteError> {
        let candidates = self.exposures.len();
        Ok(Self { is_reference: self.is_reference.clone(), ..Self::new(candidates)? })
    }

    /// Records a battle that was shown, with its vote where there was one. Fails as [`Live::add`] does.
    pub fn record(&mut self, left: u16, right: u16, vote: Option<VoteChoice>) -> Result<(), VoteError> {
        // A battle without a vote says as much of the strengths as one that both lost: nothing.
        self.live.add(left, right, vote.unwrap_or(VoteChoice::BothBad))?;
        let (left, right) = (usize::from(left), usize::from(right));
        self.shown[left * self.exposures.len() + right] += 1;
        self.exposures[left] += 1;
        self.exposures[right] += 1;
        self.battles += 1;
        Ok(())
    }

    /// Battles shown by candidate.
    pub fn exposures(&self) -> &[u64] {
        &self.exposures
    }

    /// Battles in which the one was on the left of the other; 0 for unknown candidates.
    pub fn shown(&self, left: u16, right: u16) -> u64 {
        let place = usize::from(left) * self.exposures.len() + usize::from(right);
        let known = usize::from(right) < self.exposures.len();
        self.shown.get(place).copied().filter(|_| known).unwrap_or(0)
    }

    /// The strengths so far.
    pub const fn live(&self) -> &Live {
        &self.live
    }
}

/// A pair and its chance to be the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chance {
    /// The candidate with the lower number.
    pub low: u16,
    /// The other.
    pub high: u16,
    /// The chance; all add up to 1.
    pub chance: f64,
}

/// The candidates to show on the left and on the right, of draw `number` under `seed`.
///
/// # Examples
/// ```
/// use daepyo_verdict::votes::pairing::{History, PairingRules, next};
/// let history = History::new(5)?;
/// let (left, right) = next(&history, PairingRules::advancing(2), 7, 0)?;
/// assert!(left != right && left < 5 && right < 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn next(
    history: &History,
    rules: PairingRules,
    seed: u64,
    number: u64,
) -> Result<(u16, u16), PairingError> {
    let chances = chances(history, rules)?;
    let mut draws = Draws::new(seed, number);
    let mut left_over = unit(&mut draws);
    let mut open = chances.iter().filter(|pair| pair.chance > 0.0);
    // Rounding may leave a crumb after the last pair.
    let mut pair = open.next().copied().unwrap_or(Chance { low: 0, high: 1, chance: 1.0 });
    left_over -= pair.chance;
    while left_over >= 0.0 {
        let Some(next) = open.next() else {
            break;
        };
        pair = *next;
        left_over -= pair.chance;
    }
    let (low, high) = (pair.low, pair.high);
    let low_left = match history.shown(low, high).cmp(&history.shown(high, low)) {
        std::cmp::Ordering::Less => TURN,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Greater => 1.0 - TURN,
    };
    Ok(if unit(&mut draws) < low_left { (low, high) } else { (high, low) })
}

/// The chance of every pair to be the next, in order of number.
pub fn chances(history: &History, rules: PairingRules) -> Result<Vec<Chance>, PairingError> {
    let n = history.exposures.len();
    check(history.is_reference.iter().filter(|is_reference| !**is_reference).count(), rules)?;
    let contrasts = contrasts(history, usize::from(rules.advance));
    let below = below_floor(history, rules.floor);
    // One of two is enough for floors up to a half; above, only pairs of two below catch up.
    let wanted = below.iter().filter(|below| **below).count().min(if rules.floor > 0.5 { 2 } else { 1 });
    let mut pairs = Vec::with_capacity(n * (n - 1) / 2);
    let mut greatest = 0.0_f64;
    for (low, low_number) in (0..n).zip(0_u16..) {
        for (high, high_number) in (0..n).zip(0_u16..).skip(low + 1) {
            let open = usize::from(below[low]) + usize::from(below[high]) >= wanted;
            let worth = if open { worth(&history.live, &contrasts, low, high) } else { 0.0 };
            greatest = greatest.max(worth);
            pairs.push((open, Chance { low: low_number, high: high_number, chance: worth }));
        }
    }
    let mut sum = 0.0;
    for (_, pair) in &mut pairs {
        // Relative to the greatest, so that no power under- or overflows.
        pair.chance = if greatest > 0.0 { libm::pow(pair.chance / greatest, rules.sharpness) } else { 0.0 };
        sum += pair.chance;
    }
    let even = 1.0 / real(pairs.iter().filter(|(open, _)| *open).count());
    let mixed = |(open, pair): (bool, Chance)| Chance {
        chance: match (open, sum > 0.0) {
            (false, _) => 0.0,
            (true, true) => rules.even * even + (1.0 - rules.even) * pair.chance / sum,
            (true, false) => even,
        },
        ..pair
    };
    Ok(pairs.into_iter().map(mixed).collect())
}

fn check(candidates: usize, rules: PairingRules) -> Result<(), PairingError> {
    let PairingRules { advance, floor, even, sharpness } = rules;
    if advance == 0 || usize::from(advance) >= candidates {
        return Err(PairingError::NoCut { advance, candidates });
    }
    let invalid = |rule, value, wanted| Err(PairingError::Invalid { rule, value, wanted });
    if !(0.0..=1.0).contains(&floor) {
        return invalid("floor", floor, "0 to 1");
    }
    if !(even > 0.0 && even <= 1.0) {
        return invalid("even", even, "a number above 0 and up to 1");
    }
    if !(sharpness > 0.0 && sharpness <= 64.0) {
        return invalid("sharpness", sharpness, "a number above 0 and up to 64");
    }
    Ok(())
}

/// Of each candidate, whether it was shown less than the floor says.
fn below_floor(history: &History, floor: f64) -> Vec<bool> {
    #[expect(clippy::cast_precision_loss, reason = "battles are far below 2^53")]
    let least = floor * 2.0 * history.battles as f64 / real(history.exposures.len());
    #[expect(clippy::cast_precision_loss, reason = "battles are far below 2^53")]
    let below = |exposures: &u64| (*exposures as f64) < least;
    history.exposures.iter().map(below).collect()
}

/// A difference across the cut.
struct Contrast {
    /// Probability that the true order is the other way round.
    wrong: f64,
    /// Covariance of the difference with each strength.
    covariance: Vec<f64>,
}

/// The differences across the cut that are most likely to be the other way round.
fn contrasts(history: &History, advance: usize) -> Vec<Contrast> {
    let live = &history.live;
    let strengths = live.strengths();
    let mut order: Vec<usize> = (0..strengths.len()).filter(|one| !history.is_reference[*one]).collect();
    order.sort_by(|a, b| strengths[*b].total_cmp(&strengths[*a]).then(a.cmp(b)));
    let mut across = Vec::with_capacity(advance * (order.len() - advance));
    for above in &order[..advance] {
        for below in &order[advance..] {
            let variance =
                live.row(*above)[*above] + live.row(*below)[*below] - 2.0 * live.row(*above)[*below];
            let z = (strengths[*above] - strengths[*below]) / variance.max(f64::MIN_POSITIVE).sqrt();
            across.push((libm::erfc(z / std::f64::consts::SQRT_2) / 2.0, *above, *below));
        }
    }
    let by_chance = |a: &(f64, usize, usize), b: &(f64, usize, usize)| {
        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2))
    };
    if across.len() > CONTRASTS {
        across.select_nth_unstable_by(CONTRASTS, by_chance);
        across.truncate(CONTRASTS);
    }
    across.sort_by(by_chance);
    let contrast = |(wrong, above, below): (f64, usize, usize)| Contrast {
        wrong,
        covariance: live.row(above).iter().zip(live.row(below)).map(|(one, other)| one - other).collect(),
    };
    across.into_iter().map(contrast).collect()
}

/// By how much one vote on a pair is expected to lower the variances, each times the chance of a wrong order.
fn worth(live: &Live, contrasts: &[Contrast], a: usize, b: usize) -> f64 {
    let at = live.parameters();
    let p = probabilities(at[a], at[b], at[at.len() - 1]);
    let mean = (p[0] - p[1]) / 2.0;
    let information = (p[0] + p[1]) / 4.0 - mean * mean;
    let variance = live.row(a)[a] + live.row(b)[b] - 2.0 * live.row(a)[b];
    let lowered = |contrast: &Contrast| {
        let moved = contrast.covariance[a] - contrast.covariance[b];
        contrast.wrong * moved * moved
    };
    information * contrasts.iter().map(lowered).sum::<f64>() / (1.0 + information * variance)
}

impl History {
    /// Battles in all.
    pub const fn battles(&self) -> u64 {
        self.battles
    }

    /// Of each candidate, how much more often it was left than right.
    pub fn lean(&self) -> Vec<i64> {
        let n = self.exposures.len();
        let sum =
            |counts: &mut dyn Iterator<Item = &u64>| i64::try_from(counts.sum::<u64>()).unwrap_or(i64::MAX);
        (0..n)
            .map(|one| {
                let left = sum(&mut self.shown[one * n..(one + 1) * n].iter());
                left - sum(&mut self.shown.iter().skip(one).step_by(n))
            })
            .collect()
    }
}
