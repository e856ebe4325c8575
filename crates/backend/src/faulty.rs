//! A scripted OpenAI-compatible server on loopback that fails on purpose, for tests and claims.
//!
//! What it answers depends on the prompt alone, so that a run against a faulty script must end with the responses
//! of a run without faults. Which request meets which fault depends on the request and on how often it came, not
//! on the order in which requests arrive; but for [`Faults::Sequence`].

mod answers;
mod stream;
mod wire;

pub use stream::StreamFault;

use answers::Answering;
use daepyo_core::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Status 429, without a word on how long to wait.
    TooMany,
    /// Status 429 with `Retry-After` in whole seconds.
    TooManyAfterSeconds(u32),
    /// Status 429 with `retry-after-ms`.
    TooManyAfterMs(u32),
    /// Status 429 with `Retry-After` as a date, so many seconds after the `Date` of the response.
    TooManyUntil(u32),
    /// Status 500.
    ServerError,
    /// Status 503 with an HTML page.
    UnavailablePage,
    /// No byte of an answer, until the client leaves.
    Stall,
    /// The connection ends before the status line.
    CloseBeforeHeaders,
    /// The connection ends after the headers.
    CloseAfterHeaders,
    /// A body that is cut in the middle, with a matching length.
    HalfJson,
    /// JSON of another shape.
    WrongShape,
    /// Status 200 and an error object.
    ErrorInBody,
    /// Empty content that is said to be finished. Not given twice in one request's script.
    EmptyContent,
    /// Null content that is said to be finished. Not given twice in one request's script.
    NullContent,
    /// Null content without a reason for the end.
    NullUnfinished,
    /// No fault in the content, but a further choice stands before the asked one.
    WrongOrder,
    /// No fault in the content, but it comes in pieces that split characters.
    SlowPieces,
    /// A stream that ends in the middle; a whole answer loses its second half.
    CutStream,
    /// An HTML page with status 200.
    Page,
    /// No fault in the content, but it is called `text/plain`.
    WrongContentType,
    /// Status 400, with the headers of the request in the message.
    BadRequest,
    /// A body that never ends.
    Endless,
    /// A fault of a stream of events, whatever was asked for.
    Stream(StreamFault),
}

impl Fault {
    /// Every fault that a patient client gets over; the stalls and long waits are left out.
    pub const PASSING: [Self; 18] = [
        Self::TooMany,
        Self::TooManyAfterSeconds(0),
        Self::TooManyAfterMs(5),
        Self::TooManyUntil(0),
        Self::ServerError,
        Self::UnavailablePage,
        Self::CloseBeforeHeaders,
        Self::CloseAfterHeaders,
        Self::HalfJson,
        Self::WrongShape,
        Self::ErrorInBody,
        Self::EmptyContent,
        Self::NullContent,
        Self::NullUnfinished,
        Self::WrongOrder,
        Self::SlowPieces,
        Self::CutStream,
        Self::Page,
    ];

    fn is_empty_answer(self) -> bool {
        matches!(self, Self::EmptyContent | Self::NullContent)
    }
}

/// Which requests meet which faults.
#[derive(Clone, Debug, Default)]
pub enum Faults {
    /// None.
    #[default]
    None,
    /// The first arrival meets the first entry, and so on; then none. `GET /models` is not counted.
    Sequence(Vec<Option<Fault>>),
    /// By chance, from a seed.
    Seeded {
        /// The seed.
        seed: u64,
        /// Of a thousand arrivals, so many meet a fault.
        per_mille: u32,
        /// At most so many faults for one request; then it is answered.
        most_per_request: u32,
        /// The faults to choose from.
        kinds: Vec<Fault>,
    },
}

/// What the server can do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability that a server has or lacks")]
pub struct Abilities {
    /// `echo` with `logprobs`.
    pub echo: bool,
    /// `echo` without writing a token.
    pub echo_zero: bool,
    /// vLLM's `prompt_logprobs`.
    pub prompt_logprobs: bool,
    /// `/chat/completions`.
    pub chat: bool,
    /// `stream_options`.
    pub stream_options: bool,
    /// `max_model_len` in `/models`.
    pub max_model_len: Option<u32>,
    /// The text of a token that is put before every prompt.
    pub bos: Option<String>,
    /// Characters outside ASCII come back as two replacement characters, each a token.
    pub splits_characters: bool,
}

impl Default for Abilities {
    fn default() -> Self {
        Self {
            echo: true,
            echo_zero: true,
            prompt_logprobs: false,
            chat: true,
            stream_options: true,
            max_model_len: Some(4096),
            bos: Some("<s>".to_owned()),
            splits_characters: false,
        }
    }
}

/// Makes the answer to a prompt: the text prompt, or the last user message.
pub type AnswerFn = dyn Fn(&str) -> String + Send + Sync;

/// How long a good answer takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    /// Whatever else goes on.
    pub fixed: Duration,
    /// For each request under way, its own among them: a server that gains nothing from more at once.
    pub for_each: Duration,
}

/// What a server does.
#[derive(Clone)]
pub struct Script {
    /// Which requests fail, and how.
    pub faults: Faults,
    /// Prompts that contain the text always meet the fault; looked at first.
    pub always: Vec<(String, Fault)>,
    /// With more than this under way, a request meets [`Fault::TooMany`].
    pub takes_at_once: Option<usize>,
    /// How long a good answer takes.
    pub delay: Delay,
    /// What it can do.
    pub abilities: Abilities,
    /// What it writes.
    pub answer: Arc<AnswerFn>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            faults: Faults::None,
            always: Vec::new(),
            takes_at_once: None,
            delay: Delay::default(),
            abilities: Abilities::default(),
            answer: Arc::new(answers::usual_answer),
        }
    }
}

