//! A model as it lies on a disk: one file, the parts of a split file, or a folder as hubs lay it out.

use super::index::Index;
use super::packing::{QUANTISATION, recognise};
use super::vocabulary::{from_tokenizer_json, from_vocabulary_text};
use super::{About, Format, Header, Weights};
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::{Source, WeightFile};
use rayon::prelude::*;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The indices of models in several files.
const INDICES: [&str; 2] = ["model.safetensors.index.json", "pytorch_model.bin.index.json"];
/// Larger files beside the weights are not what they are called.
const BESIDE_BYTES: u64 = 256 << 20;

pub(super) fn open(path: &Path) -> Result<Weights, WeightsError> {
    let name = path.display().to_string();
    let metadata = std::fs::metadata(path).map_err(|error| failed(&name, error))?;
    if metadata.is_dir() { folder(path, name) } else { file(path, name) }
}

fn failed(name: &str, error: std::io::Error) -> WeightsError {
    WeightsError { file: name.to_owned(), place: None, problem: WeightsProblem::Io(error) }
}

/// A file of its own, or one part of a split GGUF file: then all its parts.
fn file(path: &Path, name: String) -> Result<Weights, WeightsError> {
    let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (Some(parts), Some(parent)) = (split_parts(&own), path.parent()) else {
        return read(name, vec![(path.to_owned(), path.display().to_string())], None, About::default());
    };
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    let files = parts.into_iter().map(|part| (parent.join(&part), part)).collect();
    read(name, files, None, About::default())
}

/// `name-00002-of-00003.gguf`: the names of all three.
pub(super) fn split_parts(name: &str) -> Option<Vec<String>> {
    let stem = name.strip_suffix(".gguf")?;
    let (rest, count) = stem.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    let digits = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = count.parse::<u32>().ok().filter(|_| digits(number) && digits(count))?;
    (1..=parts)
        .contains(&number.parse().ok()?)
        .then(|| (1..=parts).map(|part| format!("{stem}-{part:05}-of-{parts:05}.gguf")).collect())
}

fn folder(path: &Path, name: String) -> Result<Weights, WeightsError> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(path).map_err(|error| failed(&name, error))? {
        let entry = entry.map_err(|error| failed(&name, error))?;
        if let Ok(name) = entry.file_name().into_string() {
            names.insert(name);
        }
    }
    let about = beside(path, &names);
    for index in INDICES {
        if names.contains(index) {
            let source = WeightFile::open(&inside(path, index)?, index.to_owned())?;
            let parsed = Index::read(&source)?;
            let files = parsed.files().into_iter().map(|file| Ok((inside(path, file)?, file.to_owned())));
            let files = files.collect::<Result<Vec<_>, WeightsError>>()?;
            return read(name, files, Some((&parsed, &source)), about);
        }
    }
    let chosen = choose(&name, &names)?;
    let files = chosen.into_iter().map(|file| Ok((inside(path, &file)?, file)));
    read(name, files.collect::<Result<_, WeightsError>>()?, None, about)
}

/// The files of the first kind that is there. Several GGUF files are parts of one, or an error.
fn choose(folder: &str, names: &BTreeSet<String>) -> Result<Vec<String>, WeightsError> {
    let wrong = |problem| WeightsError { file: folder.to_owned(), place: None, problem };
    let chosen = of_first_kind(names);
    let first = chosen.first().ok_or_else(|| wrong(WeightsProblem::NoWeights))?;
    if !first.as_bytes().ends_with(b".gguf") {
        return Ok(chosen);
    }
    let parts = split_parts(first).unwrap_or_else(|| vec![first.clone()]);
    if chosen.iter().all(|name| parts.contains(name)) {
        return Ok(parts);
    }
    Err(wrong(WeightsProblem::Several(chosen.len() as u64)))
}

/// Safetensors, then GGUF, PyTorch and ONNX.
fn of_first_kind(names: &BTreeSet<String>) -> Vec<String> {
    let ending = |endings: &[&str]| -> Vec<String> {
        let is = |name: &&String| endings.iter().any(|ending| name.ends_with(ending));
        names.iter().filter(is).cloned().collect()
    };
    // Training state lies beside weights under such names too.
    let mut pytorch = ending(&[".bin", ".pt", ".pth"]);
    pytorch.retain(|name| {
        !["training_args", "optimizer", "scheduler", "rng_state"].iter().any(|no| name.starts_with(no))
    });
    let onnx = ending(&[".onnx"]);
    let preferred = onnx.iter().find(|name| *name == "model.onnx").or(onnx.first());
    let kinds =
        [ending(&[".safetensors"]), ending(&[".gguf"]), pytorch, preferred.cloned().into_iter().collect()];
    kinds.into_iter().find(|files| !files.is_empty()).unwrap_or_default()
}

/// The files of weights of a folder of which only names are known, as [`Weights::open`] would choose them: with an index,
/// that and the parts that are named after it. Several GGUF files may be a model each. Empty where there are none.
pub fn weights_among(names: &BTreeSet<String>) -> Vec<String> {
    for index in INDICES.into_iter().filter(|index| names.contains(*index)) {
        let Some((stem, ending)) = index.strip_suffix(".index.json").and_then(|whole| whole.rsplit_once('.'))
        else {
            continue;
        };
        let is_part = |name: &&String| {
            name.strip_prefix(stem)
                .and_then(|rest| rest.strip_suffix(ending))
                .is_some_and(|rest| rest.starts_with('-') && rest.ends_with('.'))
        };
        let parts: Vec<String> = names.iter().filter(is_part).cloned().collect();
        if !parts.is_empty() {
            return parts.into_iter().chain([index.to_owned()]).collect();
        }
    }
    of_first_kind(names)
}

