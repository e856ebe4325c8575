//! Answers from an OpenAI-compatible server: vLLM, llama-server, vendors.
//!
//! One request's trouble never ends the run: it is tried again where that may help (408, 409, 429, 5xx, broken
//! connections, missed deadlines, answers that are not the promised JSON) and becomes a [`Response::Failed`] where
//! it does not. A written answer depends on its request alone as far as the server's does; the sums of
//! log-probabilities vary with the server's batching, by about 1e-3 on a GPU.

mod body;
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod options;
mod probe;
mod retry_after;
mod scores;
mod trouble;
mod written;

pub use options::{ApiKey, OpenAiOptions, RetryPolicy};

use crate::{Answers, Backend, BackendError, Capabilities, ChatSupport};
use body::Body;
use daepyo_core::{Digest, FailureClass, GenerateParams, Prompt, Request, Response};
use futures_util::{StreamExt, stream};
use gate::Gate;
use probe::Probe;
use scores::{Beginning, Scores, Scoring};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use trouble::{Next, Trouble};
use written::{Form, Written};

/// The original API takes no more stop texts than these; the others are cut here.
const STOPS_SENT: usize = 4;

/// A server that speaks the completions and chat completions of the OpenAI-compatible API.
pub struct OpenAiBackend {
    options: OpenAiOptions,
    client: reqwest::Client,
    gate: Gate,
    probe: OnceCell<Probe>,
    /// Tokens of contexts that had to be counted, by the context's digest.
    counts: Mutex<BTreeMap<Digest, Arc<OnceCell<u32>>>>,
    /// Set once the server refuses `stream_options`.
    no_stream_options: AtomicBool,
    /// Set once the server asks for `max_completion_tokens` in place of `max_tokens`.
    completion_limit: AtomicBool,
}

impl std::fmt::Debug for OpenAiBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAiBackend").field("options", &self.options).finish_non_exhaustive()
    }
}

/// One thing to send.
struct Job<'a> {
    path: &'static str,
    /// Makes the body of a POST; none means GET.
    body: Option<&'a (dyn Fn() -> Value + Sync)>,
    /// Distinguishes the jitter of different requests.
    key: u64,
}

impl OpenAiBackend {
    /// A backend for these settings; nothing is sent yet.
    ///
    /// # Errors
    /// [`BackendError::Setting`] for an address or a key that cannot work.
    pub fn new(mut options: OpenAiOptions) -> Result<Self, BackendError> {
        let shorter = options.base_url.trim_end_matches('/').len();
        options.base_url.truncate(shorter);
        let client = options.client()?;
        Ok(Self {
            gate: Gate::new(options.concurrency),
            options,
            client,
            probe: OnceCell::new(),
            counts: Mutex::new(BTreeMap::new()),
            no_stream_options: AtomicBool::new(false),
            completion_limit: AtomicBool::new(false),
        })
    }

    async fn respond(&self, request: &Request) -> Response {
        let outcome = match request {
            Request::Loglikelihood { context, continuation } => {
                self.loglikelihood(context, continuation).await
            }
            Request::LoglikelihoodRolling { text } => self.rolling(text).await,
            Request::Generate { prompt, params } => {
                let digest = request.digest();
                self.generate(prompt, params, &digest).await
            }
        };
        outcome.unwrap_or_else(|trouble| trouble.into_response(self.options.api_key.as_ref()))
    }

    async fn generate(
        &self,
        prompt: &Prompt,
        params: &GenerateParams,
        digest: &Digest,
    ) -> Result<Response, Trouble> {
        let (path, form) = match prompt {
            Prompt::Text(_) => ("/completions", Form::Completion),
            Prompt::Chat(_) if self.options.chat => ("/chat/completions", Form::Chat),
            Prompt::Chat(_) => {
                return Err(Trouble::unsupported("this server is not set up for chat messages"));
            }
        };
        let body = || self.generate_body(prompt, params);
        let job = Job { path, body: Some(&body), key: jitter_key(digest) };
        let read = |body: Body| Written::read(&body, form, &params.stop);
        let written = Box::pin(self.persist(&job, read, Written::is_doubtful)).await?;
        Ok(written.into_response())
    }

