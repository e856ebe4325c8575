//! The fields of a request body, read one by one so that each has its own message.

use super::failure::Failure;
use axum::{body::Bytes, extract::rejection::BytesRejection};
use daepyo_core::GenerateParams;
use serde_json::{Map, Value};

/// A request body. Fields that are `null` count as absent; fields that this server does not know are left alone.
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    pub(crate) fn read(body: Result<Bytes, BytesRejection>) -> Result<Self, Failure> {
        match serde_json::from_slice(&body?) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Failure::body("the body is not a JSON object".to_owned())),
            Err(error) => Err(Failure::body(format!("the body is not JSON: {error}"))),
        }
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        let wrong = || Failure::field(name, "is not a text");
        self.value(name).map(|value| value.as_str().ok_or_else(wrong)).transpose()
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Failure> {
        let wrong = || Failure::field(name, "is neither true nor false");
        self.value(name).map_or(Ok(false), |value| value.as_bool().ok_or_else(wrong))
    }

    /// A whole number from 0 on.
    pub(crate) fn count(&self, name: &'static str) -> Result<Option<u32>, Failure> {
        let wrong = || Failure::field(name, "is not a whole number from 0 on");
        let read = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok()).ok_or_else(wrong);
        self.value(name).map(read).transpose()
    }

    fn number(&self, name: &'static str, least: f64, most: f64, absent: f64) -> Result<f64, Failure> {
        match self.value(name) {
            None => Ok(absent),
            Some(value) => value
                .as_f64()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| Failure::field(name, &format!("is not a number from {least} to {most}"))),
        }
    }

    fn stop(&self) -> Result<Vec<String>, Failure> {
        let wrong = || Failure::field("stop", "is neither a text nor a list of texts");
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(wrong);
        match self.value("stop") {
            None => Ok(Vec::new()),
            Some(Value::Array(stops)) => stops.iter().map(text).collect(),
            Some(value) => Ok(vec![text(value)?]),
        }
    }

    /// How to write; `seed` is for a request that brings none.
    pub(crate) fn params(&self, max_tokens: u32, seed: u64) -> Result<GenerateParams, Failure> {
        let wrong = || Failure::field("seed", "is not a whole number");
        let seed = match self.value("seed") {
            None => seed,
            Some(value) => {
                value.as_u64().or_else(|| value.as_i64().map(i64::cast_unsigned)).ok_or_else(wrong)?
            }
        };
        Ok(GenerateParams {
            max_tokens,
            temperature: self.number("temperature", 0.0, 100.0, 1.0)?,
            top_p: self.number("top_p", 0.0, 1.0, 1.0)?,
            stop: self.stop()?,
            seed,
        })
    }

    /// Refuses what would change an answer and is not done here, rather than leave it out in silence.
    pub(crate) fn refuse_what_is_not_done(&self) -> Result<(), Failure> {
        for name in ["n", "best_of"] {
            if self.count(name)?.is_some_and(|n| n != 1) {
                return Err(Failure::field(name, "can only be 1 here"));
            }
        }
        for name in ["frequency_penalty", "presence_penalty"] {
            if self.value(name).is_some_and(|value| value.as_f64() != Some(0.0)) {
                return Err(Failure::field(name, "can only be 0 here"));
            }
        }
        for name in ["suffix", "logit_bias", "tools", "functions", "grammar", "response_format"] {
            let empty = |value: &Value| match value {
                Value::Object(fields) => {
                    fields.is_empty() || fields.get("type").and_then(Value::as_str) == Some("text")
                }
                Value::Array(items) => items.is_empty(),
                Value::String(text) => text.is_empty(),
                Value::Null | Value::Bool(_) | Value::Number(_) => false,
            };
            if self.value(name).is_some_and(|value| !empty(value)) {
                return Err(Failure::field(name, "is not supported here"));
            }
        }
        Ok(())
    }
}
