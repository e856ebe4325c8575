//! The ranking with and without the flagged voters, side by side.

use super::{Ballot, Flag, VoterError};
use crate::{
    number::wide,
    votes::{RankSettings, Ranking, VoteRow, rank},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Two rankings of the same models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Beside {
    /// Flagged voters, ascending.
    pub flagged: Vec<String>,
    /// Their votes.
    pub flagged_votes: u64,
    /// The ranking by all votes.
    pub with: Ranking,
    /// The ranking without the flagged voters; none where the rest gives no ranking.
    pub without: Option<Ranking>,
    /// Why there is none.
    pub problem: Option<String>,
    /// One row a model, in the order of `with`.
    pub rows: Vec<BesideRow>,
    /// Whether another model is among the first places without the flagged voters; none without that ranking.
    pub cut_moves: Option<bool>,
}

/// One model in both rankings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BesideRow {
    /// The model.
    pub name: String,
    /// Rating by all votes, on the Elo scale of [`Ranking`].
    pub rating: f64,
    /// Rating without the flagged voters.
    pub rating_without: Option<f64>,
    /// The second less the first.
    pub change: Option<f64>,
    /// Rank by all votes, from 1.
    pub rank: u32,
    /// Rank without the flagged voters.
    pub rank_without: Option<u32>,
    /// Whether it is among the first places by all votes; a reference never is.
    pub inside: bool,
    /// Whether it is among them without the flagged voters.
    pub inside_without: Option<bool>,
}

/// Ranks with and without the voters that `flags` name, for a cut after `places` models; `references` take no place.
///
/// # Errors
/// All votes together give no ranking. A rest that gives none is told in [`Beside::problem`].
pub fn beside(
    ballots: &[Ballot<'_>],
    flags: &[Flag],
    places: usize,
    references: &[&str],
    settings: RankSettings,
) -> Result<Beside, VoterError> {
    let flagged: BTreeSet<&str> = flags.iter().map(|flag| flag.voter.as_str()).collect();
    let row = |ballot: &Ballot<'_>| flagged.contains(ballot.voter);
    let rows = |ballots: Vec<&Ballot<'_>>| rank(&ballots.into_iter().map(vote).collect::<Vec<_>>(), settings);
    let with = rows(ballots.iter().collect()).map_err(VoterError::Rank)?;
    let (without, problem) = if flagged.is_empty() {
        (Some(with.clone()), None)
    } else {
        match rows(ballots.iter().filter(|ballot| !row(ballot)).collect()) {
            Ok(ranking) => (Some(ranking), None),
            Err(error) => (None, Some(error.to_string())),
        }
    };
    let place = |ranking: &Ranking, name: &str| ranking.models.iter().position(|model| model.name == name);
    let is_inside = |ranking: &Ranking, name: &str| {
        let entrants = ranking.models.iter().filter(|model| !references.contains(&model.name.as_str()));
        entrants.take(places).any(|model| model.name == name)
    };
    let compare = |(rank, model): (usize, &crate::votes::RankedModel)| {
        let other = without.as_ref().and_then(|ranking| {
            let rank = place(ranking, &model.name)?;
            Some((rank, ranking.models.get(rank)?.rating))
        });
        BesideRow {
            name: model.name.clone(),
            rating: model.rating,
            rating_without: other.map(|(_, rating)| rating),
            change: other.map(|(_, rating)| rating - model.rating),
            rank: from_one(rank),
            rank_without: other.map(|(rank, _)| from_one(rank)),
            inside: is_inside(&with, &model.name),
            inside_without: other.and(without.as_ref()).map(|ranking| is_inside(ranking, &model.name)),
        }
    };
    let rows: Vec<BesideRow> = with.models.iter().enumerate().map(compare).collect();
    // A model that the rest never compared is in no place of theirs.
    let moves = || rows.iter().any(|row| row.inside != row.inside_without.unwrap_or(false));
    Ok(Beside {
        flagged_votes: wide(ballots.iter().filter(|ballot| row(ballot)).count()),
        flagged: flagged.into_iter().map(str::to_owned).collect(),
        cut_moves: without.as_ref().map(|_| moves()),
        with,
        without,
        problem,
        rows,
    })
}

fn vote<'a>(ballot: &Ballot<'a>) -> VoteRow<'a> {
    VoteRow { voter: ballot.voter, left: ballot.left, right: ballot.right, choice: ballot.choice }
}

/// A place from 0 as a rank from 1.
fn from_one(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap_or(u32::MAX)
}
