//! Writes the published folder: responses, verdict, report, lm-eval's layout, and the manifest over all of it.

use crate::StageError;
use crate::answers::Answers;
use crate::contest::ContestFile;
use crate::folder::{self, Folder};
use crate::lineage::LineageFinding;
use crate::lm_eval_layout;
use crate::observe::ScoredSample;
use crate::plan::MeasuredPlan;
use crate::seal;
use crate::suites::LoadedSuite;
use daepyo_core::{
    Digest, Language, Programme, Request, Response, Stage, StoredExchange, Verdict, canonical,
};
use daepyo_report::{ContestView, ReportInput, SampleView};
use daepyo_verdict::analysis::Analysis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is published.
pub(crate) struct Publication<'a> {
    pub(crate) file_text: &'a str,
    pub(crate) programme: &'a Programme,
    pub(crate) stage: &'a Stage,
    pub(crate) suites: &'a [LoadedSuite],
    /// Only for the manifest.
    pub(crate) contests: &'a [ContestFile],
    /// The closed contests that votes come from.
    pub(crate) held: &'a [ContestView],
    pub(crate) plans: &'a [MeasuredPlan],
    pub(crate) answers: &'a [Answers],
    pub(crate) scored: &'a [Vec<ScoredSample>],
    pub(crate) verdict: &'a Verdict,
    pub(crate) verdict_bytes: &'a [u8],
    pub(crate) analysis: &'a Analysis,
    pub(crate) analysis_bytes: &'a [u8],
    pub(crate) lineage: &'a [LineageFinding],
    pub(crate) rules: Digest,
    pub(crate) log: LogView,
}

/// What the report shows of the log.
pub(crate) struct LogView {
    pub(crate) size: u64,
    pub(crate) checkpoint: String,
    pub(crate) key: String,
}

/// Digests of all published files outside the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this form; 1.
    pub format: u32,
    /// By path with `/`.
    pub files: BTreeMap<String, Digest>,
}

/// Samples of each candidate and task that the report shows.
const SAMPLES_PER_TASK: usize = 6;

/// Writes everything, `copies` of what the verdict goes on from among it, and returns the manifest's digest.
///
/// The manifest names what daepyo wrote; what else lies in the folder, such as a private key, is none of it.
pub(crate) fn publish(
    folder: &Folder,
    what: &Publication<'_>,
    copies: Vec<(String, Vec<u8>)>,
) -> Result<Digest, StageError> {
    let mut files = BTreeMap::new();
    for path in ["rules.json", "programme.toml"] {
        files.insert(path.to_owned(), Digest::of(&folder::read(&folder.path().join(path))?));
    }
    for (suite, path, digest) in seal::published(what.suites) {
        files.insert(format!("suites/{}/{path}", suite.suite.id), digest);
    }
    for file in what.contests {
        files.insert(file.path.clone(), file.digest);
    }
    let mut write = |path: String, bytes: &[u8]| {
        folder::write(&folder.path().join(&path), bytes)?;
        files.insert(path, Digest::of(bytes));
        Ok::<_, StageError>(())
    };
    for (plan, answers) in what.plans.iter().zip(what.answers) {
        write(format!("responses/{}.jsonl", plan.submission.id), &responses(plan, answers)?)?;
    }
    write("verdict.json".to_owned(), what.verdict_bytes)?;
    write("analysis.json".to_owned(), what.analysis_bytes)?;
    for found in what.lineage {
        write(found.path.clone(), &found.bytes)?;
    }
    for (path, bytes) in lm_eval(what)? {
        write(path, &bytes)?;
    }
    for (path, bytes) in copies {
        write(path, &bytes)?;
    }
    write("report.html".to_owned(), report(what)?.as_bytes())?;
    let manifest = canonical::to_bytes(&Manifest { format: 1, files });
    let manifest = manifest.map_err(|cause| StageError::Canonical { what: "the manifest", cause })?;
    folder::write(&folder.manifest(), &manifest)?;
    Ok(Digest::of(&manifest))
}

