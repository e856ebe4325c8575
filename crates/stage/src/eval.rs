//! One model on some tasks, without a programme: what a team runs at home, with the contest's own code.

use crate::answers::Answers;
use crate::folder::{self, Folder, Growing};
use crate::gather::{self, Keeping, Stop};
use crate::ledger::{Ledger, Spent};
use crate::line::OpenBackend;
use crate::lm_eval_layout::{Layout, TaskFigures};
use crate::lm_eval_sample::SampleLines;
use crate::observe::{self, Judged};
use crate::plan::{self, MeasuredPlan};
use crate::record::MeasuredRecord;
use crate::suites::{self, LoadedSuite, LoadedTask};
use crate::{Estimate, Progress, StageError, preflight};
use daepyo_backend::{Backend, Meter};
use daepyo_core::{
    Budget, CandidateId, Date, Decision, Digest, FailureCounts, Localized, Outcome, Stage, StageId,
    Submission, Suite, SuiteId, Window,
};
use daepyo_task::hook::HookOptions;
use daepyo_task::{DatasetSource, LoadOptions, LocatedSplits, Node, TaskIndex};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use crate::lm_eval_layout::MetricRow;
pub use daepyo_formats::Format;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResultFormat {
    /// lm-evaluation-harness's layout.
    LmEval,
    /// Another program's.
    Foreign(Format),
}

impl ResultFormat {
    /// Every format.
    const ALL: [Self; 4] = [
        Self::LmEval,
        Self::Foreign(Format::EveryEvalEver),
        Self::Foreign(Format::Inspect),
        Self::Foreign(Format::Parquet),
    ];

    /// The name, as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LmEval => "lm-eval",
            Self::Foreign(Format::EveryEvalEver) => "every-eval-ever",
            Self::Foreign(Format::Inspect) => "inspect",
            Self::Foreign(Format::Parquet) => "parquet",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// The index of an evaluation's task files, read when it is first needed and then kept.
#[derive(Clone, Debug, Default)]
pub struct EvaluationIndex {
    cache: Option<PathBuf>,
    read: OnceLock<Arc<TaskIndex>>,
}

impl EvaluationIndex {
    /// An index that is also kept in a folder between programs, where one is given.
    pub fn kept_in(cache: Option<PathBuf>) -> Self {
        Self { cache, read: OnceLock::new() }
    }

    fn of(&self, paths: &[PathBuf]) -> Result<Arc<TaskIndex>, StageError> {
        if let Some(index) = self.read.get() {
            return Ok(Arc::clone(index));
        }
        let index = match &self.cache {
            Some(cache) => TaskIndex::build_cached(paths, cache),
            None => TaskIndex::build(paths),
        };
        let index = Arc::new(index.map_err(|cause| failed("*", cause.into()))?);
        Ok(Arc::clone(self.read.get_or_init(|| index)))
    }
}

/// The name of what stands for a suite.
const EVAL: &str = "eval";

/// What is evaluated.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The model.
    pub submission: Submission,
    /// Tasks, groups or tags.
    pub tasks: Vec<String>,
    /// Folders with task files.
    pub include_paths: Vec<PathBuf>,
    /// The names in them.
    pub index: EvaluationIndex,
    /// At most so many documents a task.
    pub limit: Option<u64>,
    /// Few-shot examples, where not the task's own number.
    pub num_fewshot: Option<u32>,
    /// Folder with data sets, beside the task files' own.
    pub data_root: Option<PathBuf>,
    /// Run the tasks' own Python without a sandbox.
    pub trust_hooks: bool,
    /// How long one call of it may take, in seconds; the task library's default where `None`.
    pub hook_seconds: Option<u64>,
    /// How results are written.
    pub formats: BTreeSet<ResultFormat>,
    /// Data sets of a hub that are on this machine now.
    pub located: BTreeMap<DatasetSource, LocatedSplits>,
    /// Where results go.
    pub out: PathBuf,
    /// The day in the result files' names.
    pub date: Date,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// Every metric of every task.
    pub rows: Vec<MetricRow>,
    /// Documents by what happened, by task.
    pub counts: Vec<(String, FailureCounts)>,
    /// Files written, relative to the output folder.
    pub files: Vec<String>,
    /// What was spent on the model's server, over all calls with this folder.
    pub spent: Spent,
    /// What people should know of the scoring, each with its task and a code.
    pub warnings: Vec<String>,
}

