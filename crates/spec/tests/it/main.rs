//! What a person who writes a programme file sees.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed assertion is the point of a test")]

mod contest;
mod course;
mod korean;
mod lineage;
mod rows;

use daepyo_core::{Date, Language};
use daepyo_spec::{Code, Files, Problem, Severity, difference, json_schema, parse};

const VALID: &str = include_str!("valid.toml");

struct Present;

impl Files for Present {
    fn is_folder(&self, path: &str) -> bool {
        path == "suites/knowledge"
    }
    fn is_file(&self, path: &str) -> bool {
        ["independence.csv", "marks.csv"].contains(&path)
    }
}

fn problems(source: &str) -> Vec<Problem> {
    match parse(source, &Present) {
        Ok(parsed) => parsed.warnings,
        Err(problems) => problems,
    }
}

/// The only problem after one edit of the valid file, and the text it points at.
fn after(old: &str, new: &str) -> (Code, String, Problem) {
    assert!(VALID.contains(old), "`{old}` is in the valid file");
    let source = VALID.replacen(old, new, 1);
    let found = problems(&source);
    assert_eq!(found.len(), 1, "{old} -> {new}: {:#?}", found.iter().map(text).collect::<Vec<_>>());
    let problem = found.into_iter().next().unwrap();
    (problem.code, source.get(problem.span.clone()).unwrap().to_owned(), problem)
}

fn text(problem: &Problem) -> String {
    format!("{}: {}", problem.code.name(), problem.message(Language::En))
}

#[test]
fn a_valid_file_is_read_whole() {
    let parsed = parse(VALID, &Present).unwrap();
    assert_eq!(parsed.warnings, []);
    let stage = parsed.programme.stages.first().unwrap();
    assert_eq!(stage.draws, 10_000);
    assert_eq!(stage.suites().len(), 1);
    let window: Vec<_> = parsed.programme.window(stage).map(|found| found.submission.id.as_str()).collect();
    assert_eq!(window, ["global-1"]);
    assert_eq!(stage.closes, Date::new(2026, 11, 30).unwrap());
}

#[test]
fn every_kind_of_problem_is_found_at_its_place() {
    let cases = [
        ("format = 1", "format = 2", Code::Format, "2"),
        ("version = 1\n", "", Code::MissingKey, "[programme]"),
        ("objection_days", "objektion_days", Code::UnknownKey, "objektion_days"),
        ("seed = 20261105", "seed = \"x\"", Code::WrongType, "\"x\""),
        ("dated = \"2026-11-01\"", "dated = \"2026-02-30\"", Code::BadValue, "\"2026-02-30\""),
        ("id = \"test\"", "id = \"Test\"", Code::BadValue, "\"Test\""),
        ("not_shown = \"hold\"", "not_shown = \"hodl\"", Code::UnknownWord, "\"hodl\""),
        ("ratio = 0.95", "ratio = 95", Code::OutOfRange, "95"),
        ("id = \"beta-1\"", "id = \"alpha-1\"", Code::DuplicateId, "\"alpha-1\""),
        (
            "{ suite = \"knowledge\", weight = 2 }",
            "\"knowledge\", \"knowledge\"",
            Code::DuplicateId,
            "\"knowledge\"",
        ),
        ("suites = [\"knowledge\"]", "suites = [\"knowlege\"]", Code::UnknownId, "\"knowlege\""),
        ("reference:global-1", "reference:global-2", Code::UnknownId, "\"reference:global-2\""),
        ("criterion:experts", "criterion:expert", Code::UnknownId, "\"criterion:expert\""),
        ("path = \"suites/knowledge\"", "path = \"suites/none\"", Code::SuiteNotFound, "\"suites/none\""),
        ("source = \"independence.csv\"", "source = \"none.csv\"", Code::GateWithoutData, "\"none.csv\""),
        ("source = \"marks.csv\"", "source = \"later.csv\"", Code::SourceNotFound, "\"later.csv\""),
        ("released = \"2026-08-15\"", "released = \"2026-01-15\"", Code::EmptyWindow, "\"2026-11-01\""),
        ("weight = 65", "weight = 60", Code::WeightsSum, "35"),
        ("closes = \"2026-11-30\"", "closes = \"2026-11-03\"", Code::DatesOrder, "\"2026-11-03\""),
        ("frozen = \"2026-11-01\"", "frozen = \"2026-11-06\"", Code::DatesOrder, "\"2026-11-06\""),
        ("tasks = [\"knowledge\"]", "tasks = []", Code::TooFew, "[]"),
        ("advance = 1", "advance = 2", Code::AdvanceTooMany, "2"),
        ("zero = 1,", "zero = 5,", Code::OutOfRange, "5"),
        ("full = 5 }", "full = \"chance\" }", Code::BadValue, "\"chance\""),
        ("kind = \"finding\"", "kind = \"found\"", Code::UnknownWord, "\"found\""),
    ];
    for (old, new, code, place) in cases {
        let (found, at, problem) = after(old, new);
        assert_eq!(found, code, "{old} -> {new}: {}", text(&problem));
        if code != Code::MissingKey {
            assert_eq!(at, place, "{old} -> {new}");
        }
    }
}

