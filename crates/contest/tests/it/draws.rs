//! Draws: even, the same from several servers, and recomputed.

use crate::held::{Held, MOST, OPENED, SECRETS, log_key, plain, setup, site};
use daepyo_contest::{Arena, ContestError, Logbook, Problem, check_closed};
use daepyo_core::{ContestMode, VoteChoice};
use daepyo_store::site::PersonId;
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_servers_draw_one_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let setup = setup(ContestMode::Recorded, 4, 12);
    let held = Held::open(folder.path(), &setup).await;
    let mut arenas = vec![held.arena.clone()];
    for _ in 0..2 {
        let site = site(folder.path()).await;
        let logbook = Logbook::start(site.clone(), &held.log(), log_key());
        arenas.push(Arena::open(&site, &logbook, &setup, SECRETS, OPENED).await.unwrap());
    }
    let mut people = Vec::new();
    for number in 0..12_u32 {
        people.push((arenas[number as usize % 3].clone(), held.person(number).await));
    }
    // An hour a round, so that draws of a later round follow votes of an earlier one.
    for round in 0..20 {
        let now = OPENED + round * 3_600_000;
        let vote = |(arena, person): (Arena, PersonId)| async move {
            let battle = arena.next_battle(person, now).await.unwrap();
            let is_left = battle.opened.left < battle.opened.right;
            let choice = if is_left { VoteChoice::Left } else { VoteChoice::Right };
            arena.vote(person, battle.opened.id, plain(choice), now + 4_000).await.unwrap();
        };
        let tasks: Vec<_> = people.iter().cloned().map(|one| tokio::spawn(vote(one))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
    let summary = held.arena.close(OPENED + 100 * 3_600_000, &held.published(), MOST).await.unwrap();
    assert_eq!((summary.counts.battles, summary.counts.voted, summary.counts.voters), (240, 240, 12));
    let checked = check_closed(&held.published(), &held.log(), Some(&log_key().verifier()));
    assert_eq!(checked.unwrap().summary, summary);
}

/// A clock that was ahead when votes were taken in, and then stepped back, dates no vote before what had been taken in.
#[tokio::test]
async fn a_clock_that_steps_back_makes_no_draw_wrong() {
    const HOUR: i64 = 3_600_000;
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 4, 40)).await;
    // Battles that stay open over the hundredth draw, at which votes are taken in.
    let mut open = Vec::new();
    for number in 0..60 {
        let person = held.person(number).await;
        open.push((person, held.arena.next_battle(person, OPENED + 1_000).await.unwrap()));
    }
    // An hour ahead.
    for number in 0..60 {
        let person = held.person(100 + number).await;
        held.battle_and_vote(person, VoteChoice::Left, HOUR + i64::from(number)).await.unwrap();
    }
    // And back: these votes would date from before the draws that did not count them.
    for (person, battle) in open {
        held.arena.vote(person, battle.opened.id, plain(VoteChoice::Left), OPENED + 60_000).await.unwrap();
    }
    for number in 0..120 {
        let person = held.person(number % 60).await;
        held.battle_and_vote(person, VoteChoice::Right, 70_000 + i64::from(number)).await.unwrap();
    }
    let summary = held.arena.close(OPENED + 2 * HOUR, &held.published(), MOST).await.unwrap();
    assert_eq!(summary.counts.voted, 240);
    let checked = check_closed(&held.published(), &held.log(), Some(&log_key().verifier()));
    assert_eq!(checked.unwrap().summary, summary);
}

#[tokio::test]
async fn everybody_is_shown_and_sides_are_fair() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Recorded, 4, 30)).await;
    let mut shown = BTreeMap::<String, [u32; 2]>::new();
    for number in 0..120 {
        let person = held.person(number % 10).await;
        let (id, _) =
            held.battle_and_vote(person, VoteChoice::Tie, i64::from(number) * 10_000).await.unwrap();
        let battle = held.site.battle(id).await.unwrap().unwrap();
        shown.entry(battle.opened.left).or_default()[0] += 1;
        shown.entry(battle.opened.right).or_default()[1] += 1;
    }
    assert_eq!(shown.len(), 4);
    for [left, right] in shown.values() {
        assert!(left + right >= 20, "{shown:?}");
        assert!(left.abs_diff(*right) <= 20, "{shown:?}");
    }
}

/// The reference wins all, the two candidates are equals: battles go between those two, for only one of them advances.
#[tokio::test]
async fn a_reference_is_passed_over_by_the_cut() {
    let mut battles_of_candidates = Vec::new();
    for is_reference in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut setup = setup(ContestMode::Recorded, 3, 40);
        let strongest = setup.contestants[2].clone();
        if is_reference {
            setup.references = vec![strongest.clone()];
        }
        let held = Held::open(folder.path(), &setup).await;
        let mut between = 0;
        for number in 0..240 {
            let (person, now) = (held.person(number % 30).await, OPENED + i64::from(number) * 60_000);
            let opened = held.arena.next_battle(person, now).await.unwrap().opened;
            let choice = if opened.left == strongest.as_str() {
                VoteChoice::Left
            } else if opened.right == strongest.as_str() {
                VoteChoice::Right
            } else {
                between += 1;
                VoteChoice::Tie
            };
            held.arena.vote(person, opened.id, plain(choice), now + 5_000).await.unwrap();
        }
        battles_of_candidates.push(between);
        held.arena.close(OPENED + 400 * 60_000, &held.published(), MOST).await.unwrap();
        check_closed(&held.published(), &held.log(), None).unwrap();
        if is_reference {
            // The check draws under the same cut.
            let path = held.published().join("contest.json");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(r#""references":["model-c"]"#), "{text}");
            std::fs::write(&path, text.replace(r#""references":["model-c"]"#, r#""references":[]"#)).unwrap();
            let found = check_closed(&held.published(), &held.log(), None).unwrap_err();
            assert!(found.iter().any(|finding| finding.problem == Problem::Draw), "{found:?}");
        }
    }
    let [with, without] = battles_of_candidates[..] else { panic!("two contests") };
    assert!(with > without + 20, "{with} {without}");
}

#[tokio::test]
async fn references_meet_the_others_and_leave_two_candidates() {
    let of = |contestants, references: &[&str]| {
        let mut setup = setup(ContestMode::Recorded, contestants, 4);
        setup.references = references.iter().map(|id| daepyo_core::CandidateId::new(*id).unwrap()).collect();
        daepyo_contest::Sealed::of_setup(&setup)
    };
    of(3, &["model-c"]).unwrap();
    for (contestants, references) in
        [(2, &["model-b"][..]), (3, &["model-x"][..]), (4, &["model-d", "model-d"][..])]
    {
        let refused = of(contestants, references);
        assert!(matches!(refused, Err(ContestError::Setup { .. })), "{refused:?}");
    }
}
