//! What was decided, and all that it rests on.

use crate::{
    CandidateId, CriterionId, Digest, GateId, GateOutcome, ProgrammeId, StageId, SuiteId, TaskName, TieStep,
};
use serde::{Deserialize, Serialize};

/// The result of a stage: a pure function of sealed rules, observations and seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// Version of this form; 1.
    pub format: u32,
    /// The programme.
    pub programme: ProgrammeId,
    /// SHA-256 of the sealed rules.
    pub rules: Digest,
    /// The stage.
    pub stage: StageId,
    /// Seed of the resampling.
    pub seed: u64,
    /// Draws of the resampling.
    pub draws: u32,
    /// Number of observations.
    pub observations: u64,
    /// Decided or not.
    pub status: Status,
    /// One row a candidate, best composite first (then by id).
    pub outcomes: Vec<CandidateOutcome>,
    /// Gates by candidate, in file order.
    pub gates: Vec<GateResult>,
    /// Criteria by candidate, in file order.
    pub criteria: Vec<CriterionResult>,
    /// Composite by candidate, in the order of `outcomes`. Empty where there is no verdict.
    pub composite: Vec<Composite>,
    /// What the public votes say beyond the points, one row for each criterion that is decided by votes.
    pub votes: Vec<VoteResult>,
    /// How ties at the cut were treated, step by step.
    pub ties: Vec<TieTrace>,
    /// Results by candidate or reference, suite and task.
    pub tasks: Vec<TaskResult>,
    /// Which look at growing evidence this is, where the rules plan several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<LookResult>,
    /// The earlier stage's part of the composite, by candidate in file order; empty where nothing is carried over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<CarriedPoints>,
    /// What the panel made of the wildcard, where there is one and the panel voted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wildcard: Option<WildcardResult>,
    /// The earlier verdict on the same stage that this one follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Follows>,
}

/// One look at growing evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LookResult {
    /// Which one, from 1.
    pub number: u32,
    /// Independent units behind the criterion that the rules name, of the candidate with the fewest.
    pub units: u64,
    /// Information fractions of the earlier looks, in order.
    pub earlier: Vec<f64>,
    /// This look's information fraction, at most 1.
    pub fraction: f64,
    /// Chance of a wrong decision that all looks so far have spent, of one minus the written confidence.
    pub spent: f64,
    /// The one-sided normal boundary of this look; none where nothing can be spent yet.
    pub boundary: Option<f64>,
    /// The confidence that decides at this look.
    pub confidence: f64,
    /// Whether the joint draws are many enough to show that confidence; where not, nobody is in or out yet.
    pub resolved: bool,
}

/// What a candidate brings from an earlier stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CarriedPoints {
    /// The candidate.
    pub candidate: CandidateId,
    /// Its composite in the earlier stage; none for a newcomer.
    pub earlier: Option<Interval>,
    /// This stage's own composite.
    pub own: Interval,
}

/// The panel's choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WildcardResult {
    /// Members who voted.
    pub panel: u64,
    /// Votes for each candidate with one, most first, then by id.
    pub votes: Vec<PanelCount>,
    /// Members who voted for nobody.
    pub nobody: u64,
    /// Who advances by it, by id.
    pub chosen: Vec<CandidateId>,
    /// How it ended.
    pub outcome: WildcardOutcome,
}

/// A candidate's votes in the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PanelCount {
    /// The candidate.
    pub candidate: CandidateId,
    /// Members who would let it in.
    pub votes: u64,
}

/// How a panel's choice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WildcardOutcome {
    /// Somebody has the majority.
    Chosen,
    /// Nobody has it, and the rules allow that.
    Nobody,
    /// Nobody has it, or equal votes ask for more places than there are: the panel must vote again.
    VoteAgain,
}

/// How a verdict follows an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Follows {
    /// SHA-256 of the earlier verdict's canonical form.
    pub verdict: Digest,
    /// Why there is a new one.
    pub cause: Cause,
    /// Observations that were corrected since, in order of the old digest.
    pub corrected: Vec<Corrected>,
    /// Candidates whose decision is another now, by id.
    pub changed: Vec<Changed>,
}

