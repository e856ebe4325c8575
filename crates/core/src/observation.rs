//! Units of evidence: samples, votes, marks, derivative findings and gate findings.

use crate::{
    CandidateId, CriterionId, Date, Digest, GateId, RaterId, RubricItemId, StageId, SuiteId, TaskName,
    VoterId, canonical,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One unit of evidence. It never changes; a correction is a new one that names the old one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Observation {
    /// A scored document.
    Sample(Sample),
    /// A public vote.
    Vote(Vote),
    /// An expert's mark.
    Mark(Mark),
    /// A model that somebody derived.
    Derivative(Derivative),
    /// A finding on a gate that people decide.
    GateFinding(GateFinding),
    /// A team that goes of its own will.
    Withdrawal(Withdrawal),
    /// A panel member's vote on the wildcard.
    PanelVote(PanelVote),
    /// A finding that a document may have been seen before.
    Contamination(ContaminationFlag),
    /// An observation that was wrong, and what stands in its place.
    Correction(Correction),
}

impl Observation {
    /// SHA-256 of the canonical form.
    pub fn digest(&self) -> Result<Digest, canonical::CanonicalError> {
        canonical::digest(self)
    }
}

/// A document answered by one candidate or reference, scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The stage.
    pub stage: StageId,
    /// The candidate or reference.
    pub candidate: CandidateId,
    /// The suite.
    pub suite: SuiteId,
    /// The task.
    pub task: TaskName,
    /// The document's place in its split, from 0.
    pub document: u64,
    /// SHA-256 of the document's canonical form.
    pub document_digest: Digest,
    /// Documents that share this text depend on each other (same passage, subject or template). Where a task
    /// names no cluster field, every document is its own cluster, named by its number.
    pub cluster: String,
    /// Digests of the requests whose responses were scored, in order.
    pub requests: Vec<Digest>,
    /// What happened.
    pub outcome: Outcome,
    /// The task's main metric for this document, usually 0 to 1, higher is better; 0 unless `outcome` is
    /// [`Outcome::Scored`].
    pub score: f64,
    /// What guessing scores on average: 1/choices for multiple choice, else 0.
    pub guess: f64,
    /// Every metric of the task for this document.
    pub metrics: BTreeMap<String, f64>,
    /// The answer that was read, or the beginning of a long one; none where none was read and in hidden suites.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The right answer, written likewise; none where several are right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What happened to a document: five things that must not be mixed (a wrong answer is `Scored` with score 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered and scored, right or wrong.
    Scored,
    /// Answered, but no answer could be read out of it.
    Unparsed,
    /// Cut at the token limit before an answer could be read.
    Truncated,
    /// The candidate (or its server's filter) declined.
    Refused,
    /// No response: the machine's fault, not the candidate's.
    Infrastructure,
}

/// A vote on a battle of two anonymous candidates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// The stage.
    pub stage: StageId,
    /// The criterion that the vote counts for.
    pub criterion: CriterionId,
    /// Its place in the source, from 0.
    pub number: u64,
    /// Who voted.
    pub voter: VoterId,
    /// Shown on the left.
    pub left: CandidateId,
    /// Shown on the right.
    pub right: CandidateId,
    /// What was chosen.
    pub choice: VoteChoice,
    /// The prompt or its category, where known.
    pub prompt: Option<String>,
    /// When both answers were shown in full, in milliseconds of any one clock, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_ms: Option<u64>,
    /// When the vote came, by the same clock, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voted_ms: Option<u64>,
    /// Characters of both answers together, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characters: Option<u64>,
    /// The right choice, where the battle is a gold one: put in among the others because its answer is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<VoteChoice>,
    /// What kind of prompt it is, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The prompt's language, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// What a voter chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoteChoice {
    /// The left one is better.
    Left,
    /// The right one is better.
    Right,
    /// Equally good.
    Tie,
    /// Equally bad: kept apart from a tie.
    BothBad,
}

/// A rater's mark for one candidate on one question of a rubric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The stage.
    pub stage: StageId,
    /// The criterion that the mark counts for.
    pub criterion: CriterionId,
    /// Who marked.
    pub rater: RaterId,
    /// The candidate.
    pub candidate: CandidateId,
    /// The question of the rubric.
    pub item: RubricItemId,
    /// The mark, on the criterion's scale.
    pub value: f64,
}

