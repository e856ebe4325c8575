//! All tasks, groups and tags under some folders, by name.

use super::{
    config::TaskConfig,
    group::{Builder, Node},
    index_cache::IndexCache,
    merged::{self, Merged},
    source::{Layers, Reader, Source},
    walk,
};
use crate::TaskError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
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
    problems: Vec<Arc<TaskError>>,
    warnings: Vec<String>,
    roots: Vec<PathBuf>,
}

/// What a file defines, as far as the index needs it. Its names in the kept index are short: thousands of it are read at
/// every start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    #[serde(rename = "k")]
    kind: FoundKind,
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    output_type: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum FoundKind {
    Task,
    PythonTask,
    Group,
}

impl Found {
    pub(super) fn of(layers: &Layers) -> Result<Self, TaskError> {
        let text = |key: &str| layers.get(key).and_then(Value::as_str);
        let (name, kind) = if layers.get("class").is_some() {
            (text("task"), FoundKind::PythonTask)
        } else if layers.get("group").is_some() {
            (text("group"), FoundKind::Group)
        } else {
            (text("task"), FoundKind::Task)
        };
        let name = name.ok_or_else(|| TaskError::Config {
            path: layers.path().to_path_buf(),
            key: "task".to_owned(),
            problem: "the file names neither a `task` nor a `group`".to_owned(),
        })?;
        let tags = match layers.get("tag") {
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(tag)) => vec![tag.clone()],
            _ => Vec::new(),
        };
        Ok(Self { kind, name: name.to_owned(), tags, output_type: text("output_type").map(str::to_owned) })
    }
}

impl TaskIndex {
    /// Reads every `.yaml` file under `paths`; a name in a later path replaces that of an earlier one, within one path
    /// the first file (by path) wins. Fails only where a path can't be read; files that can't be understood are kept
    /// in [`TaskIndex::problems`], so that one bad file does not hide all others.
    pub fn build(paths: &[PathBuf]) -> Result<Self, TaskError> {
        Self::build_with(paths, &mut |_, _| {})
    }

    /// [`TaskIndex::build`], and each file whose name gets into the index is shown to `visit` with that name, in the
    /// order of reading.
    pub(super) fn build_with(
        paths: &[PathBuf],
        visit: &mut dyn FnMut(&str, Layers),
    ) -> Result<Self, TaskError> {
        let mut index = Self { roots: paths.to_vec(), ..Self::default() };
        let mut reader = Reader::default();
        for root in paths {
            let mut below = Self::default();
            for path in walk::task_files(root)? {
                let read = reader.read_layers(&path).and_then(|layers| Ok((Found::of(&layers)?, layers)));
                match read {
                    Ok((found, layers)) => {
                        if below.add(&found, path) {
                            visit(&found.name, layers);
                        }
                    }
                    Err(error) => below.problems.push(Arc::new(error)),
                }
            }
            index.overlay(below, root);
        }
        Ok(index)
    }

