//! Which files of a repository make up which split, by the rules of the hub's own `datasets` library: the card's
//! configurations, else `data/SPLIT-00000-of-00001.*`, else words in the names of folders, else in those of files,
//! else everything is `train`.

use crate::{
    HubError,
    card::{self, CardConfig},
    glob,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Each split's files, in the order in which their documents count.
pub(crate) type Splits = BTreeMap<String, Vec<String>>;

/// Comparisons of a pattern with a name that one data set may cost.
const MOST_COMPARISONS: usize = 20_000_000;

/// What stands beside data and is none.
const NO_DATA: [&str; 6] = [
    "README.md",
    "config.json",
    "dataset_info.json",
    "dataset_infos.json",
    "dummy_data.zip",
    "dataset_dict.json",
];

/// Words in names for each split, in the order in which their files come.
const WORDS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("validation", &["validation", "valid", "dev", "val"]),
    ("test", &["test", "testing", "eval", "evaluation"]),
];

/// A repository's files and what is wanted of them.
pub(crate) struct Place<'a> {
    pub(crate) repository: &'a str,
    /// Every file's path, sorted.
    pub(crate) files: &'a [String],
    pub(crate) configs: &'a [CardConfig],
    pub(crate) config: Option<&'a str>,
    pub(crate) data_dir: Option<&'a str>,
    pub(crate) data_files: Option<&'a Value>,
}

impl Place<'_> {
    /// The splits; fails where the configuration is unknown or no file is found.
    pub(crate) fn splits(&self) -> Result<Splits, HubError> {
        let splits = if let Some(files) = self.data_files {
            self.listed(files, self.data_dir.unwrap_or_default())?
        } else if self.data_dir.is_some() {
            self.inferred(self.data_dir.unwrap_or_default())?
        } else if self.configs.is_empty() {
            if let Some(name) = self.config.filter(|name| *name != "default") {
                return Err(self.unknown(format!("has no configuration `{name}`")));
            }
            self.inferred("")?
        } else {
            let config = self.chosen()?;
            let folder = config.data_dir.as_deref().unwrap_or_default();
            match &config.data_files {
                Some(files) => self.listed(files, folder)?,
                None => self.inferred(folder)?,
            }
        };
        self.readable(splits)
    }

    fn chosen(&self) -> Result<&CardConfig, HubError> {
        let by_name = |name: &str| self.configs.iter().find(|config| config.name == name);
        if let Some(name) = self.config {
            return by_name(name).ok_or_else(|| self.unknown(format!("has no configuration `{name}`")));
        }
        if let [only] = self.configs {
            return Ok(only);
        }
        self.configs
            .iter()
            .find(|config| config.default)
            .or_else(|| by_name("default"))
            .ok_or_else(|| self.unknown("has several configurations; name one as `dataset_name`".to_owned()))
    }

    fn unknown(&self, problem: String) -> HubError {
        let mut known: Vec<String> = self.configs.iter().map(|config| config.name.clone()).collect();
        if known.is_empty() {
            known.push("default".to_owned());
        }
        HubError::UnknownConfig { repository: self.repository.to_owned(), problem, known }
    }

    fn no_data(&self, problem: impl Into<String>) -> HubError {
        HubError::NoData { repository: self.repository.to_owned(), problem: problem.into() }
    }

    /// The files that patterns name below `folder`.
    fn listed(&self, data_files: &Value, folder: &str) -> Result<Splits, HubError> {
        let patterns = card::patterns(data_files).ok_or_else(|| {
            self.no_data("`data_files` must be a pattern, a list of them, or a list of `split` and `path`")
        })?;
        let below = self.below(folder);
        let count: usize = patterns.iter().map(|(_, patterns)| patterns.len()).sum();
        if count.saturating_mul(below.len().max(1)) > MOST_COMPARISONS {
            return Err(self.no_data("`data_files` has too many patterns for so many files"));
        }
        let mut splits = Splits::new();
        for (split, patterns) in patterns {
            let mut found = Vec::new();
            for pattern in &patterns {
                if pattern.len() > 1024 {
                    return Err(self.no_data("`data_files` has a pattern of more than 1,024 bytes"));
                }
                let pattern = pattern.trim_start_matches("./");
                let mut named: Vec<String> = below
                    .iter()
                    .filter(|path| {
                        if glob::is_pattern(pattern) {
                            glob::matches(pattern, path)
                        } else {
                            pattern == **path
                        }
                    })
                    .filter(|path| counts(path, pattern))
                    .map(|path| join(folder, path))
                    .collect();
                if named.is_empty() && !glob::is_pattern(pattern) {
                    return Err(self.no_data(format!("no file is named `{}`", join(folder, pattern))));
                }
                found.append(&mut named);
            }
            if !found.is_empty() {
                splits.insert(split, each_once(found));
            }
        }
        if splits.is_empty() {
            return Err(self.no_data("no file is named as `data_files` says"));
        }
        Ok(splits)
    }

    /// The files below `folder` by their names.
    fn inferred(&self, folder: &str) -> Result<Splits, HubError> {
        let below: Vec<&str> = self
            .below(folder)
            .into_iter()
            .filter(|path| counts(path, "") && has_known_ending(path))
            .collect();
        if below.is_empty() {
            let place = if folder.is_empty() { "it".to_owned() } else { format!("`{folder}`") };
            return Err(self.no_data(format!("{place} has no file with an ending of data")));
        }
        let mut splits = Splits::new();
        for path in &below {
            if let Some(split) = sharded(path) {
                splits.entry(split.to_owned()).or_default().push(join(folder, path));
            }
        }
        if splits.is_empty() {
            splits = by_words(&below, folder, &in_folders);
        }
        if splits.is_empty() {
            splits = by_words(&below, folder, &in_file_name);
        }
        if splits.is_empty() {
            splits.insert("train".to_owned(), below.iter().map(|path| join(folder, path)).collect());
        }
        Ok(splits)
    }

    /// Paths below `folder`, relative to it.
    fn below(&self, folder: &str) -> Vec<&str> {
        let folder = folder.trim_matches('/').trim_start_matches("./");
        if folder.is_empty() || folder == "." {
            return self.files.iter().map(String::as_str).collect();
        }
        self.files.iter().filter_map(|path| path.strip_prefix(folder)?.strip_prefix('/')).collect()
    }

    /// Keeps each split's files of its most frequent format that can be read; fails where no split has any.
    fn readable(&self, splits: Splits) -> Result<Splits, HubError> {
        let endings: BTreeSet<String> =
            splits.values().flatten().map(|path| format!("`.{}`", ending(path))).collect();
        let readable: Splits = splits
            .into_iter()
            .filter_map(|(split, files)| {
                let best = most_frequent(&files)?;
                Some((split, files.into_iter().filter(|path| Format::of(path) == Some(best)).collect()))
            })
            .collect();
        if readable.is_empty() {
            let shown: Vec<String> = endings.into_iter().take(5).collect();
            return Err(self.no_data(format!(
                "its files end in {}; daepyo reads .parquet, .jsonl, .json, .ndjson, .csv, .tsv and .txt",
                shown.join(", ")
            )));
        }
        Ok(readable)
    }
}

