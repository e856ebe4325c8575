//! Responses and files of marks, votes, derivatives and findings, as observations.

use crate::StageError;
use crate::answers::Answers;
use crate::folder;
use crate::plan::MeasuredPlan;
use crate::suites::{LoadedSuite, LoadedTask};
use daepyo_core::{
    CriterionRule, Digest, FailureClass, GateRule, Observation, Outcome, Response, Sample, Stage, Suite,
    TaskName,
};
use daepyo_spec::{
    RowProblem, read_contamination, read_corrections, read_derivatives, read_findings, read_marks,
    read_panel_votes, read_votes, read_withdrawals,
};
use daepyo_task::score::{ScoreInput, Scored};
use daepyo_task::{Document, Instance, Target};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// A sample with what the log does not hold: the answer that was read, and corpus statistics.
pub(crate) struct ScoredSample {
    pub(crate) sample: Sample,
    pub(crate) scored: Scored,
    /// Place in the plan: task and document.
    pub(crate) place: (usize, usize),
}

/// A document with all that was asked about it, and its score.
pub(crate) struct Judged<'a> {
    pub(crate) document: Document,
    pub(crate) instance: Cow<'a, Instance>,
    pub(crate) scored: ScoredSample,
}

/// Scores every document of a plan.
pub(crate) fn score(
    stage: &Stage,
    plan: &MeasuredPlan,
    suites: &[LoadedSuite],
    answers: &Answers,
) -> Result<Vec<ScoredSample>, StageError> {
    let mut samples = Vec::new();
    for task in 0..plan.tasks.len() {
        score_task(stage, plan, suites, (task, answers), &mut |judged| {
            samples.push(judged.scored);
            Ok(())
        })?;
    }
    Ok(samples)
}

/// Fails where a task's own Python had to be stopped again and again, or nothing could be scored (`all_lost`) for what
/// went wrong in it or in the task's patterns.
pub(crate) fn check_scoring(suite: &str, loaded: &LoadedTask, all_lost: bool) -> Result<(), StageError> {
    let task = loaded.task.name().to_owned();
    let failed = |cause| StageError::Task { suite: suite.to_owned(), task, cause };
    if let Some(cause) = loaded.scorer.given_up() {
        return Err(failed(cause.into()));
    }
    match loaded.scorer.problems().into_iter().next() {
        Some(problem) if all_lost => Err(failed(problem.into())),
        Some(_) | None => Ok(()),
    }
}

/// Whether no answer to this document could be scored.
pub(crate) const fn is_lost(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Infrastructure | Outcome::Unparsed => true,
        Outcome::Scored | Outcome::Truncated | Outcome::Refused => false,
    }
}

/// Fails where a task of a stage could not be scored for anybody, for a reason that lies in the task. What one candidate
/// alone brings about is no such reason.
pub(crate) fn check_tasks(
    plans: &[MeasuredPlan],
    scored: &[Vec<ScoredSample>],
    suites: &[LoadedSuite],
) -> Result<(), StageError> {
    let mut counts: BTreeMap<(usize, usize), (usize, usize)> = BTreeMap::new();
    for (plan, samples) in plans.iter().zip(scored) {
        for one in samples {
            let Some(planned) = plan.tasks.get(one.place.0) else { continue };
            let (lost, all) = counts.entry((planned.suite, planned.task)).or_default();
            *lost += usize::from(is_lost(one.sample.outcome));
            *all += 1;
        }
    }
    for ((suite, task), (lost, all)) in counts {
        let Some(suite) = suites.get(suite) else { continue };
        let Some(loaded) = suite.tasks.get(task) else { continue };
        check_scoring(suite.suite.id.as_str(), loaded, lost == all)?;
    }
    Ok(())
}

/// Scores the documents of one task of a plan, one after the other.
pub(crate) fn score_task<'p>(
    stage: &Stage,
    plan: &'p MeasuredPlan,
    suites: &[LoadedSuite],
    (task, answers): (usize, &Answers),
    judged: &mut dyn FnMut(Judged<'p>) -> Result<(), StageError>,
) -> Result<(), StageError> {
    let Some(planned) = plan.tasks.get(task) else { return Ok(()) };
    let Some(suite) = suites.get(planned.suite) else { return Ok(()) };
    let Some(loaded) = suite.tasks.get(planned.task) else { return Ok(()) };
    let name = TaskName::new(loaded.task.name()).map_err(|cause| StageError::Task {
        suite: suite.suite.id.to_string(),
        task: loaded.task.name().to_owned(),
        cause: cause.into(),
    })?;
    for place in 0..planned.len() {
        let Some(instance) = plan.instance(task, place)? else { continue };
        let requests: Vec<Digest> = plan.digests_of(task, place).collect();
        let document = loaded.task.document(place).unwrap_or_default();
        let scored = score_one(loaded, &instance, (&document, &requests), answers);
        let sample = sample(stage, plan, (&suite.suite, &name), (&instance, requests), &scored);
        judged(Judged { document, instance, scored: ScoredSample { sample, scored, place: (task, place) } })?;
    }
    Ok(())
}