#[test]
fn a_candidate_without_a_digest_is_told_how_to_get_one() {
    let line = "digest = \"sha256:0000000000000000000000000000000000000000000000000000000000000001\"\n";
    let (code, at, problem) = after(line, "");
    assert_eq!((code, at.as_str()), (Code::MissingDigest, "\"alpha-1\""));
    assert!(problem.help(Language::En).contains("sha256sum"), "{}", problem.help(Language::En));
}

#[test]
fn two_candidates_of_one_team_are_refused() {
    let (code, at, _) = after("team = \"beta\"", "team = \"alpha\"");
    assert_eq!((code, at.as_str()), (Code::TwoPerTeam, "\"alpha\""));
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    let (_, _, problem) = after("objection_days", "objection_day");
    assert_eq!(problem.help(Language::En), "did you mean `objection_days`?");
    assert_eq!(problem.help(Language::Ko), "혹시 `objection_days`인가요?");
}

#[test]
fn all_problems_come_at_once_in_order_of_place() {
    let source = VALID
        .replacen("id = \"test\"", "id = \"Te st\"", 1)
        .replacen("licence = \"MIT\"", "license = \"MIT\"", 1)
        .replacen("months = 6", "months = 0", 1)
        .replacen("weight = 65", "weight = 66", 1);
    let codes: Vec<_> = problems(&source).iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&Code::BadValue) && codes.contains(&Code::OutOfRange), "{codes:?}");
    assert!(codes.contains(&Code::UnknownKey) && !codes.contains(&Code::MissingKey), "{codes:?}");
    let places: Vec<_> = problems(&source).iter().map(|problem| problem.span.start).collect();
    assert!(places.is_sorted());
}

/// A regression: a mistyped key of a stage hid every check of that stage against the rest of the file.
#[test]
fn a_broken_entry_hides_no_check_of_the_rest() {
    let source = VALID
        .replacen("objection_days", "objektion_days", 1)
        .replacen("weight = 65", "weight = 60", 1)
        .replacen("advance = 1", "advance = 2", 1)
        .replacen("confidence = 0.9,", "confidence = \"0.9\",", 1)
        .replacen("criterion:experts", "criterion:expert", 1)
        .replacen("suites = [\"knowledge\"]", "suites = [\"knowlege\"]", 1)
        .replacen("source = \"independence.csv\"", "source = \"none.csv\"", 1)
        .replacen("closes = \"2026-11-30\"", "closes = \"2026-11-03\"", 1)
        .replacen("released = \"2026-08-15\"", "released = \"2026-01-15\"", 1)
        .replacen("licence = \"MIT\"\n", "", 1)
        .replacen("id = \"beta-1\"", "id = \"alpha-1\"", 1);
    let mut codes: Vec<_> = problems(&source).iter().map(|problem| problem.code.name()).collect();
    codes.sort_unstable();
    let wanted = [
        "spec::advance_too_many",
        "spec::dates_order",
        "spec::duplicate_id",
        "spec::empty_window",
        "spec::gate_without_data",
        "spec::missing_key",
        "spec::unknown_id",
        "spec::unknown_id",
        "spec::unknown_key",
        "spec::weights_sum",
        "spec::wrong_type",
    ];
    assert_eq!(codes, wanted);
}

