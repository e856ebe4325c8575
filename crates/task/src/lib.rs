//! Tasks: documents to requests, responses to scores; no network.
//!
//! [`TaskIndex`] finds tasks, groups and tags in folders of lm-eval task files; [`Task::load`] reads one with its data;
//! [`Task::instance`] gives the requests and the target of each document; [`score`] turns responses into scores.

#![deny(clippy::disallowed_methods, reason = "published figures are the same bits on every machine")]

mod dataset;
mod error;
pub mod hook;
mod hooked;
pub mod plan;
mod prompt;
mod python;
pub mod score;
mod target;
mod task;
mod taskfile;

pub use dataset::{DatasetSource, Document, LocatedSplits, read_documents};
pub use error::TaskError;
pub use plan::Instance;
pub use prompt::{ChatStyle, CompiledChatTemplate, PythonRandom, render_template};
pub use python::{parse_literal, py_float, py_repr, py_str};
pub use target::Target;
pub use task::{LoadOptions, Task};
pub use taskfile::{
    DocTo, Entry, EntryKind, FewshotConfig, Function, Group, GroupMetric, Merged, MergedTask, NameKind, Node,
    OutputType, SamplerKind, SourceFile, Survey, SurveyRow, TaskConfig, TaskIndex, Way, WayCounts, card_head,
};
