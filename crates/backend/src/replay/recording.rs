//! Recorded responses by what they answer: filled from daepyo's own replay files and from those of other programs.

use daepyo_core::{Digest, Finish, Message, Prompt, Request, Response, Role, canonical};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Responses by what they answer. Two responses to the same thing must be the same.
#[derive(Debug, Default)]
pub struct Recording {
    responses: BTreeMap<Key, (Response, u64)>,
    rounding_nats: f64,
}

/// A response that another program recorded, with what it answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Recorded {
    /// What was written after a prompt.
    Generation {
        /// The prompt. It answers every generation from this text or from these messages, and a text also messages
        /// whose last user turn it is.
        prompt: Prompt,
        /// Which of several answers to the prompt this is, from 0; `None` where there is one.
        repeat: Option<u64>,
        /// The answer.
        text: String,
        /// Why it ended.
        finish: Finish,
        /// Tokens read, where known.
        prompt_tokens: Option<u32>,
        /// Tokens written, where known.
        completion_tokens: Option<u32>,
    },
    /// A log-likelihood.
    Loglikelihood {
        /// What stood before.
        context: String,
        /// What was judged.
        continuation: String,
        /// Sum of natural logarithms, at most 0.
        logprob: f64,
        /// Whether greedy decoding gives it.
        is_greedy: bool,
        /// Tokens of the continuation.
        tokens: u32,
    },
    /// The log-likelihood of a whole text.
    Rolling {
        /// The text.
        text: String,
        /// Sum of natural logarithms, at most 0.
        logprob: f64,
        /// Tokens of the text.
        tokens: u32,
    },
}

/// A response that can't be kept.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A log-probability above 0.
    #[error("{0} is not a log-probability: it is greater than 0")]
    Positive(f64),
    /// The same thing has another response at an earlier place.
    #[error("number {first} gives another response to the same {what}")]
    Contradiction {
        /// The earlier place, as it was given to [`Recording::add`].
        first: u64,
        /// What is answered.
        what: &'static str,
    },
}

impl Recording {
    /// Nothing recorded yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing recorded yet, by a program that may evaluate one text twice: log-likelihoods of the same text that
    /// differ by at most so many nats are the same, and the first one stands.
    pub fn rounded(rounding_nats: f64) -> Self {
        Self { responses: BTreeMap::new(), rounding_nats }
    }

    /// Adds a response that stands at the place with number `place` (a line, a sample).
    pub fn add(&mut self, place: u64, recorded: Recorded) -> Result<(), RecordingError> {
        let (key, response) = match recorded {
            Recorded::Generation { prompt, repeat, text, finish, prompt_tokens, completion_tokens } => {
                let key = match prompt {
                    Prompt::Text(text) => Key::Prompt(text_digest(&text), repeat),
                    Prompt::Chat(messages) => Key::Chat(chat_digest(&messages), repeat),
                };
                (key, Response::Generated { text, finish, prompt_tokens, completion_tokens })
            }
            Recorded::Loglikelihood { context, continuation, logprob, is_greedy, tokens } => {
                (Key::pair(&context, &continuation), Response::Loglikelihood { logprob, is_greedy, tokens })
            }
            Recorded::Rolling { text, logprob, tokens } => {
                (Key::rolling(&text), Response::LoglikelihoodRolling { logprob, tokens })
            }
        };
        self.keep(place, key, response)
    }