    /// [`TaskIndex::build`] with what earlier builds kept in `folder`: of files that have not changed since, nor have
    /// those that they include, nothing is read. Where the folder can't be read or written, the index is built all the
    /// same.
    pub fn build_cached(paths: &[PathBuf], folder: &Path) -> Result<Self, TaskError> {
        let mut index = Self { roots: paths.to_vec(), ..Self::default() };
        let mut reader = Reader::default();
        for root in paths {
            // One thread reads what is kept while the other looks at the files.
            let (mut cache, files) = std::thread::scope(|threads| {
                let opening = threads.spawn(|| IndexCache::open(folder, root));
                let files = walk::stamped_files(root);
                (opening.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), files)
            });
            let mut below = Self::default();
            for (path, stamp) in files? {
                match cache.found(&path, stamp, &mut reader) {
                    Ok(found) => {
                        below.add(&found, path);
                    }
                    Err(error) => below.problems.push(Arc::new(error)),
                }
            }
            cache.close();
            index.overlay(below, root);
        }
        Ok(index)
    }

    /// Takes over all that `below`, the index of `root`, has.
    fn overlay(&mut self, mut below: Self, root: &Path) {
        self.problems.append(&mut below.problems);
        self.warnings.append(&mut below.warnings);
        for (name, entry) in below.entries {
            if self.entries.contains_key(&name) {
                self.warnings.push(format!("`{name}` under {} replaces the one read before", root.display()));
            }
            self.entries.insert(name, entry);
        }
    }

    /// Takes in what the file at `path` defines; whether its name was still free.
    fn add(&mut self, found: &Found, path: PathBuf) -> bool {
        let name = &found.name;
        if let Some(entry) = self.entries.get(name) {
            let first = entry.path.as_ref().map_or("a tag".to_owned(), |first| first.display().to_string());
            self.warnings.push(format!(
                "{}: `{name}` is already the name of {first}; this file is left out",
                path.display()
            ));
            return false;
        }
        let kind = match found.kind {
            FoundKind::Task => EntryKind::Task,
            FoundKind::PythonTask => EntryKind::PythonTask,
            FoundKind::Group => EntryKind::Group,
        };
        let tags = if kind == EntryKind::Group { &[] } else { found.tags.as_slice() };
        let entry = Entry { kind, path: Some(path), output_type: found.output_type.clone() };
        self.entries.insert(name.clone(), entry);
        for tag in tags {
            let entry = self.entries.entry(tag.clone()).or_insert_with(|| Entry {
                kind: EntryKind::Tag { members: BTreeSet::new() },
                path: None,
                output_type: None,
            });
            if let EntryKind::Tag { members } = &mut entry.kind {
                members.insert(name.clone());
            }
        }
        true
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
    pub fn problems(&self) -> &[Arc<TaskError>] {
        &self.problems
    }

    /// Harmless problems, for people.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    pub(super) fn into_remarks(self) -> (Vec<Arc<TaskError>>, Vec<String>) {
        (self.problems, self.warnings)
    }

    /// The task or group called `name`, or the tasks that bear the tag `name`, or what the `.yaml` file at `name`
    /// holds. Fails where the name is unknown, or a task in it can't be used (Python, wrong values).
    pub fn resolve(&self, name: &str) -> Result<Vec<Node>, TaskError> {
        let mut configured = |source: Source| -> Result<_, TaskError> {
            let mut config = TaskConfig::from_source(&source)?;
            config.tasks_root = self.root_of(&config.path).map(Path::to_path_buf);
            Ok(Box::new(config))
        };
        let mut builder = Builder::new(self, &mut configured);
        if !self.is_file_name(name) {
            return Ok(builder.named(name)?.into_iter().map(Node::from).collect());
        }
        Ok(vec![Node::from(builder.file(Path::new(name))?)])
    }

    /// The keys of what [`TaskIndex::resolve`] resolves, merged, before any default and whether or not daepyo can run
    /// it: a `!function` stands there as `{"!function": "module.name"}`.
    pub fn merged(&self, name: &str) -> Result<Vec<Merged>, TaskError> {
        let mut keys = |source: Source| -> Result<_, TaskError> { Ok(merged::keys(source)) };
        let mut builder = Builder::new(self, &mut keys);
        if !self.is_file_name(name) {
            return Ok(builder.named(name)?.into_iter().map(Merged::from).collect());
        }
        Ok(vec![Merged::from(builder.file(Path::new(name))?)])
    }

    /// Whether `name` stands for a task file, not for something in the index.
    fn is_file_name(&self, name: &str) -> bool {
        let path = Path::new(name);
        self.get(name).is_none() && path.extension().is_some_and(|ending| ending == "yaml") && path.is_file()
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

    /// The problem of a file that could not be read and may well be that of `name`: one that is called so, else the
    /// only one.
    fn unread(&self, name: &str) -> Option<Arc<TaskError>> {
        let of_name = |problem: &&Arc<TaskError>| problem.path().is_some_and(|path| is_of(path, name));
        let only = || match self.problems.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        self.problems.iter().find(of_name).or_else(only).cloned()
    }

    pub(super) fn unknown(&self, name: &str) -> TaskError {
        let nearest = self
            .entries
            .keys()
            .map(|other| (distance(name, other), other))
            .min()
            .filter(|(steps, _)| *steps <= name.chars().count().div_ceil(3))
            .map(|(_, other)| other.clone());
        TaskError::Unknown { name: name.to_owned(), nearest, unread: self.unread(name) }
    }
}

/// Whether the file at `path` is called `name`, or lies in a folder of that name.
fn is_of(path: &Path, name: &str) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    path.file_stem().is_some_and(|stem| stem == name) || folder.is_some_and(|folder| folder == name)
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
