//! Reports, consent, deletion.

use super::Fresh;
use super::scene::{code, contest, new_battle, person, ready, voted};
use daepyo_store::site::BattleId;

pub(crate) async fn reports(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    ready(&site, 1, contest.id, one, 5).await;
    site.report(BattleId(1), one, "나쁜 말", 6).await.unwrap();
    site.report(BattleId(1), one, "", 7).await.unwrap();
    assert_eq!(code(site.report(BattleId(1), two, "x", 7).await), "store::site_not_open");
    assert_eq!(code(site.report(BattleId(9), one, "x", 7).await), "store::site_missing");
    let both = [(BattleId(1), String::new(), 7), (BattleId(1), "나쁜 말".to_owned(), 6)];
    assert_eq!(site.reports(9).await.unwrap(), both);
    assert_eq!(site.reports(1).await.unwrap(), both[..1]);
}

pub(crate) async fn consent(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    assert!(!site.consent(one, contest.id).await.unwrap());
    for consents in [true, false, true] {
        site.set_consent(one, contest.id, consents, 5).await.unwrap();
        assert_eq!(site.consent(one, contest.id).await.unwrap(), consents);
    }
    assert!(!site.consent(person(&site, 2).await, contest.id).await.unwrap());
}

pub(crate) async fn forgotten(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let first = voted(&site, 1, contest.id, one, 5).await;
    let others = voted(&site, 2, contest.id, two, 5).await;
    site.add_battle(&new_battle(3, contest.id, one), 6).await.unwrap();
    site.add_turn(BattleId(3), one, "지워질 말", 6).await.unwrap();
    assert_eq!(site.forget(one).await.unwrap(), 2);
    assert_eq!(site.forget(one).await.unwrap(), 0);
    let row = site.vote_of(BattleId(1)).await.unwrap().unwrap();
    assert_eq!(
        (row.vote.choice, row.vote.commitment, row.vote.reason.as_str()),
        (first.choice, first.commitment, "")
    );
    let battle = site.battle(BattleId(1)).await.unwrap().unwrap();
    let (left, right) = battle.turns[0].answers.clone().unwrap();
    assert_eq!((battle.turns[0].prompt.as_str(), left.text.as_str(), right.text.as_str()), ("", "", ""));
    assert_eq!((battle.opened.left.as_str(), battle.turns[0].shown_ms), ("garam-1", Some(5)));
    // An answer that is under way still finds its turn.
    let open = site.battle(BattleId(3)).await.unwrap().unwrap();
    assert_eq!((open.turns[0].prompt.as_str(), &open.turns[0].answers), ("", &None));
    let late = super::scene::answered("late");
    site.answer_turn(BattleId(3), 0, &late, &late, 7).await.unwrap();
    assert_eq!(site.forget(one).await.unwrap(), 1);
    assert_eq!(site.vote_of(BattleId(2)).await.unwrap().unwrap().vote, others);
    assert_eq!(site.battle(BattleId(2)).await.unwrap().unwrap().turns[0].prompt, "누구세요?");
    assert_eq!(site.pending(9).await.unwrap().len(), 2);
}
