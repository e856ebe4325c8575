//! Groups: several tasks and groups under one name, with the way their metrics are put together.

use super::{
    config::TaskConfig,
    index::{EntryKind, TaskIndex},
    source::Source,
};
use crate::TaskError;
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

const GROUP_KEYS: [&str; 5] = ["group", "group_alias", "task", "aggregate_metric_list", "metadata"];
const MAX_DEPTH: usize = 32;

/// Keys that a group sets for all that is in it, each with its file.
pub(super) type Overrides = Vec<(String, Value, PathBuf)>;

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

/// Builds nodes out of an index.
pub(super) struct Builder<'a> {
    pub(super) index: &'a TaskIndex,
    pub(super) reader: super::source::Reader,
}

impl Builder<'_> {
    /// What `name` stands for: one task, one group, or the tasks of a tag.
    pub(super) fn named(&mut self, name: &str, depth: usize) -> Result<Vec<Node>, TaskError> {
        self.entry(name, &Vec::new(), depth)
    }

    fn entry(&mut self, name: &str, overrides: &Overrides, depth: usize) -> Result<Vec<Node>, TaskError> {
        let entry = self.index.get(name).ok_or_else(|| self.index.unknown(name))?;
        match (&entry.kind, &entry.path) {
            (EntryKind::Tag { members }, _) => {
                let members: Vec<String> = members.iter().cloned().collect();
                members.iter().map(|member| self.task(member, overrides)).collect()
            }
            (EntryKind::Group, Some(path)) => {
                let source = self.reader.read(&path.clone())?;
                Ok(vec![self.group(name, &source, overrides, depth)?])
            }
            (EntryKind::Task | EntryKind::PythonTask | EntryKind::Group, _) => {
                Ok(vec![self.task(name, overrides)?])
            }
        }
    }

    fn task(&mut self, name: &str, overrides: &Overrides) -> Result<Node, TaskError> {
        let path = self
            .index
            .get(name)
            .and_then(|entry| entry.path.clone())
            .ok_or_else(|| self.index.unknown(name))?;
        let source = self.reader.read(&path)?;
        self.task_node(source, overrides, None)
    }

    /// The group in `source`, called `name`.
    pub(super) fn group_file(&mut self, name: &str, source: &Source) -> Result<Node, TaskError> {
        self.group(name, source, &Vec::new(), 0)
    }

    fn group(
        &mut self,
        name: &str,
        source: &Source,
        overrides: &Overrides,
        depth: usize,
    ) -> Result<Node, TaskError> {
        let wrong = |key: &str, problem: &str| TaskError::Config {
            path: source.origin(key).to_path_buf(),
            key: key.to_owned(),
            problem: problem.to_owned(),
        };
        if depth > MAX_DEPTH {
            return Err(wrong("task", "the group contains itself, or groups are nested too deep"));
        }
        let own = source
            .map
            .iter()
            .filter(|(key, _)| !GROUP_KEYS.contains(&key.as_str()) && *key != "tag")
            .map(|(key, value)| (key.clone(), value.clone(), source.origin(key).to_path_buf()))
            .collect();
        let below = overlay(&own, overrides.iter().cloned());
        let listed = match source.map.get("task") {
            Some(Value::Array(items)) => items.clone(),
            Some(Value::String(one)) => vec![Value::String(one.clone())],
            None | Some(Value::Null) => Vec::new(),
            Some(_) => return Err(wrong("task", "must be a list of tasks")),
        };
        let mut members = Vec::new();
        for item in &listed {
            members.extend(self.member(name, item, source, &below, depth)?);
        }
        Ok(Node::Group(Group {
            name: name.to_owned(),
            alias: source.map.get("group_alias").and_then(Value::as_str).map(str::to_owned),
            aggregate: aggregate(source)?,
            metadata: source.map.get("metadata").cloned().unwrap_or(Value::Null),
            members,
        }))
    }

    fn member(
        &mut self,
        group: &str,
        item: &Value,
        source: &Source,
        overrides: &Overrides,
        depth: usize,
    ) -> Result<Vec<Node>, TaskError> {
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
                let inline = Source {
                    path: path.to_path_buf(),
                    map: map.clone(),
                    files: source.files.clone(),
                    ..Source::default()
                };
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
    ) -> Result<Vec<Node>, TaskError> {
        let path = source.origin("task");
        let all = overlay(overrides, entries(map, path, &["task"]));
        if self.index.get(name).is_some() {
            return self.entry(name, &all, depth + 1);
        }
        if map.is_empty() {
            return Err(self.index.unknown(name));
        }
        let inline = Source { path: path.to_path_buf(), files: source.files.clone(), ..Source::default() };
        Ok(vec![self.task_node(inline, &all, Some(format!("{group}::{name}")))?])
    }

    /// The task in `source` with what groups set for it.
    pub(super) fn task_node(
        &self,
        mut source: Source,
        overrides: &Overrides,
        name: Option<String>,
    ) -> Result<Node, TaskError> {
        for (key, value, origin) in overrides.iter().filter(|(key, _, _)| key != "task" && key != "tag") {
            source.set(key, value.clone(), origin);
        }
        if let Some(name) = name {
            let path = source.path.clone();
            source.set("task", Value::String(name), &path);
        }
        let mut config = TaskConfig::from_source(&source)?;
        config.tasks_root = self.index.root_of(&config.path).map(Path::to_path_buf);
        Ok(Node::Task(Box::new(config)))
    }
}

fn aggregate(source: &Source) -> Result<Vec<GroupMetric>, TaskError> {
    let key = "aggregate_metric_list";
    let wrong = |problem: &str| TaskError::Config {
        path: source.origin(key).to_path_buf(),
        key: key.to_owned(),
        problem: problem.to_owned(),
    };
    let items = match source.map.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
    };
    items
        .iter()
        .map(|item| {
            match item.get("aggregation") {
                None => {}
                Some(Value::String(name)) if name == "mean" => {}
                Some(_) => return Err(wrong("`aggregation` must be `mean`")),
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
                Some(_) => return Err(wrong("`weight_by_size` must be true or false")),
            };
            Ok(GroupMetric {
                metric: metric.ok_or_else(|| wrong("each entry needs a `metric`"))?.to_owned(),
                filter_list,
                weight_by_size,
            })
        })
        .collect()
}
