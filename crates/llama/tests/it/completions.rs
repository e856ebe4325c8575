//! Completions by tokens, as a server shows them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use crate::models::{GEMMA3, SMOLLM2, ask, generate, open, options, params, text};
use daepyo_llama::{Completion, CompletionEvent, LlamaBackend, TokenLogprob};

fn events(backend: &LlamaBackend, completion: Completion) -> Vec<CompletionEvent> {
    let mut receiver = backend.complete(completion).unwrap();
    std::iter::from_fn(|| receiver.blocking_recv()).collect()
}

#[test]
fn a_streamed_completion_is_the_generated_text() {
    for name in [SMOLLM2, GEMMA3] {
        let Some(backend) = open(name, options()) else { return };
        let prompt = "한국의 수도는 서울이고, 일본의 수도는";
        let written = ask(&backend, &[generate(prompt, 20, &[])]);
        let completion = Completion {
            prompt: backend.prompt_tokens(prompt),
            params: params(20, &[]),
            score_prompt: false,
            top: Some(2),
        };
        let streamed: String = events(&backend, completion)
            .into_iter()
            .map(|event| match event {
                CompletionEvent::Token { text, logprob } => {
                    let logprob = logprob.unwrap();
                    // Greedy: the token is the first of the most probable ones, to the bit.
                    assert_eq!(logprob.logprob, logprob.top.first().map(|(_, best)| *best));
                    text
                }
                CompletionEvent::End { text, .. } => text,
                CompletionEvent::Prompt(_) | CompletionEvent::Failed { .. } => unreachable!(),
            })
            .collect();
        assert_eq!(streamed, text(&written[0]), "{name}");
    }
}

#[test]
fn a_scored_prompt_has_a_number_for_each_token_but_the_first() {
    let Some(backend) = open(GEMMA3, options()) else { return };
    let prompt = backend.prompt_tokens("The capital of France is Paris");
    let completion =
        Completion { prompt: prompt.clone(), params: params(1, &[]), score_prompt: true, top: Some(3) };
    let events = events(&backend, completion);
    let [CompletionEvent::Prompt(scored), CompletionEvent::Token { .. }, CompletionEvent::End { .. }] =
        events.as_slice()
    else {
        unreachable!("{events:?}")
    };
    assert_eq!(scored.iter().map(|token| token.token).collect::<Vec<_>>(), prompt);
    assert_eq!(scored[0].logprob, None);
    let has_numbers = |token: &TokenLogprob| {
        token.logprob.is_some_and(|logprob| logprob <= token.top[0].1) && token.top.len() == 3
    };
    assert!(scored[1..].iter().all(has_numbers), "{scored:?}");
}

#[test]
fn a_number_outside_the_vocabulary_is_refused() {
    let Some(backend) = open(SMOLLM2, options()) else { return };
    for prompt in [vec![u32::MAX], vec![49_152]] {
        let completion = Completion { prompt, params: params(1, &[]), score_prompt: false, top: None };
        let events = events(&backend, completion);
        assert!(matches!(events.as_slice(), [CompletionEvent::Failed { .. }]), "{events:?}");
    }
}
