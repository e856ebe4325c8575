//! What is wrong with votes that can't be fitted.

/// Votes that can't be read, counted or fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VoteError {
    /// A label that is no choice.
    #[error(
        "vote {index} has the label `{label}`; write left, right, tie or both_bad (or model_a, model_b, tie, \
         tie (bothbad))"
    )]
    UnknownLabel {
        /// The vote, from 0.
        index: usize,
        /// The label.
        label: String,
    },
    /// A vote on a model against itself.
    #[error("vote {index} is of model {model} against itself; leave it out")]
    SelfVote {
        /// The vote, from 0.
        index: usize,
        /// The model's number.
        model: u16,
    },
    /// A vote on a model with a number that was not announced.
    #[error("vote {index} is on model {model}, and there are {models}, numbered from 0")]
    UnknownModel {
        /// The vote, from 0.
        index: usize,
        /// The model's number.
        model: u16,
        /// Announced models.
        models: usize,
    },
    /// A vote of a voter with a number that was not announced.
    #[error("vote {index} is by voter {voter}, and there are {voters}, numbered from 0")]
    UnknownVoter {
        /// The vote, from 0.
        index: usize,
        /// The voter's number.
        voter: u32,
        /// Announced voters.
        voters: usize,
    },
    /// More things than their numbers can tell apart.
    #[error("there are more than {most} {things}; split the votes")]
    TooMany {
        /// What there are too many of.
        things: &'static str,
        /// The most that fit.
        most: usize,
    },
    /// Models that no vote with a winner or a tie is about.
    #[error("no vote that counts is about the models {models:?}; leave them out or number the others anew")]
    NoVotes {
        /// The models' numbers.
        models: Vec<u16>,
    },
    /// Models that no chain of votes connects.
    #[error("the votes fall into parts that were never compared: {parts:?}; collect votes between them")]
    Disconnected {
        /// The parts, each in order of number.
        parts: Vec<Vec<u16>>,
    },
    /// Fewer than two voters, so that nothing can be said of the uncertainty.
    #[error("{voters} voters are too few for an interval; two are the least")]
    TooFewVoters {
        /// Voters with a vote that counts and a weight above 0.
        voters: usize,
    },
    /// As many entries as there are units were expected.
    #[error("{given} {things} were given for {units} {of}; give one each")]
    WrongCount {
        /// What was given.
        things: &'static str,
        /// How many.
        given: usize,
        /// What they are for.
        of: &'static str,
        /// How many of those.
        units: usize,
    },
    /// A weight that is negative, infinite or no number.
    #[error("voter {voter} has the weight {weight}; write a finite number of 0 or more")]
    InvalidWeight {
        /// The voter's number.
        voter: usize,
        /// The weight.
        weight: f64,
    },
}

impl VoteError {
    /// The error's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownLabel { .. } => "verdict::unknown_choice",
            Self::SelfVote { .. } => "verdict::self_vote",
            Self::UnknownModel { .. } => "verdict::unknown_model",
            Self::UnknownVoter { .. } => "verdict::unknown_voter",
            Self::TooMany { .. } => "verdict::too_many_votes",
            Self::NoVotes { .. } => "verdict::models_without_votes",
            Self::Disconnected { .. } => "verdict::disconnected_votes",
            Self::TooFewVoters { .. } => "verdict::too_few_voters",
            Self::WrongCount { .. } => "verdict::wrong_count",
            Self::InvalidWeight { .. } => "verdict::invalid_weight",
        }
    }
}
