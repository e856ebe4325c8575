//! Parquet files: rows or an error, with every field in every row.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Map;
use std::path::Path;

fuzz_target!(
    // The Parquet library panics on some broken files, which its caller turns into an error: only a panic that
    // escapes may end the run, and the fuzzer's own hook would end it before.
    init: std::panic::set_hook(Box::new(|_| {})),
    |bytes: &[u8]| {
        if let Ok(documents) = daepyo_task::read_documents(Path::new("d.parquet"), bytes.to_vec(), &Map::new()) {
            let fields = documents.first().map_or(0, Map::len);
            assert!(documents.iter().all(|document| document.len() == fields));
        }
    }
);
