//! The words of a stage's errors.

use super::{Explained, phrases, shard};
use daepyo_messages::Message;
use daepyo_stage::StageError;
use std::error::Error;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    let error: &StageError = error.downcast_ref()?;
    Some(Explained::coded(error.code(), message(error)))
}

fn message(error: &StageError) -> Message {
    match error {
        StageError::Programme { path, .. } => {
            Message::new("stage-programme").with("path", path.display().to_string())
        }
        StageError::UnknownStage { stage, known } => {
            Message::new("stage-unknown-stage").with("stage", stage.as_str()).with("known", known.as_str())
        }
        StageError::RulesChanged { stage, .. } => {
            Message::new("stage-rules-changed").with("stage", stage.as_str())
        }
        StageError::Weights { path, .. } => {
            Message::new("stage-weights").with("path", path.display().to_string())
        }
        StageError::DigestMismatch { candidate, path, written, found } => {
            Message::new("stage-digest-mismatch")
                .with("candidate", candidate.as_str())
                .with("path", path.display().to_string())
                .with("written", written.to_string())
                .with("found", found.to_string())
        }
        StageError::Task { suite, task, .. } => {
            Message::new("stage-task").with("suite", suite.as_str()).with("task", task.as_str())
        }
        StageError::FileOutsideSuite { task, path, suite } => Message::new("stage-file-outside-suite")
            .with("task", task.as_str())
            .with("path", path.display().to_string())
            .with("suite", suite.display().to_string()),
        StageError::Rows { path, problems } => Message::new("stage-rows")
            .with("path", path.display().to_string())
            .with("count", problems.len().to_string()),
        StageError::Backend { candidate, .. } => {
            Message::new("stage-backend").with("candidate", candidate.as_str())
        }
        StageError::Preflight { candidate, .. } => {
            Message::new("stage-preflight").with("candidate", candidate.as_str())
        }
        StageError::File { what, path, .. } => {
            Message::new("stage-file").with("what", *what).with("path", path.display().to_string())
        }
        StageError::Store(_) => Message::new("stage-store"),
        StageError::Log { path, .. } => Message::new("stage-log").with("path", path.display().to_string()),
        StageError::LogDiffers { index } => {
            Message::new("stage-log-differs").with("index", index.to_string())
        }
        StageError::Decide(_) => Message::new("stage-decide"),
        StageError::Follow(_) => Message::new("stage-follow"),
        StageError::Earlier { path, .. } => {
            Message::new("stage-earlier").with("path", path.display().to_string())
        }
        StageError::Contest { criterion, path, .. } => Message::new("stage-contest")
            .with("criterion", criterion.as_str())
            .with("path", path.display().to_string()),
        StageError::Canonical { what, .. } => {
            Message::new("stage-canonical").with("what", phrases::noun(what))
        }
        StageError::TooManyFailures { candidate, rate, limit } => Message::new("stage-too-many-failures")
            .with("candidate", candidate.as_str())
            .with("rate", format!("{:.2}", rate * 100.0))
            .with("limit", format!("{:.2}", limit * 100.0)),
        StageError::Budget { .. } => Message::new("stage-budget"),
        StageError::Shard(error) => shard::message(error),
        StageError::Interrupted => Message::new("stage-interrupted"),
    }
}
