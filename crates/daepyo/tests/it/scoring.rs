//! A stage whose task cannot score: the reason is told, and nothing is signed.

use crate::line::{Line, code, stderr};
use std::fs;

/// Regression: `daepyo run` took documents that the task's own Python lost for failures of the machines, and spoke of
/// too many of them.
#[test]
fn a_stage_names_the_function_that_scores_nothing() {
    let line = Line::new();
    let broken = "def process_results(doc, results):\n    return {'acc': doc['absent']}\n";
    fs::write(line.path("suites/words/utils.py"), broken).unwrap();
    let yaml = "suites/words/words.yaml";
    line.edit(yaml, "metric_list:", "process_results: !function utils.process_results\nmetric_list:");
    let output = line.stage("first", "out").output().unwrap();
    let said = stderr(&output);
    assert_ne!(code(&output), 0, "{said}");
    for word in ["line_words", "utils.process_results", "absent"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains("stage::too_many_failures"), "{said}");
    assert!(!line.path("out/verdict.json").exists());
}
