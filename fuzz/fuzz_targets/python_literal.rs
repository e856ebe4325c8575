//! Python's literals: what is read, written as Python writes it, reads back the same.
#![no_main]

use daepyo_task::{parse_literal, py_repr};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(value) = parse_literal(text) {
        let written = py_repr(&value);
        assert_eq!(parse_literal(&written), Some(value), "{written}");
    }
});
