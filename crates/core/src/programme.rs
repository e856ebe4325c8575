//! The rules: a validated programme. The `spec` crate makes it from `programme.toml`.

use crate::{
    Budget, CandidateId, ContestRule, CriterionId, Date, Digest, GateId, GateOutcome, Localized, ModelSpec,
    Price, ProgrammeId, Relation, RubricItemId, StageId, SuiteId, TaskName, TeamId, VoterTests,
};
use serde::{Deserialize, Serialize};

/// A programme, valid as a whole: every id resolves, weights add up, dates are in order.
///
/// Sections that later versions add (grants, calls, challenges) become further fields here, absent by default, so
/// that the canonical form of an older file does not change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Programme {
    /// Version of the file format; 1.
    pub format: u32,
    /// The programme.
    pub id: ProgrammeId,
    /// Version of the rules, counted up with every change after a sealing.
    pub version: u32,
    /// Day of this version.
    pub dated: Date,
    /// Title.
    pub title: Localized,
    /// What every reader must know, for example that marks are illustrative; shown on top of the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Localized>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Candidates.
    pub candidates: Vec<Candidate>,
    /// References.
    pub references: Vec<Reference>,
    /// Suites.
    pub suites: Vec<Suite>,
    /// Stages, in order of time.
    pub stages: Vec<Stage>,
}

impl Programme {
    /// The stage with this id.
    pub fn stage(&self, id: &StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *id)
    }

    /// The suite with this id.
    pub fn suite(&self, id: &SuiteId) -> Option<&Suite> {
        self.suites.iter().find(|suite| suite.id == *id)
    }

    /// The submission of the candidate or reference with this id.
    pub fn submission(&self, id: &CandidateId) -> Option<&Submission> {
        let candidates = self.candidates.iter().map(|candidate| &candidate.submission);
        let references = self.references.iter().map(|reference| &reference.submission);
        candidates.chain(references).find(|submission| submission.id == *id)
    }

    /// Who takes part in a contest against the reference `versus`: all candidates in file order, then the reference.
    pub fn contestants<'a>(&'a self, versus: &'a CandidateId) -> impl Iterator<Item = &'a CandidateId> {
        self.candidates.iter().map(|candidate| &candidate.submission.id).chain(std::iter::once(versus))
    }

    /// The references released within the stage's window, in file order.
    pub fn window<'a>(&'a self, stage: &'a Stage) -> impl Iterator<Item = &'a Reference> {
        let first = stage.window.frozen.months_before(stage.window.months);
        let last = stage.window.frozen;
        self.references.iter().filter(move |reference| (first..=last).contains(&reference.released))
    }
}

/// A team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Team {
    /// The team.
    pub id: TeamId,
    /// Its name.
    pub name: Localized,
}

/// A model as it was submitted, frozen: what candidates and references share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Submission {
    /// The candidate or reference.
    pub id: CandidateId,
    /// Where its answers come from.
    pub model: ModelSpec,
    /// SHA-256 of the weights (a GGUF file, a replay file), or of the weights that a server declares to serve.
    pub digest: Digest,
    /// Licence of the weights, an SPDX expression where one exists.
    pub licence: String,
    /// Tokenizer, where it is not the model file's own.
    pub tokenizer: Option<String>,
    /// The weights behind a server or recorded answers, for gates that compare weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<SubmittedWeights>,
    /// Whether chat tasks go through the model's own chat template.
    pub chat_template: bool,
    /// Environment variable that holds the API key, for a server that asks for one.
    pub api_key_env: Option<String>,
    /// Requests under way at once, at most, for a server; how many there really are is found by its answers.
    pub concurrency: u32,
    /// Time for one attempt at one request, in seconds.
    pub deadline_s: u32,
    /// The price of a server's tokens, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What may be spent at most, where that is bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

/// A file of weights that was submitted beside the source of answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SubmittedWeights {
    /// The file, relative to the programme file.
    pub file: String,
    /// Its SHA-256.
    pub digest: Digest,
}

