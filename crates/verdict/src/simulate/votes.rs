//! Votes of voters with tastes of their own, and the strengths that a fit to endless such votes has.
#![expect(clippy::indexing_slicing, reason = "models are numbered by the world")]

use crate::{
    bradley_terry::{Pairs, fit, probabilities},
    draws::Draws,
    number::real,
    votes::{Ballot, normal::Normals},
};
use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};

/// A truth that votes are drawn from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// Mean log-strengths over voters, in natural-log units; at most 65,536.
    pub strengths: Vec<f64>,
    /// Logarithm of Davidson's tie parameter; negative infinity for no ties.
    pub log_tie: f64,
    /// Standard deviation over voters of each model's log-strength, independent by model.
    pub taste: f64,
    /// Log-odds by which the left side is ahead between equals.
    pub left: f64,
    /// Probability that both are called bad, 0 to 1, whatever the pair.
    pub both_bad: f64,
}

impl World {
    /// `models` models with strengths evenly from `spread`/2 down to -`spread`/2, a tie parameter of 1/2, no
    /// advantage of a side and no "both bad".
    pub fn even(models: u16, spread: f64, taste: f64) -> Self {
        let last = f64::from(models.saturating_sub(1).max(1));
        let strength = |model: u16| spread * (0.5 - f64::from(model) / last);
        let strengths = (0..models).map(strength).collect();
        Self { strengths, log_tie: -std::f64::consts::LN_2, taste, left: 0.0, both_bad: 0.0 }
    }

    /// Votes by voter, in order, voter `k` with `each[k]` votes on pairs drawn evenly; none with fewer than two
    /// models. A voter's votes depend on the seed and the voter's number alone.
    ///
    /// # Examples
    /// ```
    /// use daepyo_verdict::simulate::votes::World;
    /// let world = World::even(10, 2.0, 0.5);
    /// let votes = world.votes(&[20; 1000], 7);
    /// assert_eq!(votes.len(), 20_000);
    /// assert_eq!(votes[..40], world.votes(&[20; 2], 7));
    /// ```
    pub fn votes(&self, each: &[u32], seed: u64) -> Vec<Ballot> {
        let sum: u64 = each.iter().map(|votes| u64::from(*votes)).sum();
        let mut ballots = Vec::with_capacity(usize::try_from(sum).unwrap_or(0));
        let Some(models) =
            u32::try_from(self.strengths.len()).ok().filter(|models| (2..=65_536).contains(models))
        else {
            return ballots;
        };
        let mut own = Vec::with_capacity(self.strengths.len());
        for (voter, votes) in (0_u32..).zip(each) {
            let mut normals = Normals::new(Draws::new(seed, u64::from(voter)));
            own.clone_from(&self.strengths);
            self.tastes(&mut normals, &mut own);
            for _ in 0..*votes {
                let left = normals.stream().below(models);
                let right = (left + 1 + normals.stream().below(models - 1)) % models;
                let number = |model: u32| u16::try_from(model).unwrap_or(u16::MAX);
                let (left, right) = (number(left), number(right));
                let choice = self.choice(&mut normals, own[usize::from(left)] - own[usize::from(right)]);
                ballots.push(Ballot { voter, left, right, choice });
            }
        }
        ballots
    }

    /// One vote of a new voter on a given pair: what he chooses. Draw `number` under `seed`.
    pub fn vote(&self, left: u16, right: u16, seed: u64, number: u64) -> VoteChoice {
        let mut normals = Normals::new(Draws::new(seed, number));
        let at = |model: u16| self.strengths.get(usize::from(model)).copied().unwrap_or_default();
        let mut own = [at(left), at(right)];
        self.tastes(&mut normals, &mut own);
        self.choice(&mut normals, own[0] - own[1])
    }

    /// Adds a voter's tastes.
    fn tastes(&self, normals: &mut Normals, own: &mut [f64]) {
        if self.taste > 0.0 {
            for strength in own {
                *strength += self.taste * normals.draw();
            }
        }
    }

    fn choice(&self, normals: &mut Normals, ahead: f64) -> VoteChoice {
        if self.both_bad > 0.0 && normals.unit() < self.both_bad {
            return VoteChoice::BothBad;
        }
        let p = probabilities(ahead + self.left, 0.0, self.log_tie);
        match normals.unit() {
            draw if draw < p[0] => VoteChoice::Left,
            draw if draw < p[0] + p[1] => VoteChoice::Right,
            _ => VoteChoice::Tie,
        }
    }

    /// The log-strengths (mean 0) and the log tie parameter that the plain model fits to endless votes on even pairs:
    /// what intervals should cover. Tastes pull strengths together, so these are not [`World::strengths`].
    ///
    /// The mean over tastes is an integral over the normal distribution by the trapezoid rule, which converges faster
    /// than any power here (Trefethen and Weideman 2014).
    pub fn target(&self) -> (Vec<f64>, f64) {
        const STEPS: i32 = 200;
        let models = self.strengths.len();
        let deviation = self.taste * std::f64::consts::SQRT_2;
        let (mut pairs, mut counts) = (Vec::new(), Vec::new());
        for low in 0..models {
            for high in low + 1..models {
                let ahead = self.strengths[low] - self.strengths[high];
                let (mut sum, mut weights) = ([0.0; 3], 0.0);
                for step in -STEPS..=STEPS {
                    let z = 8.0 * f64::from(step) / f64::from(STEPS);
                    let weight = libm::exp(-z * z / 2.0);
                    let shift = ahead + deviation * z;
                    // Each of the two is on the left in half the battles.
                    let one = probabilities(shift + self.left, 0.0, self.log_tie);
                    let other = probabilities(shift - self.left, 0.0, self.log_tie);
                    for ((sum, one), other) in sum.iter_mut().zip(one).zip(other) {
                        *sum += weight * f64::midpoint(one, other);
                    }
                    weights += weight;
                }
                pairs.push((low, high));
                // So many votes that the prior does nothing.
                counts.push(sum.map(|sum| 1e7 * sum / weights));
            }
        }
        let mut at = fit(&Pairs::new(models, pairs), &counts);
        let log_tie = at.pop().unwrap_or_default();
        let mean = at.iter().sum::<f64>() / real(at.len().max(1));
        (at.iter().map(|value| value - mean).collect(), log_tie)
    }
}
