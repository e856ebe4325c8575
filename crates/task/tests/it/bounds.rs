//! What foreign files and answers may cost: each of these once took the machine's memory, its stack or hours.

use daepyo_core::{Finish, Message, Response, Role};
use daepyo_task::score::{ScoreInput, Scored, Scorer};
use daepyo_task::{
    CompiledChatTemplate, Document, Target, TaskConfig, TaskError, read_documents, render_template,
};
use serde_json::{Map, json};
use std::path::Path;

fn read(name: &str, text: &str) -> Result<Vec<Document>, TaskError> {
    read_documents(Path::new(name), text.as_bytes().to_vec(), &Map::new())
}

fn korean(kind: &str, written: &str) -> Scored {
    let filters = json!([{"name": "k", "filter": [{"function": "korean_answer", "kind": kind}]}]);
    let scorer =
        Scorer::compile("generate_until", &filters, &json!([{"metric": "exact_match"}]), false).unwrap();
    let responses = [Response::Generated {
        text: written.to_owned(),
        finish: Finish::Stop,
        prompt_tokens: None,
        completion_tokens: None,
    }];
    let target = Target::Text("7".to_owned());
    scorer.score(&ScoreInput {
        responses: &responses,
        target: &target,
        choices: &[],
        doc: &Map::new(),
        prompt: "",
    })
}

#[test]
fn a_template_that_never_ends_is_stopped() {
    let forever = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}";
    assert!(render_template(forever, &Map::new()).is_err());
    let chat = CompiledChatTemplate::compile(forever, "", "", (2026, 11, 21)).unwrap();
    let messages = [Message { role: Role::User, content: "하나?".to_owned() }];
    assert!(chat.render(&messages, true).is_err());
}

#[test]
fn a_template_that_makes_too_much_text_is_stopped() {
    let text = "{% set x = 'ab' * 1000000 %}{% for a in range(99) %}{{ x }}{% endfor %}";
    assert!(render_template(text, &Map::new()).is_err());
}

#[test]
fn a_template_on_which_the_engine_panics_is_refused() {
    assert!(render_template("{{ ''[::-1] }}", &Map::new()).is_err());
    assert_eq!(render_template("{{ 'ab'[::-1] }}", &Map::new()).unwrap(), "ba");
}

#[test]
fn widths_and_counts_of_filters_are_bounded() {
    for template in [
        "{{ 'a\nb'|indent(999999999999) }}",
        "{{ 'a\nb'|indent(width=9223372036854775807) }}",
        "{{ [1]|slice(9999999999)|list }}",
        "{{ [1]|batch(9999999999, 'x')|list }}",
        "{{ '%999999999999d'|format(1) }}",
        "{{ '{:>999999999999}'.format(1) }}",
    ] {
        assert!(render_template(template, &Map::new()).is_err(), "{template}");
    }
    for (template, expected) in [
        ("{{ 'a\nb'|indent(2, true) }}", "  a\n  b"),
        ("{{ 'a\nb'|indent(width=2) }}", "a\n  b"),
        ("{{ [1, 2, 3]|batch(2, 'x')|list }}", "[[1, 2], [3, 'x']]"),
        ("{{ '%05.1f'|format(2.25) }}", "002.2"),
        ("{{ '{:>4}'.format(1) }}", "   1"),
        ("{{ '20000 of {}, %'.format(30000) }}", "20000 of 30000, %"),
        ("{{ '20000 of %d'|format(30000) }}", "20000 of 30000"),
    ] {
        assert_eq!(render_template(template, &Map::new()).unwrap(), expected, "{template}");
    }
}

#[test]
fn a_chat_template_may_ask_for_any_indent() {
    let messages = [Message { role: Role::User, content: "하나?".to_owned() }];
    let render = |template: &str| {
        CompiledChatTemplate::compile(template, "", "", (2026, 11, 21)).unwrap().render(&messages, true)
    };
    let shown = "[\n  {\n    \"role\": \"user\",\n    \"content\": \"하나?\"\n  }\n]";
    assert_eq!(render("{{ messages|tojson(indent=2) }}").unwrap(), shown);
    assert!(render("{{ messages|tojson(indent=9223372036854775807) }}").is_ok());
}

#[test]
fn an_answer_of_nested_commands_does_not_overflow_the_stack() {
    let depth = 20_000;
    let answer = format!("{}7{}", "\\text{".repeat(depth), "}".repeat(depth));
    assert_eq!(korean("number", &answer).answer.as_deref(), Some("7"));
    assert_eq!(korean("number", &"\\frac{".repeat(depth)).answer, None);
    let nested = format!("정답: {}7{}", "\\text{".repeat(100), "}".repeat(100));
    assert_eq!(korean("number", &nested).answer.as_deref(), Some("7"));
}

#[test]
fn an_answer_of_nothing_but_markers_is_read_once() {
    let marked = "정답은 ".repeat(10_000);
    for kind in ["number", "choice"] {
        assert_eq!(korean(kind, &marked).answer, None);
    }
    assert_eq!(korean("number", &format!("{marked}7")).answer.as_deref(), Some("7"));
}

#[test]
fn a_row_of_a_hundred_thousand_groups_of_digits_is_read_once() {
    let groups = "123,".repeat(100_000);
    assert_eq!(korean("number", &format!("{groups} 정답: 7")).answer.as_deref(), Some("7"));
}

#[test]
fn a_header_that_repeats_one_name_is_numbered() {
    let columns = 20_000;
    let documents =
        read("d.csv", &format!("{}\n{}\n", vec!["a"; columns].join(","), vec!["1"; columns].join(",")));
    let documents = documents.unwrap();
    assert_eq!(documents[0].len(), columns);
    assert_eq!(documents[0].keys().take(3).collect::<Vec<_>>(), ["a", "a.1", "a.2"]);
}

#[test]
fn rows_that_lack_most_of_a_wide_header_are_refused() {
    let text = format!("{}\n{}", vec!["a"; 20_000].join(","), "1\n".repeat(20_000));
    let error = read("d.csv", &text).unwrap_err();
    assert!(error.to_string().contains("lack more than"), "{error}");
}

#[test]
fn documents_of_which_each_has_a_field_of_its_own_are_refused() {
    let lines: Vec<String> = (0..20_000).map(|number| format!("{{\"f{number}\": 0}}")).collect();
    let error = read("d.jsonl", &lines.join("\n")).unwrap_err();
    assert!(error.to_string().contains("different fields"), "{error}");
    assert_eq!(read("d.jsonl", "{\"a\": 1}\n{\"b\": 2}").unwrap()[0]["b"], json!(null));
}

#[test]
fn a_task_given_as_text_stands_alone() {
    let config = TaskConfig::from_text("task: t\nrepeats: 2\n", Path::new("t.yaml")).unwrap();
    assert_eq!((config.task.as_str(), config.repeats), ("t", 2));
    let error = TaskConfig::from_text("task: t\ninclude: other.yaml\n", Path::new("t.yaml")).unwrap_err();
    assert_eq!(error.code(), "task::include");
}

#[test]
fn a_parquet_file_that_unpacks_to_a_million_rows_is_refused() {
    let path = crate::fixtures().join("data/million_rows.parquet");
    let error = read_documents(&path, std::fs::read(&path).unwrap(), &Map::new()).unwrap_err();
    assert!(error.to_string().contains("far more rows"), "{error}");
}