/// A team's frozen submission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Candidate {
    /// What was submitted.
    pub submission: Submission,
    /// Whose it is.
    pub team: TeamId,
}

/// A global model that candidates are held against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reference {
    /// What is measured.
    pub submission: Submission,
    /// Day of its release, for the window.
    pub released: Date,
}

/// Tasks that are measured and weighed together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suite {
    /// The suite.
    pub id: SuiteId,
    /// Title.
    pub title: Localized,
    /// Folder with the task files, relative to the programme file.
    pub path: String,
    /// Tasks or groups of that folder; each task weighs the same.
    pub tasks: Vec<TaskName>,
    /// At most so many documents a task, from the first on.
    pub limit: Option<u64>,
    /// Few-shot examples, where not the task's own number.
    pub num_fewshot: Option<u32>,
    /// Day until which documents are published as digests only.
    pub reveal: Option<Date>,
}

/// A suite with its weight within a gate or criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SuiteWeight {
    /// The suite.
    pub suite: SuiteId,
    /// Its weight, relative to the others.
    pub weight: f64,
}

/// A stage: what is measured, and how it is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stage {
    /// The stage.
    pub id: StageId,
    /// Title.
    pub title: Localized,
    /// First day.
    pub opens: Date,
    /// Last day.
    pub closes: Date,
    /// Days for objections after the verdict.
    pub objection_days: u32,
    /// Which references count.
    pub window: Window,
    /// Seed of every resampling.
    pub seed: u64,
    /// Draws of the joint resampling.
    pub draws: u32,
    /// Above this share of infrastructure failures of any candidate or reference there is no verdict.
    pub infrastructure_failure_limit: f64,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Criteria; their weights add up to 100.
    pub criteria: Vec<Criterion>,
    /// How it is decided.
    pub decision: Decision,
    /// What an earlier stage brings in, where anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<CarryOver>,
    /// Path, relative to the programme file, of a CSV file with the columns candidate, on, reason and evidence: teams
    /// that went of their own will.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawals: Option<String>,
    /// Path, relative to the programme file, of a CSV file with the columns suite, task, document, candidate, source,
    /// reason and evidence: documents that somebody may have seen before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contamination: Option<String>,
    /// Path, relative to the programme file, of a file with one correction a line, as JSON with the keys corrects,
    /// replacement and reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrections: Option<String>,
}

impl Stage {
    /// The suites that gates and criteria use, each once, in order of first use.
    pub fn suites(&self) -> Vec<&SuiteId> {
        let gates = self.gates.iter().flat_map(|gate| match &gate.rule {
            GateRule::NonInferiority { suites, .. } | GateRule::Threshold { suites, .. } => suites.as_slice(),
            GateRule::Independence { .. } | GateRule::Finding { .. } => &[],
        });
        let criteria = self.criteria.iter().flat_map(|criterion| match &criterion.rule {
            CriterionRule::Benchmark { suites, .. } => suites.as_slice(),
            CriterionRule::Marks { .. } | CriterionRule::Votes { .. } | CriterionRule::Derivatives { .. } => {
                &[]
            }
        });
        let mut found = Vec::new();
        for weight in gates.chain(criteria) {
            if !found.contains(&&weight.suite) {
                found.push(&weight.suite);
            }
        }
        found
    }
}

/// The moving set of references, frozen on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Window {
    /// Length in months.
    pub months: u32,
    /// Last day of release that counts; before the stage opens.
    pub frozen: Date,
}

/// A condition that overrides rank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gate {
    /// The gate.
    pub id: GateId,
    /// Title.
    pub title: Localized,
    /// What is asked.
    pub rule: GateRule,
    /// What "not shown" leads to.
    pub not_shown: NotShown,
}

