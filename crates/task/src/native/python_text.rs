//! What ports share of Python: reading documents, `str.format`, literals inside functions. Each gives `None` where
//! Python might see it otherwise.

use crate::{
    dataset::Document,
    parse_literal,
    python::{is_space, py_str},
};
use serde_json::Value;
use std::collections::BTreeMap;
use unicode_normalization::char::is_combining_mark;

/// The text in a field.
pub(super) fn text<'d>(doc: &'d Document, field: &str) -> Option<&'d str> {
    doc.get(field)?.as_str()
}

/// A field as it stands in a formatted string.
pub(super) fn shown(doc: &Document, field: &str) -> Option<String> {
    doc.get(field).map(py_str)
}

/// Whether Python takes the value for true.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_none_or(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// `str.strip()`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `int(value)` for whole numbers and plain digits.
pub(super) fn int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => {
            let is_plain =
                !text.is_empty() && text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| text.parse().ok())?
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `ast.literal_eval` of a list or tuple of plain values.
pub(super) fn literal_list(text: &str) -> Option<Vec<Value>> {
    let inner = text.trim_start_matches([' ', '\t']).trim_end_matches([' ', '\t', '\n']);
    let is_list = inner.starts_with(['[', '(']) && inner.ends_with([']', ')']);
    // A character that is written by its name needs Python's list of names.
    if !is_list || inner.contains("\\N") {
        return None;
    }
    match parse_literal(inner)? {
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => Some(items),
        _ => None,
    }
}

/// `str.capitalize()`, where the first letter's title form is its upper-case form.
pub(super) fn capitalize(text: &str) -> Option<String> {
    let Some(first) = text.chars().next() else { return Some(String::new()) };
    let mut upper = first.to_uppercase();
    let is_special =
        matches!(u32::from(first), 0x1c4..=0x1cc | 0x1f1..=0x1f3 | 0x10d0..=0x10ff | 0x1f80..=0x1fff);
    let (Some(head), None) = (upper.next(), upper.next()) else { return None };
    // Where a sigma stands decides its lower-case form.
    if is_special || text.contains('Σ') {
        return None;
    }
    let rest = text.get(first.len_utf8()..)?;
    Some(format!("{head}{}", rest.to_lowercase()))
}

/// `re.sub(r"\[.*?\]", "", text)`.
pub(super) fn without_brackets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        let end = after.find([']', '\n']);
        match end.and_then(|end| after.split_at_checked(end)) {
            Some((_, tail)) if tail.starts_with(']') => rest = tail.get(1..).unwrap_or_default(),
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// `re.sub(r"\b(a|an|the)\b", " ", text)`; `None` where engines may differ on what is part of a word.
pub(super) fn without_articles(text: &str) -> Option<String> {
    // Letters in circles and squares are letters to Unicode, signs to Python.
    let is_unsure = |c: char| matches!(u32::from(c), 0x24b6..=0x24e9 | 0x1f130..=0x1f149 | 0x1f150..=0x1f169 | 0x1f170..=0x1f189);
    if text.chars().any(is_unsure) {
        return None;
    }
    let is_word = |c: char| c == '_' || c.is_alphanumeric() && !is_combining_mark(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at_checked(rest.find(|c| !is_word(c)).unwrap_or(rest.len()))?;
        out.push_str(if ["a", "an", "the"].contains(&word) { " " } else { word });
        let (other, after) = after.split_at_checked(after.find(is_word).unwrap_or(after.len()))?;
        out.push_str(other);
        rest = after;
    }
    Some(out)
}

/// A template of `str.format`, or the text of a formatted string, with plain fields only: `{}`, `{name}`, `{name[key]}`.
pub(super) struct Template(Vec<(String, Option<String>)>);

impl Template {
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut before = String::new();
        let mut rest = text;
        while let Some(place) = rest.find(['{', '}']) {
            before.push_str(rest.get(..place)?);
            let brace = rest.get(place..place + 1)?;
            let after = rest.get(place + 1..)?;
            if let Some(after) = after.strip_prefix(brace) {
                before.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) = after.split_once('}').filter(|_| brace == "{")?;
            if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '[' | ']')) {
                return None;
            }
            pieces.push((std::mem::take(&mut before), Some(name.to_owned())));
            rest = after;
        }
        before.push_str(rest);
        pieces.push((before, None));
        Some(Self(pieces))
    }

    /// Every field that is named.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(_, name)| name.as_deref())
    }

    /// The text with each field from `values`, by name; `{}` are named `0`, `1` and so on.
    pub(super) fn format(&self, values: &BTreeMap<String, String>) -> Option<String> {
        let mut out = String::new();
        let mut counted = 0_usize;
        for (before, name) in &self.0 {
            out.push_str(before);
            match name.as_deref() {
                None => {}
                Some("") => {
                    out.push_str(values.get(&counted.to_string())?);
                    counted += 1;
                }
                Some(name) => out.push_str(values.get(name)?),
            }
        }
        Some(out)
    }

    /// The text with `values` for its `{}`, in order.
    pub(super) fn fill(&self, values: &[&str]) -> Option<String> {
        let values = values.iter().enumerate().map(|(place, value)| (place.to_string(), (*value).to_owned()));
        self.format(&values.collect())
    }
}

/// The literal that the first line `NAME = LITERAL` in the text of a function begins.
pub(super) fn inner_literal(function: &str, name: &str) -> Option<Value> {
    let mut rest = function;
    loop {
        let (_, after) = rest.split_once(name)?;
        let is_alone =
            rest.get(..rest.len() - after.len() - name.len())?.trim_end_matches(' ').ends_with('\n');
        match after.strip_prefix(" = ") {
            Some(value) if is_alone => return literal_prefix(value),
            _ => rest = after,
        }
    }
}

/// The literal with which `text` begins: the shortest one that ends with a line.
fn literal_prefix(text: &str) -> Option<Value> {
    let ends = text.match_indices('\n').map(|(place, _)| place);
    ends.take(200).find_map(|end| parse_literal(text.get(..end)?))
}
