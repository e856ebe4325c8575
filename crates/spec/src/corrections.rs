//! Corrections from a file with one JSON object a line, each checked, all bad lines reported at once.

use crate::csv_rows::{RowProblem, Rows};
use daepyo_core::{Correction, Digest, Observation, StageId};
use daepyo_messages::{Explain, Message};
use serde_json::{Map, Value};

const KEYS: [&str; 3] = ["corrects", "replacement", "reason"];

/// Corrections, from the keys `corrects` (the digest of what was wrong), `replacement` (a whole observation, or `null`
/// where nothing stands in its place) and `reason`.
pub fn read_corrections(source: &[u8], stage: &StageId) -> Rows<Correction> {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (text, line) in source.split(|byte| *byte == b'\n').zip(1..) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let mut line = Line { line, problems: &mut problems };
        found.extend(line.correction(text, stage));
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// The reader's own words, quoted as one piece.
fn unreadable(error: &serde_json::Error) -> Message {
    Message::new("row-unreadable").with("detail", error.to_string().replace('`', "'"))
}

struct Line<'a> {
    line: u64,
    problems: &'a mut Vec<RowProblem>,
}

impl Line<'_> {
    fn problem(&mut self, key: Option<&str>, message: Message) {
        self.problems.push(RowProblem { line: self.line, column: key.map(str::to_owned), message });
    }

    fn correction(&mut self, text: &[u8], stage: &StageId) -> Option<Correction> {
        let Ok(text) = str::from_utf8(text) else {
            self.problem(None, Message::new("row-not-utf8"));
            return None;
        };
        let mut object: Map<String, Value> = match serde_json::from_str(text) {
            Ok(object) => object,
            Err(error) => {
                self.problem(None, unreadable(&error));
                return None;
            }
        };
        for key in object.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            self.problem(Some(key), Message::new("row-unknown-key").with("known", KEYS.join(", ")));
        }
        let (corrects, reason) = (self.text(&object, "corrects"), self.text(&object, "reason"));
        let corrects = corrects.and_then(|text| match text.parse::<Digest>() {
            Ok(digest) => Some(digest),
            Err(error) => {
                self.problem(Some("corrects"), error.explain());
                None
            }
        });
        let replacement = match object.remove("replacement") {
            // Left out by a slip is not the same as nothing.
            None => {
                self.problem(Some("replacement"), Message::new("row-missing-key"));
                return None;
            }
            Some(Value::Null) => None,
            Some(value) => match serde_json::from_value::<Observation>(value) {
                Ok(observation) => Some(Box::new(observation)),
                Err(error) => {
                    self.problem(Some("replacement"), unreadable(&error));
                    return None;
                }
            },
        };
        Some(Correction { stage: stage.clone(), corrects: corrects?, replacement, reason: reason? })
    }

    /// Text that is there and not empty.
    fn text(&mut self, object: &Map<String, Value>, key: &str) -> Option<String> {
        match object.get(key) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
            Some(Value::String(_)) => {
                self.problem(Some(key), Message::new("reason-empty"));
                None
            }
            Some(_) => {
                self.problem(Some(key), Message::new("row-not-text"));
                None
            }
            None => {
                self.problem(Some(key), Message::new("row-missing-key"));
                None
            }
        }
    }
}
