//! A hidden suite stays hidden until its day, and its verdict can still be checked.

use crate::line::{Line, code, copy, stderr};

/// Stands in every document of the hidden suite and nowhere else.
const MARKS: [&str; 2] = ["숨은글", "숨은물음"];

fn finished() -> Line {
    let line = Line::new();
    let output = line.stage("second", "out").output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    line
}

#[test]
fn no_text_of_a_hidden_suite_is_published() {
    let line = finished();
    let published = line.published("out");
    let escaped: Vec<_> =
        MARKS.iter().map(|mark| mark.escape_unicode().to_string().replace(['{', '}'], "")).collect();
    for (name, bytes) in &published {
        let text = String::from_utf8_lossy(bytes);
        for mark in MARKS.iter().copied().chain(escaped.iter().map(String::as_str)) {
            assert!(!text.contains(mark), "{name} holds text of the hidden suite");
        }
    }
    assert!(!published.contains_key("suites/passages/data/test.jsonl"));
    assert!(published.contains_key("suites/sums/data/test.jsonl"), "what is not hidden is published");
    assert!(line.read("out/rules.json").contains("suites/passages/data/test.jsonl"), "its digest is sealed");
    let names: Vec<_> = published.keys().filter(|name| name.contains("line_passages")).collect();
    assert_eq!(names, Vec::<&String>::new());
}

#[test]
fn what_is_hidden_is_said_and_the_rest_verified() {
    let line = finished();
    let output = line.verifies("out");
    assert!(stderr(&output).contains("passages"), "{}", stderr(&output));
    let output = line.daepyo(&["verify", "out", "--json"]).output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["hidden"], serde_json::json!(["passages"]), "{found}");
    assert_eq!((&found["rescored"], &found["report_differs"]), (&60.into(), &false.into()), "{found}");
}

#[test]
fn documents_revealed_later_are_scored_again() {
    let line = finished();
    copy(&line.path("suites/passages/data"), &line.path("out/suites/passages/data"));
    let output = line.daepyo(&["verify", "out", "--json"]).output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["hidden"], serde_json::json!([]), "{found}");
    assert_eq!((&found["rescored"], &found["uncovered"]), (&84.into(), &serde_json::json!([])), "{found}");

    // Other documents than those that were sealed are not taken.
    line.edit("out/suites/passages/data/test.jsonl", "방앗간", "물레방앗간");
    let output = line.daepyo(&["verify", "out"]).output().unwrap();
    assert_eq!(code(&output), 4);
    assert!(
        stderr(&output).contains("verify::changed suites/passages/data/test.jsonl"),
        "{}",
        stderr(&output)
    );
}
