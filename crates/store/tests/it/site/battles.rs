//! Battles: their life, their caps.

use super::Fresh;
use super::scene::{
    DAY_MS, MIDNIGHT_MS, answered, code, contest, new_battle, new_vote, person, ready, voted,
};
use daepyo_core::VoteChoice;
use daepyo_store::site::{
    Answered, BattleId, BattleMode, BattleState, Ended, NewBattle, NewVote, Opening, REPORTED, SiteError,
    Turn,
};

pub(crate) async fn a_life(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let new = NewBattle {
        mode: BattleMode::Recorded,
        prompt: Some("p-1".into()),
        draw: i64::MAX,
        ..new_battle(i64::MAX, contest.id, one)
    };
    let id = new.id;
    let opened = site.add_battle(&new, 5).await.unwrap();
    assert_eq!((&opened.opened, opened.opened_ms, &opened.state), (&new, 5, &BattleState::Open));
    assert_eq!(site.battle(id).await.unwrap().unwrap(), opened);
    assert_eq!(code(site.answer_turn(id, 0, &answered(""), &answered(""), 6).await), "store::site_missing");
    assert_eq!(code(site.add_turn(id, two, "not mine", 6).await), "store::site_not_open");
    assert_eq!(site.add_turn(id, one, "first", 6).await.unwrap(), 0);
    assert_eq!(code(site.add_turn(id, one, "too early", 6).await), "store::site_not_open");
    let cut = Answered { text: "long".into(), cut: true };
    site.answer_turn(id, 0, &cut, &answered(""), 7).await.unwrap();
    assert_eq!(
        code(site.answer_turn(id, 0, &answered("x"), &answered("y"), 8).await),
        "store::site_not_open"
    );
    assert_eq!(site.add_turn(id, one, "second", 9).await.unwrap(), 1);
    let battle = site.battle(id).await.unwrap().unwrap();
    let turns: Vec<_> =
        battle.turns.iter().map(|turn| (turn.number, turn.prompt.as_str(), turn.shown_ms)).collect();
    assert_eq!(turns, [(0, "first", Some(7)), (1, "second", None)]);
    assert_eq!(
        battle.turns.iter().map(|turn| turn.answers.clone()).collect::<Vec<_>>(),
        [Some((cut, answered(""))), None]
    );
    assert_eq!(site.battle(BattleId(5)).await.unwrap(), None);
    assert_eq!(code(site.add_turn(BattleId(5), one, "", 9).await), "store::site_missing");
    // The number of a battle is drawn at random; one that was drawn before is refused.
    assert_eq!(code(site.add_battle(&NewBattle { person: two, ..new }, 9).await), "store::site_taken");
}

fn open(battle: &NewBattle) -> Opening<'_> {
    Opening { battle, shown: None, opened_ms: 7 }
}

pub(crate) async fn several_at_once(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let first = NewBattle { prompt: Some("p1".to_owned()), ..new_battle(1, contest.id, one) };
    let second = new_battle(2, contest.id, two);
    let (left, right) = (answered("a\0\u{202e}\"'"), Answered { cut: true, ..answered("") });
    let openings = [
        Opening { battle: &first, shown: Some(("asked\0", &left, &right)), opened_ms: 5 },
        Opening { battle: &second, shown: None, opened_ms: 6 },
    ];
    assert!(site.add_battles(&[]).await.unwrap().is_empty());
    assert!(site.add_battles(&openings).await.unwrap().is_empty());
    let found = site.battle(BattleId(1)).await.unwrap().unwrap();
    let turn =
        Turn { number: 0, prompt: "asked\0".to_owned(), answers: Some((left, right)), shown_ms: Some(5) };
    assert_eq!((found.opened, found.opened_ms, found.turns), (first.clone(), 5, vec![turn]));
    let found = site.battle(BattleId(2)).await.unwrap().unwrap();
    assert_eq!((found.opened, found.opened_ms, found.turns), (second, 6, vec![]));
    // All or none: who has an open battle is told, and the others get none either.
    let three = person(&site, 3).await;
    let (again, other) = (new_battle(3, contest.id, one), new_battle(4, contest.id, three));
    let refused = site.add_battles(&[open(&other), open(&again)]).await.unwrap();
    assert!(matches!(refused[..], [(1, SiteError::Unfinished(BattleId(1)))]), "{refused:?}");
    assert_eq!(site.battle(BattleId(4)).await.unwrap(), None);
    let taken = NewBattle { person: three, ..again };
    assert_eq!(
        code(site.add_battles(&[open(&NewBattle { id: BattleId(1), ..taken })]).await),
        "store::site_taken"
    );
    site.close_contest(contest.id, 9).await.unwrap();
    assert_eq!(code(site.add_battles(&[open(&other)]).await), "store::site_closed");
}

