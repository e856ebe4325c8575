//! Whole data sets: card, configurations, splits, the Parquet copy, and a task that reads one.

use crate::server::{COMMIT, Fake, PARQUET_COMMIT, Told, request, text};
use daepyo_core::Digest;
use daepyo_hub::{DatasetRequest, Event, Hub, HubError, Revision};
use daepyo_task::{DatasetSource, LoadOptions, Task, TaskConfig, TaskIndex};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const CARD: &str = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: test\n    path: a/*.jsonl\n- \
                    config_name: 한국어\n  data_files:\n  - split: dev\n    path: \"한국어/시험 1.jsonl\"\n---\n# Set\n";

async fn with_card() -> Fake {
    Fake::start()
        .await
        .small("README.md", CARD)
        .small("a/1.jsonl", "{\"n\": 1}\n")
        .large("a/2.jsonl", b"{\"n\": 2}\n")
        .small("한국어/시험 1.jsonl", "{\"n\": \"셋\"}\n")
        .small("other.py", "print()")
}

#[tokio::test]
async fn a_card_names_configurations_and_splits() {
    let fake = with_card().await;
    let set = fake.get().await.unwrap();
    assert_eq!(set.commit.as_str(), COMMIT);
    assert_eq!(set.splits.keys().collect::<Vec<_>>(), ["test"]);
    let paths: Vec<&str> = set.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["a/1.jsonl", "a/2.jsonl"]);
    assert_eq!(set.files[1].digest, Digest::of(b"{\"n\": 2}\n"));
    assert_eq!(set.files[1].size_bytes, 9);
    let korean = DatasetRequest { config: Some("한국어".to_owned()), ..request() };
    let set = fake.hub().dataset(&korean).await.unwrap();
    assert_eq!(text(&set, "dev"), "{\"n\": \"셋\"}\n");
}

#[tokio::test]
async fn an_unknown_configuration_is_refused_with_those_that_exist() {
    let fake = with_card().await;
    let wrong = DatasetRequest { config: Some("일본어".to_owned()), ..request() };
    let error = fake.hub().dataset(&wrong).await.unwrap_err().to_string();
    assert!(error.contains("`일본어`") && error.contains("`default`, `한국어`"), "{error}");
}

#[tokio::test]
async fn only_the_splits_that_are_asked_for_are_downloaded() {
    let fake = Fake::start()
        .await
        .large("data/train-00000-of-00001.jsonl", b"{\"n\": 1}\n")
        .large("data/test-00000-of-00001.jsonl", b"{\"n\": 2}\n");
    let wanted = DatasetRequest { splits: Some(BTreeSet::from(["test".to_owned()])), ..request() };
    let set = fake.hub().dataset(&wanted).await.unwrap();
    assert_eq!(set.splits.keys().collect::<Vec<_>>(), ["test", "train"]);
    assert_eq!(set.files.len(), 1);
    assert!(fake.asked_for("train-00000").is_empty());
    assert!(!set.splits["train"][0].exists());
}

#[tokio::test]
async fn a_commit_is_asked_for_once_and_a_second_call_downloads_nothing() {
    let fake = with_card().await;
    let first = fake.get().await.unwrap();
    let before = fake.asked().len();
    assert_eq!(fake.get().await.unwrap(), first);
    let later = fake.asked().split_off(before);
    assert_eq!(later.len(), 1, "only the branch is resolved again: {later:?}");
    let pinned = DatasetRequest { revision: Some(Revision::new(COMMIT).unwrap()), ..request() };
    assert_eq!(fake.hub().dataset(&pinned).await.unwrap(), first);
    assert_eq!(fake.asked().len(), before + 1, "a pinned commit asks nothing");
}

#[tokio::test]
async fn a_set_with_a_script_is_read_from_the_hubs_parquet_copy() {
    let fake = Fake::start()
        .await
        .small("set.py", "import datasets")
        .small("data.jsonl", "{}")
        .file(PARQUET_COMMIT, "main/test/0000.parquet", b"PAR1", true)
        .file(PARQUET_COMMIT, "main/test/0001.parquet", b"PAR2", true)
        .file(PARQUET_COMMIT, "other/test/0000.parquet", b"PAR3", true)
        .file(PARQUET_COMMIT, "cut/partial-train/0000.parquet", b"PAR4", true);
    let main = DatasetRequest { config: Some("main".to_owned()), ..request() };
    let set = fake.hub().dataset(&main).await.unwrap();
    assert_eq!(set.commit.as_str(), PARQUET_COMMIT);
    assert_eq!(set.splits["test"].len(), 2);
    assert!(fake.asked_for("set.py").is_empty(), "the script is not even downloaded");
    let error = fake.get().await.unwrap_err();
    assert!(matches!(&error, HubError::UnknownConfig { known, .. } if known.len() == 3), "{error}");
    let cut = DatasetRequest { config: Some("cut".to_owned()), ..request() };
    let error = fake.hub().dataset(&cut).await.unwrap_err().to_string();
    assert!(error.contains("only the first part of the split `train`"), "{error}");
}

#[tokio::test]
async fn a_set_with_a_script_and_no_copy_is_refused_with_that_reason() {
    let fake = Fake::start().await.small("set.py", "import datasets").small("data.jsonl", "{}");
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::needs_script");
    assert!(error.to_string().contains("`set.py`"), "{error}");
}

#[tokio::test]
async fn files_that_a_task_names_win_over_the_card() {
    let fake = with_card().await;
    let named = DatasetRequest {
        data_files: Some(serde_json::json!({"test": "2.jsonl"})),
        data_dir: Some("a".to_owned()),
        ..request()
    };
    let set = fake.hub().dataset(&named).await.unwrap();
    assert_eq!(text(&set, "test"), "{\"n\": 2}\n");
    let none = DatasetRequest { data_files: Some(serde_json::json!("absent.jsonl")), ..request() };
    let error = fake.hub().dataset(&none).await.unwrap_err();
    assert!(error.to_string().contains("`absent.jsonl`"), "{error}");
}

#[tokio::test]
async fn endings_that_cannot_be_read_are_named() {
    let fake = Fake::start().await.small("train.jsonl.gz", "x").small("LICENSE", "x");
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::no_data");
    assert!(error.to_string().contains("`.gz`"), "{error}");
}

#[tokio::test]
async fn progress_tells_the_commit_and_every_file() {
    let fake = with_card().await;
    let told = Arc::new(Told::default());
    let hub = Hub::new(fake.settings(), told.clone()).unwrap();
    hub.dataset(&request()).await.unwrap();
    let events = told.0.lock().unwrap();
    assert!(matches!(&events[0], Event::Resolved { commit, .. } if commit.as_str() == COMMIT));
    let mut done: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Finished { path, .. } => Some(path.as_str()),
            Event::Resolved { .. } | Event::Started { .. } | Event::Waiting { .. } => None,
        })
        .collect();
    done.sort_unstable();
    assert_eq!(done, ["README.md", "a/1.jsonl", "a/2.jsonl"]);
}

fn config_of(folder: &std::path::Path, keys: &str) -> TaskConfig {
    let head = "task: t\ntest_split: test\noutput_type: generate_until\ndoc_to_text: '{{q}}'\ndoc_to_target: '{{a}}'\n";
    std::fs::write(folder.join("t.yaml"), format!("{head}{keys}\n")).unwrap();
    TaskIndex::build(&[folder.join("t.yaml")]).unwrap().task("t").unwrap()
}

#[tokio::test]
async fn a_task_reads_what_the_hub_brought() {
    let fake = Fake::start()
        .await
        .large("data/test-00000-of-00002.jsonl", "{\"q\": \"하나\", \"a\": \"1\"}\n".as_bytes())
        .small("data/test-00001-of-00002.jsonl", "{\"q\": \"둘\", \"a\": \"2\"}\n")
        .large("data/train-00000-of-00001.jsonl", b"{}\n");
    let folder = tempfile::tempdir().unwrap();
    let config = config_of(folder.path(), "dataset_path: team/set");
    let source = DatasetSource::missing(&config, None).unwrap();
    assert_eq!((source.name.as_str(), &source.config, &source.data_files), ("team/set", &None, &None));
    let asked = DatasetRequest { splits: Some(config.read_splits()), ..request() };
    let set = fake.hub().dataset(&asked).await.unwrap();
    assert!(fake.asked_for("train").is_empty());
    let located = BTreeMap::from([(source, set.splits.clone())]);
    let task = Task::from_config(config, &LoadOptions { located, ..LoadOptions::default() }).unwrap();
    let questions: Vec<_> = task.documents().map(|document| document["q"].clone()).collect();
    assert_eq!(questions, ["하나", "둘"]);
    for file in &set.files {
        assert!(task.files().contains(&(file.local.clone(), file.digest)), "{}", file.path);
    }
}

#[test]
fn what_a_task_needs_of_a_hub_is_told_by_its_keys() {
    let folder = tempfile::tempdir().unwrap();
    let found = |keys: &str| DatasetSource::missing(&config_of(folder.path(), keys), None);
    let by_address = found(
        "dataset_path: json\ndataset_kwargs:\n  data_files:\n    test: hf://datasets/team/set@v1/a/*.jsonl\n    \
         train: [hf://datasets/team/set@v1/b.jsonl]",
    )
    .unwrap();
    assert_eq!((by_address.name.as_str(), by_address.revision.as_deref()), ("team/set", Some("v1")));
    let files: serde_json::Value = serde_json::from_str(by_address.data_files.as_deref().unwrap()).unwrap();
    assert_eq!(files, serde_json::json!({"test": "a/*.jsonl", "train": ["b.jsonl"]}));
    let keys = "dataset_path: team/set\ndataset_name: 법\ndataset_kwargs: {revision: v2, data_dir: d}";
    let source = found(keys).unwrap();
    assert_eq!(source.config.as_deref(), Some("법"));
    assert_eq!((source.revision.as_deref(), source.data_dir.as_deref()), (Some("v2"), Some("d")));
    for local in [
        "dataset_path: ./here",
        "dataset_path: /there",
        "dataset_path: json\ndataset_kwargs: {data_files: x.jsonl}",
    ] {
        assert_eq!(found(local), None, "{local}");
    }
    std::fs::create_dir_all(folder.path().join("team/set")).unwrap();
    std::fs::write(folder.path().join("team/set/test.jsonl"), "{}\n").unwrap();
    assert_eq!(found("dataset_path: team/set"), None, "what lies beside the task file is used");
}
