//! Recorded responses: a file of JSON lines, read as a backend and written by [`Recorder`].
//!
//! Every line is an object of one of these shapes, told apart by its keys; other keys are errors. Blank lines and
//! a byte-order mark at the beginning are passed over.
//!
//! | line | answers |
//! | --- | --- |
//! | `{"request": "sha256:…", "response": {…}}` | the request with this digest ([`daepyo_core::StoredExchange`]) |
//! | `{"prompt": "…", "text": "…", "finish": "stop"}` | every generation from this text, or from messages whose last user turn is this text; `finish` is `stop`, `length` or `content_filter`, by default `stop`; stop texts are cut off |
//! | `{"context": "…", "continuation": "…", "logprob": -1.5, "is_greedy": false, "tokens": 2}` | the log-likelihood; `tokens` may be left out |
//! | `{"rolling": "…", "logprob": -20.5, "tokens": 9}` | the rolling log-likelihood of the text |
//! | `{"otherwise": "…"}` | in conversations that people watch, whatever nothing else answers; never a run's request |
//!
//! A digest goes before a prompt. Two lines for the same thing must say the same.

mod line;
mod record;
mod recording;

pub use line::{ReplayError, ReplayLineError};
pub use record::Recorder;
pub use recording::{Recorded, Recording, RecordingError};

use crate::{Answers, Backend, BackendError, Capabilities, ChatSupport, stop};
use daepyo_core::{FailureClass, Finish, Request, Response};
use line::read_lines;
use recording::Key;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// Recorded responses as a backend. It answers at once, and a request without a recorded response with
/// [`FailureClass::NotRecorded`].
#[derive(Debug)]
pub struct ReplayBackend {
    recorded: Recording,
}

impl ReplayBackend {
    /// Reads a file.
    ///
    /// # Errors
    /// [`BackendError::File`], with a [`ReplayError`] that names the line as its cause.
    pub fn open(path: &Path) -> Result<Self, BackendError> {
        let wrong = |cause: Box<dyn std::error::Error + Send + Sync>| BackendError::File {
            path: path.display().to_string(),
            what: "recorded responses",
            cause,
        };
        let file = File::open(path).map_err(|error| wrong(error.into()))?;
        Self::read(BufReader::new(file)).map_err(|error| wrong(error.into()))
    }

    /// Reads lines.
    ///
    /// # Errors
    /// With the number of the first line that can't be used.
    pub fn read(lines: impl BufRead) -> Result<Self, ReplayError> {
        let recorded = read_lines(lines)?;
        Ok(Self { recorded })
    }

    /// How many different things have a recorded response.
    pub fn len(&self) -> usize {
        self.recorded.len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.recorded.is_empty()
    }

    /// The recorded response to one request.
    pub fn respond(&self, request: &Request) -> Response {
        let found = self
            .recorded
            .get(&Key::Request(request.digest()))
            .filter(|response| is_answer(request, response))
            .cloned()
            .or_else(|| self.by_content(request));
        found.unwrap_or_else(|| Response::Failed {
            class: FailureClass::NotRecorded,
            message: format!("no response is recorded for request {}", request.digest()),
        })
    }

    /// The answer of a conversation to which no other is recorded, where the file has one.
    pub(crate) fn otherwise(&self) -> Option<Response> {
        self.recorded.get(&Key::Otherwise).cloned()
    }

    fn by_content(&self, request: &Request) -> Option<Response> {
        let mut response = self.recorded.by_content(request)?.clone();
        if let (Response::Generated { text, finish, .. }, Request::Generate { params, .. }) =
            (&mut response, request)
            && let (kept, true) = stop::cut(text, &params.stop)
        {
            *text = kept.to_owned();
            *finish = Finish::Stop;
        }
        Some(response)
    }
}

impl From<Recording> for ReplayBackend {
    fn from(recorded: Recording) -> Self {
        Self { recorded }
    }
}

#[async_trait::async_trait]
impl Backend for ReplayBackend {
    async fn capabilities(&self) -> Result<Capabilities, BackendError> {
        let is_loglikelihood = |response: &Response| {
            matches!(response, Response::Loglikelihood { .. } | Response::LoglikelihoodRolling { .. })
        };
        Ok(Capabilities {
            loglikelihood: self.recorded.responses().any(is_loglikelihood),
            context_tokens: None,
            chat: ChatSupport::Native,
            added_bos: None,
        })
    }

    async fn answer(&self, requests: Arc<[Request]>, answers: Answers) -> Result<(), BackendError> {
        for (position, request) in requests.iter().enumerate() {
            if answers.send((position, self.respond(request))).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    fn tokenize(&self, _text: &str) -> Option<Vec<u32>> {
        None
    }
}

/// Whether a response is of the kind that the request asks for: a digest in a hostile file may name another.
fn is_answer(request: &Request, response: &Response) -> bool {
    match response {
        Response::Loglikelihood { .. } => matches!(request, Request::Loglikelihood { .. }),
        Response::LoglikelihoodRolling { .. } => matches!(request, Request::LoglikelihoodRolling { .. }),
        Response::Generated { .. } => matches!(request, Request::Generate { .. }),
        Response::Failed { .. } => true,
    }
}
