//! A criterion whose votes come from a public contest, and the contest's files.

use crate::{VALID, korean, text};
use daepyo_core::{
    CandidateId, ContestMode, ContestPairing, ContestRule, CriterionRule, Language, Programme, canonical,
};
use daepyo_spec::{Code, Files, Problem, parse, read_answers, read_prompts};
use std::collections::BTreeMap;

const PROMPTS: &str =
    "id,text,language,category\nhello,\"안녕하세요, 누구세요?\",ko,talk\nsum,What is 2 + 2?,en,reasoning\n";

/// The valid file, deciding by votes of a contest too, of which these are the keys.
fn with(contest: &str) -> String {
    let votes = format!(
        r#"
[[stages.criteria]]
id = "public"
title = {{ ko = "공개 투표", en = "Public votes" }}
weight = 35
kind = "votes"
source = "marks.csv"
versus = "global-1"
anchors = {{ zero = 0.2, full = 0.8 }}

[stages.criteria.contest]
{contest}
"#
    );
    format!("{}{votes}", VALID.replacen("weight = 65", "weight = 30", 1))
}

const RECORDED: &str = "mode = \"recorded\"\nprompts = \"prompts.csv\"\nanswers = \"answers.jsonl\"\n";
/// Files whose contest is wrong, each in another way.
pub(crate) fn broken() -> Vec<String> {
    let edits = [
        "mode = \"live\"\nprompts = \"none.csv\"\n".to_owned(),
        RECORDED.replace("answers = \"answers.jsonl\"\n", ""),
        format!("{RECORDED}assigned = 0.5\n"),
        format!("{LIVE}votes_a_day = 30\nvotes_in_all = 29\n"),
        format!(
            "{LIVE}names = [{{ candidate = \"beta-1\" }}, {{ candidate = \"nobody\", ordinary = [\"x\"] }}]\n"
        ),
        format!("{LIVE}answers = \"marks.csv\"\n"),
        format!("{LIVE}opens = \"2026-11-04\"\n"),
    ];
    edits.iter().map(|edit| with(edit)).collect()
}

const LIVE: &str = "mode = \"live\"\nprompts = \"prompts.csv\"\n";

/// Files that can be looked into.
struct Shelf(BTreeMap<String, Vec<u8>>);

impl Shelf {
    fn new(prompts: &str, answers: &str) -> Self {
        let files = [("prompts.csv", prompts), ("answers.jsonl", answers)];
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect())
    }
}

impl Files for Shelf {
    fn is_folder(&self, path: &str) -> bool {
        path == "suites/knowledge"
    }
    fn is_file(&self, path: &str) -> bool {
        self.0.contains_key(path) || ["independence.csv", "marks.csv"].contains(&path)
    }
    fn read(&self, path: &str, _: u64) -> Option<std::io::Result<Vec<u8>>> {
        self.0.get(path).map(|bytes| Ok(bytes.clone()))
    }
}

fn answers() -> String {
    let line = |prompt, candidate| {
        format!("{{\"prompt\": \"{prompt}\", \"candidate\": \"{candidate}\", \"text\": \"…\"}}\n")
    };
    let all = ["alpha-1", "beta-1", "global-1"];
    all.iter().flat_map(|candidate| ["hello", "sum"].map(|prompt| line(prompt, candidate))).collect()
}

fn found(contest: &str, shelf: &Shelf) -> (String, Vec<Problem>) {
    let source = with(contest);
    let problems = parse(&source, shelf).map_or_else(|problems| problems, |parsed| parsed.warnings);
    (source, problems)
}

/// The only problem of a contest with these keys, and the text it points at.
fn only(contest: &str) -> (Code, String, Problem) {
    let (source, problems) = found(contest, &Shelf::new(PROMPTS, &answers()));
    assert_eq!(problems.len(), 1, "{contest}: {:#?}", problems.iter().map(text).collect::<Vec<_>>());
    let problem = problems.into_iter().next().unwrap();
    (problem.code, source.get(problem.span.clone()).unwrap().to_owned(), problem)
}

fn programme(contest: &str) -> Programme {
    match parse(&with(contest), &Shelf::new(PROMPTS, &answers())) {
        Ok(parsed) => parsed.programme,
        Err(problems) => panic!("{:#?}", problems.iter().map(text).collect::<Vec<_>>()),
    }
}

fn rule(contest: &str) -> ContestRule {
    let programme = programme(contest);
    let stage = programme.stages.first().unwrap();
    stage.criteria.iter().find_map(|criterion| criterion.rule.contest()).unwrap().clone()
}

