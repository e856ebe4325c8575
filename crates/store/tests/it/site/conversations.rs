//! Reports, consent, deletion.

use super::Fresh;
use super::scene::{all_votes, code, contest, new_battle, person, ready, voted};
use daepyo_store::site::{BattleId, ContestId, Site};
use sqlx::Connection as _;

/// The reports behind a place as far as they differ: battle, text, when, whether handled, whether held back.
async fn reports_behind(
    site: &Site,
    behind: Option<(i64, i64)>,
    limit: u32,
) -> Vec<(i64, String, i64, bool, bool)> {
    let reports = site.reports(behind, limit).await.unwrap().into_iter();
    let shown = reports.map(|one| {
        assert_eq!((one.stage.as_str(), one.criterion.as_str()), ("final", "votes"));
        (one.battle.0, one.text, one.reported_ms, one.handled_ms.is_some(), one.is_held_back)
    });
    shown.collect()
}

pub(crate) async fn reports(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    voted(&site, 1, contest.id, one, 5).await;
    voted(&site, 2, contest.id, one, 5).await;
    ready(&site, 3, contest.id, two, 5).await;
    assert_eq!(site.open_reports().await.unwrap(), 0);
    site.report(BattleId(1), one, "나쁜 말", 6).await.unwrap();
    site.report(BattleId(2), one, "", 7).await.unwrap();
    site.report(BattleId(3), two, "셋", 7).await.unwrap();
    // A second one of the same person and battle takes the first one's place.
    site.report(BattleId(1), one, "더 나쁜 말", 8).await.unwrap();
    assert_eq!(code(site.report(BattleId(1), two, "x", 9).await), "store::site_not_open");
    assert_eq!(code(site.report(BattleId(9), one, "x", 9).await), "store::site_missing");
    assert_eq!(site.open_reports().await.unwrap(), 3);
    let first = (1, "더 나쁜 말".to_owned(), 8, false, true);
    let second = (2, String::new(), 7, false, true);
    let third = (3, "셋".to_owned(), 7, false, true);
    assert_eq!(reports_behind(&site, None, 9).await, [first.clone(), third.clone(), second.clone()]);
    assert_eq!(reports_behind(&site, None, 1).await, [first]);
    let place = site.reports(None, 2).await.unwrap().last().map(|one| (one.reported_ms, one.id));
    assert_eq!(reports_behind(&site, place, 9).await, [second]);
    let of_one = site.reports_of(BattleId(3)).await.unwrap();
    assert_eq!(
        of_one.iter().map(|one| (one.text.as_str(), one.is_closed)).collect::<Vec<_>>(),
        [("셋", false)]
    );
    assert!(site.reports_of(BattleId(9)).await.unwrap().is_empty());
    let own = site.reports_by(one, contest.id).await.unwrap();
    let own: Vec<_> = own.iter().map(|one| (one.battle, one.text.as_str())).collect();
    assert_eq!(own, [(BattleId(1), "더 나쁜 말"), (BattleId(2), "")]);
    assert!(site.reports_by(one, ContestId(99)).await.unwrap().is_empty());
}

