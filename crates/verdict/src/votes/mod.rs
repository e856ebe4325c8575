//! A ranking by public votes alone, for any number of models by any names.
//!
//! The model is Bradley and Terry's with Davidson's ties, fitted with a wide normal prior (standard deviation 10 in
//! log units); the covariance is the sandwich `H^-1 M H^-1` with `H` the information of the fit and
//! `M = V/(V-1) * sum of g g'` over the score vectors `g` of the `V` voters (each vote a voter of its own for the
//! uncorrected errors that are reported beside). Rank sets hold for all models together.
//!
//! [`rank`] takes names. Beneath it are votes of twelve bytes each:
//!
//! | step | item |
//! | --- | --- |
//! | names to numbers, labels to choices | [`Interner`], [`choice()`] |
//! | check | [`Poll`], with weights from [`cap()`] and [`rake`](raking::rake) |
//! | count | [`Counted`] |
//! | fit, errors, differences, rank sets, bootstrap | [`Fit`], [`Resampled`] |
//! | one more vote | [`Live`] |
//! | style and position beside strength | [`contextual`], [`style`] |
//! | categories and languages | [`strata`] |
//! | which pair to show next | [`pairing`] |

mod bootstrap;
pub mod contextual;
mod counted;
mod error;
mod fit;
mod live;
pub(crate) mod normal;
pub mod pairing;
mod poll;
pub mod raking;
mod sandwich;
pub mod strata;
pub mod style;
mod weights;

pub use bootstrap::Resampled;
pub use counted::{Counted, Tallied};
pub use error::VoteError;
pub use fit::{Difference, Fit, Rating, Ties};
pub use live::Live;
pub use poll::{Ballot, Interned, Interner, Poll, choice};
pub(crate) use weights::weights_under;
pub use weights::{Cap, CapError, Capped, Kish, cap, kish};

use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};

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
    /// The most that one voter's votes weigh together, in votes: those of a voter with more are weighed down alike.
    pub weight_cap: Option<u32>,
}

impl Default for RankSettings {
    /// Seed 0 and 2,000 draws; no cap.
    fn default() -> Self {
        Self { seed: 0, draws: 2_000, weight_cap: None }
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    let fitted = |row: &&VoteRow<'_>| row.choice != VoteChoice::BothBad;
    let mut names: Vec<&str> = rows.iter().filter(fitted).flat_map(|row| [row.left, row.right]).collect();
    names.sort_unstable();
    names.dedup();
    let place = |name: &str| names.binary_search(&name).ok();
    let known = |row: &&VoteRow<'_>| place(row.left).is_some() && place(row.right).is_some();
    let mut interner = Interner::default();
    for row in rows.iter().filter(known) {
        interner.push(row.voter, row.left, row.right, row.choice).map_err(|error| named(&names, &error))?;
    }
    let numbered = interner.finish();
    let poll = numbered.poll().map_err(|error| named(&names, &error))?;
    let weights = weights_under(&poll.votes_by_voter(), settings.weight_cap);
    let counted = poll.weighed(weights.as_deref()).and_then(|poll| Counted::of(&poll));
    let counted = counted.map_err(|error| named(&names, &error))?;
    let skipped = rows.iter().filter(|row| !known(row)).count();
    let mut ranking = ranking(&numbered.models, &counted, settings);
    ranking.both_bad += crate::number::wide(skipped);
    Ok(ranking)
}

/// The error with names for numbers. What the caller has ruled out is told as votes that no chain connects.
fn named(names: &[&str], error: &VoteError) -> RankError {
    let name = |model: &u16| names.get(usize::from(*model)).copied().unwrap_or_default().to_owned();
    match error {
        VoteError::SelfVote { index, model } => RankError::SelfVote { index: *index, model: name(model) },
        VoteError::Disconnected { parts } => RankError::Disconnected {
            parts: parts.iter().map(|part| part.iter().map(name).collect()).collect(),
        },
        VoteError::TooFewVoters { voters } => RankError::TooFewVoters { voters: *voters },
        VoteError::NoVotes { models } => {
            RankError::Disconnected { parts: vec![models.iter().map(name).collect()] }
        }
        VoteError::UnknownLabel { .. }
        | VoteError::UnknownModel { .. }
        | VoteError::UnknownVoter { .. }
        | VoteError::TooMany { .. }
        | VoteError::WrongCount { .. }
        | VoteError::InvalidWeight { .. } => {
            RankError::Disconnected { parts: vec![names.iter().map(|name| (*name).to_owned()).collect()] }
        }
    }
}

fn ranking(names: &[String], counted: &Counted, settings: RankSettings) -> Ranking {
    let fit = counted.fit(Ties::Davidson);
    let sets = fit.rank_sets(settings.seed, settings.draws);
    let mut ratings = fit.ratings();
    ratings.sort_by(|a, b| b.log_strength.total_cmp(&a.log_strength).then(a.model.cmp(&b.model)));
    let model = |rating: &Rating| {
        let place = usize::from(rating.model);
        let Tallied { wins, losses, ties, both_bad } = fit.tallied.get(place).copied().unwrap_or_default();
        RankedModel {
            name: names.get(place).cloned().unwrap_or_default(),
            log_strength: rating.log_strength,
            rating: rating.rating,
            standard_error: rating.standard_error,
            standard_error_iid: rating.standard_error_iid,
            low: rating.low,
            high: rating.high,
            rank_set: sets.get(place).copied().unwrap_or_default(),
            wins,
            losses,
            ties,
            both_bad,
        }
    };
    let prefer = |one: &Rating, other: &Rating| {
        if one.model == other.model { 0.5 } else { fit.preference(one.log_strength, other.log_strength) }
    };
    Ranking {
        votes: fit.votes,
        ties: fit.ties,
        both_bad: fit.both_bad,
        voters: fit.voters,
        tie_parameter: fit.tie_parameter,
        models: ratings.iter().map(model).collect(),
        preference: ratings
            .iter()
            .map(|one| ratings.iter().map(|other| prefer(one, other)).collect())
            .collect(),
    }
}
