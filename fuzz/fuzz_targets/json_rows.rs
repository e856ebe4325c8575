//! JSON and JSON lines: written as lines, the documents read back the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let read = |bytes: Vec<u8>| daepyo_task::read_documents(Path::new("d.jsonl"), bytes, &Map::new());
    let Ok(documents) = read(bytes.to_vec()) else { return };
    let fields = documents.first().map_or(0, Map::len);
    assert!(documents.iter().all(|document| document.len() == fields));
    let lines: Vec<String> =
        documents.iter().map(|document| Value::Object(document.clone()).to_string()).collect();
    assert_eq!(read(lines.join("\n").into_bytes()).ok(), Some(documents));
});
