//! Votes on numbered models by numbered voters: twelve bytes each, whatever their names.

use super::VoteError;
use daepyo_core::VoteChoice;
use std::collections::HashMap;

/// One vote on a battle of two numbered models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Who voted, from 0.
    pub voter: u32,
    /// Shown on the left, from 0.
    pub left: u16,
    /// Shown on the right, from 0.
    pub right: u16,
    /// What was chosen.
    pub choice: VoteChoice,
}

/// The choice that a label of a data set stands for; `index` is its vote, for the error.
///
/// Read are the programme's own labels (`left`, `right`, `tie`, `both_bad`) and those of the public arenas
/// (`model_a`, `model_b`, `tie (bothbad)`, `bothbad`, `a`, `b`), whatever their case. Anything else is an error,
/// never a tie.
///
/// # Examples
/// ```
/// use daepyo_verdict::votes::{VoteError, choice};
/// assert_eq!(choice(0, "tie (bothbad)"), Ok(daepyo_core::VoteChoice::BothBad));
/// assert_eq!(choice(7, "draw?").unwrap_err().code(), "verdict::unknown_choice");
/// ```
pub fn choice(index: usize, label: &str) -> Result<VoteChoice, VoteError> {
    match label.trim().to_lowercase().as_str() {
        "left" | "model_a" | "a" => Ok(VoteChoice::Left),
        "right" | "model_b" | "b" => Ok(VoteChoice::Right),
        "tie" => Ok(VoteChoice::Tie),
        "both_bad" | "bothbad" | "both bad" | "tie (bothbad)" => Ok(VoteChoice::BothBad),
        _ => Err(VoteError::UnknownLabel { index, label: label.to_owned() }),
    }
}

/// Votes with all their numbers checked, and a weight for each voter where there are any.
#[derive(Clone, Copy, Debug)]
pub struct Poll<'a> {
    models: usize,
    voters: usize,
    ballots: &'a [Ballot],
    weights: Option<&'a [f64]>,
}

impl<'a> Poll<'a> {
    /// Votes on `models` models by `voters` voters, every vote with weight 1.
    ///
    /// Fails for a number out of range and for a model against itself, with the first such vote.
    pub fn new(models: usize, voters: usize, ballots: &'a [Ballot]) -> Result<Self, VoteError> {
        if models > usize::from(u16::MAX) + 1 {
            return Err(VoteError::TooMany { things: "models", most: usize::from(u16::MAX) + 1 });
        }
        if u32::try_from(ballots.len()).is_err() {
            return Err(VoteError::TooMany { things: "votes", most: place(u32::MAX) });
        }
        for (index, ballot) in ballots.iter().enumerate() {
            let Ballot { voter, left, right, choice: _ } = *ballot;
            let highest = left.max(right);
            if usize::from(highest) >= models {
                return Err(VoteError::UnknownModel { index, model: highest, models });
            }
            if left == right {
                return Err(VoteError::SelfVote { index, model: left });
            }
            if place(voter) >= voters {
                return Err(VoteError::UnknownVoter { index, voter, voters });
            }
        }
        Ok(Self { models, voters, ballots, weights: None })
    }

    /// The same votes, each counting as often as `weights` says of its voter.
    ///
    /// Fails where there isn't one finite weight of 0 or more for each voter. A voter of weight 0 counts nowhere.
    pub fn weighted(self, weights: &'a [f64]) -> Result<Self, VoteError> {
        if weights.len() != self.voters {
            let (given, units) = (weights.len(), self.voters);
            return Err(VoteError::WrongCount { things: "weights", given, of: "voters", units });
        }
        match weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
            Some(voter) => {
                let weight = weights.get(voter).copied().unwrap_or_default();
                Err(VoteError::InvalidWeight { voter, weight })
            }
            None => Ok(Self { weights: Some(weights), ..self }),
        }
    }

    /// The same with weights where there are any.
    pub(crate) fn weighed(self, weights: Option<&'a [f64]>) -> Result<Self, VoteError> {
        weights.map_or(Ok(self), |weights| self.weighted(weights))
    }

    /// Models.
    pub const fn models(&self) -> usize {
        self.models
    }

    /// Voters, with or without a vote.
    pub const fn voters(&self) -> usize {
        self.voters
    }

    /// The votes.
    pub const fn ballots(&self) -> &'a [Ballot] {
        self.ballots
    }

    /// Weights by voter, where there are any.
    pub const fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// Of each voter, the number of votes for a model or a tie (those that enter a fit).
    pub fn votes_by_voter(&self) -> Vec<u64> {
        let mut votes = vec![0; self.voters];
        for ballot in self.ballots.iter().filter(|ballot| ballot.choice != VoteChoice::BothBad) {
            if let Some(count) = votes.get_mut(place(ballot.voter)) {
                *count += 1;
            }
        }
        votes
    }
}

