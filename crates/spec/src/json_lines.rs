//! One line of a file that holds a JSON object a line: its keys checked, what is wrong noted with its place.

use crate::csv_rows::RowProblem;
use daepyo_messages::{Explain, Message};
use serde_json::{Map, Value};
use std::str::FromStr;

/// The lines of a file that are not blank, each with its number from 1.
pub(crate) fn lines(source: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    let numbered = (1..).zip(source.split(|byte| *byte == b'\n'));
    numbered.filter(|(_, text)| !text.trim_ascii().is_empty())
}

/// The reader's own words, quoted as one piece.
pub(crate) fn unreadable(error: &serde_json::Error) -> Message {
    Message::new("row-unreadable").with("detail", error.to_string().replace('`', "'"))
}

pub(crate) struct Line<'a> {
    pub(crate) line: u64,
    pub(crate) problems: &'a mut Vec<RowProblem>,
}

impl Line<'_> {
    pub(crate) fn problem(&mut self, key: Option<&str>, message: Message) {
        self.problems.push(RowProblem { line: self.line, column: key.map(str::to_owned), message });
    }

    /// The object of a line; keys that are none of `known` are noted.
    pub(crate) fn object(&mut self, text: &[u8], known: &[&str]) -> Option<Map<String, Value>> {
        let Ok(text) = str::from_utf8(text) else {
            self.problem(None, Message::new("row-not-utf8"));
            return None;
        };
        let object: Map<String, Value> = match serde_json::from_str(text) {
            Ok(object) => object,
            Err(error) => {
                self.problem(None, unreadable(&error));
                return None;
            }
        };
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.problem(Some(key), Message::new("row-unknown-key").with("known", known.join(", ")));
        }
        Some(object)
    }

    /// Text that is there and not empty.
    pub(crate) fn text(&mut self, object: &Map<String, Value>, key: &str) -> Option<String> {
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

    /// Text that parses as `T`.
    pub(crate) fn parse<T: FromStr<Err: Explain>>(
        &mut self,
        object: &Map<String, Value>,
        key: &str,
    ) -> Option<T> {
        match self.text(object, key)?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(Some(key), error.explain());
                None
            }
        }
    }
}
