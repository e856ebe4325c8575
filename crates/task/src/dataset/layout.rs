//! Which files make up which split: `data_files`, `data_dir`, and folders laid out as on the hub.

use super::readme;
use crate::{TaskError, taskfile::TaskConfig};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    Tsv,
    Parquet,
    Text,
}

impl Format {
    /// The format that `dataset_path` names instead of a data set.
    pub(super) fn of_builder(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "parquet" => Some(Self::Parquet),
            "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// The format that a file's ending tells.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "parquet" => Some(Self::Parquet),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }
}

/// A file of a data set on the hub: `hf://datasets/OWNER/NAME@REVISION/PATH`, where the revision may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HubAddress<'a> {
    /// `OWNER/NAME`.
    pub(super) name: String,
    pub(super) revision: Option<String>,
    /// Inside the data set.
    pub(super) path: &'a str,
}

impl<'a> HubAddress<'a> {
    /// `None` where `text` is anything else.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("hf://datasets/")?;
        let (owner, rest) = rest.split_once('/')?;
        let (name, path) = rest.split_once('/')?;
        let (name, revision) = name.split_once('@').map_or((name, None), |(name, at)| (name, Some(at)));
        let revision = revision.map(|at| at.replace("%2F", "/"));
        Some(Self { name: format!("{owner}/{name}"), revision, path })
    }
}

/// Each split's files.
pub(super) type Splits = BTreeMap<String, Vec<PathBuf>>;

/// Where a task's data may be.
pub(super) struct Place<'a> {
    pub(super) config: &'a TaskConfig,
    pub(super) data_root: Option<&'a Path>,
    pub(super) format: Option<Format>,
}

