//! Reads lm-evaluation-harness's `samples_*.jsonl`: every line has the arguments of its requests and what came back.
//!
//! lm-eval writes responses as texts (`"-1.5"`, `"True"`) and arguments either as `{"gen_args_0": {"arg_0": …}}` or, in
//! older files, as lists; messages come as the JSON text of a list. It keeps neither why a generation ended (read as
//! `stop`) nor the tokens of a continuation (read as 1).

use super::{FormatProblem, FormatReadError, LINE_LIMIT_BYTES, ROUNDING_NATS};
use crate::plain_json;
use daepyo_backend::{Recorded, Recording};
use daepyo_core::{Finish, Message, Prompt};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

/// The responses in a file of samples. Lines of one document behind several filters repeat each other.
///
/// # Errors
/// With the number of the first line that can't be used.
pub fn read_lm_eval_samples(mut lines: impl BufRead) -> Result<Recording, FormatReadError> {
    let mut recording = Recording::rounded(ROUNDING_NATS);
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        line += 1;
        let wrong = |problem| FormatReadError { place: format!("line {line}"), problem };
        bytes.clear();
        let mut bounded = (&mut lines).take(LINE_LIMIT_BYTES + 1);
        if bounded.read_until(b'\n', &mut bytes).map_err(|error| wrong(FormatProblem::Read(error)))? == 0 {
            return Ok(recording);
        }
        if bytes.len() as u64 > LINE_LIMIT_BYTES {
            return Err(wrong(FormatProblem::TooLong));
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if text.trim_ascii().is_empty() {
            continue;
        }
        let sample: Sample =
            plain_json::from_slice(text).map_err(|error| wrong(FormatProblem::Json(error)))?;
        for recorded in sample.recorded().map_err(|problem| wrong(FormatProblem::Content(problem)))? {
            recording.add(line, recorded).map_err(|error| wrong(FormatProblem::Response(error)))?;
        }
    }
}

#[derive(Deserialize)]
struct Sample {
    arguments: Value,
    resps: Vec<Value>,
}

/// What one request asked.
#[derive(Clone, Debug, PartialEq)]
enum Asked {
    Pair(String, String),
    Rolling(String),
    Generation(Prompt),
}

impl Sample {
    fn recorded(&self) -> Result<Vec<Recorded>, String> {
        let asked = self.asked()?;
        if asked.len() != self.resps.len() {
            return Err(format!("it has {} requests and {} responses", asked.len(), self.resps.len()));
        }
        let mut found: Vec<Recorded> = Vec::new();
        let mut generations: BTreeMap<String, (&Prompt, Vec<&str>)> = BTreeMap::new();
        for (asked, responses) in asked.iter().zip(&self.resps) {
            let repeats = responses.as_array().map_or(std::slice::from_ref(responses), Vec::as_slice);
            for response in repeats.iter().filter(|response| !response.is_null()) {
                match asked {
                    Asked::Pair(context, continuation) => {
                        let (logprob, is_greedy) = judged(response)?;
                        let (context, continuation) = (context.clone(), continuation.clone());
                        found.push(Recorded::Loglikelihood {
                            context,
                            continuation,
                            logprob,
                            is_greedy,
                            tokens: 1,
                        });
                    }
                    Asked::Rolling(text) => {
                        let logprob = number(response.get(0).unwrap_or(response))?;
                        found.push(Recorded::Rolling { text: text.clone(), logprob, tokens: 1 });
                    }
                    Asked::Generation(prompt) => {
                        let text = response.as_str().ok_or("a response to a generation is not a text")?;
                        let key = serde_json::to_string(prompt).map_err(|error| error.to_string())?;
                        generations.entry(key).or_insert((prompt, Vec::new())).1.push(text);
                    }
                }
            }
        }
        for (prompt, texts) in generations.into_values() {
            let several = texts.len() > 1;
            for (repeat, text) in (0..).zip(texts) {
                found.push(Recorded::Generation {
                    prompt: prompt.clone(),
                    repeat: several.then_some(repeat),
                    text: text.to_owned(),
                    finish: Finish::Stop,
                    prompt_tokens: None,
                    completion_tokens: None,
                });
            }
        }
        Ok(found)
    }

    /// The arguments of every request, in order.
    fn asked(&self) -> Result<Vec<Asked>, String> {
        match &self.arguments {
            Value::Object(requests) => (0..requests.len())
                .map(|place| {
                    let request = requests.get(&format!("gen_args_{place}"));
                    let request = request.ok_or_else(|| format!("`arguments` has no `gen_args_{place}`"))?;
                    asked(request.get("arg_0"), request.get("arg_1"))
                })
                .collect(),
            Value::Array(requests) => {
                requests.iter().map(|request| asked(request.get(0), request.get(1))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err("`arguments` is neither an object nor a list".to_owned())
            }
        }
    }
}

fn asked(first: Option<&Value>, second: Option<&Value>) -> Result<Asked, String> {
    let first = first.ok_or("a request has no arguments")?;
    match (first, second) {
        (Value::String(context), Some(Value::String(continuation))) => {
            Ok(Asked::Pair(context.clone(), continuation.clone()))
        }
        (Value::String(text), None | Some(Value::Null)) => Ok(Asked::Rolling(text.clone())),
        (Value::String(text), Some(Value::Object(_))) => {
            Ok(Asked::Generation(messages(text).unwrap_or_else(|| Prompt::Text(text.clone()))))
        }
        (Value::Array(parts), Some(Value::Object(_))) => {
            let text = parts.first().and_then(Value::as_str).filter(|_| parts.len() == 1);
            let prompt = text.and_then(messages).ok_or("a request's messages can't be read")?;
            Ok(Asked::Generation(prompt))
        }
        _ => Err("a request's arguments are of no known kind".to_owned()),
    }
}

/// Messages from the JSON text of a list of them; one user turn alone is a text.
fn messages(text: &str) -> Option<Prompt> {
    if !text.trim_start().starts_with("[{") {
        return None;
    }
    let values: Vec<Value> = serde_json::from_str(text).ok()?;
    let of = |value: &Value| {
        let role = serde_json::from_value(value.get("role")?.clone()).ok()?;
        Some(Message { role, content: value.get("content")?.as_str()?.to_owned() })
    };
    Some(super::inspect::prompt(values.iter().map(of).collect::<Option<_>>()?))
}

/// A log-likelihood with its greedy flag.
fn judged(response: &Value) -> Result<(f64, bool), String> {
    let flag = match response.get(1) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) if text == "True" => true,
        Some(Value::String(text)) if text == "False" => false,
        _ => return Err("a response to a log-likelihood has no `True` or `False`".to_owned()),
    };
    Ok((number(response.get(0).unwrap_or(&Value::Null))?, flag))
}

fn number(value: &Value) -> Result<f64, String> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    number.filter(|number| !number.is_nan()).ok_or_else(|| "a log-probability is not a number".to_owned())
}
