//! A task file: problems name a line of it, and what it asks for compiles or is refused.
#![no_main]

use daepyo_task::{TaskConfig, TaskError, score::Scorer};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    match TaskConfig::from_text(text, Path::new("task.yaml")) {
        Ok(config) => {
            assert!(!config.files.is_empty());
            let has_choices = config.doc_to_choice.is_some();
            let output_type = config.output_type.name();
            let _ = Scorer::compile(output_type, &config.filter_list, &config.metric_list, has_choices);
        }
        Err(error) => {
            assert!(error.to_string().starts_with(error.code()));
            if let TaskError::Yaml { line, .. } = error {
                // The parser takes more signs for the end of a line than a newline.
                let breaks =
                    text.chars().filter(|c| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'));
                assert!((1..=breaks.count() + 2).contains(&line), "line {line}");
            }
        }
    }
});
