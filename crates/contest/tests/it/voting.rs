//! Battles, votes and receipts.

use crate::held::{Held, MOST, OPENED, SECRETS, log_key, plain, setup};
use daepyo_arena::leak::Entry;
use daepyo_contest::{Arena, Choice, ContestError, ReceiptError};
use daepyo_core::{ContestMode, VoteChoice};
use daepyo_store::site::{BattleState, SiteError};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_vote_gives_a_receipt_that_is_checked_offline() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let person = held.person(1).await;
    let battle = held.arena.next_battle(person, OPENED + 1).await.unwrap();
    let answers = battle.turns[0].answers.as_ref().unwrap();
    assert!(answers.0.text.starts_with("답은") && answers.0.text != answers.1.text);
    let choice = Choice {
        choice: VoteChoice::Left,
        tags: vec!["clear".into(), "clear".into()],
        reason: " 좋다 ".into(),
    };
    let id = battle.opened.id;
    let first = held.arena.vote(person, id, choice.clone(), OPENED + 9_000).await.unwrap();
    assert_eq!(first.ballot.tags, ["clear"]);
    assert_eq!(first.reason.as_deref(), Some("좋다"));
    let again = held.arena.vote(person, id, choice, OPENED + 12_000).await.unwrap();
    assert_eq!((again.ballot, again.commitment), (first.ballot.clone(), first.commitment));
    let other = held.arena.vote(person, id, plain(VoteChoice::Right), OPENED + 12_000).await;
    assert!(matches!(other, Err(ContestError::Site(SiteError::Voted))), "{other:?}");

    let receipt = held.arena.await_receipt(person, id, MOST).await.unwrap();
    let key = log_key().verifier();
    let receipt = daepyo_contest::Receipt::parse(receipt.to_json().unwrap().as_bytes()).unwrap();
    assert!(receipt.check(&key).unwrap().size() >= 2);
    let inclusion = held.arena.inclusion(receipt.commitment).await.unwrap().unwrap();
    inclusion.check(&key).unwrap();
    let shown = serde_json::to_string(&inclusion).unwrap();
    assert!(!shown.contains("left") && !shown.contains(&receipt.ballot.voter));

    let mut forged = receipt.clone();
    forged.ballot.choice = VoteChoice::Right;
    assert!(matches!(forged.check(&key), Err(ReceiptError::OtherVote)));
    let mut forged = receipt.clone();
    forged.reason = Some("나쁘다".to_owned());
    assert!(matches!(forged.check(&key), Err(ReceiptError::OtherVote)));
    let mut moved = receipt;
    moved.logged.as_mut().unwrap().index += 1;
    assert!(moved.check(&key).is_err());
}

/// A receipt once said that its vote was withdrawn without anything that proved it.
#[tokio::test]
async fn the_receipt_of_a_withdrawn_vote_proves_the_withdrawal() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let (person, key) = (held.person(1).await, log_key().verifier());
    let (id, _) = held.battle_and_vote(person, VoteChoice::Left, 0).await.unwrap();
    let cast = held.arena.await_receipt(person, id, MOST).await.unwrap();
    assert!(cast.withdrawal.is_none() && !cast.is_withdrawn());
    held.arena.withdraw(person, id, OPENED + 9_000).await.unwrap();
    let receipt = held.arena.await_receipt(person, id, MOST).await.unwrap();
    let receipt = daepyo_contest::Receipt::parse(receipt.to_json().unwrap().as_bytes()).unwrap();
    receipt.check(&key).unwrap();
    assert_eq!((receipt.withdrawn_ms, receipt.is_withdrawn()), (Some(OPENED + 9_000), true));
    let withdrawal = receipt.withdrawal.clone().unwrap();
    assert!(withdrawal.index > receipt.logged.as_ref().unwrap().index);
    withdrawal.check_withdrawal(&key).unwrap();
    assert!(withdrawal.check(&key).is_err(), "a withdrawal is no vote");

    // The vote's own proof in the place of the withdrawal's.
    let mut forged = receipt.clone();
    forged.withdrawal = forged.logged.clone();
    assert!(matches!(forged.check(&key), Err(ReceiptError::Parts)));
    if let (Some(forged), Some(logged)) = (&mut forged.withdrawal, &receipt.logged) {
        (forged.index, forged.proof) = (withdrawal.index, logged.proof.clone());
    }
    assert!(forged.check(&key).is_err());
    let mut other = receipt.clone();
    other.withdrawal.as_mut().unwrap().commitment = held.arena.name();
    assert!(matches!(other.check(&key), Err(ReceiptError::Parts)));
    let mut denied = receipt.clone();
    denied.withdrawn_ms = None;
    assert!(matches!(denied.check(&key), Err(ReceiptError::Parts)));
    // A receipt as earlier versions gave it.
    let mut old = serde_json::to_value(&receipt).unwrap();
    old.as_object_mut().unwrap().remove("withdrawal");
    let old = daepyo_contest::Receipt::parse(old.to_string().as_bytes()).unwrap();
    assert_eq!(old.withdrawal, None);
    old.check(&key).unwrap();
}