/// Why a verdict was followed by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// More evidence came in.
    MoreEvidence,
    /// A candidate lost its place by a gate or went: the cut was filled again.
    Refill,
    /// Observations were wrong.
    Correction,
}

/// An observation that was corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Corrected {
    /// Digest of the wrong one.
    pub old: Digest,
    /// Digest of what stands in its place; none where nothing does.
    pub new: Option<Digest>,
    /// Why.
    pub reason: String,
}

/// A candidate whose decision changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// The candidate.
    pub candidate: CandidateId,
    /// What the earlier verdict said; none for a candidate that it did not have.
    pub from: Option<CandidateDecision>,
    /// What this one says.
    pub to: CandidateDecision,
    /// Points at the estimate in the earlier verdict, where it had any.
    pub points_from: Option<f64>,
    /// Points at the estimate now, where it has any.
    pub points_to: Option<f64>,
}

/// Whether there is a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every candidate is in or out.
    Decided(Decided),
    /// The evidence does not carry a decision yet, and the rules say to gather more.
    Undecided {
        /// The step of the tie order that stopped; none where a gate holds or where the order came to its end.
        step: Option<TieStep>,
    },
    /// The rules forbid a verdict.
    NoVerdict(NoVerdict),
}

/// How a decision came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// Every candidate at the written confidence (or by a gate).
    Confident,
    /// A tie at the cut was broken by the tie order.
    ByTieOrder,
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoVerdict {
    /// Too many infrastructure failures.
    InfrastructureFailures {
        /// The worst candidate or reference.
        candidate: CandidateId,
        /// Its share of failures.
        rate: f64,
        /// The programme's limit.
        limit: f64,
    },
    /// An observation that the rules need is absent, or a criterion rests on fewer than two independent units
    /// (clusters of a task, raters, voters), so that nothing can be said of its uncertainty.
    MissingEvidence {
        /// For whom.
        candidate: CandidateId,
        /// What, as the id of a gate or criterion.
        what: String,
    },
}

/// What becomes of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CandidateOutcome {
    /// The candidate.
    pub candidate: CandidateId,
    /// What becomes of it.
    pub decision: CandidateDecision,
    /// The gate that put it out or holds it.
    pub gate: Option<GateId>,
}

/// In, out, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CandidateDecision {
    /// Goes on, at the written confidence.
    Advances,
    /// Goes on by the tie order.
    AdvancesByTie,
    /// Out, at the written confidence.
    Eliminated,
    /// Out by the tie order.
    EliminatedByTie,
    /// Out by a gate.
    EliminatedByGate,
    /// Neither: more evidence is needed.
    Open,
    /// Goes on by the panel's choice.
    AdvancesByWildcard,
    /// Went of its own will.
    Withdrawn,
}

/// A gate for one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateResult {
    /// The gate.
    pub gate: GateId,
    /// The candidate.
    pub candidate: CandidateId,
    /// The outcome.
    pub outcome: GateOutcome,
    /// One for each reference of the window, or one without a reference for a threshold; none for a finding.
    pub comparisons: Vec<GateComparison>,
    /// The finder's words, for a finding.
    pub reason: Option<String>,
}

/// A candidate held against one reference (or against a threshold).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateComparison {
    /// The reference; none for a threshold.
    pub reference: Option<CandidateId>,
    /// The candidate's mean score, chance-corrected where the rule says so.
    pub candidate_score: f64,
    /// The reference's mean score, corrected alike; for a threshold the threshold.
    pub reference_score: f64,
    /// Mean of candidate minus ratio times reference.
    pub difference: f64,
    /// Its clustered standard error; none where a task has fewer than two clusters, and then nothing is shown.
    pub standard_error: Option<f64>,
    /// One-sided lower bound at the rule's confidence.
    pub lower: Option<f64>,
    /// One-sided upper bound at the rule's confidence.
    pub upper: Option<f64>,
    /// Documents that both answered.
    pub documents: u64,
    /// Documents left out, because one of the two had no response.
    pub left_out: u64,
    /// Clusters.
    pub clusters: u64,
    /// The outcome against this reference alone.
    pub outcome: GateOutcome,
}

