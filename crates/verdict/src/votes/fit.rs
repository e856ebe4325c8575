//! Strengths with their errors: ratings, differences of every two models, and rank sets.
#![expect(clippy::indexing_slicing, reason = "models and cells are numbered by the count")]

use super::{
    Counted, Tallied,
    normal::Normals,
    sandwich::{inverse_beside_level, sandwich},
};
use crate::{
    bradley_terry::{ELO_PER_UNIT, Fitter, preference},
    clustered::t_quantile,
    draws::Draws,
    matrix::semi_factor,
    number::{quantile, real, wide},
    ranks::rank_sets,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Rating of a model of mean strength.
pub(super) const MEAN_RATING: f64 = 1000.0;

/// What a tie says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// A third result with a parameter of its own (Davidson 1970).
    Davidson,
    /// Half a win for each, as arena-rank and evalica count it. Ratings are pulled together by it; for comparison
    /// with those.
    Half,
}

/// Strengths that fit votes, and how sure they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What a tie says.
    pub rule: Ties,
    /// Votes that entered.
    pub votes: u64,
    /// Ties among them.
    pub ties: u64,
    /// Votes for "both are bad", which entered nothing else.
    pub both_bad: u64,
    /// Voters with a vote that entered.
    pub voters: u64,
    /// Kish's effective number of voters, each with the sum of the weights of his votes.
    pub effective_voters: f64,
    /// Log-strengths in natural-log units by model; their mean is 0.
    pub strengths: Vec<f64>,
    /// Davidson's tie parameter `t`: two equals tie with probability `t / (2 + t)`. 0 where ties are half wins.
    pub tie_parameter: f64,
    /// Covariance of the strengths clustered by voter, row by row (models x models).
    pub clustered: Vec<f64>,
    /// The same as if every vote were independent.
    pub iid: Vec<f64>,
    /// Whole votes by model.
    pub tallied: Vec<Tallied>,
}

/// A model's rating on the Elo scale: 1000 + 400 / ln 10 times the log-strength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rating {
    /// The model's number.
    pub model: u16,
    /// Log-strength; the mean over models is 0.
    pub log_strength: f64,
    /// The rating.
    pub rating: f64,
    /// Its standard error, clustered by voter.
    pub standard_error: f64,
    /// Its standard error as if every vote were independent.
    pub standard_error_iid: f64,
    /// Lower end of the 95 % interval, clustered by voter.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Rating {
    /// From the variances of the log-strength, clustered by voter and of independent votes; the interval is `reach`
    /// standard errors to each side.
    pub(super) fn new(model: u16, log_strength: f64, (clustered, iid): (f64, f64), reach: f64) -> Self {
        let error = |variance: f64| ELO_PER_UNIT * variance.max(0.0).sqrt();
        let standard_error = error(clustered);
        let rating = MEAN_RATING + ELO_PER_UNIT * log_strength;
        Self {
            model,
            log_strength,
            rating,
            standard_error,
            standard_error_iid: error(iid),
            low: rating - reach * standard_error,
            high: rating + reach * standard_error,
        }
    }
}

/// How far one model is ahead of another, in Elo points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The one.
    pub first: u16,
    /// The other.
    pub second: u16,
    /// Rating of the one minus rating of the other.
    pub difference: f64,
    /// Its standard error, clustered by voter.
    pub standard_error: f64,
    /// Lower end of the 95 % interval of this difference alone.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Probability that the one is preferred, a tie counting half.
    pub preference: f64,
}

impl Counted {
    /// Fits strengths by Newton's method on the counts, with both sandwich covariances.
    ///
    /// The prior of [the model](crate::votes) (standard deviation 10 in log units) keeps a model that always wins
    /// finite, and fixes the mean.
    pub fn fit(&self, rule: Ties) -> Fit {
        let counts = under(rule, &self.counts);
        let n = self.pairs.parameters();
        let mut at = vec![0.0; n];
        if rule == Ties::Half {
            at[n - 1] = NO_TIES;
        }
        let mut fitter = self.fitter(rule);
        fitter.fit(&self.pairs, &counts, &mut at);
        let information = fitter.second(&self.pairs, &counts, &at);
        let inverse = inverse_beside_level(information, n, self.models());
        let scores = self.scores(rule, &at);
        let factor = |units: usize| real(units) / (real(units) - 1.0).max(1.0);
        let clustered = self.spread_of_voters(&scores, factor(self.voters()));
        let iid = self.spread_of_votes(&scores, factor(self.cells.len()));
        let (votes, ties) = self.votes();
        let models = self.models();
        let log_tie = at[models];
        at.truncate(models);
        Fit {
            rule,
            votes,
            ties,
            both_bad: self.both_bad,
            voters: wide(self.voters()),
            effective_voters: self.effective_voters(),
            strengths: at,
            tie_parameter: match rule {
                Ties::Davidson => libm::exp(log_tie),
                Ties::Half => 0.0,
            },
            clustered: sandwich(&inverse, &clustered, n, models),
            iid: sandwich(&inverse, &iid, n, models),
            tallied: self.tallied.clone(),
        }
    }

