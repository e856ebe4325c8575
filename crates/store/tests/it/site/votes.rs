//! Votes.

use super::Fresh;
use super::scene::{
    DAY_MS, MIDNIGHT_MS, all_votes, code, contest, new_battle, new_vote, person, ready, voted,
};
use daepyo_core::{Digest, VoteChoice};
use daepyo_store::site::{BattleId, BattleState, Ended, NewVote};
use sqlx::Connection as _;

pub(crate) async fn once(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    ready(&site, 1, contest.id, one, 5).await;
    let vote = new_vote(1, one, VoteChoice::Left, 6);
    let row = site.vote(&vote).await.unwrap();
    assert_eq!((&row.vote, row.logged, row.withdrawn_ms), (&vote, None, None));
    // The same again, with the salt and the time of a second attempt: the first row holds.
    let again = NewVote { choice: VoteChoice::Left, ..new_vote(1, one, VoteChoice::Left, 60) };
    assert_ne!(again.commitment, vote.commitment);
    assert_eq!(site.vote(&again).await.unwrap(), row);
    let others = [
        NewVote { choice: VoteChoice::Right, ..vote.clone() },
        NewVote { tags: Vec::new(), ..vote.clone() },
        NewVote { reason: "another".into(), ..vote.clone() },
    ];
    for other in others {
        assert_eq!(code(site.vote(&other).await), "store::site_voted");
    }
    assert_eq!(site.battle(BattleId(1)).await.unwrap().unwrap().state, BattleState::Voted);
    assert_eq!(site.vote_of(BattleId(1)).await.unwrap(), Some(row.clone()));
    assert_eq!(site.vote_by_commitment(vote.commitment).await.unwrap(), Some(row.clone()));
    assert_eq!(site.vote_by_commitment(again.commitment).await.unwrap(), None);
    assert_eq!(site.votes_of(one, contest.id).await.unwrap(), std::slice::from_ref(&row));
    let pending = site.pending(9).await.unwrap();
    assert_eq!(
        pending.iter().map(|entry| (entry.number, &entry.entry)).collect::<Vec<_>>(),
        [(row.queued, &vote.entry)]
    );
    assert_eq!(code(site.add_turn(BattleId(1), one, "more", 9).await), "store::site_not_open");
}

pub(crate) async fn refused(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let vote = |battle, person| new_vote(battle, person, VoteChoice::Tie, 9);
    assert_eq!(code(site.vote(&vote(1, one)).await), "store::site_missing");
    site.add_battle(&new_battle(1, contest.id, one), 5).await.unwrap();
    assert_eq!(code(site.vote(&vote(1, one)).await), "store::site_not_open");
    site.add_turn(BattleId(1), one, "?", 5).await.unwrap();
    assert_eq!(code(site.vote(&vote(1, one)).await), "store::site_not_open");
    let answer = super::scene::answered("!");
    site.answer_turn(BattleId(1), 0, &answer, &answer, 6).await.unwrap();
    assert_eq!(code(site.vote(&vote(1, two)).await), "store::site_not_open");
    site.vote(&vote(1, one)).await.unwrap();
    assert_eq!(code(site.vote(&vote(1, two)).await), "store::site_not_open");
    for (id, end) in
        [(2, Ended::Void { why: "leak".into() }), (3, Ended::Failed { why: "x".into() }), (4, Ended::Left)]
    {
        ready(&site, id, contest.id, one, 5).await;
        site.end_battle(BattleId(id), &end, 6).await.unwrap();
        assert_eq!(code(site.vote(&vote(id, one)).await), "store::site_not_open");
    }
    assert_eq!(code(site.withdraw(BattleId(4), one, b"w", 9).await), "store::site_not_open");
    assert_eq!(site.pending(9).await.unwrap().len(), 1);
}