fn score_one(
    loaded: &LoadedTask,
    instance: &Instance,
    (document, requests): (&Document, &[Digest]),
    answers: &Answers,
) -> Scored {
    let absent = || Response::Failed { class: FailureClass::NotRecorded, message: "no response".to_owned() };
    let responses: Vec<_> =
        requests.iter().map(|digest| answers.get(digest).unwrap_or_else(absent)).collect();
    loaded.scorer.score(&ScoreInput {
        responses: &responses,
        target: &instance.target,
        choices: &instance.choices,
        doc: document,
        prompt: &instance.input,
    })
}

fn sample(
    stage: &Stage,
    plan: &MeasuredPlan,
    (suite, task): (&Suite, &TaskName),
    (instance, requests): (&Instance, Vec<Digest>),
    scored: &Scored,
) -> Sample {
    // The answers of a hidden suite stay hidden.
    let shown = |text: Option<String>| text.filter(|_| suite.reveal.is_none()).map(|text| short(&text));
    Sample {
        stage: stage.id.clone(),
        candidate: plan.submission.id.clone(),
        suite: suite.id.clone(),
        task: task.clone(),
        document: instance.document,
        document_digest: instance.document_digest,
        // The field that groups documents may hold their text.
        cluster: match suite.reveal {
            Some(_) => Digest::of(instance.cluster.as_bytes()).to_string(),
            None => instance.cluster.clone(),
        },
        requests,
        outcome: scored.outcome,
        score: if scored.outcome == Outcome::Scored { scored.score } else { 0.0 },
        guess: instance.guess,
        metrics: scored.metrics.clone(),
        answer: shown(scored.answer.clone()),
        key: shown(match &instance.target {
            Target::Text(_) | Target::Choice(_) => Some(instance.target.shown(&instance.choices)),
            // Several texts may be right, and a structure is no answer.
            Target::Texts(_) | Target::Choices(_) | Target::Value(_) => None,
        }),
    }
}

/// Longest answer that is kept whole, in characters.
const WHOLE_CHARS: usize = 40;

/// A short text as it is, of a longer one the beginning and what tells it from others that begin alike.
fn short(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(WHOLE_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => {
            let digest = Digest::of(text.as_bytes());
            let [a, b, c, d, ..] = digest.as_bytes();
            format!("{}… #{a:02x}{b:02x}{c:02x}{d:02x}", text.get(..end).unwrap_or_default())
        }
    }
}

/// Observations from the files that a stage names: those of its gates and criteria in file order, then withdrawals, flags
/// on documents, the panel's votes and corrections.
pub(crate) fn from_files(stage: &Stage, base: &Path) -> Result<Vec<Observation>, StageError> {
    let mut found = Vec::new();
    for gate in &stage.gates {
        match &gate.rule {
            GateRule::Finding { source } => {
                let rows = |bytes: &[u8]| read_findings(bytes, &stage.id, &gate.id);
                found.extend(read(base, source, rows)?.into_iter().map(Observation::GateFinding));
            }
            GateRule::NonInferiority { .. } | GateRule::Threshold { .. } | GateRule::Independence { .. } => {}
        }
    }
    for criterion in &stage.criteria {
        let id = &criterion.id;
        match &criterion.rule {
            CriterionRule::Benchmark { .. } => {}
            CriterionRule::Marks { source, .. } => {
                let rows = read(base, source, |bytes| read_marks(bytes, &stage.id, id))?;
                found.extend(rows.into_iter().map(Observation::Mark));
            }
            CriterionRule::Votes { source, .. } => {
                let rows = read(base, source, |bytes| read_votes(bytes, &stage.id, id))?;
                found.extend(rows.into_iter().map(Observation::Vote));
            }
            CriterionRule::Derivatives { source, .. } => {
                let rows = read(base, source, |bytes| read_derivatives(bytes, &stage.id, id))?;
                found.extend(rows.into_iter().map(Observation::Derivative));
            }
        }
    }
    if let Some(source) = &stage.withdrawals {
        let rows = read(base, source, |bytes| read_withdrawals(bytes, &stage.id))?;
        found.extend(rows.into_iter().map(Observation::Withdrawal));
    }
    if let Some(source) = &stage.contamination {
        let rows = read(base, source, |bytes| read_contamination(bytes, &stage.id))?;
        found.extend(rows.into_iter().map(Observation::Contamination));
    }
    let wildcard = stage.decision.wildcard.as_ref();
    if let Some(source) = wildcard.and_then(|wildcard| wildcard.source.as_ref()) {
        let rows = read(base, source, |bytes| read_panel_votes(bytes, &stage.id))?;
        found.extend(rows.into_iter().map(Observation::PanelVote));
    }
    if let Some(source) = &stage.corrections {
        let rows = read(base, source, |bytes| read_corrections(bytes, &stage.id))?;
        found.extend(rows.into_iter().map(Observation::Correction));
    }
    Ok(found)
}

fn read<T>(
    base: &Path,
    source: &str,
    rows: impl Fn(&[u8]) -> Result<Vec<T>, Vec<RowProblem>>,
) -> Result<Vec<T>, StageError> {
    let path = base.join(source);
    let bytes = folder::read(&path)?;
    rows(&bytes).map_err(|problems| StageError::Rows { path, problems })
}
