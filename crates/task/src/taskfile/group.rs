//! Groups: several tasks and groups under one name, with the way their metrics are put together.

use super::{
    config::TaskConfig,
    index::{EntryKind, TaskIndex},
    source::{Reader, Source},
    yaml::FUNCTION,
};
use crate::{TaskError, python::py_str};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// How one metric of a group is made from those of its tasks: the mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMetric {
    /// The metric.
    pub metric: String,
    /// Filters whose results are taken; every filter that the tasks have where `None`.
    pub filter_list: Option<Vec<String>>,
    /// Whether a task counts by its number of documents; else every task counts the same.
    pub weight_by_size: bool,
}

/// A group with its members.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name; groups written inside another one are named `outer::inner`.
    pub name: String,
    /// Another name for people.
    pub alias: Option<String>,
    /// Metrics of the group as a whole.
    pub aggregate: Vec<GroupMetric>,
    /// Anything; `version` has a meaning.
    pub metadata: Value,
    /// Its members, in the file's order.
    pub members: Vec<Node>,
}

/// A task, or a group of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// One task.
    Task(Box<TaskConfig>),
    /// A group.
    Group(Group),
}

impl Node {
    /// The name of the task or group.
    pub fn name(&self) -> &str {
        match self {
            Self::Task(config) => &config.task,
            Self::Group(group) => &group.name,
        }
    }

    /// Every task in it, in order.
    pub fn tasks(&self) -> Vec<&TaskConfig> {
        match self {
            Self::Task(config) => vec![config],
            Self::Group(group) => group.members.iter().flat_map(Self::tasks).collect(),
        }
    }
}

/// What is known of a group beside its members.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) alias: Option<String>,
    pub(super) aggregate: Vec<GroupMetric>,
    pub(super) metadata: Value,
}

/// A task made into whatever is wanted of it, or a group of such.
#[derive(Debug)]
pub(super) enum Tree<T> {
    Task(T),
    Group(Head, Vec<Self>),
}

impl From<Tree<Box<TaskConfig>>> for Node {
    fn from(tree: Tree<Box<TaskConfig>>) -> Self {
        match tree {
            Tree::Task(config) => Self::Task(config),
            Tree::Group(Head { name, alias, aggregate, metadata }, members) => Self::Group(Group {
                name,
                alias,
                aggregate,
                metadata,
                members: members.into_iter().map(Self::from).collect(),
            }),
        }
    }
}

/// Makes something of the tasks of a tree.
pub(super) trait Leaves {
    /// What it makes of a task.
    type Made;

    /// A task with all its keys.
    fn task(&mut self, source: Source) -> Result<Self::Made, TaskError>;

    /// The task called `name`, to which no group adds anything; `None` to have it read.
    fn unchanged(&mut self, name: &str) -> Option<Self::Made>;
}

impl<T, F: FnMut(Source) -> Result<T, TaskError>> Leaves for F {
    type Made = T;

    fn task(&mut self, source: Source) -> Result<T, TaskError> {
        self(source)
    }

    fn unchanged(&mut self, _: &str) -> Option<T> {
        None
    }
}

const GROUP_KEYS: [&str; 5] = ["group", "group_alias", "task", "aggregate_metric_list", "metadata"];
const MAX_DEPTH: usize = 32;
/// Bounds what groups of groups can grow into; all of lm-eval has 13,123 tasks.
const MAX_MEMBERS: usize = 50_000;

/// Keys that a group sets for all that is in it, each with its file.
type Overrides = Vec<(String, Value, PathBuf)>;

fn overlay(base: &Overrides, more: impl IntoIterator<Item = (String, Value, PathBuf)>) -> Overrides {
    let mut all = base.clone();
    for entry in more {
        all.retain(|(key, _, _)| *key != entry.0);
        all.push(entry);
    }
    all
}

fn entries(map: &Map<String, Value>, path: &Path, skip: &[&str]) -> Overrides {
    map.iter()
        .filter(|(key, _)| !skip.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone(), path.to_path_buf()))
        .collect()
}

/// Builds trees out of an index.
pub(super) struct Builder<'a, L: Leaves> {
    index: &'a TaskIndex,
    reader: Reader,
    leaves: &'a mut L,
    members: usize,
}

impl<'a, L: Leaves> Builder<'a, L> {
    pub(super) fn new(index: &'a TaskIndex, leaves: &'a mut L) -> Self {
        Self { index, reader: Reader::default(), leaves, members: 0 }
    }

