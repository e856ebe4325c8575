//! One request, one answer: what the numbers and texts mean.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use crate::models::{GEMMA3, SMOLLM2, ask, choice, generate, judged, open, options, params, path, text};
use daepyo_backend::{Backend, BackendError, ChatSupport};
use daepyo_core::{FailureClass, Finish, Message, Prompt, Request, Response, Role};
use daepyo_llama::{Completion, CompletionEvent, LlamaBackend, LlamaOptions, SHAPE_TOLERANCE_NATS};

const PAIRS: [(&str, &str); 7] = [
    ("The capital of France is", " Paris, the city of light."),
    ("Question: What is 2 + 2?\nAnswer:", " 4"),
    ("대한민국의 수도는", " 서울특별시이다."),
    ("한국어로 인사를 하면 ", "안녕하세요"),
    ("The quick brown fox jumps over the lazy dog. Once upon a time there was ", "a princess"),
    ("", "An article begins here."),
    ("   ", "White space is no context."),
];

/// The log-probabilities of a text's tokens, evaluated at once by a model opened for this alone.
fn brute_force(name: &str, text: &str) -> Option<Vec<f64>> {
    let alone = open(name, LlamaOptions { batch_tokens: 512, ..options() })?;
    let completion = Completion {
        prompt: alone.prompt_tokens(text),
        params: params(0, &[]),
        score_prompt: true,
        top: None,
    };
    let mut events = alone.complete(completion).unwrap();
    let Some(CompletionEvent::Prompt(tokens)) = events.blocking_recv() else { unreachable!() };
    Some(tokens.iter().filter_map(|token| token.logprob).collect())
}

#[test]
fn loglikelihood_equals_one_evaluation_of_the_whole_text() {
    for name in [SMOLLM2, GEMMA3] {
        let Some(backend) = open(name, options()) else { return };
        let mut widest: f64 = 0.0;
        for (context, continuation) in &PAIRS[..5] {
            let requests = [choice(context, continuation)];
            let (logprob, _, tokens) = judged(&ask(&backend, &requests)[0]);
            let all = brute_force(name, &format!("{context}{continuation}")).unwrap();
            let tail: f64 = all[all.len() - tokens as usize..].iter().sum();
            widest = widest.max((logprob - tail).abs() / f64::from(tokens));
            assert!(
                (logprob - tail).abs() <= SHAPE_TOLERANCE_NATS * f64::from(tokens),
                "{name} {context:?}: {logprob} {tail}"
            );
        }
        assert!(widest <= SHAPE_TOLERANCE_NATS, "{widest}");
    }
}

#[test]
fn an_empty_context_is_judged_after_the_prefix_token() {
    for name in [SMOLLM2, GEMMA3] {
        let Some(backend) = open(name, options()) else { return };
        let answers = ask(&backend, &PAIRS[5..].iter().map(|(a, b)| choice(a, b)).collect::<Vec<_>>());
        for (answer, (context, continuation)) in answers.iter().zip(&PAIRS[5..]) {
            let (logprob, _, tokens) = judged(answer);
            let expected = backend.tokenize(&format!("{context}{continuation}")).unwrap().len();
            assert_eq!(tokens as usize, expected, "{name}");
            assert!(logprob.is_finite() && logprob < 0.0);
        }
    }
}

#[test]
fn greedy_is_said_of_what_greedy_decoding_writes_and_of_nothing_else() {
    for name in [SMOLLM2, GEMMA3] {
        let Some(backend) = open(name, options()) else { return };
        let prompt = "The sun rises in the east and sets in the";
        let written = ask(&backend, &[generate(prompt, 3, &[])]);
        let written = text(&written[0]);
        let answers = ask(&backend, &[choice(prompt, written), choice(prompt, " xylophone quarrel")]);
        assert!(judged(&answers[0]).1, "{name}: {written:?}");
        assert!(!judged(&answers[1]).1, "{name}");
    }
}

