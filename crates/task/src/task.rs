//! A task that is ready to be asked: its documents, examples and compiled templates.

use crate::{
    Target, TaskError,
    dataset::{Dataset, DatasetSource, Document, LocatedSplits, Split},
    hook::{HookFunction, HookOptions, Hooks},
    hooked::{self, Given},
    packed::Documents,
    plan::{self, Instance},
    prompt::{ChatStyle, Context, ContextBuilder, Doc, Fields, Piece, Question, draw_all},
    taskfile::{OutputType, SourceFile, TaskConfig, TaskIndex},
};
use daepyo_core::{Digest, Request};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// Before the place of a few-shot document, in messages.
const FEWSHOT: &str = "few-shot ";

/// How a task is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Few-shot examples, where not the task's own number.
    pub num_fewshot: Option<u32>,
    /// At most so many documents, from the first on.
    pub limit: Option<u64>,
    /// Folder with data sets, searched after the task file's own.
    pub data_root: Option<PathBuf>,
    /// Data sets of a hub whose files are on this machine; they are read instead of anything else of that name.
    pub located: BTreeMap<DatasetSource, LocatedSplits>,
    /// Instructions before everything else.
    pub system_instruction: Option<String>,
    /// With a chat template: each example its own turns, else all in one message of the user.
    pub fewshot_as_multiturn: bool,
    /// How a task's own Python is run.
    pub hooks: HookOptions,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            num_fewshot: None,
            limit: None,
            data_root: None,
            located: BTreeMap::new(),
            system_instruction: None,
            fewshot_as_multiturn: true,
            hooks: HookOptions::default(),
        }
    }
}

/// A loaded task. Immutable; safe to share between threads.
#[derive(Debug)]
pub struct Task {
    pub(crate) config: TaskConfig,
    pub(crate) fields: Fields,
    options: LoadOptions,
    documents: Documents,
    /// What the task's Python functions gave for them.
    given: Given,
    pool: Documents,
    pool_given: Given,
    picks: Vec<Vec<usize>>,
    /// The turns of each document of the pool, made when first used.
    examples: Vec<OnceLock<Vec<Piece>>>,
    multiple_input: bool,
    num_fewshot: u32,
    files: Vec<SourceFile>,
    warnings: Vec<String>,
    /// The worker with the task's own Python, where it has some.
    hooks: Option<Arc<Hooks>>,
}

impl Task {
    /// Loads the task called `name` of `index`.
    pub fn load(index: &TaskIndex, name: &str, options: &LoadOptions) -> Result<Self, TaskError> {
        Self::from_config(index.task(name)?, options)
    }

    /// Loads the task that `config` describes: reads its data, compiles its templates, draws its examples. Fails where
    /// anything is missing; documents themselves are checked by [`Task::instance`].
    pub fn from_config(config: TaskConfig, options: &LoadOptions) -> Result<Self, TaskError> {
        let mut warnings = config.warnings.clone();
        let hooks = hooked::start(&config, &options.hooks)?;
        let mut dataset = hooked::dataset(&config, options, hooks.as_deref())?;
        let eval_split =
            config.test_split.as_ref().or(config.validation_split.as_ref()).ok_or_else(|| {
                TaskError::Split {
                    task: config.task.clone(),
                    problem: "names neither a `test_split` nor a `validation_split`".to_owned(),
                }
            })?;
        let eval = dataset.split(eval_split)?;
        let eval =
            hooked::processed(&config, hooks.as_deref(), config.process_docs.as_ref(), eval_split, eval)?;
        if eval.documents.is_empty() {
            return Err(TaskError::Split {
                task: config.task.clone(),
                problem: format!("the split `{eval_split}` has no documents"),
            });
        }
        let num_fewshot = num_fewshot(&config, options, &mut warnings);
        let fields = Fields::compile(&config, &eval.features)?;
        let limit = options.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let pool = if num_fewshot == 0 {
            Documents::default()
        } else {
            let splits = Splits { config: &config, hooks: hooks.as_deref(), eval: &eval, eval_split };
            fewshot_documents(&splits, &mut dataset, &mut warnings)?
        };
        let mut documents = eval.documents;
        documents.truncate(limit);
        // As in lm-eval, "the same split" is a comparison of names, also where both are absent.
        let same_split = config.fewshot.split == config.test_split;
        let picks = match (&config.fewshot.sampler_function, &hooks) {
            (Some(sampler), Some(hooks)) if num_fewshot > 0 => {
                hooked::draw(&config, hooks, sampler, (&documents, &pool, same_split), num_fewshot)?
            }
            _ => draw_all(&config.task, config.fewshot.sampler, &documents, &pool, num_fewshot, same_split)?,
        };
        let (given, pool_given) = match &hooks {
            Some(hooks) => hooked::given(&config, hooks, (&documents, &pool), &picks)?,
            None => (Given::new(), Given::new()),
        };
        let multiple_input = match open(&documents, &given, 0, "") {
            Some(first) if config.output_type != OutputType::LoglikelihoodRolling => {
                matches!(fields.question(&first, false)?, Question::Index(..))
            }
            _ => false,
        };
        let mut files = config.files.clone();
        files.extend(dataset.files.iter().filter(|file| !config.files.contains(file)).cloned());
        files.extend(hooked::source_files(&config)?);
        plan::warn_generation(&config, &mut warnings);
        Ok(Self {
            examples: std::iter::repeat_with(OnceLock::new).take(pool.len()).collect(),
            options: options.clone(),
            config,
            fields,
            documents,
            given,
            pool,
            pool_given,
            picks,
            multiple_input,
            num_fewshot,
            files,
            warnings,
            hooks,
        })
    }

