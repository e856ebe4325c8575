//! Reads the lines of a replay file, each error with its line number.

use super::recording::{Key, Recording, RecordingError};
use daepyo_core::{Finish, Response, StoredExchange};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{BufRead, Read};

/// Longest line of a replay file, in bytes.
pub(super) const LINE_LIMIT_BYTES: u64 = 16 << 20;

/// A replay file that can't be used.
#[derive(Debug, thiserror::Error)]
#[error("replay::line: line {line} can't be used")]
pub struct ReplayError {
    /// Number of the line, from 1.
    pub line: u64,
    /// What is wrong with it.
    #[source]
    pub problem: ReplayLineError,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum ReplayLineError {
    /// The file can't be read on.
    #[error("the file can't be read")]
    Read(#[source] std::io::Error),
    /// More bytes than a line may have.
    #[error("it is longer than {LINE_LIMIT_BYTES} bytes")]
    TooLong,
    /// Not an object of the shape that its keys promise.
    #[error("it is not JSON of a known shape")]
    Json(#[source] serde_json::Error),
    /// None of the keys that tell the shapes apart.
    #[error("it has none of the keys `request`, `prompt`, `context`, `rolling` and `otherwise`")]
    UnknownShape,
    /// A log-probability above 0.
    #[error("{0} is not a log-probability: it is greater than 0")]
    Positive(f64),
    /// The same thing has another response in an earlier line.
    #[error("line {first} gives another response to the same {what}")]
    Contradiction {
        /// The earlier line.
        first: u64,
        /// What is answered.
        what: &'static str,
    },
}

impl From<RecordingError> for ReplayLineError {
    fn from(error: RecordingError) -> Self {
        match error {
            RecordingError::Positive(logprob) => Self::Positive(logprob),
            RecordingError::Contradiction { first, what } => Self::Contradiction { first, what },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PromptLine {
    prompt: String,
    text: String,
    #[serde(default = "stop")]
    finish: Finish,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherwiseLine {
    otherwise: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairLine {
    context: String,
    continuation: String,
    logprob: f64,
    is_greedy: bool,
    #[serde(default = "one")]
    tokens: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollingLine {
    rolling: String,
    logprob: f64,
    tokens: u32,
}

fn stop() -> Finish {
    Finish::Stop
}

fn one() -> u32 {
    1
}

/// All recorded responses, or the first line that can't be used.
pub(super) fn read_lines(mut lines: impl BufRead) -> Result<Recording, ReplayError> {
    let mut recording = Recording::new();
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        line += 1;
        let wrong = |problem| ReplayError { line, problem };
        bytes.clear();
        let mut bounded = (&mut lines).take(LINE_LIMIT_BYTES + 1);
        let read = bounded.read_until(b'\n', &mut bytes);
        if read.map_err(|error| wrong(ReplayLineError::Read(error)))? == 0 {
            return Ok(recording);
        }
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LINE_LIMIT_BYTES {
            return Err(wrong(ReplayLineError::TooLong));
        }
        let mut text = bytes.as_slice();
        if line == 1 {
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let (key, response) = parse(text).map_err(wrong)?;
        recording.keep(line, key, response).map_err(|problem| wrong(problem.into()))?;
    }
}

fn parse(text: &[u8]) -> Result<(Key, Response), ReplayLineError> {
    let value: Value = serde_json::from_slice(text).map_err(ReplayLineError::Json)?;
    let has = |key: &str| value.get(key).is_some();
    if has("request") {
        let exchange: StoredExchange = shape(value)?;
        return Ok((Key::Request(exchange.request), exchange.response));
    }
    let (key, response) = if has("prompt") {
        let line: PromptLine = shape(value)?;
        let response = Response::Generated {
            text: line.text,
            finish: line.finish,
            prompt_tokens: None,
            completion_tokens: None,
        };
        (Key::prompt(&line.prompt), response)
    } else if has("context") {
        let line: PairLine = shape(value)?;
        let response =
            Response::Loglikelihood { logprob: line.logprob, is_greedy: line.is_greedy, tokens: line.tokens };
        (Key::pair(&line.context, &line.continuation), response)
    } else if has("rolling") {
        let line: RollingLine = shape(value)?;
        let response = Response::LoglikelihoodRolling { logprob: line.logprob, tokens: line.tokens };
        (Key::rolling(&line.rolling), response)
    } else if has("otherwise") {
        let line: OtherwiseLine = shape(value)?;
        let response = Response::Generated {
            text: line.otherwise,
            finish: Finish::Stop,
            prompt_tokens: None,
            completion_tokens: None,
        };
        (Key::Otherwise, response)
    } else {
        return Err(ReplayLineError::UnknownShape);
    };
    Ok((key, response))
}

fn shape<T: DeserializeOwned>(value: Value) -> Result<T, ReplayLineError> {
    serde_json::from_value(value).map_err(ReplayLineError::Json)
}