    pub(super) fn fitter(&self, rule: Ties) -> Fitter {
        match rule {
            Ties::Davidson => Fitter::new(&self.pairs),
            Ties::Half => Fitter::without_ties(&self.pairs),
        }
    }
}

/// Counts as the rule takes them.
pub(super) fn under(rule: Ties, counts: &[[f64; 3]]) -> Vec<[f64; 3]> {
    match rule {
        Ties::Davidson => counts.to_vec(),
        Ties::Half => {
            counts.iter().map(|[win, loss, tie]| [win + tie / 2.0, loss + tie / 2.0, 0.0]).collect()
        }
    }
}

/// Log tie parameter where there are no ties: `exp` of it is 0.
pub(super) const NO_TIES: f64 = -800.0;

impl Fit {
    /// Models.
    pub fn models(&self) -> usize {
        self.strengths.len()
    }

    /// Variance of the difference of two log-strengths, clustered by voter.
    pub fn variance(&self, first: usize, second: usize) -> f64 {
        let n = self.models();
        let at =
            |row: usize, column: usize| self.clustered.get(row * n + column).copied().unwrap_or_default();
        (at(first, first) + at(second, second) - 2.0 * at(first, second)).max(0.0)
    }

    /// Standard errors that a 95 % interval reaches: the t quantile with voters minus one degrees of freedom.
    fn reach(&self) -> f64 {
        t_quantile(0.975, self.freedom())
    }

    #[expect(clippy::cast_precision_loss, reason = "voters are numbered with 32 bits")]
    fn freedom(&self) -> f64 {
        (self.voters as f64 - 1.0).max(1.0)
    }

    /// Every model's rating, in the order of the numbers.
    pub fn ratings(&self) -> Vec<Rating> {
        let n = self.models();
        let reach = self.reach();
        let rating = |(model, log_strength): (u16, &f64)| {
            let diagonal = usize::from(model) * (n + 1);
            Rating::new(model, *log_strength, (self.clustered[diagonal], self.iid[diagonal]), reach)
        };
        (0..).zip(&self.strengths).map(rating).collect()
    }

    /// The difference of every two models, the lower number first.
    pub fn differences(&self) -> Vec<Difference> {
        let reach = self.reach();
        let mut all = Vec::new();
        for (first, one) in (0_u16..).zip(&self.strengths) {
            for (second, other) in (0_u16..).zip(&self.strengths).skip(usize::from(first) + 1) {
                let difference = ELO_PER_UNIT * (one - other);
                let variance = self.variance(usize::from(first), usize::from(second));
                let standard_error = ELO_PER_UNIT * variance.sqrt();
                all.push(Difference {
                    first,
                    second,
                    difference,
                    standard_error,
                    low: difference - reach * standard_error,
                    high: difference + reach * standard_error,
                    preference: self.preference(*one, *other),
                });
            }
        }
        all
    }

    /// Probability that a model of strength `one` is preferred to one of strength `other`, a tie counting half.
    pub(super) fn preference(&self, one: f64, other: f64) -> f64 {
        let log_tie = if self.tie_parameter > 0.0 { libm::log(self.tie_parameter) } else { NO_TIES };
        preference(one, other, log_tie)
    }

    /// Of each model, the least and greatest rank of simultaneous 95 % rank sets, from 1.
    ///
    /// The intervals of all differences hold together: estimate ± c standard errors, with c the 95 % quantile over
    /// `draws` of the greatest standardised deviation of any pair. Deviations are drawn from the normal distribution
    /// with the clustered covariance (the Gaussian multiplier bootstrap of Chernozhukov, Chetverikov and Kato 2013),
    /// over a common chi with voters minus one degrees of freedom: multivariate t, which with two models is the t
    /// interval of the difference.
    pub fn rank_sets(&self, seed: u64, draws: u32) -> Vec<(u32, u32)> {
        let n = self.models();
        let mut pairs = Vec::with_capacity(n * n.saturating_sub(1) / 2);
        for a in 0..n {
            for b in a + 1..n {
                let error = self.variance(a, b).sqrt();
                pairs.push(((a, b), self.strengths[a] - self.strengths[b], error));
            }
        }
        let factor = semi_factor(&self.clustered, n);
        let freedom = self.freedom();
        let greatest = |number: u32| {
            let mut normals = Normals::new(Draws::new(seed, u64::from(number)));
            let z: Vec<f64> = (0..n).map(|_| normals.draw()).collect();
            let scale = (freedom / normals.chi_squared(freedom)).sqrt();
            let moved: Vec<f64> = (0..n)
                .map(|row| factor[row * n..=row * n + row].iter().zip(&z).map(|(l, z)| l * z).sum())
                .collect();
            let deviation = |((a, b), _, error): &((usize, usize), f64, f64)| {
                if *error > 0.0 { (moved[*a] - moved[*b]).abs() / error } else { 0.0 }
            };
            scale * pairs.iter().map(deviation).fold(0.0, f64::max)
        };
        let mut greatest: Vec<f64> = (0..draws).into_par_iter().map(greatest).collect();
        greatest.sort_by(f64::total_cmp);
        rank_sets(n, pairs.into_iter(), quantile(&greatest, 0.95))
    }
}
