//! A data set of a hub, as a task names it. Nothing here asks a hub: whoever does hands the files to
//! [`crate::LoadOptions::located`].

use super::layout::{Format, HubAddress, Place};
use crate::{TaskError, taskfile::TaskConfig};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Each split's files on this machine, in the order in which their documents count.
pub type LocatedSplits = BTreeMap<String, Vec<PathBuf>>;

/// Everything that decides which files of a hub are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DatasetSource {
    /// The data set's name, `owner/name` or one word.
    pub name: String,
    /// `dataset_name`.
    pub config: Option<String>,
    /// `dataset_kwargs.revision`, or that of an `hf://` address.
    pub revision: Option<String>,
    /// `dataset_kwargs.data_dir`.
    pub data_dir: Option<String>,
    /// `dataset_kwargs.data_files` as JSON; paths inside the data set.
    pub data_files: Option<String>,
}

impl DatasetSource {
    /// What `config` names; `None` where that is no data set of a hub: a format with local files, or no name at all.
    pub fn of(config: &TaskConfig) -> Option<Self> {
        let name = config.dataset_path.as_deref()?;
        let kwarg = |key: &str| config.dataset_kwargs.get(key).filter(|value| !value.is_null());
        let text = |key: &str| kwarg(key).and_then(Value::as_str).map(str::to_owned);
        if Format::of_builder(name).is_some() {
            return Self::of_addresses(kwarg("data_files")?);
        }
        let looks_local = name.starts_with(['/', '.', '~']) || name.split('/').count() > 2;
        (!looks_local && !name.is_empty()).then(|| Self {
            name: name.to_owned(),
            config: config.dataset_name.clone(),
            revision: text("revision"),
            data_dir: text("data_dir"),
            data_files: kwarg("data_files").map(Value::to_string),
        })
    }

    /// The data set to which all addresses `hf://datasets/OWNER/NAME@REVISION/PATH` lead, if it is one.
    fn of_addresses(data_files: &Value) -> Option<Self> {
        let mut place = None;
        let inside = map_texts(data_files, &mut |address| {
            let HubAddress { name, revision, path } = HubAddress::parse(address)?;
            let here = (name, revision);
            (*place.get_or_insert_with(|| here.clone()) == here).then(|| path.to_owned())
        })?;
        let (name, revision) = place?;
        Some(Self { name, config: None, revision, data_dir: None, data_files: Some(inside.to_string()) })
    }

    /// What of `config` must come from a hub first: `None` where its data is on this machine, beside the task file or
    /// under `data_root`, and where it is not a hub's.
    pub fn missing(config: &TaskConfig, data_root: Option<&Path>) -> Option<Self> {
        let name = config.dataset_path.as_deref()?;
        let source = Self::of(config)?;
        let format = Format::of_builder(name);
        match (Place { config, data_root, format }).splits(name) {
            // A format is named, so that every address is one of the hub; a split whose files are not here is no error.
            Ok(splits) if format.is_some() => {
                let is_here = |split: &String| {
                    splits
                        .get(split)
                        .is_some_and(|files| !files.is_empty() && files.iter().all(|file| file.is_file()))
                };
                (!read_splits(config).iter().all(is_here)).then_some(source)
            }
            Err(TaskError::DatasetNotLocal { .. }) => Some(source),
            Ok(_) | Err(_) => None,
        }
    }
}

/// The splits that `config` measures on and takes examples from.
pub(crate) fn read_splits(config: &TaskConfig) -> BTreeSet<String> {
    let measured = config.test_split.as_ref().or(config.validation_split.as_ref());
    let examples = match (&config.fewshot.split, &config.fewshot.samples) {
        (Some(split), _) => Some(split),
        (None, Some(_)) => None,
        (None, None) => config.training_split.as_ref().or(config.validation_split.as_ref()),
    };
    measured.into_iter().chain(examples).cloned().collect()
}

/// `value` with every text changed; `None` where one cannot be, or where there is something else.
fn map_texts(value: &Value, change: &mut dyn FnMut(&str) -> Option<String>) -> Option<Value> {
    match value {
        Value::String(text) => change(text).map(Value::String),
        Value::Array(items) => {
            items.iter().map(|item| map_texts(item, change)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Value::Object(map) => map
            .iter()
            .map(|(key, item)| Some((key.clone(), map_texts(item, change)?)))
            .collect::<Option<serde_json::Map<_, _>>>()
            .map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
