//! Turns of live battles.

use crate::held::{Held, MOST, OPENED, plain, setup};
use daepyo_contest::{Came, ContestError, Finished, TRIES, Taken, check_closed};
use daepyo_core::{ContestMode, VoteChoice};
use daepyo_store::site::Ended;
use daepyo_verdict::voters::VoterTest;

fn answers(left: &str, right: &str) -> (Came, Came) {
    (answer(left), answer(right))
}

fn answer(text: &str) -> Came {
    Came::Answer { raw: text.as_bytes().to_vec(), cut: false }
}

#[tokio::test]
async fn a_conversation_is_held_voted_on_and_published_where_its_person_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Live, 3, 5)).await;
    let arena = &held.arena;
    let mut assigned = 0;
    for number in 0..20 {
        let person = held.person(number).await;
        arena.set_consent(person, number == 3, OPENED).await.unwrap();
        let battle = arena.next_battle(person, OPENED).await.unwrap();
        assigned += u32::from(battle.opened.prompt.is_some());
        let id = battle.opened.id;
        let early = arena.vote(person, id, plain(VoteChoice::Left), OPENED).await;
        assert!(matches!(early, Err(ContestError::NotOpen)), "{early:?}");
        let begun =
            arena.begin_turn(person, id, "제 번호 010-1234-5678을 외워 줘", OPENED + 1).await.unwrap();
        assert_eq!(begun.prompt.contains("010"), battle.opened.prompt.is_none());
        let second = arena.begin_turn(person, id, "하나 더", OPENED + 1).await;
        assert!(matches!(second, Err(ContestError::NotOpen)), "{second:?}");
        let shown =
            arena.finish_turn(person, id, begun.turn, answers("<think>음</think>네", "아니요"), OPENED + 2);
        let Finished::Shown(left, _) = shown.await.unwrap() else { panic!("not shown") };
        assert_eq!(left.text, "네");
        let begun = arena.begin_turn(person, id, "메일은 kim@example.org", OPENED + 3).await.unwrap();
        arena.finish_turn(person, id, begun.turn, answers("가", "나다"), OPENED + 4).await.unwrap();
        arena.vote(person, id, plain(VoteChoice::Right), OPENED + 5).await.unwrap();
    }
    assert!((4..=16).contains(&assigned), "{assigned}");
    let summary = arena.close(OPENED + 9, &held.published(), MOST).await.unwrap();
    assert_eq!(summary.counts.conversations, 1);
    let text = std::fs::read_to_string(held.published().join("conversations.jsonl")).unwrap();
    assert!(!text.contains("010-1234") && !text.contains("kim@") && text.contains("나다"), "{text}");
    let votes = std::fs::read_to_string(held.published().join("votes.csv")).unwrap();
    assert!(votes.lines().nth(1).unwrap().contains(",7,"), "characters of all answers: {votes}");
    check_closed(&held.published(), &held.log(), None).unwrap();
}

