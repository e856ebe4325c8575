//! Strengths that are up to date after every vote.
//!
//! Kept are the counts, the strengths and the inverse of the information. A vote changes the information by a matrix
//! of rank two, so the inverse follows by Woodbury's formula; one Newton step with it from the exact gradient then
//! leaves an error of second order. Where that could be above [`Live::TOLERANCE`], further steps follow, and in the
//! end a full fit. The information is worked out anew every 256 votes, or earlier where strengths moved. The gradient
//! needs one exponential a model and one division a pair, so a vote costs a few microseconds with 50 models.
#![expect(clippy::indexing_slicing, reason = "models are checked when a vote comes in; rows have one length")]
#![expect(clippy::many_single_char_names, reason = "the symbols of the formulas")]

use super::{Poll, VoteError, fit::MEAN_RATING};
use crate::bradley_terry::{Counts, ELO_PER_UNIT, Fitter, PRECISION, Pairs, probabilities};
use daepyo_core::VoteChoice;

/// Votes after which the information is worked out anew.
const RENEWAL: u32 = 256;

/// The longest step, in log units, that is taken without looking.
const LONGEST: f64 = 0.5;

/// Newton steps after which a full fit is made instead.
const STEPS: u32 = 8;

/// Movement of any strength since then, in log units, after which the kept information no longer leads well.
const DRIFT: f64 = 0.05;

/// Numbers side by side, so that the compiler can use vector instructions without changing any sum's order.
const LANES: usize = 4;

/// A fit that takes one vote at a time.
///
/// # Examples
/// ```
/// use daepyo_core::VoteChoice::{Left, Tie};
/// use daepyo_verdict::votes::Live;
/// let mut live = Live::new(3)?;
/// live.add(0, 1, Left)?;
/// live.add(1, 2, Tie)?;
/// assert!(live.strengths()[0] > live.strengths()[1]);
/// assert_eq!(live.votes(), 2);
/// # Ok::<(), daepyo_verdict::votes::VoteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Live {
    pairs: Pairs,
    counts: Counts,
    fitter: Fitter,
    /// Log-strengths and log tie parameter.
    at: Vec<f64>,
    /// The same when the information was last worked out.
    anchor: Vec<f64>,
    inverse: Vec<f64>,
    since: u32,
    votes: u64,
    both_bad: u64,
    /// Row length of `totals`: models, up to a whole number of lanes.
    width: usize,
    /// Votes by pair, square and symmetric.
    totals: Vec<f64>,
    /// By model, wins and half the ties.
    points: Vec<f64>,
    ties: f64,
    roots: Vec<f64>,
    gradient: Vec<f64>,
    step: Vec<f64>,
    of_pair: Vec<f64>,
    of_tie: Vec<f64>,
}

impl Live {
    /// The strengths are this close to the full fit, in log units (0.0017 Elo points), after every vote.
    pub const TOLERANCE: f64 = 1e-5;

    /// The most models; with more a vote would take milliseconds.
    pub const MOST: usize = 2048;

    /// No votes on `models` models: all strengths are 0. Fails for more than [`Live::MOST`] models.
    pub fn new(models: usize) -> Result<Self, VoteError> {
        if models > Self::MOST {
            return Err(VoteError::TooMany { things: "models", most: Self::MOST });
        }
        let pairs: Vec<(usize, usize)> =
            (0..models).flat_map(|low| (low + 1..models).map(move |high| (low, high))).collect();
        let pairs = Pairs::new(models, pairs);
        let n = pairs.parameters();
        let width = models.next_multiple_of(LANES);
        let mut inverse = vec![0.0; n * n];
        for k in 0..n {
            inverse[k * n + k] = 1.0 / PRECISION;
        }
        Ok(Self {
            counts: vec![[0.0; 3]; models * models.saturating_sub(1) / 2],
            fitter: Fitter::new(&pairs),
            pairs,
            at: vec![0.0; n],
            anchor: vec![0.0; n],
            inverse,
            since: 0,
            votes: 0,
            both_bad: 0,
            width,
            totals: vec![0.0; models * width],
            points: vec![0.0; models],
            ties: 0.0,
            roots: vec![1.0; width],
            gradient: vec![0.0; n],
            step: vec![0.0; n],
            of_pair: vec![0.0; n],
            of_tie: vec![0.0; n],
        })
    }