/// A name that could not be read must not make the places that use it look wrong.
#[test]
fn a_name_that_cannot_be_read_is_one_problem() {
    for (old, new) in [
        ("[[suites]]\nid = \"knowledge\"", "[[suites]]\nid = \"Knowledge\""),
        ("id = \"experts\"", "id = \"Experts\""),
        ("id = \"alpha\"", "id = \"Alpha\""),
    ] {
        assert_eq!(after(old, new).0, Code::BadValue);
    }
}

#[test]
fn broken_toml_is_one_problem_with_its_place() {
    let found = problems("format = 1\n[programme\nid = 3");
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::Syntax]);
}

#[test]
fn a_missing_file_of_marks_is_a_warning_and_no_error() {
    let parsed = parse(&VALID.replacen("marks.csv", "later.csv", 1), &Present).unwrap();
    let codes: Vec<_> = parsed.warnings.iter().map(|problem| problem.code.severity()).collect();
    assert_eq!(codes, [Severity::Warning]);
}

#[test]
fn every_code_speaks_both_languages() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    for code in Code::ALL {
        let page = format!("{root}/../../docs/errors/{}.md", code.name().replace("::", "-"));
        assert!(std::path::Path::new(&page).is_file(), "{} has no page {page}", code.name());
    }
    let source = VALID.replacen("weight = 65", "weight = 60", 1);
    for problem in problems(&source) {
        for language in [Language::Ko, Language::En] {
            for words in [problem.message(language), problem.label(language), problem.help(language)] {
                assert!(!words.contains("{$") && !words.starts_with('{'), "{words}");
            }
        }
    }
}

#[test]
fn the_kept_schema_is_the_one_that_the_reader_follows() {
    let path = std::path::Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap())
        .join("../../docs/reference/programme.schema.json");
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == json_schema(), "docs/reference/programme.schema.json is old: run `cargo xtask schema`");
}

#[test]
fn a_difference_names_what_changed() {
    let old = parse(VALID, &Present).unwrap().programme;
    let edited = VALID.replacen("ratio = 0.95", "ratio = 0.9", 1);
    let new = parse(&edited, &Present).unwrap().programme;
    let (old, new) = (serde_json::to_value(&old).unwrap(), serde_json::to_value(&new).unwrap());
    let changes = difference(&old, &new);
    assert_eq!(changes.len(), 1, "{changes:?}");
    let change = changes.first().unwrap();
    assert_eq!(change.path, "stages[first].gates[frontier].rule.ratio");
    assert_eq!((change.old.as_deref(), change.new.as_deref()), (Some("0.95"), Some("0.9")));
    assert_eq!(difference(&old, &old), []);
}

#[test]
fn no_edit_of_the_file_makes_the_reader_panic() {
    // A cut at every character, and every character doubled: hostile or half-typed files.
    let mut seed = 7_u64;
    for (at, _) in VALID.char_indices().step_by(3) {
        problems(VALID.get(..at).unwrap());
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let cut = at + usize::try_from(seed >> 59).unwrap();
        if let (Some(head), Some(tail)) = (VALID.get(..at), VALID.get(cut..)) {
            problems(&format!("{head}{tail}"));
        }
    }
}

#[test]
fn a_wrong_name_among_thousands_lists_only_the_first() {
    let team =
        |number| format!("[[teams]]\nid = \"team-{number}\"\nname = {{ ko = \"팀\", en = \"Team\" }}\n");
    let teams = (0..5_000).map(team).collect::<Vec<_>>().concat();
    let source = format!("{}{teams}", VALID.replacen("team = \"beta\"", "team = \"betta\"", 1));
    let found = problems(&source);
    assert_eq!(found.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::UnknownId]);
    let shown = format!("{found:?}");
    assert!(shown.contains("team-17, …") && !shown.contains("team-18"), "{shown}");
}
