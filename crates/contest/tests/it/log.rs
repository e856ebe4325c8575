//! The log's one writer: entries in order, none lost, none twice, whoever dies.

use crate::held::{Held, MOST, OPENED, SECRETS, log_key, plain, setup, site};
use daepyo_contest::{Arena, Entry, Logbook, check_closed};
use daepyo_core::{ContestMode, Digest, VoteChoice};
use daepyo_evidence::{Log, LogReader};
use std::{collections::BTreeSet, path::Path, time::Duration};

/// The ballots' commitments of a log, each once.
pub(crate) fn commitments(log: &Path) -> BTreeSet<Digest> {
    let reader = LogReader::open(log).unwrap();
    let mut found = BTreeSet::new();
    for entry in reader.entries(0..reader.len()) {
        if let Some(Entry::Ballot { commitment, .. }) = Entry::parse(&entry.unwrap()) {
            assert!(found.insert(commitment), "twice in the log");
        }
    }
    found
}

#[tokio::test]
async fn a_writer_that_died_between_log_and_store_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(ContestMode::Recorded, 3, 9);
    {
        let held = Held::open(folder.path(), &setup).await;
        held.battle_and_vote(held.person(1).await, VoteChoice::Left, 1).await.unwrap();
        let (id, _) = held.battle_and_vote(held.person(1).await, VoteChoice::Left, 2).await.unwrap();
        held.arena.await_receipt(held.person(1).await, id, MOST).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Another server takes votes while nobody can write; then a writer appends some and dies before it says so.
    let site = site(folder.path()).await;
    let leader = site.lead().await.unwrap().unwrap();
    let logbook = Logbook::start(site.clone(), &folder.path().join("log"), log_key());
    let arena = Arena::open(&site, &logbook, &setup, SECRETS, OPENED).await.unwrap();
    let mut expected = commitments(&folder.path().join("log"));
    let person = crate::held::person(&site, 2).await;
    let mut last = None;
    for number in 0..5 {
        let id = arena.next_battle(person, OPENED + number).await.unwrap().opened.id;
        let receipt = arena.vote(person, id, plain(VoteChoice::Tie), OPENED + number).await.unwrap();
        assert!(receipt.logged.is_none(), "nobody writes");
        expected.insert(receipt.commitment);
        last = Some(id);
    }
    let none = arena.await_receipt(person, last.unwrap(), Duration::from_millis(500)).await;
    assert!(matches!(none, Err(daepyo_contest::ContestError::NotLogged)), "{none:?}");
    {
        let pending = site.pending(3).await.unwrap();
        let mut log = Log::open(&folder.path().join("log"), log_key()).unwrap();
        let entries: Vec<_> = pending.iter().map(|pending| &pending.entry).collect();
        log.append(&entries).unwrap();
    }
    drop(leader);
    let receipt = arena.await_receipt(person, last.unwrap(), MOST).await.unwrap();
    receipt.check(&log_key().verifier()).unwrap();
    assert_eq!(commitments(&folder.path().join("log")), expected);
    arena.close(OPENED + 9, &folder.path().join("contest"), MOST).await.unwrap();
    check_closed(&folder.path().join("contest"), &folder.path().join("log"), None).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_right_to_write_passes_on_while_votes_come() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(ContestMode::Recorded, 3, 60);
    let first = Held::open(folder.path(), &setup).await;
    let site = site(folder.path()).await;
    let mut logbook = Logbook::start(site.clone(), &folder.path().join("log"), log_key());
    let arena = Arena::open(&site, &logbook, &setup, SECRETS, OPENED).await.unwrap();
    let person = first.person(1).await;
    let mut expected = BTreeSet::new();
    let (mut last, mut first) = (None, Some(first));
    for number in 0..40 {
        let id = arena.next_battle(person, OPENED + number).await.unwrap().opened.id;
        expected.insert(
            arena.vote(person, id, plain(VoteChoice::Left), OPENED + number).await.unwrap().commitment,
        );
        last = Some(id);
        if number == 20 {
            first = None;
        }
        if number % 9 == 8 {
            // Tasks of writers end anywhere.
            logbook = Logbook::start(site.clone(), &folder.path().join("log"), log_key());
        }
    }
    drop(first);
    arena.await_receipt(person, last.unwrap(), MOST).await.unwrap();
    assert_eq!(commitments(&folder.path().join("log")), expected);
    drop(logbook);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn votes_that_come_at_once_all_get_receipts() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 4, 9)).await;
    let mut battles = Vec::new();
    for number in 0..300 {
        let person = held.person(number).await;
        battles.push((person, held.arena.next_battle(person, OPENED).await.unwrap().opened.id));
    }
    let mut tasks = Vec::new();
    for (person, id) in battles {
        let arena = held.arena.clone();
        tasks.push(tokio::spawn(async move {
            arena.vote(person, id, plain(VoteChoice::Left), OPENED + 5).await.unwrap();
            arena.await_receipt(person, id, MOST).await.unwrap()
        }));
    }
    let mut expected = BTreeSet::new();
    for task in tasks {
        let receipt = task.await.unwrap();
        receipt.check(&log_key().verifier()).unwrap();
        assert!(expected.insert(receipt.commitment));
    }
    assert_eq!(commitments(&held.log()), expected);
    let sizes = LogReader::open(&held.log()).unwrap().checkpoint_sizes().len();
    assert!(sizes < 60, "votes share appends: {sizes}");
}