    /// What `name` stands for: one task, one group, or the tasks of a tag.
    pub(super) fn named(&mut self, name: &str) -> Result<Vec<Tree<L::Made>>, TaskError> {
        self.members = 0;
        self.entry(name, &Vec::new(), 0)
    }

    /// The task or group in the file at `path`.
    pub(super) fn file(&mut self, path: &Path) -> Result<Tree<L::Made>, TaskError> {
        self.members = 0;
        let source = self.reader.read(path)?;
        match source.map.get("group").and_then(Value::as_str).map(str::to_owned) {
            Some(group) => self.group(&group, &source, &Vec::new(), 0),
            None => Ok(Tree::Task(self.leaves.task(source)?)),
        }
    }

    fn entry(
        &mut self,
        name: &str,
        overrides: &Overrides,
        depth: usize,
    ) -> Result<Vec<Tree<L::Made>>, TaskError> {
        let entry = self.index.get(name).ok_or_else(|| self.index.unknown(name))?;
        match (&entry.kind, &entry.path) {
            (EntryKind::Tag { members }, _) => {
                members.iter().map(|member| self.task(member, overrides)).collect()
            }
            (EntryKind::Group, Some(path)) => {
                let source = self.reader.read(path)?;
                Ok(vec![self.group(name, &source, overrides, depth)?])
            }
            (EntryKind::Task | EntryKind::PythonTask | EntryKind::Group, _) => {
                Ok(vec![self.task(name, overrides)?])
            }
        }
    }

    fn task(&mut self, name: &str, overrides: &Overrides) -> Result<Tree<L::Made>, TaskError> {
        let path = self
            .index
            .get(name)
            .and_then(|entry| entry.path.as_deref())
            .ok_or_else(|| self.index.unknown(name))?;
        self.count(path)?;
        let is_unchanged = overrides.iter().all(|(key, _, _)| STRUCTURE.contains(&key.as_str()));
        if is_unchanged && let Some(made) = self.leaves.unchanged(name) {
            return Ok(Tree::Task(made));
        }
        let source = self.reader.read(path)?;
        self.leaf(source, overrides, None)
    }

    fn count(&mut self, path: &Path) -> Result<(), TaskError> {
        self.members += 1;
        if self.members <= MAX_MEMBERS {
            return Ok(());
        }
        Err(TaskError::Config {
            path: path.to_path_buf(),
            key: "task".to_owned(),
            problem: format!("the groups around it hold more than {MAX_MEMBERS} tasks"),
        })
    }

    fn group(
        &mut self,
        name: &str,
        source: &Source,
        overrides: &Overrides,
        depth: usize,
    ) -> Result<Tree<L::Made>, TaskError> {
        let wrong = |key: &str, problem: &str| TaskError::Config {
            path: source.origin(key).to_path_buf(),
            key: key.to_owned(),
            problem: problem.to_owned(),
        };
        if depth > MAX_DEPTH {
            return Err(wrong("task", "the group contains itself, or groups are nested too deep"));
        }
        self.count(&source.path)?;
        let own = source
            .map
            .iter()
            .filter(|(key, _)| !GROUP_KEYS.contains(&key.as_str()) && *key != "tag")
            .map(|(key, value)| (key.clone(), value.clone(), source.origin(key).to_path_buf()))
            .collect();
        let below = overlay(&own, overrides.iter().cloned());
        let listed = match source.map.get("task") {
            Some(Value::Array(items)) => items.as_slice(),
            Some(one @ Value::String(_)) => std::slice::from_ref(one),
            None | Some(Value::Null) => &[],
            Some(_) => return Err(wrong("task", "must be a list of tasks")),
        };
        let mut members = Vec::new();
        for item in listed {
            members.extend(self.member(name, item, source, &below, depth)?);
        }
        let head = Head {
            name: name.to_owned(),
            alias: source.map.get("group_alias").and_then(Value::as_str).map(str::to_owned),
            aggregate: aggregate(source)?,
            metadata: source.map.get("metadata").cloned().unwrap_or(Value::Null),
        };
        Ok(Tree::Group(head, members))
    }

