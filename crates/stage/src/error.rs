//! Why a stage cannot run, and which exit code that is.

use crate::{BudgetStop, Finding};
use daepyo_backend::{BackendError, PreflightFinding};
use daepyo_core::{CandidateId, CriterionId, Digest, StageId};
use daepyo_spec::{Change, Problem, RowProblem};
use std::path::PathBuf;

/// Why a stage cannot run or cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The programme file is not valid.
    #[error("stage::programme: {} is not a valid programme", path.display())]
    Programme {
        /// The file.
        path: PathBuf,
        /// Its text.
        source_text: String,
        /// Every problem.
        problems: Vec<Problem>,
    },
    /// Weights that a gate of independence names, or a candidate's, cannot be read.
    #[error("stage::weights: {} cannot be read as weights", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: daepyo_lineage::WeightsError,
    },
    /// The programme has no such stage.
    #[error("stage::unknown_stage: the programme has no stage `{stage}`; it has: {known}")]
    UnknownStage {
        /// What was asked for.
        stage: String,
        /// What there is.
        known: String,
    },
    /// The stage was sealed under other rules.
    #[error(
        "stage::rules_changed: stage `{stage}` was sealed under other rules; a changed file is a new version and needs \
         a new --out folder"
    )]
    RulesChanged {
        /// The stage.
        stage: StageId,
        /// What changed.
        changes: Vec<Change>,
    },
    /// Weights that are not those that were submitted.
    #[error("stage::digest_mismatch: {} of `{candidate}` is {found}, but {written} was submitted", path.display())]
    DigestMismatch {
        /// Whose.
        candidate: CandidateId,
        /// The file.
        path: PathBuf,
        /// What the programme says.
        written: Digest,
        /// What the file is.
        found: Digest,
    },
    /// A task cannot be loaded or its requests cannot be made.
    #[error("stage::task: task `{task}` of suite `{suite}` cannot be used")]
    Task {
        /// The suite.
        suite: String,
        /// The task.
        task: String,
        /// Why not.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A task that reads a file outside of its suite's folder: it could be neither sealed nor published.
    #[error("stage::file_outside_suite: task `{task}` reads {}, which is outside of the suite's folder {}", path.display(), suite.display())]
    FileOutsideSuite {
        /// The task.
        task: String,
        /// The file.
        path: PathBuf,
        /// The suite's folder.
        suite: PathBuf,
    },
    /// A CSV file with bad rows.
    #[error("stage::rows: {} has {} bad rows", path.display(), problems.len())]
    Rows {
        /// The file.
        path: PathBuf,
        /// Every bad row.
        problems: Vec<RowProblem>,
    },
    /// The backend of a candidate cannot answer at all.
    #[error("stage::backend: `{candidate}` cannot be asked")]
    Backend {
        /// Whose.
        candidate: CandidateId,
        /// Why not.
        #[source]
        cause: BackendError,
    },
    /// A finding of the preflight that forbids to go on.
    #[error("stage::preflight: `{candidate}` cannot be measured fairly")]
    Preflight {
        /// Whose.
        candidate: CandidateId,
        /// What was found.
        findings: Vec<PreflightFinding>,
    },
    /// A file or folder that cannot be read or written.
    #[error("stage::file: cannot {what} {}", path.display())]
    File {
        /// read, write, make.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// The store of responses failed.
    #[error("stage::store: the responses cannot be kept")]
    Store(#[source] daepyo_store::StoreError),
    /// The log cannot be opened or written.
    #[error("stage::log: the evidence log in {} cannot be used", path.display())]
    Log {
        /// The log's folder.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: daepyo_evidence::Error,
    },
    /// What is in the log is not what this run would write.
    #[error("stage::log_differs: entry {index} of the log is not what these rules and responses give")]
    LogDiffers {
        /// The entry.
        index: u64,
    },
    /// Observations that contradict the rules.
    #[error("stage::decide: the observations contradict the rules")]
    Decide(#[source] daepyo_verdict::DecideError),
    /// A decision that can't go on from an earlier verdict or with the points of an earlier stage.
    #[error("stage::follow: the decision can't go on from what came before")]
    Follow(#[source] daepyo_verdict::sequential::SequentialError),
    /// A folder that a run was to go on from, and that is not as it was signed.
    #[error("stage::earlier: {} is no published folder to go on from", path.display())]
    Earlier {
        /// The folder.
        path: PathBuf,
        /// Everything that is not as it was signed.
        findings: Vec<Finding>,
    },
    /// The closed contest that a criterion's votes come from is missing, or is not what it must be.
    #[error("stage::contest: {} is not the closed contest that the votes of `{criterion}` come from", path.display())]
    Contest {
        /// The criterion.
        criterion: CriterionId,
        /// The contest's folder.
        path: PathBuf,
        /// Everything that does not hold.
        findings: Vec<Finding>,
    },
    /// A value without a canonical form.
    #[error("stage::canonical: {what} has no canonical form")]
    Canonical {
        /// Which value.
        what: &'static str,
        /// Why not.
        #[source]
        cause: daepyo_core::canonical::CanonicalError,
    },
    /// More requests than the rules allow got no response for reasons of infrastructure; what was answered is kept.
    #[error(
        "stage::too_many_failures: {:.2} % of the documents put to `{candidate}` got no response for reasons of \
         infrastructure; the rules allow {:.2} %",
        rate * 100.0,
        limit * 100.0
    )]
    TooManyFailures {
        /// Whose requests.
        candidate: CandidateId,
        /// Share of documents without a response.
        rate: f64,
        /// Greatest share that the rules allow.
        limit: f64,
    },
    /// A budget would have been passed; all that was answered is kept.
    #[error("stage::budget: stopped before a budget would be passed; what was answered is kept")]
    Budget {
        /// Every candidate or reference whose measuring ended so.
        stops: Vec<BudgetStop>,
    },
    /// Parts of an evaluation that cannot be joined or handed over.
    #[error(transparent)]
    Shard(#[from] crate::shard::ShardError),
    /// A person stopped the run; all that was answered is kept.
    #[error("stage::interrupted: stopped; the same command goes on from here")]
    Interrupted,
}

impl StageError {
    /// The code, such as `stage::…`, with which the text begins.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Programme { .. } => "stage::programme",
            Self::UnknownStage { .. } => "stage::unknown_stage",
            Self::RulesChanged { .. } => "stage::rules_changed",
            Self::Weights { .. } => "stage::weights",
            Self::DigestMismatch { .. } => "stage::digest_mismatch",
            Self::Task { .. } => "stage::task",
            Self::FileOutsideSuite { .. } => "stage::file_outside_suite",
            Self::Rows { .. } => "stage::rows",
            Self::Backend { .. } => "stage::backend",
            Self::Preflight { .. } => "stage::preflight",
            Self::File { .. } => "stage::file",
            Self::Store(_) => "stage::store",
            Self::Log { .. } => "stage::log",
            Self::LogDiffers { .. } => "stage::log_differs",
            Self::Decide(_) => "stage::decide",
            Self::Follow(_) => "stage::follow",
            Self::Earlier { .. } => "stage::earlier",
            Self::Contest { .. } => "stage::contest",
            Self::Canonical { .. } => "stage::canonical",
            Self::TooManyFailures { .. } => "stage::too_many_failures",
            Self::Budget { .. } => "stage::budget",
            Self::Shard(cause) => cause.code(),
            Self::Interrupted => "stage::interrupted",
        }
    }

    /// The exit code: 2 bad input, 3 environment, 4 integrity, 130 stopped by a person.
    pub fn exit_code(&self) -> u8 {
        match self {
            // A file that is named and not there is a mistake of the one who named it.
            Self::File { what: "read", cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => 2,
            Self::Programme { .. }
            | Self::Weights { .. }
            | Self::UnknownStage { .. }
            | Self::RulesChanged { .. }
            | Self::Task { .. }
            | Self::FileOutsideSuite { .. }
            | Self::Rows { .. }
            | Self::Preflight { .. }
            | Self::Decide(_)
            | Self::Follow(_) => 2,
            Self::Backend { .. }
            | Self::File { .. }
            | Self::Store(_)
            | Self::Log { .. }
            | Self::Canonical { .. }
            | Self::TooManyFailures { .. }
            | Self::Budget { .. } => 3,
            Self::DigestMismatch { .. }
            | Self::LogDiffers { .. }
            | Self::Earlier { .. }
            | Self::Contest { .. } => 4,
            Self::Shard(cause) => cause.exit_code(),
            Self::Interrupted => 130,
        }
    }
}

impl From<daepyo_verdict::sequential::SequentialError> for StageError {
    fn from(error: daepyo_verdict::sequential::SequentialError) -> Self {
        match error {
            daepyo_verdict::sequential::SequentialError::Decide(error) => Self::Decide(error),
            other => Self::Follow(other),
        }
    }
}