/// What a gate asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GateRule {
    /// At least `ratio` of every reference in the window, shown at `confidence`.
    NonInferiority {
        /// On these suites.
        suites: Vec<SuiteWeight>,
        /// The share asked for, such as 0.95.
        ratio: f64,
        /// One-sided level, such as 0.95.
        confidence: f64,
        /// Whether guessing is taken out of the scores first.
        chance_corrected: bool,
    },
    /// A mean score of at least `minimum`, shown at `confidence`.
    Threshold {
        /// On these suites.
        suites: Vec<SuiteWeight>,
        /// The score asked for.
        minimum: f64,
        /// One-sided level.
        confidence: f64,
    },
    /// Weights that do not match those of another's model more than independent initialisation lets them.
    Independence {
        /// The models that a candidate may not have been made from.
        against: Vec<KnownWeights>,
        /// The chance at which independent weights may be called related, over all tests of a component together.
        level: f64,
        /// What it leads to that some component is shared and others are not.
        shared: GateOutcome,
        /// The seed of which rows are taken and how they are shuffled.
        seed: u64,
    },
    /// What people found, from a CSV file with the columns candidate, outcome, reason and evidence.
    Finding {
        /// Path, relative to the programme file.
        source: String,
    },
}

/// A published model whose weights candidates are compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownWeights {
    /// What it is called.
    pub id: CandidateId,
    /// The file of its weights, relative to the programme file.
    pub weights: String,
    /// SHA-256 of that file.
    pub digest: Digest,
    /// Candidates of the team that published it: they may be made from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<CandidateId>,
}

/// What becomes of a candidate for which a gate was neither passed nor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotShown {
    /// It stays in.
    Stay,
    /// It is out, as if the gate had failed.
    Out,
    /// The stage stays undecided for it until there is more evidence.
    Hold,
}

/// A weighted part of the composite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Criterion {
    /// The criterion.
    pub id: CriterionId,
    /// Title.
    pub title: Localized,
    /// Points at most; all criteria of a stage add up to 100.
    pub weight: f64,
    /// How points come about.
    pub rule: CriterionRule,
}

/// How a criterion turns observations into a share of its points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CriterionRule {
    /// Weighted mean score over suites.
    Benchmark {
        /// The suites.
        suites: Vec<SuiteWeight>,
        /// The scores that give no points and all points.
        anchors: Anchors,
    },
    /// Experts' marks, from a CSV file with the columns rater, candidate, item and value.
    Marks {
        /// Path, relative to the programme file.
        source: String,
        /// Least mark of the scale.
        minimum: f64,
        /// Greatest mark of the scale.
        maximum: f64,
        /// Questions of the rubric.
        items: Vec<RubricItem>,
        /// The marks that give no points and all points.
        anchors: Anchors,
    },
    /// Public votes, from a CSV file with the columns voter, left, right, choice and optionally prompt, `shown_ms`,
    /// `voted_ms`, characters, gold, category and language.
    Votes {
        /// Path, relative to the programme file.
        source: String,
        /// The outside anchor: points follow the probability of being preferred to this reference (a tie counts
        /// half), so that no team's points depend on which other teams are in.
        versus: CandidateId,
        /// The probabilities that give no points and all points.
        anchors: Anchors,
        /// The tests of voters that are registered, where any are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tests: Option<VoterTests>,
        /// The contest that the votes come from, where the site holds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contest: Option<Box<ContestRule>>,
    },
    /// Models that others derived, from a CSV file with the columns candidate, owner, name, relation, payload, status.
    Derivatives {
        /// Path, relative to the programme file.
        source: String,
        /// Relations that count.
        counts: Vec<Relation>,
        /// Whether only verified ones count; otherwise declared and untestable ones count too.
        verified_only: bool,
        /// The numbers of distinct derivatives that give no points and all points.
        anchors: Anchors,
    },
}

impl CriterionRule {
    /// The contest that the votes come from, where there is one.
    pub fn contest(&self) -> Option<&ContestRule> {
        match self {
            Self::Votes { contest, .. } => contest.as_deref(),
            Self::Benchmark { .. } | Self::Marks { .. } | Self::Derivatives { .. } => None,
        }
    }

