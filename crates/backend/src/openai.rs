//! Answers from an OpenAI-compatible server: vLLM, llama-server, vendors.
//!
//! One request's trouble never ends the run: it is tried again where that may help (408, 409, 429, 5xx, broken
//! connections, missed deadlines, answers that are not the promised JSON) and becomes a [`Response::Failed`] where
//! it does not. A written answer depends on its request alone as far as the server's does; the sums of
//! log-probabilities vary with the server's batching, by about 1e-3 on a GPU.

mod account;
mod body;
mod client;
mod endpoints;
#[doc(hidden)]
pub mod fuzz;
mod gate;
mod options;
mod pace;
mod plain;
mod probe;
mod retry;
mod retry_after;
mod scores;
mod sent;
mod talk;
mod trouble;
mod turn;
mod written;

pub use endpoints::{Endpoints, Level};
pub use options::{ApiKey, OpenAiOptions, RetryPolicy};
pub use talk::{OpenAiTalk, TalkOptions, TalkTimes};

use crate::{Answers, Backend, BackendError, Capabilities, Charge, ChatSupport, Meter};
use account::Account;
use body::Body;
use client::{Client, Unanswered};
use daepyo_core::{Digest, FailureClass, GenerateParams, Prompt, Request, Response};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use gate::Gate;
use hyper::Uri;
use pace::{Units, Work};
use probe::Probe;
use scores::{Beginning, Scores, Scoring};
use sent::{Adaptable, Dialect, Generation, Scored};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::Instant;
use trouble::{Next, Trouble};
use turn::Turn;
use url::Url;
use written::{Form, Written};

/// A server that speaks the completions and chat completions of the OpenAI-compatible API.
pub struct OpenAiBackend {
    options: OpenAiOptions,
    client: Client,
    paths: Paths,
    /// Shared with every backend of the same endpoint.
    gate: Arc<Gate>,
    /// This backend's own ceiling, where another's is higher.
    own: Semaphore,
    meter: OnceLock<Arc<dyn Meter>>,
    probe: OnceCell<Probe>,
    /// Tokens of contexts that had to be counted, by the context's digest.
    counts: Mutex<BTreeMap<Digest, Arc<OnceCell<u32>>>>,
    dialect: Dialect,
}

impl std::fmt::Debug for OpenAiBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenAiBackend").field("options", &self.options).finish_non_exhaustive()
    }
}

/// One thing to send.
struct Job<'a> {
    place: Place,
    /// Makes the body of a POST; none means GET.
    body: Option<&'a (dyn Fn() -> Vec<u8> + Sync)>,
    /// What it takes at most.
    most: Charge,
    kind: Kind,
}

/// How its time is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Asked,
    Written(Form),
    Scored,
}

/// Where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Models,
    Completions,
    Chat,
}

/// The paths under the base, read once.
struct Paths {
    models: Uri,
    completions: Uri,
    chat: Uri,
}

impl Paths {
    fn under(base: &Url) -> Result<Self, BackendError> {
        let at = |path: &str| {
            let path = format!("{}{path}", base.path().trim_end_matches('/'));
            Uri::try_from(path).map_err(|error| {
                BackendError::Setting(format!("the server's address can't be read: {error}"))
            })
        };
        Ok(Self { models: at("/models")?, completions: at("/completions")?, chat: at("/chat/completions")? })
    }

    fn of(&self, place: Place) -> &Uri {
        match place {
            Place::Models => &self.models,
            Place::Completions => &self.completions,
            Place::Chat => &self.chat,
        }
    }
}

impl OpenAiBackend {
    /// A backend for these settings, alone at its endpoint; nothing is sent yet.
    ///
    /// # Errors
    /// [`BackendError::Setting`] for an address or a key that cannot work.
    pub fn new(options: OpenAiOptions) -> Result<Self, BackendError> {
        Self::sharing(options, &Endpoints::default())
    }