    /// The worker with the task's own Python, where it has some.
    pub(crate) fn hooks(&self) -> Option<&Arc<Hooks>> {
        self.hooks.as_ref()
    }

    /// The task's name.
    pub fn name(&self) -> &str {
        &self.config.task
    }

    /// The task's configuration.
    pub fn config(&self) -> &TaskConfig {
        &self.config
    }

    /// How many documents are measured.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether no document is measured.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// How many few-shot examples each prompt has.
    pub fn num_fewshot(&self) -> u32 {
        self.num_fewshot
    }

    /// The documents that are measured, in order.
    pub fn documents(&self) -> impl ExactSizeIterator<Item = Document> {
        self.documents.iter()
    }

    /// The document at `index`, where there is one.
    pub fn document(&self, index: usize) -> Option<Document> {
        self.documents.get(index)
    }

    /// Every file that the task was read from (task file, includes, data) with its digest.
    pub fn files(&self) -> Vec<(PathBuf, Digest)> {
        self.files.iter().map(|file| (file.path.clone(), file.digest)).collect()
    }

    /// Harmless problems, for people.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether the choices stand in the question and the answer is the same for all (Winogrande's way).
    pub fn multiple_input(&self) -> bool {
        self.multiple_input
    }

    /// All about the document at `index`: its requests, target and choices. Fails where the document does not fit the
    /// task's templates, or `index` is not below [`Task::len`].
    pub fn instance(&self, index: usize, style: ChatStyle<'_>) -> Result<Instance, TaskError> {
        plan::instance(self, index, style)
    }

    /// The requests of the document at `index`.
    pub fn requests(&self, index: usize, style: ChatStyle<'_>) -> Result<Vec<Request>, TaskError> {
        Ok(self.instance(index, style)?.requests)
    }

