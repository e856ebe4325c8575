//! The words of the errors of a hub and its data sets.

use super::Explained;
use super::phrases::detail;
use daepyo_hub::{HubError, NameError};
use daepyo_messages::Message;
use std::error::Error;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    error.downcast_ref::<HubError>().map(|error| Explained::coded(error.code(), message(error))).or_else(
        || {
            let name = error.downcast_ref::<NameError>()?;
            let message =
                Message::new("hub-bad-name").with("name", name.name()).with("what", detail(name.what()));
            Some(Explained::plain(message))
        },
    )
}

fn message(error: &HubError) -> Message {
    match error {
        HubError::NoCache => Message::new("hub-no-cache"),
        HubError::Setting(problem) => Message::new("hub-setting").with("problem", detail(problem)),
        HubError::Name(_) => Message::new("hub-name"),
        HubError::Gated { repository, page, endpoint, token } => {
            Message::new(if *token { "hub-gated-token" } else { "hub-gated" })
                .with("repository", repository.as_str())
                .with("page", page.as_str())
                .with("endpoint", endpoint.as_str())
        }
        HubError::NotFound { what, endpoint, token } => {
            Message::new(if *token { "hub-not-found-token" } else { "hub-not-found" })
                .with("what", detail(what))
                .with("endpoint", endpoint.as_str())
        }
        HubError::Unreachable { endpoint, problem } => Message::new("hub-unreachable")
            .with("endpoint", endpoint.as_str())
            .with("problem", detail(problem)),
        HubError::Answer { endpoint, problem } => {
            Message::new("hub-answer").with("endpoint", endpoint.as_str()).with("problem", detail(problem))
        }
        HubError::WrongContent { repository, path, commit, problem } => Message::new("hub-wrong-content")
            .with("repository", repository.as_str())
            .with("path", path.as_str())
            .with("commit", commit.as_str())
            .with("problem", detail(problem)),
        HubError::TooLarge { repository, size_bytes, limit_bytes } => Message::new("hub-too-large")
            .with("repository", repository.as_str())
            .with("size", size_bytes.to_string())
            .with("limit", limit_bytes.to_string()),
        HubError::Offline { repository, missing, cache } => Message::new("hub-offline")
            .with("repository", repository.as_str())
            .with("missing", detail(missing))
            .with("cache", cache.display().to_string()),
        HubError::NeedsScript { repository, script } => Message::new("hub-needs-script")
            .with("repository", repository.as_str())
            .with("script", script.as_str()),
        HubError::UnknownConfig { repository, problem, known } => Message::new("hub-unknown-config")
            .with("repository", repository.as_str())
            .with("problem", detail(problem))
            .with(
                "known",
                known.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            ),
        HubError::NoData { repository, problem } => Message::new("hub-no-data")
            .with("repository", repository.as_str())
            .with("problem", detail(problem)),
        HubError::Cache { path, .. } => Message::new("hub-cache").with("path", path.display().to_string()),
    }
}
