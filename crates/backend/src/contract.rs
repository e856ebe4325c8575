//! What every backend promises to the runner.

use crate::Meter;
use daepyo_core::{Request, Response};
use std::sync::Arc;

/// The position of a request in the slice that was given, and its response.
pub type Answer = (usize, Response);

/// Where answers go as they arrive, in any order, each position at most once. When the receiver is gone, the
/// backend stops as soon as it can and returns `Ok`.
pub type Answers = tokio::sync::mpsc::Sender<Answer>;

/// A source of answers for one candidate.
#[async_trait::async_trait]
pub trait Backend: Send + Sync {
    /// What this backend can do; may ask the server once.
    async fn capabilities(&self) -> Result<Capabilities, BackendError>;

    /// Answers every request. One request's failure is a [`Response::Failed`], never an error of the whole call;
    /// an error means that nothing more can be answered at all (a model file that cannot be read).
    ///
    /// A response depends on its request alone: not on the others, on their order or on earlier calls, but for the
    /// float tolerance that the backend's documentation states.
    async fn answer(&self, requests: Arc<[Request]>, answers: Answers) -> Result<(), BackendError>;

    /// Has every request that is sent from now on admitted and counted by `meter`; does nothing where nothing is sent to
    /// a server.
    fn meter(&self, _meter: Arc<dyn Meter>) {}

    /// The tokens of `text` without any added beginning or end, where the backend has a tokenizer.
    fn tokenize(&self, text: &str) -> Option<Vec<u32>>;
}

/// What a backend can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether log-probabilities of given continuations can be had.
    pub loglikelihood: bool,
    /// Tokens of prompt and answer together, where known.
    pub context_tokens: Option<u32>,
    /// How chat messages become a prompt.
    pub chat: ChatSupport,
    /// Whether the backend puts a beginning-of-text token before each prompt, and its text, where known.
    pub added_bos: Option<String>,
}

/// How chat messages become a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatSupport {
    /// Not at all.
    None,
    /// The backend takes text; this Jinja template of the model's own metadata makes it.
    Template {
        /// The template.
        source: String,
        /// Text of the beginning-of-text token, empty where there is none.
        bos: String,
        /// Text of the end-of-text token, empty where there is none.
        eos: String,
    },
    /// The server applies its own template to messages.
    Native,
}

/// Why a backend can answer nothing at all.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// A file that cannot be used.
    #[error("backend::file: {path} cannot be used as {what}")]
    File {
        /// Its path.
        path: String,
        /// What it should be.
        what: &'static str,
        /// Why not.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A setting that cannot work, such as an API key variable that is not set.
    #[error("backend::setting: {0}")]
    Setting(String),
    /// The meter allows no more requests; what was answered before was given.
    #[error("backend::budget: the budget would be passed")]
    Budget,
    /// The engine failed in a way that no single request explains.
    #[error("backend::engine: {0}")]
    Engine(String),
}
