//! The border of all data: encodings become UTF-8, text becomes NFC, sizes are bounded.

use super::Document;
use crate::TaskError;
use serde_json::{Map, Value};
use std::path::Path;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// One line or field longer than this is taken for a broken file.
pub(super) const MAX_LINE_BYTES: usize = 32 << 20;

/// Most fields that rows or documents may lack together: each becomes a null, so that a small file with one wide row
/// would fill the memory.
pub(super) const MAX_FILLED: usize = 10_000_000;

/// Most documents of one file: without a field they take two bytes each there, and hundreds here.
const MAX_DOCUMENTS: usize = 10_000_000;

/// Fails where a file has so many documents that they would fill the memory.
pub(super) fn check_count(documents: usize) -> Result<(), Problem> {
    if documents <= MAX_DOCUMENTS {
        return Ok(());
    }
    Err(Problem::new(0, format!("more than {MAX_DOCUMENTS} documents")))
}

/// A problem in a data file; line or row from 1, 0 for the whole file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) line: u64,
    pub(super) problem: String,
}

impl Problem {
    pub(super) fn new(line: u64, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
}

/// How data files are read.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) encoding: Option<&'static encoding_rs::Encoding>,
    /// Field separator of delimited text.
    pub(super) separator: Option<u8>,
    /// No quoting in delimited text.
    pub(super) no_quotes: bool,
    /// Column names, for delimited text without a header.
    pub(super) names: Option<Vec<String>>,
    /// The key of a JSON file under which the documents are.
    pub(super) field: Option<String>,
    /// Text files: one document for the whole file, or for a paragraph, instead of a line.
    pub(super) sample_by: SampleBy,
}

/// What becomes one document of a text file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum SampleBy {
    #[default]
    Line,
    Paragraph,
    Document,
}

impl Settings {
    /// Reads `dataset_kwargs`, which stand in the file at `path`.
    pub(super) fn read(kwargs: &Map<String, Value>, path: &Path, builder: &str) -> Result<Self, TaskError> {
        let mut settings = Self::default();
        if builder == "tsv" {
            settings.separator = Some(b'\t');
        }
        for (key, value) in kwargs {
            let wrong = |problem: &str| TaskError::Config {
                path: path.to_path_buf(),
                key: format!("dataset_kwargs.{key}"),
                problem: problem.to_owned(),
            };
            match key.as_str() {
                "encoding" => {
                    let label = value.as_str().ok_or_else(|| wrong("must be text"))?;
                    settings.encoding =
                        Some(encoding(label).ok_or_else(|| wrong("is not an encoding known here"))?);
                }
                "sep" | "delimiter" => {
                    settings.separator = match value.as_str().map(str::as_bytes) {
                        Some([byte]) if byte.is_ascii() => Some(*byte),
                        _ => return Err(wrong("must be one ASCII character")),
                    };
                }
                "quoting" => settings.no_quotes = value.as_u64() == Some(3),
                "names" | "column_names" => settings.names = strings(value),
                "field" => settings.field = value.as_str().map(str::to_owned),
                "sample_by" => {
                    settings.sample_by = match value.as_str() {
                        Some("line") => SampleBy::Line,
                        Some("paragraph") => SampleBy::Paragraph,
                        Some("document") => SampleBy::Document,
                        _ => return Err(wrong("must be `line`, `paragraph` or `document`")),
                    };
                }
                _ => {}
            }
        }
        Ok(settings)
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn encoding(label: &str) -> Option<&'static encoding_rs::Encoding> {
    let lower = label.to_ascii_lowercase();
    let label = match lower.as_str() {
        "cp949" | "ms949" | "uhc" | "windows949" | "euc_kr" => "euc-kr",
        "utf8" | "utf_8" | "utf-8-sig" | "utf_8_sig" => "utf-8",
        other => other,
    };
    encoding_rs::Encoding::for_label(label.as_bytes())
}

/// The byte-order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text in `bytes`: UTF-8 unless `encoding` says otherwise; a byte-order mark is dropped.
pub(super) fn decode(
    mut bytes: Vec<u8>,
    encoding: Option<&'static encoding_rs::Encoding>,
) -> Result<String, Problem> {
    if let Some(encoding) = encoding
        && encoding != encoding_rs::UTF_8
    {
        return encoding
            .decode_with_bom_removal(&bytes)
            .0
            .contains('\u{fffd}')
            .then(|| broken(&bytes, encoding))
            .map_or_else(|| Ok(encoding.decode_with_bom_removal(&bytes).0.into_owned()), Err);
    }
    if bytes.starts_with(BOM) {
        bytes.drain(..BOM.len());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) => {
            let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            Err(Problem::new(
                line_after(before),
                "not UTF-8; where the file is in another encoding, name it in `dataset_kwargs: {encoding: cp949}`",
            ))
        }
    }
}

fn broken(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> Problem {
    let mut line = 1;
    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
        if encoding.decode_without_bom_handling(part).1 {
            break;
        }
        line += 1;
    }
    Problem::new(line, format!("not {}", encoding.name()))
}

fn line_after(before: &[u8]) -> u64 {
    before.iter().fold(1, |line, byte| line + u64::from(*byte == b'\n'))
}

/// Gives `add` the documents of a text file: `{"text": …}` each.
pub(super) fn lines(text: &str, settings: &Settings, add: &mut dyn FnMut(Document)) {
    let document = |text: &str| {
        let mut map = Map::new();
        map.insert("text".to_owned(), Value::String(text.to_owned()));
        add(map);
    };
    match settings.sample_by {
        SampleBy::Line => text.lines().for_each(document),
        SampleBy::Paragraph => text
            .split("\n\n")
            .map(|part| part.trim_matches('\n'))
            .filter(|part| !part.is_empty())
            .for_each(document),
        SampleBy::Document => std::iter::once(text).for_each(document),
    }
}

/// All text of `document` in NFC, keys too.
pub(super) fn normalise_document(document: Document) -> Document {
    document.into_iter().map(|(key, value)| (normalise_text(key), normalise(value))).collect()
}

fn normalise_text(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

fn normalise(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(normalise_text(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(normalise).collect()),
        Value::Object(map) => Value::Object(normalise_document(map)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}
