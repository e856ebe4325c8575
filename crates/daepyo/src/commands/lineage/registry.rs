//! A registry of models as it lies on a disk: folders as hubs lay them out, with their cards, or a list, which is also
//! written.

use daepyo_lineage::{Entry, Listed, Relation};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is wrong with a registry.
pub(super) enum RegistryProblem {
    /// It could not be read.
    Io(PathBuf, std::io::Error),
    /// A line of a list is no object with an `id`.
    Line(usize, String),
    /// A name that stands twice.
    Twice(String),
    /// There is no model in it.
    Empty,
}

/// Folders within folders that are looked through.
const DEPTH: usize = 4;
const WEIGHTS: [&str; 6] = ["safetensors", "gguf", "onnx", "bin", "pt", "pth"];
const CARD_BYTES: u64 = 1 << 20;

pub(super) fn read(path: &Path) -> Result<Vec<Entry>, RegistryProblem> {
    in_order(if path.is_dir() { folders(path)? } else { list(path)? })
}

/// By name, each of them once.
pub(super) fn in_order(mut entries: Vec<Entry>) -> Result<Vec<Entry>, RegistryProblem> {
    entries.sort_by(|one, other| one.id.cmp(&other.id));
    if entries.is_empty() {
        return Err(RegistryProblem::Empty);
    }
    let twice = entries.iter().zip(entries.iter().skip(1)).find(|(one, next)| one.id == next.id);
    match twice {
        Some((one, _)) => Err(RegistryProblem::Twice(one.id.clone())),
        None => Ok(entries),
    }
}

fn folders(root: &Path) -> Result<Vec<Entry>, RegistryProblem> {
    let mut entries = Vec::new();
    let mut open = vec![(root.to_owned(), Vec::<String>::new())];
    while let Some((folder, names)) = open.pop() {
        let failed = |error| RegistryProblem::Io(folder.clone(), error);
        let mut weights = BTreeSet::new();
        for item in std::fs::read_dir(&folder).map_err(failed)? {
            let item = item.map_err(failed)?;
            let Ok(name) = item.file_name().into_string() else { continue };
            let kind = item.file_type().map_err(failed)?;
            if kind.is_dir() && names.len() < DEPTH && !name.starts_with('.') {
                let below = names.iter().cloned().chain([name]).collect();
                open.push((item.path(), below));
            } else if !kind.is_dir() && WEIGHTS.contains(&ending(&name)) {
                weights.insert(name);
            }
        }
        if !weights.is_empty() {
            entries.extend(models(&folder, &names, &weights));
        }
    }
    Ok(entries)
}

/// The model of a folder; where several GGUF files lie in it, each is one, as quantised forms lie on hubs.
fn models(folder: &Path, names: &[String], weights: &BTreeSet<String>) -> Vec<Entry> {
    let card = card(folder);
    let parents = card.as_ref().map(parents).unwrap_or_default();
    let parents = if parents.is_empty() { adapted(folder).into_iter().collect() } else { parents };
    let relation = card.as_ref().and_then(relation_of);
    let id = if names.is_empty() { folder_name(folder) } else { names.join("/") };
    let owner = if names.len() > 1 { names.first().cloned().unwrap_or_default() } else { id.clone() };
    let entry = |id: String, path: PathBuf| Entry {
        id,
        owner: owner.clone(),
        path: Some(path),
        parents: parents.clone(),
        relation,
        listed: Listed::default(),
    };
    let files: Vec<&String> = weights.iter().filter(|name| is_first_gguf(name)).collect();
    let all = weights.iter().all(|name| ending(name) == "gguf");
    if all && files.len() > 1 {
        return files.into_iter().map(|name| entry(format!("{id}/{name}"), folder.join(name))).collect();
    }
    vec![entry(id, folder.to_owned())]
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| ".".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Of a split file the first part stands for all.
fn is_first_gguf(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".gguf") else { return false };
    let part = stem.rsplit_once("-of-").and_then(|(rest, _)| rest.rsplit_once('-'));
    part.is_none_or(|(_, number)| number.parse().ok().is_none_or(|number: u32| number == 1))
}

fn card(folder: &Path) -> Option<Map<String, Value>> {
    let path = folder.join("README.md");
    let small = path.metadata().is_ok_and(|metadata| metadata.len() <= CARD_BYTES);
    let text = small.then(|| std::fs::read_to_string(&path).ok())??;
    daepyo_task::card_head(&text)
}

fn parents(card: &Map<String, Value>) -> Vec<String> {
    texts(card.get("base_model"))
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// Hubs' words for relations, and ours.
fn relation_of(card: &Map<String, Value>) -> Option<Relation> {
    relation_named(card.get("base_model_relation").or_else(|| card.get("relation"))?.as_str()?)
}

/// The relation of that name; hubs and we have the same ones.
pub(super) fn relation_named(word: &str) -> Option<Relation> {
    Relation::ALL.into_iter().find(|relation| relation.name() == word)
}

/// The base that an adapter's own file names.
fn adapted(folder: &Path) -> Option<String> {
    let path = folder.join("adapter_config.json");
    let small = path.metadata().is_ok_and(|metadata| metadata.len() <= CARD_BYTES);
    let json: Value = serde_json::from_slice(&small.then(|| std::fs::read(&path).ok())??).ok()?;
    json.get("base_model_name_or_path")?.as_str().map(str::to_owned)
}

fn list(path: &Path) -> Result<Vec<Entry>, RegistryProblem> {
    let text = std::fs::read_to_string(path).map_err(|error| RegistryProblem::Io(path.to_owned(), error))?;
    let home = path.parent().unwrap_or(Path::new("."));
    let rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    rows.map(|(number, line)| row(home, number + 1, line)).collect()
}

fn row(home: &Path, number: usize, line: &str) -> Result<Entry, RegistryProblem> {
    let wrong = |detail: String| RegistryProblem::Line(number, detail);
    let row: Map<String, Value> = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
    let text = |key: &str| row.get(key).and_then(Value::as_str).map(str::to_owned);
    let id = text("id").filter(|id| !id.is_empty()).ok_or_else(|| wrong("`id`".to_owned()))?;
    if row.get("relation").is_some_and(|relation| !relation.is_null()) && relation_of(&row).is_none() {
        let known: Vec<&str> = Relation::ALL.iter().map(|relation| relation.name()).collect();
        return Err(wrong(format!("`relation`: {}", known.join(", "))));
    }
    let owner = text("owner").or_else(|| id.split_once('/').map(|(owner, _)| owner.to_owned()));
    Ok(Entry {
        owner: owner.unwrap_or_else(|| id.clone()),
        path: text("path").map(|path| home.join(path)),
        parents: parents(&row),
        relation: relation_of(&row),
        listed: serde_json::from_value(Value::Object(row)).map_err(|error| wrong(error.to_string()))?,
        id,
    })
}

/// The entries as a list that [`read`] takes, also in another folder.
pub(super) fn written(entries: &[Entry]) -> String {
    let mut lines = String::new();
    for entry in entries {
        let mut row = json!({"id": entry.id, "owner": entry.owner, "base_model": entry.parents});
        if let Value::Object(row) = &mut row {
            row.extend(entry.relation.map(|relation| ("relation".to_owned(), json!(relation.name()))));
            row.extend(entry.path.as_ref().map(|path| ("path".to_owned(), json!(absolute(path)))));
            if let Ok(Value::Object(listed)) = serde_json::to_value(&entry.listed) {
                row.extend(listed);
            }
        }
        lines.push_str(&row.to_string());
        lines.push('\n');
    }
    lines
}

/// A relative path would be taken from the list's own folder.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
