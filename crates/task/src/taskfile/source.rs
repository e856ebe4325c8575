//! One task file with all that it includes, merged, and a note of every file that was read.

use super::{
    functions::{self, Function},
    yaml::{self, Parsed},
};
use crate::{TaskError, regular};
use daepyo_core::Digest;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Keys whose value may be a Python function.
const HOOKS: [&str; 7] = [
    "process_docs",
    "process_results",
    "custom_dataset",
    "doc_to_text",
    "doc_to_target",
    "doc_to_choice",
    "doc_to_decontamination_query",
];
const FEWSHOT_HOOKS: [&str; 6] =
    ["process_docs", "samples", "sampler", "doc_to_text", "doc_to_target", "doc_to_choice"];
/// Lists in which Python functions may stand; scoring checks where.
const HOOK_LISTS: [&str; 2] = ["metric_list", "filter_list"];

/// A file that a task was read from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its path.
    pub path: PathBuf,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// No task file comes near this; a greater one is refused before it is held in memory.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Bounds chains of includes, which cost one level of the stack each.
const MAX_INCLUDES_DEEP: usize = 64;

/// A task file, merged with its includes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// The task file itself.
    pub(crate) path: PathBuf,
    /// Its keys after merging; `include` is gone.
    pub(crate) map: Map<String, Value>,
    /// The keys that the file itself has, where it includes others.
    own: Vec<String>,
    /// What it includes, in order; later ones win.
    included: Vec<Arc<Source>>,
    /// Keys that were put in from outside, with the file that did so.
    put_in: BTreeMap<String, PathBuf>,
    digest: Option<Digest>,
    notes: Vec<String>,
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
        let (notes, digest) = (notes(path, &parsed), Some(Digest::of(text.as_bytes())));
        Ok(Self { path: path.to_path_buf(), map: parsed.map, notes, digest, ..Self::default() })
    }

    /// What stands inside another file: its keys and files are those of `around` until some are put in.
    pub(crate) fn inside(around: &Source, map: Map<String, Value>) -> Self {
        Self {
            path: around.origin("task").to_path_buf(),
            map,
            included: vec![Arc::new(Self { map: Map::new(), ..around.clone() })],
            ..Self::default()
        }
    }

    /// The file that `key` came from.
    pub(crate) fn origin(&self, key: &str) -> &Path {
        if let Some(path) = self.put_in.get(key) {
            return path;
        }
        if self.own.iter().any(|own| own == key) {
            return &self.path;
        }
        let below = self.included.iter().rev().find(|below| below.map.contains_key(key));
        below.map_or(&self.path, |below| below.origin(key))
    }

    /// Puts `key` in, as set by the file at `origin`.
    pub(crate) fn set(&mut self, key: &str, value: Value, origin: &Path) {
        self.put_in.insert(key.to_owned(), origin.to_path_buf());
        self.map.insert(key.to_owned(), value);
    }

    /// Every file read, the task file first.
    pub(crate) fn files(&self) -> Vec<SourceFile> {
        let file = |source: &&Self| Some(SourceFile { path: source.path.clone(), digest: source.digest? });
        self.all().iter().filter_map(file).collect()
    }

    /// Harmless problems, for people.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.all().iter().flat_map(|source| source.notes.iter().cloned()).collect()
    }

    /// The file and all that it includes, each once: a file that is included in many ways would else be met as often
    /// as there are ways.
    fn all(&self) -> Vec<&Self> {
        let mut all = vec![self];
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&Self> = self.included.iter().rev().map(Arc::as_ref).collect();
        while let Some(source) = waiting.pop() {
            if seen.insert(std::ptr::from_ref(source)) {
                all.push(source);
                waiting.extend(source.included.iter().rev().map(Arc::as_ref));
            }
        }
        all
    }

    /// An error where a value asks for Python in a place that hooks do not reach.
    pub(crate) fn refuse_python(&self) -> Result<(), TaskError> {
        match functions::all(&self.map).into_iter().find(|function| !is_reached(function)) {
            None => Ok(()),
            Some(Function { key, place, name }) => {
                Err(TaskError::NeedsPython { path: self.origin(&key).to_path_buf(), key: place, code: name })
            }
        }
    }
}

/// Whether a hook can be asked for this function; in lists, scoring checks where it stands.
pub(super) fn is_reached(function: &Function) -> bool {
    let Function { key, place, .. } = function;
    match place.strip_prefix("fewshot_config.") {
        Some(below) => FEWSHOT_HOOKS.contains(&below),
        None => HOOK_LISTS.contains(&key.as_str()) || (HOOKS.contains(&key.as_str()) && place == key),
    }
}

/// A task file and what it includes, each with its own keys: what is enough to see what the file defines.
#[derive(Debug)]
pub(super) struct Layers(Source);

