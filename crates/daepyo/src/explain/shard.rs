//! The words of what keeps shards from being joined, and of the places where they lie.

use super::{Explained, phrases};
use daepyo_messages::Message;
use daepyo_stage::shard::{Difference, ShardError};
use daepyo_store::PlaceError;
use std::error::Error;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    if let Some(error) = error.downcast_ref::<PlaceError>() {
        return Some(Explained::coded(error.code(), place(error)));
    }
    let error: &ShardError = error.downcast_ref()?;
    Some(Explained::coded(error.code(), message(error)))
}

pub(super) fn message(error: &ShardError) -> Message {
    match error {
        ShardError::Missing { missing, count } => {
            Message::new("shard-missing").with("missing", missing.as_str()).with("count", count.to_string())
        }
        ShardError::Doubled { index, one, other } => Message::new("shard-doubled")
            .with("index", index.to_string())
            .with("one", one.as_str())
            .with("other", other.as_str()),
        ShardError::Foreign { one, other, difference } => Message::new("shard-foreign")
            .with("one", one.as_str())
            .with("other", other.as_str())
            .with("difference", told(difference)),
        ShardError::Unfinished { place } => Message::new("shard-unfinished").with("place", place.as_str()),
        ShardError::Damaged { place, problem } => Message::new("shard-damaged")
            .with("place", place.as_str())
            .with("problem", phrases::detail(problem)),
        ShardError::PlanDiffers { difference } => {
            Message::new("shard-plan-differs").with("difference", told(difference))
        }
        ShardError::OutTaken { path } => {
            Message::new("shard-out-taken").with("path", path.display().to_string())
        }
        ShardError::Place(error) => place(error),
    }
}

fn told(difference: &Difference) -> Message {
    match difference {
        Difference::Count { one, other } => {
            Message::new("shard-other-count").with("one", one.to_string()).with("other", other.to_string())
        }
        Difference::Model => Message::new("shard-other-model"),
        Difference::Template => Message::new("shard-other-template"),
        Difference::Tasks { names } => Message::new("shard-other-tasks").with("names", names.as_str()),
        Difference::Requests => Message::new("shard-other-requests"),
    }
}

fn place(error: &PlaceError) -> Message {
    match error {
        PlaceError::Address { address } => Message::new("place-address").with("address", address.as_str()),
        PlaceError::NoFolder { path } => Message::new("place-no-folder").with("path", path.as_str()),
        PlaceError::Setting { address, problem } => Message::new("place-setting")
            .with("address", address.as_str())
            .with("problem", phrases::detail(problem)),
        PlaceError::Failed { what, path, problem } => Message::new("place-failed")
            .with("what", *what)
            .with("path", path.as_str())
            .with("problem", phrases::detail(problem)),
        PlaceError::TooLarge { path, limit_bytes } => {
            Message::new("place-too-large").with("path", path.as_str()).with("limit", limit_bytes.to_string())
        }
    }
}
