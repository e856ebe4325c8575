//! What a verdict rests on and how firmly: everything that decides nothing and that a reader who doubts would ask for.
//!
//! [`analyse`] is as pure as [`decide()`](crate::decide()): the same rules and observations give the same bytes. A part
//! that can't be computed (a rubric off its grid, votes that fall apart) is left out with a note that says why; it
//! never keeps the other parts back.

mod ballots;
mod marks;
mod scores;

pub use ballots::{VoteAnalysis, VoteStratum, WeightCap};
pub use marks::PanelAnalysis;
pub use scores::{BenchmarkAnalysis, GateAnalysis, ItemSummary};

use crate::{
    Rules,
    sensitivity::{ExamineSettings, Sensitivity, SensitivityError, examine_prepared},
    sequential::{Carried, SequentialError, ready},
};
use daepyo_core::{CriterionRule, Digest, GateRule, Observation, ProgrammeId, StageId};
use serde::{Deserialize, Serialize};

/// What a stage's verdict rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Version of this form; 1.
    pub format: u32,
    /// The programme.
    pub programme: ProgrammeId,
    /// SHA-256 of the sealed rules.
    pub rules: Digest,
    /// The stage.
    pub stage: StageId,
    /// What the decision hangs on; none without a verdict.
    pub sensitivity: Option<Sensitivity>,
    /// One row for each criterion that is decided by benchmarks, in file order.
    pub benchmarks: Vec<BenchmarkAnalysis>,
    /// One row for each gate that compares with references, in file order.
    pub gates: Vec<GateAnalysis>,
    /// One row for each criterion that is decided by marks, in file order.
    pub panels: Vec<PanelAnalysis>,
    /// One row for each criterion that is decided by votes, in file order.
    pub votes: Vec<VoteAnalysis>,
    /// Parts that could not be computed.
    pub notes: Vec<Note>,
}

/// Why a part is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The gate or criterion, or `stage`.
    pub about: String,
    /// The part.
    pub part: Part,
    /// The code of the error.
    pub code: String,
    /// What is the matter, in English.
    pub reason: String,
}

/// A part of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// [`Analysis::sensitivity`].
    Sensitivity,
    /// [`BenchmarkAnalysis::comparisons`].
    Comparisons,
    /// [`BenchmarkAnalysis::items`].
    Items,
    /// [`BenchmarkAnalysis::contamination`], [`GateAnalysis::contamination`].
    Contamination,
    /// [`GateAnalysis::reviews`].
    Power,
    /// [`PanelAnalysis::rasch`].
    Rasch,
    /// [`PanelAnalysis::alpha`].
    Alpha,
    /// [`PanelAnalysis::icc`].
    Icc,
    /// [`VoteAnalysis::report`].
    VoterTests,
    /// [`VoteAnalysis::beside`].
    Beside,
    /// [`VoteAnalysis::strata`].
    Strata,
}

/// Collects notes.
#[derive(Default)]
struct Notes(Vec<Note>);

impl Notes {
    /// The value, or nothing and a note.
    fn keep<T, E: std::fmt::Display>(
        &mut self,
        (about, part): (&str, Part),
        result: Result<T, E>,
        code: impl Fn(&E) -> &'static str,
    ) -> Option<T> {
        let note = |error: E| Note {
            about: about.to_owned(),
            part,
            code: code(&error).to_owned(),
            reason: error.to_string(),
        };
        result.map_err(|error| self.0.push(note(error))).ok()
    }
}

/// What the verdict on a stage rests on.
///
/// `carried` are the points of the earlier stage, for rules that carry a share of them over.
///
/// # Errors
/// As [`crate::decide()`] and [`crate::sequential::decide_after`]; all else is a note.
pub fn analyse(
    rules: &Rules<'_>,
    observations: &[Observation],
    carried: Option<&Carried>,
) -> Result<Analysis, SequentialError> {
    let mut notes = Notes::default();
    let (prepared, _) = ready(rules, observations, carried)?;
    let mut analysis = Analysis {
        format: 1,
        programme: rules.programme.id.clone(),
        rules: rules.rules_digest,
        stage: rules.stage.id.clone(),
        sensitivity: None,
        benchmarks: Vec::new(),
        gates: Vec::new(),
        panels: Vec::new(),
        votes: Vec::new(),
        notes: Vec::new(),
    };
    let Some(prepared) = prepared else { return Ok(analysis) };
    let examined = examine_prepared(&prepared, ExamineSettings::default());
    analysis.sensitivity = notes.keep(("stage", Part::Sensitivity), examined, SensitivityError::code);
    for gate in &rules.stage.gates {
        match &gate.rule {
            GateRule::NonInferiority { .. } => {
                analysis.gates.push(scores::gate(&prepared, gate, &mut notes));
            }
            GateRule::Threshold { .. } | GateRule::Independence { .. } | GateRule::Finding { .. } => {}
        }
    }
    for (place, criterion) in rules.stage.criteria.iter().enumerate() {
        match &criterion.rule {
            CriterionRule::Benchmark { suites, .. } => {
                analysis.benchmarks.push(scores::benchmark(&prepared, &criterion.id, suites, &mut notes));
            }
            CriterionRule::Marks { minimum, maximum, .. } => {
                let scale = (*minimum, *maximum);
                analysis.panels.push(marks::panel(&prepared, place, &criterion.id, scale, &mut notes));
            }
            CriterionRule::Votes { tests, .. } => {
                analysis.votes.push(ballots::votes(&prepared, place, criterion, tests.as_ref(), &mut notes));
            }
            CriterionRule::Derivatives { .. } => {}
        }
    }
    analysis.notes = notes.0;
    Ok(analysis)
}