    fn generate_body(&self, prompt: &Prompt, params: &GenerateParams) -> Value {
        let mut body = Map::new();
        body.insert("model".into(), self.options.model.clone().into());
        match prompt {
            Prompt::Text(text) => body.insert("prompt".into(), text.clone().into()),
            Prompt::Chat(messages) => body.insert("messages".into(), json!(messages)),
        };
        let limit = if self.completion_limit.load(Ordering::Relaxed) {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        body.insert(limit.into(), params.max_tokens.into());
        body.insert("temperature".into(), params.temperature.into());
        // Greedy answers need neither, and some servers refuse fields that they do not know.
        if params.temperature > 0.0 {
            body.insert("top_p".into(), params.top_p.into());
            body.insert("seed".into(), params.seed.into());
        }
        let stop: Vec<&str> =
            params.stop.iter().map(String::as_str).filter(|stop| !stop.is_empty()).take(STOPS_SENT).collect();
        if !stop.is_empty() {
            body.insert("stop".into(), stop.into());
        }
        if self.options.streaming {
            body.insert("stream".into(), true.into());
            if !self.no_stream_options.load(Ordering::Relaxed) {
                body.insert("stream_options".into(), json!({"include_usage": true}));
            }
        }
        Value::Object(body)
    }

    async fn loglikelihood(&self, context: &str, continuation: &str) -> Result<Response, Trouble> {
        // White space at the end of a context is judged with the continuation, as in lm-evaluation-harness:
        // most tokenizers join it to the word that follows.
        let whole = format!("{context}{continuation}");
        let (context, continuation) = whole.split_at(context.trim_end().len());
        if continuation.is_empty() {
            return Err(Trouble::unsupported("the continuation is empty"));
        }
        let (scoring, beginning) = self.scoring().await?;
        let scores = self.score(&whole, scoring).await?;
        let first = match scores.join(context, continuation, &beginning) {
            Some(first) => first,
            None if context.is_empty() => usize::from(beginning != Beginning::Nothing),
            None => usize::try_from(self.count(context, scoring).await?).unwrap_or(usize::MAX),
        };
        let sum = scores.sum(first)?;
        Ok(Response::Loglikelihood { logprob: sum.logprob, is_greedy: sum.is_greedy, tokens: sum.tokens })
    }

    async fn rolling(&self, text: &str) -> Result<Response, Trouble> {
        if text.is_empty() {
            return Err(Trouble::unsupported("the text is empty"));
        }
        let (scoring, beginning) = self.scoring().await?;
        let scores = self.score(text, scoring).await?;
        let first =
            scores.join("", text, &beginning).unwrap_or_else(|| usize::from(beginning != Beginning::Nothing));
        let sum = scores.sum(first)?;
        Ok(Response::LoglikelihoodRolling { logprob: sum.logprob, tokens: sum.tokens })
    }

    async fn scoring(&self) -> Result<(Scoring, Beginning), Trouble> {
        let probe = Box::pin(self.probe()).await.map_err(|error| Trouble {
            class: FailureClass::Connection,
            message: error.to_string(),
            next: Next::GiveUp,
        })?;
        let scoring = probe.scoring.ok_or_else(|| {
            Trouble::unsupported(
                "the server gives no log-probabilities of given text (echo, prompt_logprobs)",
            )
        })?;
        Ok((scoring, probe.beginning.clone()))
    }

    async fn score(&self, text: &str, scoring: Scoring) -> Result<Scores, Trouble> {
        let body = || {
            let mut body = Map::new();
            body.insert("model".into(), self.options.model.clone().into());
            body.insert("prompt".into(), text.into());
            for (name, value) in scoring.fields() {
                body.insert(name.into(), value);
            }
            Value::Object(body)
        };
        let job =
            Job { path: "/completions", body: Some(&body), key: jitter_key(&Digest::of(text.as_bytes())) };
        Box::pin(self.persist(&job, |body| Scores::read(&body, scoring), |_| false)).await
    }

    /// The tokens of `context` alone, what the server puts before it included; asked for once a context.
    async fn count(&self, context: &str, scoring: Scoring) -> Result<u32, Trouble> {
        let cell = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(counts.entry(Digest::of(context.as_bytes())).or_default())
        };
        let count = cell.get_or_try_init(|| async {
            let scores = self.score(context, scoring).await?;
            u32::try_from(scores.sent()).map_err(|_| Trouble::malformed("more tokens than can be counted"))
        });
        count.await.copied()
    }