pub(crate) async fn committed_before_durable(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    ready(&site, 1, contest.id, one, 5).await;
    let vote = new_vote(1, one, VoteChoice::Left, 6);
    let missing = new_vote(9, one, VoteChoice::Left, 6);
    let (results, votes) = site.vote_all_soon(&[vote.clone(), missing.clone()]).await.unwrap();
    let [Ok(row), Err(SiteError::Missing { .. })] = &results[..] else { panic!("{results:?}") };
    // Whoever looks sees it, and the next transaction goes on from there, before anybody waited for the disk.
    assert_eq!(site.vote_of(BattleId(1)).await.unwrap().as_ref(), Some(row));
    let (next, again) = (new_battle(2, contest.id, two), new_battle(3, contest.id, two));
    let (refused, battles) = site.add_battles_soon(&[open(&next)]).await.unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let (refused, _) = site.add_battles_soon(&[open(&again)]).await.unwrap();
    assert!(matches!(refused[..], [(0, SiteError::Unfinished(BattleId(2)))]), "{refused:?}");
    votes.wait().await.unwrap();
    battles.wait().await.unwrap();
    assert_eq!(site.battle(BattleId(2)).await.unwrap().unwrap().opened, next);
    // The same again is nothing new, and durable too when that was waited for.
    let (results, votes) = site.vote_all_soon(std::slice::from_ref(&vote)).await.unwrap();
    assert_eq!(results[0].as_ref().unwrap(), row);
    votes.wait().await.unwrap();
    // What is undone leaves no gap, and the connection writes on.
    ready(&site, 4, contest.id, one, 7).await;
    let refused = NewVote { commitment: row.vote.commitment, ..new_vote(4, one, VoteChoice::Tie, 8) };
    assert!(site.vote_all_soon(&[refused]).await.is_err());
    let three = person(&site, 3).await;
    let taken = NewBattle { id: BattleId(1), ..new_battle(5, contest.id, three) };
    assert_eq!(code(site.add_battles_soon(&[open(&taken)]).await), "store::site_taken");
    assert_eq!(site.vote(&new_vote(4, one, VoteChoice::Tie, 8)).await.unwrap().queued, 2);
}

pub(crate) async fn one_bad_statement_undoes_its_transaction(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let people = [person(&site, 1).await, person(&site, 2).await];
    for (id, person) in (1..).zip(people) {
        ready(&site, id, contest.id, person, 5).await;
    }
    let votes = [new_vote(1, people[0], VoteChoice::Left, 6), new_vote(2, people[1], VoteChoice::Left, 6)];
    let twice = NewVote { commitment: votes[0].commitment, ..votes[1].clone() };
    assert!(site.vote_all_soon(&[votes[0].clone(), twice]).await.is_err());
    assert_eq!(site.vote_of(BattleId(1)).await.unwrap(), None);
    assert!(site.pending(9).await.unwrap().is_empty());
    let results = site.vote_all(&votes).await.unwrap();
    assert_eq!(results.iter().map(|row| row.as_ref().unwrap().queued).collect::<Vec<_>>(), [1, 2]);
}

