//! What will be asked of each candidate and reference: the same requests in the same order on every machine.

use crate::StageError;
use crate::record::{ChatRecord, MeasuredRecord};
use crate::suites::LoadedSuite;
use daepyo_core::{
    Anchor, CandidateId, CriterionRule, Digest, GateRule, Programme, Prompt, Request, RequestDigests, Stage,
    Submission,
};
use daepyo_task::{ChatStyle, CompiledChatTemplate, Instance};
use std::collections::BTreeSet;

/// Everything asked of one candidate or reference.
pub(crate) struct MeasuredPlan {
    pub(crate) submission: Submission,
    pub(crate) tasks: Vec<PlannedTask>,
    /// Each request once, in the order of first use.
    pub(crate) requests: Vec<Request>,
    /// Their digests.
    pub(crate) digests: Vec<Digest>,
}

/// The documents of one task with their requests.
pub(crate) struct PlannedTask {
    /// Place in the loaded suites.
    pub(crate) suite: usize,
    /// Place in that suite's tasks.
    pub(crate) task: usize,
    pub(crate) instances: Vec<PlannedInstance>,
}

/// A document with the digests of its requests.
pub(crate) struct PlannedInstance {
    pub(crate) instance: Instance,
    pub(crate) requests: Vec<Digest>,
}

/// Who is measured: every candidate, the window's references where a gate needs them, and references that anchor a
/// scale.
pub(crate) fn measured<'a>(programme: &'a Programme, stage: &'a Stage) -> Vec<&'a Submission> {
    let mut found: Vec<_> = programme.candidates.iter().map(|candidate| &candidate.submission).collect();
    let held = stage.gates.iter().any(|gate| matches!(gate.rule, GateRule::NonInferiority { .. }));
    let window: Vec<_> = if held { programme.window(stage).collect() } else { Vec::new() };
    let anchored = |id: &CandidateId| {
        stage.criteria.iter().any(|criterion| match &criterion.rule {
            CriterionRule::Benchmark { anchors, .. } => [&anchors.zero, &anchors.full]
                .into_iter()
                .any(|anchor| matches!(anchor, Anchor::Reference(reference) if reference == id)),
            CriterionRule::Marks { .. } | CriterionRule::Votes { .. } | CriterionRule::Derivatives { .. } => {
                false
            }
        })
    };
    for reference in &programme.references {
        let in_window = window.iter().any(|other| other.submission.id == reference.submission.id);
        if in_window || anchored(&reference.submission.id) {
            found.push(&reference.submission);
        }
    }
    found
}

/// The plan for one candidate or reference whose prompts are made as `record` says.
pub(crate) fn plan(
    submission: &Submission,
    record: &MeasuredRecord,
    suites: &[LoadedSuite],
) -> Result<MeasuredPlan, StageError> {
    let template = match &record.chat {
        ChatRecord::Template { source, bos, eos } => Some(compile(submission, source, bos, eos)?),
        ChatRecord::Plain | ChatRecord::Native => None,
    };
    let style = match (&record.chat, &template) {
        (ChatRecord::Native, _) => ChatStyle::Native,
        (ChatRecord::Template { .. }, Some(template)) => ChatStyle::Template(template),
        (ChatRecord::Template { .. } | ChatRecord::Plain, _) => ChatStyle::Plain,
    };
    let mut seen: BTreeSet<Digest> = BTreeSet::new();
    let mut hashes = RequestDigests::default();
    let (mut requests, mut digests, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
    for (suite_place, suite) in suites.iter().enumerate() {
        for (task_place, loaded) in suite.tasks.iter().enumerate() {
            let failed = |cause: daepyo_task::TaskError| StageError::Task {
                suite: suite.suite.id.to_string(),
                task: loaded.task.name().to_owned(),
                cause: cause.into(),
            };
            let mut instances = Vec::new();
            for document in 0..loaded.task.len() {
                let instance = loaded.task.instance(document, style).map_err(failed)?;
                let own: Vec<_> = instance.requests.iter().map(|request| hashes.of(request)).collect();
                for (request, digest) in instance.requests.iter().zip(&own) {
                    if seen.insert(*digest) {
                        requests.push(request.clone());
                        digests.push(*digest);
                    }
                }
                instances.push(PlannedInstance { instance, requests: own });
            }
            tasks.push(PlannedTask { suite: suite_place, task: task_place, instances });
        }
    }
    Ok(MeasuredPlan { submission: submission.clone(), tasks, requests, digests })
}

fn compile(
    submission: &Submission,
    source: &str,
    bos: &str,
    eos: &str,
) -> Result<CompiledChatTemplate, StageError> {
    let compiled = CompiledChatTemplate::compile(source, bos, eos, TEMPLATE_DAY);
    compiled.map_err(|cause| StageError::Task {
        suite: submission.id.to_string(),
        task: "chat template".to_owned(),
        cause: cause.into(),
    })
}

/// Some templates write today's date into the prompt; a prompt must not change with the day it is asked on.
pub const TEMPLATE_DAY: (i32, u8, u8) = (2026, 1, 1);

/// The prompt of a request as text.
pub(crate) fn prompt_text(request: &Request) -> String {
    match request {
        Request::Loglikelihood { context, .. } => context.clone(),
        Request::LoglikelihoodRolling { text } | Request::Generate { prompt: Prompt::Text(text), .. } => {
            text.clone()
        }
        Request::Generate { prompt: Prompt::Chat(messages), .. } => {
            messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n\n")
        }
    }
}
