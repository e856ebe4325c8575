//! The words of the errors of tasks, their data and their scoring.

use super::Explained;
use super::phrases::detail;
use daepyo_core::Localized;
use daepyo_messages::{Argument, Message};
use daepyo_task::TaskError;
use daepyo_task::hook::HookError;
use daepyo_task::score::ScoreError;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

pub(super) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    // A cause in a box is another type than the cause.
    if let Some(cause) = error.downcast_ref::<Box<HookError>>() {
        return explain(&**cause);
    }
    if let Some(cause) = error.downcast_ref::<Arc<TaskError>>() {
        return explain(&**cause);
    }
    let task = error.downcast_ref::<TaskError>();
    task.map(|error| Explained::coded(error.code(), task_message(error))).or_else(|| {
        let score = error.downcast_ref::<ScoreError>();
        score.map(|error| Explained::coded(error.code(), score_message(error))).or_else(|| {
            let hook = error.downcast_ref::<HookError>();
            hook.map(|error| Explained::coded(error.code(), hook_message(error)))
        })
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn task_message(error: &TaskError) -> Message {
    match error {
        TaskError::Unreadable { path, .. } => Message::new("task-unreadable").with("path", shown(path)),
        TaskError::Yaml { path, line, column, problem } => Message::new("task-yaml")
            .with("path", shown(path))
            .with("line", line.to_string())
            .with("column", column.to_string())
            .with("problem", detail(problem)),
        TaskError::NeedsPython { path, key, code } => Message::new("task-needs-python")
            .with("path", shown(path))
            .with("key", key.as_str())
            .with("code", code.as_str()),
        TaskError::Include { path, included, problem } => Message::new("task-include")
            .with("path", shown(path))
            .with("included", shown(included))
            .with("problem", detail(problem)),
        TaskError::Config { path, key, problem } => Message::new("task-config")
            .with("path", shown(path))
            .with("key", key.as_str())
            .with("problem", detail(problem)),
        TaskError::Unknown { name, nearest, .. } => {
            near(["task-unknown", "task-unknown-near"], nearest.as_ref()).with("name", name.as_str())
        }
        TaskError::DatasetNotLocal { task, dataset, looked_at } => {
            let looked_at: Vec<_> = looked_at.iter().map(|path| shown(path)).collect();
            Message::new("task-dataset-not-local")
                .with("task", task.as_str())
                .with("dataset", dataset.as_str())
                .with("places", looked_at.join(", "))
        }
        TaskError::Split { task, problem } => {
            Message::new("task-split").with("task", task.as_str()).with("problem", detail(problem))
        }
        TaskError::Data { path, line, problem } => Message::new("task-data")
            .with("path", shown(path))
            .with("line", line.to_string())
            .with("problem", detail(problem)),
        TaskError::Template { path, key, .. } => {
            Message::new("task-template").with("path", shown(path)).with("key", key.as_str())
        }
        TaskError::Document { task, document, key, problem, .. } => Message::new("task-document")
            .with("task", task.as_str())
            .with("document", document.as_str())
            .with("key", key.as_str())
            .with("problem", detail(problem)),
        TaskError::Fewshot { task, problem } => {
            Message::new("task-fewshot").with("task", task.as_str()).with("problem", detail(problem))
        }
        TaskError::Hook { task, key, .. } => {
            let id = if key.is_empty() { "task-hook" } else { "task-hook-key" };
            Message::new(id).with("task", task.as_str()).with("key", key.as_str())
        }
        TaskError::ChatTemplate { problem, .. } => {
            Message::new("task-chat-template").with("problem", detail(problem))
        }
    }
}

/// What Python says stays in its own words.
fn hook_message(error: &HookError) -> Message {
    let id = match error {
        HookError::SandboxMissing { .. } => "hook-sandbox-missing",
        HookError::Start { .. } => "hook-start",
        HookError::Limits { .. } => "hook-limits",
        HookError::Folder { .. } => "hook-folder",
        HookError::Failed { .. } => "hook-failed",
        HookError::Timeout { .. } => "hook-timeout",
        HookError::Ended { .. } => "hook-ended",
        HookError::GivenUp { .. } => "hook-given-up",
        HookError::TooLarge { .. } => "hook-too-large",
        HookError::Protocol { .. } => "hook-protocol",
        HookError::Result { .. } => "hook-result",
    };
    let words = error.to_string();
    let detail = words.split_once(": ").map_or(words.as_str(), |(_, rest)| rest);
    Message::new(id).with("detail", detail)
}

fn score_message(error: &ScoreError) -> Message {
    // The nearest name is not part of these words: `Display` has none either, and the file shows what was written.
    match error {
        ScoreError::UnknownOutputType { name, .. } => {
            Message::new("task-unknown-output-type").with("name", name.as_str())
        }
        ScoreError::UnknownMetric { name, .. } => {
            Message::new("task-unknown-metric").with("name", name.as_str())
        }
        ScoreError::MetricUnsuitable { metric, output_type } => {
            Message::new("task-metric-unsuitable").with("metric", metric.as_str()).with("type", *output_type)
        }
        ScoreError::UnknownAggregation { name, .. } => {
            Message::new("task-unknown-aggregation").with("name", name.as_str())
        }
        ScoreError::AggregationUnsuitable { metric, aggregation } => {
            let message = Message::new("task-aggregation-unsuitable");
            message.with("metric", metric.as_str()).with("aggregation", *aggregation)
        }
        ScoreError::UnknownFilter { name, .. } => {
            Message::new("task-unknown-filter").with("name", name.as_str())
        }
        ScoreError::FilterUnsuitable { filter, output_type } => {
            Message::new("task-filter-unsuitable").with("filter", filter.as_str()).with("type", *output_type)
        }
        ScoreError::UnknownOption { owner, option, .. } => {
            Message::new("task-unknown-option").with("owner", owner.as_str()).with("option", option.as_str())
        }
        ScoreError::BadOption { owner, option, expected } => Message::new("task-bad-option")
            .with("owner", owner.as_str())
            .with("option", option.as_str())
            .with("expected", wanted(expected)),
        ScoreError::BadRegex { owner, pattern, .. } => {
            Message::new("task-bad-regex").with("owner", owner.as_str()).with("pattern", pattern.as_str())
        }
        ScoreError::BadTarget { problem } => Message::new("task-bad-target").with("problem", detail(problem)),
    }
}

/// The first message, or the second with the nearest name where there is one.
fn near([without, with]: [&'static str; 2], nearest: Option<&String>) -> Message {
    nearest.map_or_else(|| Message::new(without), |name| Message::new(with).with("near", name.as_str()))
}

/// What an option must be; words that the table does not have are quoted.
fn wanted(expected: &str) -> Argument {
    let known = EXPECTED.iter().find(|(en, _)| *en == expected);
    let ko = known.map_or_else(|| format!("`{expected}`"), |(_, ko)| (*ko).to_owned());
    Localized { ko, en: expected.to_owned() }.into()
}

const EXPECTED: &[(&str, &str)] = &[
    ("`binary`, `macro`, `micro` or `weighted`", "`binary`, `macro`, `micro`, `weighted` 가운데 하나"),
    ("`number`, `choice` or `text`", "`number`, `choice`, `text` 가운데 하나"),
    ("`true` or `false`", "`true` 또는 `false`"),
    ("a list of functions", "함수의 목록"),
    ("a list of metrics, each named once", "이름이 겹치지 않는 지표의 목록"),
    ("a list of named filters", "이름이 있는 필터의 목록"),
    ("a list of texts", "글의 목록"),
    ("a mapping", "키와 값의 묶음"),
    ("a whole number", "정수"),
    ("a whole number from 1", "1 이상의 정수"),
    ("different in each entry", "항목마다 다른 것"),
    ("text", "글"),
    ("the name of an aggregation, or a Python function", "집계 방법의 이름이나 파이썬 함수"),
    ("the name of a filter", "필터의 이름"),
];
