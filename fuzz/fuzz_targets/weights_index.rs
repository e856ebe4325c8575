//! What lies beside weights: an index, settings, vocabularies, names of split files, and a whole folder of files and
//! links. No name leads out of the folder, and nothing is read that the files do not say.
#![no_main]

use daepyo_fuzz::weights::are_same_tensors;
use daepyo_lineage::{Source, Weights, fuzz};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Component, Path};

/// More tokens than this no vocabulary may cost memory for.
const TOKENS: usize = 4_000_000;
const KINDS: [&str; 6] = ["gpt2", "llama", "gemma4", "t5", "bert", ""];
/// Of a folder.
const FILES: usize = 8;
const NAME_BYTES: usize = 100;
const INDEXES: [&str; 2] = ["model.safetensors.index.json", "pytorch_model.bin.index.json"];
/// Before the settings of a quantisation, which are an object among the others.
const NESTED: &str = "quantization_config.";
/// A setting in a file beside the folder, which no link may reach.
const OUTSIDE: &str = "stands_outside";

/// The tensors and their files in an index; `None` where it has another form, or more than the reader looks at.
fn weight_map(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let json: Value = serde_json::from_slice(bytes).ok()?;
    let map = json.get("weight_map")?.as_object()?;
    map.iter().map(|(tensor, file)| Some((tensor.clone(), file.as_str()?.to_owned()))).collect()
}

fn check_index(bytes: &[u8]) {
    match fuzz::index(bytes) {
        Ok(files) => {
            for file in &files {
                let mut parts = Path::new(file).components();
                let is_name = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
                assert!(is_name, "{file:?} leads out of the folder");
            }
            if let Some(map) = weight_map(bytes) {
                let named: BTreeSet<String> = map.into_iter().map(|(_, file)| file).collect();
                assert_eq!(files, named);
            }
        }
        Err(error) => assert!(error.code().starts_with("lineage::")),
    }
}

fn check_settings(text: &str) {
    let about = fuzz::settings(text);
    assert_eq!(about, fuzz::settings(text));
    assert!(about.tokens.is_none());
    let Ok(Value::Object(written)) = serde_json::from_str(text) else {
        assert!(about.settings.is_empty());
        return;
    };
    let is_nested = |key: &str| key.starts_with(NESTED);
    assert!(about.settings.keys().all(|key| written.contains_key(key) || is_nested(key)));
    for (key, value) in written.iter().filter(|(key, _)| !is_nested(key)) {
        let setting = about.settings.get(key);
        match value {
            Value::Null | Value::Object(_) => assert_eq!(setting, None),
            Value::Bool(_) | Value::Number(_) => assert_eq!(setting, Some(&value.to_string())),
            Value::String(text) => assert_eq!(setting, Some(text)),
            Value::Array(list) => assert!(setting.is_none() || list.iter().all(Value::is_string)),
        }
    }
}

fn check_tokenizer(text: &str) {
    let about = fuzz::tokenizer(text);
    assert!(about == fuzz::tokenizer(text), "another vocabulary of the same file");
    assert!(about.settings.is_empty());
    let tokens = about.tokens.unwrap_or_default();
    assert!(tokens.len() <= TOKENS, "{} tokens", tokens.len());
    let length: usize = tokens.iter().map(Vec::len).sum();
    assert!(length <= text.len(), "{length} bytes of tokens in a file of {}", text.len());
}

fn check_vocabulary(text: &str) {
    let tokens = fuzz::vocabulary(text).tokens.unwrap_or_default();
    assert_eq!(tokens.len(), text.lines().count());
    for (line, token) in text.lines().zip(&tokens) {
        assert!(token.len() <= line.len() + 1, "{line:?}: {token:?}");
        for kind in KINDS {
            let bytes = fuzz::token_bytes(line.as_bytes(), kind);
            assert!(bytes.len() <= line.len(), "{line:?} of {kind}: {bytes:?}");
        }
    }
}

