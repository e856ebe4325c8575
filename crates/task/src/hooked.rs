//! Where loading a task asks the task's own Python: its data, its splits, its questions, answers and choices.

use crate::{
    LoadOptions, TaskError,
    dataset::{Dataset, Document, Split},
    hook::{HookError, HookFunction, HookOptions, HookTable, Hooks},
    packed::Documents,
    regular,
    taskfile::{DocTo, SourceFile, TaskConfig},
};
use daepyo_core::Digest;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A task's Python of more bytes is not read.
const MAX_CODE_BYTES: u64 = 16 << 20;

fn failed(config: &TaskConfig, key: &str) -> impl Fn(HookError) -> TaskError {
    let (task, key) = (config.task.clone(), key.to_owned());
    move |cause| TaskError::Hook { task: task.clone(), key: key.clone(), cause: Box::new(cause) }
}

/// A worker with the functions of `config`; `None` where it has none.
pub(crate) fn start(config: &TaskConfig, options: &HookOptions) -> Result<Option<Arc<Hooks>>, TaskError> {
    let functions = config.functions();
    if functions.is_empty() {
        return Ok(None);
    }
    let hooks = Hooks::start(functions, config.tasks_root.as_deref(), options);
    hooks.map(|hooks| Some(Arc::new(hooks))).map_err(failed(config, ""))
}

/// The data of the task: what its files name, or what its own function makes.
pub(crate) fn dataset<'c>(
    config: &'c TaskConfig,
    options: &LoadOptions,
    hooks: Option<&Hooks>,
) -> Result<Dataset<'c>, TaskError> {
    let (Some(function), Some(hooks)) = (&config.custom_dataset, hooks) else {
        return Dataset::find(config, options.data_root.as_deref(), &options.located);
    };
    let mut settings = config.metadata.as_object().cloned().unwrap_or_default();
    settings.extend(config.dataset_kwargs.clone());
    let made = hooks.custom_dataset(function, &settings).map_err(failed(config, "custom_dataset"))?;
    let splits: BTreeMap<String, Split> =
        made.into_iter().map(|(name, table)| (name, split(table))).collect();
    Ok(Dataset::made(config, splits))
}

fn split(table: HookTable) -> Split {
    Split {
        documents: table.documents.into_iter().collect(),
        features: table.columns.into_iter().collect::<BTreeSet<_>>(),
    }
}

/// A split after `process_docs`.
pub(crate) fn processed(
    config: &TaskConfig,
    hooks: Option<&Hooks>,
    function: Option<&HookFunction>,
    name: &str,
    raw: Split,
) -> Result<Split, TaskError> {
    let (Some(function), Some(hooks)) = (function, hooks) else { return Ok(raw) };
    // In the order of the first document, which has every column.
    let columns: Vec<String> =
        raw.documents.get(0).map(|first| first.keys().cloned().collect()).unwrap_or_default();
    let documents: Vec<Document> = raw.documents.iter().collect();
    let table =
        hooks.process_docs(function, &documents, &columns, name).map_err(failed(config, "process_docs"))?;
    Ok(split(table))
}

/// The few-shot examples that a function lists.
pub(crate) fn samples(
    config: &TaskConfig,
    hooks: Option<&Hooks>,
    function: &HookFunction,
) -> Result<Vec<Document>, TaskError> {
    let Some(hooks) = hooks else { return Ok(Vec::new()) };
    hooks.samples(function).map_err(failed(config, "fewshot_config.samples"))
}

/// For each of the documents the places in the pool of its `count` examples, as the task's own class draws them:
/// `same_split` says that a document may stand in the pool and is to be left out.
pub(crate) fn draw(
    config: &TaskConfig,
    hooks: &Hooks,
    sampler: &HookFunction,
    (documents, pool, same_split): (&Documents, &Documents, bool),
    count: u32,
) -> Result<Vec<Vec<usize>>, TaskError> {
    let excluded: Vec<Document> = if same_split { documents.iter().collect() } else { Vec::new() };
    let pool: Vec<Document> = pool.iter().collect();
    hooks
        .draw(sampler, &pool, (&excluded, documents.len()), count)
        .map_err(failed(config, "fewshot_config.sampler"))
}

/// What the task's Python functions gave for documents: by place, then by key.
pub(crate) type Given = BTreeMap<usize, BTreeMap<&'static str, Value>>;

/// Asks the functions behind `doc_to_text`, `doc_to_target` and `doc_to_choice`, once for each measured document and
/// each example that is shown: gives what they said of the documents, and of the pool.
pub(crate) fn given(
    config: &TaskConfig,
    hooks: &Hooks,
    (documents, pool): (&Documents, &Documents),
    picks: &[Vec<usize>],
) -> Result<(Given, Given), TaskError> {
    let fewshot = &config.fewshot;
    let (mut of_documents, mut of_pool) = (Given::new(), Given::new());
    let all: Vec<usize> = (0..documents.len()).collect();
    for (key, doc_to) in [
        ("doc_to_text", &config.doc_to_text),
        ("doc_to_target", &config.doc_to_target),
        ("doc_to_choice", &config.doc_to_choice),
    ] {
        ask(config, hooks, (key, doc_to.as_ref()), (documents, &all), &mut of_documents)?;
    }
    let mut shown: Vec<usize> = picks.iter().flatten().copied().collect();
    shown.sort_unstable();
    shown.dedup();
    for (key, doc_to) in [
        ("fewshot_config.doc_to_text", &fewshot.doc_to_text),
        ("fewshot_config.doc_to_target", &fewshot.doc_to_target),
        ("fewshot_config.doc_to_choice", &fewshot.doc_to_choice),
    ] {
        ask(config, hooks, (key, doc_to.as_ref()), (pool, &shown), &mut of_pool)?;
    }
    Ok((of_documents, of_pool))
}

fn ask(
    config: &TaskConfig,
    hooks: &Hooks,
    (key, doc_to): (&'static str, Option<&DocTo>),
    (documents, chosen): (&Documents, &[usize]),
    given: &mut Given,
) -> Result<(), TaskError> {
    let Some(DocTo::Function(function)) = doc_to else { return Ok(()) };
    let asked: Vec<Document> = chosen.iter().filter_map(|place| documents.get(*place)).collect();
    let values = hooks.map(function, asked.iter()).map_err(failed(config, key))?;
    for (place, value) in chosen.iter().zip(values) {
        given.entry(*place).or_default().insert(key, value);
    }
    Ok(())
}

/// The Python files that the task's functions stand in. What these import is not followed.
pub(crate) fn source_files(config: &TaskConfig) -> Result<Vec<SourceFile>, TaskError> {
    let mut files: Vec<SourceFile> = Vec::new();
    for function in config.functions() {
        let Some((module, _)) = function.name.rsplit_once('.') else { continue };
        let path = function.folder.join(format!("{}.py", module.replace('.', "/")));
        if files.iter().any(|file| file.path == path) || !path.is_file() {
            continue;
        }
        let bytes = regular::read(&path, MAX_CODE_BYTES)
            .map_err(|cause| TaskError::Unreadable { path: path.clone(), cause })?;
        files.push(SourceFile { path, digest: Digest::of(&bytes) });
    }
    Ok(files)
}
