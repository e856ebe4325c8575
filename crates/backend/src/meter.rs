//! What requests cost, asked before and told after: the border between backends and whoever keeps a budget.

/// Requests and tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// Requests that carry a prompt, retries and probes among them.
    pub requests: u64,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// Of the requests, those whose tokens the server did not tell: they count with the most they can have taken.
    pub untold: u64,
}

impl Charge {
    /// A request that reads `prompt_bytes` of text in so many messages and writes at most so many tokens: no tokenizer
    /// makes more tokens of a text than it has bytes, and a chat template puts a few around each message.
    pub fn most(prompt_bytes: usize, messages: usize, max_tokens: u32) -> Self {
        /// Tokens around a message and around the whole.
        const AROUND: u64 = 16;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let around = count(messages).saturating_add(1).saturating_mul(AROUND);
        Self {
            requests: 1,
            prompt_tokens: count(prompt_bytes).saturating_add(around),
            completion_tokens: u64::from(max_tokens),
            untold: 0,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_add(other.requests),
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_add(other.completion_tokens),
            untold: self.untold.saturating_add(other.untold),
        }
    }

    /// This without `other`.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(other.requests),
            prompt_tokens: self.prompt_tokens.saturating_sub(other.prompt_tokens),
            completion_tokens: self.completion_tokens.saturating_sub(other.completion_tokens),
            untold: self.untold.saturating_sub(other.untold),
        }
    }
}

/// Is asked before each request is sent, and told what it took.
#[async_trait::async_trait]
pub trait Meter: Send + Sync {
    /// Whether a request that takes at most this may be sent. May wait for others to be settled. Where it may not, the
    /// backend sends nothing more and ends with [`BackendError::Budget`](crate::BackendError::Budget).
    async fn admit(&self, most: Charge) -> bool;

    /// An admitted request took this much.
    fn settle(&self, most: Charge, taken: Charge);
}