/// The path of a file in `folder`; a link must end in it, or in the `blobs` of the hub's cache that it is a part of.
fn inside(folder: &Path, name: &str) -> Result<PathBuf, WeightsError> {
    let path = folder.join(name);
    let link = path.symlink_metadata().map_err(|error| failed(name, error))?.is_symlink();
    if !link {
        return Ok(path);
    }
    let real = |path: &Path| path.canonicalize().map_err(|error| failed(name, error));
    let (target, home) = (real(&path)?, real(folder)?);
    let is_snapshots = |folder: &&Path| folder.file_name().is_some_and(|name| name == "snapshots");
    let snapshots = home.ancestors().skip(1).find(is_snapshots);
    let blobs = snapshots.and_then(Path::parent).map(|cache| cache.join("blobs"));
    if target.starts_with(&home) || blobs.is_some_and(|blobs| target.starts_with(blobs)) {
        return Ok(target);
    }
    Err(WeightsError { file: name.to_owned(), place: None, problem: WeightsProblem::Link })
}

fn read(
    name: String,
    paths: Vec<(PathBuf, String)>,
    index: Option<(&Index, &WeightFile)>,
    mut about: About,
) -> Result<Weights, WeightsError> {
    let opened: Vec<(WeightFile, Format, Header)> = paths
        .into_par_iter()
        .enumerate()
        .map(|(number, (path, shown))| {
            let file = WeightFile::open(&path, shown)?;
            let format = Format::of(&file)?;
            let header = format.read(&file, number)?;
            Ok((file, format, header))
        })
        .collect::<Result<_, WeightsError>>()?;
    let Some(format) = opened.first().map(|(_, format, _)| *format) else {
        return Err(WeightsError { file: name, place: None, problem: WeightsProblem::NoWeights });
    };
    if let Some((index, source)) = index {
        let names =
            |header: &Header| -> BTreeSet<String> { header.tensors.iter().map(|t| t.name.clone()).collect() };
        let found: BTreeMap<String, BTreeSet<String>> =
            opened.iter().map(|(file, _, header)| (file.name().to_owned(), names(header))).collect();
        index.check(source, &found)?;
    }
    let (mut files, mut tensors) = (Vec::new(), Vec::new());
    for (file, _, header) in opened {
        files.push(file);
        tensors.extend(header.tensors);
        about.settings.extend(header.about.settings);
        about.tokens = header.about.tokens.or(about.tokens);
    }
    tensors.sort_by(|one, other| one.name.cmp(&other.name));
    let twice = tensors.iter().zip(tensors.iter().skip(1)).find(|(one, next)| one.name == next.name);
    if let Some((_, next)) = twice {
        let file = files.get(next.extent.file).map_or(name.as_str(), Source::name).to_owned();
        let place = Some(Place::Tensor(next.name.clone()));
        return Err(WeightsError { file, place, problem: WeightsProblem::Duplicate });
    }
    recognise(&files, &mut tensors, &about.settings)?;
    Ok(Weights { name, format, files, tensors, about })
}

/// What `config.json`, `quantize_config.json`, `tokenizer.json`, `vocab.txt` and `adapter_config.json` say; what cannot be understood in them
/// is as if it were not there, since none of it is evidence.
fn beside(folder: &Path, names: &BTreeSet<String>) -> About {
    let mut about = About::default();
    if let Some(Ok(Value::Object(settings))) =
        text(folder, names, "quantize_config.json").map(|text| serde_json::from_str(&text))
    {
        from_quantisation(&settings, &mut about);
    }
    for name in ["config.json", "adapter_config.json"] {
        if let Some(text) = text(folder, names, name) {
            from_settings(&text, &mut about);
        }
    }
    let tokenizer = text(folder, names, "tokenizer.json").and_then(|text| serde_json::from_str(&text).ok());
    if let Some(tokenizer) = tokenizer {
        from_tokenizer_json(&tokenizer, &mut about);
    }
    if about.tokens.is_none()
        && let Some(vocabulary) = text(folder, names, "vocab.txt")
    {
        from_vocabulary_text(&vocabulary, &mut about);
    }
    about
}

/// Takes the settings out of a `config.json` or an `adapter_config.json`; those of a quantisation with its name before
/// them.
pub(super) fn from_settings(text: &str, about: &mut About) {
    if let Ok(Value::Object(settings)) = serde_json::from_str(text) {
        if let Some(Value::Object(of_quantisation)) = settings.get("quantization_config") {
            from_quantisation(of_quantisation, about);
        }
        about.settings.extend(settings.iter().filter_map(|(key, value)| Some((key.clone(), plain(value)?))));
    }
}

fn from_quantisation(settings: &Map<String, Value>, about: &mut About) {
    for (key, value) in settings {
        // The lengths of blocks are a list of numbers.
        let numbers = value.as_array().map(|list| list.iter().map(Value::to_string).collect::<Vec<_>>());
        let numbers = numbers.filter(|_| key == "weight_block_size").map(|list| list.join(","));
        if let Some(value) = numbers.or_else(|| plain(value)) {
            about.settings.insert(format!("{QUANTISATION}{key}"), value);
        }
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::String(text) => Some(text.clone()),
        // The names of architectures and of adapted modules.
        Value::Array(list) => {
            let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        Value::Null | Value::Object(_) => None,
    }
}

fn text(folder: &Path, names: &BTreeSet<String>, name: &str) -> Option<String> {
    let path = names.contains(name).then(|| inside(folder, name).ok())??;
    let file = WeightFile::open(&path, name.to_owned()).ok().filter(|file| file.bytes() <= BESIDE_BYTES)?;
    let bytes = file.take(0, usize::try_from(file.bytes()).ok()?).ok()?;
    String::from_utf8(bytes).ok()
}
