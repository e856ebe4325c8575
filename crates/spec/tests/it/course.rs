//! Looks, points carried over, the panel's votes, withdrawals, corrections and the tests of voters.

use crate::{Present, VALID, korean, text};
use daepyo_core::{
    CopiedTest, CriterionRule, FalseFlags, Language, OneSidedTest, Programme, SpeedTest, Spending,
    VoterTests, canonical,
};
use daepyo_spec::{Code, Problem, Severity, parse};

/// The valid file with its first stage deciding by votes too, and with a second stage.
fn longer() -> String {
    let votes = r#"
[[stages.criteria]]
id = "public"
title = { ko = "공개 투표", en = "Public votes" }
weight = 20
kind = "votes"
source = "marks.csv"
versus = "global-1"
anchors = { zero = 0.2, full = 0.8 }
tests = { level = 0.01, speed = { least_ms = 2000 } }

[[stages.criteria]]
id = "spread"
title = { ko = "확산", en = "Spread" }
weight = 15
kind = "derivatives"
source = "marks.csv"
counts = ["finetune"]
verified_only = true
anchors = { zero = 0, full = 10 }
"#;
    let second = r#"
[[stages]]
id = "second"
title = { ko = "2차", en = "Second" }
opens = "2026-12-05"
closes = "2026-12-30"
objection_days = 10
window = { months = 6, frozen = "2026-11-01" }
seed = 20261205
infrastructure_failure_limit = 0.01
carry = { stage = "first", share = 0.3 }
withdrawals = "marks.csv"
corrections = "marks.csv"
decision = { advance = 1, confidence = 0.9, tie_order = ["lot"], wildcard = { places = 1, majority = 0.5, none_allowed = true, source = "marks.csv" }, looks = { spending = "pocock", criterion = "experts", full = 12 } }

[[stages.criteria]]
id = "experts"
title = { ko = "전문가", en = "Experts" }
weight = 100
kind = "marks"
source = "marks.csv"
minimum = 1
maximum = 5
items = [{ id = "quality", title = { ko = "품질", en = "Quality" }, weight = 1 }]
anchors = { zero = 1, full = 5 }
"#;
    let first = VALID.replacen("weight = 65", "weight = 30", 1).replacen(
        "\"advance_all\"]",
        "\"advance_all\"], looks = { spending = \"obrien_fleming\", criterion = \"public\", full = 400 }",
        1,
    );
    format!("{first}{votes}{second}")
}

fn read(source: &str) -> Programme {
    match parse(source, &Present) {
        Ok(parsed) => parsed.programme,
        Err(problems) => panic!("{:#?}", problems.iter().map(text).collect::<Vec<_>>()),
    }
}

/// The only problem after one edit of the longer file, and the text it points at.
fn after_edit(old: &str, new: &str) -> (Code, String, Problem) {
    let source = longer();
    assert!(source.contains(old), "`{old}` is in the file");
    let source = source.replacen(old, new, 1);
    let found = match parse(&source, &Present) {
        Ok(parsed) => parsed.warnings,
        Err(problems) => problems,
    };
    assert_eq!(found.len(), 1, "{old} -> {new}: {:#?}", found.iter().map(text).collect::<Vec<_>>());
    let problem = found.into_iter().next().unwrap();
    (problem.code, source.get(problem.span.clone()).unwrap().to_owned(), problem)
}

fn tests_of(source: &str) -> Option<VoterTests> {
    let programme = read(source);
    let stage = programme.stages.first().unwrap();
    stage.criteria.iter().find_map(|criterion| match &criterion.rule {
        CriterionRule::Votes { tests, .. } => Some(*tests),
        CriterionRule::Benchmark { .. } | CriterionRule::Marks { .. } | CriterionRule::Derivatives { .. } => {
            None
        }
    })?
}

#[test]
fn every_key_is_read() {
    let programme = read(&longer());
    let looks = |stage: usize| programme.stages.get(stage).unwrap().decision.looks.clone().unwrap();
    assert_eq!((looks(0).spending, looks(0).full), (Spending::OBrienFleming, 400));
    assert_eq!((looks(1).spending, looks(1).criterion.as_str()), (Spending::Pocock, "experts"));
    let second = programme.stages.get(1).unwrap();
    let carry = second.carry.as_ref().unwrap();
    assert_eq!((carry.stage.as_str(), carry.share.to_string().as_str()), ("first", "0.3"));
    assert_eq!(second.withdrawals.as_deref(), Some("marks.csv"));
    assert_eq!(second.corrections.as_deref(), Some("marks.csv"));
    assert_eq!(second.decision.wildcard.as_ref().unwrap().source.as_deref(), Some("marks.csv"));
}

#[test]
fn a_threshold_that_is_not_written_has_its_default_in_the_rules() {
    let tests = tests_of(&longer()).unwrap();
    let speed = Some(SpeedTest { least_ms: 2_000, ..SpeedTest::default() });
    assert_eq!(tests, VoterTests { level: 0.01, speed, ..VoterTests::default() });
    let text = String::from_utf8(canonical::to_bytes(&tests).unwrap()).unwrap();
    assert!(text.contains("\"taste_spread\":0.5") && text.contains("\"least_ms\":2000"), "{text}");
}