/// What is said of a contest's files, in both languages.
fn said(prompts: &str, answers: &str, language: Language) -> Vec<String> {
    let (_, problems) = found(RECORDED, &Shelf::new(prompts, answers));
    assert!(problems.iter().all(|problem| problem.code == Code::ContestFile));
    problems.iter().map(|problem| problem.label(language)).collect()
}

fn contestants() -> Vec<CandidateId> {
    ["alpha-1", "beta-1", "global-1"].map(|id| CandidateId::new(id).unwrap()).to_vec()
}

#[test]
fn what_is_not_written_has_its_default_in_the_rules() {
    let recorded = rule(RECORDED);
    assert_eq!((recorded.mode, recorded.turns), (ContestMode::Recorded, 1));
    assert_eq!(recorded.assigned.to_string(), "1");
    assert_eq!(recorded.files().collect::<Vec<_>>(), ["prompts.csv", "answers.jsonl"]);
    let live = rule(LIVE);
    assert_eq!((live.mode, live.turns, live.votes_a_day, live.votes_in_all), (ContestMode::Live, 5, 20, 200));
    assert_eq!((live.hold_ms, live.max_tokens, live.weight_cap), (8_000, 1_024, None));
    assert_eq!(live.pairing, ContestPairing::default());
    let sealed = String::from_utf8(canonical::to_bytes(&live).unwrap()).unwrap();
    assert!(sealed.contains("\"assigned\":0.5") && sealed.contains("\"sharpness\":2"), "{sealed}");
    assert_eq!(serde_json::from_str::<ContestRule>(&sealed).unwrap(), live);
}

#[test]
fn every_key_is_read() {
    let rule = rule(&format!(
        "{LIVE}opens = \"2026-11-06\"\ncloses = \"2026-11-20\"\nassigned = 0.25\nvotes_a_day = 7\nvotes_in_all = 70\n\
         weight_cap = 30\nturns = 3\nprompt_characters = 500\nanswer_characters = 4000\nhold_ms = 0\n\
         system = \"짧게\"\ntemperature = 0\nmax_tokens = 300\ntokens_a_day = 1_000_000\n\
         names = [{{ candidate = \"global-1\", distinctive = [\"글로벌-1\", \"Global-1\"], ordinary = [\"글로벌\"] }}]\n\
         pairing = {{ floor = 0.5, even = 1, sharpness = 4 }}\n\
         tags = [{{ id = \"clear\", title = {{ ko = \"알기 쉽다\", en = \"Clear\" }} }}]\n"
    ));
    assert_eq!((rule.votes_a_day, rule.votes_in_all, rule.weight_cap), (7, 70, Some(30)));
    assert_eq!((rule.turns, rule.prompt_characters, rule.answer_characters), (3, 500, 4_000));
    assert_eq!((rule.hold_ms, rule.max_tokens, rule.tokens_a_day), (0, 300, Some(1_000_000)));
    assert_eq!(rule.system.as_deref(), Some("짧게"));
    assert_eq!(rule.pairing, ContestPairing { floor: 0.5, even: 1.0, sharpness: 4.0 });
    let global = CandidateId::new("global-1").unwrap();
    assert_eq!(rule.names_of(&global).unwrap().distinctive, ["글로벌-1", "Global-1"]);
    assert_eq!(rule.tags.first().unwrap().title.en, "Clear");
    assert_eq!(rule.closes.unwrap().to_string(), "2026-11-20");
}

#[test]
fn rules_without_a_contest_are_what_they_were() {
    let programme = programme(RECORDED);
    let rule = programme.stages.first().and_then(|stage| stage.criteria.last()).unwrap().rule.clone();
    let CriterionRule::Votes { source, versus, anchors, tests, .. } = rule else { panic!("votes") };
    let bare = CriterionRule::Votes { source, versus, anchors, tests, contest: None };
    let text = String::from_utf8(canonical::to_bytes(&bare).unwrap()).unwrap();
    assert!(!text.contains("contest"), "{text}");
}

