//! Many at once, over two servers of one database.

use super::Fresh;
use super::scene::{all_votes, answered, contest, new_battle, new_vote, person, ready};
use daepyo_core::{Digest, VoteChoice};
use daepyo_store::site::{BattleId, Ended, SiteError};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

pub(crate) async fn fifty_votes_on_one_battle(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let contest = contest(&sites[0], 9, 9).await;
    let one = person(&sites[0], 1).await;
    ready(&sites[0], 1, contest.id, one, 5).await;
    let mut tasks = JoinSet::new();
    for number in 0..50 {
        let site = sites[number % 2].clone();
        let mut vote = new_vote(1, one, VoteChoice::Left, 10 + i64::try_from(number).unwrap());
        vote.reason = number.to_string();
        tasks.spawn(async move { site.vote(&vote).await });
    }
    let results = tasks.join_all().await;
    let won: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(won.len(), 1);
    let refused = results.iter().filter_map(|result| result.as_ref().err());
    assert!(refused.map(SiteError::code).all(|code| code == "store::site_voted"));
    assert_eq!(sites[1].vote_of(BattleId(1)).await.unwrap().as_ref(), Some(won[0]));
    assert_eq!(sites[1].pending(99).await.unwrap().len(), 1);
}

pub(crate) async fn a_hundred_battles_at_a_cap(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let contest = contest(&sites[0], 3, 99).await;
    let one = person(&sites[0], 1).await;
    let mut tasks = JoinSet::new();
    // Each opens a battle as soon as it may, and votes: never more than the cap come through.
    for number in 0..100_usize {
        let site = sites[number % 2].clone();
        tasks.spawn(async move {
            let id = i64::try_from(number).unwrap() + 1;
            loop {
                match site.add_battle(&new_battle(id, contest.id, one), 5).await {
                    Err(SiteError::Unfinished(_)) => {
                        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                    }
                    Err(SiteError::CapDay) => return false,
                    Err(error) => panic!("{error:?}"),
                    Ok(_) => break,
                }
            }
            site.add_turn(BattleId(id), one, "?", 5).await.unwrap();
            site.answer_turn(BattleId(id), 0, &answered("a"), &answered("b"), 5).await.unwrap();
            site.vote(&new_vote(id, one, VoteChoice::Left, 5)).await.unwrap();
            true
        });
    }
    let voted = tasks.join_all().await.into_iter().filter(|voted| *voted).count();
    assert_eq!(voted, 3);
    assert_eq!(sites[0].votes_of(one, contest.id).await.unwrap().len(), 3);
    // Of battles that are opened at the same instant one is.
    let two = person(&sites[0], 2).await;
    let mut tasks = JoinSet::new();
    for number in 0..100_usize {
        let site = sites[number % 2].clone();
        let new = new_battle(1000 + i64::try_from(number).unwrap(), contest.id, two);
        tasks.spawn(async move { site.add_battle(&new, 5).await });
    }
    let results = tasks.join_all().await;
    let opened: Vec<_> =
        results.iter().filter_map(|result| result.as_ref().ok()).map(|battle| battle.opened.id).collect();
    assert_eq!(opened.len(), 1);
    assert!(results.iter().all(|result| match result {
        Ok(_) => true,
        Err(error) => matches!(error, SiteError::Unfinished(open) if *open == opened[0]),
    }));
}

pub(crate) async fn votes_and_a_close(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let contest = contest(&sites[0], 9, 9).await;
    let mut votes = Vec::new();
    for number in 1..=60 {
        let person = person(&sites[0], number).await;
        ready(&sites[0], number, contest.id, person, 5).await;
        votes.push(new_vote(number, person, VoteChoice::Left, 6));
    }
    let mut tasks = JoinSet::new();
    for (number, vote) in votes.into_iter().enumerate() {
        let site = sites[number % 2].clone();
        tasks.spawn(async move { site.vote(&vote).await });
    }
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    sites[0].close_contest(contest.id, 9).await.unwrap();
    // What is not there when the close has returned does not come any more.
    let at_close = all_votes(&sites[1], contest.id).await.len();
    let results = tasks.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), at_close);
    let refused = results.iter().filter_map(|result| result.as_ref().err());
    assert!(refused.map(SiteError::code).all(|code| code == "store::site_closed"));
    assert_eq!(all_votes(&sites[1], contest.id).await.len(), at_close);
    assert_eq!(sites[1].pending(999).await.unwrap().len(), at_close);
}

pub(crate) async fn turns_of_one_battle(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let contest = contest(&sites[0], 9, 9).await;
    let one = person(&sites[0], 1).await;
    let id = BattleId(1);
    sites[0].add_battle(&new_battle(1, contest.id, one), 5).await.unwrap();
    for turn in 0..3 {
        let mut asked = JoinSet::new();
        for number in 0..20_usize {
            let site = sites[number % 2].clone();
            asked.spawn(async move { site.add_turn(id, one, "?", 5).await.ok() });
        }
        assert_eq!(asked.join_all().await.into_iter().flatten().collect::<Vec<_>>(), [turn]);
        let mut kept = JoinSet::new();
        for number in 0..20_usize {
            let site = sites[number % 2].clone();
            let text = answered(&number.to_string());
            kept.spawn(async move { site.answer_turn(id, turn, &text, &text, 6).await.is_ok() });
        }
        assert_eq!(kept.join_all().await.into_iter().filter(|kept| *kept).count(), 1);
    }
    // A vote and an end at once: one of them holds, and the state says which.
    let vote = new_vote(1, one, VoteChoice::Tie, 7);
    let end = Ended::Void { why: "leak".into() };
    let (voted, ended) = tokio::join!(sites[0].vote(&vote), sites[1].end_battle(id, &end, 7));
    ended.unwrap();
    let state = sites[0].battle(id).await.unwrap().unwrap().state;
    assert_eq!(voted.is_ok(), state == daepyo_store::site::BattleState::Voted);
    assert_eq!(sites[0].vote_of(id).await.unwrap().is_some(), voted.is_ok());
}

pub(crate) async fn one_subject_seen_at_once(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let mut tasks = JoinSet::new();
    for number in 0..40_usize {
        let site = sites[number % 2].clone();
        tasks.spawn(async move { site.person_of_subject(Digest::of(b"a"), 5).await.unwrap().id });
    }
    assert_eq!(tasks.join_all().await.into_iter().collect::<BTreeSet<_>>().len(), 1);
}

pub(crate) async fn one_withdrawal(fresh: Fresh) {
    let sites = [fresh.open().await, fresh.open().await];
    let contest = contest(&sites[0], 9, 9).await;
    let one = person(&sites[0], 1).await;
    super::scene::voted(&sites[0], 1, contest.id, one, 5).await;
    let mut tasks = JoinSet::new();
    for number in 0..20_usize {
        let site = sites[number % 2].clone();
        tasks.spawn(async move { site.withdraw(BattleId(1), one, b"w", 6).await.unwrap() });
    }
    tasks.join_all().await;
    assert_eq!(sites[0].pending(99).await.unwrap().len(), 2);
}