#[test]
fn a_continuation_without_tokens_is_refused_and_not_certain() {
    let Some(backend) = open(SMOLLM2, options()) else { return };
    let answers = ask(&backend, &[choice("A context", ""), choice("", "")]);
    for answer in answers {
        let Response::Failed { class, message } = answer else { unreachable!("{answer:?}") };
        assert_eq!(class, FailureClass::Unsupported);
        assert!(message.contains("continuation"), "{message}");
    }
}

#[test]
fn a_prompt_longer_than_the_context_is_refused_with_both_numbers() {
    let small = LlamaOptions { context_tokens: Some(32), ..LlamaOptions::default() };
    let Some(backend) = open(SMOLLM2, small) else { return };
    let long = "one two three four five six seven eight nine ten ".repeat(5);
    let answers = ask(&backend, &[choice(&long, " eleven"), generate(&long, 4, &[])]);
    for answer in answers {
        let Response::Failed { class, message } = answer else { unreachable!("{answer:?}") };
        assert_eq!(class, FailureClass::Unsupported);
        assert!(message.contains("32") && message.contains("51"), "{message}");
    }
}

#[test]
fn a_text_longer_than_the_context_rolls_and_every_token_counts() {
    let Some(backend) = open(SMOLLM2, LlamaOptions { context_tokens: Some(48), ..options() }) else { return };
    let Some(wide) = open(SMOLLM2, options()) else { return };
    let text = "The river runs through the valley, past the mill and the old church, to the sea. ".repeat(8);
    let request = [Request::LoglikelihoodRolling { text: text.clone() }];
    let Response::LoglikelihoodRolling { logprob, tokens } = ask(&backend, &request)[0] else {
        unreachable!()
    };
    assert_eq!(tokens as usize, backend.tokenize(&text).unwrap().len());
    let Response::LoglikelihoodRolling { logprob: whole, tokens: same } = ask(&wide, &request)[0] else {
        unreachable!()
    };
    assert_eq!(tokens, same);
    // Shorter windows see less.
    assert!(logprob < whole && whole < 0.0, "{logprob} {whole}");
}

#[test]
fn rolling_equals_the_token_log_probabilities_after_the_prefix() {
    let Some(backend) = open(GEMMA3, options()) else { return };
    let text = "서울은 대한민국의 수도이다. Seoul is its capital.";
    let Response::LoglikelihoodRolling { logprob, tokens } =
        ask(&backend, &[Request::LoglikelihoodRolling { text: text.to_owned() }])[0]
    else {
        unreachable!()
    };
    // This model puts its beginning-of-text token before a prompt, which is the prefix of a rolling text too.
    let all = brute_force(GEMMA3, text).unwrap();
    assert_eq!(all.len(), tokens as usize);
    let sum: f64 = all.iter().sum();
    assert!((logprob - sum).abs() <= SHAPE_TOLERANCE_NATS * f64::from(tokens), "{logprob} {sum}");
}