/// One request that came, but for `GET /models`.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Digest of the body.
    pub body: Digest,
    /// The text prompt, or the last user message.
    pub prompt: String,
    /// When it came.
    pub at: Instant,
    /// What it met.
    pub fault: Option<Fault>,
}

/// A running server; it stops when dropped.
pub struct FaultyServer {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    script: Script,
    observed: Mutex<Observed>,
}

#[derive(Default)]
struct Observed {
    arrivals: Vec<Arrival>,
    /// How often each body came, and whether it was answered with nothing before.
    by_body: BTreeMap<Digest, (u32, u32, bool)>,
    under_way: usize,
    most_under_way: usize,
    connections: usize,
    left: usize,
    streamed_bytes: usize,
}

impl FaultyServer {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Where no port can be had.
    pub async fn start(script: Script) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State { script, observed: Mutex::new(Observed::default()) });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            // Dropped with this task, and every connection with it.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                state.observed().connections += 1;
                connections.spawn(async move {
                    // A client that leaves is what half of the scripts want.
                    let _ = wire::serve(socket, &state).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, state, task })
    }

    /// The address for [`OpenAiOptions`](crate::OpenAiOptions), such as `http://127.0.0.1:40001/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// All that came so far, but for `GET /models`, in order of arrival. Probes are among it.
    pub fn arrivals(&self) -> Vec<Arrival> {
        self.state.observed().arrivals.clone()
    }

    /// How many requests came so far for prompts that contain `text`.
    pub fn arrivals_of(&self, text: &str) -> usize {
        let observed = self.state.observed();
        let of_text = observed.arrivals.iter().filter(|arrival| arrival.prompt.contains(text));
        of_text.count()
    }

    /// How many connections came so far.
    pub fn connections(&self) -> usize {
        self.state.observed().connections
    }

    /// How many clients left while a [`StreamFault`] was still writing or waiting.
    pub fn left(&self) -> usize {
        self.state.observed().left
    }

    /// Bytes that [`StreamFault::Endless`] could write so far.
    pub fn streamed_bytes(&self) -> usize {
        self.state.observed().streamed_bytes
    }

    /// The greatest number of requests that were under way at one time.
    pub fn most_under_way(&self) -> usize {
        self.state.observed().most_under_way
    }
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Counts a request as under way until dropped.
struct UnderWay<'a>(&'a State);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.observed().under_way -= 1;
    }
}

impl State {
    fn observed(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request, and decides what it meets.
    fn arrive(&self, body: &[u8], prompt: &str) -> (Option<Fault>, Duration, UnderWay<'_>) {
        let digest = Digest::of(body);
        let mut observed = self.observed();
        let number = observed.arrivals.len();
        let (times, faults, was_empty) = observed.by_body.get(&digest).copied().unwrap_or_default();
        observed.under_way += 1;
        let under_way = observed.under_way;
        let is_full = self.script.takes_at_once.is_some_and(|most| under_way > most);
        let fault = self
            .fault(prompt, number, &digest, times, faults)
            .map(|fault| if fault.is_empty_answer() && was_empty { Fault::ServerError } else { fault })
            .or(is_full.then_some(Fault::TooMany));
        let was_empty = was_empty || fault.is_some_and(Fault::is_empty_answer);
        let faults = faults + u32::from(fault.is_some());
        observed.by_body.insert(digest, (times + 1, faults, was_empty));
        observed.arrivals.push(Arrival {
            body: digest,
            prompt: prompt.to_owned(),
            at: Instant::now(),
            fault,
        });
        observed.most_under_way = observed.most_under_way.max(under_way);
        let delay = self.script.delay;
        let delay = delay.fixed + delay.for_each.saturating_mul(u32::try_from(under_way).unwrap_or(u32::MAX));
        (fault, delay, UnderWay(self))
    }

    fn fault(&self, prompt: &str, number: usize, body: &Digest, times: u32, faults: u32) -> Option<Fault> {
        let always = self.script.always.iter();
        if let Some((_, fault)) = always.into_iter().find(|(text, _)| prompt.contains(text)) {
            return Some(*fault);
        }
        match &self.script.faults {
            Faults::None => None,
            Faults::Sequence(sequence) => sequence.get(number).copied().flatten(),
            Faults::Seeded { seed, per_mille, most_per_request, kinds } => {
                if faults >= *most_per_request {
                    return None;
                }
                let draw = answers::draw(&format!("{seed} {times} {body}"));
                if draw % 1000 >= u64::from(*per_mille) {
                    return None;
                }
                let kinds_count = u64::try_from(kinds.len()).ok().filter(|count| *count > 0)?;
                let chosen = usize::try_from((draw / 1000) % kinds_count).ok()?;
                kinds.get(chosen).copied()
            }
        }
    }

    fn answering<'a>(&'a self, request: &'a Value, is_chat: bool) -> Answering<'a> {
        Answering { abilities: &self.script.abilities, answer: self.script.answer.as_ref(), request, is_chat }
    }
}

/// Pause between the pieces of a slow answer.
const PIECE_PAUSE: Duration = Duration::from_millis(1);