/// The splits on the branch to which the hub writes Parquet: `CONFIG/SPLIT/0000.parquet`.
pub(crate) fn converted(
    repository: &str,
    files: &[String],
    config: Option<&str>,
) -> Result<Splits, HubError> {
    let mut configs: BTreeMap<&str, Splits> = BTreeMap::new();
    for path in files {
        let mut parts = path.split('/');
        if let (Some(name), Some(split), Some(file), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
            && ending(file) == "parquet"
        {
            configs.entry(name).or_default().entry(split.to_owned()).or_default().push(path.clone());
        }
    }
    let unknown = |problem: String| HubError::UnknownConfig {
        repository: repository.to_owned(),
        problem,
        known: configs.keys().map(|name| (*name).to_owned()).collect(),
    };
    let chosen = match config {
        Some(name) => configs.get(name).ok_or_else(|| unknown(format!("has no configuration `{name}`")))?,
        None if configs.len() == 1 => configs.values().next().ok_or_else(|| unknown(String::new()))?,
        None => configs
            .get("default")
            .ok_or_else(|| unknown("has several configurations; name one as `dataset_name`".to_owned()))?,
    };
    if let Some(split) = chosen.keys().find_map(|split| split.strip_prefix("partial-")) {
        return Err(HubError::NoData {
            repository: repository.to_owned(),
            problem: format!("the hub's Parquet copy holds only the first part of the split `{split}`"),
        });
    }
    Ok(chosen.clone())
}

/// The format of most files; of several with as many, the first by the hub's preference.
fn most_frequent(files: &[String]) -> Option<Format> {
    let mut counts: BTreeMap<(&str, Format), usize> = BTreeMap::new();
    for path in files {
        if let Some(format) = Format::of(path) {
            *counts.entry((ending(path), format)).or_default() += 1;
        }
    }
    let preference = |ending: &str| {
        ["parquet", "jsonl", "json", "csv"].iter().position(|one| *one == ending).unwrap_or(usize::MAX)
    };
    let best = counts
        .into_iter()
        .max_by_key(|((ending, _), count)| (*count, std::cmp::Reverse(preference(ending)), *ending));
    best.map(|((_, format), _)| format)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    Parquet,
    Json,
    Csv,
    Text,
}

impl Format {
    fn of(path: &str) -> Option<Self> {
        match ending(path) {
            "parquet" => Some(Self::Parquet),
            "json" | "jsonl" | "ndjson" => Some(Self::Json),
            "csv" | "tsv" => Some(Self::Csv),
            "txt" => Some(Self::Text),
            _ => None,
        }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn ending(path: &str) -> &str {
    file_name(path).rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// Files that no format knows (`LICENSE`, `.py`, `.gitattributes`) make no split.
fn has_known_ending(path: &str) -> bool {
    Format::of(path).is_some()
        || matches!(ending(path), "gz" | "zst" | "bz2" | "xz" | "zip" | "arrow" | "tar" | "xml")
}

/// Whether a file that a pattern names is data: hidden files, folders in double underscores and notes are not, unless
/// the pattern says so itself.
fn counts(path: &str, pattern: &str) -> bool {
    let special = |text: &str, hidden: bool| {
        let parts: Vec<&str> = text.split('/').collect();
        let folders = parts.len().saturating_sub(1);
        parts
            .iter()
            .enumerate()
            .filter(|(index, part)| {
                if hidden {
                    part.starts_with('.') && **part != "."
                } else {
                    *index < folders && part.starts_with("__")
                }
            })
            .count()
    };
    let name = file_name(path);
    (!NO_DATA.contains(&name) || file_name(pattern) == name)
        && special(path, true) == special(pattern, true)
        && special(path, false) == special(pattern, false)
}

fn join(folder: &str, path: &str) -> String {
    let folder = folder.trim_matches('/').trim_start_matches("./");
    if folder.is_empty() || folder == "." { path.to_owned() } else { format!("{folder}/{path}") }
}

fn each_once(paths: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    paths.into_iter().filter(|path| seen.insert(path.clone())).collect()
}

/// The split in `data/SPLIT-00000-of-00001.parquet`.
fn sharded(path: &str) -> Option<&str> {
    let file = path.strip_prefix("data/").filter(|file| !file.contains('/'))?;
    let numbered = |text: &str| text.len() >= 5 && text.bytes().take(5).all(|byte| byte.is_ascii_digit());
    let (head, total) = file.rsplit_once("-of-")?;
    let (split, number) = head.rsplit_once('-')?;
    (number.len() == 5 && numbered(number) && numbered(total) && total.contains('.')).then_some(split)
}

/// Splits by words that `names` finds in a path; the files of a split's first word come first.
fn by_words(below: &[&str], folder: &str, names: &dyn Fn(&str, &str, usize) -> bool) -> Splits {
    let mut splits = Splits::new();
    for (split, words) in WORDS {
        let mut found = Vec::new();
        for word in words {
            for form in 0..4 {
                found.extend(
                    below.iter().filter(|path| names(path, word, form)).map(|path| join(folder, path)),
                );
            }
        }
        if !found.is_empty() {
            splits.insert(split.to_owned(), each_once(found));
        }
    }
    splits
}

const SEPARATORS: &str = "-._ 0123456789";

/// The four forms in which a folder's name tells a split: the word, with something behind it, before it, on both sides.
fn in_folders(path: &str, word: &str, form: usize) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    parts.iter().any(|part| match form {
        0 => *part == word,
        1 => begins(part, word),
        2 => part.strip_suffix(word).is_some_and(|head| head.ends_with(is_separator)),
        _ => inside(part, word),
    })
}

/// The two forms in which a file's name does: the word at its beginning, or after a separator.
fn in_file_name(path: &str, word: &str, form: usize) -> bool {
    match form {
        0 => begins(file_name(path), word),
        1 => inside(file_name(path), word),
        _ => false,
    }
}

fn is_separator(c: char) -> bool {
    SEPARATORS.contains(c)
}

fn begins(name: &str, word: &str) -> bool {
    name.strip_prefix(word).is_some_and(|rest| rest.starts_with(is_separator))
}

fn inside(name: &str, word: &str) -> bool {
    name.match_indices(word).any(|(at, _)| {
        let before = name.get(..at).unwrap_or_default();
        let after = name.get(at + word.len()..).unwrap_or_default();
        before.ends_with(is_separator) && after.starts_with(is_separator)
    })
}
