//! What goes between us and the worker: functions by name, answers with a nonce, values with marks.

use super::{HookError, error::Failure, layout::Layout};
use crate::dataset::Document;
use serde_json::{Map, Value, json};
use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

/// A function of a task's own, as `!function module.name` in a file names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HookFunction {
    /// The folder of the file that names it.
    pub folder: PathBuf,
    /// `module.name`.
    pub name: String,
}

impl fmt::Display for HookFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

const FUNCTION: &str = crate::taskfile::FUNCTION;
/// The key that remembers, beside [`FUNCTION`], which folder the name belongs to.
const FOLDER: &str = "!folder";

impl HookFunction {
    /// The function that a `!function` mark names; `None` where `value` is no mark.
    pub(crate) fn of_mark(value: &Value, folder: &Path) -> Option<Self> {
        let map = value.as_object()?;
        let name = map.get(FUNCTION)?.as_str()?;
        let folder = map.get(FOLDER).and_then(Value::as_str).map_or(folder, Path::new);
        Some(Self { folder: folder.to_path_buf(), name: name.to_owned() })
    }

    /// The function that a mark with its folder names.
    pub(crate) fn of_placed_mark(value: &Value) -> Option<Self> {
        value.get(FOLDER)?;
        Self::of_mark(value, Path::new(""))
    }
}

/// Writes into every mark in `value` the folder that it belongs to; lists the functions.
pub(crate) fn place_marks(value: &mut Value, folder: &Path, found: &mut Vec<HookFunction>) {
    if let Some(function) = HookFunction::of_mark(value, folder) {
        if let Some(map) = value.as_object_mut() {
            map.insert(FOLDER.to_owned(), Value::from(function.folder.to_string_lossy()));
        }
        found.push(function);
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| place_marks(item, folder, found)),
        Value::Object(map) => map.values_mut().for_each(|item| place_marks(item, folder, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Something that nobody can guess, so that no old answer passes for a new one. It has no part in any result.
pub(super) fn nonce() -> String {
    let half = || RandomState::new().hash_one(0_u8);
    format!("{:016x}{:016x}", half(), half())
}

/// `items` as a Python tuple.
pub fn tuple(items: &[Value]) -> Value {
    json!({"!tuple": items})
}

/// A number that a scoring function gave: NaN and infinities have a mark, booleans count 0 and 1.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Value::Number(number) => number.as_f64(),
        Value::Object(map) => match map.get("!float")?.as_str()? {
            "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        Value::Null | Value::String(_) | Value::Array(_) => None,
    }
}

/// Whether `map` stands for a value that JSON lacks, and is no dictionary.
pub(crate) fn is_mark(map: &Map<String, Value>) -> bool {
    map.len() == 1 && (map.contains_key("!tuple") || map.contains_key("!float"))
}

/// The items of a tuple or list that a scoring function gave.
pub fn items(value: &Value) -> Option<&[Value]> {
    value.as_array().or_else(|| value.get("!tuple")?.as_array()).map(Vec::as_slice)
}

/// The first line of a worker.
pub(super) struct Hello {
    /// Limits that it could not set.
    pub(super) missing: Vec<String>,
}

impl Hello {
    pub(super) fn read(line: &[u8], nonce: &str) -> Result<Self, HookError> {
        let wrong =
            |problem: &str| HookError::Protocol { function: "start".to_owned(), problem: problem.to_owned() };
        match Answer::read(line, nonce).map_err(wrong)? {
            Answer::Value(value) => {
                let missing =
                    value.get("missing").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                Ok(Self { missing: missing.iter().filter_map(Value::as_str).map(str::to_owned).collect() })
            }
            Answer::Error(_) => Err(wrong("the worker did not come up")),
        }
    }
}

/// An answer.
pub(super) enum Answer {
    Value(Value),
    Error(Value),
}

impl Answer {
    pub(super) fn read(line: &[u8], nonce: &str) -> Result<Self, &'static str> {
        let Ok(Value::Object(mut map)) = serde_json::from_slice(line) else {
            return Err("the answer is not JSON, or nested too deep");
        };
        if map.get("nonce").and_then(Value::as_str) != Some(nonce) {
            return Err("an answer came that belongs to no question");
        }
        match (map.remove("value"), map.remove("error")) {
            (Some(value), None) => Ok(Self::Value(value)),
            (None, Some(error)) => Ok(Self::Error(error)),
            (Some(_), Some(_)) | (None, None) => Err("the answer is neither a value nor an error"),
        }
    }
}

/// The error that a worker describes.
pub(super) fn failed(layout: &Layout, function: &str, problem: &Value) -> HookError {
    let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let whole = |key: &str| problem.get(key).and_then(Value::as_u64);
    let failure = Failure {
        kind: text("type"),
        message: text("message"),
        file: problem.get("file").and_then(Value::as_str).map(|file| layout.outside(Path::new(file))),
        line: whole("line"),
        document: whole("document").and_then(|document| usize::try_from(document).ok()),
        output: text("output"),
    };
    HookError::Failed { function: function.to_owned(), failure: Box::new(failure) }
}

pub(super) fn wrong(function: &HookFunction, problem: &str) -> HookError {
    HookError::Result { function: function.name.clone(), problem: problem.to_owned() }
}

/// `value` as a list of `length` values.
pub(super) fn list(function: &HookFunction, value: Value, length: usize) -> Result<Vec<Value>, HookError> {
    match value {
        Value::Array(items) if items.len() == length => Ok(items),
        _ => Err(wrong(function, &format!("does not give one value for each of {length} documents"))),
    }
}

/// `value` as a list of documents.
pub(super) fn documents(function: &HookFunction, value: Value) -> Result<Vec<Document>, HookError> {
    let not_rows = || wrong(function, "gives something else than documents (mappings)");
    let Value::Array(items) = value else { return Err(not_rows()) };
    items
        .into_iter()
        .map(|item| match item {
            Value::Object(map) => Ok(map),
            _ => Err(not_rows()),
        })
        .collect()
}

/// A split that a function made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HookTable {
    /// Its documents.
    pub documents: Vec<Document>,
    /// The names of its columns, there also without a document.
    pub columns: Vec<String>,
}

/// `value` as a split.
pub(super) fn table(function: &HookFunction, value: Value) -> Result<HookTable, HookError> {
    let Value::Object(mut map) = value else {
        return Err(wrong(function, "gives no table"));
    };
    let documents = documents(function, map.remove("rows").unwrap_or_default())?;
    let columns = map.remove("columns").unwrap_or_default();
    let names = columns.as_array().map(Vec::as_slice).unwrap_or_default();
    let columns = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(HookTable { documents, columns })
}

/// Settings of a list entry beside the keys that are not passed on.
pub(crate) fn settings_without(values: &Map<String, Value>, left_out: &[&str]) -> Map<String, Value> {
    values
        .iter()
        .filter(|(key, _)| !left_out.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