impl Layers {
    /// The file itself.
    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    /// The value that `key` will have.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let below = || {
            let mut included = self.0.included.iter().rev().filter(|_| key != "task_list");
            included.find_map(|below| below.map.get(key))
        };
        self.0.map.get(key).or_else(below)
    }

    /// The keys of the file itself.
    pub(super) fn own(&self) -> &Map<String, Value> {
        &self.0.map
    }

    /// What it includes, by the place in memory: the same for all files that include the same.
    pub(super) fn included(&self) -> Vec<*const ()> {
        self.0.included.iter().map(|below| Arc::as_ptr(below).cast()).collect()
    }

    /// Whether the file itself gave rise to a warning.
    pub(super) fn has_notes(&self) -> bool {
        !self.0.notes.is_empty()
    }

    /// Every path that it includes, at any depth.
    pub(super) fn included_paths(&self) -> impl Iterator<Item = &Path> {
        self.0.all().into_iter().skip(1).map(|source| source.path.as_path())
    }

    /// The keys of all layers: those of the file itself win, then those of the include that stands last.
    pub(super) fn merge(self) -> Source {
        let Self(mut source) = self;
        if source.included.is_empty() {
            return source;
        }
        let mut own = std::mem::take(&mut source.map);
        source.own = own.keys().cloned().collect();
        for below in &source.included {
            for (key, value) in &below.map {
                if key != "task_list" && !own.contains_key(key) {
                    source.map.insert(key.clone(), value.clone());
                }
            }
        }
        source.map.append(&mut own);
        source
    }
}

/// Reads task files; a file that many include is read, parsed and merged once.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// By the text of the path: paths themselves are compared part by part, which takes far longer.
    included: BTreeMap<OsString, Arc<Source>>,
    bytes: Vec<u8>,
}

impl Reader {
    /// The file at `path` with its includes.
    pub(crate) fn read(&mut self, path: &Path) -> Result<Source, TaskError> {
        Ok(self.read_layers(path)?.merge())
    }

    /// The file at `path` and its includes, not merged yet.
    pub(super) fn read_layers(&mut self, path: &Path) -> Result<Layers, TaskError> {
        self.layers(path, &mut vec![path.to_path_buf()])
    }

    fn layers(&mut self, path: &Path, stack: &mut Vec<PathBuf>) -> Result<Layers, TaskError> {
        let (parsed, digest) = self.parse(path)?;
        let mut source = Source {
            path: path.to_path_buf(),
            notes: notes(path, &parsed),
            digest: Some(digest),
            ..Source::default()
        };
        for included in includes(path, &parsed)? {
            source.included.push(self.included(path, &included, stack)?);
        }
        source.map = parsed.map;
        source.map.shift_remove("include");
        Ok(Layers(source))
    }

    fn included(
        &mut self,
        path: &Path,
        included: &Path,
        stack: &mut Vec<PathBuf>,
    ) -> Result<Arc<Source>, TaskError> {
        let wrong = |problem: &str| {
            Err(TaskError::Include {
                path: path.to_path_buf(),
                included: included.to_path_buf(),
                problem: problem.to_owned(),
            })
        };
        if let Some(source) = self.included.get(included.as_os_str()) {
            return Ok(Arc::clone(source));
        }
        if stack.iter().any(|above| above == included) {
            return wrong("it includes itself in the end");
        }
        if stack.len() > MAX_INCLUDES_DEEP {
            return wrong("files include each other too deep");
        }
        if !included.is_file() {
            return wrong("there is no such file");
        }
        stack.push(included.to_path_buf());
        let layers = self.layers(included, stack);
        stack.pop();
        let source = Arc::new(layers?.merge());
        self.included.insert(included.as_os_str().to_owned(), Arc::clone(&source));
        Ok(source)
    }

    fn parse(&mut self, path: &Path) -> Result<(Parsed, Digest), TaskError> {
        let unreadable = |cause| TaskError::Unreadable { path: path.to_path_buf(), cause };
        self.bytes.clear();
        let file = regular::open(path).map_err(unreadable)?;
        file.take(MAX_FILE_BYTES + 1).read_to_end(&mut self.bytes).map_err(unreadable)?;
        let bytes = self.bytes.as_slice();
        let wrong =
            |line, column, problem| TaskError::Yaml { path: path.to_path_buf(), line, column, problem };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_FILE_BYTES {
            return Err(wrong(1, 1, format!("the file has more than {} MiB", MAX_FILE_BYTES >> 20)));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            wrong(line, 1, "the file is not UTF-8".to_owned())
        })?;
        Ok((parse_text(text, path)?, Digest::of(bytes)))
    }
}

fn parse_text(text: &str, path: &Path) -> Result<Parsed, TaskError> {
    yaml::parse(text).map_err(|at| TaskError::Yaml {
        path: path.to_path_buf(),
        line: at.line,
        column: at.column,
        problem: at.problem,
    })
}

fn notes(path: &Path, parsed: &Parsed) -> Vec<String> {
    let path = path.display();
    let duplicates = parsed
        .duplicates
        .iter()
        .map(|(line, key)| format!("{path}:{line}: `{key}` stands more than once; the last one counts"));
    let booleans = parsed.booleans.iter().map(|(line, text, flag)| {
        format!(
            "{path}:{line}: `{text}` is read as {flag}, as in YAML 1.1; write `{flag}`, or quotes around text"
        )
    });
    duplicates.chain(booleans).collect()
}

/// The files that `parsed` includes, in order.
fn includes(path: &Path, parsed: &Parsed) -> Result<Vec<PathBuf>, TaskError> {
    let wrong = || TaskError::Config {
        path: path.to_path_buf(),
        key: "include".to_owned(),
        problem: "must be a file name or a list of file names".to_owned(),
    };
    let names: &[Value] = match parsed.map.get("include") {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    names.iter().map(|name| Ok(tidy(&folder.join(name.as_str().ok_or_else(wrong)?)))).collect()
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
