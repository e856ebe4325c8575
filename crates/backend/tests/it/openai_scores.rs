//! Log-likelihoods come out the same whichever way a server gives them.

use crate::support::{judged, mixed, options, run};
use daepyo_backend::faulty::{Abilities, Fault, Faults, FaultyServer, Script};
use daepyo_backend::{Backend, ChatSupport, OpenAiBackend};
use daepyo_core::{FailureClass, Request, Response};
use std::time::Duration;

fn with(abilities: Abilities) -> Script {
    Script { abilities, ..Script::default() }
}

fn bos() -> Abilities {
    Abilities { bos: Some("<s>".to_owned()), ..Abilities::default() }
}

#[tokio::test]
async fn three_ways_of_scoring_agree() {
    let requests: Vec<Request> =
        mixed(40).into_iter().filter(|request| !matches!(request, Request::Generate { .. })).collect();
    let (echo, _) = run(with(bos()), &requests, |_| {}).await;
    assert!(echo.iter().all(|response| !matches!(response, Response::Failed { .. })), "{echo:?}");
    let one = Abilities { echo_zero: false, ..bos() };
    let (one, _) = run(with(one), &requests, |_| {}).await;
    assert_eq!(one, echo);
    let prompt_logprobs = Abilities { echo: false, prompt_logprobs: true, ..bos() };
    let (prompt_logprobs, _) = run(with(prompt_logprobs), &requests, |_| {}).await;
    assert_eq!(prompt_logprobs, echo);
}

#[tokio::test]
async fn a_split_syllable_makes_the_context_be_counted_once() {
    let abilities = Abilities { splits_characters: true, ..bos() };
    let requests =
        [judged("수도는? 답:", " 서울"), judged("수도는? 답:", " 부산시"), judged("수도는? 답:", " x")];
    let (found, server) = run(with(abilities), &requests, |_| {}).await;
    let tokens: Vec<Option<u32>> = found
        .iter()
        .map(|response| match response {
            Response::Loglikelihood { tokens, .. } => Some(*tokens),
            Response::LoglikelihoodRolling { .. } | Response::Generated { .. } | Response::Failed { .. } => {
                None
            }
        })
        .collect();
    // A space, and two halves of each syllable.
    assert_eq!(tokens, [Some(5), Some(7), Some(1)]);
    // One for each choice, and one for the context that they share.
    assert_eq!(server.arrivals_of("수도는"), 4);
}

/// A request that pauses leaves its place, and whoever waits for what it asks must not keep that place from it.
#[tokio::test]
async fn one_place_is_enough_where_others_wait_for_a_question_that_failed_at_first() {
    let abilities = Abilities { splits_characters: true, ..bos() };
    // The probe, and the count of the context that all share.
    for failing in [0, 1, 2, 3] {
        let mut faults = vec![None; failing];
        faults.push(Some(Fault::ServerError));
        let script = Script { faults: Faults::Sequence(faults), ..with(abilities.clone()) };
        let requests: Vec<Request> =
            [" 서울", " 부산", " 대구"].iter().map(|choice| judged("수도는? 답:", choice)).collect();
        let run = run(script, &requests, |options| options.concurrency = 1);
        let (found, _) = tokio::time::timeout(Duration::from_secs(30), run).await.unwrap();
        assert!(found.iter().all(|response| matches!(response, Response::Loglikelihood { .. })), "{found:?}");
    }
}

#[tokio::test]
async fn a_choice_that_runs_into_its_context_fails_in_words() {
    let (found, _) = run(with(bos()), &[judged("답:", "서울")], |_| {}).await;
    match &found[0] {
        Response::Failed { class, message } => {
            assert_eq!(*class, FailureClass::Unsupported);
            assert!(message.contains("no token of its own"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_space_at_the_end_of_the_context_is_judged_with_the_choice() {
    let (found, _) = run(with(bos()), &[judged("답: ", "서울"), judged("답:", " 서울")], |_| {}).await;
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn the_beginning_of_a_text_needs_a_token_before_it() {
    let requests = [judged("", "서울 은"), Request::LoglikelihoodRolling { text: "서울 은".to_owned() }];
    let (found, _) = run(with(bos()), &requests, |_| {}).await;
    assert!(matches!(found[0], Response::Loglikelihood { tokens: 2, .. }), "{found:?}");
    assert!(matches!(found[1], Response::LoglikelihoodRolling { tokens: 2, .. }), "{found:?}");
    let bare = Abilities { bos: None, ..bos() };
    let (found, _) = run(with(bare), &requests, |_| {}).await;
    for response in &found {
        assert!(
            matches!(response, Response::Failed { class: FailureClass::Unsupported, .. }),
            "{response:?}"
        );
    }
}

#[tokio::test]
async fn capabilities_are_probed_once() {
    let server = FaultyServer::start(with(bos())).await.unwrap();
    let backend = OpenAiBackend::new(options(&server)).unwrap();
    for _ in 0..3 {
        let found = backend.capabilities().await.unwrap();
        assert!(found.loglikelihood);
        assert_eq!(found.context_tokens, Some(4096));
        assert_eq!(found.added_bos.as_deref(), Some("<s>"));
        assert_eq!(found.chat, ChatSupport::Native);
    }
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn a_server_without_logprobs_is_told_apart() {
    let abilities = Abilities { echo: false, ..Abilities::default() };
    let server = FaultyServer::start(with(abilities)).await.unwrap();
    let backend = OpenAiBackend::new(options(&server)).unwrap();
    assert!(!backend.capabilities().await.unwrap().loglikelihood);
    let found = crate::support::answers_of(&backend, &[judged("답:", " 서울")]).await;
    assert!(matches!(found[0], Response::Failed { class: FailureClass::Unsupported, .. }));
}
