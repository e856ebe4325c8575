//! Requests, patient settings, and one call that gathers all answers in order.

use daepyo_backend::faulty::{FaultyServer, Script};
use daepyo_backend::talk::{End, Piece, Pieces};
use daepyo_backend::{Backend, OpenAiBackend, OpenAiOptions, RetryPolicy, TalkError};
use daepyo_core::{GenerateParams, Message, Prompt, Request, Response, Role};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn params(stop: &[&str]) -> GenerateParams {
    GenerateParams {
        max_tokens: 64,
        temperature: 0.0,
        top_p: 1.0,
        stop: stop.iter().map(|stop| (*stop).to_owned()).collect(),
        seed: 7,
    }
}

pub(crate) fn written(prompt: &str) -> Request {
    Request::Generate { prompt: Prompt::Text(prompt.to_owned()), params: params(&["\n\n"]) }
}

pub(crate) fn chat(question: &str) -> Request {
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    Request::Generate {
        prompt: Prompt::Chat(vec![message(Role::System, "답만 쓰십시오."), message(Role::User, question)]),
        params: params(&[]),
    }
}

pub(crate) fn judged(context: &str, continuation: &str) -> Request {
    Request::Loglikelihood { context: context.to_owned(), continuation: continuation.to_owned() }
}

/// Requests of all kinds.
pub(crate) fn mixed(count: usize) -> Vec<Request> {
    let one = |number: usize| match number % 4 {
        0 => written(&format!("문제 {number}: 다음 중 옳은 것은?")),
        1 => chat(&format!("질문 {number}: 수도는 어디입니까?")),
        2 => judged(&format!("문제 {number}: 옳은 것은? 답:"), &format!(" {number} 번")),
        _ => Request::LoglikelihoodRolling { text: format!("글 {number} 하나 둘 셋") },
    };
    (0..count).map(one).collect()
}

/// Settings that wait milliseconds where others wait seconds.
pub(crate) fn options(server: &FaultyServer) -> OpenAiOptions {
    OpenAiOptions {
        deadline: Duration::from_secs(20),
        retry: RetryPolicy {
            attempts: 12,
            first_pause: Duration::from_millis(2),
            greatest_pause: Duration::from_millis(20),
            total: Duration::from_mins(2),
        },
        chat: true,
        ..OpenAiOptions::new(server.base_url(), "scripted")
    }
}

pub(crate) async fn answers_of(backend: &dyn Backend, requests: &[Request]) -> Vec<Response> {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(4);
    let work = backend.answer(Arc::from(requests), sender);
    let gather = async {
        let mut found = vec![None; requests.len()];
        while let Some((position, response)) = receiver.recv().await {
            assert!(found[position].replace(response).is_none(), "answered twice");
        }
        found
    };
    let (outcome, found) = tokio::join!(work, gather);
    outcome.unwrap();
    found.into_iter().map(Option::unwrap).collect()
}

/// Starts a server, asks it everything, and gives both back.
pub(crate) async fn run(
    script: Script,
    requests: &[Request],
    set: impl FnOnce(&mut OpenAiOptions),
) -> (Vec<Response>, FaultyServer) {
    let server = FaultyServer::start(script).await.unwrap();
    let mut options = options(&server);
    set(&mut options);
    let backend = OpenAiBackend::new(options).unwrap();
    (answers_of(&backend, requests).await, server)
}

pub(crate) fn asked(question: &str) -> Vec<Message> {
    vec![Message { role: Role::User, content: question.to_owned() }]
}

/// The text, the characters of reasoning, and how the answer ended.
pub(crate) type Read = (String, u64, Result<End, TalkError>);

/// Reads an answer to its end.
pub(crate) async fn read_all(mut pieces: Pieces) -> Read {
    let (mut text, mut thought) = (String::new(), 0);
    loop {
        match pieces.next().await.expect("pieces end with an end or an error") {
            Ok(Piece::Text(piece)) => {
                assert!(!piece.is_empty());
                text.push_str(&piece);
            }
            Ok(Piece::Thought { chars }) => thought += chars,
            Ok(Piece::End(end)) => {
                assert!(pieces.next().await.is_none());
                return (text, thought, Ok(end));
            }
            Err(error) => {
                assert!(pieces.next().await.is_none());
                return (text, thought, Err(error));
            }
        }
    }
}
