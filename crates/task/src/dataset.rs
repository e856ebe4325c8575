//! Data sets on this machine: which files make up a split, and their documents.

mod border;
mod delimited;
mod json;
mod layout;
mod links;
mod moments;
mod parquet_rows;
mod readme;
mod source;

pub(crate) use layout::glob_matches;
pub(crate) use source::read_splits;
pub use source::{DatasetSource, LocatedSplits};

use crate::{
    TaskError,
    packed::Documents,
    regular,
    taskfile::{SourceFile, TaskConfig},
    under_way,
};
use border::Settings;
use daepyo_core::Digest;
use layout::Format;
use links::Bounds;
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// A greater data file is refused before it is held in memory.
const MAX_FILE_BYTES: u64 = 4 << 30;

/// One document: its fields in the file's order, all text in NFC.
pub type Document = Map<String, Value>;

/// The documents of one split.
#[derive(Clone, Debug, Default)]
pub(crate) struct Split {
    pub(crate) documents: Documents,
    /// Every field that any document has.
    pub(crate) features: BTreeSet<String>,
}

/// The data set of one task: where its splits are.
#[derive(Debug)]
pub(crate) struct Dataset<'a> {
    config: &'a TaskConfig,
    settings: Settings,
    /// Format of all files, where the task names it; else each file's ending tells.
    format: Option<Format>,
    splits: BTreeMap<String, Vec<PathBuf>>,
    /// Links in these folders may not lead out of them; `None` where the files come from a hub's cache.
    bounds: Option<Bounds>,
    /// Splits that were made and not read.
    made: BTreeMap<String, Split>,
    /// Every file read so far.
    pub(crate) files: Vec<SourceFile>,
}

impl<'a> Dataset<'a> {
    /// Finds the files; reads none of the data yet.
    pub(crate) fn find(
        config: &'a TaskConfig,
        data_root: Option<&Path>,
        located: &BTreeMap<DatasetSource, LocatedSplits>,
    ) -> Result<Self, TaskError> {
        let name = config.dataset_path.as_deref().ok_or_else(|| TaskError::Config {
            path: config.path.clone(),
            key: "dataset_path".to_owned(),
            problem: "is missing".to_owned(),
        })?;
        let format = Format::of_builder(name);
        let settings = Settings::read(&config.dataset_kwargs, &config.path, name)?;
        let (splits, bounds) =
            if let Some(splits) = DatasetSource::of(config).and_then(|source| located.get(&source)) {
                (splits.clone(), None)
            } else {
                let splits = layout::Place { config, data_root, format }.splits(name)?;
                (splits, Some(Bounds::of(config, data_root)))
            };
        Ok(Self { splits, bounds, made: BTreeMap::new(), files: Vec::new(), config, settings, format })
    }

    /// A data set whose splits were made by the task's own Python.
    pub(crate) fn made(config: &'a TaskConfig, made: BTreeMap<String, Split>) -> Self {
        let settings = Settings::default();
        let splits = BTreeMap::new();
        Self { splits, bounds: None, made, files: Vec::new(), config, settings, format: None }
    }

