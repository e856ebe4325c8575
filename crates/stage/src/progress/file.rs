//! How far a run is, in a file beside its store that the site reads: counts alone, never a score, and nothing of what is
//! signed.

use super::Progress;
use crate::folder::{self, Folder};
use crate::plan::MeasuredPlan;
use crate::suites::LoadedSuite;
use daepyo_backend::PreflightFinding;
use daepyo_core::{CandidateId, CriterionId, CriterionRule, Response, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The file is written anew after each part of all requests, one in so many.
const PARTS: u64 = 500;

/// `.work/progress.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgressFile {
    /// Version of this form; 2.
    pub format: u32,
    /// What the run is at.
    pub phase: Phase,
    /// Requests of each candidate and reference.
    pub candidates: BTreeMap<CandidateId, Answered>,
    /// Requests of each criterion that is measured, of everybody together.
    pub criteria: BTreeMap<CriterionId, Answered>,
}

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The rules are sealed; weights are compared and backends asked what they can do.
    Prepare,
    /// Candidates and references are asked.
    Measure,
    /// Answers are scored and the verdict is made.
    Decide,
    /// The folder is written and signed.
    Publish,
}

/// Requests with an answer, of those in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Requests that have an answer; a failure counts as one.
    pub answered: u64,
    /// Requests in all.
    pub planned: u64,
}

impl ProgressFile {
    /// The version that this reads and writes.
    pub const FORMAT: u32 = 2;

    /// The progress of the run into a folder; none where there is no such file, or one that cannot be used.
    pub fn read(folder: &Folder) -> Option<Self> {
        const MOST_BYTES: u64 = 1 << 20;
        let path = folder.progress();
        if std::fs::metadata(&path).ok()?.len() > MOST_BYTES {
            return None;
        }
        let file: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (file.format == Self::FORMAT).then_some(file)
    }
}

/// Counts what is answered, writes it down now and then, and passes everything on.
pub(crate) struct Written<'a> {
    inner: &'a dyn Progress,
    path: PathBuf,
    state: Mutex<State>,
}

struct State {
    file: ProgressFile,
    plans: BTreeMap<CandidateId, Counted>,
    planned: u64,
    since: u64,
}

/// The requests of one plan.
struct Counted {
    /// By place, the criteria that it counts for; the bit of a criterion is its place in the file's order.
    criteria: Vec<u64>,
    answered: Vec<bool>,
}

