//! `daepyo check` on a broken file: every problem at once, each at its place, in Korean and English.

use crate::line::{Line, code, stderr, stdout};
use serde_json::{Value, json};

fn broken() -> Line {
    let line = Line::new();
    line.edit("programme.toml", "path = \"suites/sums\"", "path = \"suites/summe\"");
    line.edit("programme.toml", "weight = 50", "weight = 40");
    line
}

const ENGLISH: &str = "\
spec::suite_not_found

  × the folder of suite `sums` does not exist: suites/summe
    ╭─[programme.toml:59:8]
 58 │ title = { ko = \"셈\", en = \"Sums\" }
 59 │ path = \"suites/summe\"
    ·        ───────┬──────
    ·               ╰── looked for from the folder of this file
 60 │ tasks = [\"line_sums\"]
    ╰────
  help: write the path relative to the programme file
spec::weights_sum

  × the weights of the criteria add up to 90, not 100
     ╭─[programme.toml:123:10]
 122 │ title = { ko = \"국민 평가\", en = \"Public votes\" }
 123 │ weight = 20
     ·          ─┬
     ·           ╰── of stage `first`
 124 │ kind = \"votes\"
     ╰────
  help: weights are points out of 100
";

const KOREAN: &str = "\
spec::suite_not_found

  × 평가 모음 `sums`의 폴더가 없습니다: suites/summe
    ╭─[programme.toml:59:8]
 58 │ title = { ko = \"셈\", en = \"Sums\" }
 59 │ path = \"suites/summe\"
    ·        ───────┬──────
    ·               ╰── 이 파일이 있는 폴더에서 찾았습니다
 60 │ tasks = [\"line_sums\"]
    ╰────
  help: 프로그램 파일을 기준으로 한 경로를 적으십시오
spec::weights_sum

  × 평가 항목의 배점 합이 100이 아니라 90입니다
     ╭─[programme.toml:123:10]
 122 │ title = { ko = \"국민 평가\", en = \"Public votes\" }
 123 │ weight = 20
     ·          ─┬
     ·           ╰── 단계 `first`
 124 │ kind = \"votes\"
     ╰────
  help: 배점은 100점 가운데의 점수입니다
";

/// What is said but for the last line, which counts.
fn problems(said: &str) -> String {
    said.lines().take(said.lines().count() - 1).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn problems_stand_at_their_places_in_english() {
    let line = broken();
    let output =
        line.daepyo(&["check", "programme.toml", "--lang", "en"]).env("NO_COLOR", "1").output().unwrap();
    assert_eq!((code(&output), stdout(&output)), (2, String::new()));
    assert_eq!(problems(&stderr(&output)), ENGLISH);
}

#[test]
fn problems_are_told_in_the_language_of_the_locale() {
    let line = broken();
    let output = line.daepyo(&["check", "programme.toml"]).env("LANG", "ko_KR.UTF-8").output().unwrap();
    assert_eq!((code(&output), stdout(&output)), (2, String::new()));
    assert_eq!(problems(&stderr(&output)), KOREAN);
}

#[test]
fn problems_as_json_have_places_and_both_languages() {
    let line = broken();
    let output = line.daepyo(&["check", "programme.toml", "--json"]).output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (2, String::new()));
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&found["file"], &found["valid"]), (&json!("programme.toml"), &json!(false)));
    let problems = found["problems"].as_array().unwrap();
    let text = line.read("programme.toml");
    let places: Vec<_> = problems
        .iter()
        .map(|problem| {
            let at = |key: &str| usize::try_from(problem[key].as_u64().unwrap()).unwrap();
            (problem["code"].as_str().unwrap(), at("line"), at("column"), &text[at("start")..at("end")])
        })
        .collect();
    let expected =
        [("spec::suite_not_found", 59, 8, "\"suites/summe\""), ("spec::weights_sum", 123, 10, "20")];
    assert_eq!(places, expected);
    assert_eq!(problems[1]["message"]["en"], "the weights of the criteria add up to 90, not 100");
    assert_eq!(problems[1]["help"]["ko"], "배점은 100점 가운데의 점수입니다");
}

#[test]
fn errors_are_counted_in_words() {
    let line = broken();
    let said = |line: &Line| {
        let output = line.daepyo(&["check", "programme.toml", "--lang", "en"]).output().unwrap();
        stderr(&output).lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(said(&line), "programme.toml is not valid: 2 errors, 0 warnings");
    line.edit("programme.toml", "path = \"suites/summe\"", "path = \"suites/sums\"");
    assert_eq!(said(&line), "programme.toml is not valid: 1 error, 0 warnings");
}

#[test]
fn an_error_of_a_stage_has_its_code_and_speaks_both_languages() {
    let line = Line::new();
    let said = |language: &str| {
        let arguments = ["run", "programme.toml", "--stage", "final", "--out", "out", "--lang", language];
        stderr(&line.daepyo(&arguments).output().unwrap())
    };
    let (ko, en) = (said("ko"), said("en"));
    assert!(ko.starts_with("× stage::unknown_stage: 이 프로그램에는 단계 `final`이(가) 없습니다."), "{ko}");
    assert!(en.starts_with("× stage::unknown_stage: the programme has no stage `final`; it has: "), "{en}");
}

#[test]
fn a_run_under_broken_rules_is_refused_before_anything_is_written() {
    let line = broken();
    let output = line.stage("first", "out").output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("spec::weights_sum"), "{}", stderr(&output));
    assert!(!line.path("out").exists());
}

#[test]
fn a_good_file_is_valid_and_a_missing_one_is_bad_input() {
    let line = Line::new();
    assert_eq!(code(&line.daepyo(&["check", "programme.toml"]).output().unwrap()), 0);
    let output = line.daepyo(&["check", "nowhere.toml"]).output().unwrap();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("nowhere.toml"), "{}", stderr(&output));
    let output = line.daepyo(&["chekc"]).output().unwrap();
    assert_eq!(code(&output), 2, "an unknown command");
}
