//! What is asked of a candidate, and what comes back: the border between tasks and backends.

use crate::Digest;
use serde::{Deserialize, Serialize};

/// One thing asked of a candidate. Two requests with the same [`Request::digest`] are sent once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// The log-probability of `continuation` after `context`, and whether greedy decoding would give it.
    Loglikelihood {
        /// What stands before; empty means the beginning of the text.
        context: String,
        /// What is judged, with its leading white space.
        continuation: String,
    },
    /// The log-probability of a whole text, window after window.
    LoglikelihoodRolling {
        /// The text.
        text: String,
    },
    /// Text that the candidate writes.
    Generate {
        /// What it is given.
        prompt: Prompt,
        /// How it writes.
        params: GenerateParams,
    },
}

impl Request {
    /// SHA-256 of the canonical form: the request's identity in plans, stores and logs.
    pub fn digest(&self) -> Digest {
        crate::request_digest::digest(self)
    }

    /// Bytes of text that it sends, without what a server's own template adds.
    pub fn text_bytes(&self) -> usize {
        match self {
            Self::Loglikelihood { context, continuation } => context.len() + continuation.len(),
            Self::LoglikelihoodRolling { text } | Self::Generate { prompt: Prompt::Text(text), .. } => {
                text.len()
            }
            Self::Generate { prompt: Prompt::Chat(messages), .. } => {
                messages.iter().map(|message| message.content.len()).sum()
            }
        }
    }
}

/// What a generation begins from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Plain text, given as it is (a chat template, if any, is already in it).
    Text(String),
    /// Messages, for a server that applies its own chat template.
    Chat(Vec<Message>),
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The one who asks.
    User,
    /// The candidate.
    Assistant,
}

/// How a candidate writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenerateParams {
    /// At most so many tokens.
    pub max_tokens: u32,
    /// 0 means greedy.
    pub temperature: f64,
    /// Nucleus; 1 means off.
    pub top_p: f64,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Seed of the sampling; repeats of one document differ in it.
    pub seed: u64,
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// A stop text or the end of the text.
    Stop,
    /// The token limit.
    Length,
    /// The server's filter.
    ContentFilter,
}

/// What came back for one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Response {
    /// To [`Request::Loglikelihood`].
    Loglikelihood {
        /// Sum of natural logarithms over the continuation's tokens.
        logprob: f64,
        /// Greedy decoding gives exactly this continuation.
        is_greedy: bool,
        /// Tokens of the continuation.
        tokens: u32,
    },
    /// To [`Request::LoglikelihoodRolling`].
    LoglikelihoodRolling {
        /// Sum of natural logarithms over all tokens.
        logprob: f64,
        /// Tokens of the text.
        tokens: u32,
    },
    /// To [`Request::Generate`].
    Generated {
        /// The answer, without the stop text.
        text: String,
        /// Why it ended.
        finish: Finish,
        /// Tokens read, where the backend says so.
        prompt_tokens: Option<u32>,
        /// Tokens written, where the backend says so.
        completion_tokens: Option<u32>,
    },
    /// No answer, after all retries. Never the candidate's fault in a score, always counted.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// What happened, for people; no secret and no header in it.
        message: String,
    },
}

/// What kept a request from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// No connection, or one that broke.
    Connection,
    /// No answer before the deadline.
    Deadline,
    /// Status 408, 409, 429 or 5xx to the last attempt.
    Server,
    /// Another 4xx: the request itself was refused by the server.
    Rejected,
    /// An answer that was not the promised JSON.
    Malformed,
    /// The backend can't do what was asked, for example log-probabilities, or the prompt does not fit.
    Unsupported,
    /// A replay file has no such response.
    NotRecorded,
}

/// A response with what it answers: one line of a published `responses/*.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredExchange {
    /// [`Request::digest`].
    pub request: Digest,
    /// What came back.
    pub response: Response,
}