    pub(super) fn keep(&mut self, place: u64, key: Key, response: Response) -> Result<(), RecordingError> {
        check(&response)?;
        let what = key.what();
        match self.responses.entry(key) {
            Entry::Vacant(free) => {
                free.insert((response, place));
                Ok(())
            }
            Entry::Occupied(before) if same(&before.get().0, &response, self.rounding_nats) => Ok(()),
            Entry::Occupied(before) => Err(RecordingError::Contradiction { first: before.get().1, what }),
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Response> {
        self.responses.get(key).map(|(response, _)| response)
    }

    /// The response to what a request asks, whatever its digest.
    pub(super) fn by_content(&self, request: &Request) -> Option<&Response> {
        match request {
            Request::Loglikelihood { context, continuation } => self.get(&Key::pair(context, continuation)),
            Request::LoglikelihoodRolling { text } => self.get(&Key::rolling(text)),
            Request::Generate { prompt: Prompt::Text(text), params } => {
                self.generation(params.seed, |repeat| Key::Prompt(text_digest(text), repeat))
            }
            Request::Generate { prompt: Prompt::Chat(messages), params } => {
                let whole = chat_digest(messages);
                self.generation(params.seed, |repeat| Key::Chat(whole, repeat)).or_else(|| {
                    let of_user = messages.iter().rev().find(|message| message.role == Role::User)?;
                    let last = text_digest(&of_user.content);
                    self.generation(params.seed, |repeat| Key::Prompt(last, repeat))
                })
            }
        }
    }

    /// The one answer to a prompt, or that of this seed: repeats of one document differ in it.
    fn generation(&self, seed: u64, key: impl Fn(Option<u64>) -> Key) -> Option<&Response> {
        self.get(&key(None)).or_else(|| self.get(&key(Some(seed))))
    }

    /// How many different things have a response.
    pub fn len(&self) -> usize {
        self.responses.len()
    }

    /// Whether nothing has a response.
    pub fn is_empty(&self) -> bool {
        self.responses.is_empty()
    }

    pub(super) fn responses(&self) -> impl Iterator<Item = &Response> {
        self.responses.values().map(|(response, _)| response)
    }
}

/// What a response is kept under: digests, since prompts are long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Request(Digest),
    Prompt(Digest, Option<u64>),
    Chat(Digest, Option<u64>),
    Pair(Digest, Digest),
    Rolling(Digest),
    /// What conversations get where nothing else is recorded.
    Otherwise,
}

impl Key {
    pub(super) fn prompt(text: &str) -> Self {
        Self::Prompt(text_digest(text), None)
    }

    pub(super) fn pair(context: &str, continuation: &str) -> Self {
        Self::Pair(text_digest(context), text_digest(continuation))
    }

    pub(super) fn rolling(text: &str) -> Self {
        Self::Rolling(text_digest(text))
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Prompt(..) => "prompt",
            Self::Chat(..) => "messages",
            Self::Pair(..) => "context and continuation",
            Self::Rolling(_) => "text",
            Self::Otherwise => "everything else",
        }
    }
}

fn text_digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn chat_digest(messages: &[Message]) -> Digest {
    // Roles and texts always have a canonical form.
    canonical::digest(&messages).unwrap_or_else(|_| Digest::of(b"messages without a canonical form"))
}

fn check(response: &Response) -> Result<(), RecordingError> {
    match response {
        Response::Loglikelihood { logprob, .. } | Response::LoglikelihoodRolling { logprob, .. }
            if logprob.is_nan() || *logprob > 0.0 =>
        {
            Err(RecordingError::Positive(*logprob))
        }
        Response::Loglikelihood { .. }
        | Response::LoglikelihoodRolling { .. }
        | Response::Generated { .. }
        | Response::Failed { .. } => Ok(()),
    }
}

fn same(one: &Response, other: &Response, rounding_nats: f64) -> bool {
    let near =
        |one: (f64, bool), other: (f64, bool)| one.1 == other.1 && (one.0 - other.0).abs() <= rounding_nats;
    one == other || judged(one).zip(judged(other)).is_some_and(|(one, other)| near(one, other))
}

/// A log-likelihood, and whether greedy decoding gives the text.
fn judged(response: &Response) -> Option<(f64, bool)> {
    match response {
        Response::Loglikelihood { logprob, is_greedy, .. } => Some((*logprob, *is_greedy)),
        Response::LoglikelihoodRolling { logprob, .. } => Some((*logprob, false)),
        Response::Generated { .. } | Response::Failed { .. } => None,
    }
}
