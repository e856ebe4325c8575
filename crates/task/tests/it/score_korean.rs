//! Korean answers: every line of `fixtures/score/korean.jsonl` reads as written there.

use super::score_support::{generated, lines, written};
use daepyo_core::Outcome;
use serde_json::json;

#[test]
fn korean_answers_are_read_as_the_table_says() {
    let rows = lines("korean.jsonl");
    assert!(rows.len() >= 150, "{} cases", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let kind = row["kind"].as_str().unwrap();
        let choices: Vec<String> =
            serde_json::from_value(row.get("choices").cloned().unwrap_or(json!([]))).unwrap();
        let filter = json!([{"name": "ko", "filter": [{"function": "korean_answer", "kind": kind}, {"function": "take_first"}]}]);
        let scored = written(&filter, &json!(null))
            .prompt(row.get("prompt").and_then(|prompt| prompt.as_str()).unwrap_or_default())
            .choices(&choices)
            .score(&[generated(row["raw"].as_str().unwrap())]);
        let expected = row["expected"].as_str();
        if scored.answer.as_deref() != expected {
            wrong.push(format!("{row}\n   read: {:?}", scored.answer));
        }
        let outcome = if expected.is_some() { Outcome::Scored } else { Outcome::Unparsed };
        if scored.outcome != outcome && scored.answer.as_deref() == expected {
            wrong.push(format!("{row}\n   outcome: {:?}", scored.outcome));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn equal_numbers_written_differently_are_equal() {
    let filter = json!([{"name": "ko", "filter": [{"function": "korean_answer", "kind": "number"}, {"function": "take_first"}]}]);
    for (answer, target, right) in [
        ("정답은 29달러", "$29.00", true),
        ("정답은 3/4", "0.75", true),
        ("정답은 4분의 3", "3/4", true),
        ("정답은 3만 5천 원", "35,000", true),
        ("정답은 12.0", "12", true),
        ("정답은 12", "13", false),
        ("정답은 1,234", "1234.5", false),
    ] {
        let scored = written(&filter, &json!(null)).target(target).score(&[generated(answer)]);
        assert!((scored.score - f64::from(u8::from(right))).abs() < 1e-12, "{answer} / {target}");
    }
}

#[test]
fn a_choice_matches_however_the_reference_names_it() {
    let filter = json!([{"name": "ko", "filter": [{"function": "korean_answer", "kind": "choice"}, {"function": "take_first"}]}]);
    let choices = ["서울", "부산", "대구", "인천"].map(str::to_owned);
    for (answer, target, right) in [
        ("정답은 ③입니다", "C", true),
        ("정답은 ③입니다", "3", true),
        ("정답은 ③입니다", "③", true),
        ("정답은 ③입니다", "다", true),
        ("정답은 ③입니다", "(C)", true),
        ("정답은 ③입니다", "대구", true),
        ("정답은 대구입니다", "C", true),
        ("정답은 ③입니다", "B", false),
        ("정답은 ③입니다", "서울", false),
    ] {
        let scored =
            written(&filter, &json!(null)).choices(&choices).target(target).score(&[generated(answer)]);
        assert!((scored.score - f64::from(u8::from(right))).abs() < 1e-12, "{answer} / {target}");
    }
}
