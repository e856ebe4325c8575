//! All tasks, groups and tags under some folders, by name.

use super::{
    config::TaskConfig,
    group::{Builder, Node},
    source::{Reader, Source},
};
use crate::TaskError;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A task without a Python class; other Python in it shows when it is resolved.
    Task,
    /// A task that is a Python class.
    PythonTask,
    /// A group.
    Group,
    /// A tag, which stands for the tasks that bear it.
    Tag {
        /// Their names.
        members: BTreeSet<String>,
    },
}

/// A named thing in an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its file; tags have none.
    pub path: Option<PathBuf>,
    /// What it asks of a model, where the file says.
    pub output_type: Option<String>,
}

/// Tasks, groups and tags by name.
#[derive(Debug, Default)]
pub struct TaskIndex {
    entries: BTreeMap<String, Entry>,
    problems: Vec<TaskError>,
    warnings: Vec<String>,
    roots: Vec<PathBuf>,
}

const IGNORED_FOLDERS: [&str; 2] = ["__pycache__", ".ipynb_checkpoints"];

impl TaskIndex {
    /// Reads every `.yaml` file under `paths`; a name in a later path replaces that of an earlier one, within one path
    /// the first file (by path) wins. Fails only where a path can't be read; files that can't be understood are kept
    /// in [`TaskIndex::problems`], so that one bad file does not hide all others.
    pub fn build(paths: &[PathBuf]) -> Result<Self, TaskError> {
        let mut index = Self { roots: paths.to_vec(), ..Self::default() };
        let mut reader = Reader::default();
        for root in paths {
            let mut files = Vec::new();
            walk(root, &mut files)?;
            files.sort();
            let mut found = Self::default();
            for path in files {
                match reader.read(&path) {
                    Ok(source) => found.add(&source),
                    Err(error) => found.problems.push(error),
                }
            }
            index.problems.append(&mut found.problems);
            index.warnings.append(&mut found.warnings);
            for (name, entry) in found.entries {
                if index.entries.contains_key(&name) {
                    index
                        .warnings
                        .push(format!("`{name}` under {} replaces the one read before", root.display()));
                }
                index.entries.insert(name, entry);
            }
        }
        Ok(index)
    }

    fn add(&mut self, source: &Source) {
        let text = |key: &str| source.map.get(key).and_then(Value::as_str);
        let (name, kind) = if source.map.contains_key("class") {
            (text("task"), EntryKind::PythonTask)
        } else if source.map.contains_key("group") {
            (text("group"), EntryKind::Group)
        } else {
            (text("task"), EntryKind::Task)
        };
        let Some(name) = name else {
            self.problems.push(TaskError::Config {
                path: source.path.clone(),
                key: "task".to_owned(),
                problem: "the file names neither a `task` nor a `group`".to_owned(),
            });
            return;
        };
        if let Some(entry) = self.entries.get(name) {
            let path = source.path.display();
            let first = entry.path.as_ref().map_or("a tag".to_owned(), |first| first.display().to_string());
            self.warnings
                .push(format!("{path}: `{name}` is already the name of {first}; this file is left out"));
            return;
        }
        let is_task = kind != EntryKind::Group;
        let entry = Entry {
            kind,
            path: Some(source.path.clone()),
            output_type: text("output_type").map(str::to_owned),
        };
        self.entries.insert(name.to_owned(), entry);
        if !is_task {
            return;
        }
        let tags: Vec<&str> = match source.map.get("tag") {
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(tag)) => vec![tag],
            _ => Vec::new(),
        };
        for tag in tags {
            let entry = self.entries.entry(tag.to_owned()).or_insert_with(|| Entry {
                kind: EntryKind::Tag { members: BTreeSet::new() },
                path: None,
                output_type: None,
            });
            if let EntryKind::Tag { members } = &mut entry.kind {
                members.insert(name.to_owned());
            }
        }
    }

    /// What `name` stands for.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// Every name, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// Names that match `pattern`, in which `*` and `?` stand for anything and any one character.
    pub fn matching(&self, pattern: &str) -> Vec<&str> {
        self.entries
            .keys()
            .map(String::as_str)
            .filter(|name| crate::dataset::glob_matches(pattern, name))
            .collect()
    }

    /// Files that could not be understood.
    pub fn problems(&self) -> &[TaskError] {
        &self.problems
    }

    /// Harmless problems, for people.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The task or group called `name`, or the tasks that bear the tag `name`, or what the `.yaml` file at `name`
    /// holds. Fails where the name is unknown, or a task in it can't be used (Python, wrong values).
    pub fn resolve(&self, name: &str) -> Result<Vec<Node>, TaskError> {
        let mut builder = Builder { index: self, reader: Reader::default() };
        let path = Path::new(name);
        if self.get(name).is_some()
            || path.extension().is_none_or(|ending| ending != "yaml")
            || !path.is_file()
        {
            return builder.named(name, 0);
        }
        let source = builder.reader.read(path)?;
        match source.map.get("group").and_then(Value::as_str).map(str::to_owned) {
            Some(group) => Ok(vec![builder.group_file(&group, &source)?]),
            None => Ok(vec![builder.task_node(source, &Vec::new(), None)?]),
        }
    }

    /// The one task called `name`. Fails where the name is unknown, that of a group or tag, or the task can't be used.
    pub fn task(&self, name: &str) -> Result<TaskConfig, TaskError> {
        match self.resolve(name)?.pop() {
            Some(Node::Task(config)) if config.task == name || Path::new(name) == config.path => Ok(*config),
            _ => Err(self.unknown(name)),
        }
    }

    /// The folder that was searched in which `path` lies.
    pub(super) fn root_of(&self, path: &Path) -> Option<&Path> {
        self.roots.iter().map(PathBuf::as_path).find(|root| path.starts_with(root) && root.is_dir())
    }

    pub(super) fn unknown(&self, name: &str) -> TaskError {
        let nearest = self
            .entries
            .keys()
            .map(|other| (distance(name, other), other))
            .min()
            .filter(|(steps, _)| *steps <= name.chars().count().div_ceil(3))
            .map(|(_, other)| other.clone());
        TaskError::Unknown { name: name.to_owned(), nearest }
    }
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), TaskError> {
    let unreadable = |cause| TaskError::Unreadable { path: path.to_path_buf(), cause };
    if path.is_file() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let name = entry.file_name();
        let below = entry.path();
        if kind.is_dir() {
            if !IGNORED_FOLDERS.iter().any(|ignored| name == *ignored) {
                walk(&below, files)?;
            }
        } else if below.extension().is_some_and(|ending| ending == "yaml") {
            files.push(below);
        }
    }
    Ok(())
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            let substituted = diagonal + usize::from(x != *y);
            left = substituted.min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
