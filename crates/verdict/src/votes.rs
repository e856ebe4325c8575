//! A ranking by public votes alone, for any number of models by any names.
//!
//! The model is Bradley and Terry's with Davidson's ties; the covariance is the sandwich `H^-1 M H^-1` with `H` the
//! information of the fit and `M = V/(V-1) * sum of g g'` over the score vectors `g` of the `V` voters (each vote a
//! voter of its own for the uncorrected errors that are reported beside). Rank sets hold for all models together:
//! their critical value comes from a score bootstrap with random signs by voter (Kline and Santos 2012).

use crate::{
    bradley_terry::{
        Counts, DIRECTIONS, ELO_PER_UNIT, Fitter, Pairs, fit, mean_direction, preference, probabilities,
    },
    clustered::t_quantile,
    draws::Draws,
    number::{quantile, real, wide},
    ranks::rank_sets,
    tally::{Ballot, Cell, Tally},
};
use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Rating of a model of mean strength.
const MEAN_RATING: f64 = 1000.0;

/// One vote on a battle of two named models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteRow<'a> {
    /// Who voted.
    pub voter: &'a str,
    /// Shown on the left.
    pub left: &'a str,
    /// Shown on the right.
    pub right: &'a str,
    /// What was chosen.
    pub choice: VoteChoice,
}

/// How the critical value of the rank sets is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankSettings {
    /// Seed.
    pub seed: u64,
    /// Draws.
    pub draws: u32,
}

impl Default for RankSettings {
    /// Seed 0 and 2,000 draws.
    fn default() -> Self {
        Self { seed: 0, draws: 2_000 }
    }
}

/// Votes that give no ranking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RankError {
    /// A vote on a model against itself.
    #[error("vote {index} is of `{model}` against itself")]
    SelfVote {
        /// The vote, from 0.
        index: usize,
        /// The model.
        model: String,
    },
    /// Models that no chain of votes connects.
    #[error("the votes fall into parts that were never compared: {}", parts.iter().map(|part| part.join(", ")).collect::<Vec<_>>().join(" | "))]
    Disconnected {
        /// The parts, each in order of name.
        parts: Vec<Vec<String>>,
    },
    /// Fewer than two voters, so that nothing can be said of the uncertainty.
    #[error("{voters} voters are too few for an interval; two are the least")]
    TooFewVoters {
        /// Voters.
        voters: usize,
    },
}

impl RankError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SelfVote { .. } => "verdict::self_vote",
            Self::Disconnected { .. } => "verdict::disconnected_votes",
            Self::TooFewVoters { .. } => "verdict::too_few_voters",
        }
    }
}

/// Models ranked by votes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Votes that entered the fit.
    pub votes: u64,
    /// Ties among them.
    pub ties: u64,
    /// Votes for "both are bad", which entered nothing else.
    pub both_bad: u64,
    /// Distinct voters behind the fit.
    pub voters: u64,
    /// Davidson's tie parameter `t`: two equals tie with probability `t / (2 + t)`.
    pub tie_parameter: f64,
    /// Models, best first, then by name.
    pub models: Vec<RankedModel>,
    /// Probability that the model of the row is preferred to that of the column, a tie counting half, in the order
    /// of `models`.
    pub preference: Vec<Vec<f64>>,
}

/// One model of a ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedModel {
    /// Its name.
    pub name: String,
    /// Log-strength in natural-log units; the mean over models is 0.
    pub log_strength: f64,
    /// The same on the Elo scale: 1000 + 400 / ln 10 times the log-strength.
    pub rating: f64,
    /// Standard error of the rating, clustered by voter.
    pub standard_error: f64,
    /// Standard error as if every vote were independent, for comparison.
    pub standard_error_iid: f64,
    /// Lower end of the 95 % interval of the rating, clustered by voter.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Least and greatest rank of the simultaneous 95 % rank set, from 1.
    pub rank_set: (u32, u32),
    /// Votes won.
    pub wins: u64,
    /// Votes lost.
    pub losses: u64,
    /// Ties.
    pub ties: u64,
    /// Battles in which both were called bad.
    pub both_bad: u64,
}