    /// All votes of a poll, fitted once. Weights are left aside: a live ranking counts every vote once.
    pub fn of(poll: &Poll<'_>) -> Result<Self, VoteError> {
        let mut live = Self::new(poll.models())?;
        for ballot in poll.ballots() {
            live.count(usize::from(ballot.left), usize::from(ballot.right), ballot.choice);
        }
        live.refit();
        Ok(live)
    }

    /// Takes one more vote and returns the log-strengths by model.
    ///
    /// Fails, changing nothing, for a model against itself and for an unknown model (the vote's number is the count
    /// of votes so far).
    pub fn add(&mut self, left: u16, right: u16, choice: VoteChoice) -> Result<&[f64], VoteError> {
        let index = usize::try_from(self.votes + self.both_bad).unwrap_or(usize::MAX);
        let models = self.models();
        if left == right {
            return Err(VoteError::SelfVote { index, model: left });
        }
        let (left, right, highest) = (usize::from(left), usize::from(right), left.max(right));
        if usize::from(highest) >= models {
            return Err(VoteError::UnknownModel { index, model: highest, models });
        }
        if self.count(left, right, choice) {
            self.learn(left, right);
            self.settle();
        }
        Ok(self.strengths())
    }

    /// Counts a vote; whether it changes the fit.
    fn count(&mut self, left: usize, right: usize, choice: VoteChoice) -> bool {
        let (low, high) = (left.min(right), left.max(right));
        let (winner, result) = match choice {
            VoteChoice::Left => (Some(left), usize::from(left > right)),
            VoteChoice::Right => (Some(right), usize::from(left < right)),
            VoteChoice::Tie => (None, 2),
            VoteChoice::BothBad => {
                self.both_bad += 1;
                return false;
            }
        };
        if let Some(winner) = winner {
            self.points[winner] += 1.0;
        } else {
            self.points[left] += 0.5;
            self.points[right] += 0.5;
            self.ties += 1.0;
        }
        let before = low * (2 * self.models() - low - 1) / 2;
        self.counts[before + high - low - 1][result] += 1.0;
        self.totals[left * self.width + right] += 1.0;
        self.totals[right * self.width + left] += 1.0;
        self.votes += 1;
        true
    }

    /// Adds one vote's information to the inverse.
    ///
    /// In the difference of the two strengths and the log tie parameter the information of a vote is a 2 x 2 matrix S.
    /// With U the two directions, K = U' C U and C the inverse so far, the new one is C - C U (I + S K)^-1 S U' C.
    fn learn(&mut self, left: usize, right: usize) {
        let n = self.at.len();
        let tie = n - 1;
        let p = probabilities(self.at[left], self.at[right], self.at[tie]);
        let mean = (p[0] - p[1]) / 2.0;
        let s = [(p[0] + p[1]) / 4.0 - mean * mean, -mean * p[2], p[2] * (1.0 - p[2])];
        for k in 0..n {
            self.of_pair[k] = self.inverse[left * n + k] - self.inverse[right * n + k];
            self.of_tie[k] = self.inverse[tie * n + k];
        }
        let k = [self.of_pair[left] - self.of_pair[right], self.of_pair[tie], self.of_tie[tie]];
        let a = 1.0 + s[0] * k[0] + s[1] * k[1];
        let b = s[0] * k[1] + s[1] * k[2];
        let c = s[1] * k[0] + s[2] * k[1];
        let d = 1.0 + s[1] * k[1] + s[2] * k[2];
        let determinant = a * d - b * c;
        let g = [
            (d * s[0] - b * s[1]) / determinant,
            (d * s[1] - b * s[2]) / determinant,
            (a * s[2] - c * s[1]) / determinant,
        ];
        for (row, values) in self.inverse.chunks_exact_mut(n).enumerate() {
            let by_pair = g[0] * self.of_pair[row] + g[1] * self.of_tie[row];
            let by_tie = g[1] * self.of_pair[row] + g[2] * self.of_tie[row];
            for ((value, pair), tie) in values.iter_mut().zip(&self.of_pair).zip(&self.of_tie) {
                *value -= by_pair * pair + by_tie * tie;
            }
        }
        self.since += 1;
    }

