//! Whatever a candidate writes, scoring ends without a panic and within its bounds.

use super::score_support::{ended, likelihood, written};
use daepyo_core::{Finish, Outcome, Response};
use daepyo_task::{
    Target,
    score::{ScoreInput, Scorer, plain_number},
};
use serde_json::json;

const PIECES: [&str; 72] = [
    "정답은",
    "답:",
    "∴",
    "\\boxed{",
    "}",
    "{",
    "\\frac{1}",
    "\\frac{",
    "\\",
    "\\text{",
    "$",
    "①",
    "⑳",
    "㉠",
    "가",
    "나",
    "다",
    "ㄱ",
    "ㄷ,",
    "만",
    "천",
    "억",
    "조",
    "3",
    "0",
    "999999999999999999999999999999999999999999",
    ".5",
    "1,234",
    ",",
    ".",
    "-",
    "−",
    "+",
    "/",
    "3/0",
    "분의",
    "과",
    " ",
    "\n",
    "\t",
    "\u{3000}",
    "\u{200b}",
    "<think>",
    "</think>",
    "**",
    "`",
    "문제:",
    "Question 3:",
    "이 아니라",
    "가 정답입니다",
    "answer is",
    "A",
    "(B)",
    "e9999",
    "×10^99",
    "1e5",
    "마이너스",
    "세 개",
    "열",
    "스물",
    "입니다",
    "!",
    "?",
    "。",
    "🙂",
    "\u{1112}\u{1161}\u{11ab}",
    "\u{ffff}",
    "\u{e000}",
    "\u{e001}",
    "'",
    "\"",
    "####",
];

#[test]
fn random_answers_never_panic() {
    let metrics = json!([{"metric": "exact_match", "ignore_case": true, "numeric": true}, {"metric": "bleu"}, {"metric": "chrf++"}, {"metric": "ter"}, {"metric": "constraints_share"}]);
    let mut tasks = Vec::new();
    for kind in ["number", "choice", "text"] {
        let filters = json!([{"name": "ko", "filter": [{"function": "korean_answer", "kind": kind}, {"function": "take_first"}]}]);
        tasks.push(written(&filters, &metrics).prompt("정답:").choices(&["서울".to_owned(), "①".to_owned()]));
    }
    let filters = json!([
        {"name": "a", "filter": [{"function": "multi_choice_regex", "regex_pattern": "(\\([A-Z]\\))", "ignore_case": true, "ignore_punctuation": true}, {"function": "take_first"}]},
        {"name": "b", "filter": [{"function": "format_span"}, {"function": "majority_vote"}]},
        {"name": "c", "filter": [{"function": "regex_pos"}, {"function": "uppercase"}, {"function": "take_first"}]},
        {"name": "d", "filter": [{"function": "regex", "regex_pattern": "(a*)*b|(?<=답)\\s*(.*)(?=다)", "group_select": -1}, {"function": "take_first"}]}]);
    let target = Target::Value(
        json!([{"kind": "ends_formal"}, {"kind": "max_sentences", "n": 1}, {"kind": "json_keys", "keys": ["a"]}]),
    );
    tasks
        .push(written(&filters, &metrics).doc(&json!({"choices": ["", "서울", "(A)", 3]})).expecting(target));
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..1_200 {
        let mut text = String::new();
        for _ in 0..round % 17 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(PIECES[usize::try_from(state % 72).unwrap()]);
        }
        let finish = [Finish::Stop, Finish::Length, Finish::ContentFilter][round % 3];
        for task in &tasks {
            let scored = task.score(&[ended(&text, finish), ended("둘째", Finish::Stop)]);
            assert!((0.0..=1.0).contains(&scored.score), "{text:?}: {}", scored.score);
            assert!(scored.outcome == Outcome::Scored || scored.score.abs() < f64::EPSILON, "{text:?}");
        }
        let _ = plain_number(&text);
    }
}

#[test]
fn a_pattern_that_backtracks_without_end_finds_nothing() {
    let filters = json!([{"name": "f", "filter": [{"function": "regex", "regex_pattern": "(?=((x+x+)+y))\\1"}, {"function": "take_first"}]}]);
    let scored = written(&filters, &json!(null)).score(&[ended(&"x".repeat(60), Finish::Stop)]);
    assert_eq!(scored.outcome, Outcome::Unparsed);
}

#[test]
fn long_answers_are_read_in_time_proportional_to_their_length() {
    let filters = json!([{"name": "ko", "filter": [{"function": "korean_answer", "kind": "number"}, {"function": "take_first"}]}]);
    let long = "그래서 3 + 4 = 7이고 \\(x^2\\)는 9입니다. ".repeat(2_000) + "정답은 12입니다.";
    let scored = written(&filters, &json!(null)).target("12").score(&[ended(&long, Finish::Stop)]);
    assert_eq!(scored.answer.as_deref(), Some("12"));
}

#[test]
fn impossible_and_empty_texts_leave_only_finite_metrics() {
    let choices = ["가".to_owned(), String::new()];
    let (doc, first, nothing) = (serde_json::Map::new(), Target::Choice(0), Target::Text(String::new()));
    let metrics = json!([{"metric": "brier_score"}, {"metric": "acc_norm"}, {"metric": "acc_bytes"}, {"metric": "mcc"}]);
    let judged = Scorer::compile("multiple_choice", &json!(null), &metrics, true).unwrap();
    let rolling = Scorer::compile("loglikelihood_rolling", &json!(null), &json!(null), false).unwrap();
    for logprob in [f64::NEG_INFINITY, -1e300, -5_000.0, 0.0] {
        let input =
            |responses| ScoreInput { responses, target: &first, choices: &choices, doc: &doc, prompt: "" };
        let both = [likelihood(logprob, false), likelihood(logprob, false)];
        let whole = [Response::LoglikelihoodRolling { logprob, tokens: 1 }];
        let empty = ScoreInput { target: &nothing, ..input(&whole) };
        for scored in [judged.score(&input(&both)), rolling.score(&empty)] {
            assert_eq!(scored.outcome, Outcome::Scored, "{logprob}");
            assert!((0.0..=1.0).contains(&scored.score), "{logprob}: {}", scored.score);
            assert!(
                scored.metrics.values().all(|value| value.is_finite()),
                "{logprob}: {:?}",
                scored.metrics
            );
        }
    }
}
