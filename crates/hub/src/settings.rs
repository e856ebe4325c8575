//! How the hub is reached and where its cache lies, from the variables that every program of the hub honours.

use crate::HubError;
use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

const HUB: &str = "https://huggingface.co";

/// A hub token. Its text is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes a token as it was written; `None` where nothing but white space was.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How long is waited, and how often tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Attempts of one request, the first included.
    pub attempts: u32,
    /// Pause after the first failed attempt; each later one is twice as long.
    pub first_pause: Duration,
    /// The longest pause that a server may ask for.
    pub longest_pause: Duration,
    /// Time until the server's first byte, and between any two.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_mins(5),
            silence: Duration::from_mins(1),
        }
    }
}

/// Everything that decides how a hub is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubSettings {
    /// The hub's address, such as `https://huggingface.co`.
    pub endpoint: String,
    /// The cache's folder (`HF_HUB_CACHE`).
    pub cache: PathBuf,
    /// The token, where there is one.
    pub token: Option<Token>,
    /// Whether only the cache is used.
    pub offline: bool,
    /// How long is waited.
    pub patience: Patience,
    /// Most bytes that one data set may have.
    pub size_limit_bytes: u64,
}

impl HubSettings {
    /// The hub at huggingface.co, without a token, with the cache in `cache`.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: HUB.to_owned(),
            cache: cache.into(),
            token: None,
            offline: false,
            patience: Patience::default(),
            size_limit_bytes: 100 << 30,
        }
    }

    /// Reads `HF_ENDPOINT`, `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`, `HOME`, `HF_TOKEN`,
    /// `HUGGING_FACE_HUB_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE` and `TRANSFORMERS_OFFLINE` through `variable`, and
    /// the token's file. Fails where no variable tells where the cache is.
    pub fn from_variables<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Result<Self, HubError> {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = get("HOME").map(PathBuf::from);
        let path = |text: &str| match (text.strip_prefix("~/"), &home) {
            (Some(below), Some(home)) => home.join(below),
            _ => PathBuf::from(text),
        };
        let own = get("HF_HOME").map(path).or_else(|| {
            let caches =
                get("XDG_CACHE_HOME").map(path).or_else(|| home.clone().map(|home| home.join(".cache")));
            caches.map(|caches| caches.join("huggingface"))
        });
        let cache = get("HF_HUB_CACHE")
            .or_else(|| get("HUGGINGFACE_HUB_CACHE"))
            .map(path)
            .or_else(|| own.clone().map(|own| own.join("hub")))
            .ok_or(HubError::NoCache)?;
        let token_file = get("HF_TOKEN_PATH").map(path).or_else(|| own.map(|own| own.join("token")));
        let token = get("HF_TOKEN")
            .or_else(|| get("HUGGING_FACE_HUB_TOKEN"))
            .and_then(Token::new)
            .or_else(|| token_file.and_then(|file| token_in(&file)));
        let is_true = |text: &str| matches!(text.to_ascii_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE");
        Ok(Self {
            endpoint: get("HF_ENDPOINT").unwrap_or(HUB).trim_end_matches('/').to_owned(),
            token,
            offline: get("HF_HUB_OFFLINE").or_else(|| get("TRANSFORMERS_OFFLINE")).is_some_and(is_true),
            ..Self::new(cache)
        })
    }
}

/// The token that a login of the hub's own program left; a file that cannot be read counts as none.
fn token_in(file: &Path) -> Option<Token> {
    Token::new(&std::fs::read_to_string(file).ok()?)
}
