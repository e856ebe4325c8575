//! What `daepyo verify` says, and the exit code with which it says it.

use crate::line::{Line, code, stderr, stdout};
use std::fs;

#[test]
fn a_flipped_bit_ends_with_4_and_the_files_name() {
    let line = Line::new();
    line.finish("out");
    for name in
        ["verdict.json", "report.html", "responses/narae.jsonl", "suites/words/words.yaml", "log/checkpoint"]
    {
        let path = line.path("out").join(name);
        let bytes = fs::read(&path).unwrap();
        let mut flipped = bytes.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(&path, flipped).unwrap();
        let output = line.daepyo(&["verify", "out"]).output().unwrap();
        assert_eq!(code(&output), 4, "{name}");
        let findings: Vec<_> =
            stderr(&output).lines().filter(|line| line.starts_with('×')).map(str::to_owned).collect();
        assert!(
            !findings.is_empty() && findings.iter().all(|finding| finding.contains(&format!(" {name}:"))),
            "{findings:?}"
        );
        fs::write(&path, bytes).unwrap();
    }
    line.verifies("out");
}

#[test]
fn the_given_key_must_have_signed() {
    let line = Line::new();
    line.finish("out");
    let output = line.daepyo(&["key", "show", "key"]).output().unwrap();
    let own = stdout(&output).trim().to_owned();
    let with = |key: &str| code(&line.daepyo(&["verify", "out", "--key", key]).output().unwrap());
    assert_eq!(with(&own), 0);
    fs::write(line.path("own.pub"), format!("{own}\n")).unwrap();
    assert_eq!(with("own.pub"), 0, "a file with the key");
    let output = line.daepyo(&["key", "new", "--name", "line.example", "--out", "other"]).output().unwrap();
    assert_eq!(with(stdout(&output).trim()), 4, "another key of the same name");
    assert_eq!(with("no key at all"), 2);
}

#[test]
fn a_folder_that_is_not_there_is_bad_input() {
    let line = Line::new();
    let output = line.daepyo(&["verify", "nowhere"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("nowhere"), "{}", stderr(&output));
}

#[test]
fn a_folder_of_something_else_is_told_apart_without_a_panic() {
    let line = Line::new();
    fs::create_dir(line.path("empty")).unwrap();
    fs::create_dir(line.path("log-only")).unwrap();
    fs::create_dir(line.path("log-only/log")).unwrap();
    for folder in ["empty", "log-only", "suites"] {
        let output = line.daepyo(&["verify", folder]).output().unwrap();
        assert_eq!(code(&output), 4, "{folder}");
        let said = stderr(&output);
        assert!(said.contains('×') && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_stage_that_was_not_finished_is_not_verified() {
    let line = Line::new();
    let replay = line.read("replay/mundi.jsonl");
    fs::remove_file(line.path("replay/mundi.jsonl")).unwrap();
    let output = line.stage("first", "out").output().unwrap();
    assert_ne!(code(&output), 0);
    let output = line.daepyo(&["verify", "out"]).output().unwrap();
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("verify::order"), "{}", stderr(&output));
    // With the file back, the same command goes on.
    fs::write(line.path("replay/mundi.jsonl"), replay).unwrap();
    line.finish("out");
    line.verifies("out");
}

#[test]
fn a_file_that_nothing_covers_is_named() {
    let line = Line::new();
    line.finish("out");
    fs::write(line.path("out/note.txt"), "hello").unwrap();
    let output = line.verifies("out");
    assert!(stderr(&output).contains("note.txt"), "{}", stderr(&output));
}
