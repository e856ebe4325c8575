//! Answers of an OpenAI-compatible server as they are written: `/chat/completions` with `stream`.
//!
//! vLLM, llama-server and vendors are talked to so, and local models behind `daepyo model serve`. An attempt that fails
//! before its first piece is repeated by the rules of [`OpenAiBackend`](super::OpenAiBackend), within the time of the whole
//! answer; after the first piece nothing is. Whoever reads drives everything: there is no task and no queue in between.

mod lines;
mod reader;
mod reading;

pub(super) use reader::{Reader, Said};

use super::body::{self, is_events, read_words};
use super::client::{Client, Unanswered};
use super::retry_after::retry_after;
use super::sent::{Dialect, Generation};
use super::trouble::{Next, Trouble, clean};
use super::written::{Form, Written};
use super::{ApiKey, OpenAiOptions, Paths, retry};
use crate::BackendError;
use crate::talk::{Piece, Pieces, Talk, TalkError};
use daepyo_core::{FailureClass, GenerateParams, Message, Prompt};
use futures_util::{StreamExt, stream};
use http_body_util::BodyStream;
use hyper::Uri;
use reading::{Bounds, Reading};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// So much of an answer may lie unread in a connection, beside what the system's sockets hold.
const READ_AHEAD_BYTES: usize = 64 << 10;

/// The times of one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkTimes {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// From the beginning of an attempt to its first token, of reasoning or of the answer.
    pub first_token: Duration,
    /// From one token, or from the reader's asking where that is later, to the next.
    pub between_tokens: Duration,
    /// For the whole, attempts and pauses included.
    pub whole: Duration,
}

impl Default for TalkTimes {
    /// 10 s, 60 s, 30 s, 5 minutes.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_mins(1),
            between_tokens: Duration::from_secs(30),
            whole: Duration::from_mins(5),
        }
    }
}

impl TalkTimes {
    /// Which time passed: that of the whole, else that to the first token, else that between tokens.
    pub fn passed(&self, has_token: bool, is_whole: bool) -> TalkError {
        let ms = |limit: Duration| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        if is_whole {
            TalkError::Deadline { limit_ms: ms(self.whole) }
        } else if has_token {
            TalkError::Stalled { limit_ms: ms(self.between_tokens) }
        } else {
            TalkError::FirstToken { limit_ms: ms(self.first_token) }
        }
    }
}

/// Settings of an [`OpenAiTalk`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TalkOptions {
    /// Address, model, key, attempts and the longest body. `concurrency` is the number of connections that are kept while
    /// nobody talks; `deadline`, `streaming` and `chat` mean nothing here.
    pub server: OpenAiOptions,
    /// Times.
    pub times: TalkTimes,
    /// Longest line and longest event, in bytes.
    pub event_limit_bytes: usize,
    /// Longest answer, in Unicode scalar values: it ends there as if its tokens were used up.
    pub longest_chars: usize,
}

impl TalkOptions {
    /// Settings with the usual limits: 3 attempts with pauses of at most 2 s, 256 KiB an event, 64,000 characters.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        let mut server = OpenAiOptions::new(base_url, model);
        server.retry.attempts = 3;
        server.retry.greatest_pause = Duration::from_secs(2);
        Self { server, times: TalkTimes::default(), event_limit_bytes: 256 << 10, longest_chars: 64_000 }
    }
}

/// A candidate behind a server that streams chat completions.
#[derive(Clone)]
pub struct OpenAiTalk {
    server: Arc<Server>,
}

struct Server {
    options: TalkOptions,
    client: Client,
    chat: Uri,
    dialect: Dialect,
}

impl std::fmt::Debug for OpenAiTalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAiTalk").field("options", &self.server.options).finish_non_exhaustive()
    }
}

impl OpenAiTalk {
    /// A candidate for these settings; nothing is sent yet.
    ///
    /// # Errors
    /// [`BackendError::Setting`] for an address or a key that cannot work.
    pub fn new(mut options: TalkOptions) -> Result<Self, BackendError> {
        let shorter = options.server.base_url.trim_end_matches('/').len();
        options.server.base_url.truncate(shorter);
        let base = options.server.base()?;
        let client = Client::new(&options.server, &base)?.bounded(options.times.connect, READ_AHEAD_BYTES);
        let chat = Paths::under(&base)?.chat;
        Ok(Self { server: Arc::new(Server { options, client, chat, dialect: Dialect::default() }) })
    }
}