pub(crate) async fn ends(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    let ends = [
        Ended::Void { why: "says its name\0".into() },
        Ended::Failed { why: "deadline".into() },
        Ended::Left,
    ];
    for (id, end) in (1..).zip(&ends) {
        ready(&site, id, contest.id, one, 5).await;
        let second = site.add_battle(&new_battle(99, contest.id, one), 6).await;
        assert!(matches!(second, Err(SiteError::Unfinished(open)) if open == BattleId(id)), "{second:?}");
        site.end_battle(BattleId(id), end, 6).await.unwrap();
        site.end_battle(BattleId(id), &Ended::Left, 7).await.unwrap();
        assert_eq!(site.battle(BattleId(id)).await.unwrap().unwrap().state, BattleState::Ended(end.clone()));
        assert_eq!(code(site.add_turn(BattleId(id), one, "", 7).await), "store::site_not_open");
    }
    voted(&site, 4, contest.id, one, 7).await;
    site.end_battle(BattleId(4), &Ended::Left, 8).await.unwrap();
    assert_eq!(site.battle(BattleId(4)).await.unwrap().unwrap().state, BattleState::Voted);
    assert_eq!(code(site.end_battle(BattleId(77), &Ended::Left, 8).await), "store::site_missing");
    // A turn that is answered after the end is not kept.
    site.add_battle(&new_battle(5, contest.id, one), 9).await.unwrap();
    site.add_turn(BattleId(5), one, "?", 9).await.unwrap();
    site.end_battle(BattleId(5), &Ended::Left, 9).await.unwrap();
    assert_eq!(
        code(site.answer_turn(BattleId(5), 0, &answered("a"), &answered("b"), 9).await),
        "store::site_not_open"
    );
}

pub(crate) async fn pages(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 99, 99).await;
    let (one, two) = (person(&site, 1).await, person(&site, 2).await);
    let ids = [50, 3, 70, 1, 20];
    for id in ids {
        voted(&site, id, contest.id, one, 5).await;
    }
    ready(&site, 1000, contest.id, two, 5).await;
    let page = async |before, limit| {
        let page = site.battles_of(one, contest.id, before, limit).await.unwrap();
        assert!(page.iter().all(|battle| battle.turns.len() == 1));
        page.iter().map(|battle| battle.opened.id.0).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, [20, 1]);
    assert_eq!(page(Some(BattleId(1)), 2).await, [70, 3]);
    assert_eq!(page(Some(BattleId(3)), 2).await, [50]);
    assert_eq!(page(Some(BattleId(50)), 2).await, [] as [i64; 0]);
    assert_eq!(page(Some(BattleId(12345)), 2).await, [] as [i64; 0]);
}

pub(crate) async fn exposures(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 99, 99).await;
    let plans = [
        (1, "a", "b", Some("p"), None),
        (2, "a", "b", None, Some(Ended::Void { why: String::new() })),
        (3, "a", "b", Some("p"), Some(Ended::Failed { why: String::new() })),
        (4, "b", "a", Some("q"), None),
    ];
    for (number, left, right, prompt, end) in plans {
        let person = person(&site, number).await;
        let (left, right, prompt) = (left.into(), right.into(), prompt.map(str::to_owned));
        let new = NewBattle { left, right, prompt, ..new_battle(number, contest.id, person) };
        site.add_battle(&new, 5).await.unwrap();
        if let Some(end) = end {
            site.end_battle(new.id, &end, 6).await.unwrap();
        }
    }
    let exposures = site.exposures(contest.id).await.unwrap();
    assert_eq!(exposures, [("a".into(), "b".into(), 2), ("b".into(), "a".into(), 1)]);
    assert_eq!(site.prompt_uses(contest.id).await.unwrap(), [("p".into(), 1), ("q".into(), 1)]);
}

