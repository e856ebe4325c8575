//! What makes a step from stage to stage, or from look to look, impossible.

use crate::DecideError;
use daepyo_core::{CandidateId, RaterId, StageId};

/// Inputs that contradict the rules of a case.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SequentialError {
    /// Information fractions that don't rise from above 0 to at most 1.
    #[error("the information fraction of look {look} is {fraction}, after {before}; fractions rise from above 0 to 1")]
    BadFraction {
        /// The look, from 1.
        look: usize,
        /// Its fraction.
        fraction: f64,
        /// The one before, 0 for the first.
        before: f64,
    },
    /// A chance of error that is not between 0 and 1/2.
    #[error("an error of {alpha} can't be spent; it must lie above 0 and below one half")]
    BadAlpha {
        /// The chance.
        alpha: f64,
    },
    /// A panel member who votes twice for the same candidate, or for nobody and for somebody.
    #[error("panel member `{member}` votes twice for the same, or for nobody and for somebody")]
    PanelTwice {
        /// The member.
        member: RaterId,
    },
    /// A vote for somebody who can't have the wildcard.
    #[error("panel member `{member}` votes for `{candidate}`, which is not among those that fell by points or by the tie order")]
    NotEligible {
        /// The member.
        member: RaterId,
        /// For whom.
        candidate: CandidateId,
    },
    /// A vote for nobody where the rules don't allow that.
    #[error("panel member `{member}` votes for nobody, which the rules don't allow")]
    NobodyNotAllowed {
        /// The member.
        member: RaterId,
    },
    /// A member with more votes than there are places.
    #[error("panel member `{member}` has {votes} votes for {places} places")]
    TooManyVotes {
        /// The member.
        member: RaterId,
        /// Votes.
        votes: u64,
        /// Places.
        places: u32,
    },
    /// An earlier verdict of another stage, programme or kind than the case asks for.
    #[error("the earlier verdict can't be followed: {problem}")]
    OtherVerdict {
        /// What is wrong with it.
        problem: String,
    },
    /// A stage that carries points over, decided without those of the earlier stage, or the other way round.
    #[error("stage `{stage}` {problem}")]
    Carry {
        /// The stage to decide.
        stage: StageId,
        /// What is wrong.
        problem: String,
    },
    /// Rules or observations that contradict themselves or each other.
    #[error("the stage can't be decided")]
    Decide(#[source] DecideError),
}

impl SequentialError {
    /// The error's code, such as `verdict::bad_fraction`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadFraction { .. } => "verdict::bad_fraction",
            Self::BadAlpha { .. } => "verdict::bad_alpha",
            Self::PanelTwice { .. } => "verdict::panel_twice",
            Self::NotEligible { .. } => "verdict::not_eligible",
            Self::NobodyNotAllowed { .. } => "verdict::nobody_not_allowed",
            Self::TooManyVotes { .. } => "verdict::too_many_votes",
            Self::OtherVerdict { .. } => "verdict::other_verdict",
            Self::Carry { .. } => "verdict::carry",
            Self::Decide(error) => error.code(),
        }
    }
}

impl From<DecideError> for SequentialError {
    fn from(error: DecideError) -> Self {
        Self::Decide(error)
    }
}