/// Ranks models by votes, whatever the order of the votes; models that were only ever called bad are left out.
///
/// # Examples
/// ```
/// use daepyo_core::VoteChoice::{Left, Right, Tie};
/// use daepyo_verdict::votes::{RankSettings, VoteRow, rank};
/// let row = |voter, choice| VoteRow { voter, left: "a", right: "b", choice };
/// let rows = [row("v", Left), row("v", Left), row("w", Right), row("w", Left), row("x", Tie)];
/// let ranking = rank(&rows, RankSettings::default())?;
/// assert_eq!(ranking.models[0].name, "a");
/// assert_eq!(ranking.models[0].rank_set, (1, 2));
/// # Ok::<(), daepyo_verdict::votes::RankError>(())
/// ```
pub fn rank(rows: &[VoteRow<'_>], settings: RankSettings) -> Result<Ranking, RankError> {
    if let Some((index, row)) = rows.iter().enumerate().find(|(_, row)| row.left == row.right) {
        return Err(RankError::SelfVote { index, model: row.left.to_owned() });
    }
    let fitted = rows.iter().filter(|row| row.choice != VoteChoice::BothBad);
    let names: BTreeSet<&str> = fitted.flat_map(|row| [row.left, row.right]).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let place = |name: &str| names.binary_search(&name).ok();
    let ballots = rows.iter().filter_map(|row| {
        let (left, right) = (place(row.left)?, place(row.right)?);
        Some(Ballot { voter: row.voter, left, right, choice: row.choice })
    });
    let tally = Tally::new(names.len(), ballots);
    let parts = tally.parts();
    if parts.len() > 1 {
        let name = |model: &usize| names.get(*model).map(|name| (*name).to_owned());
        let parts = parts.iter().map(|part| part.iter().filter_map(name).collect()).collect();
        return Err(RankError::Disconnected { parts });
    }
    if tally.voters.len() < 2 {
        return Err(RankError::TooFewVoters { voters: tally.voters.len() });
    }
    let skipped = rows.iter().filter(|row| place(row.left).is_none() || place(row.right).is_none()).count();
    let mut ranking = Estimates::new(&tally).ranking(&names, &tally, settings);
    ranking.both_bad += wide(skipped);
    Ok(ranking)
}

/// A fit and the influence of every voter on it.
struct Estimates {
    at: Vec<f64>,
    /// By voter: how the log-strengths would move had the voter stayed away, times minus one.
    influence: Vec<Vec<f64>>,
    variance_iid: Vec<f64>,
}

impl Estimates {
    fn new(tally: &Tally) -> Self {
        let pairs = &tally.pairs;
        let at = fit(pairs, &tally.counts);
        let mut fitter = Fitter::new(pairs);
        let factor = fitter.information(pairs, &tally.counts, &at);
        let models = pairs.models();
        let scores = Scores::new(pairs, &at);
        let correction = |units: f64| (units / (units - 1.0).max(1.0)).sqrt();
        let scale = correction(real(tally.voters.len()));
        let mut influence = Vec::new();
        for cells in &tally.voters {
            let mut score = vec![0.0; pairs.parameters()];
            for cell in cells {
                scores.add(cell, cell.votes * scale, &mut score);
            }
            factor.solve(&mut score);
            score.truncate(models);
            influence.push(score);
        }
        let votes: f64 = tally.counts.iter().flatten().sum();
        let mut variance_iid = vec![0.0; models];
        for cell in cells(&tally.counts) {
            let mut score = vec![0.0; pairs.parameters()];
            scores.add(&cell, correction(votes), &mut score);
            factor.solve(&mut score);
            for (variance, value) in variance_iid.iter_mut().zip(score) {
                *variance += cell.votes * value * value;
            }
        }
        Self { at, influence, variance_iid }
    }

    /// Variance of a linear function of one voter's influence, summed over voters.
    fn variance(&self, value: impl Fn(&[f64]) -> f64) -> f64 {
        self.influence.iter().map(|voter| value(voter).powi(2)).sum()
    }

    fn ranking(&self, names: &[&str], tally: &Tally, settings: RankSettings) -> Ranking {
        let at = |values: &[f64], place: usize| values.get(place).copied().unwrap_or_default();
        let log_tie = at(&self.at, names.len());
        let reach = t_quantile(0.975, real(self.influence.len()) - 1.0);
        let sets = self.rank_sets(names.len(), settings);
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|a, b| at(&self.at, *b).total_cmp(&at(&self.at, *a)).then(a.cmp(b)));
        let model = |place: usize| {
            let log_strength = at(&self.at, place);
            let rating = MEAN_RATING + ELO_PER_UNIT * log_strength;
            let error = ELO_PER_UNIT * self.variance(|voter| at(voter, place)).sqrt();
            let score = tally.scores.get(place).copied().unwrap_or_default();
            RankedModel {
                name: names.get(place).copied().unwrap_or_default().to_owned(),
                log_strength,
                rating,
                standard_error: error,
                standard_error_iid: ELO_PER_UNIT * at(&self.variance_iid, place).sqrt(),
                low: rating - reach * error,
                high: rating + reach * error,
                rank_set: sets.get(place).copied().unwrap_or_default(),
                wins: score.wins,
                losses: score.losses,
                ties: score.ties,
                both_bad: score.both_bad,
            }
        };
        let prefer = |one: usize, other: usize| {
            if one == other { 0.5 } else { preference(at(&self.at, one), at(&self.at, other), log_tie) }
        };
        let ties = tally.scores.iter().map(|score| score.ties).sum::<u64>() / 2;
        Ranking {
            votes: tally.scores.iter().map(|score| score.wins).sum::<u64>() + ties,
            ties,
            both_bad: tally.both_bad,
            voters: wide(tally.voters.len()),
            tie_parameter: libm::exp(log_tie),
            models: order.iter().map(|place| model(*place)).collect(),
            preference: order
                .iter()
                .map(|one| order.iter().map(|other| prefer(*one, *other)).collect())
                .collect(),
        }
    }

    fn rank_sets(&self, models: usize, settings: RankSettings) -> Vec<(u32, u32)> {
        let at = |values: &[f64], place: usize| values.get(place).copied().unwrap_or_default();
        let mut pairs = Vec::new();
        for a in 0..models {
            for b in a + 1..models {
                let error = self.variance(|voter| at(voter, a) - at(voter, b)).sqrt();
                pairs.push(((a, b), at(&self.at, a) - at(&self.at, b), error));
            }
        }
        let mut greatest = Vec::new();
        let mut moved = vec![0.0; models];
        for number in 0..settings.draws {
            let mut draws = Draws::new(settings.seed, u64::from(number));
            let mut bits = 0;
            moved.fill(0.0);
            for (voter, influence) in self.influence.iter().enumerate() {
                if voter % 64 == 0 {
                    bits = draws.bits();
                }
                let sign = if bits & 1 == 1 { 1.0 } else { -1.0 };
                bits >>= 1;
                for (moved, by) in moved.iter_mut().zip(influence) {
                    *moved += sign * by;
                }
            }
            let deviation = |((a, b), _, error): &((usize, usize), f64, f64)| {
                if *error > 0.0 { (at(&moved, *a) - at(&moved, *b)).abs() / error } else { 0.0 }
            };
            greatest.push(pairs.iter().map(deviation).fold(0.0, f64::max));
        }
        greatest.sort_by(f64::total_cmp);
        rank_sets(models, pairs.into_iter(), quantile(&greatest, 0.95))
    }
}

