//! What makes a decision impossible: rules that no validated programme has, or observations against the rules.

use crate::sequential::PanelError;
use daepyo_core::{CandidateId, CriterionId, Digest, GateId, RubricItemId, StageId, SuiteId};

/// Rules or observations that contradict themselves or each other.
///
/// An `index` is a place in the slice of observations given to [`crate::decide()`], from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecideError {
    /// Rules that a validated programme can't have.
    #[error("the rules can't be applied: {problem}")]
    InvalidRules {
        /// What is wrong with them.
        problem: String,
    },
    /// An observation of another stage.
    #[error("observation {index} belongs to stage `{stage}`")]
    OtherStage {
        /// The observation.
        index: usize,
        /// Its stage.
        stage: StageId,
    },
    /// A candidate or reference that the programme doesn't have.
    #[error("observation {index} names `{candidate}`, which is no candidate or reference of the programme")]
    UnknownCandidate {
        /// The observation.
        index: usize,
        /// The name.
        candidate: CandidateId,
    },
    /// A suite that the programme doesn't have.
    #[error("observation {index} names suite `{suite}`, which the programme doesn't have")]
    UnknownSuite {
        /// The observation.
        index: usize,
        /// The name.
        suite: SuiteId,
    },
    /// A criterion that the stage doesn't have, or has with another rule.
    #[error("observation {index} counts for `{criterion}`, which is no criterion of this kind in the stage")]
    UnknownCriterion {
        /// The observation.
        index: usize,
        /// The name.
        criterion: CriterionId,
    },
    /// A question that the rubric doesn't have.
    #[error("observation {index} marks `{item}`, which the rubric of `{criterion}` doesn't ask")]
    UnknownItem {
        /// The observation.
        index: usize,
        /// The criterion.
        criterion: CriterionId,
        /// The name.
        item: RubricItemId,
    },
    /// A gate that the stage doesn't have, or that isn't decided by people.
    #[error("observation {index} is a finding on `{gate}`, which is no gate of this kind in the stage")]
    UnknownGate {
        /// The observation.
        index: usize,
        /// The name.
        gate: GateId,
    },
    /// A battle of a candidate with itself.
    #[error("observation {index} is a vote of `{candidate}` against itself")]
    SelfVote {
        /// The observation.
        index: usize,
        /// The candidate.
        candidate: CandidateId,
    },
    /// A score that is not a number between -1e12 and 1e12, or a guessing rate outside 0 to below 1.
    #[error("observation {index} has score {score} and guessing rate {guess}")]
    BadScore {
        /// The observation.
        index: usize,
        /// Its score.
        score: f64,
        /// Its guessing rate.
        guess: f64,
    },
    /// A score for a document that was not scored.
    #[error("observation {index} has score {score} without an answer that was scored")]
    ScoreWithoutAnswer {
        /// The observation.
        index: usize,
        /// Its score.
        score: f64,
    },
    /// A mark that is not on the scale.
    #[error("observation {index} gives the mark {value} on a scale from {minimum} to {maximum}")]
    MarkOffScale {
        /// The observation.
        index: usize,
        /// The mark.
        value: f64,
        /// Least mark.
        minimum: f64,
        /// Greatest mark.
        maximum: f64,
    },
    /// A second score for the same document of the same candidate.
    #[error("observation {index} scores the same document of the same candidate as observation {first}")]
    DuplicateSample {
        /// The later observation.
        index: usize,
        /// The earlier one.
        first: usize,
    },
    /// A second mark by the same rater for the same question and candidate.
    #[error("observation {index} marks the same question of the same candidate as observation {first}")]
    DuplicateMark {
        /// The later observation.
        index: usize,
        /// The earlier one.
        first: usize,
    },
    /// A second vote with the same number.
    #[error("observation {index} has the same vote number as observation {first}")]
    DuplicateVote {
        /// The later observation.
        index: usize,
        /// The earlier one.
        first: usize,
    },
    /// One document described in two ways.
    #[error("observations {first} and {index} give the same document another {what}")]
    DocumentsDiffer {
        /// An observation.
        index: usize,
        /// The one that it disagrees with.
        first: usize,
        /// What they disagree on: `digest`, `cluster` or `guessing rate`.
        what: &'static str,
    },
    /// Votes that compare nobody of one part with anybody of another.
    #[error("the votes of `{criterion}` fall into parts that were never compared: {}", written(parts))]
    DisconnectedVotes {
        /// The criterion.
        criterion: CriterionId,
        /// The parts, each in order of id.
        parts: Vec<Vec<CandidateId>>,
    },
    /// A withdrawal of something that is no candidate.
    #[error("observation {index} withdraws `{candidate}`, which is no candidate")]
    NoCandidate {
        /// The observation.
        index: usize,
        /// The name.
        candidate: CandidateId,
    },
    /// A correction of something that is not there.
    #[error("observation {index} corrects {digest}, which is no observation here")]
    UnknownCorrected {
        /// The correction.
        index: usize,
        /// What it names.
        digest: Digest,
    },
    /// Two corrections of the same observation that don't say the same.
    #[error(
        "observation {index} corrects the same observation as {first}, otherwise; correct one of the two"
    )]
    CorrectedTwice {
        /// The later correction.
        index: usize,
        /// The earlier one.
        first: usize,
    },
    /// A correction that can't be put into effect.
    #[error("observation {index} can't be put into effect: {problem}")]
    BadCorrection {
        /// The correction.
        index: usize,
        /// Why.
        problem: &'static str,
    },
    /// A panel's votes that break the rules.
    #[error("the panel's votes on the wildcard break the rules")]
    Panel(#[source] PanelError),
}