pub(crate) async fn handled(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    for id in 1..=5 {
        voted(&site, id, contest.id, one, 5).await;
    }
    for id in 1..=3 {
        site.report(BattleId(id), one, "x", 6).await.unwrap();
    }
    let held_back = async || {
        let held_back = site.held_back(contest.id).await.unwrap();
        held_back.into_iter().map(|battle| battle.0).collect::<Vec<_>>()
    };
    assert_eq!(held_back().await, [1, 2, 3]);
    site.handle_reports(BattleId(1), true, 6, 7).await.unwrap();
    site.handle_reports(BattleId(2), false, 6, 7).await.unwrap();
    assert_eq!(held_back().await, [2, 3]);
    assert_eq!(site.open_reports().await.unwrap(), 1);
    // What was found of a text that has changed meanwhile is found of nothing.
    site.report(BattleId(3), one, "y", 8).await.unwrap();
    assert_eq!(code(site.handle_reports(BattleId(3), true, 6, 9).await), "store::site_not_open");
    assert_eq!(code(site.handle_reports(BattleId(4), true, 6, 9).await), "store::site_missing");
    // A new text has to be handled anew.
    site.report(BattleId(1), one, "doch", 9).await.unwrap();
    assert_eq!(held_back().await, [1, 2, 3]);
    site.handle_reports(BattleId(1), true, 9, 10).await.unwrap();
    assert_eq!((held_back().await, site.open_reports().await.unwrap()), (vec![2, 3], 1));
    // What the close has published stays what it was, whatever is reported or found afterwards.
    site.close_contest(contest.id, 11).await.unwrap();
    site.report(BattleId(1), one, "again", 12).await.unwrap();
    site.report(BattleId(4), one, "late", 12).await.unwrap();
    site.handle_reports(BattleId(3), true, 8, 13).await.unwrap();
    site.handle_reports(BattleId(4), false, 12, 13).await.unwrap();
    assert_eq!(held_back().await, [2, 3]);
    let late = site.reports_of(BattleId(4)).await.unwrap().remove(0);
    assert_eq!((late.is_closed, late.handled_ms, late.is_held_back), (true, Some(13), false));
}

/// A store that an earlier version made may have several reports of one person and battle.
pub(crate) async fn reports_of_earlier_versions(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    voted(&site, 1, contest.id, one, 5).await;
    voted(&site, 2, contest.id, one, 5).await;
    site.report(BattleId(1), one, "eins", 6).await.unwrap();
    site.report(BattleId(2), one, "zwei", 7).await.unwrap();
    site.close().await;
    let before = "DROP INDEX reports_one; ALTER TABLE reports DROP COLUMN handled_ms; \
         ALTER TABLE reports DROP COLUMN held_back; \
         INSERT INTO reports (battle, person, text, reported_ms) \
             SELECT battle, person, text, 9 FROM reports WHERE battle = 1; \
         DELETE FROM _sqlx_migrations WHERE description = 'reports'";
    if fresh.is_server() {
        let mut link = sqlx::PgConnection::connect(&fresh.url).await.unwrap();
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
    } else {
        let mut link = sqlx::SqliteConnection::connect(&fresh.url).await.unwrap();
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
    }
    let site = fresh.open().await;
    let newest = [(1, "eins".to_owned(), 9, false, true), (2, "zwei".to_owned(), 7, false, true)];
    assert_eq!(reports_behind(&site, None, 9).await, newest);
    site.report(BattleId(1), one, "drei", 10).await.unwrap();
    assert_eq!(site.reports(None, 9).await.unwrap().len(), 2);
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
    // How long the answers were stays.
    let characters: Vec<_> = all_votes(&site, contest.id).await.iter().map(|cast| cast.characters).collect();
    assert_eq!(characters, [Some(4), Some(4)]);
}

/// A store that an earlier version made has no lengths: those of texts that are there are counted.
pub(crate) async fn lengths_of_earlier_versions(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    voted(&site, 1, contest.id, one, 5).await;
    voted(&site, 2, contest.id, two, 5).await;
    site.forget(two).await.unwrap();
    site.close().await;
    let before = "ALTER TABLE turns DROP COLUMN characters; \
         DELETE FROM _sqlx_migrations WHERE description = 'characters'";
    if fresh.is_server() {
        let mut link = sqlx::PgConnection::connect(&fresh.url).await.unwrap();
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
    } else {
        let mut link = sqlx::SqliteConnection::connect(&fresh.url).await.unwrap();
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
    }
    let site = fresh.open().await;
    let characters: Vec<_> = all_votes(&site, contest.id).await.iter().map(|cast| cast.characters).collect();
    assert_eq!(characters, [Some(4), None]);
}