/// Score vectors of single votes.
struct Scores {
    /// By pair: models, and the mean score under the fit.
    pairs: Vec<([usize; 3], [f64; 3])>,
}

impl Scores {
    fn new(pairs: &Pairs, at: &[f64]) -> Self {
        let value = |place: usize| at.get(place).copied().unwrap_or_default();
        let tie = pairs.models();
        let mean = |(low, high)| {
            let p = probabilities(value(low), value(high), value(tie));
            ([low, high, tie], mean_direction(p))
        };
        Self { pairs: pairs.iter().map(mean).collect() }
    }

    /// Adds `times` the score of one vote in `cell`.
    fn add(&self, cell: &Cell, times: f64, score: &mut [f64]) {
        let (Some((places, mean)), Some(direction)) =
            (self.pairs.get(cell.pair), DIRECTIONS.get(cell.result))
        else {
            return;
        };
        for ((place, mean), direction) in places.iter().zip(mean).zip(direction) {
            if let Some(value) = score.get_mut(*place) {
                *value += times * (direction - mean);
            }
        }
    }
}

/// All cells with votes.
fn cells(counts: &Counts) -> impl Iterator<Item = Cell> {
    counts.iter().enumerate().flat_map(|(pair, results)| {
        let cell = move |(result, votes): (usize, &f64)| Cell { pair, result, votes: *votes };
        results.iter().enumerate().map(cell).filter(|cell| cell.votes > 0.0)
    })
}
