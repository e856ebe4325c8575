//! Where a task file asks for Python, and for what.

use super::yaml::FUNCTION;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Python that a task file names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// The key of the file that holds it, such as `metric_list`.
    pub key: String,
    /// The key with its place in lists and maps, such as `metric_list[0].metric`.
    pub place: String,
    /// What the file names, such as `utils.process_docs`.
    pub name: String,
}

/// All Python that `map` asks for, sorted.
pub(super) fn all(map: &Map<String, Value>) -> Vec<Function> {
    let mut found = Vec::new();
    for (key, value) in map {
        in_key(key, value, &mut found);
    }
    found.sort_unstable();
    found
}

fn in_key(key: &str, value: &Value, found: &mut Vec<Function>) {
    if key == "class" {
        let name = value.get(FUNCTION).unwrap_or(value);
        found.push(Function { key: key.to_owned(), place: key.to_owned(), name: text(name) });
    } else {
        in_value(key, value, &mut key.to_owned(), found);
    }
}

fn in_value(key: &str, value: &Value, place: &mut String, found: &mut Vec<Function>) {
    let end = place.len();
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get(FUNCTION) {
                found.push(Function { key: key.to_owned(), place: place.clone(), name: text(name) });
                return;
            }
            for (inner, value) in map {
                if value.is_object() || value.is_array() {
                    place.push('.');
                    place.push_str(inner);
                    in_value(key, value, place, found);
                    place.truncate(end);
                }
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                if value.is_object() || value.is_array() {
                    // Writing to a string does not fail.
                    let _ = write!(place, "[{index}]");
                    in_value(key, value, place, found);
                    place.truncate(end);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
