//! The words of the errors of the evidence log and of its keys.

use super::Explained;
use daepyo_core::Localized;
use daepyo_evidence::{CheckpointError, KeyError, MAX_ENTRY_BYTES};
use daepyo_messages::{Argument, Message};
use std::error::Error;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    if let Some(error) = error.downcast_ref::<daepyo_evidence::Error>() {
        return Some(Explained::coded(error.code(), log(error)));
    }
    if let Some(error) = error.downcast_ref::<KeyError>() {
        return Some(Explained::coded(error.code(), key(error)));
    }
    error.downcast_ref::<CheckpointError>().map(|error| Explained::coded(error.code(), checkpoint(*error)))
}

fn log(error: &daepyo_evidence::Error) -> Message {
    use daepyo_evidence::Error;
    match error {
        Error::Io { action, path, .. } => {
            Message::new("evidence-io").with("action", verb(action)).with("path", path.display().to_string())
        }
        Error::EntryTooLarge { index, size_bytes } => Message::new("evidence-entry-too-large")
            .with("index", index.to_string())
            .with("size", size_bytes.to_string())
            .with("limit", MAX_ENTRY_BYTES.to_string()),
        Error::KeyInsideLog { key, log } => Message::new("evidence-key-inside-log")
            .with("key", key.display().to_string())
            .with("log", log.display().to_string()),
        Error::KeyMismatch { log, found, expected } => Message::new("evidence-key-mismatch")
            .with("log", log.display().to_string())
            .with("found", found.as_str())
            .with("expected", expected.as_str()),
        Error::NotEmpty { log, found } => Message::new("evidence-not-empty")
            .with("log", log.display().to_string())
            .with("found", found.as_str()),
        Error::NoLog { log } => Message::new("evidence-no-log").with("log", log.display().to_string()),
        Error::Locked { log } => Message::new("evidence-locked").with("log", log.display().to_string()),
        Error::Damaged { log, file, reason } => Message::new("evidence-damaged")
            .with("log", log.display().to_string())
            .with("file", file.as_str())
            .with("reason", damage(reason)),
        Error::Checkpoint { file, .. } => {
            Message::new("evidence-no-checkpoint-file").with("file", file.as_str())
        }
        Error::Key(_) => Message::new("evidence-key"),
        Error::Interrupted => Message::new("evidence-interrupted"),
        Error::OutOfRange { what, asked, size } => Message::new("evidence-out-of-range")
            .with("what", *what)
            .with("asked", asked.to_string())
            .with("size", size.to_string()),
    }
}

fn key(error: &KeyError) -> Message {
    match error {
        KeyError::Name { name } => Message::new("evidence-key-name").with("name", name.as_str()),
        KeyError::MalformedPublic => Message::new("evidence-malformed-public-key"),
        KeyError::MalformedPrivate => Message::new("evidence-malformed-private-key"),
        KeyError::Entropy(_) => Message::new("evidence-entropy"),
        KeyError::Exists { path } => {
            Message::new("evidence-key-exists").with("path", path.display().to_string())
        }
        KeyError::Io { action, path, .. } => Message::new("evidence-key-file")
            .with("action", verb(action))
            .with("path", path.display().to_string()),
    }
}

fn checkpoint(error: CheckpointError) -> Message {
    match error {
        CheckpointError::Malformed => Message::new("evidence-malformed-checkpoint"),
        CheckpointError::WrongSignature => Message::new("evidence-wrong-signature"),
        CheckpointError::WrongOrigin => Message::new("evidence-wrong-origin"),
    }
}

/// What could not be done, as it stands before 수 없습니다.
fn verb(action: &str) -> Argument {
    let ko = match action {
        "create" => "만들",
        "find" => "찾을",
        "list" => "훑을",
        "lock" => "잠글",
        "make durable" => "디스크에 남길",
        "move into place" => "제자리로 옮길",
        "open" => "열",
        "read" => "읽을",
        "remove" => "지울",
        "write" => "쓸",
        _ => "다룰",
    };
    Localized { ko: ko.to_owned(), en: action.to_owned() }.into()
}

fn damage(reason: &str) -> Argument {
    let known = DAMAGES.iter().find(|(en, _)| *en == reason);
    let ko = known.map_or_else(|| format!("`{reason}`"), |(_, ko)| (*ko).to_owned());
    Localized { ko, en: reason.to_owned() }.into()
}

const DAMAGES: &[(&str, &str)] = &[
    (
        "it does not hold the number of entries that its name says",
        "이름이 말하는 수의 항목이 들어 있지 않습니다",
    ),
    (
        "it does not hold the number of hashes that its name says",
        "이름이 말하는 수의 해시가 들어 있지 않습니다",
    ),
    ("it is for another size", "다른 크기의 것입니다"),
    ("it is missing", "파일이 없습니다"),
    ("its entries are not those of the tile of leaf hashes", "항목이 잎 해시 타일의 것과 다릅니다"),
    (
        "it says that the log has more entries than any log can have",
        "기록이 가질 수 있는 것보다 항목이 많다고 적혀 있습니다",
    ),
];