    /// Newton steps with the kept inverse until what they leave is below the tolerance, or a full fit.
    fn settle(&mut self) {
        let n = self.at.len();
        let mut before = 0.0;
        for _ in 0..STEPS {
            if self.since >= RENEWAL || self.drift() > DRIFT {
                self.renew();
            }
            self.derive();
            for (step, row) in self.step.iter_mut().zip(self.inverse.chunks_exact(n)) {
                *step = dot(row, &self.gradient);
            }
            let largest = self.step.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
            // A long step, as after an upset between models far apart, may lead anywhere; a full fit searches.
            if largest > LONGEST {
                return self.refit();
            }
            for (value, step) in self.at.iter_mut().zip(&self.step) {
                *value += step;
            }
            // The logarithm of a pair's information changes by at most the change of its difference, which is twice
            // that of a strength; so much of the step is left. What was left of the step before tells it more
            // closely, with some room.
            let left = (2.0 * (self.drift() + largest)).min(4.0 * largest / before);
            if largest * left < Self::TOLERANCE / 2.0 {
                return;
            }
            before = largest;
        }
        self.refit();
    }

    /// The greatest movement of any parameter since the information was worked out.
    fn drift(&self) -> f64 {
        let moved = self.at.iter().zip(&self.anchor).map(|(value, anchor)| (value - anchor).abs());
        moved.fold(0.0, f64::max)
    }

    /// The exact gradient at the present strengths, prior included.
    fn derive(&mut self) {
        let models = self.models();
        for (root, value) in self.roots.iter_mut().zip(&self.at[..models]) {
            *root = libm::exp(value / 2.0);
        }
        let tie = libm::exp(self.at[models]);
        let mut all_ties = 0.0;
        for (model, totals) in self.totals.chunks_exact(self.width).enumerate() {
            let root = self.roots[model];
            let square = root * root;
            let (mut shares, mut ties) = ([0.0; LANES], [0.0; LANES]);
            for (votes, others) in totals.as_chunks::<LANES>().0.iter().zip(self.roots.as_chunks::<LANES>().0)
            {
                for lane in 0..LANES {
                    let both = tie * root * others[lane];
                    let each = votes[lane] / (square + others[lane] * others[lane] + both);
                    shares[lane] += each * (square + both / 2.0);
                    ties[lane] += each * both;
                }
            }
            let share = (shares[0] + shares[1]) + (shares[2] + shares[3]);
            self.gradient[model] = self.points[model] - share - PRECISION * self.at[model];
            all_ties += (ties[0] + ties[1]) + (ties[2] + ties[3]);
        }
        // Every pair was met twice.
        self.gradient[models] = self.ties - all_ties / 2.0 - PRECISION * self.at[models];
    }

    /// Fits in full and works the information out anew.
    fn refit(&mut self) {
        self.fitter.fit(&self.pairs, &self.counts, &mut self.at);
        self.renew();
    }

    /// Works the information out anew at the present strengths.
    fn renew(&mut self) {
        self.fitter.information(&self.pairs, &self.counts, &self.at).inverse(&mut self.inverse);
        self.anchor.copy_from_slice(&self.at);
        self.since = 0;
    }

    /// Models.
    pub fn models(&self) -> usize {
        self.pairs.models()
    }

    /// Votes that count.
    pub const fn votes(&self) -> u64 {
        self.votes
    }

    /// Votes for "both are bad", which change nothing else.
    pub const fn both_bad(&self) -> u64 {
        self.both_bad
    }

    /// Log-strengths by model, in natural-log units; their mean is 0. A model without a vote is at 0.
    pub fn strengths(&self) -> &[f64] {
        &self.at[..self.models()]
    }

    /// Ratings by model: 1000 + 400 / ln 10 times the log-strength.
    pub fn ratings(&self) -> Vec<f64> {
        self.strengths().iter().map(|strength| MEAN_RATING + ELO_PER_UNIT * strength).collect()
    }

    /// Davidson's tie parameter.
    pub fn tie_parameter(&self) -> f64 {
        libm::exp(self.at[self.models()])
    }

    /// Variance of the difference of two log-strengths, as if all votes were independent; with too few votes to say
    /// anything it is that of the prior, 200. 0 for unknown models.
    pub fn variance(&self, first: u16, second: u16) -> f64 {
        let (a, b, n) = (usize::from(first), usize::from(second), self.at.len());
        if a.max(b) >= self.models() {
            return 0.0;
        }
        self.inverse[a * n + a] + self.inverse[b * n + b] - 2.0 * self.inverse[a * n + b]
    }

    /// A row of the kept inverse, over the models.
    pub(super) fn row(&self, model: usize) -> &[f64] {
        let n = self.at.len();
        &self.inverse[model * n..model * n + self.models()]
    }

    /// Log-strengths and log tie parameter.
    pub(super) fn parameters(&self) -> &[f64] {
        &self.at
    }

