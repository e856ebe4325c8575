//! Claims to turns, and what a day costs.

use super::Fresh;
use super::scene::{answered, code, contest, new_battle, person};
use daepyo_store::site::{BattleId, Claimed, Ended};

const TURN: (BattleId, u32) = (BattleId(1), 0);

pub(crate) async fn one_asks_at_a_time(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    site.add_battle(&new_battle(1, contest.id, one), 5).await.unwrap();
    assert_eq!(code(site.claim_turn(TURN, 7, (5, 10), 3).await), "store::site_missing");
    site.add_turn(BattleId(1), one, "질문", 5).await.unwrap();
    assert_eq!(site.claim_turn(TURN, 7, (5, 10), 3).await.unwrap(), Claimed::Yes);
    assert_eq!(site.claim_turn(TURN, 8, (9, 20), 3).await.unwrap(), Claimed::Elsewhere);
    assert!(site.keep_claim(TURN, 7, 15).await.unwrap());
    assert!(!site.keep_claim(TURN, 8, 99).await.unwrap());
    assert_eq!(site.claim_turn(TURN, 8, (12, 20), 3).await.unwrap(), Claimed::Elsewhere);
    // Its holder died: the time passes, and the next one takes it over.
    assert_eq!(site.claim_turn(TURN, 8, (15, 20), 3).await.unwrap(), Claimed::Yes);
    assert!(!site.keep_claim(TURN, 7, 99).await.unwrap());
    site.give_claim(TURN, 7, true).await.unwrap();
    assert_eq!(site.claim_turn(TURN, 9, (16, 20), 3).await.unwrap(), Claimed::Elsewhere);
    // Nobody was asked: that was no try.
    site.give_claim(TURN, 8, false).await.unwrap();
    assert_eq!(site.claim_turn(TURN, 9, (16, 20), 3).await.unwrap(), Claimed::Yes);
    site.give_claim(TURN, 9, true).await.unwrap();
    assert_eq!(site.claim_turn(TURN, 10, (16, 20), 3).await.unwrap(), Claimed::Yes);
    site.give_claim(TURN, 10, true).await.unwrap();
    assert_eq!(site.claim_turn(TURN, 11, (16, 20), 3).await.unwrap(), Claimed::TooOften);
    site.answer_turn(BattleId(1), 0, &answered("가"), &answered("나"), 17).await.unwrap();
    assert_eq!(code(site.claim_turn(TURN, 11, (18, 20), 9).await), "store::site_not_open");
    site.add_turn(BattleId(1), one, "또", 18).await.unwrap();
    site.end_battle(BattleId(1), &Ended::Left, 19).await.unwrap();
    assert_eq!(code(site.claim_turn((BattleId(1), 1), 11, (20, 30), 9).await), "store::site_not_open");
}

pub(crate) async fn a_days_tokens(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await.id;
    assert_eq!(site.tokens_of(contest, "2026-12-01").await.unwrap(), 0);
    assert!(!site.take_tokens(contest, "2026-12-01", 101, 100).await.unwrap());
    assert!(site.take_tokens(contest, "2026-12-01", 60, 100).await.unwrap());
    assert!(!site.take_tokens(contest, "2026-12-01", 41, 100).await.unwrap());
    assert!(site.take_tokens(contest, "2026-12-01", 40, 100).await.unwrap());
    site.settle_tokens(contest, "2026-12-01", 60, 25).await.unwrap();
    assert!(site.take_tokens(contest, "2026-12-02", 100, 100).await.unwrap());
    drop(site);
    let site = fresh.open().await;
    assert_eq!(site.tokens_of(contest, "2026-12-01").await.unwrap(), 65);
    assert_eq!(site.tokens_of(contest, "2026-12-02").await.unwrap(), 100);
}

pub(crate) async fn fifty_claims_of_one_turn(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    site.add_battle(&new_battle(1, contest.id, one), 5).await.unwrap();
    site.add_turn(BattleId(1), one, "질문", 5).await.unwrap();
    let mut claims = tokio::task::JoinSet::new();
    for claim in 0..50 {
        let site = site.clone();
        claims.spawn(async move { site.claim_turn(TURN, claim, (5, 10), 99).await.unwrap() });
    }
    let claims = claims.join_all().await;
    assert_eq!(claims.iter().filter(|claimed| **claimed == Claimed::Yes).count(), 1, "{claims:?}");
}