    /// The folder that holds the closed contest which the votes come from, beside their file: `votes.csv` has
    /// `votes-contest`. None where no contest is named.
    pub fn contest_folder(&self) -> Option<String> {
        let source = self.contest().and_then(|_| self.source())?;
        Some(format!("{}-contest", source.strip_suffix(".csv").unwrap_or(source)))
    }

    /// The most that one voter's votes weigh together, in votes, where that is bounded.
    pub fn weight_cap(&self) -> Option<u32> {
        self.contest().and_then(|contest| contest.weight_cap)
    }

    /// The file that observations come from, where they come from a file.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Benchmark { .. } => None,
            Self::Marks { source, .. } | Self::Votes { source, .. } | Self::Derivatives { source, .. } => {
                Some(source)
            }
        }
    }
}

/// One question of a rubric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RubricItem {
    /// The question.
    pub id: RubricItemId,
    /// Its title.
    pub title: Localized,
    /// Its weight, relative to the others.
    pub weight: f64,
}

/// Fixed outside points of a scale: a share of `(x - zero) / (full - zero)`, cut to 0 and 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Anchors {
    /// Gives no points.
    pub zero: Anchor,
    /// Gives all points.
    pub full: Anchor,
}

/// An end of a scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// A written value.
    Value(f64),
    /// The mean score of guessing on the same documents; for benchmarks.
    Chance,
    /// The score of a reference on the same documents; for benchmarks.
    Reference(CandidateId),
}

/// How a stage is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decision {
    /// So many advance.
    pub advance: u32,
    /// A candidate is in or out only where the joint resampling gives it at least this probability.
    pub confidence: f64,
    /// What is tried, in order, for candidates that are neither in nor out.
    pub tie_order: Vec<TieStep>,
    /// A place for one that fell.
    pub wildcard: Option<Wildcard>,
    /// How more evidence may be looked at without lowering the written confidence; without it every look is at
    /// that confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Looks>,
}

/// Looks at growing evidence whose chance of a wrong decision, together, is one minus the written confidence.
///
/// The information of a look is the number of independent units (clusters, raters or voters) behind one criterion,
/// of the candidate that has the fewest, as a fraction of `full`. At a fraction of 1 there is nothing left to wait for,
/// and a tie goes past [`TieStep::MoreEvidence`] to the next step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Looks {
    /// How the chance is spent over the information.
    pub spending: Spending,
    /// The criterion whose evidence grows.
    pub criterion: CriterionId,
    /// Units when everything planned is there.
    pub full: u64,
}

/// A spending function of Lan and `DeMets` 1983.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Spending {
    /// Almost nothing early, almost all late: close to O'Brien and Fleming's boundaries.
    #[serde(rename = "obrien_fleming")]
    OBrienFleming,
    /// About the same at every look: close to Pocock's boundaries.
    Pocock,
}

/// What part of the composite is that of an earlier stage.
///
/// The composite is `share` times the earlier one plus `1 - share` times this stage's own. A candidate that was not
/// in the earlier stage has this stage's own composite alone: both are points of the same 100.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CarryOver {
    /// The earlier stage.
    pub stage: StageId,
    /// Its part, from 0 to 1.
    pub share: f64,
}

/// A way to break a tie at the cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TieStep {
    /// The greater points of this criterion, where the resampling shows the difference at the written confidence.
    Criterion(CriterionId),
    /// Stop undecided: more documents or votes are gathered.
    MoreEvidence,
    /// Stop undecided: more blind raters are asked.
    MoreRaters,
    /// All that are tied advance.
    AdvanceAll,
    /// A lot drawn with the stage's seed.
    Lot,
}

/// A second chance, given by a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Wildcard {
    /// So many at most.
    pub places: u32,
    /// Share of the panel that must agree; more than this.
    pub majority: f64,
    /// Whether the panel may choose nobody.
    pub none_allowed: bool,
    /// Path, relative to the programme file, of a CSV file with the columns member and candidate, the second empty for
    /// nobody; without it the panel does not vote in this stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