impl<'a> Written<'a> {
    /// Begins the file of a run into `folder`.
    pub(crate) fn begin(inner: &'a dyn Progress, folder: &Folder) -> Self {
        let file = ProgressFile {
            format: ProgressFile::FORMAT,
            phase: Phase::Prepare,
            candidates: BTreeMap::new(),
            criteria: BTreeMap::new(),
        };
        let state = State { file, plans: BTreeMap::new(), planned: 0, since: 0 };
        let written = Self { inner, path: folder.progress(), state: Mutex::new(state) };
        written.write(&mut written.state());
        written
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run goes on to another phase.
    pub(crate) fn phase(&self, phase: Phase) {
        let mut state = self.state();
        state.file.phase = phase;
        self.write(&mut state);
    }

    /// The plans are made.
    pub(crate) fn planned(&self, stage: &Stage, suites: &[LoadedSuite], plans: &[MeasuredPlan]) {
        let mut told = self.state();
        let measured: Vec<&CriterionId> = stage
            .criteria
            .iter()
            .filter(|criterion| matches!(criterion.rule, CriterionRule::Benchmark { .. }))
            .map(|criterion| &criterion.id)
            .collect();
        told.file.criteria = measured.iter().map(|id| ((*id).clone(), Answered::default())).collect();
        // Bits follow the order of the file, which is that of the ids.
        let bits: Vec<CriterionId> = told.file.criteria.keys().cloned().collect();
        for plan in plans {
            let mut criteria = vec![0; plan.digests.len()];
            for task in &plan.tasks {
                let Some(suite) = suites.get(task.suite) else { continue };
                let mask = mask(stage, &bits, suite);
                for place in task.places() {
                    if let Some(found) = criteria.get_mut(place) {
                        *found |= mask;
                    }
                }
            }
            let planned = criteria.len() as u64;
            for (bit, row) in told.file.criteria.values_mut().enumerate() {
                row.planned += criteria.iter().filter(|mask| has(**mask, bit)).count() as u64;
            }
            let answered = vec![false; criteria.len()];
            let id = plan.submission.id.clone();
            told.file.candidates.insert(id.clone(), Answered { answered: 0, planned });
            told.plans.insert(id, Counted { criteria, answered });
            told.planned += planned;
        }
        told.file.phase = Phase::Measure;
        self.write(&mut told);
    }

    /// Requests of a plan that were answered before.
    pub(crate) fn stored(&self, candidate: &CandidateId, places: impl Iterator<Item = usize>) {
        let mut state = self.state();
        for place in places {
            state.count(candidate, place);
        }
        self.write(&mut state);
    }

    /// Writes the file whole or not at all. A run does not end because its progress cannot be told.
    fn write(&self, state: &mut State) {
        state.since = 0;
        let Ok(bytes) = serde_json::to_vec(&state.file) else { return };
        if let Err(error) = folder::replace(&self.path, &bytes) {
            self.inner.note(&error.to_string());
        }
    }
}

impl State {
    /// Counts a request, once.
    fn count(&mut self, candidate: &CandidateId, place: usize) {
        let Some(counted) = self.plans.get_mut(candidate) else { return };
        let (Some(answered), Some(mask)) = (counted.answered.get_mut(place), counted.criteria.get(place))
        else {
            return;
        };
        if std::mem::replace(answered, true) {
            return;
        }
        self.since += 1;
        if let Some(row) = self.file.candidates.get_mut(candidate) {
            row.answered += 1;
        }
        for (bit, row) in self.file.criteria.values_mut().enumerate() {
            row.answered += u64::from(has(*mask, bit));
        }
    }
}

/// Whether a mask has a bit. A stage of more than 64 criteria shows the first ones.
fn has(mask: u64, bit: usize) -> bool {
    u32::try_from(bit).ok().and_then(|bit| mask.checked_shr(bit)).is_some_and(|mask| mask & 1 == 1)
}

/// The criteria that a suite counts for.
fn mask(stage: &Stage, bits: &[CriterionId], suite: &LoadedSuite) -> u64 {
    let mut mask = 0;
    for criterion in &stage.criteria {
        let CriterionRule::Benchmark { suites, .. } = &criterion.rule else { continue };
        let bit = bits.iter().position(|id| *id == criterion.id).and_then(|bit| u32::try_from(bit).ok());
        if suites.iter().any(|one| one.suite == suite.suite.id) {
            mask |= bit.and_then(|bit| 1_u64.checked_shl(bit)).unwrap_or_default();
        }
    }
    mask
}

impl Progress for Written<'_> {
    fn note(&self, text: &str) {
        self.inner.note(text);
    }

    fn found(&self, candidate: &CandidateId, finding: &PreflightFinding) {
        self.inner.found(candidate, finding);
    }

    fn begin(&self, candidate: &CandidateId, total: usize, stored: usize) {
        self.inner.begin(candidate, total, stored);
    }

    fn answered(&self, candidate: &CandidateId, response: &Response) {
        self.inner.answered(candidate, response);
    }

    fn answered_at(&self, candidate: &CandidateId, place: usize, response: &Response) {
        self.inner.answered_at(candidate, place, response);
        let mut state = self.state();
        state.count(candidate, place);
        if state.since * PARTS >= state.planned.max(1) {
            self.write(&mut state);
        }
    }

    fn end(&self, candidate: &CandidateId) {
        self.inner.end(candidate);
        self.write(&mut self.state());
    }
}