/// Runs an evaluation, or goes on where an earlier call with the same folder stopped.
pub async fn evaluate(
    evaluation: &Evaluation,
    open: OpenBackend<'_>,
    progress: &dyn Progress,
    stop: &Stop,
) -> Result<Results, StageError> {
    let Prepared { suites, record: _, plan, opened } = prepare(evaluation, open).await?;
    let asking = Asking { plan: &plan, out: &evaluation.out, open, progress, stop };
    let (answers, spent) = asking.answers(opened).await?;
    conclude(evaluation, &suites, &plan, &answers, spent)
}

/// An evaluation before anything is asked.
pub(crate) struct Prepared {
    pub(crate) suites: [LoadedSuite; 1],
    pub(crate) record: MeasuredRecord,
    pub(crate) plan: MeasuredPlan,
    /// The backend, where the plan needed it.
    pub(crate) opened: Option<Arc<dyn Backend>>,
}

/// Loads the tasks and plans the requests.
pub(crate) async fn prepare(evaluation: &Evaluation, open: OpenBackend<'_>) -> Result<Prepared, StageError> {
    let suites = [load(evaluation)?];
    let submission = &evaluation.submission;
    let failed = |cause| StageError::Backend { candidate: submission.id.clone(), cause };
    // A local model is opened for its chat template; a server need not be asked.
    let (record, opened) = if let Some(record) = MeasuredRecord::assumed(submission) {
        (record, None)
    } else {
        let backend = open(submission, Path::new(".")).map_err(failed)?;
        let capabilities = backend.capabilities().await.map_err(failed)?;
        (MeasuredRecord::new(submission, &capabilities), Some(backend))
    };
    let plan = plan::plan(submission, &record, &suites)?;
    Ok(Prepared { suites, record, plan, opened })
}

/// A plan, or a part of one, that is answered into a folder.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) plan: &'a MeasuredPlan,
    pub(crate) out: &'a Path,
    pub(crate) open: OpenBackend<'a>,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) stop: &'a Stop,
}

impl Asking<'_> {
    /// Every answer, asked for where it is not stored yet, and what was spent so far.
    pub(crate) async fn answers(
        self,
        opened: Option<Arc<dyn Backend>>,
    ) -> Result<(Answers, Spent), StageError> {
        let Self { plan, progress, stop, .. } = self;
        let submission = &plan.submission;
        let failed = |cause| StageError::Backend { candidate: submission.id.clone(), cause };
        let store = gather::open_store(&Folder::at(self.out).work()).await?;
        let ledger = Arc::new(Ledger::open(&store, submission, Budget::default()).await?);
        let known = gather::stored(plan, &store, false).await?;
        let answers = if known.are_complete() {
            known
        } else {
            gather::check_budget(plan, &known, &ledger)?;
            let backend = match opened {
                Some(backend) => backend,
                None => (self.open)(submission, Path::new(".")).map_err(failed)?,
            };
            backend.meter(Arc::clone(&ledger) as Arc<dyn Meter>);
            preflight::check(plan, &backend, &ledger, known.len() as u64, progress).await?;
            let keeping = Keeping { store: &store, ledger: &ledger, progress, stop };
            gather::gather(plan, &backend, known, keeping).await?
        };
        store.close().await;
        Ok((answers, ledger.spent()))
    }
}