fn written(parts: &[Vec<CandidateId>]) -> String {
    let part = |ids: &Vec<CandidateId>| ids.iter().map(CandidateId::as_str).collect::<Vec<_>>().join(", ");
    parts.iter().map(part).collect::<Vec<_>>().join(" | ")
}

impl DecideError {
    /// The error's code, such as `verdict::mark_off_scale`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRules { .. } => "verdict::invalid_rules",
            Self::OtherStage { .. } => "verdict::other_stage",
            Self::UnknownCandidate { .. } => "verdict::unknown_candidate",
            Self::UnknownSuite { .. } => "verdict::unknown_suite",
            Self::UnknownCriterion { .. } => "verdict::unknown_criterion",
            Self::UnknownItem { .. } => "verdict::unknown_item",
            Self::UnknownGate { .. } => "verdict::unknown_gate",
            Self::SelfVote { .. } => "verdict::self_vote",
            Self::BadScore { .. } => "verdict::bad_score",
            Self::ScoreWithoutAnswer { .. } => "verdict::score_without_answer",
            Self::MarkOffScale { .. } => "verdict::mark_off_scale",
            Self::DuplicateSample { .. } => "verdict::duplicate_sample",
            Self::DuplicateMark { .. } => "verdict::duplicate_mark",
            Self::DuplicateVote { .. } => "verdict::duplicate_vote",
            Self::DocumentsDiffer { .. } => "verdict::documents_differ",
            Self::DisconnectedVotes { .. } => "verdict::disconnected_votes",
            Self::NoCandidate { .. } => "verdict::no_candidate",
            Self::UnknownCorrected { .. } => "verdict::unknown_corrected",
            Self::CorrectedTwice { .. } => "verdict::corrected_twice",
            Self::BadCorrection { .. } => "verdict::bad_correction",
            Self::Panel(error) => error.code(),
        }
    }

    /// The observation at fault, where it is one.
    pub const fn index(&self) -> Option<usize> {
        match self {
            Self::InvalidRules { .. } | Self::DisconnectedVotes { .. } | Self::Panel(_) => None,
            Self::OtherStage { index, .. }
            | Self::UnknownCandidate { index, .. }
            | Self::UnknownSuite { index, .. }
            | Self::UnknownCriterion { index, .. }
            | Self::UnknownItem { index, .. }
            | Self::UnknownGate { index, .. }
            | Self::SelfVote { index, .. }
            | Self::BadScore { index, .. }
            | Self::ScoreWithoutAnswer { index, .. }
            | Self::MarkOffScale { index, .. }
            | Self::DuplicateSample { index, .. }
            | Self::DuplicateMark { index, .. }
            | Self::DuplicateVote { index, .. }
            | Self::DocumentsDiffer { index, .. }
            | Self::NoCandidate { index, .. }
            | Self::UnknownCorrected { index, .. }
            | Self::CorrectedTwice { index, .. }
            | Self::BadCorrection { index, .. } => Some(*index),
        }
    }
}
