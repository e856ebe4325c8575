//! What cases begin with: people, contests, battles that are ready for a vote.

use daepyo_core::{Digest, VoteChoice};
use daepyo_store::site::{
    Answered, Battle, BattleId, BattleMode, CastVote, Contest, ContestId, ContestRules, NewBattle,
    NewContest, NewVote, PersonId, Site, SiteError,
};

/// An instant: 2026-11-29 15:00 UTC, midnight in Korea.
pub(crate) const MIDNIGHT_MS: i64 = 1_795_964_400_000;

pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(crate) fn rules(votes_a_day: u32, votes_in_all: u32) -> ContestRules {
    ContestRules {
        votes_a_day,
        votes_in_all,
        more: serde_json::json!({"tags": ["short", "짧다"], "share": 0.1}),
    }
}

pub(crate) fn new_contest(rules: ContestRules) -> NewContest {
    NewContest { stage: "final".into(), criterion: "votes".into(), rules, seed: [7; 32] }
}

pub(crate) async fn contest(site: &Site, votes_a_day: u32, votes_in_all: u32) -> Contest {
    site.open_contest(&new_contest(rules(votes_a_day, votes_in_all)), MIDNIGHT_MS).await.unwrap()
}

pub(crate) async fn person(site: &Site, number: i64) -> PersonId {
    site.person_of_subject(Digest::of(&number.to_le_bytes()), MIDNIGHT_MS).await.unwrap().id
}

pub(crate) fn new_battle(id: i64, contest: ContestId, person: PersonId) -> NewBattle {
    NewBattle {
        id: BattleId(id),
        contest,
        person,
        mode: BattleMode::Live,
        left: "garam-1".into(),
        right: "dasom-2".into(),
        prompt: None,
        draw: id,
    }
}

pub(crate) fn answered(text: &str) -> Answered {
    Answered { text: text.into(), cut: false }
}

/// A battle with one answered turn.
pub(crate) async fn ready(site: &Site, id: i64, contest: ContestId, person: PersonId, now_ms: i64) -> Battle {
    let battle = site.add_battle(&new_battle(id, contest, person), now_ms).await.unwrap();
    assert_eq!(site.add_turn(BattleId(id), person, "누구세요?", now_ms).await.unwrap(), 0);
    site.answer_turn(BattleId(id), 0, &answered("가람"), &answered("다솜"), now_ms).await.unwrap();
    battle
}

pub(crate) fn new_vote(battle: i64, person: PersonId, choice: VoteChoice, voted_ms: i64) -> NewVote {
    let salt = *Digest::of(format!("salt {battle} {choice:?} {voted_ms}").as_bytes()).as_bytes();
    let commitment = Digest::of(&salt);
    NewVote {
        battle: BattleId(battle),
        person,
        choice,
        tags: vec!["short".into(), "짧다".into()],
        reason: "더 낫다".into(),
        voted_ms,
        salt,
        commitment,
        entry: format!("vote {commitment}").into_bytes(),
    }
}

/// Opens a battle, answers it and votes.
pub(crate) async fn voted(
    site: &Site,
    id: i64,
    contest: ContestId,
    person: PersonId,
    now_ms: i64,
) -> NewVote {
    ready(site, id, contest, person, now_ms).await;
    let vote = new_vote(id, person, VoteChoice::Left, now_ms);
    site.vote(&vote).await.unwrap();
    vote
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, daepyo_store::site::SiteError>) -> &'static str {
    result.unwrap_err().code()
}

/// All votes of a contest in the order of the log.
pub(crate) async fn all_votes(site: &Site, contest: ContestId) -> Vec<CastVote> {
    let mut votes = Vec::new();
    let push = |vote| {
        votes.push(vote);
        Ok::<_, SiteError>(())
    };
    site.each_vote(contest, push).await.unwrap();
    votes
}
