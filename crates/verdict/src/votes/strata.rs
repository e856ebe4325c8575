//! A ranking for each category or language, and which of them the votes can't rank.

use super::{Ballot, Counted, Fit, Poll, RankSettings, Rating, Ties, VoteError};
use crate::number::wide;
use daepyo_core::VoteChoice;
use serde::{Deserialize, Serialize};

/// The least that a stratum is ranked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Least {
    /// Votes that count.
    pub votes: u64,
    /// Voters with such a vote; two in any case.
    pub voters: u64,
}

impl Default for Least {
    /// 100 votes and 10 voters.
    fn default() -> Self {
        Self { votes: 100, voters: 10 }
    }
}

/// One category or language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// Its label.
    pub label: String,
    /// Votes that count.
    pub votes: u64,
    /// Votes for "both are bad".
    pub both_bad: u64,
    /// Voters with a vote that counts.
    pub voters: u64,
    /// Models without a vote that counts here, which the ranking leaves out.
    pub absent: Vec<u16>,
    /// What the votes say.
    pub outcome: StratumOutcome,
}

/// What the votes of one stratum say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StratumOutcome {
    /// They rank the models.
    Ranked {
        /// Ratings, by model number; their mean is that of the models present.
        ratings: Vec<Rating>,
        /// Simultaneous 95 % rank sets, in the order of the ratings.
        rank_sets: Vec<(u32, u32)>,
        /// Davidson's tie parameter.
        tie_parameter: f64,
    },
    /// There are fewer votes or voters than the rules ask for.
    TooSmall {
        /// What was asked for.
        least: Least,
    },
    /// Parts of the models were never compared.
    Split {
        /// The parts, each in order of number.
        parts: Vec<Vec<u16>>,
    },
}

/// Ranks each stratum by its own votes. `of` has each vote's place in `labels`.
///
/// Every label gets an entry, in the order of `labels`, also one without any vote: nothing is left out silently.
/// Voters are clusters as everywhere, and keep their weights. Fails where `of` is not one label a vote.
pub fn rank_strata(
    poll: &Poll<'_>,
    labels: &[&str],
    of: &[usize],
    least: Least,
    settings: RankSettings,
) -> Result<Vec<Stratum>, VoteError> {
    if of.len() != poll.ballots().len() {
        let (given, units) = (of.len(), poll.ballots().len());
        return Err(VoteError::WrongCount { things: "labels", given, of: "votes", units });
    }
    if let Some(index) = of.iter().position(|label| *label >= labels.len()) {
        let label = of.get(index).map(usize::to_string).unwrap_or_default();
        return Err(VoteError::UnknownLabel { index, label });
    }
    let stratum = |(place, label): (usize, &&str)| {
        let own = |(_, of): &(&Ballot, &usize)| **of == place;
        let ballots: Vec<Ballot> =
            poll.ballots().iter().zip(of).filter(own).map(|(ballot, _)| *ballot).collect();
        one(poll, label, &ballots, least, settings)
    };
    labels.iter().enumerate().map(stratum).collect()
}

fn one(
    poll: &Poll<'_>,
    label: &str,
    ballots: &[Ballot],
    least: Least,
    settings: RankSettings,
) -> Result<Stratum, VoteError> {
    let weighted = |models, ballots| {
        let own = Poll::new(models, poll.voters(), ballots)?;
        poll.weights().map_or(Ok(own), |weights| own.weighted(weights))
    };
    let all = Counted::unchecked(&weighted(poll.models(), ballots)?);
    let (votes, _) = all.votes();
    let mut stratum = Stratum {
        label: label.to_owned(),
        votes,
        both_bad: all.both_bad(),
        voters: wide(all.voters()),
        absent: all.without_votes(),
        outcome: StratumOutcome::TooSmall { least },
    };
    if votes < least.votes || stratum.voters < least.voters.max(2) {
        return Ok(stratum);
    }
    let parts = all.parts();
    if parts.len() > 1 {
        stratum.outcome = StratumOutcome::Split { parts };
        return Ok(stratum);
    }
    let present: Vec<u16> = parts.into_iter().flatten().collect();
    let number = |model: u16| present.binary_search(&model).ok().and_then(|place| u16::try_from(place).ok());
    let numbered = |ballot: &Ballot| {
        Some(Ballot { left: number(ballot.left)?, right: number(ballot.right)?, ..*ballot })
    };
    let counting = ballots.iter().filter(|ballot| ballot.choice != VoteChoice::BothBad);
    let own: Vec<Ballot> = counting.filter_map(numbered).collect();
    // A voter of weight 0 may be all that holds a model: such votes are not among the present ones.
    let fit: Fit = Counted::of(&weighted(present.len(), &own)?)?.fit(Ties::Davidson);
    let mut ratings = fit.ratings();
    for (rating, model) in ratings.iter_mut().zip(&present) {
        rating.model = *model;
    }
    stratum.outcome = StratumOutcome::Ranked {
        ratings,
        rank_sets: fit.rank_sets(settings.seed, settings.draws),
        tie_parameter: fit.tie_parameter,
    };
    Ok(stratum)
}