#[test]
fn each_problem_of_a_contest_is_found_at_its_place() {
    let names = |inner: &str| format!("{RECORDED}names = [{inner}]\n");
    let cases = [
        (RECORDED.replace("\"recorded\"", "\"recorder\""), Code::UnknownWord, "\"recorder\""),
        (RECORDED.replace("answers = \"answers.jsonl\"\n", ""), Code::MissingKey, "\"recorded\""),
        (format!("{LIVE}answers = \"answers.jsonl\"\n"), Code::BadValue, "\"answers.jsonl\""),
        (RECORDED.replace("prompts.csv", "none.csv"), Code::ContestFile, "\"none.csv\""),
        (RECORDED.replace("answers.jsonl", "none.jsonl"), Code::ContestFile, "\"none.jsonl\""),
        (format!("{RECORDED}assigned = 0.5\n"), Code::OutOfRange, "0.5"),
        (format!("{RECORDED}turns = 2\n"), Code::OutOfRange, "2"),
        (format!("{LIVE}assigned = 1.5\n"), Code::OutOfRange, "1.5"),
        (format!("{LIVE}votes_a_day = 0\n"), Code::OutOfRange, "0"),
        (format!("{LIVE}votes_a_day = 30\nvotes_in_all = 29\n"), Code::OutOfRange, "29"),
        (format!("{LIVE}temperature = 2.5\n"), Code::OutOfRange, "2.5"),
        (format!("{LIVE}pairing = {{ even = 0 }}\n"), Code::OutOfRange, "0"),
        (format!("{LIVE}opens = \"2026-11-04\"\n"), Code::DatesOrder, "\"2026-11-04\""),
        (format!("{LIVE}closes = \"2026-12-01\"\n"), Code::DatesOrder, "\"2026-12-01\""),
        (format!("{LIVE}vote_a_day = 3\n"), Code::UnknownKey, "vote_a_day"),
        (names("{ candidate = \"gamma\", distinctive = [\"감마\"] }"), Code::UnknownId, "\"gamma\""),
        (names("{ candidate = \"beta-1\" }"), Code::MissingKey, "{ candidate = \"beta-1\" }"),
        (names("{ candidate = \"beta-1\", ordinary = [\"베\"] }"), Code::BadValue, "\"베\""),
        (
            names(
                "{ candidate = \"beta-1\", ordinary = [\"베타\"] }, { candidate = \"beta-1\", ordinary = [\"베타\"] }",
            ),
            Code::DuplicateId,
            "\"beta-1\"",
        ),
    ];
    for (contest, code, place) in cases {
        let (got, at, problem) = only(&contest);
        assert_eq!((got, at.as_str()), (code, place), "{contest}: {}", text(&problem));
        for said in [problem.message(Language::Ko), problem.label(Language::Ko), problem.help(Language::Ko)] {
            assert!(!said.is_empty() && !said.contains("{ $"), "{said}");
        }
    }
}

#[test]
fn the_defaults_of_caps_follow_what_is_written() {
    assert_eq!(rule(&format!("{LIVE}votes_a_day = 300\n")).votes_in_all, 300);
}

#[test]
fn every_bad_prompt_is_told_at_once() {
    let bad = "id,text,language,category\nhello,안녕,ko,talk\nHello,hi,en,talk\nhello,또,ko,talk\nsum,,english,talk\n";
    let problems = said(bad, &answers(), Language::En);
    assert_eq!(
        problems,
        [
            "line 3, `id`: `Hello` is not an id: 1 to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit",
            "line 4, `id`: stands on line 2 already",
            "line 5, `text`: empty",
            "line 5, `language`: `english` is not the code of a language: two or three small letters, such as `ko` or `en`",
        ]
    );
    assert_eq!(said("id,text,language,category\n", &answers(), Language::En), ["line 1: there is no prompt"]);
    assert!(said(bad, &answers(), Language::Ko).iter().all(|said| said.contains("번째 줄")));
}

#[test]
fn answers_that_are_missing_double_or_strange_are_told_with_their_line() {
    let line = |prompt: &str, candidate: &str, text: &str| {
        format!("{{\"prompt\": \"{prompt}\", \"candidate\": \"{candidate}\", \"text\": \"{text}\"}}\n")
    };
    let bad = [
        line("hello", "alpha-1", "a"),
        line("hello", "alpha-1", "b"),
        line("bye", "alpha-1", "c"),
        line("sum", "gamma-1", "d"),
        line("sum", "alpha-1", " "),
        "{\"prompt\": \"sum\", \"candidate\": \"beta-1\"\n".to_owned(),
        line("sum", "global-1", "e"),
        line("hello", "global-1", "f").replace("\"text\"", "\"reply\""),
    ]
    .concat();
    let problems = said(PROMPTS, &bad, Language::En);
    assert_eq!(
        problems.iter().map(|said| said.split(": ").next().unwrap()).collect::<Vec<_>>(),
        [
            "line 2",
            "line 3, `prompt`",
            "line 4, `candidate`",
            "line 5, `text`",
            "line 6",
            "line 8, `reply`",
            "line 8, `text`",
            "line 8",
        ]
    );
    assert_eq!(problems.last().unwrap(), "line 8: `beta-1` has not answered 2 prompts: hello, sum");
    let said = said(PROMPTS, &bad, Language::Ko);
    assert_eq!(
        said.last().unwrap(),
        "8번째 줄: `beta-1`이(가) 답하지 않은 프롬프트가 2개 있습니다: `hello, sum`"
    );
}