pub(crate) async fn caps_by_the_day_of_korea(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 2, 9).await;
    let one = person(&site, 1).await;
    let last_ms = MIDNIGHT_MS - 1;
    voted(&site, 1, contest.id, one, last_ms - 1000).await;
    voted(&site, 2, contest.id, one, last_ms).await;
    assert_eq!(code(site.add_battle(&new_battle(3, contest.id, one), last_ms).await), "store::site_cap_day");
    // Somebody else's day is another matter.
    voted(&site, 30, contest.id, person(&site, 2).await, last_ms).await;
    voted(&site, 3, contest.id, one, MIDNIGHT_MS).await;
    voted(&site, 4, contest.id, one, MIDNIGHT_MS).await;
    let end_ms = MIDNIGHT_MS + DAY_MS - 1;
    assert_eq!(code(site.add_battle(&new_battle(5, contest.id, one), end_ms).await), "store::site_cap_day");
    // Nor does a vote give its place back that is withdrawn: its battle was shown.
    site.withdraw(BattleId(4), one, b"withdrawn", end_ms).await.unwrap();
    assert_eq!(code(site.add_battle(&new_battle(5, contest.id, one), end_ms).await), "store::site_cap_day");
    // The same of battles that are left or reported, but not of those that failed or told who wrote them.
    let two = person(&site, 2).await;
    let mut number = 20;
    for (end, counts) in [
        (Ended::Left, true),
        (Ended::Failed { why: "left:talk::stalled".to_owned() }, false),
        (Ended::Void { why: "leak:left:name:a".to_owned() }, false),
        (Ended::Void { why: REPORTED.to_owned() }, true),
    ] {
        number += 1;
        site.add_battle(&new_battle(number, contest.id, two), end_ms).await.unwrap();
        let before = site.votes_cast(contest.id, two, end_ms).await.unwrap().0;
        site.end_battle(BattleId(number), &end, end_ms).await.unwrap();
        site.end_battle(BattleId(number), &end, end_ms).await.unwrap();
        let after = site.votes_cast(contest.id, two, end_ms).await.unwrap();
        assert_eq!(after, (before + u32::from(counts), 1), "{end:?}");
    }
    assert_eq!(code(site.add_battle(&new_battle(29, contest.id, two), end_ms).await), "store::site_cap_day");
    let one = person(&site, 3).await;
    // A battle that is opened before midnight and voted on behind it counts for the day of the vote.
    ready(&site, 5, contest.id, one, end_ms).await;
    let vote = super::scene::new_vote(5, one, daepyo_core::VoteChoice::Tie, end_ms + 1);
    site.vote(&vote).await.unwrap();
    voted(&site, 6, contest.id, one, end_ms + 2).await;
    assert_eq!(
        code(site.add_battle(&new_battle(7, contest.id, one), end_ms + 3).await),
        "store::site_cap_day"
    );
}

pub(crate) async fn caps_in_all(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 2).await;
    let one = person(&site, 1).await;
    voted(&site, 1, contest.id, one, 0).await;
    voted(&site, 2, contest.id, one, 10 * DAY_MS).await;
    let third = new_battle(3, contest.id, one);
    assert_eq!(code(site.add_battle(&third, 20 * DAY_MS).await), "store::site_cap_all");
    site.withdraw(BattleId(1), one, b"withdrawn", 20 * DAY_MS).await.unwrap();
    site.add_battle(&third, 20 * DAY_MS).await.unwrap();
    site.end_battle(third.id, &Ended::Left, 20 * DAY_MS).await.unwrap();
    voted(&site, 4, contest.id, one, 20 * DAY_MS).await;
    assert_eq!(
        code(site.add_battle(&new_battle(5, contest.id, one), 21 * DAY_MS).await),
        "store::site_cap_all"
    );
}

/// PostgreSQL's text takes no character 0, and a candidate may write one.
pub(crate) async fn hostile_text(fresh: Fresh) {
    let site = fresh.open().await;
    let contest = contest(&site, 9, 9).await;
    let one = person(&site, 1).await;
    let hostile = "\0'; DROP TABLE votes; -- \u{202e} $1 ? \u{10ffff} 한글\r\n".repeat(3000);
    let id = BattleId(1);
    site.add_battle(&new_battle(1, contest.id, one), 5).await.unwrap();
    site.add_turn(id, one, &hostile, 5).await.unwrap();
    site.answer_turn(id, 0, &answered(&hostile), &answered("\0"), 6).await.unwrap();
    let turn = site.battle(id).await.unwrap().unwrap().turns.pop().unwrap();
    assert!(turn.prompt == hostile && turn.answers == Some((answered(&hostile), answered("\0"))));
    let mut vote = super::scene::new_vote(1, one, daepyo_core::VoteChoice::BothBad, 7);
    (vote.reason, vote.tags) = (hostile.clone(), vec!["\0".into(), "\"],[\"".into()]);
    site.vote(&vote).await.unwrap();
    assert!(site.vote_of(id).await.unwrap().unwrap().vote == vote);
    site.report(id, one, &hostile, 8).await.unwrap();
    let found = site.reports(None, 1).await.unwrap().remove(0);
    assert!((found.battle, found.text, found.reported_ms) == (id, hostile, 8));
}