#[tokio::test]
async fn the_log_says_nothing_about_a_vote() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let person = held.person(1).await;
    let (id, receipt) = held.battle_and_vote(person, VoteChoice::Tie, 1).await.unwrap();
    held.arena.await_receipt(person, id, MOST).await.unwrap();
    let reader = daepyo_evidence::LogReader::open(&held.log()).unwrap();
    let entries: Vec<String> =
        reader.entries(0..9).map(|entry| String::from_utf8(entry.unwrap()).unwrap()).collect();
    assert_eq!(entries.len(), 2);
    let expected = format!(
        r#"{{"commitment":"{}","contest":"{}","kind":"ballot"}}"#,
        receipt.commitment,
        held.arena.name()
    );
    assert_eq!(entries[1], expected);
    assert!(!entries[0].contains(&daepyo_core::Digest::from_bytes(SECRETS.seed).hex()));
}

#[tokio::test]
async fn an_unfinished_battle_comes_again_and_nothing_is_seen_twice() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 2)).await;
    let person = held.person(1).await;
    let mut seen = BTreeSet::new();
    for number in 0..6 {
        let battle = held.arena.next_battle(person, OPENED + number).await.unwrap();
        let again = held.arena.next_battle(person, OPENED + number).await.unwrap();
        assert_eq!(battle, again);
        let opened = &battle.opened;
        let mut pair = [opened.left.clone(), opened.right.clone()];
        pair.sort();
        assert!(seen.insert((opened.prompt.clone(), pair)), "twice");
        held.arena.vote(person, opened.id, plain(VoteChoice::Left), OPENED + number).await.unwrap();
    }
    let none = held.arena.next_battle(person, OPENED + 7).await;
    assert!(matches!(none, Err(ContestError::NothingLeft)), "{none:?}");
    let other = held.person(2).await;
    held.arena.next_battle(other, OPENED + 8).await.unwrap();
}

#[tokio::test]
async fn the_last_battle_that_is_left_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 2, 1)).await;
    let person = held.person(1).await;
    let battle = held.arena.next_battle(person, OPENED).await.unwrap();
    assert_eq!(held.arena.next_battle(person, OPENED + 1).await.unwrap(), battle);
}

#[tokio::test]
async fn caps_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(ContestMode::Recorded, 3, 9);
    (setup.rule.votes_a_day, setup.rule.votes_in_all) = (2, 3);
    let held = Held::open(folder.path(), &setup).await;
    let person = held.person(1).await;
    let day = 24 * 60 * 60 * 1_000;
    held.battle_and_vote(person, VoteChoice::Left, 0).await.unwrap();
    held.battle_and_vote(person, VoteChoice::Left, 10_000).await.unwrap();
    let third = held.battle_and_vote(person, VoteChoice::Left, 20_000).await;
    assert!(matches!(third, Err(ContestError::Site(SiteError::CapDay))), "{third:?}");
    held.battle_and_vote(person, VoteChoice::Left, day).await.unwrap();
    let fourth = held.battle_and_vote(person, VoteChoice::Left, 2 * day).await;
    assert!(matches!(fourth, Err(ContestError::Site(SiteError::CapAll))), "{fourth:?}");
}

#[tokio::test]
async fn what_does_not_belong_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let (person, other) = (held.person(1).await, held.person(2).await);
    let id = held.arena.next_battle(person, OPENED).await.unwrap().opened.id;
    let strange = held.arena.vote(other, id, plain(VoteChoice::Left), OPENED).await;
    assert!(matches!(strange, Err(ContestError::NoBattle)), "{strange:?}");
    let tag = Choice { tags: vec!["best".to_owned()], ..plain(VoteChoice::Left) };
    let tag = held.arena.vote(person, id, tag, OPENED).await;
    assert!(matches!(tag, Err(ContestError::UnknownTag)), "{tag:?}");
    let long = Choice { reason: "가".repeat(1_001), ..plain(VoteChoice::Left) };
    let long = held.arena.vote(person, id, long, OPENED).await;
    assert!(matches!(long, Err(ContestError::LongReason { most: 1_000 })), "{long:?}");
    held.arena.report(person, id, "욕설", OPENED).await.unwrap();
    let void = held.arena.vote(person, id, plain(VoteChoice::Left), OPENED).await;
    assert!(matches!(void, Err(ContestError::NotOpen)), "{void:?}");
    let next = held.arena.next_battle(person, OPENED).await.unwrap();
    assert_ne!(next.opened.id, id);
    held.arena.leave(person, next.opened.id, OPENED).await.unwrap();
    let left = held.arena.battle(person, next.opened.id).await.unwrap();
    assert!(matches!(left.state, BattleState::Ended(_)));
}

