//! What will be asked of each candidate and reference: the same requests in the same order on every machine.

use crate::StageError;
use crate::digests::Digests;
use crate::record::{ChatRecord, MeasuredRecord};
use crate::suites::{LoadedSuite, LoadedTask};
use daepyo_core::{
    Anchor, CandidateId, CriterionRule, Digest, Digester, GateRule, Programme, Prompt, Request,
    RequestDigests, Stage, Submission, SuiteId,
};
use daepyo_task::{ChatStyle, CompiledChatTemplate, Instance};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything asked of one candidate or reference.
///
/// Prompts are kept only as far as they are small; the others are made again when they are needed, which gives the
/// same, so that a plan of a million requests fits into memory.
pub(crate) struct MeasuredPlan {
    pub(crate) submission: Submission,
    pub(crate) tasks: Vec<PlannedTask>,
    /// The digest of each request once, in the order of first use.
    pub(crate) digests: Arc<Digests>,
    /// Where each of them is first used.
    first_uses: Vec<Place>,
    style: Style,
}

/// The documents of one task with the digests of their requests.
pub(crate) struct PlannedTask {
    /// Place in the loaded suites.
    pub(crate) suite: usize,
    /// Place in that suite's tasks.
    pub(crate) task: usize,
    loaded: Arc<LoadedTask>,
    /// The suite's id, for messages.
    suite_id: SuiteId,
    /// SHA-256 over the digests of its documents, one after the other.
    pub(crate) documents: Digest,
    /// Where each document's requests end among those of all.
    ends: Vec<u32>,
    /// The places of all documents' requests among the plan's digests.
    requests: Vec<u32>,
    /// By document: requests and target, where they are kept.
    kept: BTreeMap<u32, Instance>,
}

/// A request by its place: task, document, and which of the document's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    task: u32,
    document: u32,
    request: u32,
}

/// How prompts are made.
enum Style {
    Plain,
    Native,
    Template(Box<CompiledChatTemplate>),
}

impl Style {
    fn chat(&self) -> ChatStyle<'_> {
        match self {
            Self::Plain => ChatStyle::Plain,
            Self::Native => ChatStyle::Native,
            Self::Template(template) => ChatStyle::Template(template),
        }
    }
}

/// So many bytes of prompts are kept in a plan.
const KEPT_BYTES: usize = 16 << 20;

impl MeasuredPlan {
    /// The requests, prompts and target of a document of a task; `None` where there is no such place. Fails where they
    /// can't be made again, which no change on this machine during a run explains but that of the data.
    pub(crate) fn instance(
        &self,
        task: usize,
        document: usize,
    ) -> Result<Option<Cow<'_, Instance>>, StageError> {
        let Some(planned) = self.tasks.get(task) else { return Ok(None) };
        match planned.kept.get(&narrow(document)) {
            Some(kept) => Ok(Some(Cow::Borrowed(kept))),
            None if document < planned.len() => {
                planned.make(document, &self.style).map(|made| Some(Cow::Owned(made)))
            }
            None => Ok(None),
        }
    }

    /// The digests of a document's requests, in their order; none where there is no such place.
    pub(crate) fn digests_of(&self, task: usize, document: usize) -> impl Iterator<Item = Digest> {
        let places = self.tasks.get(task).map(|task| task.requests_of(document)).unwrap_or_default();
        places.iter().filter_map(|place| self.digests.get(wide(*place)).copied())
    }

    /// The requests that are `wanted` by their place among [`Self::digests`], in that order, each with its place.
    pub(crate) fn requests(
        &self,
        wanted: impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = Result<(usize, Request), StageError>> {
        let mut made: Option<((u32, u32), Instance)> = None;
        let uses = self.first_uses.iter().enumerate();
        uses.filter(move |(index, _)| wanted(*index)).map(move |(index, place)| {
            let at = (place.task, place.document);
            let instance = if let Some(kept) = self.kept(*place) {
                kept
            } else {
                let again = match made.take() {
                    Some((there, instance)) if there == at => instance,
                    _ => self.made(*place)?,
                };
                &made.insert((at, again)).1
            };
            Ok((index, at_place(&instance.requests, *place)))
        })
    }

    /// The plan with those requests alone whose places are `own`: they can be asked, and their documents not be scored.
    pub(crate) fn part(self, own: impl Fn(usize) -> bool) -> Self {
        let Self { submission, mut tasks, digests, first_uses, style } = self;
        for task in &mut tasks {
            task.requests = Vec::new();
        }
        let of_part = |place: &usize| own(*place);
        let digests = digests.iter().copied().enumerate().filter(|(place, _)| of_part(place));
        let first_uses = first_uses.into_iter().enumerate().filter(|(place, _)| of_part(place));
        Self {
            submission,
            tasks,
            digests: Arc::new(digests.map(|(_, digest)| digest).collect()),
            first_uses: first_uses.map(|(_, first_use)| first_use).collect(),
            style,
        }
    }

    fn kept(&self, place: Place) -> Option<&Instance> {
        self.tasks.get(wide(place.task))?.kept.get(&place.document)
    }

    #[expect(clippy::expect_used, reason = "places are noted where the plan is made, and it never changes")]
    fn made(&self, place: Place) -> Result<Instance, StageError> {
        let task = self.tasks.get(wide(place.task)).expect("the place of a planned task");
        task.make(wide(place.document), &self.style)
    }
}

