//! What lies beside weights, and how a reader is chosen, without a folder: the entry points of the fuzz targets, no part
//! of the API.

use super::folder::{from_settings, split_parts as parts_of};
use super::index::Index;
use super::vocabulary::{from_tokenizer_json, from_vocabulary_text};
use super::{About, Format};
use crate::encoding::Encoding;
use crate::error::WeightsError;
use crate::ggml;
use crate::source::Memory;
use std::collections::BTreeSet;

/// The format that a file's first bytes tell; `None` where they tell none.
pub fn format(bytes: &[u8]) -> Option<Format> {
    Format::of(&Memory(bytes)).ok()
}

/// The encoding of a tensor type of GGUF files; `None` where there is none of that number.
pub fn encoding_of(id: u32) -> Option<Encoding> {
    ggml::encoding_of(id)
}

/// The files that the index of a sharded model names.
pub fn index(bytes: &[u8]) -> Result<BTreeSet<String>, WeightsError> {
    let index = Index::read(&Memory(bytes))?;
    Ok(index.files().into_iter().map(str::to_owned).collect())
}

/// What a `config.json` says.
pub fn settings(text: &str) -> About {
    let mut about = About::default();
    from_settings(text, &mut about);
    about
}

/// What a `tokenizer.json` says.
pub fn tokenizer(text: &str) -> About {
    let mut about = About::default();
    if let Ok(json) = serde_json::from_str(text) {
        from_tokenizer_json(&json, &mut about);
    }
    about
}

/// What a `vocab.txt` says.
pub fn vocabulary(text: &str) -> About {
    let mut about = About::default();
    from_vocabulary_text(text, &mut about);
    about
}

/// The bytes that a token stands for, by the kind of its tokenizer.
pub fn token_bytes(token: &[u8], kind: &str) -> Vec<u8> {
    super::token_bytes(token, kind)
}

/// The names of all parts of the split GGUF file that `name` is a part of; `None` where it is none.
pub fn split_parts(name: &str) -> Option<Vec<String>> {
    parts_of(name)
}
