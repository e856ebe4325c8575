//! The words of the errors of backends, of conversations, of recorded responses and of the store that keeps responses.

use super::{Explained, phrases};
use daepyo_backend::talk::{CapReached, QueueError};
use daepyo_backend::{BackendError, ReplayError, ReplayLineError, TalkError};
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
    if let Some(error) = error.downcast_ref() {
        return Some(talk(error));
    }
    if let Some(error) = error.downcast_ref::<QueueError>() {
        return Some(queue(*error));
    }
    if let Some(CapReached { cap_tokens }) = error.downcast_ref() {
        let message = Message::new("talk-cap-reached").with("cap", cap_tokens.to_string());
        return Some(Explained::coded("talk::cap_reached", message));
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

fn talk(error: &TalkError) -> Explained {
    let with_detail = |id, detail: &str| Message::new(id).with("detail", phrases::detail(detail));
    let with_limit = |id, limit: String| Message::new(id).with("limit", limit);
    match error {
        TalkError::Unreachable { detail } => {
            Explained::coded("talk::unreachable", with_detail("talk-unreachable", detail))
        }
        TalkError::FirstToken { limit_ms } => {
            Explained::coded("talk::first_token", with_limit("talk-first-token", limit_ms.to_string()))
        }
        TalkError::Stalled { limit_ms } => {
            Explained::coded("talk::stalled", with_limit("talk-stalled", limit_ms.to_string()))
        }
        TalkError::Deadline { limit_ms } => {
            Explained::coded("talk::deadline", with_limit("talk-deadline", limit_ms.to_string()))
        }
        TalkError::Dropped { detail } => {
            Explained::coded("talk::dropped", with_detail("talk-dropped", detail))
        }
        TalkError::Status { status, detail } => {
            let message = with_detail("talk-status", detail).with("status", status.to_string());
            Explained::coded("talk::status", message)
        }
        TalkError::Malformed { detail } => {
            Explained::coded("talk::malformed", with_detail("talk-malformed", detail))
        }
        TalkError::Oversized { what, limit_bytes } => {
            let id = if *what == "event" { "talk-oversized-event" } else { "talk-oversized-answer" };
            Explained::coded("talk::oversized", with_limit(id, limit_bytes.to_string()))
        }
        TalkError::NotRecorded => Explained::coded("talk::not_recorded", Message::new("talk-not-recorded")),
    }
}

fn queue(error: QueueError) -> Explained {
    match error {
        QueueError::Full { waiting } => Explained::coded(
            "talk::queue_full",
            Message::new("talk-queue-full").with("waiting", waiting.to_string()),
        ),
        QueueError::TooFewSlots => {
            Explained::coded("talk::too_few_slots", Message::new("talk-too-few-slots"))
        }
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