    /// The strengths of a full fit from nothing, to hold [`Live::strengths`] against.
    pub fn exact(&self) -> Vec<f64> {
        let mut at = crate::bradley_terry::fit(&self.pairs, &self.counts);
        at.truncate(self.models());
        at
    }
}

/// The dot product in a fixed order that vector instructions can follow.
fn dot(one: &[f64], other: &[f64]) -> f64 {
    let (ones, rest) = one.as_chunks::<LANES>();
    let (others, other_rest) = other.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (one, other) in ones.iter().zip(others) {
        for lane in 0..LANES {
            sums[lane] += one[lane] * other[lane];
        }
    }
    let rest: f64 = rest.iter().zip(other_rest).map(|(one, other)| one * other).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::{Live, VoteChoice};
    use crate::{draws::Draws, number::real, votes::normal::unit};

    /// `votes` votes on `models` models whose strengths fall evenly from 1 to -1, each held against the full fit at
    /// every `check`.
    fn follow(models: u16, votes: u32, check: u32) -> f64 {
        let mut live = Live::new(usize::from(models)).unwrap();
        let mut draws = Draws::new(8, 0);
        let mut worst = 0.0_f64;
        for number in 1..=votes {
            let left = u16::try_from(draws.below(models.into())).unwrap();
            let right = (left + 1 + u16::try_from(draws.below(u32::from(models) - 1)).unwrap()) % models;
            let strength = |model: u16| 1.0 - 2.0 * f64::from(model) / real(usize::from(models));
            let ahead = libm::exp(strength(left) - strength(right));
            let choice = match unit(&mut draws) * (1.0 + ahead) * 1.3 {
                draw if draw < ahead => VoteChoice::Left,
                draw if draw < ahead + 1.0 => VoteChoice::Right,
                _ => VoteChoice::Tie,
            };
            live.add(left, right, choice).unwrap();
            if number % check == 0 {
                for (live, exact) in live.strengths().iter().zip(live.exact()) {
                    worst = worst.max((live - exact).abs());
                }
            }
        }
        worst
    }

    #[test]
    fn stays_within_the_tolerance_from_the_first_vote() {
        assert!(follow(5, 400, 1) < Live::TOLERANCE);
    }

    #[test]
    fn after_ten_thousand_votes_it_is_within_the_tolerance() {
        let worst = follow(50, 10_000, 199);
        assert!(worst < Live::TOLERANCE, "{worst}");
        assert!(worst > 0.0, "a full fit after every vote would be no live update");
    }

    #[test]
    fn an_upset_after_a_long_row_of_wins_is_followed() {
        let mut live = Live::new(3).unwrap();
        for number in 0..300_u16 {
            // Every hundredth vote goes against ninety-nine wins.
            let (left, right) = if number % 100 == 99 { (1, 0) } else { (0, 1 + number % 2) };
            live.add(left, right, VoteChoice::Left).unwrap();
            for (live, exact) in live.strengths().iter().zip(live.exact()) {
                assert!((live - exact).abs() < Live::TOLERANCE, "vote {number}: {live} and {exact}");
            }
        }
    }

    #[test]
    fn bad_votes_change_nothing() {
        let mut live = Live::new(3).unwrap();
        live.add(0, 2, VoteChoice::Left).unwrap();
        let before = live.strengths().to_vec();
        assert_eq!(live.add(1, 1, VoteChoice::Tie).unwrap_err().code(), "verdict::self_vote");
        assert_eq!(live.add(1, 3, VoteChoice::Tie).unwrap_err().code(), "verdict::unknown_model");
        live.add(1, 2, VoteChoice::BothBad).unwrap();
        assert_eq!((live.strengths(), live.votes(), live.both_bad()), (before.as_slice(), 1, 1));
        assert_eq!(Live::new(9000).unwrap_err().code(), "verdict::too_many_votes");
    }

    #[test]
    fn the_kept_inverse_is_the_inverse_of_the_information() {
        let mut live = Live::new(4).unwrap();
        for number in 0..60_u16 {
            let choice = if number % 3 == 0 { VoteChoice::Left } else { VoteChoice::Right };
            live.add(number % 4, (number + 1 + number % 3) % 4, choice).unwrap();
        }
        let kept = live.variance(0, 3);
        live.refit();
        assert!((kept / live.variance(0, 3) - 1.0).abs() < 0.02, "{kept} and {}", live.variance(0, 3));
    }
}
