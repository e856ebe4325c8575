//! Filters: from what a candidate wrote to the answer that is judged, step after step.

mod multi_choice;
mod span;
mod step;

pub(super) use step::Step;

use super::{Question, error::ScoreError, options::Options};
use crate::{
    hook::{HookError, Hooks},
    under_way,
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// How sure a filter is that it holds the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// Nothing was found; the text is a fallback.
    Nothing,
    /// Something was found by position only ("the last number"): worth nothing in an answer that was cut.
    Guess,
    /// The answer.
    Found,
}

/// One response on its way through the filters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    /// Usually text; a list after `regex_pos`; any value, or null, after `map`.
    pub(super) value: Value,
    pub(super) certainty: Certainty,
}

impl Item {
    pub(super) fn text(text: String, certainty: Certainty) -> Self {
        Self { value: Value::String(text), certainty }
    }

    /// Whether an answer was read out of the response.
    pub(super) fn holds_answer(&self) -> bool {
        self.certainty > Certainty::Nothing
            && match &self.value {
                Value::Null => false,
                Value::String(text) => !text.trim().is_empty(),
                Value::Array(list) => !list.is_empty(),
                Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
            }
    }
}

/// A named list of filters, as a task file's `filter_list` has it.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) name: String,
    /// The task that it belongs to, for messages.
    pub(super) task: String,
    steps: Vec<Step>,
}

/// What a pipeline gives: one answer, or several where nothing in it picks one.
#[derive(Clone, Debug)]
pub(super) struct Filtered {
    pub(super) items: Vec<Item>,
    /// How many of the responses, from the first, had a part in it.
    pub(super) responses_used: usize,
    /// A filter picked one answer; else there is a list, though perhaps with one item.
    pub(super) picked: bool,
}

impl Pipeline {
    /// The pipelines of `filter_list`; where it is null, one named `none` that takes the first response.
    pub(super) fn compile_all(
        filter_list: &Value,
        reads_text: bool,
        output_type: &'static str,
        hooks: Option<&Arc<Hooks>>,
    ) -> Result<Vec<Self>, ScoreError> {
        let bad = |option: &str, expected| ScoreError::BadOption {
            owner: "filter_list".to_owned(),
            option: option.to_owned(),
            expected,
        };
        let entries = match filter_list {
            Value::Null => {
                return Ok(vec![Self {
                    name: "none".to_owned(),
                    task: String::new(),
                    steps: vec![Step::TakeFirst],
                }]);
            }
            Value::Array(entries) if !entries.is_empty() => entries,
            Value::Array(_) | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(bad("filter_list", "a list of named filters"));
            }
        };
        let mut pipelines: Vec<Self> = Vec::with_capacity(entries.len());
        for entry in entries {
            let name = entry.get("name").and_then(Value::as_str).ok_or_else(|| bad("name", "text"))?;
            if pipelines.iter().any(|pipeline| pipeline.name == name) {
                return Err(bad("name", "different in each entry"));
            }
            let functions = entry
                .get("filter")
                .and_then(Value::as_array)
                .ok_or_else(|| bad("filter", "a list of functions"))?;
            let steps = functions
                .iter()
                .map(|function| Step::compile(function, reads_text, output_type, hooks))
                .collect::<Result<_, _>>()?;
            pipelines.push(Self { name: name.to_owned(), task: String::new(), steps });
        }
        Ok(pipelines)
    }

    /// Whether a step looks for the answer inside the text: without one the whole text is the answer.
    pub(super) fn extracts(&self) -> bool {
        self.steps.iter().any(Step::extracts)
    }

    /// What to tell people of its patterns so far.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        self.steps.iter().flat_map(Step::problems)
    }

    /// The kind of `korean_answer` that the pipeline ends with, if any.
    pub(super) fn korean_kind(&self) -> Option<super::korean::Kind> {
        self.steps.iter().rev().find_map(Step::korean_kind)
    }

    /// Puts `texts`, one for each repeat, through the steps.
    pub(super) fn apply(&self, texts: &[&str], question: &Question<'_>) -> Result<Filtered, HookError> {
        let mut items: Vec<Item> =
            texts.iter().map(|text| Item::text((*text).to_owned(), Certainty::Found)).collect();
        let mut responses_used = items.len();
        let mut picked = false;
        for step in &self.steps {
            let voted = items.len() < responses_used;
            if let Step::Hook(hook) = step {
                (items, picked) = hook.apply(&items, question)?;
                continue;
            }
            picked |= matches!(step, Step::TakeFirst);
            let _filtering = under_way::begin(&self.task, "", "filter_list");
            items = step.apply(items, question);
            if !voted && step.discards() {
                responses_used = items.len();
            }
        }
        Ok(Filtered { items, responses_used, picked })
    }
}

fn options<'a>(
    owner: &'a str,
    values: &'a Map<String, Value>,
    known: &[&str],
) -> Result<Options<'a>, ScoreError> {
    Options::new(owner, values, &["function"], known)
}
