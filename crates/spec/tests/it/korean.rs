//! A Korean reader meets no English sentence, whatever is wrong with a file.

use crate::{VALID, contest, problems};
use daepyo_core::Language;
use daepyo_spec::{Code, json_schema};
use serde_json::Value;
use std::collections::BTreeSet;

/// Words with a Latin letter that stand in `text` outside of backticks and are not `known`.
pub(crate) fn foreign_words(text: &str, known: &BTreeSet<String>) -> Vec<String> {
    let outside = text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
    words(&outside).into_iter().filter(|word| !known.contains(word)).collect()
}

fn words(text: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-.:".contains(letter);
    let parts = text.split(|letter: char| !is_part(letter));
    let parts = parts.map(|part| part.trim_matches(['-', '.', ':']));
    parts
        .filter(|part| part.contains(|letter: char| letter.is_ascii_alphabetic()))
        .map(str::to_owned)
        .collect()
}

/// Every key and word of the file format.
fn layout_words(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (name, value) in object {
                match (name.as_str(), value) {
                    ("properties", Value::Object(keys)) => found.extend(keys.keys().cloned()),
                    ("enum", Value::Array(words)) => {
                        found.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("const", Value::String(word)) => {
                        found.insert(word.clone());
                    }
                    _ => {}
                }
                layout_words(value, found);
            }
        }
        Value::Array(values) => {
            for value in values {
                layout_words(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Names that Korean has no other word for, and the placeholders of a model's address.
const NAMES: [&str; 20] = [
    "API",
    "CR",
    "CSV",
    "FILE",
    "ID",
    "JSON",
    "LF",
    "NaN",
    "SHA-256",
    "SPDX",
    "TOML",
    "UTF-8",
    "a-z",
    "criterion:ID",
    "daepyo",
    "id",
    "inf",
    "llama",
    "reference:ID",
    "toml.io",
];

/// One edit of the valid file for each thing that can be wrong with it.
const EDITS: [(&str, &str); 62] = [
    ("format = 1", "format = 2"),
    ("format = 1", "format = \"1\""),
    ("version = 1\n", ""),
    ("dated = \"2026-11-01\"\n", ""),
    ("title = { ko = \"시험\", en = \"Test\" }\n", ""),
    ("title = { ko = \"시험\", en = \"Test\" }", "title = \"Test\""),
    ("title = { ko = \"시험\", en = \"Test\" }", "title = { ko = \"시험\" }"),
    ("title = { ko = \"시험\", en = \"Test\" }", "title = { ko = \"시험\", en = \"\" }"),
    ("[programme]", "programme = 3\n[program]"),
    ("objection_days = 10", "objektion_days = 10"),
    ("objection_days = 10", "objection_days = 10\nzzzzzzzzzz = 3"),
    ("objection_days = 10", "objection_days = -1"),
    ("objection_days = 10", "objection_days = 1.5"),
    ("seed = 20261105", "seed = \"x\""),
    ("seed = 20261105", "seed = true"),
    ("dated = \"2026-11-01\"", "dated = \"2026-02-30\""),
    ("dated = \"2026-11-01\"", "dated = 2026-11-01"),
    ("id = \"test\"", "id = \"Test Programme\""),
    ("licence = \"MIT\"", "licence = \" \""),
    ("licence = \"MIT\"", "licence = 3"),
    ("licence = \"MIT\"\n", ""),
    ("model = \"llama:models/a.gguf\"", "model = \"gpt\""),
    ("sha256:0000000000000000000000000000000000000000000000000000000000000003", "sha1:00"),
    ("concurrency = 32", "concurrency = 0"),
    ("concurrency = 32", "chat_template = \"yes\""),
    ("not_shown = \"hold\"", "not_shown = \"hodl\""),
    ("not_shown = \"hold\"\n", ""),
    ("ratio = 0.95", "ratio = 95"),
    ("ratio = 0.95", "ratio = \"most\""),
    ("ratio = 0.95", "ratio = inf"),
    ("confidence = 0.95", "confidence = 1"),
    ("id = \"beta-1\"", "id = \"alpha-1\""),
    ("id = \"beta\"", "id = \"alpha\""),
    ("id = \"independence\"", "id = \"frontier\""),
    ("id = \"experts\"", "id = \"benchmarks\""),
    ("{ suite = \"knowledge\", weight = 2 }", "\"knowledge\", \"knowledge\""),
    ("{ suite = \"knowledge\", weight = 2 }", "{ suite = \"knowledge\" }"),
    ("suites = [\"knowledge\"]", "suites = [\"knowlege\"]"),
    ("suites = [\"knowledge\"]", "suites = \"knowledge\""),
    ("suites = [\"knowledge\"]", "suites = []"),
    ("team = \"beta\"", "team = \"gamma\""),
    ("team = \"beta\"", "team = \"alpha\""),
    ("reference:global-1", "reference:global-2"),
    ("reference:global-1", "referenz"),
    ("criterion:experts", "criterion:expert"),
    ("criterion:experts", "more_evidenze"),
    ("path = \"suites/knowledge\"", "path = \"suites/none\""),
    ("source = \"independence.csv\"", "source = \"none.csv\""),
    ("source = \"marks.csv\"", "source = \"later.csv\""),
    ("source = \"marks.csv\"\n", ""),
    ("released = \"2026-08-15\"", "released = \"2026-01-15\""),
    ("weight = 65", "weight = 60"),
    ("closes = \"2026-11-30\"", "closes = \"2026-11-03\""),
    ("frozen = \"2026-11-01\"", "frozen = \"2026-11-06\""),
    ("advance = 1", "advance = 2"),
    ("zero = 1,", "zero = 5,"),
    ("zero = 1,", "zero = nan,"),
    ("full = 5 }", "full = \"chance\" }"),
    ("maximum = 5", "maximum = 1"),
    ("kind = \"finding\"", "kind = \"found\""),
    ("kind = \"marks\"\n", ""),
    ("digest = \"sha256:0000000000000000000000000000000000000000000000000000000000000001\"\n", ""),
];

/// Files that are not TOML.
const BROKEN: [&str; 22] = [
    "[programme\n",
    "[[teams]\n",
    "a = \n",
    "a\n",
    "= 3\n",
    "a = 1 b = 2\n",
    "a = [1 2]\n",
    "a = [1,, 2]\n",
    "a = [1\n",
    "a = { b = 1 c = 2 }\n",
    "a = { b = 1\n",
    "a = \"x\n",
    "a = 'x\n",
    "a = \"\"\"x\n",
    "a = \"\\q\"\n",
    "a = \"\\u12\"\n",
    "a = yes\n",
    "a = 01\n",
    "a = 1__0\n",
    "a = 2026-13-01\n",
    "a = 1\na = 2\n",
    "a = 1\na.b = 2\n",
];

/// What a message about this file may write in Latin letters.
pub(crate) fn known_words(source: &str) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = words(source).into_iter().collect();
    layout_words(&serde_json::from_str(&json_schema()).unwrap(), &mut known);
    known.extend(NAMES.map(str::to_owned));
    // Keys that a message writes with the table in which they stand.
    known.insert("NaN".to_owned());
    known.extend(
        ["window.frozen", "contest.opens", "anchors.full", "stages.gates", "stages.criteria"]
            .map(str::to_owned),
    );
    known
}

#[test]
fn no_problem_is_told_in_english() {
    let mut seen = BTreeSet::new();
    let edited = EDITS.iter().map(|(old, new)| {
        assert!(VALID.contains(old), "`{old}` is in the valid file");
        VALID.replacen(old, new, 1)
    });
    let contests = contest::broken();
    for source in edited.chain(BROKEN.map(str::to_owned)).chain(contests) {
        let found = problems(&source);
        assert!(!found.is_empty(), "nothing is wrong with: {source}");
        let known = known_words(&source);
        for problem in found {
            seen.insert(problem.code);
            let (message, label, help) =
                (problem.message(Language::Ko), problem.label(Language::Ko), problem.help(Language::Ko));
            assert!(message.contains(|letter: char| ('가'..='힣').contains(&letter)), "{message}");
            for text in [message, label, help] {
                assert_eq!(foreign_words(&text, &known), [""; 0], "{}: {text}", problem.code.name());
            }
        }
    }
    let missing: Vec<_> = Code::ALL.into_iter().filter(|code| !seen.contains(code)).collect();
    assert_eq!(missing, [], "no file of this test has these problems");
}

#[test]
fn what_the_parser_says_of_broken_toml_is_put_into_korean() {
    for source in BROKEN {
        for problem in problems(source) {
            let (ko, en) = (problem.message(Language::Ko), problem.message(Language::En));
            // An unknown description would stand there quoted.
            let quoted =
                ko.split('`').skip(1).step_by(2).any(|part| part.contains(' ') && !part.contains('='));
            assert!(!quoted || ko.contains("`{ }`") || ko.contains("`[[ ]]`"), "{ko}\n{en}");
        }
    }
}