pub(crate) async fn withdrawn(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let vote = voted(&site, 1, contest.id, one, 5).await;
    assert_eq!(code(site.withdraw(BattleId(1), two, b"w", 6).await), "store::site_not_open");
    assert_eq!(code(site.withdraw(BattleId(9), one, b"w", 6).await), "store::site_missing");
    let row = site.withdraw(BattleId(1), one, b"withdrawn", 7).await.unwrap();
    assert_eq!((&row.vote, row.withdrawn_ms), (&vote, Some(7)));
    assert_eq!(site.withdraw(BattleId(1), one, b"again", 8).await.unwrap(), row);
    assert_eq!(site.vote_of(BattleId(1)).await.unwrap(), Some(row.clone()));
    // The battle keeps its one vote; it does not come back by voting again.
    assert_eq!(site.vote(&vote).await.unwrap(), row);
    let entries: Vec<_> = site.pending(9).await.unwrap().into_iter().map(|entry| entry.entry).collect();
    assert_eq!(entries, [vote.entry, b"withdrawn".to_vec()]);
    assert_eq!((row.queued, row.withdrawal, row.withdrawal_logged), (1, Some(2), None));
    site.logged(&[(1, 7), (2, 8)]).await.unwrap();
    let row = site.vote_of(BattleId(1)).await.unwrap().unwrap();
    assert_eq!((row.logged, row.withdrawal_logged), (Some(7), Some(8)));
}

pub(crate) async fn many_at_once(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    assert_eq!(site.vote_all(&[]).await.unwrap().len(), 0);
    let mut votes = Vec::new();
    for number in 1..=300 {
        let person = person(&site, number).await;
        // Falling numbers: the order of a batch is that of its votes, whatever the order of locks.
        ready(&site, 1000 - number, contest.id, person, 5).await;
        let mut vote = new_vote(1000 - number, person, VoteChoice::Right, 6);
        if number % 2 == 0 {
            (vote.tags, vote.reason) = (Vec::new(), String::new());
        }
        votes.push(vote);
    }
    let kept = site.vote(&votes[3]).await.unwrap();
    let double = NewVote { voted_ms: 77, ..votes[0].clone() };
    let other = NewVote { choice: VoteChoice::Tie, ..votes[1].clone() };
    let mut batch = votes.clone();
    batch.extend([double, other, new_vote(5, votes[0].person, VoteChoice::Tie, 6)]);
    let mut results = site.vote_all(&batch).await.unwrap();
    assert_eq!(results.len(), 303);
    assert_eq!(code(results.pop().unwrap()), "store::site_missing");
    assert_eq!(code(results.pop().unwrap()), "store::site_voted");
    let double = results.pop().unwrap().unwrap();
    let rows: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!((&rows[0], &rows[3]), (&double, &kept));
    assert!(rows.iter().zip(&votes).all(|(row, vote)| row.vote == *vote));
    let numbers: Vec<_> = rows.iter().map(|row| row.queued).filter(|number| *number != kept.queued).collect();
    assert_eq!(numbers, (kept.queued + 1..=kept.queued + 299).collect::<Vec<_>>());
    for row in &rows {
        assert_eq!(site.vote_of(row.vote.battle).await.unwrap().as_ref(), Some(row));
    }
}

