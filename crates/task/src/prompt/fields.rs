//! From a document to its question, choices and answer, by the task's fields and templates.

use super::environment::Templates;
use crate::{
    TaskError,
    dataset::Document,
    python::{parse_literal, py_str},
    taskfile::{DocTo, TaskConfig},
    under_way,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

/// A document, and the same as template variables.
#[derive(Clone, Debug)]
pub(crate) struct Doc {
    pub(crate) map: Document,
    /// Made when a template first asks.
    value: OnceLock<minijinja::Value>,
    /// For messages: its place, from 0.
    place: String,
    /// What the task's Python functions gave for it, by key.
    given: BTreeMap<&'static str, Value>,
}

impl Doc {
    /// A document with what the task's Python functions gave for it.
    pub(crate) fn with(map: Document, place: String, given: BTreeMap<&'static str, Value>) -> Self {
        Self { map, value: OnceLock::new(), place, given }
    }

    fn value(&self) -> &minijinja::Value {
        self.value.get_or_init(|| minijinja::Value::from(minijinja::value::Serde(&self.map)))
    }
}

/// How something is made from a document, compiled.
#[derive(Clone, Debug)]
pub(crate) enum Recipe {
    Field(String),
    Template(String),
    Int(i64),
    List(Vec<Value>),
    /// What a Python function gave beforehand.
    Given,
}

/// A field where the document has one of that name, else a template.
#[derive(Clone, Debug)]
struct Either {
    field: String,
    template: String,
}

/// A question: text, or the position of the right one among several texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Question {
    Text(String),
    /// The number, and the text that it was read from.
    Index(i64, String),
}

/// The recipes for the measured document, or for examples.
#[derive(Clone, Debug)]
struct Set {
    text: Option<Recipe>,
    target: Option<Recipe>,
    choice: Option<Recipe>,
    prefix: Option<Either>,
    key: &'static str,
}

/// All that a task makes from its documents.
#[derive(Debug)]
pub(crate) struct Fields {
    task: String,
    templates: Templates,
    description: Option<Either>,
    main: Set,
    examples: Set,
    has_choice: bool,
}

impl Fields {
    /// Compiles every template of `config`; `features` are the fields of the measured documents.
    pub(crate) fn compile(config: &TaskConfig, features: &BTreeSet<String>) -> Result<Self, TaskError> {
        let mut templates = Templates::new();
        let mut recipe = |key: &str, from: Option<&DocTo>| -> Result<Option<Recipe>, TaskError> {
            Ok(match from {
                None => None,
                Some(DocTo::Int(number)) => Some(Recipe::Int(*number)),
                Some(DocTo::List(items)) => Some(Recipe::List(items.clone())),
                Some(DocTo::Function(_)) => Some(Recipe::Given),
                Some(DocTo::Text(text)) if features.contains(text) => Some(Recipe::Field(text.clone())),
                Some(DocTo::Text(text)) => Some(Recipe::Template(templates.add(text, &config.path, key)?)),
            })
        };
        let fewshot = &config.fewshot;
        let mut main = Set {
            text: recipe("doc_to_text", config.doc_to_text.as_ref())?,
            target: recipe("doc_to_target", config.doc_to_target.as_ref())?,
            choice: recipe("doc_to_choice", config.doc_to_choice.as_ref())?,
            prefix: None,
            key: "",
        };
        let mut examples = Set {
            text: recipe("fewshot_config.doc_to_text", fewshot.doc_to_text.as_ref())?,
            target: recipe("fewshot_config.doc_to_target", fewshot.doc_to_target.as_ref())?,
            choice: recipe("fewshot_config.doc_to_choice", fewshot.doc_to_choice.as_ref())?,
            prefix: None,
            key: "fewshot_config.",
        };
        let mut either = |key: &str, text: Option<&String>| -> Result<Option<Either>, TaskError> {
            text.map(|text| {
                Ok(Either { field: text.clone(), template: templates.add(text, &config.path, key)? })
            })
            .transpose()
        };
        main.prefix = either("gen_prefix", config.gen_prefix.as_ref())?;
        examples.prefix = either("fewshot_config.gen_prefix", fewshot.gen_prefix.as_ref())?;
        let description = Some(&config.description).filter(|text| !text.is_empty());
        Ok(Self {
            description: either("description", description)?,
            task: config.task.clone(),
            has_choice: config.doc_to_choice.is_some(),
            templates,
            main,
            examples,
        })
    }

    /// A problem with `doc` under `key`.
    pub(crate) fn wrong(&self, doc: &Doc, key: &str, problem: impl Into<String>) -> TaskError {
        TaskError::Document {
            task: self.task.clone(),
            document: doc.place.clone(),
            key: key.to_owned(),
            problem: problem.into(),
            cause: None,
        }
    }

    fn render(&self, doc: &Doc, template: &str, key: &str) -> Result<String, TaskError> {
        let _rendering = under_way::begin(&self.task, &doc.place, key);
        self.templates.render(template, doc.value()).map_err(|cause| TaskError::Document {
            task: self.task.clone(),
            document: doc.place.clone(),
            key: key.to_owned(),
            problem: "the template does not fit the document".to_owned(),
            cause: Some(cause),
        })
    }