#[test]
fn only_the_tests_that_are_named_are_registered() {
    let written = "tests = { level = 0.01, speed = { least_ms = 2000 } }";
    let only = "tests = { control = \"each_voter\", run = [\"one_sided\", \"copied_votes\"], copied_votes = { least_run = 8 } }";
    let tests = tests_of(&longer().replacen(written, only, 1)).unwrap();
    let wanted = VoterTests {
        control: FalseFlags::EachVoter,
        level: 0.05,
        one_sided: Some(OneSidedTest::default()),
        speed: None,
        copied_timing: None,
        copied_votes: Some(CopiedTest { least_run: 8, ..CopiedTest::default() }),
        position: None,
        gold: None,
    };
    assert_eq!(tests, wanted);
    assert_eq!(tests_of(&longer().replacen(written, "tests = {}", 1)), Some(VoterTests::default()));
    assert_eq!(tests_of(&longer().replacen(written, "", 1)), None);
}

#[test]
fn what_is_not_written_is_not_in_the_canonical_form() {
    let text = String::from_utf8(canonical::to_bytes(&read(VALID)).unwrap()).unwrap();
    for key in ["carry", "looks", "withdrawals", "corrections", "tests"] {
        assert!(!text.contains(&format!("\"{key}\"")), "{key} is in {text}");
    }
    assert!(text.contains(r#""wildcard":{"majority":0.5,"none_allowed":true,"places":1}"#), "{text}");
}

const EDITS: [(&str, &str, Code, &str); 21] = [
    ("stage = \"first\", share", "stage = \"zeroth\", share", Code::UnknownId, "\"zeroth\""),
    ("stage = \"first\", share", "stage = \"second\", share", Code::UnknownId, "\"second\""),
    ("share = 0.3", "share = 1.3", Code::OutOfRange, "1.3"),
    ("share = 0.3", "share = \"0.3\"", Code::WrongType, "\"0.3\""),
    ("share = 0.3", "part = 0.3, share = 0.3", Code::UnknownKey, "part"),
    ("criterion = \"experts\", full", "criterion = \"exports\", full", Code::UnknownId, "\"exports\""),
    ("criterion = \"public\", full", "criterion = \"spread\", full", Code::BadValue, "\"spread\""),
    ("spending = \"pocock\"", "spending = \"pockock\"", Code::UnknownWord, "\"pockock\""),
    ("full = 12", "full = 0", Code::OutOfRange, "0"),
    (
        "majority = 0.5, none_allowed = true, source",
        "majority = 1, none_allowed = true, source",
        Code::OutOfRange,
        "1",
    ),
    ("true, source = \"marks.csv\"", "true, source = \"panel.csv\"", Code::SourceNotFound, "\"panel.csv\""),
    ("withdrawals = \"marks.csv\"", "withdrawals = \"gone.csv\"", Code::SourceNotFound, "\"gone.csv\""),
    ("withdrawals = \"marks.csv\"", "withdrawals = 3", Code::WrongType, "3"),
    ("corrections = \"marks.csv\"", "corrections = \"right.jsonl\"", Code::SourceNotFound, "\"right.jsonl\""),
    ("corrections = \"marks.csv\"", "corrections = \"\"", Code::BadValue, "\"\""),
    ("level = 0.01", "level = 0", Code::OutOfRange, "0"),
    ("level = 0.01", "levle = 0.01", Code::UnknownKey, "levle"),
    ("least_ms = 2000", "least_ms = 2.5", Code::WrongType, "2.5"),
    ("speed = { least_ms = 2000 }", "position = { tolerated = 0.4 }", Code::OutOfRange, "0.4"),
    ("level = 0.01", "run = [\"sped\", \"speed\"]", Code::UnknownWord, "\"sped\""),
    ("level = 0.01", "run = [\"gold\"]", Code::BadValue, "{ least_ms = 2000 }"),
];

#[test]
fn every_problem_is_found_at_its_place() {
    for (old, new, code, place) in EDITS {
        let (found, at, problem) = after_edit(old, new);
        assert_eq!((found, at.as_str()), (code, place), "{old} -> {new}: {}", text(&problem));
    }
}

#[test]
fn a_stage_carries_over_only_what_lies_before_it() {
    let (_, _, problem) = after_edit("stage = \"first\", share", "stage = \"second\", share");
    assert_eq!(problem.message(Language::En), "there is no earlier stage `second`");
    assert_eq!(problem.help(Language::En), "known: first");
}

#[test]
fn a_file_that_is_not_there_yet_is_a_warning() {
    let (code, _, problem) = after_edit("withdrawals = \"marks.csv\"", "withdrawals = \"gone.csv\"");
    assert_eq!(code.severity(), Severity::Warning);
    assert!(problem.label(Language::En).contains("`withdrawals`"), "{}", problem.label(Language::En));
}

#[test]
fn each_problem_speaks_korean() {
    for (old, new, _, _) in EDITS {
        let (_, _, problem) = after_edit(old, new);
        for words in [problem.message(Language::Ko), problem.label(Language::Ko), problem.help(Language::Ko)]
        {
            assert_eq!(korean::foreign_words(&words, &korean::known_words(&longer())), [""; 0], "{words}");
        }
    }
}