    /// Sends a job until it is answered, nothing more can help, or attempts or time run out. An answer that
    /// `is_doubtful` counts when it comes twice.
    async fn persist<T>(
        &self,
        job: &Job<'_>,
        read: impl Fn(Body) -> Result<T, Trouble>,
        is_doubtful: impl Fn(&T) -> bool,
    ) -> Result<T, Trouble> {
        let policy = &self.options.retry;
        let mut spent = Duration::ZERO;
        let mut has_doubted = false;
        let mut attempt = 1;
        loop {
            let permit = self.gate.enter().await;
            let begun = Instant::now();
            let ended = tokio::time::timeout(self.options.deadline, self.send(job)).await;
            spent += begun.elapsed();
            let outcome =
                ended.unwrap_or_else(|_| Err(Trouble::deadline(self.options.deadline))).and_then(&read);
            let mut trouble = match outcome {
                Ok(answer) => {
                    permit.answered();
                    if has_doubted || attempt >= policy.attempts || !is_doubtful(&answer) {
                        return Ok(answer);
                    }
                    has_doubted = true;
                    Trouble::malformed("an empty answer was not given a second time")
                }
                Err(trouble) => {
                    if let Next::LessAtOnce(quiet) = trouble.next {
                        permit.refused(quiet.map(|quiet| quiet.min(self.options.deadline)));
                    }
                    trouble
                }
            };
            if trouble.next == Next::GiveUp {
                return Err(trouble);
            }
            let pause = self.pause(trouble.next, job.key, attempt);
            spent += pause;
            if attempt >= policy.attempts || spent > policy.total {
                trouble.message = format!("{} (after {attempt} attempts)", trouble.message);
                return Err(trouble);
            }
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// Full jitter under a doubling bound; on top of what the server asks for, which the deadline caps.
    fn pause(&self, next: Next, key: u64, attempt: u32) -> Duration {
        let policy = &self.options.retry;
        let bound = policy.first_pause.saturating_mul(1 << (attempt - 1).min(20)).min(policy.greatest_pause);
        let draw = splitmix64(self.options.jitter_seed ^ key.rotate_left(attempt));
        let share = (bound.as_nanos() * u128::from(draw)) >> 64;
        let jitter = Duration::from_nanos(u64::try_from(share).unwrap_or(u64::MAX));
        match next {
            Next::GiveUp | Next::Later | Next::LessAtOnce(None) => jitter,
            Next::LessAtOnce(Some(asked)) | Next::After(asked) => jitter + asked.min(self.options.deadline),
        }
    }

    /// One attempt.
    async fn send(&self, job: &Job<'_>) -> Result<Body, Trouble> {
        let url = format!("{}{}", self.options.base_url, job.path);
        let body = job.body.map(|body| body());
        let request = match &body {
            Some(body) => self.client.post(url).json(body),
            None => self.client.get(url),
        };
        let response = request.send().await.map_err(|error| Trouble::from_client(&error))?;
        let status = response.status().as_u16();
        if status == 200 {
            return body::read(response, self.options.body_limit_bytes).await;
        }
        let retry_after = retry_after::retry_after(response.headers());
        let words = body::read_words(response).await;
        let mut trouble = Trouble::status(status, &words, retry_after);
        if matches!(status, 400 | 422) && body.is_some_and(|body| self.adapt(&body, &words)) {
            trouble.next = Next::Later;
        }
        Err(trouble)
    }

    /// Whether the server refused a field of `body` that we can do without or call otherwise from now on.
    fn adapt(&self, body: &Value, words: &str) -> bool {
        if words.contains("stream_options") && body.get("stream_options").is_some() {
            self.no_stream_options.store(true, Ordering::Relaxed);
            return true;
        }
        if words.contains("max_completion_tokens") && body.get("max_tokens").is_some() {
            self.completion_limit.store(true, Ordering::Relaxed);
            return true;
        }
        false
    }
}

#[async_trait::async_trait]
impl Backend for OpenAiBackend {
    async fn capabilities(&self) -> Result<Capabilities, BackendError> {
        let probe = Box::pin(self.probe()).await?;
        Ok(Capabilities {
            loglikelihood: probe.scoring.is_some(),
            context_tokens: probe.context_tokens,
            chat: if self.options.chat { ChatSupport::Native } else { ChatSupport::None },
            added_bos: match &probe.beginning {
                Beginning::Text(text) => Some(text.clone()),
                Beginning::Nothing | Beginning::Unknown => None,
            },
        })
    }

    async fn answer(&self, requests: Arc<[Request]>, answers: Answers) -> Result<(), BackendError> {
        // Requests that wait for their next attempt leave their place at the gate to others.
        let at_once = usize::try_from(self.options.concurrency).unwrap_or(1).max(1).saturating_mul(2);
        let work = stream::iter(0..requests.len())
            .map(|position| {
                let (requests, answers) = (Arc::clone(&requests), answers.clone());
                async move {
                    if let Some(request) = requests.get(position) {
                        let response = self.respond(request).await;
                        // A receiver that is gone ends the whole call below.
                        let _ = answers.send((position, response)).await;
                    }
                }
            })
            .buffer_unordered(at_once)
            .for_each(|()| std::future::ready(()));
        tokio::select! {
            () = work => {}
            () = answers.closed() => {}
        }
        Ok(())
    }

    fn tokenize(&self, _text: &str) -> Option<Vec<u32>> {
        None
    }
}

fn jitter_key(digest: &Digest) -> u64 {
    digest.as_bytes().iter().take(8).fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

/// One step of Steele, Lea and Flood's generator (2014).
fn splitmix64(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
