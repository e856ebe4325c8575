//! Why a data set or a model cannot be had from a hub.

use crate::NameError;
use std::path::PathBuf;

/// A problem with a hub, its answers or the cache. Every variant has a code, [`HubError::code`], with which its text
/// begins; none holds a token.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Nothing says where the cache is.
    #[error("hub::no_cache: no folder for downloads is known; set HF_HOME or HF_HUB_CACHE")]
    NoCache,
    /// An address or a token that cannot be used.
    #[error("hub::setting: {0}")]
    Setting(String),
    /// A name that no hub has.
    #[error("hub::name: a name cannot be used")]
    Name(#[source] NameError),
    /// The repository asks for consent first.
    #[error("hub::gated: {}", gated(repository, page, endpoint, *token))]
    Gated {
        /// The repository.
        repository: String,
        /// Where the terms are.
        page: String,
        /// The hub.
        endpoint: String,
        /// Whether a token was sent.
        token: bool,
    },
    /// The hub knows no such thing, or hides it.
    #[error("hub::not_found: {what} is not on {endpoint}, or is private{}", private(*token))]
    NotFound {
        /// What was asked for.
        what: String,
        /// The hub.
        endpoint: String,
        /// Whether a token was sent.
        token: bool,
    },
    /// The hub cannot be reached, or answers with a fault, also when asked again.
    #[error(
        "hub::unreachable: {endpoint}: {problem}; try again later, or set HF_HUB_OFFLINE=1 to use what is downloaded"
    )]
    Unreachable {
        /// The hub.
        endpoint: String,
        /// What happened last.
        problem: String,
    },
    /// An answer that breaks the hub's protocol, or would write where it must not.
    #[error("hub::answer: {endpoint}: {problem}")]
    Answer {
        /// The hub.
        endpoint: String,
        /// What is wrong.
        problem: String,
    },
    /// Content that is not what the commit lists.
    #[error(
        "hub::wrong_content: {repository}: `{path}` is not what commit {commit} lists ({problem}); nothing of it is \
         kept, so the download can simply be run again"
    )]
    WrongContent {
        /// The repository.
        repository: String,
        /// The file.
        path: String,
        /// The commit.
        commit: String,
        /// What differs.
        problem: String,
    },
    /// More than is allowed.
    #[error(
        "hub::too_large: {repository} has {size_bytes} bytes in the files that are needed; the limit is {limit_bytes}"
    )]
    TooLarge {
        /// The repository.
        repository: String,
        /// How much.
        size_bytes: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// Offline, and the cache has not all of it.
    #[error(
        "hub::offline: {repository}: {missing} is not in {} and HF_HUB_OFFLINE forbids to download; unset it once, \
         or copy the cache of a machine that has it", cache.display()
    )]
    Offline {
        /// The repository.
        repository: String,
        /// What is missing.
        missing: String,
        /// The cache.
        cache: PathBuf,
    },
    /// A data set that only a program of its own can read.
    #[error(
        "hub::needs_script: {repository} is read by its own Python program `{script}`, which daepyo does not run, and \
         the hub has no Parquet copy of it (branch refs/convert/parquet); write its documents into a file beforehand"
    )]
    NeedsScript {
        /// The repository.
        repository: String,
        /// The program.
        script: String,
    },
    /// A configuration that the data set does not have.
    #[error("hub::unknown_config: {repository}: {problem}; it has {}", list(known))]
    UnknownConfig {
        /// The repository.
        repository: String,
        /// What is wrong.
        problem: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No data files, or none that can be read.
    #[error("hub::no_data: {repository}: {problem}")]
    NoData {
        /// The repository.
        repository: String,
        /// What is wrong.
        problem: String,
    },
    /// The cache cannot be read or written.
    #[error("hub::cache: cannot use {}", path.display())]
    Cache {
        /// Which file or folder.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
}

impl HubError {
    /// The stable code, with a page in the documentation.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCache => "hub::no_cache",
            Self::Setting(_) => "hub::setting",
            Self::Name(_) => "hub::name",
            Self::Gated { .. } => "hub::gated",
            Self::NotFound { .. } => "hub::not_found",
            Self::Unreachable { .. } => "hub::unreachable",
            Self::Answer { .. } => "hub::answer",
            Self::WrongContent { .. } => "hub::wrong_content",
            Self::TooLarge { .. } => "hub::too_large",
            Self::Offline { .. } => "hub::offline",
            Self::NeedsScript { .. } => "hub::needs_script",
            Self::UnknownConfig { .. } => "hub::unknown_config",
            Self::NoData { .. } => "hub::no_data",
            Self::Cache { .. } => "hub::cache",
        }
    }
}

fn gated(repository: &str, page: &str, endpoint: &str, token: bool) -> String {
    let terms =
        format!("`{repository}` is given only to people who accepted its terms; accept them at {page}");
    if token {
        format!("{terms} with the account of the token in HF_TOKEN, which was refused")
    } else {
        format!("{terms}, make a token at {endpoint}/settings/tokens and set HF_TOKEN to it")
    }
}

const fn private(token: bool) -> &'static str {
    if token { " and the token in HF_TOKEN may not see it" } else { "; for a private one, set HF_TOKEN" }
}

/// Names between backquotes, at most 20 of them.
fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "none".to_owned(),
        1..=20 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), more - 20),
    }
}
