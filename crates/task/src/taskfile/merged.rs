//! What a name resolves to, as plain keys: for tools that compare, list or convert task files.

use super::{
    group::{GroupMetric, Head, Tree},
    source::Source,
};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// A task's keys, or a group's members.
#[derive(Clone, Debug, PartialEq)]
pub enum Merged {
    /// One task.
    Task(MergedTask),
    /// A group.
    Group {
        /// Its name; groups written inside another one are named `outer::inner`.
        name: String,
        /// Another name for people.
        alias: Option<String>,
        /// Metrics of the group as a whole.
        aggregate: Vec<GroupMetric>,
        /// Its `metadata`; null where it has none.
        metadata: Value,
        /// Its members, in the file's order.
        members: Vec<Self>,
    },
}

/// A task's keys after includes and the settings of groups around it.
#[derive(Clone, Debug, PartialEq)]
pub struct MergedTask {
    /// The file that the task stands in.
    pub path: PathBuf,
    /// Its keys.
    pub keys: Map<String, Value>,
}

impl MergedTask {
    /// Its name; empty where its file gives none.
    pub fn name(&self) -> &str {
        self.keys.get("task").and_then(Value::as_str).unwrap_or_default()
    }
}

pub(super) fn keys(source: Source) -> MergedTask {
    MergedTask { path: source.path, keys: source.map }
}

impl From<Tree<MergedTask>> for Merged {
    fn from(tree: Tree<MergedTask>) -> Self {
        match tree {
            Tree::Task(task) => Self::Task(task),
            Tree::Group(Head { name, alias, aggregate, metadata }, members) => Self::Group {
                name,
                alias,
                aggregate,
                metadata,
                members: members.into_iter().map(Self::from).collect(),
            },
        }
    }
}
