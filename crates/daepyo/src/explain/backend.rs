//! The words of the errors of backends, of recorded responses and of the store that keeps responses.

use super::{Explained, phrases};
use daepyo_backend::{BackendError, ReplayError, ReplayLineError};
use daepyo_messages::Message;
use daepyo_store::StoreError;
use std::error::Error;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    if let Some(error) = error.downcast_ref() {
        return Some(backend(error));
    }
    if let Some(ReplayError { line, .. }) = error.downcast_ref() {
        let message = Message::new("replay-line").with("line", line.to_string());
        return Some(Explained::coded("replay::line", message));
    }
    if let Some(error) = error.downcast_ref() {
        return Some(Explained::plain(line(error)));
    }
    error.downcast_ref().map(store)
}

fn backend(error: &BackendError) -> Explained {
    match error {
        BackendError::File { path, what, .. } => Explained::coded(
            "backend::file",
            Message::new("backend-file").with("path", path.as_str()).with("what", phrases::noun(what)),
        ),
        BackendError::Setting(detail) => Explained::coded(
            "backend::setting",
            Message::new("backend-setting").with("detail", phrases::detail(detail)),
        ),
        BackendError::Budget => Explained::coded("backend::budget", Message::new("backend-budget")),
        BackendError::Engine(detail) => Explained::coded(
            "backend::engine",
            Message::new("backend-engine").with("detail", phrases::detail(detail)),
        ),
    }
}

fn line(error: &ReplayLineError) -> Message {
    match error {
        ReplayLineError::Read(_) => Message::new("replay-read"),
        ReplayLineError::TooLong => Message::new("replay-too-long").with("limit", (16 << 20).to_string()),
        ReplayLineError::Json(_) => Message::new("replay-json"),
        ReplayLineError::UnknownShape => Message::new("replay-unknown-shape"),
        ReplayLineError::Positive(number) => {
            Message::new("replay-positive").with("number", number.to_string())
        }
        ReplayLineError::Contradiction { first, what } => {
            Message::new("replay-contradiction").with("first", first.to_string()).with("what", *what)
        }
    }
}

fn store(error: &StoreError) -> Explained {
    match error {
        StoreError::Open { path, .. } => Explained::coded(
            "store::open",
            Message::new("store-open").with("path", path.display().to_string()),
        ),
        StoreError::Migrate { path, .. } => Explained::coded(
            "store::migrate",
            Message::new("store-migrate").with("path", path.display().to_string()),
        ),
        StoreError::Query(_) => Explained::coded("store::query", Message::new("store-query")),
        StoreError::Corrupt { request, .. } => Explained::coded(
            "store::corrupt",
            Message::new("store-corrupt").with("request", request.as_str()),
        ),
    }
}