impl Place<'_> {
    /// The splits of the data set called `name`.
    pub(super) fn splits(&self, name: &str) -> Result<Splits, TaskError> {
        let kwargs = &self.config.dataset_kwargs;
        if self.format.is_some() {
            if let Some(files) = kwargs.get("data_files") {
                return self.data_files(files, &self.bases());
            }
            let Some(folder) = kwargs.get("data_dir").and_then(Value::as_str) else {
                return Err(
                    self.wrong("data_files", "says which files to read; it is missing, and so is `data_dir`")
                );
            };
            return self.folder_splits(&self.folder(folder)?);
        }
        let folder = self.folder(name)?;
        if let Some(files) = kwargs.get("data_files") {
            return self.data_files(files, &[folder]);
        }
        match kwargs.get("data_dir").and_then(Value::as_str) {
            Some(below) => self.folder_splits(&folder.join(below)),
            None => self.folder_splits(&folder),
        }
    }

    fn wrong(&self, key: &str, problem: &str) -> TaskError {
        TaskError::Config {
            path: self.config.path.clone(),
            key: format!("dataset_kwargs.{key}"),
            problem: problem.to_owned(),
        }
    }

    fn bases(&self) -> Vec<PathBuf> {
        let mut bases = vec![self.config.folder().to_path_buf()];
        bases.extend(self.data_root.map(Path::to_path_buf));
        bases
    }

    /// The folder that `name` stands for, beside the task file or under the data root.
    fn folder(&self, name: &str) -> Result<PathBuf, TaskError> {
        let last = name.rsplit('/').next().unwrap_or(name);
        let mut looked_at = Vec::new();
        for base in self.bases() {
            looked_at.push(base.join(name));
        }
        if let Some(root) = self.data_root {
            looked_at.push(root.join(name.replace('/', "--")));
            if last != name {
                looked_at.push(root.join(last));
            }
        }
        match looked_at.iter().find(|path| path.is_dir()) {
            Some(found) => Ok(found.clone()),
            None => Err(self.not_local(name, looked_at)),
        }
    }

    fn not_local(&self, dataset: &str, looked_at: Vec<PathBuf>) -> TaskError {
        TaskError::DatasetNotLocal { task: self.config.task.clone(), dataset: dataset.to_owned(), looked_at }
    }

    fn data_files(&self, files: &Value, bases: &[PathBuf]) -> Result<Splits, TaskError> {
        let mut splits = Splits::new();
        match files {
            Value::Object(map) => {
                for (split, files) in map {
                    // A split that is not read need not be there: published data holds only what was measured with.
                    let found = match self.file_list(files, bases) {
                        Err(TaskError::DatasetNotLocal { looked_at, .. }) => looked_at,
                        found => found?,
                    };
                    splits.insert(split.clone(), found);
                }
            }
            one => {
                splits.insert("train".to_owned(), self.file_list(one, bases)?);
            }
        }
        Ok(splits)
    }

    fn file_list(&self, files: &Value, bases: &[PathBuf]) -> Result<Vec<PathBuf>, TaskError> {
        let wrong =
            || self.wrong("data_files", "must be a file name, a list of them, or a map from split to them");
        match files {
            Value::String(pattern) => self.matching(pattern, bases),
            Value::Array(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.extend(self.matching(item.as_str().ok_or_else(wrong)?, bases)?);
                }
                Ok(all)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(wrong()),
        }
    }

    fn matching(&self, pattern: &str, bases: &[PathBuf]) -> Result<Vec<PathBuf>, TaskError> {
        if let Some(address) = HubAddress::parse(pattern) {
            let folder = self.folder(&address.name)?;
            let found = matching_files(&folder, address.path)?;
            let looked_at = || vec![folder.join(address.path)];
            return if found.is_empty() { Err(self.not_local(pattern, looked_at())) } else { Ok(found) };
        }
        if pattern.contains("://") {
            return Err(self.not_local(pattern, Vec::new()));
        }
        for base in bases {
            let found = matching_files(base, pattern)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Err(self.not_local(pattern, bases.iter().map(|base| base.join(pattern)).collect()))
    }

    /// The splits in a folder laid out as on the hub: told by its card, else by folder and file names.
    fn folder_splits(&self, folder: &Path) -> Result<Splits, TaskError> {
        let name = self.config.dataset_name.as_deref();
        if let Some(files) = readme::data_files(folder, name) {
            return self.data_files(&files, &[folder.to_path_buf()]);
        }
        let mut candidates = Vec::new();
        if let Some(name) = name {
            candidates.push(folder.join(name));
            candidates.push(folder.join("data").join(name));
        }
        candidates.push(folder.to_path_buf());
        for candidate in candidates.iter().filter(|path| path.is_dir()) {
            let mut files = Vec::new();
            list(candidate, &mut files)?;
            files.retain(|path| match self.format {
                Some(Format::Tsv | Format::Csv) => {
                    matches!(Format::of_file(path), Some(Format::Csv | Format::Tsv))
                }
                Some(format) => Format::of_file(path) == Some(format),
                None => is_data(path),
            });
            let named = name.filter(|_| candidate == folder);
            if let Some(name) = named {
                files.retain(|path| below(candidate, path).contains(name));
            }
            files.sort();
            // Files of other configurations lie deeper than those of the default one.
            let near = |path: &PathBuf| matches!(path.parent(), Some(parent) if parent == candidate || parent == candidate.join("data"));
            if files.iter().any(near) {
                files.retain(near);
            }
            let splits = by_name(candidate, &files, named);
            if !splits.is_empty() {
                return Ok(splits);
            }
        }
        Err(self.not_local(&folder.display().to_string(), candidates))
    }
}

/// Data files in a hub folder; notes and settings beside them do not count.
fn is_data(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Format::of_file(path).is_some()
        && !matches!(
            name,
            "dataset_infos.json" | "dataset_info.json" | "state.json" | "LICENSE.txt" | "requirements.txt"
        )
        && !name.starts_with('.')
}

