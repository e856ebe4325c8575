//! `daepyo lineage scan hub:…` against a hub on loopback: what is declared, what its weights show, what was not to be had.

#[path = "../../../lineage/tests/it/made.rs"]
#[expect(
    dead_code,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the models of the tests of lineage, of which few are needed here; their numbers are small"
)]
mod made;

use crate::line::{code, stderr, stdout};
use crate::model_hub::{ModelHub, Published};
use made::Model;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Output;

const TOKEN: &str = "hf_very-secret-token";

struct Place {
    home: tempfile::TempDir,
    hub: ModelHub,
}

impl Place {
    fn new(models: Vec<Published>, breaks: &[&str]) -> Self {
        Self { home: tempfile::tempdir().unwrap(), hub: ModelHub::start(models, breaks) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn run(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_daepyo"));
        command.args(["lineage", "scan"]).args(words).current_dir(self.home.path()).env_clear();
        command.env("HOME", self.home.path()).env("HF_ENDPOINT", &self.hub.endpoint);
        command.envs(variables.iter().copied()).output().unwrap()
    }

    fn scan(&self, words: &[&str]) -> Output {
        let output = self.run(words, &[("HF_TOKEN", TOKEN)]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(!(stderr(&output) + &stdout(&output)).contains("very-secret"));
        output
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }

    fn gguf(model: &Model) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.gguf");
        made::write_gguf(model, 4, &path);
        fs::read(path).unwrap()
    }
}

fn published(id: &'static str, relation: &'static str, files: Vec<(&'static str, Vec<u8>)>) -> Published {
    let parents: &[&str] = if id == "team/base" { &[] } else { &["team/base"] };
    Published { id, parents, relation, gated: false, files }
}

/// A base, and what others say that they made from it.
fn family() -> Vec<Published> {
    let base = made::model(1);
    let tuned = made::noised(&base, 0.05, 2);
    let whole = |model: &Model| vec![("model.safetensors", made::safetensors(model))];
    let adapter = vec![("adapter_model.safetensors", made::safetensors(&made::adapter(4, false, 6)))];
    let forms = vec![
        ("README.md", b"# Quantised".to_vec()),
        ("q8-a.gguf", Place::gguf(&base)),
        ("q8-b.gguf", Place::gguf(&made::noised(&base, 0.0005, 4))),
    ];
    let mut family = vec![
        published("team/base", "", whole(&base)),
        published("a/tuned", "finetune", whole(&tuned)),
        published("b/copy", "finetune", whole(&base)),
        published("c/adapter", "adapter", adapter),
        published("d/gated", "finetune", whole(&made::noised(&base, 0.05, 3))),
        published("e/forms", "quantized", forms),
        published("f/stranger", "finetune", whole(&made::model(9))),
        published("g/gated-copy", "finetune", whole(&tuned)),
        published("h/card-alone", "finetune", vec![("README.md", b"# Soon".to_vec())]),
    ];
    for model in family.iter_mut().filter(|model| model.id.contains("gated")) {
        model.gated = true;
    }
    family
}

fn told(scan: &Value, id: &str) -> (String, String) {
    let model = scan["models"].as_array().unwrap().iter().find(|model| model["id"] == id).unwrap();
    (model["status"].as_str().unwrap().to_owned(), model["reason"].as_str().unwrap().to_owned())
}

fn assert_told(scan: &Value, expected: &[(&str, &str, &str)]) {
    for (id, status, reason) in expected {
        assert_eq!(told(scan, id), ((*status).to_owned(), (*reason).to_owned()), "{id}");
    }
    assert_eq!(scan["models"].as_array().unwrap().len(), expected.len(), "{scan:#}");
}

#[test]
fn what_a_hub_declares_is_tested_and_nothing_is_left_out() {
    let place = Place::new(family(), &["a/tuned"]);
    let output = place.scan(&["hub:team/base", "--out", "scan", "--draws", "99", "--lang", "en"]);
    let scan = place.json("scan/scan.json");
    assert_told(
        &scan,
        &[
            ("team/base", "root", "no_parent"),
            ("a/tuned", "verified", "shown"),
            ("b/copy", "rejected", "copy"),
            ("c/adapter", "untestable", "fits"),
            ("d/gated", "untestable", "gated"),
            ("e/forms/q8-a.gguf", "verified", "shown"),
            ("e/forms/q8-b.gguf", "verified", "shown"),
            ("f/stranger", "rejected", "no_evidence"),
            ("g/gated-copy", "rejected", "copy_of_another"),
            ("h/card-alone", "untestable", "no_files"),
        ],
    );
    let counts = scan["counts"].as_array().unwrap();
    let of = |relation: &str| counts.iter().find(|count| count["relation"] == relation).unwrap();
    let figures = |relation: &str| {
        ["declared", "verified", "distinct", "rejected", "untestable"]
            .map(|key| of(relation)[key].as_u64().unwrap())
    };
    assert_eq!(figures("finetune"), [6, 1, 1, 3, 2]);
    assert_eq!(figures("quantized"), [2, 2, 1, 0, 0]);
    assert_eq!(figures("adapter"), [1, 0, 0, 0, 1]);

    // Copies are known by the digests that the hub lists, and what broke went on.
    assert!(place.hub.asked_for("/b/copy/resolve/").is_empty());
    assert!(place.hub.asked_for("/g/gated-copy/resolve/").is_empty());
    let tuned = place.hub.asked_for("/a/tuned/resolve/");
    assert_eq!(tuned.len(), 2, "{tuned:?}");
    assert!(tuned[1].range.as_deref().is_some_and(|range| range != "bytes=0-"), "{tuned:?}");
    let pages = place.hub.asked_for("/api/models?");
    assert_eq!(pages.len(), 4, "eight models, two a page: {pages:?}");
    assert!(pages[0].authorization.as_deref().is_some_and(|value| value.ends_with(TOKEN)));
    let said = stdout(&output);
    assert!(said.contains("given only to people who accepted its terms"), "{said}");
    assert!(said.contains("read from the files of team/base"), "{said}");
    assert!(stderr(&output).contains("107374182400 bytes"), "{}", stderr(&output));

    // The list beside the scan repeats it without the hub.
    let before = place.hub.asked().len();
    let offline = [("HF_HUB_OFFLINE", "1")];
    let again = place.run(&["scan/registry.jsonl", "--json", "--draws", "99"], &offline);
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    let again: Value = serde_json::from_str(&stdout(&again)).unwrap();
    assert_eq!(again, scan);
    assert_eq!(place.hub.asked().len(), before);
    place.scan(&["hub:team/base", "--out", "scan", "--draws", "99"]);
    let asked = place.hub.asked().split_off(before);
    let downloads: Vec<_> = asked.iter().filter(|asked| asked.path.contains("/resolve/")).collect();
    assert!(downloads.iter().all(|asked| asked.path.starts_with("/d/gated/")), "{downloads:?}");
    assert_eq!(place.json("scan/scan.json"), scan);
}

#[test]
fn only_what_is_declared_is_a_list_for_a_later_scan() {
    let place = Place::new(family(), &[]);
    let output = place.scan(&["hub:team/base", "--declared-only"]);
    let rows: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 9);
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!(row("a/tuned")["base_model"], serde_json::json!(["team/base"]));
    assert_eq!(row("a/tuned")["relation"], "finetune");
    assert_eq!(row("a/tuned")["absent"], "not_asked");
    assert_eq!(row("d/gated")["absent"], "gated");
    assert!(place.hub.asked_for("/tree/").is_empty() && place.hub.asked_for("/resolve/").is_empty());

    place.scan(&["hub:team/base", "--declared-only", "--out", "list"]);
    assert_eq!(fs::read_to_string(place.path("list/registry.jsonl")).unwrap(), stdout(&output));
    place.scan(&["list/registry.jsonl", "--out", "scan"]);
    let scan = place.json("scan/scan.json");
    assert_eq!(told(&scan, "a/tuned"), ("untestable".to_owned(), "no_weights".to_owned()));
    assert_eq!(told(&scan, "d/gated"), ("untestable".to_owned(), "gated".to_owned()));
}

#[test]
fn limits_leave_models_untestable_and_copies_are_found_all_the_same() {
    let place = Place::new(family(), &[]);
    place.scan(&["hub:team/base", "--out", "scan", "--limit-bytes", "0"]);
    let scan = place.json("scan/scan.json");
    assert_eq!(told(&scan, "b/copy"), ("rejected".to_owned(), "copy".to_owned()));
    assert_eq!(told(&scan, "a/tuned"), ("untestable".to_owned(), "too_large".to_owned()));
    assert!(place.hub.asked_for("/resolve/").is_empty());
    place.scan(&["hub:team/base", "--out", "scan", "--max-models", "1", "--draws", "99"]);
    let scan = place.json("scan/scan.json");
    assert_eq!(told(&scan, "b/copy"), ("rejected".to_owned(), "copy".to_owned()));
    assert_eq!(told(&scan, "a/tuned"), ("untestable".to_owned(), "too_many".to_owned()));
    assert_eq!(place.hub.asked_for("/resolve/").len(), 1);
}

#[test]
fn an_owners_models_are_tested_against_parents_of_others() {
    let mut family = family();
    family.retain(|model| matches!(model.id, "team/base" | "a/tuned"));
    let place = Place::new(family, &[]);
    place.scan(&["hub:a", "--out", "scan", "--draws", "99"]);
    let expected = [("team/base", "root", "no_parent"), ("a/tuned", "verified", "shown")];
    assert_told(&place.json("scan/scan.json"), &expected);
}

#[test]
fn what_cannot_be_asked_for_is_told_in_both_languages() {
    let place = Place::new(family(), &[]);
    for (words, variable, expected, ko, en) in [
        (["hub:../x", "--lang"], ("HF_TOKEN", ""), 2, "허브의 모델 이름", "a model's name on a hub"),
        (["hub:a..b", "--lang"], ("HF_TOKEN", ""), 2, "허브의 소유자 이름", "an owner's name on a hub"),
        (["hub:no/where", "--lang"], ("HF_TOKEN", ""), 3, "모델 `no/where`", "model `no/where`"),
        (
            ["hub:team/base", "--lang"],
            ("HF_HUB_OFFLINE", "1"),
            3,
            "허브에 선언된 내용",
            "what is declared on the hub",
        ),
        (["hub:nobody", "--lang"], ("HF_TOKEN", ""), 2, "모델이 없습니다", "there is no model in it"),
    ] {
        for (language, text) in [("ko", ko), ("en", en)] {
            let output = place.run(&[words[0], words[1], language], &[variable]);
            assert_eq!(code(&output), expected, "{}", stderr(&output));
            assert!(stderr(&output).contains(text), "{}", stderr(&output));
        }
    }
}
