//! Requests byte for byte equal to those of lm-eval 0.4.13 (`fixtures/golden/regenerate.sh` made the expected ones).

use daepyo_task::{ChatStyle, CompiledChatTemplate, LoadOptions, Task, TaskIndex, plan};
use std::{fs, path::PathBuf};

const ALL: [&str; 10] = [
    "g_mc",
    "g_mc_repr",
    "g_mc_key",
    "g_twins",
    "g_inputs",
    "g_gen",
    "g_gen_list",
    "g_samples",
    "g_ll",
    "g_roll",
];

fn folder() -> PathBuf {
    crate::fixtures().join("golden")
}

fn options() -> LoadOptions {
    LoadOptions { data_root: Some(folder().join("data")), ..LoadOptions::default() }
}

fn check(expected: &str, names: &[&str], options: &LoadOptions, chat: Option<(&str, &str)>) {
    let index = TaskIndex::build(&[folder().join("tasks")]).unwrap();
    assert!(index.problems().is_empty());
    let template = chat.map(|(name, bos)| {
        let source = fs::read_to_string(folder().join(format!("chat/{name}.jinja"))).unwrap();
        CompiledChatTemplate::compile(&source, bos, "", (2026, 1, 1)).unwrap()
    });
    let style = template.as_ref().map_or(ChatStyle::Plain, ChatStyle::Template);
    let mut lines = Vec::new();
    for name in names {
        for node in index.resolve(name).unwrap() {
            for config in node.tasks() {
                let task = Task::from_config(config.clone(), options).unwrap();
                lines.extend(plan::dump_requests(&task, style).unwrap());
            }
        }
    }
    let text = fs::read_to_string(folder().join(format!("expected/{expected}.jsonl"))).unwrap();
    let wanted: Vec<&str> = text.lines().collect();
    for (line, wanted) in lines.iter().zip(&wanted) {
        assert_eq!(line, wanted, "{expected}");
    }
    assert_eq!(lines.len(), wanted.len(), "{expected}");
}

#[test]
fn own_number_of_examples() {
    check("plain", &ALL, &options(), None);
}

#[test]
fn no_examples() {
    let options = LoadOptions { num_fewshot: Some(0), ..options() };
    check("zero", &ALL, &options, None);
}

#[test]
fn groups_override_their_tasks() {
    check("group", &["g_group"], &options(), None);
}

#[test]
fn tags_stand_for_their_tasks() {
    check("tag", &["g_tag"], &options(), None);
}

#[test]
fn limit_and_system_instruction() {
    let options =
        LoadOptions {
            limit: Some(3), system_instruction: Some("차분히 답하라.".to_owned()), ..options()
        };
    check("limited", &ALL, &options, None);
}

#[test]
fn chat_template_with_turns() {
    let options = LoadOptions { limit: Some(4), ..options() };
    check("chatml", &ALL, &options, Some(("chatml", "")));
}

#[test]
fn chat_template_with_one_turn() {
    let options = LoadOptions {
        limit: Some(3),
        system_instruction: Some("차분히 답하라.".to_owned()),
        fewshot_as_multiturn: false,
        ..options()
    };
    check("chatml_single", &ALL, &options, Some(("chatml", "")));
}

#[test]
fn chat_template_that_refuses_a_system_message() {
    let options = LoadOptions { limit: Some(3), ..options() };
    check("strict", &ALL, &options, Some(("strict", "<bos>")));
}

#[test]
fn the_date_of_a_chat_template_is_the_given_one() {
    let options = LoadOptions { limit: Some(2), ..options() };
    let with_generation: Vec<&str> = ALL.to_vec();
    check("dated", &with_generation, &options, Some(("dated", "<s>")));
}
