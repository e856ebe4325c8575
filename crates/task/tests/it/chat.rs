//! Requests for chat servers, generation settings, and chat templates on their own.

use daepyo_core::{Message, Prompt, Request, Role};
use daepyo_task::{ChatStyle, CompiledChatTemplate, LoadOptions, Task, TaskIndex};
use std::fs;
use tempfile::TempDir;

fn task(keys: &str, options: &LoadOptions) -> Task {
    let folder = TempDir::new().unwrap();
    let rows = "{\"q\":\"하나?\",\"a\":\"1\"}\n{\"q\":\"둘?\",\"a\":\"2\"}\n";
    fs::write(folder.path().join("d.jsonl"), rows).unwrap();
    let head = "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: d.jsonl}}\ntest_split: test\n\
                doc_to_text: 'Q: {{q}}'\ndoc_to_target: '{{a}}'\nfewshot_config: {sampler: first_n}\nfewshot_split: test\n";
    fs::write(folder.path().join("t.yaml"), format!("{head}{keys}")).unwrap();
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    Task::load(&index, "t", options).unwrap()
}

fn message(role: Role, content: &str) -> Message {
    Message { role, content: content.to_owned() }
}

#[test]
fn a_server_with_its_own_template_gets_messages() {
    let options = LoadOptions {
        num_fewshot: Some(1),
        system_instruction: Some("답만.".to_owned()),
        ..LoadOptions::default()
    };
    let task = task(
        "generation_kwargs: {until: 끝, max_new_tokens: 7, temperature: 0.5, top_p: 0.9}\nrepeats: 2\n",
        &options,
    );
    let requests = task.requests(0, ChatStyle::Native).unwrap();
    assert_eq!(requests.len(), 2);
    let Request::Generate { prompt, params } = &requests[1] else { unreachable!("the task generates") };
    let wanted = vec![
        message(Role::System, "답만."),
        message(Role::User, "Q: 둘?"),
        message(Role::Assistant, "2"),
        message(Role::User, "Q: 하나?"),
    ];
    assert_eq!(*prompt, Prompt::Chat(wanted));
    assert_eq!(
        (params.max_tokens, params.seed, params.stop.as_slice()),
        (7, 1, ["끝".to_owned()].as_slice())
    );
    assert_ne!(requests[0].digest(), requests[1].digest());
}

#[test]
fn greedy_repeats_are_one_request() {
    let task = task(
        "generation_kwargs: {do_sample: false, temperature: 0.7, top_k: 3}\nrepeats: 3\n",
        &LoadOptions::default(),
    );
    let requests = task.requests(0, ChatStyle::Plain).unwrap();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.digest() == requests[0].digest()));
    assert!(task.warnings().iter().any(|warning| warning.contains("top_k")));
}

#[test]
fn an_explicit_number_of_examples_wins_over_the_file() {
    let options = LoadOptions { num_fewshot: Some(1), ..LoadOptions::default() };
    let task = task("num_fewshot: 0\n", &options);
    assert_eq!(task.num_fewshot(), 1);
    assert_eq!(task.warnings().len(), 1);
    assert_eq!(task.instance(1, ChatStyle::Plain).unwrap().input, "Q: 하나? 1\n\nQ: 둘?");
}

#[test]
fn a_template_that_fails_says_so() {
    let compile = |source: &str| CompiledChatTemplate::compile(source, "", "", (2026, 1, 1));
    assert_eq!(compile("{% for %}").unwrap_err().code(), "task::chat_template");
    let refusing = compile("{{ raise_exception('never') }}").unwrap();
    let error = refusing.render(&[message(Role::User, "x")], true).unwrap_err();
    assert_eq!(error.code(), "task::chat_template");
    let silent = compile("nothing").unwrap();
    assert!(silent.render(&[message(Role::Assistant, "open")], false).is_err());
    let trimming = compile("<{{ messages[0].content | trim }}>").unwrap();
    assert_eq!(trimming.render(&[message(Role::Assistant, " open ")], false).unwrap(), "<open");
}
