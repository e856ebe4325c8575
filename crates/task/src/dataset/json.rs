//! JSON and JSON lines.

use super::{
    Document,
    border::{MAX_LINE_BYTES, Problem, Settings, check_count},
};
use serde_json::Value;

/// Gives `add` the documents in `text`: one JSON object a line, or one JSON array of objects, or an object that has such an array
/// under the key that the settings name.
pub(super) fn read(text: &str, settings: &Settings, add: &mut dyn FnMut(Document)) -> Result<(), Problem> {
    let start = text.trim_start();
    if settings.field.is_some() || start.starts_with('[') {
        return whole(text, settings, add);
    }
    if !start.starts_with('{') && !start.is_empty() {
        return Err(Problem::new(1, "neither JSON lines nor a JSON array"));
    }
    if let Some(place) = text.split('\n').position(|line| line.len() > MAX_LINE_BYTES) {
        let line = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        return Err(Problem::new(line, format!("the line is longer than {MAX_LINE_BYTES} bytes")));
    }
    let mut count = 0;
    let read = lines(text, &mut |document| {
        count += 1;
        add(document);
    });
    match read {
        // One object over many lines is a file of one document: its first line is none.
        Err(problem) if count == 0 => match serde_json::from_str(text) {
            Ok(Value::Object(document)) => {
                add(document);
                Ok(())
            }
            Ok(_) | Err(_) => Err(problem),
        },
        read => read,
    }
}

fn whole(text: &str, settings: &Settings, add: &mut dyn FnMut(Document)) -> Result<(), Problem> {
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
    for (index, item) in items.into_iter().enumerate() {
        let Value::Object(document) = item else {
            return Err(Problem::new(0, format!("entry {index} (from 0) of the array is not an object")));
        };
        add(document);
    }
    Ok(())
}

fn lines(text: &str, add: &mut dyn FnMut(Document)) -> Result<(), Problem> {
    let mut count = 0;
    for (number, line) in (1_u64..).zip(text.split('\n')) {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(Value::Object(document)) => {
                check_count(count)?;
                count += 1;
                add(document);
            }
            Ok(_) => return Err(Problem::new(number, "not a JSON object")),
            Err(error) => return Err(Problem::new(number, format!("not JSON: {error}"))),
        }
    }
    Ok(())
}
