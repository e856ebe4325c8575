//! The part of a task file that says where few-shot examples come from and how they look.

use super::config::{DocTo, Keys};
use crate::{TaskError, dataset::Document, hook::HookFunction};
use serde_json::Value;

/// How few-shot examples are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplerKind {
    /// Drawn anew for every document by `CPython`'s `random.Random(1234).sample`.
    Random,
    /// The first ones, in order.
    FirstN,
}

/// Few-shot settings; what `fewshot_config` leaves out comes from the task.
#[derive(Clone, Debug, PartialEq)]
pub struct FewshotConfig {
    /// How examples are chosen, unless the task has a class of its own for it.
    pub sampler: SamplerKind,
    /// The Python class that chooses them: made of all examples, it has `set_rnd` and `sample`.
    pub sampler_function: Option<HookFunction>,
    /// The split that they come from.
    pub split: Option<String>,
    /// Examples written out in the task file; used where there is no split.
    pub samples: Option<Vec<Document>>,
    /// A Python function that lists examples; used where there is no split.
    pub samples_function: Option<HookFunction>,
    /// A Python function that the split goes through.
    pub process_docs: Option<HookFunction>,
    /// Only these of the split or samples, in this order.
    pub indices: Option<Vec<usize>>,
    /// The question.
    pub doc_to_text: Option<DocTo>,
    /// The answer.
    pub doc_to_target: Option<DocTo>,
    /// The choices.
    pub doc_to_choice: Option<DocTo>,
    /// What the answer begins with.
    pub gen_prefix: Option<String>,
    /// What stands after each example.
    pub fewshot_delimiter: String,
    /// What stands between question and answer.
    pub target_delimiter: String,
}

const KNOWN: [&str; 11] = [
    "sampler",
    "split",
    "process_docs",
    "fewshot_indices",
    "samples",
    "doc_to_text",
    "doc_to_choice",
    "doc_to_target",
    "gen_prefix",
    "fewshot_delimiter",
    "target_delimiter",
];

/// The task's own settings, which `fewshot_config` falls back to.
pub(super) struct Inherited<'a> {
    pub(super) split: Option<String>,
    pub(super) process_docs: Option<HookFunction>,
    pub(super) doc_to_text: Option<&'a DocTo>,
    pub(super) doc_to_target: Option<&'a DocTo>,
    pub(super) doc_to_choice: Option<&'a DocTo>,
    pub(super) gen_prefix: Option<String>,
    pub(super) fewshot_delimiter: String,
    pub(super) target_delimiter: String,
}

/// Reads `fewshot_config`; a key that is there with null counts as unset, except that null delimiters mean none.
pub(super) fn read(
    config: &Keys<'_>,
    inherited: Inherited<'_>,
    warnings: &mut Vec<String>,
) -> Result<FewshotConfig, TaskError> {
    for key in config.map.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
        warnings.push(format!(
            "{}: `fewshot_config.{key}` is not a key that daepyo knows; it has no effect",
            config.path.display()
        ));
    }
    let sampler_function = config.mark("sampler");
    let named = if sampler_function.is_some() { None } else { config.text("sampler")? };
    let sampler = match named.as_deref() {
        None | Some("default") => SamplerKind::Random,
        Some("first_n") => SamplerKind::FirstN,
        Some(other) => {
            let problem =
                format!("`{other}` is not a sampler; there are `default`, `first_n` and Python classes");
            return Err(config.wrong("sampler", problem));
        }
    };
    let split = if config.map.contains_key("split") { config.text("split")? } else { inherited.split };
    let listing = config.mark("samples");
    let written_out = if listing.is_some() { None } else { samples(config)? };
    if split.is_some() && (written_out.is_some() || listing.is_some()) {
        warnings.push(format!(
            "{}: few-shot examples have both a split and samples; the split counts",
            config.path.display()
        ));
    }
    Ok(FewshotConfig {
        sampler,
        sampler_function,
        split,
        samples: written_out,
        samples_function: listing,
        process_docs: if config.map.contains_key("process_docs") {
            config.function("process_docs")?
        } else {
            inherited.process_docs
        },
        indices: indices(config)?,
        doc_to_text: config.doc_to("doc_to_text")?.or_else(|| inherited.doc_to_text.cloned()),
        doc_to_target: config.doc_to("doc_to_target")?.or_else(|| inherited.doc_to_target.cloned()),
        doc_to_choice: config.doc_to("doc_to_choice")?.or_else(|| inherited.doc_to_choice.cloned()),
        gen_prefix: config.text("gen_prefix")?.or(inherited.gen_prefix),
        fewshot_delimiter: config.text("fewshot_delimiter")?.unwrap_or(inherited.fewshot_delimiter),
        target_delimiter: config.text("target_delimiter")?.unwrap_or(inherited.target_delimiter),
    })
}

fn samples(config: &Keys<'_>) -> Result<Option<Vec<Document>>, TaskError> {
    let wrong = || config.wrong("samples", "must be a list of documents (mappings)".to_owned());
    match config.map.get("samples") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_object().cloned().ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}

fn indices(config: &Keys<'_>) -> Result<Option<Vec<usize>>, TaskError> {
    let wrong = || config.wrong("fewshot_indices", "must be a list of numbers from 0".to_owned());
    match config.map.get("fewshot_indices") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_u64().and_then(|index| usize::try_from(index).ok()).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(wrong()),
    }
}