/// A point estimate with a two-sided 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interval {
    /// Estimate.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A criterion for one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CriterionResult {
    /// The criterion.
    pub criterion: CriterionId,
    /// The candidate.
    pub candidate: CandidateId,
    /// On the criterion's own scale: mean score, mean mark, probability of being preferred, count.
    pub raw: Interval,
    /// Points, 0 to the criterion's weight.
    pub points: Interval,
    /// Observations behind it.
    pub observations: u64,
    /// Independent units behind it: clusters, raters, voters or owners.
    pub units: u64,
}

/// The public votes of one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VoteResult {
    /// The criterion.
    pub criterion: CriterionId,
    /// Votes that the ratings rest on.
    pub votes: u64,
    /// Ties among them.
    pub ties: u64,
    /// Votes for "both are bad": counted here, and no part of the ratings.
    pub both_bad: u64,
    /// Distinct voters behind the ratings.
    pub voters: u64,
    /// Davidson's tie parameter: two equals tie with probability `t / (2 + t)`.
    pub tie_parameter: f64,
    /// The least number of votes whose change would move the cut, as far as a greedy search finds (so an upper
    /// bound); none where no change of votes moves it or where there is no cut.
    pub attack_budget: Option<u64>,
    /// Everything that was voted on, best rating first.
    pub ratings: Vec<VoteRating>,
}

/// How one candidate or reference stands in the public votes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VoteRating {
    /// The candidate or reference.
    pub candidate: CandidateId,
    /// On the Elo scale, where the reference that the criterion names stands at 1000.
    pub rating: Interval,
    /// Votes won.
    pub wins: u64,
    /// Votes lost.
    pub losses: u64,
    /// Ties.
    pub ties: u64,
    /// Battles in which both were called bad.
    pub both_bad: u64,
}

/// The composite of one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Composite {
    /// The candidate.
    pub candidate: CandidateId,
    /// Points of 100.
    pub points: Interval,
    /// Probability of each rank, first to last, among the candidates that no gate put out; empty for those.
    pub ranks: Vec<f64>,
    /// Least and greatest rank of the simultaneous 95 % rank set, from 1; none for those put out.
    pub rank_set: Option<(u32, u32)>,
    /// Probability of the last rank.
    pub p_last: f64,
    /// Probability of being among those that advance.
    pub p_advance: f64,
}

/// One step of the tie order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TieTrace {
    /// The step.
    pub step: TieStep,
    /// Who was tied when it began.
    pub tied: Vec<CandidateId>,
    /// Places left when it began.
    pub places: u32,
    /// Who advanced by it.
    pub advanced: Vec<CandidateId>,
    /// Who fell by it.
    pub eliminated: Vec<CandidateId>,
}

/// A task's result for one candidate or reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskResult {
    /// The candidate or reference.
    pub candidate: CandidateId,
    /// The suite.
    pub suite: SuiteId,
    /// The task.
    pub task: TaskName,
    /// Mean score over all documents that had a response; infrastructure failures are left out and counted.
    pub score: f64,
    /// Clustered standard error of the mean; none with fewer than two clusters.
    pub standard_error: Option<f64>,
    /// Mean score of guessing.
    pub guess: f64,
    /// Clusters.
    pub clusters: u64,
    /// Documents by what happened.
    pub counts: FailureCounts,
}

/// Documents by what happened: the five failures apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FailureCounts {
    /// Scored above 0.
    pub right: u64,
    /// Scored 0.
    pub wrong: u64,
    /// No answer could be read.
    pub unparsed: u64,
    /// Cut at the token limit.
    pub truncated: u64,
    /// Declined.
    pub refused: u64,
    /// No response.
    pub infrastructure: u64,
}

impl FailureCounts {
    /// All documents.
    pub const fn total(&self) -> u64 {
        self.right + self.wrong + self.unparsed + self.truncated + self.refused + self.infrastructure
    }

    /// Share of infrastructure failures; 0 for no documents.
    pub fn infrastructure_rate(&self) -> f64 {
        if self.total() == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let rate = self.infrastructure as f64 / self.total() as f64;
        rate
    }
}