/// The request that stood there when the plan was made: the same document gives the same requests.
#[expect(clippy::expect_used, reason = "an instance is a function of the document and the style")]
fn at_place(requests: &[Request], place: Place) -> Request {
    requests.get(wide(place.request)).cloned().expect("the request of a planned document")
}

fn wide(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl PlannedTask {
    /// How many documents are asked about.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The places of all documents' requests among the plan's digests; one may stand there more than once.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.requests.iter().copied().map(wide)
    }

    /// The places of a document's requests among the plan's digests.
    fn requests_of(&self, document: usize) -> &[u32] {
        let end = |place: usize| self.ends.get(place).copied().map(wide);
        let start = document.checked_sub(1).map_or(Some(0), end);
        let places = start.zip(end(document)).and_then(|(start, end)| self.requests.get(start..end));
        places.unwrap_or_default()
    }

    fn make(&self, document: usize, style: &Style) -> Result<Instance, StageError> {
        make(&self.loaded, &self.suite_id, document, style)
    }
}

fn make(
    loaded: &LoadedTask,
    suite: &SuiteId,
    document: usize,
    style: &Style,
) -> Result<Instance, StageError> {
    let failed = |cause: daepyo_task::TaskError| StageError::Task {
        suite: suite.to_string(),
        task: loaded.task.name().to_owned(),
        cause: cause.into(),
    };
    loaded.task.instance(document, style.chat()).map_err(failed)
}

/// What an instance takes in memory, about.
fn weight_bytes(instance: &Instance) -> usize {
    let texts: usize = instance.requests.iter().map(|request| request.text_bytes() + 128).sum();
    let choices: usize = instance.choices.iter().map(|choice| choice.len() + 24).sum();
    texts + choices + instance.input.len() + instance.cluster.len() + 256
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
    plan_keeping(submission, record, suites, KEPT_BYTES)
}

