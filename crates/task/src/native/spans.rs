//! `MasakhaNER`: F1 over the named entities in written answers.

use super::{
    port::{Make, Port},
    python_text::{strip, without_articles},
};
use crate::{hook::items, python::is_space};
use serde_json::{Value, json};

/// Punctuation, runs of which become one space: ASCII's but for the backslash, and the bullet.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() && c != '\\' || c == '•'
}

/// Text in lower case without punctuation, articles and superfluous white space.
fn normal(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut was_punctuation = false;
    for c in text.chars() {
        let is_one = is_punctuation(c);
        if !is_one {
            plain.push(c);
        } else if !was_punctuation {
            plain.push(' ');
        }
        was_punctuation = is_one;
    }
    let plain = without_articles(&plain)?;
    Some(without_long_gaps(&plain).to_lowercase())
}

/// Three and more white-space characters vanish, and tabs; what is left of white space becomes one space.
fn without_long_gaps(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_space) {
        let (before, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let (gap, after) = after
            .split_at_checked(after.find(|c| !is_space(c)).unwrap_or(after.len()))
            .unwrap_or((after, ""));
        kept.push_str(before);
        if gap.chars().count() < 3 {
            kept.extend(gap.chars().filter(|c| *c != '\t'));
        }
        rest = after;
    }
    kept.push_str(rest);
    let mut out = String::with_capacity(kept.len());
    for c in kept.chars() {
        if !is_space(c) {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// Kind and text of each entity in a written answer.
fn spans(value: &Value) -> Option<Vec<(String, String)>> {
    let written = if let Some(text) = value.as_str() {
        text.to_owned()
    } else {
        let parts: Vec<&str> = value.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        parts.into_iter().map(strip).collect::<Vec<_>>().join(" ")
    };
    let pieces = strip(&written).split("$$").flat_map(|part| part.split('$')).filter(|item| !item.is_empty());
    let items =
        pieces.flat_map(|piece| strip(piece).split(". ")).flat_map(|part| part.split(", ")).map(strip);
    let mut found = Vec::new();
    for item in items {
        let mut parts = item.split(": ");
        if let (Some(kind), Some(entity), None) = (parts.next(), parts.next(), parts.next()) {
            found.push((normal(strip(kind))?, normal(strip(entity))?));
        }
    }
    Some(found)
}

/// F1 over the entities of all documents.
pub(super) const SPAN_F1: Make = |_| {
    Some(Port::Aggregate(Box::new(|collected| {
        let (mut right, mut superfluous, mut missed) = (0.0, 0.0, 0.0);
        for pair in collected {
            let [expected, predicted] = items(pair)? else { return None };
            let mut expected = spans(expected)?;
            for span in spans(predicted)? {
                match expected.iter().position(|known| *known == span) {
                    Some(place) => {
                        expected.remove(place);
                        right += 1.0;
                    }
                    None => superfluous += 1.0,
                }
            }
            for _ in expected {
                missed += 1.0;
            }
        }
        let small = 1e-13;
        let precision = right / (right + superfluous + small);
        let recall = right / (right + missed + small);
        (!collected.is_empty()).then(|| json!(2.0 * (precision * recall / (precision + recall + small))))
    })))
};
