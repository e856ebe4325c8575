//! The rows that lm-eval's side wrote, and what comes of comparing them.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    error::Error,
    io::{BufRead as _, BufReader},
    path::Path,
};

const SAMPLES: &str = ".samples";

/// One task, compared.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Compared {
    pub(crate) family: String,
    pub(crate) task: String,
    /// Settings (shots, chat) in which it was compared.
    pub(crate) settings: usize,
    /// Requests, or documents scored.
    pub(crate) rows: usize,
    /// Single values that were compared.
    pub(crate) values: usize,
    /// Why daepyo does not run it, where it does not: code and text.
    pub(crate) refused: Option<(String, String)>,
    /// Its Python needs packages that the system's has not: it ran with those of another one.
    pub(crate) packages: bool,
    pub(crate) differences: Vec<Difference>,
}

/// Something that is not the same.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    pub(crate) setting: String,
    pub(crate) document: Option<usize>,
    /// The request's place among those of its document.
    pub(crate) place: Option<usize>,
    pub(crate) field: String,
    pub(crate) ours: Value,
    pub(crate) theirs: Value,
}

/// The names of the families that `folder` has rows of.
pub(crate) fn families(folder: &Path, scores: bool) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match (scores, stem.strip_suffix(SAMPLES)) {
            (true, Some(family)) => names.push(family.to_owned()),
            (false, _) => names.push(stem),
            (true, None) => {}
        }
    }
    names.sort();
    Ok(names)
}

/// Every line of a file of JSON lines.
pub(crate) fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let file = BufReader::new(std::fs::File::open(path)?);
    file.lines()
        .enumerate()
        .map(|(number, line)| {
            serde_json::from_str(&line?)
                .map_err(|error| format!("{}:{}: {error}", path.display(), number + 1).into())
        })
        .collect()
}

/// An error with its causes in one line.
pub(crate) fn explained(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