impl Talk for OpenAiTalk {
    fn begin(&self, messages: Vec<Message>, params: GenerateParams) -> Pieces {
        let conversation = Conversation {
            server: Arc::clone(&self.server),
            prompt: Prompt::Chat(messages),
            params,
            reading: None,
            whole_by: None,
            attempt: 1,
            was_shown: false,
            has_doubted: false,
        };
        Pieces::new(stream::unfold(Some(conversation), |conversation| async {
            let mut conversation = conversation?;
            let piece = Box::pin(conversation.next()).await;
            let goes_on = matches!(piece, Ok(Piece::Text(_) | Piece::Thought { .. }));
            Some((piece, goes_on.then_some(conversation)))
        }))
    }
}

/// What went wrong, and whether another attempt may help.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: TalkError,
    next: Next,
}

impl Fault {
    pub(super) fn later(error: TalkError) -> Self {
        Self { error, next: Next::Later }
    }

    pub(super) fn malformed(detail: impl Into<String>) -> Self {
        Self::later(TalkError::Malformed { detail: detail.into() })
    }

    /// No connection, rather than one that broke.
    fn unreachable(trouble: Trouble) -> Self {
        Self { error: TalkError::Unreachable { detail: trouble.message }, next: trouble.next }
    }
}

impl From<Trouble> for Fault {
    /// Of a status that was 200.
    fn from(trouble: Trouble) -> Self {
        let Trouble { class, message: detail, next } = trouble;
        let error = match class {
            FailureClass::Connection | FailureClass::Deadline => TalkError::Dropped { detail },
            FailureClass::Malformed => TalkError::Malformed { detail },
            FailureClass::Server | FailureClass::Rejected | FailureClass::Unsupported => {
                TalkError::Status { status: 200, detail }
            }
            FailureClass::NotRecorded => TalkError::NotRecorded,
        };
        Self { error, next }
    }
}

/// One answer under way.
struct Conversation {
    server: Arc<Server>,
    prompt: Prompt,
    params: GenerateParams,
    /// None between attempts.
    reading: Option<Reading>,
    /// When the time of the whole ends; none before the first piece is asked for.
    whole_by: Option<Instant>,
    attempt: u32,
    was_shown: bool,
    /// An empty answer came, which a server's fault looks just like; it counts when it comes twice.
    has_doubted: bool,
}

impl Conversation {
    async fn next(&mut self) -> Result<Piece, TalkError> {
        let times = self.server.options.times;
        let whole_by = *self.whole_by.get_or_insert_with(|| Instant::now() + times.whole);
        loop {
            let Some(reading) = &mut self.reading else {
                let first_by = Instant::now() + times.first_token;
                match self.open(first_by, whole_by).await {
                    Ok(reading) => self.reading = Some(reading),
                    Err(fault) => self.pause(fault, whole_by).await?,
                }
                continue;
            };
            let fault = match reading.next(whole_by).await {
                Ok(Piece::End(_)) if self.is_doubtful() => {
                    self.has_doubted = true;
                    Fault::malformed("an empty answer was not given a second time")
                }
                Ok(piece) => {
                    self.was_shown = true;
                    if matches!(piece, Piece::End(_)) {
                        self.keep_connection();
                    }
                    return Ok(piece);
                }
                Err(fault) => fault,
            };
            self.reading = None;
            self.pause(fault, whole_by).await?;
        }
    }

    /// Whether the end that just came may be a server's fault.
    fn is_doubtful(&self) -> bool {
        let is_last = self.attempt >= self.server.options.server.retry.attempts;
        !self.was_shown
            && !self.has_doubted
            && !is_last
            && self.reading.as_ref().is_some_and(Reading::is_blank)
    }

    fn keep_connection(&mut self) {
        if let Some(line) = self.reading.take().and_then(Reading::into_line) {
            self.server.client.put(line);
        }
    }