/// Scores and writes task by task, document by document: only other programs' formats need all samples at once.
pub(crate) fn conclude(
    evaluation: &Evaluation,
    suites: &[LoadedSuite],
    plan: &MeasuredPlan,
    answers: &Answers,
    spent: Spent,
) -> Result<Results, StageError> {
    let stage = pseudo_stage(evaluation.date);
    let figures = vec![TaskFigures::default(); plan.tasks.len()];
    let mut layout = Layout { date: evaluation.date, suites, plan, answers, figures };
    let own = evaluation.formats.contains(&ResultFormat::LmEval);
    let foreign: Vec<Format> = evaluation
        .formats
        .iter()
        .filter_map(|format| match format {
            ResultFormat::LmEval => None,
            ResultFormat::Foreign(format) => Some(*format),
        })
        .collect();
    let mut samples_files = Vec::new();
    let (mut counts, mut kept) = (BTreeMap::new(), Vec::new());
    for task in 0..plan.tasks.len() {
        let Some((_, loaded)) = layout.tasks().nth(task) else { continue };
        let name = layout.samples_name(task).filter(|_| own);
        let path = name.as_ref().map(|name| evaluation.out.join(name));
        let mut file = path.as_deref().map(Growing::create).transpose()?;
        let mut figures = TaskFigures::default();
        let (lines, mut line) = (SampleLines::new(&loaded.scorer, answers), Vec::new());
        observe::score_task(&stage, plan, suites, (task, answers), &mut |judged| {
            let one = &judged.scored;
            if let Some(file) = &mut file {
                line.clear();
                lines.add(&mut line, one, &judged.instance, &judged.document);
                file.add(&line)?;
            }
            figures.add(one);
            let name = one.sample.task.to_string();
            count(counts.entry(name).or_default(), one.sample.outcome, one.sample.score);
            if !foreign.is_empty() {
                kept.push(judged);
            }
            Ok(())
        })?;
        observe::check_scoring(EVAL, loaded, figures.are_all_lost())?;
        if let Some(file) = file {
            file.finish()?;
        }
        samples_files.extend(name);
        if let Some(place) = layout.figures.get_mut(task) {
            *place = figures;
        }
    }
    let mut files = Vec::new();
    if own {
        let (name, bytes) = layout.results_file();
        folder::write(&evaluation.out.join(&name), &bytes)?;
        files.push(name);
        files.extend(samples_files);
    }
    for format in foreign {
        for (name, bytes) in other_format(format, &layout, &kept, &evaluation.out)? {
            folder::write(&evaluation.out.join(&name), &bytes)?;
            files.push(name);
        }
    }
    // Only after the rows are made: aggregations ask the tasks' own Python too.
    let rows = layout.rows();
    for (place, (_, loaded)) in layout.tasks().enumerate() {
        let all_lost = layout.figures.get(place).is_some_and(TaskFigures::are_all_lost);
        observe::check_scoring(EVAL, loaded, all_lost)?;
    }
    Ok(Results { rows, counts: counts.into_iter().collect(), files, spent, warnings: warnings(suites) })
}

fn warnings(suites: &[LoadedSuite]) -> Vec<String> {
    let loaded = suites.iter().flat_map(|suite| &suite.tasks);
    let of = |loaded: &Arc<LoadedTask>| {
        let name = loaded.task.name().to_owned();
        let problems = loaded.scorer.problems();
        problems.into_iter().map(move |problem| format!("{name}: {problem}")).collect::<Vec<_>>()
    };
    loaded.flat_map(of).collect()
}

/// What an evaluation will ask and at most cost. Sends nothing and writes nothing.
pub async fn estimate(evaluation: &Evaluation, open: OpenBackend<'_>) -> Result<Estimate, StageError> {
    let suites = [load(evaluation)?];
    let (submission, folder) = (&evaluation.submission, Folder::at(&evaluation.out));
    crate::estimate::of_submission(submission, &suites, Path::new("."), &folder, open, Budget::default())
        .await
}