    /// The places of the few-shot examples that the document at `index` is shown, in their split and in the order in
    /// which they are shown; empty without examples.
    pub fn examples(&self, index: usize) -> &[usize] {
        self.picks.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the document at `index` expects.
    pub fn target(&self, index: usize) -> Result<Target, TaskError> {
        let doc = self.doc(index)?;
        let choices = self.choices(&doc)?;
        plan::target(self, &doc, &choices)
    }

    pub(crate) fn fewshot_as_multiturn(&self) -> bool {
        self.options.fewshot_as_multiturn
    }

    pub(crate) fn doc(&self, index: usize) -> Result<Doc, TaskError> {
        open(&self.documents, &self.given, index, "").ok_or_else(|| TaskError::Document {
            task: self.config.task.clone(),
            document: index.to_string(),
            key: "task".to_owned(),
            problem: format!("there are only {} documents", self.documents.len()),
            cause: None,
        })
    }

    /// The choices of `doc`; none where the task has none.
    pub(crate) fn choices(&self, doc: &Doc) -> Result<Vec<String>, TaskError> {
        if self.fields.has_choice(false) { self.fields.choices(doc, false) } else { Ok(Vec::new()) }
    }

    /// What stands before the answer to `doc`, the document at `index`.
    pub(crate) fn context(&self, index: usize, doc: &Doc) -> Result<Context, TaskError> {
        let builder = ContextBuilder {
            config: &self.config,
            fields: &self.fields,
            system_instruction: self.options.system_instruction.as_deref(),
            multiple_input: self.multiple_input,
        };
        let picks = self.examples(index);
        let mut examples = Vec::with_capacity(picks.len());
        for pick in picks {
            let Some(cell) = self.examples.get(*pick) else { continue };
            if let Some(turns) = cell.get() {
                examples.push(turns);
            } else if let Some(example) = open(&self.pool, &self.pool_given, *pick, FEWSHOT) {
                let turns = builder.example(&example)?;
                examples.push(cell.get_or_init(|| turns));
            }
        }
        builder.context(doc, examples.into_iter())
    }
}

/// The document at `place` with what Python gave for it; `label` stands before its place in messages.
fn open(documents: &Documents, given: &Given, place: usize, label: &str) -> Option<Doc> {
    let given = given.get(&place).cloned().unwrap_or_default();
    Some(Doc::with(documents.get(place)?, format!("{label}{place}"), given))
}

fn num_fewshot(config: &TaskConfig, options: &LoadOptions, warnings: &mut Vec<String>) -> u32 {
    match (config.num_fewshot, options.num_fewshot) {
        (Some(0), Some(asked)) if asked > 0 => {
            warnings.push(format!(
                "{}: the file sets `num_fewshot: 0` and {asked} are asked for; {asked} are used (lm-eval would use 0)",
                config.task
            ));
            asked
        }
        (_, Some(asked)) => asked,
        (own, None) => own.unwrap_or(0),
    }
}

/// What few-shot examples may be taken from.
#[derive(Clone, Copy)]
struct Splits<'a> {
    config: &'a TaskConfig,
    hooks: Option<&'a Hooks>,
    eval: &'a Split,
    eval_split: &'a str,
}

/// Where few-shot examples come from: the few-shot split, written-out samples, else the first of training, validation
/// and test split that the task names.
fn fewshot_documents(
    splits: &Splits<'_>,
    dataset: &mut Dataset<'_>,
    warnings: &mut Vec<String>,
) -> Result<Documents, TaskError> {
    let Splits { config, hooks, eval, eval_split } = *splits;
    let fewshot = &config.fewshot;
    let mut read = |split: &str, process: Option<&HookFunction>| -> Result<Documents, TaskError> {
        if split == eval_split && process == config.process_docs.as_ref() {
            return Ok(eval.documents.clone());
        }
        let raw = dataset.split(split)?;
        Ok(hooked::processed(config, hooks, process, split, raw)?.documents)
    };
    let own = config.process_docs.as_ref();
    let documents = if let Some(split) = &fewshot.split {
        read(split, fewshot.process_docs.as_ref())?
    } else if let Some(function) = &fewshot.samples_function {
        hooked::samples(config, hooks, function)?.into_iter().collect()
    } else if let Some(samples) = &fewshot.samples {
        samples.iter().cloned().collect()
    } else if let Some(split) = &config.training_split {
        read(split, own)?
    } else if let Some(split) = &config.validation_split {
        read(split, own)?
    } else {
        warnings.push(format!(
            "{}: no few-shot, training or validation split is named; examples come from the measured documents",
            config.task
        ));
        read(eval_split, own)?
    };
    let Some(indices) = &fewshot.indices else {
        return Ok(documents);
    };
    warnings.push(format!("{}: `fewshot_indices` is honoured; lm-eval 0.4.13 ignores it", config.task));
    indices
        .iter()
        .map(|index| {
            documents.get(*index).ok_or_else(|| TaskError::Fewshot {
                task: config.task.clone(),
                problem: format!("`fewshot_indices` names document {index} of {}", documents.len()),
            })
        })
        .collect()
}
