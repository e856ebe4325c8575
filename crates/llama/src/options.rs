//! What a caller may choose when a model is opened, and what the backend counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// How a model is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LlamaOptions {
    /// Threads of all workers together; `None` means all cores.
    pub threads: Option<u32>,
    /// Requests that are evaluated at the same time, each with a context of its own, at most as many as
    /// threads; `None` means 4, or fewer where there are fewer threads. Answers do not change with it.
    pub workers: Option<u32>,
    /// Tokens of prompt and answer together; `None` means what the model was trained on, `most_context_tokens` at
    /// most.
    pub context_tokens: Option<u32>,
    /// A bound of what the model was trained on, since a key-value cache costs memory.
    pub most_context_tokens: u32,
    /// Tokens of one piece of a context, and so the grain at which contexts share their beginning. Answers
    /// change within [`crate::SHAPE_TOLERANCE_NATS`] with it. Speed on a processor hardly does.
    pub batch_tokens: u32,
    /// Whether what a request has in common with the one before is not evaluated again. Answers do not change with
    /// it; without it a request takes what it would take alone, which is of use for measuring only.
    pub shares_beginnings: bool,
}

impl Default for LlamaOptions {
    fn default() -> Self {
        Self {
            threads: None,
            workers: None,
            context_tokens: None,
            most_context_tokens: 4096,
            batch_tokens: 32,
            shares_beginnings: true,
        }
    }
}

/// What a backend has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LlamaStats {
    /// Requests answered, refused ones included.
    pub requests: u64,
    /// Tokens that the requests hold, each request counted alone.
    pub tokens_asked: u64,
    /// Tokens that went through the model; fewer, because requests share what they begin with.
    pub tokens_evaluated: u64,
}

/// The counters behind [`LlamaStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    requests: AtomicU64,
    tokens_asked: AtomicU64,
    tokens_evaluated: AtomicU64,
}

impl Counters {
    pub(crate) fn add_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_asked(&self, tokens: usize) {
        self.tokens_asked.fetch_add(tokens as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_evaluated(&self, tokens: usize) {
        self.tokens_evaluated.fetch_add(tokens as u64, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> LlamaStats {
        LlamaStats {
            requests: self.requests.load(Ordering::Relaxed),
            tokens_asked: self.tokens_asked.load(Ordering::Relaxed),
            tokens_evaluated: self.tokens_evaluated.load(Ordering::Relaxed),
        }
    }
}