/// How a derived model relates to its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Trained further.
    Finetune,
    /// Low-rank or other adapter.
    Adapter,
    /// Merged with others.
    Merge,
    /// Quantised.
    Quantized,
    /// Pruned, up-scaled or otherwise reshaped.
    Reshaped,
    /// Distilled.
    Distilled,
}

impl Relation {
    /// Every relation, in the order of the type.
    pub const ALL: [Self; 6] =
        [Self::Finetune, Self::Adapter, Self::Merge, Self::Quantized, Self::Reshaped, Self::Distilled];

    /// The name used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Finetune => "finetune",
            Self::Adapter => "adapter",
            Self::Merge => "merge",
            Self::Quantized => "quantized",
            Self::Reshaped => "reshaped",
            Self::Distilled => "distilled",
        }
    }
}

/// What is known of a claimed derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DerivativeStatus {
    /// Only claimed.
    Declared,
    /// Shown from the weights.
    Verified,
    /// Shown to be a copy, or not derived.
    Rejected,
    /// The weights can't be had.
    Untestable,
}

/// A model that somebody derived from a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Derivative {
    /// The stage.
    pub stage: StageId,
    /// The criterion that it counts for.
    pub criterion: CriterionId,
    /// The parent.
    pub candidate: CandidateId,
    /// Who made it.
    pub owner: String,
    /// The derived model's name.
    pub name: String,
    /// How it relates.
    pub relation: Relation,
    /// Digest of its weights, where known.
    pub payload: Option<Digest>,
    /// What is known.
    pub status: DerivativeStatus,
}

/// The three outcomes of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// Shown to hold.
    Passed,
    /// Shown not to hold.
    Failed,
    /// Neither was shown.
    NotShown,
}

/// A finding of people on a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GateFinding {
    /// The stage.
    pub stage: StageId,
    /// The gate.
    pub gate: GateId,
    /// The candidate.
    pub candidate: CandidateId,
    /// What was found.
    pub outcome: GateOutcome,
    /// Why, in the finder's words.
    pub reason: String,
    /// Digest of the evidence, where there is a file.
    pub evidence: Option<Digest>,
}

/// A team's candidate leaves the stage.
///
/// Before the stage opens it is as if it had never entered. From that day on it takes no place and no rank, and the
/// votes on it stay evidence for the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// The stage.
    pub stage: StageId,
    /// The candidate.
    pub candidate: CandidateId,
    /// The day on which the office had the declaration.
    pub on: Date,
    /// Why, in the team's words.
    pub reason: String,
    /// Digest of the declaration, where there is a file.
    pub evidence: Option<Digest>,
}

/// A panel member's vote on the wildcard: one for each candidate that the member would let in, or one for nobody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PanelVote {
    /// The stage.
    pub stage: StageId,
    /// Who votes.
    pub member: RaterId,
    /// For whom; none for nobody.
    pub candidate: Option<CandidateId>,
}

/// A finding that somebody may have seen a document before it was asked: in training data, in a leak.
///
/// It decides nothing. Scores with and without the flagged documents stand side by side in the analysis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContaminationFlag {
    /// The stage.
    pub stage: StageId,
    /// The document's suite.
    pub suite: SuiteId,
    /// Its task.
    pub task: TaskName,
    /// Its place in its split, from 0.
    pub document: u64,
    /// The candidate or reference that may have seen it; none for everybody.
    pub candidate: Option<CandidateId>,
    /// Where the finding comes from: a search of training data, a membership test, a leak.
    pub source: String,
    /// Why, in the finder's words.
    pub reason: String,
    /// Digest of the evidence, where there is a file.
    pub evidence: Option<Digest>,
}

/// A correction: the observation with digest `corrects` counts no longer.
///
/// It may name an observation that another correction put in place, and it may name another correction, which is
/// then void; it never changes what it names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The stage.
    pub stage: StageId,
    /// SHA-256 of the canonical form of what was wrong.
    pub corrects: Digest,
    /// What is right; none where the observation should never have been there.
    pub replacement: Option<Box<Observation>>,
    /// Why, in the corrector's words.
    pub reason: String,
}
