//! Conversations as they are written: turns, failures, a reader who leaves.

#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use crate::models::{SMOLLM2, open, options, params};
use daepyo_backend::{
    TalkTimes,
    talk::{End, Piece, Pieces, Talk, TalkError},
};
use daepyo_core::{Message, Role};
use daepyo_llama::{ChatTemplate, LlamaBackend, LlamaOptions, LlamaTalk};
use futures_util::StreamExt;
use std::{sync::Arc, time::Duration};

fn message(role: Role, content: &str) -> Message {
    Message { role, content: content.to_owned() }
}

fn asked(content: &str) -> Vec<Message> {
    vec![message(Role::System, "You are a helpful assistant."), message(Role::User, content)]
}

/// The model's own template in short; it refuses one prompt.
fn template() -> ChatTemplate {
    Box::new(|messages: &[Message]| {
        if messages.iter().any(|message| message.content == "refuse me") {
            return Err("the template refuses this".to_owned());
        }
        let mut text = String::new();
        for message in messages {
            let role = match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
            };
            for part in ["<|im_start|>", role, "\n", message.content.as_str(), "<|im_end|>\n"] {
                text.push_str(part);
            }
        }
        Ok(text + "<|im_start|>assistant\n")
    })
}

fn talk(times: TalkTimes) -> Option<(Arc<LlamaBackend>, LlamaTalk)> {
    let backend = Arc::new(open(SMOLLM2, LlamaOptions { workers: Some(1), ..options() })?);
    Some((Arc::clone(&backend), LlamaTalk::new(backend, template(), times)))
}

/// The texts of an answer, and how it ended.
async fn read(pieces: Pieces) -> (Vec<String>, Result<End, TalkError>) {
    let mut texts = Vec::new();
    let mut end = Err(TalkError::NotRecorded);
    for piece in pieces.collect::<Vec<_>>().await {
        match piece {
            Ok(Piece::Text(text)) => texts.push(text),
            Ok(Piece::Thought { .. }) => unreachable!("a model of this process has one text"),
            Ok(Piece::End(found)) => end = Ok(found),
            Err(error) => end = Err(error),
        }
    }
    (texts, end)
}

#[tokio::test]
async fn a_conversation_of_two_turns_is_written_piece_by_piece_to_its_end() {
    let Some((_, talk)) = talk(TalkTimes::default()) else { return };
    let mut messages = asked("What is the capital of France?");
    let (first, end) = read(talk.begin(messages.clone(), params(24, &[]))).await;
    let first_end = end.unwrap();
    assert!(first.len() > 1 && first.iter().all(|text| !text.is_empty()), "{first:?}");
    assert!(!first.concat().contains("<|im_"), "{first:?}");

    messages.push(message(Role::Assistant, &first.concat()));
    messages.push(message(Role::User, "And of Korea?"));
    let mut sampled = params(24, &[]);
    sampled.temperature = 0.7;
    let (second, end) = read(talk.begin(messages, sampled)).await;
    let second_end = end.unwrap();
    assert!(!second.concat().is_empty());
    assert!(second_end.prompt_tokens > first_end.prompt_tokens, "{second_end:?}");
}

#[tokio::test]
async fn a_reader_who_leaves_ends_the_answer_and_the_next_one_begins() {
    let Some((backend, talk)) = talk(TalkTimes::default()) else { return };
    let story = || talk.begin(asked("Write a long story about the sea."), params(400, &[]));
    let (_, end) = read(story()).await;
    let whole = end.unwrap();

    let before = backend.stats().tokens_asked;
    let mut left = story();
    assert!(matches!(left.next().await, Some(Ok(Piece::Text(_)))));
    drop(left);
    // There is one worker: what comes next is written when it has stopped.
    let (_, end) = read(talk.begin(asked("Hello!"), params(1, &[]))).await;
    let next = end.unwrap();
    let prompts = u64::from(whole.prompt_tokens.unwrap() + next.prompt_tokens.unwrap());
    let written = backend.stats().tokens_asked - before - prompts;
    assert!(written < u64::from(whole.completion_tokens.unwrap() / 2), "{written} of {whole:?}");
}

#[tokio::test]
async fn nothing_is_asked_of_the_model_before_the_first_piece_is() {
    let Some((backend, talk)) = talk(TalkTimes::default()) else { return };
    drop(talk.begin(asked("Hello!"), params(8, &[])));
    assert_eq!(backend.stats().requests, 0);
}

#[tokio::test]
async fn what_the_model_cannot_answer_and_what_is_late_is_told_as_of_a_server() {
    let Some((_, punctual)) = talk(TalkTimes::default()) else { return };
    let long = "one two three four five six seven ".repeat(120);
    for content in ["refuse me", long.as_str()] {
        let (texts, end) = read(punctual.begin(asked(content), params(8, &[]))).await;
        assert!(texts.is_empty());
        assert!(matches!(end, Err(TalkError::Status { status: 400, .. })), "{end:?}");
    }
    let times = TalkTimes { first_token: Duration::ZERO, ..TalkTimes::default() };
    let Some((_, hasty)) = talk(times) else { return };
    let (_, end) = read(hasty.begin(asked("Hello!"), params(8, &[]))).await;
    assert_eq!(end, Err(TalkError::FirstToken { limit_ms: 0 }));
}
