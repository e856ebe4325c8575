//! A hub, a store or a network that fails or lies.

use crate::server::{COMMIT, Fake, Reply, Told, part, request, text, tree};
use daepyo_hub::{Event, Hub, HubSettings, Patience};
use serde_json::json;
use std::{fs, sync::Arc, time::Duration};

fn body() -> Vec<u8> {
    (0..20_000_u32).flat_map(|n| format!("{{\"n\": {n}}}\n").into_bytes()).collect()
}

async fn large() -> Fake {
    Fake::start().await.large("test.jsonl", &body())
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_stopped() {
    let whole = body();
    let first = whole[..50_000].to_vec();
    let length = whole.len().to_string();
    let fake = large().await.fault(move |asked, before| {
        (asked.store && before == 0)
            .then(|| Reply::new(200).header("content-length", length.clone()).cut(&first))
    });
    let set = fake.get().await.unwrap();
    assert_eq!(text(&set, "test").into_bytes(), whole);
    let ranges: Vec<Option<String>> =
        fake.asked().into_iter().filter(|asked| asked.store).map(|asked| asked.range).collect();
    assert_eq!(ranges.len(), 2);
    assert_eq!(ranges[0], None);
    let from: u64 =
        ranges[1].as_deref().unwrap().strip_prefix("bytes=").unwrap().trim_end_matches('-').parse().unwrap();
    assert!((1..=50_000).contains(&from), "{from}");
}

#[tokio::test]
async fn a_download_of_an_earlier_process_goes_on() {
    let whole = body();
    let fake = large().await;
    let blobs = fake.folder.path().join("datasets--team--set/blobs");
    fs::create_dir_all(&blobs).unwrap();
    let id = daepyo_core::Digest::of(&whole).hex();
    fs::write(blobs.join(format!("{id}.daepyo.incomplete")), &whole[..1_000]).unwrap();
    let told = Arc::new(Told::default());
    let hub = Hub::new(fake.settings(), told.clone()).unwrap();
    let set = hub.dataset(&request()).await.unwrap();
    assert_eq!(text(&set, "test").into_bytes(), whole);
    assert_eq!(fake.asked_for(&id).last().unwrap().range.as_deref(), Some("bytes=1000-"));
    let events = told.0.lock().unwrap();
    assert!(
        events.iter().any(|event| matches!(event, Event::Started { have_bytes: 1000, .. })),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_damaged_part_is_thrown_away_and_fetched_anew() {
    let whole = body();
    let fake = large().await;
    let blobs = fake.folder.path().join("datasets--team--set/blobs");
    fs::create_dir_all(&blobs).unwrap();
    let id = daepyo_core::Digest::of(&whole).hex();
    for damaged in [vec![b'?'; 1_000], vec![b'?'; whole.len()], vec![b'?'; whole.len() + 1]] {
        let _ = fs::remove_file(blobs.join(&id));
        fs::write(blobs.join(format!("{id}.daepyo.incomplete")), damaged).unwrap();
        let set = fake.get().await.unwrap();
        assert_eq!(text(&set, "test").into_bytes(), whole);
    }
}

#[tokio::test]
async fn a_store_without_ranges_sends_the_whole_again() {
    let whole = body();
    let (first, again) = (whole[..50_000].to_vec(), whole.clone());
    let length = whole.len().to_string();
    let fake = large().await.fault(move |asked, before| {
        asked.store.then(|| match before {
            0 => Reply::new(200).header("content-length", length.clone()).cut(&first),
            _ => Reply::new(200).bytes(again.clone()),
        })
    });
    assert_eq!(text(&fake.get().await.unwrap(), "test").into_bytes(), whole);
}

#[tokio::test]
async fn wrong_content_is_refused_and_nothing_of_it_kept() {
    let mut wrong = body();
    wrong[7] ^= 1;
    let fake = large().await.fault(move |asked, _| asked.store.then(|| part(&wrong, asked)));
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::wrong_content");
    assert!(error.to_string().contains("its digest is"), "{error}");
    assert!(tree(&fake.folder.path().join("datasets--team--set/blobs")).is_empty());
}

#[tokio::test]
async fn wrong_content_in_two_parts_is_not_asked_for_without_end() {
    let mut wrong = body();
    wrong[7] ^= 1;
    let length = wrong.len().to_string();
    let fake = large().await.fault(move |asked, before| {
        asked.store.then(|| match before % 2 {
            0 => Reply::new(200).header("content-length", length.clone()).cut(&wrong[..50_000]),
            _ => part(&wrong, asked),
        })
    });
    assert_eq!(fake.get().await.unwrap_err().code(), "hub::wrong_content");
    assert_eq!(fake.asked().iter().filter(|asked| asked.store).count(), 4);
}

#[tokio::test]
async fn a_mirror_may_pass_on_links_of_another_hub() {
    let other = "<https://hub.example/api/datasets/team/set/tree/x?cursor=1>; rel=\"next\"";
    let fake = Fake::start().await.small("a/test.jsonl", "{}\n").small("b/test.jsonl", "{}\n");
    let id = crate::server::git_id(b"{}\n");
    let fake = fake.fault(move |asked, _| {
        let first = asked.path.contains("/tree/") && !asked.path.contains("cursor");
        let entry = json!([{"type": "file", "path": "a/test.jsonl", "size": 3, "oid": id}]);
        first.then(|| Reply::new(200).header("link", other).bytes(entry.to_string()))
    });
    let set = fake.get().await.unwrap();
    assert_eq!(set.files.len(), 2);
    assert!(fake.asked_for("cursor=1").iter().all(|asked| asked.path.contains(COMMIT)));
}

#[tokio::test]
async fn a_body_beyond_its_length_is_cut_off() {
    let fake = large().await.fault(|asked, _| asked.store.then(|| Reply::new(200).endless()));
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::wrong_content");
    assert!(tree(&fake.folder.path().join("datasets--team--set/blobs")).is_empty());
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off() {
    let fake =
        large().await.fault(|asked, _| asked.path.contains("/revision/").then(|| Reply::new(200).endless()));
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::answer");
}

#[tokio::test]
async fn the_hub_is_asked_again_after_the_pause_that_it_asks_for() {
    let fake = large().await.fault(|asked, before| {
        (asked.path.contains("/revision/") && before < 2).then(|| match before {
            0 => Reply::new(429).header("retry-after", "0"),
            _ => Reply::new(503),
        })
    });
    let told = Arc::new(Told::default());
    let hub = Hub::new(fake.settings(), told.clone()).unwrap();
    hub.dataset(&request()).await.unwrap();
    assert_eq!(fake.asked_for("/revision/").len(), 3);
    let events = told.0.lock().unwrap();
    assert_eq!(
        events[0],
        Event::Waiting { pause: Duration::ZERO, reason: "status 429 Too Many Requests".to_owned() }
    );
}

#[tokio::test]
async fn a_pause_beyond_patience_and_endless_faults_end_with_a_clear_word() {
    let fake = large().await.fault(|_, _| Some(Reply::new(429).header("retry-after", "3600")));
    let error = fake.get().await.unwrap_err();
    assert!(error.to_string().contains("it asks to wait 3600 seconds"), "{error}");
    let fake = large().await.fault(|_, _| Some(Reply::new(500)));
    let error = fake.get().await.unwrap_err();
    assert_eq!(error.code(), "hub::unreachable");
    assert!(
        error.to_string().contains("5 times") && error.to_string().contains("HF_HUB_OFFLINE=1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_hub_that_is_not_there_is_told_apart() {
    let fake = Fake::start().await;
    let patience = Patience { attempts: 2, ..fake.settings().patience };
    let settings = HubSettings { endpoint: "http://127.0.0.1:9".to_owned(), patience, ..fake.settings() };
    let error =
        Hub::new(settings, Arc::new(daepyo_hub::Silent)).unwrap().dataset(&request()).await.unwrap_err();
    assert!(error.to_string().contains("no connection"), "{error}");
}

#[tokio::test]
async fn names_that_lead_out_of_the_snapshot_are_refused() {
    let id = "0123456789abcdef0123456789abcdef01234567";
    for path in ["../../x.jsonl", "/etc/cron.d/x", "a/../../b.jsonl", "a\\..\\b.jsonl", "a\u{0}.jsonl", ""] {
        let entry = json!({"type": "file", "path": path, "size": 3, "oid": id});
        let fake = Fake::start().await.small("test.jsonl", "{}\n").raw_entry(entry);
        let error = fake.get().await.unwrap_err();
        assert_eq!(error.code(), "hub::name", "{path:?}");
        assert!(tree(fake.folder.path()).is_empty(), "{path:?}");
    }
    for (oid, lfs) in [("../../x", json!(null)), (id, json!({"oid": "../x", "size": 3}))] {
        let entry = json!({"type": "file", "path": "x.jsonl", "size": 3, "oid": oid, "lfs": lfs});
        let fake = Fake::start().await.raw_entry(entry);
        assert_eq!(fake.get().await.unwrap_err().code(), "hub::name");
    }
}

#[tokio::test]
async fn links_of_a_repository_are_no_files() {
    let entry = json!({"type": "symlink", "path": "train.jsonl", "size": 11, "oid": "x"});
    let fake = Fake::start().await.small("test.jsonl", "{}\n").raw_entry(entry);
    let set = fake.get().await.unwrap();
    assert_eq!(set.splits.keys().collect::<Vec<_>>(), ["test"]);
}

type Lie = fn() -> Reply;

#[tokio::test]
async fn lies_of_the_hub_about_commit_content_and_pages_are_found() {
    let lies: [(&str, Lie); 4] = [
        ("/resolve/", || Reply::new(200).header("x-repo-commit", "f".repeat(40)).bytes("{}\n")),
        ("/resolve/", || Reply::new(200).header("etag", format!("\"{}\"", "f".repeat(40))).bytes("{}\n")),
        ("/tree/", || Reply::new(200).header("link", "<http://127.0.0.1:9/x>; rel=\"next\"").bytes("[]")),
        ("/revision/", || Reply::new(200).bytes("{\"sha\": \"../../x\"}")),
    ];
    for (place, lie) in lies {
        let fake = Fake::start()
            .await
            .small("test.jsonl", "{}\n")
            .fault(move |asked, _| asked.path.contains(place).then(lie));
        let error = fake.get().await.unwrap_err();
        assert!(
            matches!(error.code(), "hub::wrong_content" | "hub::answer" | "hub::name"),
            "{place}: {error}"
        );
    }
}

#[tokio::test]
async fn redirections_in_a_circle_end() {
    let fake = Fake::start().await.small("test.jsonl", "{}\n").fault(|asked, _| {
        asked.path.contains("/resolve/").then(|| Reply::new(302).header("location", "/resolve/again"))
    });
    let error = fake.get().await.unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}

#[tokio::test]
async fn a_set_that_was_renamed_is_found_under_its_old_name() {
    let fake = Fake::start().await.small("test.jsonl", "{}\n").fault(|asked, _| {
        let (head, tail) = asked.path.split_once("old/name")?;
        Some(Reply::new(307).header("location", format!("{head}team/set{tail}")))
    });
    let old = daepyo_hub::Repository::new("old/name").unwrap();
    let set = fake.hub().dataset(&daepyo_hub::DatasetRequest::new(old)).await.unwrap();
    assert_eq!(set.commit.as_str(), COMMIT);
    assert!(fake.folder.path().join("datasets--old--name").is_dir());
}

#[tokio::test]
async fn more_than_the_limit_is_not_begun() {
    let fake = large().await;
    let settings = HubSettings { size_limit_bytes: 1_000, ..fake.settings() };
    let error =
        Hub::new(settings, Arc::new(daepyo_hub::Silent)).unwrap().dataset(&request()).await.unwrap_err();
    assert_eq!(error.code(), "hub::too_large");
    assert!(fake.asked_for("/resolve/").is_empty());
}

#[tokio::test]
async fn a_store_that_says_nothing_is_given_up() {
    let fake = large().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mute = format!("http://{}", listener.local_addr().unwrap());
    let patience = Patience { attempts: 2, silence: Duration::from_millis(50), ..fake.settings().patience };
    let settings = HubSettings { endpoint: mute, patience, ..fake.settings() };
    let error =
        Hub::new(settings, Arc::new(daepyo_hub::Silent)).unwrap().dataset(&request()).await.unwrap_err();
    assert_eq!(error.code(), "hub::unreachable");
    drop(listener);
}