    /// A backend that shares the level of its endpoint with the others that were opened with `endpoints`; nothing is
    /// sent yet.
    ///
    /// # Errors
    /// [`BackendError::Setting`] for an address or a key that cannot work.
    pub fn sharing(mut options: OpenAiOptions, endpoints: &Endpoints) -> Result<Self, BackendError> {
        let shorter = options.base_url.trim_end_matches('/').len();
        options.base_url.truncate(shorter);
        let base = options.base()?;
        let client = Client::new(&options, &base)?;
        Ok(Self {
            gate: endpoints.gate(&base, options.concurrency),
            own: Semaphore::new(usize::try_from(options.concurrency.max(1)).unwrap_or(1)),
            paths: Paths::under(&base)?,
            meter: OnceLock::new(),
            options,
            client,
            probe: OnceCell::new(),
            counts: Mutex::new(BTreeMap::new()),
            dialect: Dialect::default(),
        })
    }

    /// None where the budget does not allow to ask.
    async fn respond<'a>(&'a self, request: &Request, turn: &mut Turn<'a>) -> Option<Response> {
        let outcome = match request {
            Request::Loglikelihood { context, continuation } => {
                self.loglikelihood(context, continuation, turn).await
            }
            Request::LoglikelihoodRolling { text } => self.rolling(text, turn).await,
            Request::Generate { prompt, params } => self.generate(prompt, params, turn).await,
        };
        match outcome {
            Ok(response) => Some(response),
            Err(Trouble { next: Next::OverBudget, .. }) => None,
            Err(trouble) => Some(trouble.into_response(self.options.api_key.as_ref())),
        }
    }

    async fn generate<'a>(
        &'a self,
        prompt: &Prompt,
        params: &GenerateParams,
        turn: &mut Turn<'a>,
    ) -> Result<Response, Trouble> {
        let (place, form) = match prompt {
            Prompt::Text(_) => (Place::Completions, Form::Completion),
            Prompt::Chat(_) if self.options.chat => (Place::Chat, Form::Chat),
            Prompt::Chat(_) => {
                return Err(Trouble::unsupported("this server is not set up for chat messages"));
            }
        };
        let body = || {
            let generation = Generation {
                model: &self.options.model,
                prompt,
                params,
                calls_it_completion_tokens: self.dialect.calls_it_completion_tokens(),
                streaming: self.options.streaming,
                asks_for_usage: self.dialect.asks_for_usage(),
            };
            generation.to_bytes()
        };
        let (bytes, messages) = sent::size(prompt);
        let most = Charge::most(bytes, messages, params.max_tokens);
        let job = Job { place, body: Some(&body), most, kind: Kind::Written(form) };
        let read = |body: Body| Written::read(&body, form, &params.stop);
        let written = self.persist(&job, turn, read, Written::is_doubtful).await?;
        Ok(written.into_response())
    }

    async fn loglikelihood<'a>(
        &'a self,
        context: &str,
        continuation: &str,
        turn: &mut Turn<'a>,
    ) -> Result<Response, Trouble> {
        // White space at the end of a context is judged with the continuation, as in lm-evaluation-harness:
        // most tokenizers join it to the word that follows.
        let whole = format!("{context}{continuation}");
        let (context, continuation) = whole.split_at(context.trim_end().len());
        if continuation.is_empty() {
            return Err(Trouble::unsupported("the continuation is empty"));
        }
        let (scoring, beginning) = self.scoring(turn).await?;
        let scores = self.score(&whole, scoring, turn).await?;
        let first = match scores.join(context, continuation, &beginning) {
            Some(first) => first,
            None if context.is_empty() => usize::from(beginning != Beginning::Nothing),
            None => usize::try_from(self.count(context, scoring, turn).await?).unwrap_or(usize::MAX),
        };
        let sum = scores.sum(first)?;
        Ok(Response::Loglikelihood { logprob: sum.logprob, is_greedy: sum.is_greedy, tokens: sum.tokens })
    }

    async fn rolling<'a>(&'a self, text: &str, turn: &mut Turn<'a>) -> Result<Response, Trouble> {
        if text.is_empty() {
            return Err(Trouble::unsupported("the text is empty"));
        }
        let (scoring, beginning) = self.scoring(turn).await?;
        let scores = self.score(text, scoring, turn).await?;
        let first =
            scores.join("", text, &beginning).unwrap_or_else(|| usize::from(beginning != Beginning::Nothing));
        let sum = scores.sum(first)?;
        Ok(Response::LoglikelihoodRolling { logprob: sum.logprob, tokens: sum.tokens })
    }

    async fn scoring<'a>(&'a self, turn: &mut Turn<'a>) -> Result<(Scoring, Beginning), Trouble> {
        turn.leave_unless(self.probe.initialized());
        let probe = Box::pin(self.probe(turn)).await.map_err(|error| match error {
            BackendError::Budget => Trouble::over_budget(),
            error @ (BackendError::File { .. } | BackendError::Setting(_) | BackendError::Engine(_)) => {
                Trouble { class: FailureClass::Connection, message: error.to_string(), next: Next::GiveUp }
            }
        })?;
        let scoring = probe.scoring.ok_or_else(|| {
            Trouble::unsupported(
                "the server gives no log-probabilities of given text (echo, prompt_logprobs)",
            )
        })?;
        Ok((scoring, probe.beginning.clone()))
    }

    async fn score<'a>(
        &'a self,
        text: &str,
        scoring: Scoring,
        turn: &mut Turn<'a>,
    ) -> Result<Scores, Trouble> {
        let body = || Scored { model: &self.options.model, prompt: text, scoring }.to_bytes();
        let most = Charge::most(text.len(), 0, 1);
        let job = Job { place: Place::Completions, body: Some(&body), most, kind: Kind::Scored };
        self.persist(&job, turn, |body| Scores::read(&body, scoring), |_| false).await
    }

    /// The tokens of `context` alone, what the server puts before it included; asked for once a context.
    async fn count<'a>(
        &'a self,
        context: &str,
        scoring: Scoring,
        turn: &mut Turn<'a>,
    ) -> Result<u32, Trouble> {
        let cell = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(counts.entry(Digest::of(context.as_bytes())).or_default())
        };
        turn.leave_unless(cell.initialized());
        let count = cell.get_or_try_init(|| async {
            let scores = self.score(context, scoring, turn).await?;
            u32::try_from(scores.sent()).map_err(|_| Trouble::malformed("more tokens than can be counted"))
        });
        count.await.copied()
    }

    /// Sends a job until it is answered, nothing more can help, or attempts or time run out. An answer that
    /// `is_doubtful` counts when it comes twice.
    async fn persist<'a, T>(
        &'a self,
        job: &Job<'_>,
        turn: &mut Turn<'a>,
        read: impl Fn(Body) -> Result<T, Trouble>,
        is_doubtful: impl Fn(&T) -> bool,
    ) -> Result<T, Trouble> {
        let policy = &self.options.retry;
        let mut spent = Duration::ZERO;
        let mut has_doubted = false;
        let mut jitter_key = None;
        let mut attempt = 1;
        loop {
            let (outcome, elapsed) = self.attempt(job, turn, &read).await;
            spent += elapsed;
            let mut trouble = match outcome {
                Ok(answer) => {
                    if has_doubted || attempt >= policy.attempts || !is_doubtful(&answer) {
                        return Ok(answer);
                    }
                    has_doubted = true;
                    Trouble::malformed("an empty answer was not given a second time")
                }
                Err(trouble) => trouble,
            };
            if matches!(trouble.next, Next::GiveUp | Next::OverBudget) {
                return Err(trouble);
            }
            // Distinguishes the jitter of different requests.
            let key = *jitter_key.get_or_insert_with(|| job.body.map_or(1, |body| retry::key_of(&body())));
            let key = key ^ self.options.jitter_seed;
            let pause = retry::pause(policy, self.options.deadline, trouble.next, key, attempt);
            spent += pause;
            if attempt >= policy.attempts || spent > policy.total {
                trouble.message = format!("{} (after {attempt} attempts)", trouble.message);
                return Err(trouble);
            }
            turn.leave();
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// One attempt: waits for its place and for leave, and tells gate and meter what came of it. Also gives the time
    /// that it took, without the waiting.
    async fn attempt<'a, T>(
        &'a self,
        job: &Job<'_>,
        turn: &mut Turn<'a>,
        read: &impl Fn(Body) -> Result<T, Trouble>,
    ) -> (Result<T, Trouble>, Duration) {
        let permit = turn.enter().await;
        let meter = self.meter.get().filter(|_| job.most.requests > 0);
        let Some(mut account) = Account::open(meter.map(AsRef::as_ref), job.most).await else {
            return (Err(Trouble::over_budget()), Duration::ZERO);
        };
        let begun = Instant::now();
        let ended = tokio::time::timeout(self.options.deadline, self.send(job, &mut account)).await;
        let elapsed = begun.elapsed();
        let body = ended.unwrap_or_else(|_| Err(Trouble::deadline(self.options.deadline)));
        let usage = body.as_ref().ok().and_then(Body::usage);
        if let Some(tokens) = usage {
            account.told(tokens);
        }
        drop(account);
        let outcome = body.and_then(read);
        match &outcome {
            Ok(_) => {
                let work = match job.kind {
                    Kind::Asked => Work::Asked,
                    Kind::Written(_) => Work::Written(Units::of(usage)),
                    Kind::Scored => Work::Scored(Units::of(usage)),
                };
                permit.answered(work, elapsed);
                turn.keep(permit);
            }
            Err(Trouble { next: Next::LessAtOnce(quiet), .. }) => {
                permit.refused(quiet.map(|quiet| quiet.min(self.options.deadline)));
            }
            Err(_) => {}
        }
        (outcome, elapsed)
    }

    /// Sends once.
    async fn send(&self, job: &Job<'_>, account: &mut Account<'_>) -> Result<Body, Trouble> {
        let path = self.paths.of(job.place);
        // Looked at before the body is made: another request's refusal may change them at any time, but only to true.
        let form = match job.kind {
            Kind::Written(form) => Some(form),
            Kind::Asked | Kind::Scored => None,
        };
        let adaptable = if form.is_some() {
            self.dialect.adaptable(self.options.streaming)
        } else {
            Adaptable::default()
        };
        let sent = self.client.send(path, job.body.map(|body| body())).await;
        let answered = sent.map_err(|error| {
            if matches!(error, Unanswered::NoConnection(_)) {
                account.nothing_taken();
            }
            Trouble::unanswered(&error)
        })?;
        let status = answered.response.status().as_u16();
        if status == 200 {
            return body::read(answered, form, self.options.body_limit_bytes).await;
        }
        // What is refused is not evaluated.
        account.nothing_taken();
        let retry_after = retry_after::retry_after(answered.response.headers());
        let words = body::read_words(answered).await;
        let mut trouble = Trouble::status(status, &words, retry_after);
        if matches!(status, 400 | 422) && self.dialect.adapt(adaptable, &words) {
            trouble.next = Next::Later;
        }
        Err(trouble)
    }
}