/// A number as a place.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Gives numbers to names, in the order of the names, whatever the order of the votes.
///
/// # Examples
/// ```
/// use daepyo_core::VoteChoice::{Left, Tie};
/// use daepyo_verdict::votes::Interner;
/// let mut interner = Interner::default();
/// interner.push("kim", "b", "a", Left)?;
/// interner.push("ahn", "a", "b", Tie)?;
/// let interned = interner.finish();
/// assert_eq!((interned.models[0].as_str(), interned.voters[0].as_str()), ("a", "ahn"));
/// assert_eq!((interned.ballots[0].left, interned.ballots[0].voter), (1, 1));
/// # Ok::<(), daepyo_verdict::votes::VoteError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interner {
    models: HashMap<String, u32>,
    voters: HashMap<String, u32>,
    ballots: Vec<Ballot>,
}

/// Votes with numbers and the names behind those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interned {
    /// Names of the models, in order.
    pub models: Vec<String>,
    /// Names of the voters, in order.
    pub voters: Vec<String>,
    /// The votes, in the order in which they came.
    pub ballots: Vec<Ballot>,
}

impl Interner {
    /// Adds a vote. Fails for a model against itself and for more models or voters than there are numbers.
    pub fn push(
        &mut self,
        voter: &str,
        left: &str,
        right: &str,
        choice: VoteChoice,
    ) -> Result<(), VoteError> {
        let most = usize::from(u16::MAX) + 1;
        let mut model = |name| {
            let number = number(&mut self.models, name);
            number
                .and_then(|number| u16::try_from(number).ok())
                .ok_or(VoteError::TooMany { things: "models", most })
        };
        let (left, right) = (model(left)?, model(right)?);
        if left == right {
            return Err(VoteError::SelfVote { index: self.ballots.len(), model: left });
        }
        let voter = number(&mut self.voters, voter)
            .ok_or(VoteError::TooMany { things: "voters", most: place(u32::MAX) })?;
        self.ballots.push(Ballot { voter, left, right, choice });
        Ok(())
    }

    /// The votes with numbers in the order of the names.
    pub fn finish(self) -> Interned {
        let (models, model) = ordered(self.models);
        let (voters, voter) = ordered(self.voters);
        let at = |numbers: &[u32], number: u32| numbers.get(place(number)).copied().unwrap_or_default();
        let short = |number: u16| u16::try_from(at(&model, u32::from(number))).unwrap_or_default();
        let mut ballots = self.ballots;
        for ballot in &mut ballots {
            ballot.voter = at(&voter, ballot.voter);
            (ballot.left, ballot.right) = (short(ballot.left), short(ballot.right));
        }
        Interned { models, voters, ballots }
    }
}

fn number(numbers: &mut HashMap<String, u32>, name: &str) -> Option<u32> {
    if let Some(number) = numbers.get(name) {
        return Some(*number);
    }
    let next = u32::try_from(numbers.len()).ok()?;
    numbers.insert(name.to_owned(), next);
    Some(next)
}

/// The names in order, and of each old number the new one.
fn ordered(numbers: HashMap<String, u32>) -> (Vec<String>, Vec<u32>) {
    let mut names: Vec<(String, u32)> = numbers.into_iter().collect();
    names.sort();
    let mut new = vec![0; names.len()];
    for ((_, old), number) in names.iter().zip(0_u32..) {
        if let Some(place) = new.get_mut(place(*old)) {
            *place = number;
        }
    }
    (names.into_iter().map(|(name, _)| name).collect(), new)
}

impl Interned {
    /// The votes, checked.
    pub fn poll(&self) -> Result<Poll<'_>, VoteError> {
        Poll::new(self.models.len(), self.voters.len(), &self.ballots)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::{Ballot, Poll, VoteChoice, choice};

    #[test]
    fn a_ballot_takes_twelve_bytes() {
        assert_eq!(size_of::<Ballot>(), 12);
    }

    #[test]
    fn labels_are_read_or_refused_by_name() {
        for (label, read) in [
            ("left", VoteChoice::Left),
            ("Model_B", VoteChoice::Right),
            (" tie ", VoteChoice::Tie),
            ("both_bad", VoteChoice::BothBad),
        ] {
            assert_eq!(choice(0, label), Ok(read));
        }
        for label in ["", "ties", "model_c", "0", "nan"] {
            let error = choice(3, label).unwrap_err();
            assert_eq!(error.code(), "verdict::unknown_choice");
            assert!(error.to_string().starts_with(&format!("vote 3 has the label `{label}`")));
        }
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let ballot = |voter, left, right| Ballot { voter, left, right, choice: VoteChoice::Left };
        let code = |ballots: &[Ballot]| Poll::new(3, 2, ballots).unwrap_err();
        assert_eq!(code(&[ballot(0, 0, 1), ballot(0, 1, 1)]).code(), "verdict::self_vote");
        assert_eq!(
            code(&[ballot(0, 0, 3)]).to_string(),
            "vote 0 is on model 3, and there are 3, numbered from 0"
        );
        assert_eq!(code(&[ballot(2, 0, 1)]).code(), "verdict::unknown_voter");
        let ballots = [ballot(0, 0, 1)];
        let poll = Poll::new(3, 2, &ballots).unwrap();
        assert_eq!(poll.weighted(&[1.0]).unwrap_err().code(), "verdict::wrong_count");
        for weight in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(poll.weighted(&[1.0, weight]).unwrap_err().code(), "verdict::invalid_weight");
        }
    }
}
