//! Checkable instructions hold exactly when they should.

use super::score_support::{ended, generated, written};
use daepyo_core::{Finish, Outcome};
use daepyo_task::{
    Target,
    score::{Scorer, parse_constraints},
};
use serde_json::{Value, json};

fn holds(constraint: &Value, answer: &str) -> bool {
    let metrics = json!([{"metric": "constraints"}]);
    let scored = written(&json!(null), &metrics)
        .expecting(Target::Value(json!([constraint])))
        .score(&[generated(answer)]);
    scored.score > 0.5
}

#[test]
fn each_kind_holds_and_fails() {
    let nfd = "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}";
    for (constraint, good, bad) in [
        (json!({"kind": "max_chars", "n": 5}), vec!["안녕하세요", " 안녕 ", nfd], vec!["안녕하세요!"]),
        (json!({"kind": "min_chars", "n": 5}), vec!["안녕하세요"], vec!["안녕하세", nfd]),
        (
            json!({"kind": "max_sentences", "n": 2}),
            vec!["하나다. 둘이다.", "값은 3.5이다."],
            vec!["하나. 둘. 셋.", "하나다\n둘이다\n셋이다"],
        ),
        (
            json!({"kind": "min_sentences", "n": 2}),
            vec!["하나다. 둘이다!", "정말? 그래."],
            vec!["3.5이다.", "1. 하나"],
        ),
        (json!({"kind": "max_words", "n": 3}), vec!["세 어절 이하"], vec!["네 개의 어절 이다"]),
        (json!({"kind": "contains", "text": "한국"}), vec!["대한국인", nfd], vec!["대한민국"]),
        (json!({"kind": "not_contains", "text": "한국"}), vec!["대한민국"], vec!["한국", nfd]),
        (
            json!({"kind": "starts_with", "text": "네,"}),
            vec!["네, 알겠습니다.", "\n네, 그래요"],
            vec!["아니요, 네,"],
        ),
        (json!({"kind": "ends_with", "text": "끝."}), vec!["이제 끝.", "끝.\n"], vec!["끝. 아님"]),
        (json!({"kind": "only_hangul"}), vec!["안녕하세요, 3번!", "ㅋㅋ"], vec!["hello 안녕", "漢字"]),
        (json!({"kind": "no_latin"}), vec!["漢字와 한글 ×"], vec!["AI는", "ａ", "é"]),
        (json!({"kind": "no_digits"}), vec!["하나 둘"], vec!["1", "３", "②"]),
        (json!({"kind": "lines", "n": 2}), vec!["하나\n둘", "하나\n\n둘\n"], vec!["하나", "1\n2\n3"]),
        (
            json!({"kind": "bullet_lines", "n": 2}),
            vec!["- 하나\n- 둘", "목록:\n- 하나\n- 둘"],
            vec!["- 하나", "-하나\n-둘"],
        ),
        (
            json!({"kind": "numbered_lines", "n": 2}),
            vec!["1. 하나\n2. 둘"],
            vec!["1) 하나\n2) 둘", "1. 하나"],
        ),
        (
            json!({"kind": "ends_formal"}),
            vec!["갑니다. 했습니다!", "가십시오.", "입니까?", "\"갑니다.\""],
            vec!["간다.", "갑니다. 가요.", "가요", "아니다니다"],
        ),
        (
            json!({"kind": "ends_plain"}),
            vec!["간다. 했다.", "이것은 책이다"],
            vec!["갑니다.", "간다. 가요.", "했습니다."],
        ),
        (
            json!({"kind": "json_keys", "keys": ["이름", "나이"]}),
            vec!["{\"이름\": \"가\", \"나이\": 3}", "```json\n{\"이름\":1,\"나이\":2}\n```"],
            vec!["{\"이름\": 1}", "이름, 나이", "[1]"],
        ),
        (
            json!({"kind": "count_of", "text": "사과", "n": 2}),
            vec!["사과와 사과"],
            vec!["사과", "사과 사과 사과"],
        ),
    ] {
        for answer in good {
            assert!(holds(&constraint, answer), "{constraint} should hold for {answer:?}");
        }
        for answer in bad {
            assert!(!holds(&constraint, answer), "{constraint} should fail for {answer:?}");
        }
    }
}

#[test]
fn all_must_hold_and_the_share_is_a_metric() {
    let metrics = json!([{"metric": "constraints"}, {"metric": "constraints_share"}]);
    let target = json!([{"kind": "max_chars", "n": 10}, {"kind": "contains", "text": "바다"}]);
    let score = |answer: &str| {
        written(&json!(null), &metrics).expecting(Target::Value(target.clone())).score(&[generated(answer)])
    };
    let both = score("푸른 바다");
    assert!((both.score - 1.0).abs() < 1e-12);
    let one = score("푸른 하늘");
    assert!(one.score.abs() < 1e-12 && (one.metrics["constraints_share"] - 0.5).abs() < 1e-12);
    let cut = written(&json!(null), &metrics)
        .expecting(Target::Value(target.clone()))
        .score(&[ended("푸른 바다", Finish::Length)]);
    assert_eq!(cut.outcome, Outcome::Scored, "what was written can be checked");
    assert_eq!(score("").outcome, Outcome::Unparsed);
    assert_eq!(score("죄송하지만 그 요청은 도와드릴 수 없습니다.").outcome, Outcome::Refused);
}

#[test]
fn the_documents_own_field_is_read_where_the_target_is_another() {
    let scored = written(&json!(null), &json!([{"metric": "constraints"}]))
        .doc(&json!({"constraints": [{"kind": "no_digits"}]}))
        .target("anything")
        .score(&[generated("하나")]);
    assert!((scored.score - 1.0).abs() < 1e-12);
}

#[test]
fn wrong_constraints_are_found_before_a_run() {
    let scorer =
        Scorer::compile("generate_until", &json!(null), &json!([{"metric": "constraints"}]), false).unwrap();
    for wrong in [
        json!([]),
        json!("max_chars"),
        json!([{"kind": "max_char", "n": 1}]),
        json!([{"kind": "max_chars"}]),
        json!([{"kind": "max_chars", "n": -1}]),
        json!([{"kind": "contains", "n": 1}]),
    ] {
        assert!(parse_constraints(&wrong).is_err(), "{wrong}");
        let error = scorer.check_document(&Target::Value(wrong.clone()), &[]).unwrap_err();
        assert_eq!(error.code(), "task::bad_target");
    }
    let good = json!([{"kind": "lines", "n": 2}]);
    assert!(scorer.check_document(&Target::Value(good), &[]).is_ok());
}
