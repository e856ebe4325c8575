//! Recorded responses: what is found, and what a broken file says.

use crate::support::{answers_of, chat, judged, mixed, params, run, written};
use daepyo_backend::faulty::Script;
use daepyo_backend::{BackendError, Recorder, ReplayBackend, ReplayLineError};
use daepyo_core::{FailureClass, Finish, Prompt, Request, Response};
use std::error::Error as _;

fn read(text: &str) -> Result<ReplayBackend, daepyo_backend::ReplayError> {
    ReplayBackend::read(text.as_bytes())
}

fn text_of(response: &Response) -> Option<(&str, Finish)> {
    match response {
        Response::Generated { text, finish, .. } => Some((text, *finish)),
        Response::Loglikelihood { .. } | Response::LoglikelihoodRolling { .. } | Response::Failed { .. } => {
            None
        }
    }
}

#[tokio::test]
async fn what_a_server_said_is_said_again() {
    let requests = mixed(40);
    let (expected, _) = run(Script::default(), &requests, |_| {}).await;
    let mut recorder = Recorder::new(Vec::new());
    for (request, response) in requests.iter().zip(&expected) {
        recorder.record(request, response).unwrap();
    }
    let bytes = recorder.finish().unwrap();
    let replay = ReplayBackend::read(bytes.as_slice()).unwrap();
    assert_eq!(replay.len(), 40);
    assert_eq!(answers_of(&replay, &requests).await, expected);
    let unknown = answers_of(&replay, &[written("처음 보는 문제")]).await;
    assert!(matches!(unknown[0], Response::Failed { class: FailureClass::NotRecorded, .. }));
}

#[test]
fn answers_are_found_by_prompt_last_user_turn_and_pair() {
    let replay = read(concat!(
        "\u{feff}{\"prompt\": \"질문\", \"text\": \"답\\n\\n군더더기\", \"finish\": \"length\"}\r\n",
        "\n",
        "{\"context\": \"가\", \"continuation\": \" 나\", \"logprob\": -1.5, \"is_greedy\": true}\n",
        "{\"rolling\": \"글\", \"logprob\": -3, \"tokens\": 4}",
    ))
    .unwrap();
    assert_eq!(text_of(&replay.respond(&written("질문"))), Some(("답", Finish::Stop)));
    assert_eq!(text_of(&replay.respond(&chat("질문"))), Some(("답\n\n군더더기", Finish::Length)));
    assert_eq!(
        replay.respond(&judged("가", " 나")),
        Response::Loglikelihood { logprob: -1.5, is_greedy: true, tokens: 1 }
    );
    assert!(matches!(replay.respond(&judged("가 ", "나")), Response::Failed { .. }));
    let rolling = Request::LoglikelihoodRolling { text: "글".to_owned() };
    assert!(matches!(replay.respond(&rolling), Response::LoglikelihoodRolling { tokens: 4, .. }));
}

#[test]
fn a_digest_goes_before_a_prompt_but_only_for_its_kind() {
    let request = Request::Generate { prompt: Prompt::Text("질문".to_owned()), params: params(&[]) };
    let digest = request.digest();
    let by_prompt = r#"{"prompt": "질문", "text": "둘"}"#;
    let good = format!(
        "{by_prompt}\n{{\"request\": \"{digest}\", \"response\": {{\"kind\": \"generated\", \"text\": \"하나\", \"finish\": \"stop\", \"prompt_tokens\": null, \"completion_tokens\": null}}}}"
    );
    assert_eq!(text_of(&read(&good).unwrap().respond(&request)), Some(("하나", Finish::Stop)));
    let other = format!(
        "{by_prompt}\n{{\"request\": \"{digest}\", \"response\": {{\"kind\": \"loglikelihood_rolling\", \"logprob\": -1.0, \"tokens\": 1}}}}"
    );
    assert_eq!(text_of(&read(&other).unwrap().respond(&request)), Some(("둘", Finish::Stop)));
}

#[test]
fn a_contradiction_names_both_lines_and_a_repetition_is_none() {
    let line = |text: &str| format!("{{\"prompt\": \"질문\", \"text\": \"{text}\"}}\n");
    assert_eq!(read(&(line("가") + &line("가"))).unwrap().len(), 1);
    let error = read(&(line("가") + "\n" + &line("나"))).unwrap_err();
    assert_eq!(error.line, 3);
    assert!(matches!(error.problem, ReplayLineError::Contradiction { first: 1, .. }));
    assert!(error.to_string().contains("line 3"));
    assert!(error.source().unwrap().to_string().contains("line 1"));
}

#[test]
fn hostile_lines_are_errors_with_their_number() {
    let good = "{\"prompt\": \"p\", \"text\": \"t\"}\n";
    let deep = "[".repeat(100_000);
    for bad in [
        "{",
        "7",
        "null",
        "[]",
        "{}",
        "{\"prompt\": 7, \"text\": \"t\"}",
        "{\"prompt\": \"p\"}",
        "{\"prompt\": \"p\", \"text\": \"t\", \"extra\": 1}",
        "{\"prompt\": \"p\", \"text\": \"t\", \"finish\": \"maybe\"}",
        "{\"request\": \"sha256:00\", \"response\": {\"kind\": \"generated\"}}",
        "{\"context\": \"c\", \"continuation\": \"d\", \"logprob\": 0.5, \"is_greedy\": true}",
        "{\"context\": \"c\", \"continuation\": \"d\", \"logprob\": 1e999, \"is_greedy\": true}",
        "{\"context\": \"c\", \"continuation\": \"d\", \"logprob\": NaN, \"is_greedy\": true}",
        "{\"rolling\": \"c\", \"logprob\": -1, \"tokens\": -1}",
        "\u{0}",
        deep.as_str(),
    ] {
        let error = read(&format!("{good}{bad}\n{good}")).unwrap_err();
        assert_eq!(error.line, 2, "{bad:.60}");
    }
    let mut bytes = good.as_bytes().to_vec();
    bytes.extend_from_slice(b"{\"prompt\": \"\xff\", \"text\": \"t\"}\n");
    assert_eq!(ReplayBackend::read(bytes.as_slice()).unwrap_err().line, 2);
}

#[test]
fn a_line_without_end_is_not_read_into_memory() {
    let endless = std::io::BufReader::new(std::io::repeat(b' '));
    let error = ReplayBackend::read(endless).unwrap_err();
    assert!(matches!(error.problem, ReplayLineError::TooLong));
}

#[test]
fn a_missing_file_is_named() {
    let error = ReplayBackend::open(std::path::Path::new("/nowhere/answers.jsonl")).unwrap_err();
    assert!(matches!(&error, BackendError::File { path, .. } if path.contains("answers.jsonl")));
}
