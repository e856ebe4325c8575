//! What requests share is evaluated once, and sharing changes no bit of an answer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use crate::models::{GEMMA3, SMOLLM2, ask, choice, generate, open, options};
use daepyo_core::{Request, Response};
use daepyo_llama::LlamaOptions;

fn shots() -> String {
    let shot = |n: u32| format!("Question: What is {n} plus {n}?\nAnswer: {}\n\n", 2 * n);
    (1..12).map(shot).collect::<Vec<_>>().concat()
}

fn mixed_requests() -> Vec<Request> {
    let shots = shots();
    let mut requests = Vec::new();
    for question in ["What is the largest planet?", "Who wrote Hamlet?", "서울은 어느 나라의 수도인가?"]
    {
        let context = format!("{shots}Question: {question}\nAnswer:");
        for continuation in [" Jupiter", " William Shakespeare", " 대한민국", " A", " B"] {
            requests.push(choice(&context, continuation));
        }
        requests.push(generate(&context, 6, &["\n"]));
    }
    requests.push(Request::LoglikelihoodRolling { text: format!("{shots}The end.") });
    requests.push(choice("", "Jupiter is the largest planet."));
    requests
}

/// The order of a linear congruence: a permutation that leaves few neighbours together.
fn shuffled<T: Clone>(values: &[T]) -> Vec<(usize, T)> {
    let step = (3..100).find(|step| gcd(*step, values.len()) == 1).unwrap();
    (0..values.len()).map(|n| (n * step + 5) % values.len()).map(|n| (n, values[n].clone())).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[test]
fn answers_have_the_same_bits_alone_in_any_order_and_with_any_neighbours() {
    for name in [SMOLLM2, GEMMA3] {
        let Some(backend) = open(name, options()) else { return };
        let requests = mixed_requests();
        let together = ask(&backend, &requests);
        let again = ask(&backend, &requests);
        assert_eq!(together, again, "{name}");
        let mixed = shuffled(&requests);
        let Some(other) = open(name, options()) else { return };
        for half in mixed.chunks(mixed.len().div_ceil(3)) {
            let (places, part): (Vec<usize>, Vec<Request>) = half.iter().cloned().unzip();
            for (place, answer) in places.into_iter().zip(ask(&other, &part)) {
                assert_eq!(answer, together[place], "{name}: {:?}", requests[place]);
            }
        }
        for (place, request) in mixed.into_iter().take(8) {
            let Some(alone) = open(name, options()) else { return };
            assert_eq!(ask(&alone, &[request])[0], together[place], "{name}: {:?}", requests[place]);
        }
    }
}

#[test]
fn a_context_beyond_the_sliding_window_is_shared_without_loss() {
    let long = LlamaOptions { context_tokens: Some(1024), ..options() };
    let Some(backend) = open(GEMMA3, long) else { return };
    let context = shots().repeat(5);
    assert!(backend.prompt_tokens(&context).len() > 600, "the window has 512 tokens");
    let requests =
        ["Question: What", "Answer: none of these", "What is 1 plus 1?"].map(|c| choice(&context, c));
    let together = ask(&backend, &requests);
    let Some(alone) = open(GEMMA3, long) else { return };
    assert_eq!(ask(&alone, &requests[2..])[0], together[2]);
    assert_eq!(ask(&alone, &requests[..1])[0], together[0]);
}

#[test]
fn answers_have_the_same_bits_with_one_thread_two_threads_and_two_workers() {
    for name in [SMOLLM2, GEMMA3] {
        let with = |threads, workers| {
            let options = LlamaOptions { threads: Some(threads), workers: Some(workers), ..options() };
            // Few: threads that wait for each other are slow on a machine that does other work.
            let requests: Vec<Request> = mixed_requests().into_iter().step_by(4).collect();
            open(name, options).map(|backend| ask(&backend, &requests))
        };
        let Some(one) = with(1, 1) else { return };
        assert_eq!(Some(&one), with(2, 1).as_ref(), "{name}");
        assert_eq!(Some(&one), with(2, 2).as_ref(), "{name}");
    }
}

#[test]
fn choices_of_one_context_evaluate_it_once() {
    let Some(backend) = open(SMOLLM2, options()) else { return };
    let context = format!("{}Question: Which planet is the largest?\nAnswer:", shots());
    let context_tokens = backend.prompt_tokens(&context).len() as u64;
    let letters: Vec<Request> = [" A", " B", " C", " D"].iter().map(|c| choice(&context, c)).collect();
    ask(&backend, &letters);
    let stats = backend.stats();
    assert_eq!(stats.tokens_evaluated, context_tokens, "one row of logits judges all four letters");
    assert_eq!(stats.tokens_asked, 4 * context_tokens);
    assert_eq!(stats.requests, 4);

    let words = [choice(&context, " The planet Mars"), choice(&context, " The planet Jupiter")];
    let answers = ask(&backend, &words);
    let inputs: u64 = answers
        .iter()
        .map(|answer| {
            let Response::Loglikelihood { tokens, .. } = answer else { unreachable!("{answer:?}") };
            u64::from(*tokens) - 1
        })
        .sum();
    assert_eq!(backend.stats().tokens_evaluated, context_tokens + inputs, "the context was still there");
}

#[test]
fn documents_share_their_examples() {
    let Some(backend) = open(SMOLLM2, LlamaOptions { batch_tokens: 32, ..options() }) else { return };
    let shots = shots();
    let requests: Vec<Request> =
        (0..6).map(|n| choice(&format!("{shots}Question: What is {n}{n} plus 1?\nAnswer:"), " 7")).collect();
    ask(&backend, &requests);
    let stats = backend.stats();
    // Each further document costs its own text and less than one piece of the shared examples.
    let own = backend.prompt_tokens("Question: What is 11 plus 1?\nAnswer:").len() as u64 + 4;
    let shared = backend.prompt_tokens(&shots).len() as u64;
    assert!(stats.tokens_evaluated <= shared + own + 5 * (own + 32), "{stats:?} {shared} {own}");
    assert!(stats.tokens_evaluated < stats.tokens_asked / 2, "{stats:?}");
}

#[test]
fn nothing_is_evaluated_after_the_receiver_is_gone() {
    use daepyo_backend::Backend;
    let Some(backend) = open(SMOLLM2, options()) else { return };
    let requests: Vec<Request> = (0..50).map(|n| generate(&format!("Number {n} is"), 400, &[])).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let listen = async {
            receiver.recv().await.unwrap();
            drop(receiver);
        };
        let (result, ()) = tokio::join!(backend.answer(requests.into(), sender), listen);
        result.unwrap();
    });
    assert!(backend.stats().requests < 5, "{:?}", backend.stats());
}
