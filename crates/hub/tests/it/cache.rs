//! The cache's layout, shared by processes and with other programs of the hub.

use crate::server::{COMMIT, Fake, git_id, request, text, tree};
use daepyo_core::Digest;
use std::fs;

const SMALL: &str = "{\"n\": 1}\n";
const LARGE: &[u8] = b"{\"n\": 2}\n";

async fn two_files() -> Fake {
    Fake::start().await.small("data/test.jsonl", SMALL).large("data/train.jsonl", LARGE)
}

#[tokio::test]
async fn the_layout_is_the_hubs_own() {
    let fake = two_files().await;
    let set = fake.get().await.unwrap();
    let base = fake.folder.path().join("datasets--team--set");
    assert_eq!(fs::read_to_string(base.join("refs/main")).unwrap(), COMMIT);
    assert_eq!(fs::read_to_string(base.join("blobs").join(git_id(SMALL.as_bytes()))).unwrap(), SMALL);
    assert_eq!(fs::read(base.join("blobs").join(Digest::of(LARGE).hex())).unwrap(), LARGE);
    let link = base.join("snapshots").join(COMMIT).join("data/test.jsonl");
    let target = format!("../../../blobs/{}", git_id(SMALL.as_bytes()));
    assert_eq!(fs::read_link(&link).unwrap().to_str(), Some(target.as_str()));
    assert_eq!(set.splits["test"], [link]);
    let left: Vec<String> = tree(&base)
        .into_iter()
        .filter(|name| name.contains("incomplete") || name.ends_with(".daepyo"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_cache_of_another_program_is_used() {
    let fake = two_files().await;
    let base = fake.folder.path().join("datasets--team--set");
    fs::create_dir_all(base.join("blobs")).unwrap();
    fs::write(base.join("blobs").join(Digest::of(LARGE).hex()), LARGE).unwrap();
    // Where links cannot be made, the content itself lies in the snapshot.
    fs::create_dir_all(base.join("snapshots").join(COMMIT).join("data")).unwrap();
    fs::write(base.join("snapshots").join(COMMIT).join("data/test.jsonl"), SMALL).unwrap();
    let set = fake.get().await.unwrap();
    assert_eq!((text(&set, "test"), text(&set, "train").into_bytes()), (SMALL.to_owned(), LARGE.to_vec()));
    assert!(fake.asked_for("/resolve/").is_empty());
}

#[tokio::test]
async fn damage_in_the_cache_is_found_and_mended() {
    let fake = two_files().await;
    fake.get().await.unwrap();
    let blob = fake.folder.path().join("datasets--team--set/blobs").join(Digest::of(LARGE).hex());
    fs::write(&blob, b"{\"n\": 3}\n").unwrap();
    let set = fake.get().await.unwrap();
    assert_eq!(text(&set, "train").into_bytes(), LARGE);
    assert_eq!(fake.asked_for("train.jsonl").len(), 2);
    assert_eq!(fake.asked_for("test.jsonl").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_at_once_download_each_file_once() {
    let fake = two_files().await;
    let (one, two) = (fake.hub(), fake.hub());
    let asked = request();
    let (a, b) = tokio::join!(one.dataset(&asked), two.dataset(&asked));
    assert_eq!(a.unwrap(), b.unwrap());
    assert_eq!(fake.asked_for("/resolve/").len(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_leads_out_of_the_snapshot_is_not_followed() {
    let fake = two_files().await;
    let outside = tempfile::tempdir().unwrap();
    let snapshot = fake.folder.path().join("datasets--team--set/snapshots").join(COMMIT);
    fs::create_dir_all(&snapshot).unwrap();
    std::os::unix::fs::symlink(outside.path(), snapshot.join("data")).unwrap();
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::cache");
    assert!(tree(outside.path()).is_empty());
}