pub(crate) async fn a_bad_one_among_many(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let mut votes = Vec::new();
    for number in 1..=5 {
        let person = person(&site, number).await;
        ready(&site, number, contest.id, person, 5).await;
        votes.push(new_vote(number, person, VoteChoice::Right, 6));
    }
    votes[3].commitment = votes[1].commitment;
    let results = site.vote_all(&votes).await.unwrap();
    let passed: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(passed, [true, true, true, false, true]);
    assert_eq!(site.battle(BattleId(4)).await.unwrap().unwrap().state, BattleState::Open);
    assert_eq!(
        site.pending(9).await.unwrap().iter().map(|entry| entry.number).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
}

pub(crate) async fn in_the_order_of_the_log(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let mut votes = Vec::new();
    for (id, person) in [(9, one), (4, two), (7, one), (1, two)] {
        votes.push(voted(&site, id, contest.id, person, 5).await);
    }
    site.withdraw(BattleId(4), two, b"w", 6).await.unwrap();
    site.logged(&[(1, 10), (2, 11)]).await.unwrap();
    let found = all_votes(&site, contest.id).await;
    assert_eq!(found.iter().map(|cast| cast.row.vote.clone()).collect::<Vec<_>>(), votes);
    let logged: Vec<_> = found.iter().map(|cast| cast.row.logged).collect();
    assert_eq!(logged, [Some(10), Some(11), None, None]);
    assert_eq!(found[1].row.withdrawn_ms, Some(6));
    for cast in &found {
        assert_eq!(cast.opened.id, cast.row.vote.battle);
        let battle = site.battle(cast.opened.id).await.unwrap().unwrap();
        assert_eq!((&cast.opened, cast.shown_ms), (&battle.opened, battle.turns[0].shown_ms));
    }
    let of_one: Vec<_> =
        site.votes_of(one, contest.id).await.unwrap().iter().map(|row| row.vote.battle.0).collect();
    assert_eq!(of_one, [7, 9]);
    assert_eq!(site.vote_by_commitment(Digest::of(b"none")).await.unwrap(), None);
}

/// Whether a file takes a turn of a battle that there is not: the statement, and the transaction.
async fn of_no_battle(link: &mut sqlx::SqliteConnection) -> [bool; 2] {
    let turn = "BEGIN; INSERT INTO turns (battle, number, prompt, asked_ms) VALUES (99, 0, x'', 1)";
    let statement = sqlx::raw_sql(turn).execute(&mut *link).await.is_ok();
    let transaction = statement && sqlx::raw_sql("COMMIT").execute(&mut *link).await.is_ok();
    sqlx::raw_sql("ROLLBACK").execute(&mut *link).await.unwrap();
    [statement, transaction]
}

/// A store that an earlier version made has no tallies: the votes in it count all the same. In a file it looks at what rows
/// refer to with each statement, a newer one when a transaction ends.
pub(crate) async fn of_earlier_versions(fresh: Fresh) {
    let site = fresh.open().await;
    let open = contest(&site, 3, 9).await.id;
    let one = person(&site, 1).await;
    for (id, voted_ms) in
        [(1, MIDNIGHT_MS - 1), (2, MIDNIGHT_MS), (3, MIDNIGHT_MS + 5), (4, MIDNIGHT_MS + DAY_MS - 1)]
    {
        voted(&site, id, open, one, voted_ms).await;
    }
    site.withdraw(BattleId(3), one, b"withdrawn", MIDNIGHT_MS + 6).await.unwrap();
    site.close().await;
    let before =
        "DROP TABLE tallies; DELETE FROM _sqlx_migrations WHERE version = 5 OR description = 'skipped'";
    if fresh.is_server() {
        let mut link = sqlx::PgConnection::connect(&fresh.url).await.unwrap();
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
    } else {
        let mut link = sqlx::SqliteConnection::connect(&fresh.url).await.unwrap();
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
        let before = "PRAGMA writable_schema = ON; \
             UPDATE sqlite_schema SET sql = replace(sql, ' DEFERRABLE INITIALLY DEFERRED', ''); \
             PRAGMA writable_schema = RESET; DELETE FROM _sqlx_migrations WHERE version = 6";
        sqlx::raw_sql(before).execute(&mut link).await.unwrap();
        assert_eq!(of_no_battle(&mut link).await, [false, false]);
    }
    let site = fresh.open().await;
    if !fresh.is_server() {
        let mut link = sqlx::SqliteConnection::connect(&fresh.url).await.unwrap();
        assert_eq!(of_no_battle(&mut link).await, [true, false]);
        let whole: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut link).await.unwrap();
        assert_eq!(whole, "ok");
    }
    let cast = async |now_ms| site.votes_cast(open, one, now_ms).await.unwrap();
    assert_eq!(cast(MIDNIGHT_MS - 1).await, (1, 3));
    assert_eq!(cast(MIDNIGHT_MS).await, (2, 3));
    voted(&site, 5, open, one, MIDNIGHT_MS + 7).await;
    let full = site.add_battle(&new_battle(6, open, one), MIDNIGHT_MS + 8).await;
    assert_eq!(code(full), "store::site_cap_day");
    site.withdraw(BattleId(2), one, b"withdrawn too", MIDNIGHT_MS + 9).await.unwrap();
    assert_eq!(cast(MIDNIGHT_MS).await, (3, 3), "it holds no longer, and was shown that day all the same");
}