fn plan_keeping(
    submission: &Submission,
    record: &MeasuredRecord,
    suites: &[LoadedSuite],
    mut room_bytes: usize,
) -> Result<MeasuredPlan, StageError> {
    let style = match &record.chat {
        ChatRecord::Template { source, bos, eos } => {
            Style::Template(Box::new(compile(submission, source, bos, eos)?))
        }
        ChatRecord::Plain => Style::Plain,
        ChatRecord::Native => Style::Native,
    };
    let mut hashes = RequestDigests::default();
    let (mut digests, mut first_uses, mut tasks) = (Digests::default(), Vec::new(), Vec::new());
    for (suite_place, suite) in suites.iter().enumerate() {
        for (task_place, loaded) in suite.tasks.iter().enumerate() {
            let (mut documents, mut kept) = (Digester::default(), BTreeMap::new());
            let mut ends = Vec::with_capacity(loaded.task.len());
            let mut requests = Vec::new();
            for document in 0..loaded.task.len() {
                let instance = make(loaded, &suite.suite.id, document, &style)?;
                for (request, asked) in instance.requests.iter().enumerate() {
                    let (index, is_new) = digests.add(hashes.of(asked));
                    if is_new {
                        first_uses.push(Place {
                            task: narrow(tasks.len()),
                            document: narrow(document),
                            request: narrow(request),
                        });
                    }
                    requests.push(narrow(index));
                }
                let weight_bytes = weight_bytes(&instance);
                documents.update(instance.document_digest.as_bytes());
                ends.push(narrow(requests.len()));
                if weight_bytes <= room_bytes {
                    room_bytes -= weight_bytes;
                    kept.insert(narrow(document), instance);
                }
            }
            tasks.push(PlannedTask {
                suite: suite_place,
                task: task_place,
                loaded: Arc::clone(loaded),
                suite_id: suite.suite.id.clone(),
                documents: documents.finish(),
                ends,
                requests,
                kept,
            });
        }
    }
    Ok(MeasuredPlan { submission: submission.clone(), tasks, digests: Arc::new(digests), first_uses, style })
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
pub(crate) fn prompt_text(request: &Request) -> Cow<'_, str> {
    match request {
        Request::Loglikelihood { context: text, .. }
        | Request::LoglikelihoodRolling { text }
        | Request::Generate { prompt: Prompt::Text(text), .. } => Cow::Borrowed(text),
        Request::Generate { prompt: Prompt::Chat(messages), .. } => match &messages[..] {
            [only] => Cow::Borrowed(&only.content),
            several => Cow::Owned(
                several.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n\n"),
            ),
        },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;
    use crate::eval::submission_of;
    use crate::suites::load_named;
    use daepyo_core::{Localized, ModelSpec, Suite};
    use daepyo_task::{LoadOptions, TaskIndex};
    use std::fs;
    use std::path::PathBuf;

    const CHOOSE: &str = "task: choose\ndataset_path: json\ndataset_kwargs: {data_files: {test: data.jsonl}}\n\
        test_split: test\noutput_type: multiple_choice\n";
    const TASK: &str = "num_fewshot: 2\n\
        doc_to_text: \"{{question}}\\n답:\"\ndoc_to_choice: [\"하나\", \"둘\", \"셋\"]\ndoc_to_target: answer\n\
        metric_list: [{metric: acc}]\n";

    /// A suite of the task `choose` of several choices, with these lines of its file besides and a document a row.
    pub(crate) fn suites(task: &str, rows: impl Iterator<Item = String>) -> Vec<LoadedSuite> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("data.jsonl"), rows.collect::<Vec<_>>().join("\n")).unwrap();
        fs::write(folder.path().join("choose.yaml"), format!("{CHOOSE}{task}")).unwrap();
        let index = TaskIndex::build(&[folder.path().to_owned()]).unwrap();
        let failed =
            |task: &str, cause| StageError::Task { suite: "s".to_owned(), task: task.to_owned(), cause };
        let tasks = load_named(&index, "choose", &LoadOptions::default(), &failed).unwrap();
        let suite = Suite {
            id: SuiteId::new("s").unwrap(),
            title: Localized { ko: "가".to_owned(), en: "a".to_owned() },
            path: String::new(),
            tasks: Vec::new(),
            limit: None,
            num_fewshot: None,
            reveal: None,
        };
        vec![LoadedSuite { suite, root: PathBuf::new(), tasks, files: BTreeMap::new() }]
    }

    /// A plan that keeps so many bytes of prompts.
    pub(crate) fn plan_with(suites: &[LoadedSuite], room_bytes: usize) -> MeasuredPlan {
        let model = ModelSpec::OpenAi { url: "http://127.0.0.1:1/v1".to_owned(), model: "m".to_owned() };
        let submission = submission_of(model, Digest::of(b"m"), false);
        let record = MeasuredRecord::assumed(&submission).unwrap();
        plan_keeping(&submission, &record, suites, room_bytes).unwrap()
    }

    #[test]
    fn prompts_that_are_made_again_are_those_that_were_kept() {
        // Two of three questions stand again: their requests are asked once.
        let row = |row: u32| format!("{{\"question\": \"질문 {}?\", \"answer\": {}}}", row / 3 * 2, row % 3);
        let suites = suites(TASK, (0..30).map(row));
        let kept = plan_with(&suites, usize::MAX);
        let some = plan_with(&suites, 20_000);
        let none = plan_with(&suites, 0);
        let is_kept = |plan: &MeasuredPlan| plan.tasks.iter().map(|task| task.kept.len()).sum::<usize>();
        assert_eq!((is_kept(&kept), is_kept(&none)), (30, 0));
        assert!((1..30).contains(&is_kept(&some)), "{}", is_kept(&some));
        for plan in [&some, &none] {
            assert_eq!(plan.digests[..], kept.digests[..]);
            for document in 0..30 {
                let (one, other) = (plan.instance(0, document).unwrap(), kept.instance(0, document).unwrap());
                assert_eq!(one.unwrap(), other.unwrap());
                assert!(plan.digests_of(0, document).eq(kept.digests_of(0, document)));
            }
            let requests: Vec<_> = plan.requests(|_| true).map(Result::unwrap).collect();
            assert_eq!(requests.len(), plan.digests.len());
            assert!(requests.iter().map(|(place, _)| *place).eq(0..plan.digests.len()));
            assert!(
                requests
                    .iter()
                    .zip(plan.digests.iter())
                    .all(|((_, request), digest)| request.digest() == *digest)
            );
            let every_other: Vec<_> = plan.requests(|place| place % 2 == 1).map(Result::unwrap).collect();
            assert!(every_other.iter().eq(requests.iter().skip(1).step_by(2)));
        }
        assert!(plan_with(&suites, 0).instance(0, 30).unwrap().is_none());
    }
}