#[test]
fn a_beginning_of_text_written_by_a_template_is_not_doubled() {
    let Some(backend) = open(GEMMA3, options()) else { return };
    let bos = backend.describe().added_bos.clone().unwrap();
    assert_eq!(backend.prompt_tokens(&format!("{bos}Hello")), backend.prompt_tokens("Hello"));
    let answers = ask(&backend, &[choice(&format!("{bos}Hello,"), " world"), choice("Hello,", " world")]);
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn generation_stops_at_a_text_that_crosses_tokens_and_at_the_limit() {
    let Some(backend) = open(SMOLLM2, options()) else { return };
    let prompt = "1, 2, 3, 4, 5, 6, 7, 8,";
    let answers = ask(&backend, &[generate(prompt, 24, &[]), generate(prompt, 24, &["1, 12"])]);
    let (free, cut) = (text(&answers[0]), text(&answers[1]));
    assert!(free.contains("1, 12"), "{free:?}");
    assert_eq!(cut, free.split("1, 12").next().unwrap());
    let ends: Vec<(Finish, Option<u32>)> = answers
        .iter()
        .map(|answer| {
            let Response::Generated { finish, completion_tokens, .. } = answer else { unreachable!() };
            (*finish, *completion_tokens)
        })
        .collect();
    assert_eq!(ends[0], (Finish::Length, Some(24)));
    assert_eq!(ends[1].0, Finish::Stop);
    assert!(ends[1].1.unwrap() < 24);
}

#[test]
fn greedy_generation_is_stable_and_a_seed_repeats_itself() {
    for name in [SMOLLM2, GEMMA3] {
        let Some(backend) = open(name, options()) else { return };
        let sampled = |seed| Request::Generate {
            prompt: Prompt::Text("A story about a fox:".to_owned()),
            params: daepyo_core::GenerateParams { temperature: 1.0, seed, ..params(16, &[]) },
        };
        let requests = [generate("A story about a fox:", 16, &[]), sampled(1), sampled(2)];
        let first = ask(&backend, &requests);
        let again = ask(&backend, &requests);
        assert_eq!(first, again, "{name}");
        assert_ne!(text(&first[1]), text(&first[2]), "{name}");
    }
}

#[test]
fn korean_is_written_in_whole_characters() {
    let Some(backend) = open(GEMMA3, options()) else { return };
    let requests: Vec<Request> =
        (1..12).map(|tokens| generate("옛날 옛적에 호랑이가 살았습니다. 호랑이는", tokens, &[])).collect();
    let answers = ask(&backend, &requests);
    assert!(answers.iter().all(|answer| !text(answer).contains('\u{fffd}')), "{answers:?}");
    assert!(text(&answers[10]).chars().any(|c| ('가'..='힣').contains(&c)), "{answers:?}");
}

#[test]
fn a_turn_ends_at_the_model_s_end_token() {
    let Some(backend) = open(SMOLLM2, options()) else { return };
    let prompt = "<|im_start|>system\nYou answer with one word.<|im_end|>\n<|im_start|>user\nSay hello.<|im_end|>\n\
                  <|im_start|>assistant\n";
    let Response::Generated { text, finish, .. } = &ask(&backend, &[generate(prompt, 64, &[])])[0] else {
        unreachable!()
    };
    assert_eq!(*finish, Finish::Stop, "{text:?}");
    assert!(!text.contains("<|im_end|>"), "{text:?}");
}

#[test]
fn messages_without_a_template_are_refused() {
    let Some(backend) = open(SMOLLM2, options()) else { return };
    let message = Message { role: Role::User, content: "Hello".to_owned() };
    let request = Request::Generate { prompt: Prompt::Chat(vec![message]), params: params(4, &[]) };
    let Response::Failed { class, .. } = ask(&backend, &[request])[0] else { unreachable!() };
    assert_eq!(class, FailureClass::Unsupported);
}

#[test]
fn capabilities_come_from_the_file() {
    let Some(smollm2) = open(SMOLLM2, options()) else { return };
    let found = smollm2.describe();
    assert!(found.loglikelihood);
    assert_eq!(found.context_tokens, Some(512));
    assert_eq!(found.added_bos, None);
    let ChatSupport::Template { source, bos, eos } = &found.chat else { unreachable!("{found:?}") };
    assert!(source.contains("<|im_start|>"));
    assert_eq!((bos.as_str(), eos.as_str()), ("<|im_start|>", "<|im_end|>"));

    let Some(gemma3) = open(GEMMA3, options()) else { return };
    assert_eq!(gemma3.describe().added_bos.as_deref(), Some("<bos>"));
}

#[test]
fn a_file_that_is_no_model_is_an_error_and_not_a_crash() {
    let Err(BackendError::File { path: named, .. }) =
        LlamaBackend::open("nowhere.gguf".as_ref(), LlamaOptions::default())
    else {
        unreachable!()
    };
    assert_eq!(named, "nowhere.gguf");
    let own_source = format!("{}/Cargo.toml", std::env::var("CARGO_MANIFEST_DIR").unwrap());
    assert!(matches!(
        LlamaBackend::open(own_source.as_ref(), LlamaOptions::default()),
        Err(BackendError::File { .. })
    ));
    let Some(path) = path(SMOLLM2) else { return };
    let none = LlamaOptions { batch_tokens: 0, ..LlamaOptions::default() };
    assert!(matches!(LlamaBackend::open(&path, none), Err(BackendError::Setting(_))));
}
