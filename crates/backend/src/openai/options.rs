//! What a caller settles about a server: address, model, key, limits.

use crate::BackendError;
use std::fmt;
use std::time::Duration;
use url::Url;

/// A secret for the server. Its text is in no `Debug` form, error or failure.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key, already read from wherever it is kept; white space around it is dropped.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into().trim().to_owned())
    }

    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How long one request is pursued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts at most, the first included.
    pub attempts: u32,
    /// Upper bound of the pause after the first attempt; it doubles with each further one (full jitter).
    pub first_pause: Duration,
    /// Upper bound of every pause of our own.
    pub greatest_pause: Duration,
    /// Time for all attempts and pauses of one request; waiting for a place among other requests is not in it.
    pub total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 8,
            first_pause: Duration::from_millis(500),
            greatest_pause: Duration::from_secs(30),
            total: Duration::from_mins(30),
        }
    }
}

/// Settings of an [`OpenAiBackend`](super::OpenAiBackend).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAiOptions {
    /// Address up to and without `/completions`, such as `http://127.0.0.1:8000/v1`.
    pub base_url: String,
    /// The `model` of each request.
    pub model: String,
    /// Sent as a bearer token.
    pub api_key: Option<ApiKey>,
    /// Attempts under way at once, at most; how many there really are is found by the server's answers.
    pub concurrency: u32,
    /// Time for one attempt, from the connection to the last byte. Also the longest pause that a server may ask for.
    pub deadline: Duration,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Whether answers are asked for as server-sent events.
    pub streaming: bool,
    /// Whether the server takes chat messages.
    pub chat: bool,
    /// Seed of the pauses' jitter. It changes no response.
    pub jitter_seed: u64,
    /// Longest body of one answer, in bytes.
    pub body_limit_bytes: usize,
}

impl OpenAiOptions {
    /// Settings with the usual limits: 8 at once, 10 minutes an attempt, 16 MiB a body, no streaming, no chat.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            model: model.into(),
            api_key: None,
            concurrency: 8,
            deadline: Duration::from_mins(10),
            retry: RetryPolicy::default(),
            streaming: false,
            chat: false,
            jitter_seed: 0,
            body_limit_bytes: 16 << 20,
        }
    }

    /// The address, read.
    pub(super) fn base(&self) -> Result<Url, BackendError> {
        let setting = |text: &str| BackendError::Setting(text.to_owned());
        let url = Url::parse(&self.base_url)
            .map_err(|error| BackendError::Setting(format!("the server's address can't be read: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
            return Err(setting(
                "the server's address must begin with http:// or https:// and have no `?` or `#`",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(setting(
                "the server's address must hold no user name or password; name an API key variable instead",
            ));
        }
        Ok(url)
    }
}
