//! Contests.

use super::Fresh;
use super::scene::{code, contest, new_battle, new_contest, new_vote, person, ready, rules, voted};
use daepyo_core::VoteChoice;
use daepyo_store::site::{BattleId, BattleState, ContestId, Ended, NewContest};

pub(crate) async fn the_same_rules_or_none(fresh: Fresh) {
    let site = fresh.open().await;
    let first = site.open_contest(&new_contest(rules(3, 9)), 1).await.unwrap();
    assert_eq!((first.opened_ms, first.closed_ms, first.seed), (1, None, [7; 32]));
    let again = NewContest { seed: [8; 32], ..new_contest(rules(3, 9)) };
    assert_eq!(site.open_contest(&again, 2).await.unwrap(), first);
    assert_eq!(code(site.open_contest(&new_contest(rules(4, 9)), 2).await), "store::site_other_rules");
    let mut more = new_contest(rules(3, 9));
    more.rules.more = serde_json::json!({"share": 0.1});
    assert_eq!(code(site.open_contest(&more, 2).await), "store::site_other_rules");
    let other = NewContest { criterion: "other".into(), ..more };
    let other = site.open_contest(&other, 2).await.unwrap();
    assert_eq!(site.contests().await.unwrap(), [first.clone(), other]);
    assert_eq!(site.contest(first.id).await.unwrap(), Some(first));
    assert_eq!(site.contest(ContestId(99_999)).await.unwrap(), None);
}

pub(crate) async fn a_close_is_for_good(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two, three) = (person(&site, 1).await, person(&site, 2).await, person(&site, 3).await);
    let kept = voted(&site, 11, contest.id, one, 5).await;
    ready(&site, 12, contest.id, two, 5).await;
    let closed = site.close_contest(contest.id, 6).await.unwrap();
    assert_eq!(closed.closed_ms, Some(6));
    assert_eq!(site.close_contest(contest.id, 7).await.unwrap(), closed);
    assert_eq!(code(site.close_contest(ContestId(99_999), 7).await), "store::site_missing");
    let vote = new_vote(12, two, VoteChoice::Tie, 8);
    assert_eq!(code(site.vote(&vote).await), "store::site_closed");
    assert_eq!(code(site.add_turn(BattleId(12), two, "more", 8).await), "store::site_closed");
    assert_eq!(code(site.add_battle(&new_battle(13, contest.id, three), 8).await), "store::site_closed");
    assert_eq!(code(site.withdraw(BattleId(11), one, b"w", 8).await), "store::site_closed");
    // An acknowledgement that was lost is given again, also now.
    assert_eq!(site.vote(&kept).await.unwrap().vote, kept);
    assert_eq!(site.pending(9).await.unwrap().len(), 1);
}

pub(crate) async fn nothing_changes_after_a_close(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    ready(&site, 11, contest.id, one, 5).await;
    site.set_consent(one, contest.id, false, 5).await.unwrap();
    assert!(site.add_examination(contest.id, 1, 5, b"open", b"entry").await.unwrap());
    site.close_contest(contest.id, 6).await.unwrap();
    site.end_battle(BattleId(11), &Ended::Left, 7).await.unwrap();
    assert_eq!(site.battle(BattleId(11)).await.unwrap().unwrap().state, BattleState::Open);
    assert_eq!(code(site.set_consent(one, contest.id, true, 7).await), "store::site_closed");
    assert!(!site.consent(one, contest.id).await.unwrap());
    assert!(!site.add_examination(contest.id, 2, 7, b"late", b"entry").await.unwrap());
    assert!(site.add_examination(contest.id, -1, 7, b"last", b"entry").await.unwrap());
    assert_eq!(site.examinations(contest.id).await.unwrap(), [b"open".to_vec(), b"last".to_vec()]);
    assert_eq!(site.pending(9).await.unwrap().len(), 2);
}
