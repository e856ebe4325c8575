//! One task file with all that it includes, merged, and a note of every file that was read.

use super::yaml::{self, FUNCTION, Parsed};
use crate::TaskError;
use daepyo_core::Digest;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file that a task was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its path.
    pub path: PathBuf,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// A task file, merged with its includes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// The task file itself.
    pub(crate) path: PathBuf,
    /// Its keys after merging; `include` and `task_list` are gone.
    pub(crate) map: Map<String, Value>,
    /// Which file each key came from.
    pub(crate) origins: BTreeMap<String, PathBuf>,
    /// Every file read, the task file first.
    pub(crate) files: Vec<SourceFile>,
    /// Harmless problems, for people.
    pub(crate) warnings: Vec<String>,
}

impl Source {
    /// The task file at `path` with this text, which must stand alone: an `include` in it is an error.
    pub(crate) fn from_text(text: &str, path: &Path) -> Result<Self, TaskError> {
        let parsed = parse_text(text, path)?;
        if let Some(included) = includes(path, &parsed)?.into_iter().next() {
            return Err(TaskError::Include {
                path: path.to_path_buf(),
                included,
                problem: "a task given as text alone includes no files".to_owned(),
            });
        }
        Reader::default().merge(path, &parsed, Digest::of(text.as_bytes()), &mut Vec::new())
    }

    /// The file that `key` came from.
    pub(crate) fn origin(&self, key: &str) -> &Path {
        self.origins.get(key).map_or(self.path.as_path(), PathBuf::as_path)
    }

    /// Puts `key` in, as set by the file at `origin`.
    pub(crate) fn set(&mut self, key: &str, value: Value, origin: &Path) {
        self.origins.insert(key.to_owned(), origin.to_path_buf());
        self.map.insert(key.to_owned(), value);
    }

    /// An error where any value asks for Python.
    pub(crate) fn refuse_python(&self) -> Result<(), TaskError> {
        for (key, value) in &self.map {
            if key == "class" {
                let code = value.get(FUNCTION).unwrap_or(value);
                return Err(self.needs_python(key, key.clone(), &text(code)));
            }
            if let Some((place, code)) = find_function(value, key.clone()) {
                return Err(self.needs_python(key, place, &code));
            }
        }
        Ok(())
    }

    fn needs_python(&self, key: &str, place: String, code: &str) -> TaskError {
        TaskError::NeedsPython { path: self.origin(key).to_path_buf(), key: place, code: code.to_owned() }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn find_function(value: &Value, place: String) -> Option<(String, String)> {
    match value {
        Value::Object(map) => match map.get(FUNCTION) {
            Some(code) => Some((place, text(code))),
            None => map.iter().find_map(|(key, value)| find_function(value, format!("{place}.{key}"))),
        },
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, value)| find_function(value, format!("{place}[{index}]"))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Reads task files; a file that many include is read and parsed once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    included: BTreeMap<PathBuf, Arc<(Parsed, Digest)>>,
}

impl Reader {
    /// The file at `path` with its includes.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Source, TaskError> {
        let (parsed, digest) = parse_file(path)?;
        self.merge(path, &parsed, digest, &mut vec![path.to_path_buf()])
    }

    fn merge(
        &mut self,
        path: &Path,
        parsed: &Parsed,
        digest: Digest,
        stack: &mut Vec<PathBuf>,
    ) -> Result<Source, TaskError> {
        let mut source = Source {
            path: path.to_path_buf(),
            files: vec![SourceFile { path: path.to_path_buf(), digest }],
            ..Source::default()
        };
        source.warnings.extend(parsed.duplicates.iter().map(|(line, key)| {
            format!("{}:{line}: `{key}` stands more than once; the last one counts", path.display())
        }));
        for included in includes(path, parsed)? {
            if stack.contains(&included) {
                return Err(TaskError::Include {
                    path: path.to_path_buf(),
                    included,
                    problem: "it includes itself in the end".to_owned(),
                });
            }
            let file = self.included(path, &included)?;
            stack.push(included.clone());
            let below = self.merge(&included, &file.0, file.1, stack)?;
            stack.pop();
            for file in below.files {
                if !source.files.contains(&file) {
                    source.files.push(file);
                }
            }
            source.warnings.extend(below.warnings);
            for (key, value) in below.map {
                let origin = below.origins.get(&key).unwrap_or(&included);
                source.set(&key, value, origin);
            }
        }
        for (key, value) in &parsed.map {
            if key != "include" && key != "task_list" {
                source.set(key, value.clone(), path);
            }
        }
        Ok(source)
    }

    fn included(&mut self, path: &Path, included: &Path) -> Result<Arc<(Parsed, Digest)>, TaskError> {
        if let Some(file) = self.included.get(included) {
            return Ok(Arc::clone(file));
        }
        if !included.is_file() {
            return Err(TaskError::Include {
                path: path.to_path_buf(),
                included: included.to_path_buf(),
                problem: "there is no such file".to_owned(),
            });
        }
        let file = Arc::new(parse_file(included)?);
        self.included.insert(included.to_path_buf(), Arc::clone(&file));
        Ok(file)
    }
}

fn parse_file(path: &Path) -> Result<(Parsed, Digest), TaskError> {
    let bytes =
        std::fs::read(path).map_err(|cause| TaskError::Unreadable { path: path.to_path_buf(), cause })?;
    let digest = Digest::of(&bytes);
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..good).unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        let problem = "the file is not UTF-8".to_owned();
        TaskError::Yaml { path: path.to_path_buf(), line, column: 1, problem }
    })?;
    Ok((parse_text(&text, path)?, digest))
}

fn parse_text(text: &str, path: &Path) -> Result<Parsed, TaskError> {
    yaml::parse(text).map_err(|at| TaskError::Yaml {
        path: path.to_path_buf(),
        line: at.line,
        column: at.column,
        problem: at.problem,
    })
}

/// The files that `parsed` includes, in order.
fn includes(path: &Path, parsed: &Parsed) -> Result<Vec<PathBuf>, TaskError> {
    let wrong = || TaskError::Config {
        path: path.to_path_buf(),
        key: "include".to_owned(),
        problem: "must be a file name or a list of file names".to_owned(),
    };
    let names: Vec<&Value> = match parsed.map.get("include") {
        None => Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    names.into_iter().map(|name| Ok(tidy(&folder.join(name.as_str().ok_or_else(wrong)?)))).collect()
}

/// `path` without `.` and `x/..`, so that one file has one name.
fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            Component::ParentDir | Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                out.push(part);
            }
        }
    }
    out
}
