//! JSON and JSON lines.

use super::{
    Document,
    border::{MAX_LINE_BYTES, Problem, Settings, check_count},
};
use serde_json::Value;

/// The documents in `text`: one JSON object a line, or one JSON array of objects, or an object that has such an array
/// under the key that the settings name.
pub(super) fn read(text: &str, settings: &Settings) -> Result<Vec<Document>, Problem> {
    let start = text.trim_start();
    if settings.field.is_some() || start.starts_with('[') {
        return whole(text, settings);
    }
    if !start.starts_with('{') && !start.is_empty() {
        return Err(Problem::new(1, "neither JSON lines nor a JSON array"));
    }
    if let Some(place) = text.split('\n').position(|line| line.len() > MAX_LINE_BYTES) {
        let line = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        return Err(Problem::new(line, format!("the line is longer than {MAX_LINE_BYTES} bytes")));
    }
    match lines(text) {
        Ok(documents) => Ok(documents),
        // One object over many lines is a file of one document.
        Err(problem) => match serde_json::from_str(text) {
            Ok(Value::Object(document)) => Ok(vec![document]),
            Ok(_) | Err(_) => Err(problem),
        },
    }
}

fn whole(text: &str, settings: &Settings) -> Result<Vec<Document>, Problem> {
    let mut value: Value = serde_json::from_str(text)
        .map_err(|error| Problem::new(error.line() as u64, format!("not JSON: {error}")))?;
    if let Some(field) = &settings.field {
        value = value
            .get_mut(field)
            .map(Value::take)
            .ok_or_else(|| Problem::new(0, format!("the file has no `{field}`")))?;
    }
    let Value::Array(items) = value else {
        return Err(Problem::new(0, "the documents are not in a JSON array"));
    };
    check_count(items.len())?;
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| match item {
            Value::Object(document) => Ok(document),
            _ => Err(Problem::new(0, format!("entry {index} (from 0) of the array is not an object"))),
        })
        .collect()
}

fn lines(text: &str) -> Result<Vec<Document>, Problem> {
    let mut documents = Vec::new();
    for (number, line) in (1_u64..).zip(text.split('\n')) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(document)) => {
                check_count(documents.len())?;
                documents.push(document);
            }
            Ok(_) => return Err(Problem::new(number, "not a JSON object")),
            Err(error) => return Err(Problem::new(number, format!("not JSON: {error}"))),
        }
    }
    Ok(documents)
}
