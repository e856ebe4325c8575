//! Votes checked, models and voters numbered, each voter's votes in order.

use super::{Ballot, VoterError};
use crate::{number::real, tally};
use daepyo_core::VoteChoice;
use std::collections::{BTreeMap, BTreeSet};

/// Votes in the order that the tests read them in.
pub(crate) struct Field<'a> {
    /// Names of models, ascending.
    pub(crate) models: Vec<&'a str>,
    /// Voters by name, ascending, each with all votes by number.
    pub(crate) voters: Vec<Voter<'a>>,
}

/// A voter.
pub(crate) struct Voter<'a> {
    pub(crate) name: &'a str,
    pub(crate) votes: Vec<Vote<'a>>,
}

/// A vote with its models numbered.
#[derive(Clone, Copy)]
pub(crate) struct Vote<'a> {
    pub(crate) ballot: Ballot<'a>,
    pub(crate) left: usize,
    pub(crate) right: usize,
}

impl Vote<'_> {
    /// The chosen and the other model; none for ties and "both bad".
    pub(crate) fn decided(&self) -> Option<(usize, usize)> {
        match self.ballot.choice {
            VoteChoice::Left => Some((self.left, self.right)),
            VoteChoice::Right => Some((self.right, self.left)),
            VoteChoice::Tie | VoteChoice::BothBad => None,
        }
    }
}

impl<'a> Field<'a> {
    pub(crate) fn new(ballots: &[Ballot<'a>]) -> Result<Self, VoterError> {
        let mut ordered: BTreeMap<u64, Ballot<'a>> = BTreeMap::new();
        for ballot in ballots {
            let number = ballot.number;
            if ballot.left == ballot.right {
                return Err(VoterError::SelfVote { number, model: ballot.left.to_owned() });
            }
            if ballot.shown_ms.zip(ballot.voted_ms).is_some_and(|(shown, voted)| voted < shown) {
                return Err(VoterError::TimeBackwards { number });
            }
            if ordered.insert(number, *ballot).is_some() {
                return Err(VoterError::DuplicateNumber { number });
            }
        }
        let models: BTreeSet<&str> =
            ordered.values().flat_map(|ballot| [ballot.left, ballot.right]).collect();
        let models: Vec<&str> = models.into_iter().collect();
        let place = |name: &str| models.binary_search(&name).unwrap_or_default();
        let mut voters: BTreeMap<&str, Vec<Vote<'a>>> = BTreeMap::new();
        for ballot in ordered.into_values() {
            let (left, right) = (place(ballot.left), place(ballot.right));
            voters.entry(ballot.voter).or_default().push(Vote { ballot, left, right });
        }
        let voters = voters.into_iter().map(|(name, votes)| Voter { name, votes }).collect();
        Ok(Self { models, voters })
    }

    /// All votes counted.
    pub(crate) fn tally(&self) -> tally::Tally {
        let ballots = self.voters.iter().flat_map(|voter| &voter.votes).map(|vote| tally::Ballot {
            voter: vote.ballot.voter,
            left: vote.left,
            right: vote.right,
            choice: vote.ballot.choice,
        });
        tally::Tally::new(self.models.len(), ballots)
    }
}

/// `part` of `whole`; 0 of nothing.
pub(crate) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { real(part) / real(whole) }
}