#[test]
fn files_of_thousands_of_bad_rows_are_told_in_few() {
    let bad = format!("id,text,language,category\n{}", "X,x,x,x\n".repeat(5_000));
    let problems = said(&bad, &answers(), Language::En);
    assert_eq!((problems.len(), problems.last().unwrap().as_str()), (21, "and 980 more"));
    let prompts = read_prompts(PROMPTS.as_bytes()).unwrap();
    let bad = "{}\n".repeat(5_000);
    assert!((1..2_000).contains(&read_answers(bad.as_bytes(), &prompts, &contestants()).unwrap_err().len()));
    let long = format!("{{\"text\": \"{}\"}}\n", "x".repeat(1 << 20));
    let problems = read_answers(long.as_bytes(), &prompts, &contestants()).unwrap_err();
    assert_eq!(problems.first().unwrap().line, 1);
    assert!(read_prompts(&vec![b'\n'; (4 << 20) + 1]).is_err());
}

#[test]
fn prompts_and_answers_read_whole() {
    let prompts = read_prompts(format!("\u{feff}{PROMPTS}").as_bytes()).unwrap();
    let first = prompts.first().unwrap();
    assert_eq!(
        (first.id.as_str(), first.language.as_str(), first.category.as_str()),
        ("hello", "ko", "talk")
    );
    assert_eq!(first.text, "안녕하세요, 누구세요?");
    let hostile = answers().replacen("\"…\"", "\"<script>\\u0000\\n\"", 1);
    let answers = read_answers(hostile.as_bytes(), &prompts, &contestants()).unwrap();
    assert_eq!((answers.len(), answers.first().unwrap().text.as_str()), (6, "<script>\0\n"));
}

#[test]
fn a_control_character_in_a_prompt_is_refused_and_a_line_break_is_not() {
    let row = |text: &str| format!("id,text,language,category\na,\"{text}\",ko,talk\n");
    assert!(read_prompts(row("한 줄\n두 줄").as_bytes()).is_ok());
    assert!(read_prompts(row("한\u{1b}줄").as_bytes()).is_err());
}

#[test]
fn a_programme_may_have_no_suites() {
    let source = with(RECORDED);
    let (before, rest) = source.split_once("[[suites]]").unwrap();
    let (_, stages) = rest.split_once("[[stages]]").unwrap();
    let without = format!("{before}[[stages]]{stages}");
    let problems = parse(&without, &Shelf::new(PROMPTS, &answers())).unwrap_err();
    // What names a suite is told; that there are none is not.
    assert!(problems.iter().all(|problem| problem.code == Code::UnknownId), "{:#?}", problems.len());
}

#[test]
fn the_examples_are_valid() {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    for example in ["contest", "contest-live"] {
        let folder = std::path::Path::new(&root).join("../../examples").join(example);
        let source = std::fs::read_to_string(folder.join("programme.toml")).unwrap();
        let files: &dyn Files = &folder.as_path();
        let parsed = match parse(&source, files) {
            Ok(parsed) => parsed,
            Err(problems) => panic!("{:#?}", problems.iter().map(text).collect::<Vec<_>>()),
        };
        let codes: Vec<_> = parsed.warnings.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [Code::SourceNotFound], "{example}");
        let prompts = read_prompts(&std::fs::read(folder.join("prompts.csv")).unwrap()).unwrap();
        assert_eq!(prompts.len(), 12);
    }
}

#[test]
fn a_korean_reader_meets_no_english_sentence_in_contests() {
    let known = korean::known_words(&with(RECORDED));
    let bad = "id,text,language,category\nHello,hi,en1,talk\n";
    let mut all = said(bad, &answers(), Language::Ko);
    all.extend(said(PROMPTS, "{}\n", Language::Ko));
    all.push(only(&format!("{LIVE}answers = \"answers.jsonl\"\n")).2.help(Language::Ko));
    for said in all {
        assert_eq!(korean::foreign_words(&said, &known), Vec::<String>::new(), "{said}");
    }
}