    fn member(
        &mut self,
        group: &str,
        item: &Value,
        source: &Source,
        overrides: &Overrides,
        depth: usize,
    ) -> Result<Vec<Tree<L::Made>>, TaskError> {
        let path = source.origin("task");
        let wrong = |problem: &str| TaskError::Config {
            path: path.to_path_buf(),
            key: "task".to_owned(),
            problem: problem.to_owned(),
        };
        let map = match item {
            Value::String(name) => return self.listed(group, name, &Map::new(), source, overrides, depth),
            Value::Object(map) => map,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                return Err(wrong("each entry must be a name, or a mapping with `task` or `group`"));
            }
        };
        match (map.get("group").and_then(Value::as_str), map.get("task").and_then(Value::as_str)) {
            (Some(name), _) if self.index.get(name).is_some() => {
                let all = overlay(overrides, entries(map, path, &["group", "task"]));
                self.entry(name, &all, depth + 1)
            }
            (Some(name), _) => {
                let inline = Source::inside(source, map.clone());
                Ok(vec![self.group(&format!("{group}::{name}"), &inline, overrides, depth + 1)?])
            }
            (None, Some(name)) => self.listed(group, name, map, source, overrides, depth),
            (None, None) => Err(wrong("a mapping in the list needs `task` or `group`")),
        }
    }

    /// A member that is called by its name, perhaps with overrides of its own in `map`.
    fn listed(
        &mut self,
        group: &str,
        name: &str,
        map: &Map<String, Value>,
        source: &Source,
        overrides: &Overrides,
        depth: usize,
    ) -> Result<Vec<Tree<L::Made>>, TaskError> {
        let path = source.origin("task");
        let all = overlay(overrides, entries(map, path, &["task"]));
        if self.index.get(name).is_some() {
            return self.entry(name, &all, depth + 1);
        }
        if map.is_empty() {
            return Err(self.index.unknown(name));
        }
        self.count(path)?;
        Ok(vec![self.leaf(Source::inside(source, Map::new()), &all, Some(format!("{group}::{name}")))?])
    }

    fn leaf(
        &mut self,
        mut source: Source,
        overrides: &Overrides,
        name: Option<String>,
    ) -> Result<Tree<L::Made>, TaskError> {
        for (key, value, origin) in overrides.iter().filter(|(key, _, _)| !STRUCTURE.contains(&key.as_str()))
        {
            source.set(key, value.clone(), origin);
        }
        if let Some(name) = name {
            let path = source.path.clone();
            source.set("task", Value::String(name), &path);
        }
        Ok(Tree::Task(self.leaves.task(source)?))
    }
}

/// Keys by which tasks are found; a group can't set them for its members.
const STRUCTURE: [&str; 2] = ["task", "tag"];

fn aggregate(source: &Source) -> Result<Vec<GroupMetric>, TaskError> {
    let key = "aggregate_metric_list";
    let wrong = |problem: &str| TaskError::Config {
        path: source.origin(key).to_path_buf(),
        key: key.to_owned(),
        problem: problem.to_owned(),
    };
    let items = match source.map.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    items
        .iter()
        .map(|item| {
            match item.get("aggregation") {
                None => {}
                Some(Value::String(name)) if name == "mean" => {}
                Some(_) => return Err(wrong("`aggregation` must be `mean`")),
            }
            if let Some(function) = item.get("metric").and_then(|metric| metric.get(FUNCTION)) {
                return Err(TaskError::NeedsPython {
                    path: source.origin(key).to_path_buf(),
                    key: format!("{key}.metric"),
                    code: py_str(function),
                });
            }
            let metric = item.get("metric").and_then(Value::as_str);
            let filter_list = match item.get("filter_list") {
                None | Some(Value::Null) => None,
                Some(Value::String(one)) => Some(vec![one.clone()]),
                Some(Value::Array(names)) => {
                    let names: Option<Vec<String>> =
                        names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
                    Some(names.ok_or_else(|| wrong("`filter_list` must be a list of names"))?)
                }
                Some(_) => return Err(wrong("`filter_list` must be a list of names")),
            };
            let weight_by_size = match item.get("weight_by_size") {
                None | Some(Value::Null) => true,
                Some(Value::Bool(flag)) => *flag,
                // A condition in lm-eval: a group of its tree has `truez`.
                Some(Value::String(text)) => !text.is_empty(),
                Some(Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    return Err(wrong("`weight_by_size` must be true or false"));
                }
            };
            Ok(GroupMetric {
                metric: metric.ok_or_else(|| wrong("each entry needs a `metric`"))?.to_owned(),
                filter_list,
                weight_by_size,
            })
        })
        .collect()
}
