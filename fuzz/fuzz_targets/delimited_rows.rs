//! CSV, TSV and plain text in several encodings: every row has every column, and a column has one type.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use std::mem::discriminant;
use std::path::Path;

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, bytes) = data;
    let kwargs = match choice % 6 {
        0 | 1 => json!({}),
        2 => json!({"encoding": "cp949", "sep": ";"}),
        3 => json!({"encoding": "utf-16le", "quoting": 3}),
        4 => json!({"names": ["a", "b", "c"], "sample_by": "paragraph"}),
        _ => json!({"encoding": "iso-2022-kr", "sample_by": "document"}),
    };
    let kwargs = kwargs.as_object().cloned().unwrap_or_default();
    let name = ["d.csv", "d.tsv", "d.txt"][usize::from(choice / 6) % 3];
    let Ok(documents) = daepyo_task::read_documents(Path::new(name), bytes.to_vec(), &kwargs) else { return };
    let Some(first) = documents.first() else { return };
    for document in &documents {
        assert_eq!(document.len(), first.len());
    }
    for column in first.keys() {
        let mut values = documents.iter().filter_map(|document: &Map<String, Value>| document.get(column));
        let kind = values.find(|value| !value.is_null()).map(discriminant);
        assert!(values.all(|value| value.is_null() || Some(discriminant(value)) == kind), "{column}");
    }
});
