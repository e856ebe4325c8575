//! What a data set's card (`README.md`) says about its configurations.

use serde_json::{Map, Value};

/// One configuration of a card.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CardConfig {
    pub(crate) name: String,
    pub(crate) default: bool,
    pub(crate) data_dir: Option<String>,
    /// `data_files` as it is written.
    pub(crate) data_files: Option<Value>,
}

/// The configurations in the card's head, in its order; none where it lists none.
pub(crate) fn configs(card: &str) -> Vec<CardConfig> {
    let head = daepyo_task::card_head(card).unwrap_or_default();
    head.get("configs").and_then(Value::as_array).into_iter().flatten().filter_map(config).collect()
}

fn config(value: &Value) -> Option<CardConfig> {
    Some(CardConfig {
        name: text(value.get("config_name")?)?,
        default: value.get("default") == Some(&Value::Bool(true)),
        data_dir: value.get("data_dir").and_then(text),
        data_files: value.get("data_files").filter(|files| !files.is_null()).cloned(),
    })
}

/// Names that YAML reads as numbers are names all the same.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `data_files` as split names with their patterns, in the order in which they are written; `None` where it has no
/// form that the hub allows.
pub(crate) fn patterns(data_files: &Value) -> Option<Vec<(String, Vec<String>)>> {
    let list = |value: &Value| match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    };
    match data_files {
        Value::Object(map) => splits_of_map(map, list),
        Value::Array(items) if items.iter().any(Value::is_object) => items
            .iter()
            .map(|item| Some((text(item.get("split")?)?, list(item.get("path")?)?)))
            .collect::<Option<Vec<_>>>(),
        one => Some(vec![("train".to_owned(), list(one)?)]),
    }
}

fn splits_of_map(
    map: &Map<String, Value>,
    list: impl Fn(&Value) -> Option<Vec<String>>,
) -> Option<Vec<(String, Vec<String>)>> {
    map.iter().map(|(split, files)| Some((split.clone(), list(files)?))).collect()
}
