//! What makes a step from stage to stage, or from look to look, impossible.

use crate::DecideError;
use daepyo_core::StageId;

/// Inputs that contradict the rules of a case.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SequentialError {
    /// Information fractions that don't rise from above 0 to at most 1.
    #[error(
        "the information fraction of look {look} is {fraction}, after {before}; fractions rise from above 0 to 1"
    )]
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
            Self::OtherVerdict { .. } => "verdict::other_verdict",
            Self::Carry { .. } => "verdict::carry",
            Self::Decide(error) => error.code(),
        }
    }
}