fn check_parts(name: &str) {
    let Some(parts) = fuzz::split_parts(name) else { return };
    assert!(parts.iter().all(|part| part.len() == name.len()), "{name:?} among {} parts", parts.len());
    let unique: BTreeSet<&str> = parts.iter().map(String::as_str).collect();
    assert!(unique.len() == parts.len() && unique.contains(name), "{name:?} among {} parts", parts.len());
}

/// What the files of a folder are called, with their content; none for links.
type Files<'a> = BTreeMap<&'a str, Option<&'a [u8]>>;

/// The files in an input: each has its name on its first line, and a link says behind ` -> ` where it leads.
fn files<'a>(bytes: &'a [u8], folder: &Path) -> Files<'a> {
    let mut files = Files::new();
    for part in daepyo_fuzz::byte_parts(bytes).take(FILES) {
        let mut lines = part.splitn(2, |byte| *byte == b'\n');
        let (head, content) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        let Ok(head) = std::str::from_utf8(head) else { continue };
        let (name, target) = head.split_once(" -> ").map_or((head, None), |(name, to)| (name, Some(to)));
        let is_name =
            !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) && name.len() <= NAME_BYTES;
        if !is_name || files.contains_key(name) {
            continue;
        }
        let path = folder.join(name);
        let content = match target {
            // Not every text can be where a link leads.
            Some(target) if symlink(target, &path).is_err() => continue,
            Some(_) => None,
            None => {
                fs::write(&path, content).expect("our own folder");
                Some(content)
            }
        };
        files.insert(name, content);
    }
    files
}

fn check_folder(bytes: &[u8]) {
    let outer = daepyo_fuzz::folder();
    let folder = outer.path().join("model");
    fs::create_dir(&folder).expect("our own folder");
    fs::write(outer.path().join("config.json"), format!("{{\"{OUTSIDE}\":1}}")).expect("our own folder");
    let files = files(bytes, &folder);
    match (Weights::open(&folder), Weights::open(&folder)) {
        (Ok(weights), Ok(again)) => {
            assert!(are_same_tensors(&weights.tensors, &again.tensors), "other tensors in the same folder");
            assert_eq!(weights.about, again.about);
            check_weights(&weights, &files);
            let is_said = bytes.windows(OUTSIDE.len()).any(|window| window == OUTSIDE.as_bytes());
            assert!(is_said || !weights.about.settings.contains_key(OUTSIDE), "a link led out of the folder");
        }
        (Err(error), Err(_)) => assert!(error.code().starts_with("lineage::")),
        (Ok(_), Err(error)) | (Err(error), Ok(_)) => panic!("once opened and once refused: {error}"),
    }
}

fn check_weights(weights: &Weights, files: &Files<'_>) {
    assert!(weights.files.iter().all(|file| files.contains_key(file.name())));
    assert!(weights.tensors.windows(2).all(|pair| pair[0].name < pair[1].name), "a name stands twice");
    for tensor in &weights.tensors {
        let file = weights.file(tensor).expect("a file");
        assert!(tensor.extent.offset + tensor.extent.bytes <= file.bytes(), "{tensor:?}");
        assert!(weights.tensor(&tensor.name).is_some_and(|found| std::ptr::eq(found, tensor)), "{tensor:?}");
    }
    let index = INDEXES.into_iter().find(|name| files.contains_key(*name));
    let content = index.and_then(|name| files.get(name).copied().flatten());
    for (tensor, file) in content.and_then(weight_map).unwrap_or_default() {
        let found = weights.tensor(&tensor).and_then(|tensor| weights.file(tensor));
        assert!(
            found.is_some_and(|found| found.name() == file),
            "the index tells {tensor:?} to be in {file:?}"
        );
    }
}

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, bytes) = data;
    match (choice % 6, std::str::from_utf8(bytes)) {
        (0, _) => check_index(bytes),
        (1, Ok(text)) => check_settings(text),
        (2, Ok(text)) => check_tokenizer(text),
        (3, Ok(text)) => check_vocabulary(text),
        (4, Ok(text)) => check_parts(text),
        (5, _) => check_folder(bytes),
        (_, _) => {}
    }
});