#[tokio::test]
async fn an_answer_that_names_its_writer_is_listed_and_never_shown() {
    let mut setup = setup(ContestMode::Recorded, 3, 2);
    setup.names = vec![Entry {
        who: "model-a".to_owned(),
        distinctive: vec!["Haneul-1".to_owned()],
        ordinary: Vec::new(),
    }];
    setup.answers[0].text = "저는 Haneul-1입니다.".to_owned();
    setup.answers.pop();
    let leaks = Arena::leaks(&setup).unwrap();
    let whys: Vec<(&str, &str)> =
        leaks.iter().map(|barred| (barred.candidate.as_str(), barred.why.as_str())).collect();
    assert_eq!(whys, [("model-a", "leak:introduction:model-a"), ("model-c", "missing")]);
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup).await;
    // Of six, two each are barred: p0 with a, p1 with c.
    let person = held.person(1).await;
    for number in 0..2 {
        let (id, receipt) = held.battle_and_vote(person, VoteChoice::Left, number).await.unwrap();
        let battle = held.site.battle(id).await.unwrap().unwrap();
        let sides = [battle.opened.left.as_str(), battle.opened.right.as_str()];
        let barred = if receipt.ballot.prompt.as_deref() == Some("p0") { "model-a" } else { "model-c" };
        assert!(!sides.contains(&barred));
    }
    let none = held.arena.next_battle(person, OPENED).await;
    assert!(matches!(none, Err(ContestError::NothingLeft)), "{none:?}");
}

/// A receipt once told who had been on which side, while the contest was open.
#[tokio::test]
async fn a_receipt_names_no_contestant() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let (_, receipt) = held.battle_and_vote(held.person(1).await, VoteChoice::Left, 0).await.unwrap();
    let text = receipt.to_json().unwrap();
    for contestant in &held.arena.sealed().contestants {
        assert!(!text.contains(contestant.as_str()), "{contestant} in {text}");
    }
}

#[tokio::test]
async fn a_contest_goes_on_under_its_rules_and_under_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(ContestMode::Recorded, 3, 4);
    let held = Held::open(folder.path(), &setup).await;
    let again = Arena::open(&held.site, &held.logbook, &setup, SECRETS, OPENED + 99).await.unwrap();
    assert_eq!((again.name(), again.contest()), (held.arena.name(), held.arena.contest()));
    setup.answers[0].text.push('!');
    let other = Arena::open(&held.site, &held.logbook, &setup, SECRETS, OPENED).await;
    assert!(matches!(other, Err(ContestError::Site(SiteError::OtherRules))), "{other:?}");
}

#[tokio::test]
async fn what_is_deleted_can_still_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let person = held.person(1).await;
    let id = held.arena.next_battle(person, OPENED).await.unwrap().opened.id;
    let choice = Choice { reason: "제 번호는 010-1234-5678".to_owned(), ..plain(VoteChoice::Left) };
    held.arena.vote(person, id, choice, OPENED + 1).await.unwrap();
    let own = held.arena.export(person).await.unwrap();
    assert_eq!((own.battles.len(), &own.battles[0].report), (1, &None));
    held.arena.report(person, id, "왼쪽 답이 욕설입니다", OPENED + 2).await.unwrap();
    let report = held.arena.export(person).await.unwrap().battles.remove(0).report.unwrap();
    assert_eq!((report.text.as_str(), report.reported_ms), ("왼쪽 답이 욕설입니다", OPENED + 2));
    assert!(own.battles[0].vote.as_ref().unwrap().reason.contains("010"));
    assert_eq!(held.arena.forget(person).await.unwrap(), 1);
    let own = serde_json::to_string(&held.arena.export(person).await.unwrap()).unwrap();
    assert!(!own.contains("010-1234") && !own.contains("답은"), "{own}");
    let receipt = held.arena.await_receipt(person, id, MOST).await.unwrap();
    assert_eq!(receipt.reason, None);
    receipt.check(&log_key().verifier()).unwrap();
    held.arena.close(OPENED + 9, &held.published(), MOST).await.unwrap();
    daepyo_contest::check_closed(&held.published(), &held.log(), None).unwrap();
}

#[tokio::test]
async fn sides_are_given_out_after_the_close_alone() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 3, 4)).await;
    let person = held.person(1).await;
    let (id, _) = held.battle_and_vote(person, VoteChoice::Left, 0).await.unwrap();
    let own = held.arena.export(person).await.unwrap();
    assert_eq!((&own.battles[0].left, &own.battles[0].right), (&None, &None));
    let text = serde_json::to_string(&own).unwrap();
    assert!(text.contains("\"left\":null") && !text.contains("model-"), "{text}");
    held.arena.close(OPENED + 9, &held.published(), MOST).await.unwrap();
    let own = held.arena.export(person).await.unwrap();
    let opened = held.site.battle(id).await.unwrap().unwrap().opened;
    let sides = [&own.battles[0].left, &own.battles[0].right].map(|side| side.as_ref().unwrap().as_str());
    assert_eq!(sides, [opened.left.as_str(), opened.right.as_str()]);
}