    /// The documents of `split`.
    pub(crate) fn split(&mut self, split: &str) -> Result<Split, TaskError> {
        if let Some(made) = self.made.get(split) {
            return Ok(made.clone());
        }
        let paths = self.splits.get(split).cloned().ok_or_else(|| TaskError::Split {
            task: self.config.task.clone(),
            problem: format!(
                "the data set has no split `{split}`; it has {}",
                self.splits
                    .keys()
                    .chain(self.made.keys())
                    .map(|name| format!("`{name}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        })?;
        if !paths.iter().any(|path| path.is_file()) {
            let task = self.config.task.clone();
            return Err(TaskError::DatasetNotLocal { task, dataset: split.to_owned(), looked_at: paths });
        }
        let mut rows = Rows::default();
        for path in &paths {
            self.file(path, &mut rows)?;
        }
        rows.unified(paths.first().map_or(Path::new(""), PathBuf::as_path))
    }

    fn file(&mut self, path: &Path, rows: &mut Rows) -> Result<(), TaskError> {
        if self.bounds.as_ref().is_some_and(|bounds| bounds.are_left_by(path)) {
            return Err(TaskError::Data {
                path: path.to_path_buf(),
                line: 0,
                problem: links::PROBLEM.to_owned(),
            });
        }
        let _reading = under_way::begin(&path.to_string_lossy(), "", "");
        let bytes = regular::read(path, MAX_FILE_BYTES)
            .map_err(|cause| TaskError::Unreadable { path: path.to_path_buf(), cause })?;
        let file = SourceFile { path: path.to_path_buf(), digest: Digest::of(&bytes) };
        if !self.files.contains(&file) {
            self.files.push(file);
        }
        let format = self.format.map_or_else(|| format_of(path), Ok)?;
        read(path, bytes, (format, &self.settings), rows)
    }
}

/// The documents in `bytes`, the content of a data file; the ending of `path` tells its format (JSON, JSON lines, CSV,
/// TSV, Parquet, text), and `kwargs` are what a task file has under `dataset_kwargs` (`encoding`, `sep`, `field` and
/// others). Every document has every field, null where the file has none. Fails with the line where the file can't be
/// understood, or would grow far beyond its size.
pub fn read_documents(
    path: &Path,
    bytes: Vec<u8>,
    kwargs: &Map<String, Value>,
) -> Result<Vec<Document>, TaskError> {
    let format = format_of(path)?;
    let settings = Settings::read(kwargs, path, "")?;
    let mut rows = Rows::default();
    read(path, bytes, (format, &settings), &mut rows)?;
    Ok(rows.unified(path)?.documents.iter().collect())
}

fn format_of(path: &Path) -> Result<Format, TaskError> {
    Format::of_file(path).ok_or_else(|| TaskError::Data {
        path: path.to_path_buf(),
        line: 0,
        problem: "its ending is none of .json, .jsonl, .ndjson, .csv, .tsv, .parquet and .txt".to_owned(),
    })
}

/// Adds the documents in `bytes`, the content of the file at `path`, to `rows`.
fn read(
    path: &Path,
    bytes: Vec<u8>,
    (format, settings): (Format, &Settings),
    rows: &mut Rows,
) -> Result<(), TaskError> {
    let add = &mut |document| rows.add(document);
    match format {
        Format::Parquet => {
            parquet_rows::read(bytes).map(|documents| documents.into_iter().for_each(&mut *add))
        }
        Format::Json => {
            border::decode(bytes, settings.encoding).and_then(|text| json::read(&text, settings, add))
        }
        Format::Csv | Format::Tsv => border::decode(bytes, settings.encoding).and_then(|text| {
            let tab = format == Format::Tsv || path.extension().is_some_and(|ending| ending == "tsv");
            delimited::read(&text, if tab { b'\t' } else { b',' }, settings, add)
        }),
        Format::Text => {
            border::decode(bytes, settings.encoding).map(|text| border::lines(&text, settings, add))
        }
    }
    .map_err(|problem| TaskError::Data {
        path: path.to_path_buf(),
        line: problem.line,
        problem: problem.problem,
    })
}

/// Documents as they are read, packed at once.
#[derive(Debug, Default)]
struct Rows {
    documents: Documents,
    /// The fields in the order in which they were met.
    names: Vec<String>,
    features: BTreeSet<String>,
    /// All fields of all documents.
    fields: usize,
}

impl Rows {
    fn add(&mut self, document: Document) {
        let document = border::normalise_document(document);
        for key in document.keys() {
            if !self.features.contains(key) {
                self.features.insert(key.clone());
                self.names.push(key.clone());
            }
        }
        self.fields += document.len();
        self.documents.push(document);
    }

    /// Gives every document every field, null where it has none, as tables do; `path` is the first file of them.
    fn unified(self, path: &Path) -> Result<Split, TaskError> {
        let Self { documents, names, features, fields } = self;
        let missing = names.len().saturating_mul(documents.len()).saturating_sub(fields);
        if missing > border::MAX_FILLED {
            return Err(TaskError::Data {
                path: path.to_path_buf(),
                line: 0,
                problem: format!(
                    "the documents have {} different fields, of which most lack most: more than {} empty places",
                    names.len(),
                    border::MAX_FILLED
                ),
            });
        }
        if missing == 0 {
            return Ok(Split { documents, features });
        }
        let filled = |mut document: Document| {
            if document.len() < names.len() {
                for name in &names {
                    if !document.contains_key(name) {
                        document.insert(name.clone(), Value::Null);
                    }
                }
            }
            document
        };
        Ok(Split { documents: documents.iter().map(filled).collect(), features })
    }
}
