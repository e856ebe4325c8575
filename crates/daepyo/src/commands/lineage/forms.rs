//! Which files of a hub's repository are a model's weights, before any of them is here.

use daepyo_hub::RemoteFile;
use daepyo_lineage::weights_among;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files beside the weights that say what their tensors are.
const BESIDE: [&str; 4] = ["config.json", "adapter_config.json", "tokenizer.json", "vocab.txt"];
/// Larger files beside the weights are not what they are called.
const BESIDE_BYTES: u64 = 64 << 20;

/// A model in a repository: its weights in one of the forms in which they lie there.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Form {
    /// What tells it from the repository's other forms; none where it is the only one.
    pub(super) name: Option<String>,
    /// The file or folder to open, relative to the repository; empty for all of it.
    pub(super) place: String,
    /// What is fetched.
    pub(super) paths: Vec<String>,
    /// Bytes of all that is fetched.
    pub(super) bytes: u64,
    /// What names the contents of the files of weights, ascending.
    pub(super) contents: Vec<String>,
}

/// The forms of a repository with these files. What lies at its top is the model; where nothing does, each folder with
/// weights is one. Of GGUF files, each is one, or each set of parts.
pub(super) fn forms(files: &[RemoteFile]) -> Vec<Form> {
    let mut folders: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", file.path.as_str()));
        folders.entry(folder).or_default().insert(name.to_owned());
    }
    if folders.get("").is_some_and(|names| !weights_among(names).is_empty()) {
        folders.retain(|folder, _| folder.is_empty());
    }
    let by_path: BTreeMap<&str, &RemoteFile> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut forms = Vec::new();
    for (folder, names) in &folders {
        let chosen = weights_among(names);
        let (gguf, other): (Vec<String>, Vec<String>) = chosen
            .into_iter()
            .partition(|name| Path::new(name).extension().is_some_and(|kind| kind == "gguf"));
        let mut sets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in &gguf {
            sets.entry(set_of(name)).or_default().push(name);
        }
        for parts in sets.into_values() {
            let first = parts.first().copied().unwrap_or_default();
            forms.push(form(folder, &at(folder, first), &parts, &by_path));
        }
        if !other.is_empty() {
            let beside = BESIDE.into_iter().filter(|name| names.contains(*name));
            let wanted: Vec<&str> = other.iter().map(String::as_str).chain(beside).collect();
            forms.push(form(folder, folder, &wanted, &by_path));
        }
    }
    if let [only] = forms.as_mut_slice() {
        only.name = None;
    }
    forms
}

fn form(folder: &str, place: &str, names: &[&str], by_path: &BTreeMap<&str, &RemoteFile>) -> Form {
    let mut form = Form {
        name: Some(place.to_owned()),
        place: place.to_owned(),
        paths: Vec::new(),
        bytes: 0,
        contents: Vec::new(),
    };
    for name in names {
        let path = at(folder, name);
        let Some(file) = by_path.get(path.as_str()) else { continue };
        let is_beside = BESIDE.contains(name);
        if is_beside && file.size_bytes > BESIDE_BYTES {
            continue;
        }
        // An index says where tensors lie, not what they are.
        if !is_beside && !name.ends_with(".index.json") {
            form.contents.push(file.content.clone());
        }
        form.bytes = form.bytes.saturating_add(file.size_bytes);
        form.paths.push(path);
    }
    form.contents.sort();
    form
}

fn at(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What the parts of a split file have in common; the whole name of a file that is none.
fn set_of(name: &str) -> &str {
    let stem = name.strip_suffix(".gguf").and_then(|stem| stem.rsplit_once("-of-"));
    match stem.and_then(|(rest, _)| rest.rsplit_once('-')) {
        Some((common, number)) if number.parse::<u32>().is_ok() => common,
        Some(_) | None => name,
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a failed assertion is the point of a test")]
mod tests {
    use super::forms;
    use daepyo_hub::RemoteFile;

    fn files(paths: &[&str]) -> Vec<RemoteFile> {
        let file = |path: &&str| RemoteFile {
            path: (*path).to_owned(),
            size_bytes: 10,
            content: format!("sha256:{path}"),
        };
        paths.iter().map(file).collect()
    }

    fn told(paths: &[&str]) -> Vec<(Option<String>, String, usize)> {
        let forms = forms(&files(paths)).into_iter();
        forms.map(|form| (form.name, form.place, form.paths.len())).collect()
    }

    fn named(name: &str, count: usize) -> (Option<String>, String, usize) {
        (Some(name.to_owned()), name.to_owned(), count)
    }

    #[test]
    fn what_lies_at_the_top_is_the_model() {
        let found = told(&["README.md", "model.safetensors", "config.json", "onnx/model.onnx", "x.gguf"]);
        assert_eq!(found, [(None, String::new(), 2)]);
        let found = told(&["onnx/model.onnx", "onnx/config.json", "README.md"]);
        assert_eq!(found, [(None, "onnx".to_owned(), 2)]);
        assert!(told(&["README.md", "config.json"]).is_empty());
    }

    #[test]
    fn each_gguf_file_or_set_is_a_model() {
        let found = told(&["q4.gguf", "q8-00001-of-00002.gguf", "q8-00002-of-00002.gguf"]);
        assert_eq!(found, [named("q4.gguf", 1), named("q8-00001-of-00002.gguf", 2)]);
        assert_eq!(told(&["q4/a.gguf", "q8/a.gguf"]), [named("q4/a.gguf", 1), named("q8/a.gguf", 1)]);
        assert_eq!(told(&["only.gguf"]), [(None, "only.gguf".to_owned(), 1)]);
    }

    #[test]
    fn contents_are_those_of_weights_alone() {
        let parts = ["model-00001-of-00001.safetensors", "model.safetensors.index.json", "config.json"];
        let found = forms(&files(&parts));
        assert_eq!(found[0].contents, ["sha256:model-00001-of-00001.safetensors"]);
        assert_eq!((found[0].paths.len(), found[0].bytes), (3, 30));
    }
}