    fn field<'d>(&self, doc: &'d Doc, field: &str, key: &str) -> Result<&'d Value, TaskError> {
        doc.map.get(field).ok_or_else(|| self.wrong(doc, key, format!("the document has no field `{field}`")))
    }

    fn given<'d>(&self, doc: &'d Doc, key: &str) -> Result<&'d Value, TaskError> {
        doc.given.get(key).ok_or_else(|| self.wrong(doc, key, "its Python function was not asked"))
    }

    fn either(&self, doc: &Doc, either: Option<&Either>, key: &str) -> Result<Option<String>, TaskError> {
        let Some(either) = either else { return Ok(None) };
        let text = match doc.map.get(&either.field) {
            Some(Value::Null) => return Ok(None),
            Some(value) => py_str(value),
            None => self.render(doc, &either.template, key)?,
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn set(&self, example: bool) -> &Set {
        if example { &self.examples } else { &self.main }
    }

    pub(crate) fn has_choice(&self, example: bool) -> bool {
        self.set(example).choice.is_some()
    }

    /// The text before everything else; `None` where empty.
    pub(crate) fn description(&self, doc: &Doc) -> Result<Option<String>, TaskError> {
        self.either(doc, self.description.as_ref(), "description")
    }

    /// What the answer begins with; `None` where empty.
    pub(crate) fn prefix(&self, doc: &Doc, example: bool) -> Result<Option<String>, TaskError> {
        let set = self.set(example);
        self.either(doc, set.prefix.as_ref(), &format!("{}gen_prefix", set.key))
    }

    /// The question. A number stands for one only where the task has choices.
    pub(crate) fn question(&self, doc: &Doc, example: bool) -> Result<Question, TaskError> {
        let set = self.set(example);
        let key = format!("{}doc_to_text", set.key);
        let recipe = set.text.as_ref().ok_or_else(|| self.wrong(doc, &key, "is missing"))?;
        let index = |number: Option<i64>, text: String| match number {
            Some(number) if self.has_choice => Question::Index(number, text),
            _ => Question::Text(text),
        };
        Ok(match recipe {
            Recipe::Field(field) => {
                let value = self.field(doc, field, &key)?;
                index(integer(value), py_str(value))
            }
            Recipe::Given => {
                let value = self.given(doc, &key)?;
                index(integer(value), py_str(value))
            }
            Recipe::Template(template) => {
                let text = self.render(doc, template, &key)?;
                index(digits(&text), text)
            }
            Recipe::Int(number) => index(Some(*number), number.to_string()),
            Recipe::List(_) => {
                return Err(self.wrong(doc, &key, "must be a field name or a template, not a list"));
            }
        })
    }

    /// The answer, as the value that Python would have.
    pub(crate) fn target(&self, doc: &Doc, example: bool) -> Result<Value, TaskError> {
        let set = self.set(example);
        let key = format!("{}doc_to_target", set.key);
        let recipe = set.target.as_ref().ok_or_else(|| self.wrong(doc, &key, "is missing"))?;
        Ok(match recipe {
            Recipe::Field(field) => self.field(doc, field, &key)?.clone(),
            Recipe::Given => self.given(doc, &key)?.clone(),
            Recipe::Int(number) => Value::from(*number),
            Recipe::List(items) => Value::Array(items.clone()),
            Recipe::Template(template) => {
                let text = self.render(doc, template, &key)?;
                match digits(&text) {
                    Some(number) if self.has_choice => Value::from(number),
                    _ if text.len() >= 2 && text.starts_with('[') && text.ends_with(']') => {
                        parse_literal(&text).unwrap_or(Value::String(text))
                    }
                    _ => Value::String(text),
                }
            }
        })
    }

    /// The choices as text.
    pub(crate) fn choices(&self, doc: &Doc, example: bool) -> Result<Vec<String>, TaskError> {
        let set = self.set(example);
        let key = format!("{}doc_to_choice", set.key);
        let recipe = set.choice.as_ref().ok_or_else(|| self.wrong(doc, &key, "is missing"))?;
        let not_list = |text: &str| {
            let shown: String = text.chars().take(80).collect();
            self.wrong(doc, &key, format!("must give a list, and gives `{shown}`"))
        };
        let literal = |text: &str| match parse_literal(text) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(not_list(text)),
        };
        let items = match recipe {
            Recipe::Field(field) => match self.field(doc, field, &key)? {
                Value::Array(items) => items.clone(),
                Value::String(text) => literal(text)?,
                other => return Err(not_list(&py_str(other))),
            },
            Recipe::Given => match self.given(doc, &key)? {
                Value::Array(items) => items.clone(),
                other => return Err(not_list(&py_str(other))),
            },
            Recipe::Template(template) => literal(&self.render(doc, template, &key)?)?,
            Recipe::List(items) => items.clone(),
            Recipe::Int(number) => return Err(not_list(&number.to_string())),
        };
        if items.is_empty() {
            return Err(self.wrong(doc, &key, "gives no choices"));
        }
        Ok(items.iter().map(py_str).collect())
    }
}

/// An integer as Python's `isinstance(value, int)` sees it, booleans included; a float without a fraction counts too.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(flag) => Some(i64::from(*flag)),
        Value::Number(number) => number.as_i64(),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The number that an all-digit text is read as; one with a leading zero is no Python literal.
fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leading = text.starts_with('0') && text.bytes().any(|byte| byte != b'0');
    if all && !leading { text.parse().ok() } else { None }
}