    /// Waits for the next attempt, or gives the error back where there is none.
    async fn pause(&mut self, fault: Fault, whole_by: Instant) -> Result<(), TalkError> {
        let server = &self.server.options.server;
        let key = retry::key_of(&self.body()) ^ server.jitter_seed;
        let longest_asked = self.server.options.times.first_token;
        let pause = retry::pause(&server.retry, longest_asked, fault.next, key, self.attempt);
        let is_hopeless = matches!(fault.next, Next::GiveUp | Next::OverBudget);
        let is_last = self.attempt >= server.retry.attempts || pause > server.retry.total;
        if self.was_shown || is_hopeless || is_last || Instant::now() + pause >= whole_by {
            return Err(cleaned(fault.error, server.api_key.as_ref()));
        }
        sleep(pause).await;
        self.attempt += 1;
        Ok(())
    }

    fn body(&self) -> Vec<u8> {
        let generation = Generation {
            model: &self.server.options.server.model,
            prompt: &self.prompt,
            params: &self.params,
            calls_it_completion_tokens: self.server.dialect.calls_it_completion_tokens(),
            streaming: true,
            asks_for_usage: self.server.dialect.asks_for_usage(),
        };
        generation.to_bytes()
    }

    /// One attempt up to the head of its response; of a response that is no stream, all.
    async fn open(&mut self, first_by: Instant, whole_by: Instant) -> Result<Reading, Fault> {
        let times = self.server.options.times;
        let opened = timeout_at(first_by.min(whole_by), self.send(first_by)).await;
        opened.unwrap_or_else(|_| Err(reading::late(false, first_by >= whole_by, times)))
    }

    async fn send(&mut self, first_by: Instant) -> Result<Reading, Fault> {
        let Server { options, client, chat, dialect } = &*self.server;
        let adaptable = dialect.adaptable(true);
        let answered = client.send(chat, Some(self.body())).await.map_err(|error| {
            let trouble = Trouble::unanswered(&error);
            match error {
                Unanswered::NoConnection(_) => Fault::unreachable(trouble),
                Unanswered::Broken(_) => trouble.into(),
            }
        })?;
        let status = answered.response.status().as_u16();
        let limit_bytes = options.server.body_limit_bytes;
        let bounds = Bounds { times: options.times, first_by, longest_chars: options.longest_chars };
        if status != 200 {
            let asked = retry_after(answered.response.headers());
            let detail = read_words(answered).await;
            let mut next = Trouble::status(status, &detail, asked).next;
            if matches!(status, 400 | 422) && dialect.adapt(adaptable, &detail) {
                next = Next::Later;
            }
            return Err(Fault { error: TalkError::Status { status, detail }, next });
        }
        if !is_events(answered.response.headers()) {
            // Some servers do not stream, and some proxies lose the content type.
            let body = body::read(answered, Some(Form::Chat), limit_bytes).await?;
            let written = Written::read(&body, Form::Chat, &self.params.stop)?;
            return Ok(Reading::whole(&written, bounds));
        }
        let (response, line) = answered.split();
        let mut left = limit_bytes;
        let chunks = BodyStream::new(response.into_body()).map(move |frame| {
            // Trailers say nothing here.
            let chunk = frame.map_err(|error| Fault::from(Trouble::broken_off(&error)))?;
            let chunk = chunk.into_data().unwrap_or_default();
            let oversized = || Fault::later(TalkError::Oversized { what: "answer", limit_bytes });
            left = left.checked_sub(chunk.len()).ok_or_else(oversized)?;
            Ok(chunk)
        });
        let reader = Reader::new(chunks, options.event_limit_bytes);
        Ok(Reading::stream(reader, line, bounds, &self.params.stop))
    }
}

/// The error without the key, on one line and cut.
fn cleaned(mut error: TalkError, key: Option<&ApiKey>) -> TalkError {
    match &mut error {
        TalkError::Unreachable { detail }
        | TalkError::Dropped { detail }
        | TalkError::Status { detail, .. }
        | TalkError::Malformed { detail } => *detail = clean(detail, key),
        TalkError::FirstToken { .. }
        | TalkError::Stalled { .. }
        | TalkError::Deadline { .. }
        | TalkError::Oversized { .. }
        | TalkError::NotRecorded => {}
    }
    error
}
