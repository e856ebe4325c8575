//! The words of daepyo as types, with no I/O: programmes, requests, observations, verdicts.
//!
//! Everything here is plain data with one canonical byte form ([`canonical`]), so that a digest or a
//! signature over it means the same on every machine.

mod budget;
pub mod canonical;
mod contest;
mod date;
mod digest;
mod exchange;
mod ids;
mod localized;
mod model_spec;
mod observation;
mod programme;
mod request_digest;
mod verdict;
pub mod visible;
mod voter_tests;

pub use budget::{Budget, Price};
pub use contest::{
    AssignedPrompt, ContestMode, ContestPairing, ContestRule, ContestTag, ContestantNames, RecordedAnswer,
};
pub use date::{Date, DateError};
pub use digest::{Digest, DigestError, Digester};
pub use exchange::{
    FailureClass, Finish, GenerateParams, Message, Prompt, Request, Response, Role, StoredExchange,
};
pub use ids::{
    CandidateId, CriterionId, GateId, IdError, ProgrammeId, PromptId, RaterId, RubricItemId, StageId,
    SuiteId, TagId, TaskName, TeamId, VoterId,
};
pub use localized::{Language, Localized};
pub use model_spec::{ModelSpec, ModelSpecError};
pub use observation::{
    ContaminationFlag, Correction, Derivative, DerivativeStatus, GateFinding, GateOutcome, Mark, Observation,
    Outcome, PanelVote, Relation, Sample, Vote, VoteChoice, Withdrawal,
};
pub use programme::{
    Anchor, Anchors, Candidate, CarryOver, Criterion, CriterionRule, Decision, Gate, GateRule, KnownWeights,
    Looks, NotShown, Programme, Reference, RubricItem, Spending, Stage, Submission, SubmittedWeights, Suite,
    SuiteWeight, Team, TieStep, Wildcard, Window,
};
pub use request_digest::RequestDigests;
pub use verdict::{
    CandidateDecision, CandidateOutcome, CarriedPoints, Cause, Changed, Composite, Corrected,
    CriterionResult, Decided, FailureCounts, Follows, GateComparison, GateResult, Interval, LookResult,
    NoVerdict, PanelCount, Status, TaskResult, TieTrace, Verdict, VoteRating, VoteResult, WildcardOutcome,
    WildcardResult,
};
pub use voter_tests::{CopiedTest, FalseFlags, GoldTest, OneSidedTest, PositionTest, SpeedTest, VoterTests};