/// Results and samples of everyone in lm-eval's layout, by path.
pub(crate) fn lm_eval(what: &Publication<'_>) -> Result<Vec<(String, Vec<u8>)>, StageError> {
    let mut files = Vec::new();
    for ((plan, answers), scored) in what.plans.iter().zip(what.answers).zip(what.scored) {
        let (date, suites) = (what.stage.closes, what.suites);
        let figures = lm_eval_layout::figures(plan, scored);
        let layout = lm_eval_layout::Layout { date, suites, plan, answers, figures };
        let of_one = layout.files(scored)?.into_iter();
        files.extend(of_one.map(|(name, bytes)| (format!("lm-eval/{}/{name}", plan.submission.id), bytes)));
    }
    Ok(files)
}

/// Every request's digest and response, one a line, in the plan's order.
pub(crate) fn responses(plan: &MeasuredPlan, answers: &Answers) -> Result<Vec<u8>, StageError> {
    let mut lines = Vec::new();
    for (place, digest) in plan.digests.iter().enumerate() {
        let Some(response) = answers.at(place) else { continue };
        let exchange = StoredExchange { request: *digest, response };
        let line = canonical::to_bytes(&exchange);
        lines.extend(line.map_err(|cause| StageError::Canonical { what: "a response", cause })?);
        lines.push(b'\n');
    }
    Ok(lines)
}

/// The report as HTML.
pub(crate) fn report(what: &Publication<'_>) -> Result<String, StageError> {
    let samples = samples(what)?;
    let lineage: Vec<_> = what.lineage.iter().flat_map(crate::lineage::views).collect();
    Ok(daepyo_report::render(&ReportInput {
        programme: what.programme,
        stage: what.stage,
        verdict: what.verdict,
        analysis: Some(what.analysis),
        lineage: &lineage,
        contests: what.held,
        samples: &samples,
        samples_per_task: SAMPLES_PER_TASK,
        rules_digest: what.rules,
        log_size: what.log.size,
        checkpoint: &what.log.checkpoint,
        verifier_key: &what.log.key,
        verify_command: "daepyo verify .",
        rules_text: what.file_text,
        notes: &what.programme.notes,
        language: Language::Ko,
    }))
}

fn samples(what: &Publication<'_>) -> Result<Vec<SampleView>, StageError> {
    let mut views = Vec::new();
    for ((plan, answers), scored) in what.plans.iter().zip(what.answers).zip(what.scored) {
        for one in scored {
            let (task, place) = one.place;
            let Some(planned) = plan.tasks.get(task) else { continue };
            let hidden = what.suites.get(planned.suite).is_some_and(|suite| suite.suite.reveal.is_some());
            if hidden {
                continue;
            }
            let Some(instance) = plan.instance(task, place)? else { continue };
            let requests = instance.requests.iter();
            let pairs: Vec<_> = requests
                .zip(&one.sample.requests)
                .map(|(request, digest)| (request, answers.get(digest)))
                .collect();
            views.push(SampleView {
                candidate: one.sample.candidate.clone(),
                suite: one.sample.suite.clone(),
                task: one.sample.task.clone(),
                document: one.sample.document,
                prompt: instance.input.clone(),
                answer: one.scored.answer.clone().unwrap_or_else(|| answer(&pairs)),
                target: instance.target.shown(&instance.choices),
                score: one.sample.score,
                outcome: one.sample.outcome,
            });
        }
    }
    Ok(views)
}

/// What came back, for people: the text, or every choice with its log-probability.
fn answer(pairs: &[(&Request, Option<Response>)]) -> String {
    let lines = pairs.iter().map(|(request, response)| match (request, response) {
        (Request::Loglikelihood { continuation, .. }, Some(Response::Loglikelihood { logprob, .. })) => {
            format!("{}\t{logprob:.3}", continuation.trim())
        }
        (_, Some(Response::Generated { text, .. })) => text.clone(),
        (_, Some(Response::LoglikelihoodRolling { logprob, tokens })) => format!("{logprob:.3} / {tokens}"),
        (_, Some(Response::Failed { message, .. })) => message.clone(),
        (_, Some(Response::Loglikelihood { logprob, .. })) => format!("{logprob:.3}"),
        (_, None) => String::new(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
