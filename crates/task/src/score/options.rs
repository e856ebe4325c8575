//! Options of one filter or metric, read with their types; what is left unread is an error.

use super::error::{ScoreError, nearest};
use serde_json::{Map, Value};

/// The options of one filter or metric.
pub(super) struct Options<'a> {
    owner: &'a str,
    values: &'a Map<String, Value>,
}

impl<'a> Options<'a> {
    /// Options of `owner`, after checking that each of them is one of `known` or `common`.
    pub(super) fn new(
        owner: &'a str,
        values: &'a Map<String, Value>,
        common: &[&str],
        known: &[&str],
    ) -> Result<Self, ScoreError> {
        for option in values.keys() {
            if !known.contains(&option.as_str()) && !common.contains(&option.as_str()) {
                return Err(ScoreError::UnknownOption {
                    owner: owner.to_owned(),
                    option: option.clone(),
                    nearest: nearest(option, known),
                });
            }
        }
        Ok(Self { owner, values })
    }

    fn bad(&self, option: &str, expected: &'static str) -> ScoreError {
        ScoreError::BadOption { owner: self.owner.to_owned(), option: option.to_owned(), expected }
    }

    fn get(&self, option: &str) -> Option<&'a Value> {
        self.values.get(option).filter(|value| !value.is_null())
    }

    /// A boolean; `false` where it is not written.
    pub(super) fn flag(&self, option: &str) -> Result<bool, ScoreError> {
        self.get(option)
            .map_or(Ok(false), |value| value.as_bool().ok_or_else(|| self.bad(option, "`true` or `false`")))
    }

    /// A text, or `default`.
    pub(super) fn text(&self, option: &str, default: &str) -> Result<String, ScoreError> {
        self.get(option).map_or_else(
            || Ok(default.to_owned()),
            |value| value.as_str().map(str::to_owned).ok_or_else(|| self.bad(option, "text")),
        )
    }

    /// A whole number, or `default`.
    pub(super) fn integer(&self, option: &str, default: i64) -> Result<i64, ScoreError> {
        self.get(option)
            .map_or(Ok(default), |value| value.as_i64().ok_or_else(|| self.bad(option, "a whole number")))
    }

    /// A list of texts; empty where it is not written. One text alone is a list of one.
    pub(super) fn texts(&self, option: &str) -> Result<Vec<String>, ScoreError> {
        let expected = "a list of texts";
        match self.get(option) {
            None => Ok(Vec::new()),
            Some(Value::String(one)) => Ok(vec![one.clone()]),
            Some(Value::Array(many)) => many
                .iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| self.bad(option, expected)))
                .collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
                Err(self.bad(option, expected))
            }
        }
    }

    /// A mapping; empty where it is not written.
    pub(super) fn mapping(&self, option: &str) -> Result<Map<String, Value>, ScoreError> {
        self.get(option).map_or_else(
            || Ok(Map::new()),
            |value| value.as_object().cloned().ok_or_else(|| self.bad(option, "a mapping")),
        )
    }

    /// Any value; null where it is not written.
    pub(super) fn any(&self, option: &str) -> Value {
        self.get(option).cloned().unwrap_or(Value::Null)
    }

    /// The error for a value of the wrong kind.
    pub(super) fn reject(&self, option: &str, expected: &'static str) -> ScoreError {
        self.bad(option, expected)
    }
}
