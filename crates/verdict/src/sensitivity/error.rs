//! What makes a question about sensitivity unanswerable.

use crate::sequential::SequentialError;
use daepyo_core::NoVerdict;

/// A contest that has no answer, or rules and observations that give none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SensitivityError {
    /// Slices of a contest whose lengths don't agree.
    #[error("{what} has {found} entries where {expected} are needed")]
    Shape {
        /// Which slice.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length that the others ask for.
        expected: usize,
    },
    /// A share outside 0 to 1, or no number.
    #[error("the share of `{candidate}` for `{criterion}` is {share}; it must lie between 0 and 1")]
    BadShare {
        /// The candidate.
        candidate: String,
        /// The criterion.
        criterion: String,
        /// The share.
        share: f64,
    },
    /// A weight below 0 or no number, or weights that are all 0.
    #[error("criterion `{criterion}` weighs {weight}; weights are 0 or more, and one of them is more than 0")]
    BadWeight {
        /// The criterion, or the first where all weigh nothing.
        criterion: String,
        /// The weight.
        weight: f64,
    },
    /// Nobody whom the gates let in.
    #[error("no candidate is admitted, so there is nobody to rank")]
    NobodyAdmitted,
    /// A neighbourhood that is no percentage from 0 to 100.
    #[error("weights within {percent} % of the written ones; a percentage from 0 to 100 is needed")]
    BadNeighbourhood {
        /// The percentage.
        percent: f64,
    },
    /// No weight vectors, or no draws where the draws are asked for.
    #[error("{what} are needed for this and there are none")]
    Nothing {
        /// What there is none of: `weight vectors` or `draws`.
        what: &'static str,
    },
    /// The rules forbid a verdict, so there is no cut to examine.
    #[error("there is no verdict whose sensitivity could be examined: {0:?}")]
    NoVerdict(NoVerdict),
    /// Rules or observations that contradict themselves or each other.
    #[error("the stage can't be decided")]
    Stage(#[source] SequentialError),
}

impl SensitivityError {
    /// The error's code, such as `verdict::sensitivity_shape`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Shape { .. } => "verdict::sensitivity_shape",
            Self::BadShare { .. } => "verdict::bad_share",
            Self::BadWeight { .. } => "verdict::bad_weight",
            Self::NobodyAdmitted => "verdict::nobody_admitted",
            Self::BadNeighbourhood { .. } => "verdict::bad_neighbourhood",
            Self::Nothing { .. } => "verdict::nothing_to_examine",
            Self::NoVerdict(_) => "verdict::no_verdict",
            Self::Stage(error) => error.code(),
        }
    }
}
