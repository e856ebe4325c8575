//! Why a task cannot be read, or its requests cannot be made.

use crate::hook::HookError;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A task, data or template problem. Every variant has a code, [`TaskError::code`], with which its text begins.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A file or folder that cannot be read.
    #[error("task::unreadable: cannot read {}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// Text that is not YAML, or that the task format does not allow.
    #[error("task::yaml: {}:{line}:{column}: {problem}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
    /// A task file that asks for Python.
    #[error(
        "task::needs_python: {}: `{key}` needs the Python code `{code}`; write the step as a Jinja template or a \
         built-in filter or metric, or prepare the data beforehand and drop the key",
        path.display()
    )]
    NeedsPython {
        /// The file that has the key.
        path: PathBuf,
        /// The key, with its place in lists and maps, such as `metric_list[0].metric`.
        key: String,
        /// The Python name.
        code: String,
    },
    /// An `include` that cannot be followed.
    #[error("task::include: {}: cannot include {}: {problem}", path.display(), included.display())]
    Include {
        /// The file with the `include`.
        path: PathBuf,
        /// What it includes.
        included: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A key with a value of the wrong shape, or an impossible combination.
    #[error("task::config: {}: `{key}`: {problem}", path.display())]
    Config {
        /// The file that has the key.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// A name that no task, group or tag has.
    #[error("task::unknown: no task, group or tag is named `{name}`{}", nearest_text(nearest.as_ref()))]
    Unknown {
        /// The name.
        name: String,
        /// The nearest name that exists.
        nearest: Option<String>,
        /// What is wrong with a file that could not be read and may be the one that is meant.
        #[source]
        unread: Option<Arc<TaskError>>,
    },
    /// A data set that is not on this machine.
    #[error(
        "task::dataset_not_local: {task}: data set `{dataset}` is not on this machine (looked at {}); download it \
         beforehand, put its folder under the data root as `{dataset}`, and name the data root",
        list(looked_at)
    )]
    DatasetNotLocal {
        /// The task.
        task: String,
        /// The data set, as the task file names it.
        dataset: String,
        /// Where it was looked for.
        looked_at: Vec<PathBuf>,
    },
    /// A split that the data set does not have, or a task with nothing to measure on.
    #[error("task::split: {task}: {problem}")]
    Split {
        /// The task.
        task: String,
        /// What is wrong.
        problem: String,
    },
    /// A data file that cannot be understood.
    #[error("task::data: {}:{line}: {problem}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// Line, or row where the format has no lines, from 1; 0 where the whole file is meant.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A template that cannot be compiled.
    #[error("task::template: {}: `{key}` is not a Jinja template that daepyo understands", path.display())]
    Template {
        /// The file that has the key.
        path: PathBuf,
        /// The key.
        key: String,
        /// Why not.
        #[source]
        cause: minijinja::Error,
    },
    /// A document that the task's templates do not fit.
    #[error("task::document: {task}: document {document}: `{key}`: {problem}")]
    Document {
        /// The task.
        task: String,
        /// Which document (`3`, or `few-shot 3`), from 0.
        document: String,
        /// The key whose template or field does not fit.
        key: String,
        /// What is wrong.
        problem: String,
        /// What the template engine said, where it was asked.
        #[source]
        cause: Option<minijinja::Error>,
    },
    /// Few-shot examples that cannot be drawn.
    #[error("task::fewshot: {task}: {problem}")]
    Fewshot {
        /// The task.
        task: String,
        /// What is wrong.
        problem: String,
    },
    /// The task's own Python.
    #[error("task::hook: {task}: its own Python{} cannot be used", asked(key))]
    Hook {
        /// The task.
        task: String,
        /// The key whose function was asked; empty before that.
        key: String,
        /// What went wrong.
        #[source]
        cause: Box<HookError>,
    },
    /// A chat template that cannot be compiled or rendered.
    #[error("task::chat_template: {problem}")]
    ChatTemplate {
        /// What is wrong.
        problem: String,
        /// What the template engine said, where it was asked.
        #[source]
        cause: Option<minijinja::Error>,
    },
}

impl TaskError {
    /// The stable code of this problem, such as `task::needs_python`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "task::unreadable",
            Self::Yaml { .. } => "task::yaml",
            Self::NeedsPython { .. } => "task::needs_python",
            Self::Include { .. } => "task::include",
            Self::Config { .. } => "task::config",
            Self::Unknown { .. } => "task::unknown",
            Self::DatasetNotLocal { .. } => "task::dataset_not_local",
            Self::Split { .. } => "task::split",
            Self::Data { .. } => "task::data",
            Self::Template { .. } => "task::template",
            Self::Document { .. } => "task::document",
            Self::Fewshot { .. } => "task::fewshot",
            Self::Hook { .. } => "task::hook",
            Self::ChatTemplate { .. } => "task::chat_template",
        }
    }
}

impl TaskError {
    /// The task file that cannot be used, where one is meant.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Unreadable { path, .. }
            | Self::Yaml { path, .. }
            | Self::NeedsPython { path, .. }
            | Self::Include { path, .. }
            | Self::Config { path, .. }
            | Self::Data { path, .. }
            | Self::Template { path, .. } => Some(path),
            Self::Unknown { .. }
            | Self::DatasetNotLocal { .. }
            | Self::Split { .. }
            | Self::Document { .. }
            | Self::Fewshot { .. }
            | Self::Hook { .. }
            | Self::ChatTemplate { .. } => None,
        }
    }
}

fn asked(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!(" (`{key}`)") }
}

fn nearest_text(nearest: Option<&String>) -> String {
    nearest.map(|name| format!("; the nearest name is `{name}`")).unwrap_or_default()
}

fn list(paths: &[PathBuf]) -> String {
    let texts: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    texts.join(", ")
}