fn below(base: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(base).unwrap_or(path);
    let parts: Vec<String> =
        relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// Words in file names for each split; those of a later group count only where no file has one of an earlier group.
const SPLIT_WORDS: [(&str, &[&[&str]]); 3] = [
    ("train", &[&["train", "training"]]),
    ("validation", &[&["validation", "valid", "val"], &["dev"]]),
    ("test", &[&["test", "testing"], &["eval", "evaluation"]]),
];

/// Groups files by the split that a word of their names tells, or else by their whole name: `dev.jsonl` is the split
/// `dev`, and `validation` too where no other file is.
fn by_name(base: &Path, files: &[PathBuf], name: Option<&str>) -> Splits {
    let mut splits = Splits::new();
    let named: Vec<(&PathBuf, String)> = files
        .iter()
        .map(|path| {
            let text = below(base, path);
            (path, name.map_or_else(|| text.clone(), |name| text.replacen(name, "", 1)))
        })
        .collect();
    for (split, groups) in SPLIT_WORDS {
        for group in groups {
            let has =
                |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| group.contains(&word));
            let found: Vec<PathBuf> =
                named.iter().filter(|(_, text)| has(text)).map(|(path, _)| (*path).clone()).collect();
            if !found.is_empty() {
                splits.insert(split.to_owned(), found);
                break;
            }
        }
    }
    let mut whole = Splits::new();
    for (path, text) in &named {
        let file = text.rsplit('/').next().unwrap_or(text);
        let stem = file.split('.').next().unwrap_or(file);
        let stem = stem.split_once("-0").map_or(stem, |(stem, _)| stem).trim_matches(['-', '_']);
        whole.entry(stem.to_owned()).or_default().push((*path).clone());
    }
    if splits.is_empty() && !files.is_empty() {
        splits.insert("train".to_owned(), files.to_vec());
    }
    for (stem, files) in whole {
        splits.entry(stem).or_insert(files);
    }
    splits
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), TaskError> {
    let unreadable = |cause| TaskError::Unreadable { path: folder.to_path_buf(), cause };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if !hidden {
                list(&entry.path(), files)?;
            }
        } else if !hidden {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// The files under `base` that `pattern` names, in order; a plain name is one file.
fn matching_files(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, TaskError> {
    if !pattern.contains(['*', '?']) {
        let path = base.join(pattern);
        return Ok(if path.is_file() { vec![path] } else { Vec::new() });
    }
    let wild = pattern.find(['*', '?']).unwrap_or(0);
    let fixed = pattern
        .get(..wild)
        .and_then(|head| head.rfind('/'))
        .map_or("", |slash| pattern.get(..slash).unwrap_or_default());
    let start = base.join(fixed);
    if !start.is_dir() {
        return Ok(Vec::new());
    }
    let rest = pattern.get(fixed.len()..).unwrap_or_default().trim_start_matches('/');
    let mut files = Vec::new();
    list(&start, &mut files)?;
    files.retain(|path| glob_matches(rest, &below(&start, path)));
    files.sort();
    Ok(files)
}

/// Whether `pattern` names `text`: `*` stands for anything but `/` (`**` also for that), `?` for one character.
pub(crate) fn glob_matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // row[j]: the pattern read so far matches the first j characters.
    let mut row = vec![false; text.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    let mut rest = pattern.as_slice();
    while let Some((c, after)) = rest.split_first() {
        let mut next = vec![false; text.len() + 1];
        let deep = *c == '*' && after.first() == Some(&'*');
        rest = match (deep, after) {
            (true, [_, '/', after @ ..] | [_, after @ ..]) => after,
            _ => after,
        };
        let mut open = false;
        for (index, cell) in next.iter_mut().enumerate() {
            let here = row.get(index).copied().unwrap_or(false);
            let before = index.checked_sub(1);
            let read = before.and_then(|before| text.get(before)).copied();
            let matched_before = before.and_then(|before| row.get(before)).copied().unwrap_or(false);
            *cell = match c {
                '*' => {
                    open = here || (open && (deep || read != Some('/')));
                    open
                }
                '?' => matched_before && read != Some('/'),
                c => matched_before && read == Some(*c),
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::glob_matches;

    #[test]
    fn globs_match_within_a_folder() {
        for (pattern, text, expected) in [
            ("test-*.parquet", "test-00000-of-00001.parquet", true),
            ("*.jsonl", "a/b.jsonl", false),
            ("**/*.jsonl", "a/b.jsonl", true),
            ("**/*.jsonl", "b.jsonl", true),
            ("data/?.csv", "data/a.csv", true),
            ("data/?.csv", "data/ab.csv", false),
            ("kmmlu*", "kmmlu_direct", true),
            ("*", "", true),
            ("", "a", false),
        ] {
            assert_eq!(glob_matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