#[async_trait::async_trait]
impl Backend for OpenAiBackend {
    async fn capabilities(&self) -> Result<Capabilities, BackendError> {
        let probe = Box::pin(self.probe(&mut Turn::new(&self.own, &self.gate))).await?;
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
        // As many workers as there are places, and as many again, which take the places that are left while requests
        // wait for their next attempt.
        let workers = usize::try_from(self.options.concurrency).unwrap_or(1).max(1).saturating_mul(2);
        let is_over = AtomicBool::new(false);
        let next = AtomicUsize::new(0);
        let worker = async || {
            let mut turn = Turn::new(&self.own, &self.gate);
            loop {
                turn.take().await;
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let position = next.fetch_add(1, Ordering::Relaxed);
                let Some(request) = requests.get(position) else { return };
                match self.respond(request, &mut turn).await {
                    // A receiver that is gone ends the whole call below.
                    Some(response) => drop(answers.send((position, response)).await),
                    None => is_over.store(true, Ordering::Relaxed),
                }
            }
        };
        let working: FuturesUnordered<_> = (0..workers.min(requests.len())).map(|_| worker()).collect();
        let work = working.for_each(|()| std::future::ready(()));
        tokio::select! {
            () = work => {}
            () = answers.closed() => {}
        }
        if is_over.load(Ordering::Relaxed) { Err(BackendError::Budget) } else { Ok(()) }
    }

    fn meter(&self, meter: Arc<dyn Meter>) {
        // The first one stays.
        let _ = self.meter.set(meter);
    }

    fn tokenize(&self, _text: &str) -> Option<Vec<u32>> {
        None
    }
}
