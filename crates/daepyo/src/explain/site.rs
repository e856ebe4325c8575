//! The words of what keeps the site from starting or from being exported.

use super::Explained;
use daepyo_messages::Message;
use daepyo_server::{ContestsError, ExportError, ProgrammeError, StartError};
use std::error::Error;
use std::path::Path;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    if let Some(error) = error.downcast_ref::<StartError>() {
        return Some(Explained::coded(error.code(), start(error)));
    }
    if let Some(error) = error.downcast_ref::<ExportError>() {
        return Some(Explained::coded(error.code(), export(error)));
    }
    if let Some(error) = error.downcast_ref::<ContestsError>() {
        return Some(Explained::plain(contests(error)));
    }
    error.downcast_ref().map(programme).map(Explained::plain)
}

fn at(id: &'static str, path: &Path) -> Message {
    Message::new(id).with("path", path.display().to_string())
}

fn start(error: &StartError) -> Message {
    match error {
        StartError::Setting { problem } => {
            Message::new("site-start-setting").with("problem", problem.as_str())
        }
        StartError::Secret { folder, .. } => at("site-start-secret", folder),
        StartError::OtherSecret { path } => at("site-start-other-secret", path),
        StartError::Store(_) => Message::new("site-start-store"),
        StartError::Programme { path, .. } => at("site-start-programme", path),
        StartError::Contests(_) => Message::new("site-start-contests"),
        StartError::Listen { address, .. } => {
            Message::new("site-start-listen").with("address", address.to_string())
        }
    }
}

fn export(error: &ExportError) -> Message {
    match error {
        ExportError::Programme(_) => Message::new("site-export-programme"),
        ExportError::NotEmpty { folder } => at("site-export-folder", folder),
        ExportError::Changed { path } => at("site-export-changed", path),
        ExportError::File { path, .. } => at("site-export-file", path),
    }
}

fn contests(error: &ContestsError) -> Message {
    match error {
        ContestsError::Read { path, .. } => at("site-contests-read", path),
        ContestsError::Rows { path, problems, line } => at("site-contests-rows", path)
            .with("problems", problems.to_string())
            .with("line", line.to_string()),
        ContestsError::Key { path, .. } => at("site-contests-key", path),
        ContestsError::OtherKey { path } => at("site-start-other-secret", path),
        ContestsError::NoBackend { contest, candidate } => Message::new("site-contests-no-backend")
            .with("contest", contest.as_str())
            .with("candidate", candidate.to_string()),
        ContestsError::Contest(_) => Message::new("site-contests-contest"),
        ContestsError::Site(_) => Message::new("site-contests-store"),
    }
}

fn programme(error: &ProgrammeError) -> Message {
    match error {
        ProgrammeError::Read(_) => Message::new("site-programme-read"),
        ProgrammeError::Invalid { problems } => {
            Message::new("site-programme-invalid").with("problems", problems.to_string())
        }
    }
}