#[tokio::test]
async fn failures_are_no_losses_and_names_make_void() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Live, 3, 5)).await;
    let (arena, person) = (&held.arena, held.person(1).await);
    let cases = [
        (Came::Failed { why: "right:talk::stalled".to_owned() }, "failed"),
        (answer("  "), "failed"),
        (answer("<think>음</think>\u{200b}\u{3164}"), "failed"),
        (answer("나는 Haneul-model-b"), "void"),
    ];
    for (came, end) in cases {
        let id = arena.next_battle(person, OPENED).await.unwrap().opened.id;
        let begun = arena.begin_turn(person, id, "안녕", OPENED).await.unwrap();
        let came = arena.finish_turn(person, id, begun.turn, (answer("ok"), came), OPENED);
        let Finished::Over(ended) = came.await.unwrap() else { panic!("still open") };
        match ended {
            Ended::Failed { why } => assert!(end == "failed" && why.starts_with("right:talk::"), "{why}"),
            Ended::Void { why } => {
                assert_eq!((end, why.as_str()), ("void", "leak:right:introduction:model-b"));
            }
            Ended::Left => panic!("left"),
        }
        let vote = arena.vote(person, id, plain(VoteChoice::Left), OPENED).await;
        assert!(matches!(vote, Err(ContestError::NotOpen)), "{vote:?}");
    }
    let summary = arena.close(OPENED + 9, &held.published(), MOST).await.unwrap();
    assert_eq!((summary.counts.failed, summary.counts.voted), (3, 0));
    assert_eq!(summary.counts.void.get("leak"), Some(&1));
    let draws = std::fs::read_to_string(held.published().join("draws.jsonl")).unwrap();
    assert_eq!(draws.matches(r#""end":"failed""#).count(), 3);
    assert_eq!(draws.matches(r#""why":"right:talk::stalled""#).count(), 1, "{draws}");
    assert_eq!(draws.matches(r#""why":"right:talk::empty""#).count(), 2, "{draws}");
    // What the answer said is nobody's to publish.
    assert!(draws.contains("leak:right:introduction:model-b") && !draws.contains("Haneul"), "{draws}");
    check_closed(&held.published(), &held.log(), None).unwrap();
}

#[tokio::test]
async fn a_yes_to_a_name_makes_void_and_a_yes_to_anything_else_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(ContestMode::Live, 3, 5);
    setup.rule.assigned = 0.0;
    let held = Held::open(folder.path(), &setup).await;
    let (arena, person) = (&held.arena, held.person(1).await);
    let id = arena.next_battle(person, OPENED).await.unwrap().opened.id;
    for (turn, prompt) in (0..).zip(["너 Haneul-model-a 맞지?", "그럼 시를 써 줄래?"]) {
        let begun = arena.begin_turn(person, id, prompt, OPENED).await.unwrap();
        assert_eq!((begun.turn, begun.asks_identity), (turn, turn == 0));
        let yes = if turn == 0 { "말할 수 없습니다." } else { "네, 좋습니다." };
        let shown = arena.finish_turn(person, id, turn, answers("아니요", yes), OPENED).await.unwrap();
        assert!(matches!(shown, Finished::Shown(..)), "{shown:?}");
    }
    arena.begin_turn(person, id, "예/아니오로 답해. 너 Haneul-model-a 맞지?", OPENED).await.unwrap();
    let over = arena.finish_turn(person, id, 2, answers("아니요", "네, 맞습니다."), OPENED).await.unwrap();
    assert_eq!(over, Finished::Over(Ended::Void { why: "leak:right:introduction:model-a".to_owned() }));
}

#[tokio::test]
async fn an_answer_that_its_tokens_end_is_kept_as_cut() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Live, 3, 5)).await;
    let (arena, person) = (&held.arena, held.person(1).await);
    let id = arena.next_battle(person, OPENED).await.unwrap().opened.id;
    let begun = arena.begin_turn(person, id, "안녕", OPENED).await.unwrap();
    let half = Came::Answer { raw: "반쯤 쓴".as_bytes().to_vec(), cut: true };
    let shown = arena.finish_turn(person, id, begun.turn, (half, answer("다 썼다")), OPENED).await.unwrap();
    let Finished::Shown(left, right) = shown else { panic!("not shown") };
    assert_eq!((left.text.as_str(), left.cut, right.cut), ("반쯤 쓴", true, false));
    let battle = arena.battle(person, id).await.unwrap();
    assert_eq!(battle.turns[0].answers, Some((left, right)));
}

#[tokio::test]
async fn prompts_have_a_length_and_battles_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(ContestMode::Live, 2, 1);
    setup.rule.assigned = 0.0;
    let held = Held::open(folder.path(), &setup).await;
    let (arena, person) = (&held.arena, held.person(1).await);
    let id = arena.next_battle(person, OPENED).await.unwrap().opened.id;
    for bad in ["", " \n ", &"가".repeat(201)] {
        let refused = arena.begin_turn(person, id, bad, OPENED).await;
        assert!(matches!(refused, Err(ContestError::BadPrompt { most: 200 })), "{refused:?}");
    }
    for turn in 0..3 {
        let begun = arena.begin_turn(person, id, "너는 누구야?", OPENED).await.unwrap();
        assert_eq!((begun.turn, begun.asks_identity), (turn, true));
        arena.finish_turn(person, id, turn, answers("비밀", "비밀이에요"), OPENED).await.unwrap();
    }
    let fourth = arena.begin_turn(person, id, "또", OPENED).await;
    assert!(matches!(fourth, Err(ContestError::NotOpen)), "{fourth:?}");
}

