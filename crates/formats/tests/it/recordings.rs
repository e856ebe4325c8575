//! Recordings of other programs as answers.

use crate::made::{params, world};
use daepyo_backend::ReplayBackend;
use daepyo_core::{FailureClass, Finish, GenerateParams, Message, Prompt, Request, Response, Role};
use daepyo_formats::{Format, files, open, read_lm_eval_samples};
use std::io::Write as _;

fn lm_eval(lines: &str) -> ReplayBackend {
    read_lm_eval_samples(lines.as_bytes()).unwrap().into()
}

fn written(prompt: &str, seed: u64) -> Request {
    let prompt = Prompt::Text(prompt.to_owned());
    Request::Generate { prompt, params: GenerateParams { seed, temperature: 0.7, ..params() } }
}

fn text(response: &Response) -> Option<(&str, Finish)> {
    match response {
        Response::Generated { text, finish, .. } => Some((text, *finish)),
        Response::Loglikelihood { .. } | Response::LoglikelihoodRolling { .. } | Response::Failed { .. } => {
            None
        }
    }
}

fn is_missing(response: &Response) -> bool {
    matches!(response, Response::Failed { class: FailureClass::NotRecorded, .. })
}

#[test]
fn a_log_that_was_written_answers_every_request_again() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files(Format::Inspect, &world.evaluated()).unwrap() {
        let path = folder.path().join(name.rsplit('/').next().unwrap());
        std::fs::write(&path, bytes).unwrap();
        let replay = open(&path).unwrap();
        let of_task = if name.contains("choose") { &world.choose } else { &world.write };
        for (request, response) in of_task.iter().flat_map(|made| &made.exchanges) {
            if matches!(response, Response::Failed { .. }) {
                assert!(is_missing(&replay.respond(request)));
            } else {
                assert_eq!(&replay.respond(request), response);
            }
        }
    }
}

#[test]
fn lm_eval_samples_answer_by_their_arguments() {
    // The texts of numbers and truth values are lm-eval's own; NaN stands bare, as Python writes it.
    let replay = lm_eval(concat!(
        "\u{feff}{\"doc_id\": 0, \"acc\": NaN, \"arguments\": {\"gen_args_0\": {\"arg_0\": \"가\", \"arg_1\": \" 나\"}, ",
        "\"gen_args_1\": {\"arg_0\": \"가\", \"arg_1\": \" 다\"}}, ",
        "\"resps\": [[[\"-1.5\", \"True\"]], [[\"-inf\", \"False\"]]], \"filter\": \"none\"}\n\n",
        "{\"arguments\": {\"gen_args_0\": {\"arg_0\": \"글\"}}, \"resps\": [[[\"-20.5\"]]]}\n",
        "{\"arguments\": [[\"질문\", {\"until\": [\"\\n\\n\"]}]], \"resps\": [[\"답\\n\\n군더더기\"]]}\n",
    ));
    let judged = |continuation: &str| Request::Loglikelihood {
        context: "가".to_owned(),
        continuation: continuation.to_owned(),
    };
    assert_eq!(
        replay.respond(&judged(" 나")),
        Response::Loglikelihood { logprob: -1.5, is_greedy: true, tokens: 1 }
    );
    assert!(
        matches!(replay.respond(&judged(" 다")), Response::Loglikelihood { logprob, .. } if logprob.is_infinite())
    );
    assert!(is_missing(&replay.respond(&judged("다"))));
    let rolling = Request::LoglikelihoodRolling { text: "글".to_owned() };
    assert_eq!(replay.respond(&rolling), Response::LoglikelihoodRolling { logprob: -20.5, tokens: 1 });
    assert_eq!(text(&replay.respond(&written("질문", 0))), Some(("답", Finish::Stop)));
}

#[test]
fn repeats_are_told_apart_and_filters_are_not() {
    let one = "{\"arguments\": {\"gen_args_0\": {\"arg_0\": \"질문\", \"arg_1\": {}}}, \"resps\": [[\"가\", \"나\"]]}\n";
    let replay = lm_eval(&(one.to_owned() + one));
    assert_eq!(text(&replay.respond(&written("질문", 0))), Some(("가", Finish::Stop)));
    assert_eq!(text(&replay.respond(&written("질문", 1))), Some(("나", Finish::Stop)));
    assert!(is_missing(&replay.respond(&written("질문", 2))));
}

#[test]
fn messages_are_found_whole() {
    let replay = lm_eval(concat!(
        "{\"arguments\": {\"gen_args_0\": {\"arg_0\": [\"[{\\\"role\\\": \\\"system\\\", \\\"content\\\": \\\"짧게\\\"}, ",
        "{\\\"role\\\": \\\"user\\\", \\\"content\\\": \\\"질문\\\"}]\"], \"arg_1\": {}}}, \"resps\": [[\"답\"]]}\n",
    ));
    let ask = |system: &str| {
        let message = |role, content: &str| Message { role, content: content.to_owned() };
        let prompt = Prompt::Chat(vec![message(Role::System, system), message(Role::User, "질문")]);
        Request::Generate { prompt, params: params() }
    };
    assert_eq!(text(&replay.respond(&ask("짧게"))), Some(("답", Finish::Stop)));
    assert!(is_missing(&replay.respond(&ask("길게"))));
}

#[test]
fn a_contradiction_is_named_and_rounding_is_none() {
    let line = |logprob: &str, greedy: &str| {
        format!(
            "{{\"arguments\": {{\"gen_args_0\": {{\"arg_0\": \"가\", \"arg_1\": \"나\"}}}}, \"resps\": [[[\"{logprob}\", \"{greedy}\"]]]}}\n"
        )
    };
    let near = line("-1.5", "True") + &line("-1.5001", "True");
    let judged = Request::Loglikelihood { context: "가".to_owned(), continuation: "나".to_owned() };
    assert!(
        matches!(lm_eval(&near).respond(&judged), Response::Loglikelihood { logprob, .. } if logprob > -1.50005)
    );
    for other in [line("-1.9", "True"), line("-1.5", "False"), line("0.5", "True")] {
        let error = read_lm_eval_samples((line("-1.5", "True") + "\n" + &other).as_bytes()).unwrap_err();
        assert_eq!(error.place, "line 3");
    }
}

#[test]
fn the_content_tells_what_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anything.txt");
    for (content, request) in [
        ("\n{\"prompt\": \"질문\", \"text\": \"답\"}\n", written("질문", 0)),
        ("\n{\"arguments\": [[\"질문\", {}]], \"resps\": [[\"답\"]]}\n", written("질문", 0)),
    ] {
        std::fs::File::create(&path).unwrap().write_all(content.as_bytes()).unwrap();
        assert_eq!(text(&open(&path).unwrap().respond(&request)), Some(("답", Finish::Stop)));
    }
    std::fs::write(&path, "{\"what\": 1}").unwrap();
    let error = open(&path).unwrap_err().to_string();
    assert!(error.contains("anything.txt"), "{error}");
}
