//! Without a network: what is in the cache, or a clear word about what is not.

use crate::server::{COMMIT, Fake, request, text};
use daepyo_hub::{DatasetRequest, Revision};
use std::{collections::BTreeSet, fs};

#[tokio::test]
async fn what_was_downloaded_is_read_without_the_hub() {
    let fake = Fake::start().await.small("data/test.jsonl", "{}\n").small("README.md", "# Set");
    let online = fake.get().await.unwrap();
    let before = fake.asked().len();
    assert_eq!(fake.offline().dataset(&request()).await.unwrap(), online);
    assert_eq!(fake.asked().len(), before);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let fake = Fake::start().await.small("data/test.jsonl", "{}\n").small("data/train.jsonl", "{}\n");
    let error = fake.offline().dataset(&request()).await.unwrap_err();
    assert_eq!(error.code(), "hub::offline");
    assert!(error.to_string().contains("revision `main`"), "{error}");
    assert!(fake.asked().is_empty());
    let test = DatasetRequest { splits: Some(BTreeSet::from(["test".to_owned()])), ..request() };
    fake.hub().dataset(&test).await.unwrap();
    fake.offline().dataset(&test).await.unwrap();
    let error = fake.offline().dataset(&request()).await.unwrap_err();
    assert!(error.to_string().contains("`data/train.jsonl`"), "{error}");
}

#[tokio::test]
async fn a_damaged_copy_is_not_used() {
    let fake = Fake::start().await.small("data/test.jsonl", "{}\n");
    let set = fake.get().await.unwrap();
    fs::write(&set.splits["test"][0], "[]\n").unwrap();
    let error = fake.offline().dataset(&request()).await.unwrap_err();
    assert!(error.to_string().contains("a sound copy of `data/test.jsonl`"), "{error}");
}

#[tokio::test]
async fn a_cache_of_another_program_is_read_unless_a_part_is_missing() {
    let fake = Fake::start().await;
    let base = fake.folder.path().join("datasets--team--set");
    let data = base.join("snapshots").join(COMMIT).join("data");
    fs::create_dir_all(&data).unwrap();
    fs::create_dir_all(base.join("refs")).unwrap();
    fs::write(base.join("refs/main"), COMMIT).unwrap();
    fs::write(data.join("test-00000-of-00001.jsonl"), "{\"n\": 1}\n").unwrap();
    let set = fake.offline().dataset(&request()).await.unwrap();
    assert_eq!(text(&set, "test"), "{\"n\": 1}\n");
    fs::write(data.join("train-00000-of-00002.jsonl"), "{}\n").unwrap();
    let pinned = DatasetRequest { revision: Some(Revision::new(COMMIT).unwrap()), ..request() };
    let error = fake.offline().dataset(&pinned).await.unwrap_err();
    assert!(error.to_string().contains("`data/train-00001-of-00002.jsonl`"), "{error}");
}