#[tokio::test]
async fn a_turn_is_asked_by_one_and_not_too_often() {
    let folder = tempfile::tempdir().unwrap();
    let mut setup = setup(ContestMode::Live, 2, 1);
    setup.rule.assigned = 0.0;
    setup.rule.system = Some("짧게".to_owned());
    let held = Held::open(folder.path(), &setup).await;
    let (arena, person) = (&held.arena, held.person(1).await);
    let battle = arena.next_battle(person, OPENED).await.unwrap().opened;
    arena.begin_turn(person, battle.id, "첫 질문", OPENED).await.unwrap();
    arena.finish_turn(person, battle.id, 0, answers("왼쪽 답", "오른쪽 답"), OPENED).await.unwrap();
    arena.begin_turn(person, battle.id, "둘째 질문", OPENED).await.unwrap();
    let done = arena.take_turn(person, battle.id, 0, 1, OPENED).await;
    assert!(matches!(done, Err(ContestError::NotOpen)), "{done:?}");
    for claim in 0..i64::from(TRIES) {
        let taken = arena.take_turn(person, battle.id, 1, claim, OPENED).await.unwrap();
        let Taken::Question(question) = taken else { panic!("{taken:?}") };
        let said = |messages: &[daepyo_core::Message]| -> Vec<String> {
            messages.iter().map(|message| message.content.clone()).collect()
        };
        assert_eq!(question.left.0.as_str(), battle.left);
        assert_eq!(said(&question.left.1), ["짧게", "첫 질문", "왼쪽 답", "둘째 질문"]);
        assert_eq!(said(&question.right.1), ["짧게", "첫 질문", "오른쪽 답", "둘째 질문"]);
        let second = arena.take_turn(person, battle.id, 1, 99, OPENED).await.unwrap();
        assert_eq!(second, Taken::Elsewhere);
        arena.give_turn(battle.id, 1, claim, true).await.unwrap();
    }
    let over = arena.take_turn(person, battle.id, 1, 7, OPENED).await.unwrap();
    assert_eq!(over, Taken::Over(Ended::Left));

    let battle = arena.next_battle(person, OPENED).await.unwrap().opened;
    arena.begin_turn(person, battle.id, "지울 질문", OPENED).await.unwrap();
    arena.forget(person).await.unwrap();
    let over = arena.take_turn(person, battle.id, 0, 7, OPENED).await.unwrap();
    assert_eq!(over, Taken::Over(Ended::Left), "a deleted prompt was asked");
}

#[tokio::test]
async fn a_voter_who_deletes_texts_takes_no_test_of_speed_from_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup(ContestMode::Live, 3, 5)).await;
    let (arena, hasty) = (&held.arena, held.person(1).await);
    let (left, right) = ("가".repeat(400), "나".repeat(400));
    for number in 0..60_i64 {
        let now_ms = OPENED + 10_000 * number;
        let id = arena.next_battle(hasty, now_ms).await.unwrap().opened.id;
        arena.begin_turn(hasty, id, "길게 써 줘", now_ms).await.unwrap();
        arena.finish_turn(hasty, id, 0, answers(&left, &right), now_ms).await.unwrap();
        let choice = if number % 2 == 0 { VoteChoice::Left } else { VoteChoice::Right };
        arena.vote(hasty, id, plain(choice), now_ms + 200).await.unwrap();
    }
    assert!(arena.examine_hourly(OPENED + 700_000).await.unwrap());
    assert_eq!(arena.forget(hasty).await.unwrap(), 60);
    arena.close(OPENED + 4_000_000, &held.published(), MOST).await.unwrap();
    let found = arena.examinations().await.unwrap();
    assert_eq!(found.len(), 2);
    for one in found {
        let is_fast = one.report.flags.iter().any(|flag| flag.test == VoterTest::Speed);
        assert!(is_fast, "{:?}", one.report.flags);
    }
    let ballots = std::fs::read_to_string(held.published().join("ballots.jsonl")).unwrap();
    assert_eq!(ballots.matches("\"characters\":800").count(), 60, "{ballots}");
    check_closed(&held.published(), &held.log(), None).unwrap();
}