/// The files of another program's format.
fn other_format(
    format: Format,
    layout: &Layout<'_>,
    judged: &[Judged<'_>],
    out: &Path,
) -> Result<Vec<(String, Vec<u8>)>, StageError> {
    daepyo_formats::files(format, &layout.evaluated(judged)).map_err(|error| StageError::File {
        what: "write",
        path: out.to_owned(),
        cause: std::io::Error::other(error),
    })
}

fn count(counts: &mut FailureCounts, outcome: Outcome, score: f64) {
    match outcome {
        Outcome::Scored if score > 0.0 => counts.right += 1,
        Outcome::Scored => counts.wrong += 1,
        Outcome::Unparsed => counts.unparsed += 1,
        Outcome::Truncated => counts.truncated += 1,
        Outcome::Refused => counts.refused += 1,
        Outcome::Infrastructure => counts.infrastructure += 1,
    }
}

/// The data sets that must come from a hub before [`evaluate`], with the splits that its tasks read.
pub fn missing_datasets(
    evaluation: &Evaluation,
) -> Result<BTreeMap<DatasetSource, BTreeSet<String>>, StageError> {
    let index = evaluation.index.of(&evaluation.include_paths)?;
    let mut missing: BTreeMap<DatasetSource, BTreeSet<String>> = BTreeMap::new();
    for name in &evaluation.tasks {
        let nodes = index.resolve(name).map_err(|cause| failed(name, cause.into()))?;
        for config in nodes.iter().flat_map(Node::tasks) {
            if let Some(source) = DatasetSource::missing(config, evaluation.data_root.as_deref()) {
                missing.entry(source).or_default().extend(config.read_splits());
            }
        }
    }
    Ok(missing)
}

fn failed(task: &str, cause: Box<dyn std::error::Error + Send + Sync>) -> StageError {
    StageError::Task { suite: EVAL.to_owned(), task: task.to_owned(), cause }
}

fn hook_options(evaluation: &Evaluation) -> HookOptions {
    let mut options = HookOptions { trust: evaluation.trust_hooks, ..HookOptions::default() };
    if let Some(seconds) = evaluation.hook_seconds {
        options.limits.call = Duration::from_secs(seconds);
    }
    options
}

pub(crate) fn load(evaluation: &Evaluation) -> Result<LoadedSuite, StageError> {
    let index = evaluation.index.of(&evaluation.include_paths)?;
    let options = LoadOptions {
        limit: evaluation.limit,
        num_fewshot: evaluation.num_fewshot,
        data_root: evaluation.data_root.clone(),
        hooks: hook_options(evaluation),
        located: evaluation.located.clone(),
        ..LoadOptions::default()
    };
    let mut tasks = Vec::new();
    for name in &evaluation.tasks {
        tasks.extend(suites::load_named(&index, name, &options, &failed)?);
    }
    let suite = Suite {
        id: fixed(SuiteId::new(EVAL)),
        title: Localized { ko: "평가".to_owned(), en: "Evaluation".to_owned() },
        path: String::new(),
        tasks: Vec::new(),
        limit: evaluation.limit,
        num_fewshot: evaluation.num_fewshot,
        reveal: None,
    };
    Ok(LoadedSuite { suite, root: PathBuf::new(), tasks, files: BTreeMap::new() })
}

#[expect(clippy::expect_used, reason = "the argument is a constant that a test reads")]
fn fixed<T>(id: Result<T, daepyo_core::IdError>) -> T {
    id.expect("a constant id is valid")
}

/// A stage without rules: samples carry a stage's id.
pub(crate) fn pseudo_stage(date: Date) -> Stage {
    Stage {
        id: fixed(StageId::new("eval")),
        title: Localized { ko: "평가".to_owned(), en: "Evaluation".to_owned() },
        opens: date,
        closes: date,
        objection_days: 0,
        window: Window { months: 1, frozen: date },
        seed: 0,
        draws: 100,
        infrastructure_failure_limit: 1.0,
        gates: Vec::new(),
        criteria: Vec::new(),
        decision: Decision {
            advance: 1,
            confidence: 0.9,
            tie_order: Vec::new(),
            wildcard: None,
            looks: None,
        },
        carry: None,
        withdrawals: None,
        contamination: None,
        corrections: None,
    }
}

/// A submission for a model that nobody submitted: its digest is that of its file, or of its address.
pub fn submission_of(model: daepyo_core::ModelSpec, digest: Digest, chat_template: bool) -> Submission {
    Submission {
        id: fixed(CandidateId::new("model")),
        model,
        digest,
        licence: String::new(),
        tokenizer: None,
        chat_template,
        api_key_env: None,
        concurrency: 8,
        deadline_s: 120,
        weights: None,
        price: None,
        budget: None,
    }
}
