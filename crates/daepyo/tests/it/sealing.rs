//! Rules before scores: what was sealed cannot be changed under way, and keys stay out of what is published.

use crate::line::{Line, assert_same, code, stderr};
use std::fs;
use std::os::unix::fs::symlink;

/// The finished folder is left as it was, and what is said names the change.
fn is_refused(line: &Line, said: &[&str]) {
    let before = line.published("out");
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    for words in said {
        assert!(stderr(&output).contains(words), "`{words}` is not in: {}", stderr(&output));
    }
    assert_same(&line.published("out"), &before);
}

#[test]
fn another_weight_is_refused_with_the_difference() {
    let line = Line::new();
    line.finish("out");
    line.edit("programme.toml", "weight = 50", "weight = 45");
    line.edit("programme.toml", "weight = 30", "weight = 35");
    is_refused(&line, &["stage::rules_changed", "weight", "50", "45", "30", "35"]);
}

#[test]
fn another_document_is_refused_with_its_file() {
    let line = Line::new();
    line.finish("out");
    line.edit("suites/sums/data/test.jsonl", "\"answer\": ", "\"answer\": 1");
    is_refused(&line, &["stage::rules_changed", "suites/sums/data/test.jsonl"]);
}

#[test]
fn a_comment_is_no_change_of_the_rules() {
    let line = Line::new();
    line.finish("out");
    line.edit("programme.toml", "format = 1", "format = 1 # the first");
    let output = line.stage("first", "out").output().unwrap();
    // The text of the file is published too, so it must still be the one that was sealed.
    line.verifies("out");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

#[test]
fn other_weights_than_those_submitted_are_an_integrity_failure() {
    let line = Line::new();
    line.edit("replay/dasom.jsonl", "\"logprob\": -0.", "\"logprob\": -1.");
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("stage::digest_mismatch") && stderr(&output).contains("dasom"));
    let kept = std::fs::read_dir(line.path("out/.work")).unwrap();
    let kept: Vec<_> = kept.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(kept, ["progress.json"], "nothing was asked");
}

#[test]
fn changed_marks_after_they_were_recorded_are_an_integrity_failure() {
    let line = Line::new();
    line.finish("out");
    let before = line.published("out");
    line.edit("marks.csv", "rater-1,garam,plan,", "rater-1,garam,plan,1");
    line.edit("marks.csv", "rater-1,garam,plan,1", "rater-1,garam,plan,");
    line.edit("marks.csv", "rater-2,", "rater-9,");
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("stage::log_differs"), "{}", stderr(&output));
    assert_same(&line.published("out"), &before);
}

#[test]
fn a_key_inside_the_folder_is_refused_however_it_is_named() {
    let line = Line::new();
    fs::create_dir_all(line.path("out")).unwrap();
    fs::create_dir_all(line.path("side")).unwrap();
    fs::copy(line.path("key"), line.path("out/key")).unwrap();
    symlink(line.path("out"), line.path("link")).unwrap();
    symlink(line.path("out/key"), line.path("linked-key")).unwrap();
    for key in ["out/key", "./out/key", "side/../out/key", "link/key", "linked-key"] {
        for out in ["out", "side/../out", "link"] {
            let output = line
                .daepyo(&["run", "programme.toml", "--stage", "first", "--out", out, "--key", key])
                .output()
                .unwrap();
            assert_eq!(code(&output), 2, "{key} in {out}: {}", stderr(&output));
        }
    }
    assert!(!line.path("out/rules.json").exists(), "nothing was sealed");
}

#[test]
fn regression_what_else_lies_in_the_folder_is_not_published() {
    let line = Line::new();
    fs::create_dir_all(line.path("out")).unwrap();
    fs::copy(line.path("key"), line.path("out/secret")).unwrap();
    line.finish("out");
    assert!(!line.read("out/manifest.json").contains("secret"));
    let output = line.verifies("out");
    assert!(stderr(&output).contains("secret"), "{}", stderr(&output));
}

#[test]
fn a_stage_that_does_not_exist_is_bad_input() {
    let line = Line::new();
    let output = line.stage("third", "out").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("first, second"), "{}", stderr(&output));
    assert!(!line.path("out").exists());
}

#[test]
fn another_signer_cannot_go_on() {
    let line = Line::new();
    line.finish("out");
    line.daepyo(&["key", "new", "--name", "other.example", "--out", "other"]).output().unwrap();
    let output = line
        .daepyo(&["run", "programme.toml", "--stage", "first", "--out", "out", "--key", "other"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stderr(&output).contains("stage::log"), "{}", stderr(&output));
    line.verifies("out");
}
