//! A faulty server changes no answer, and costs no more requests than it must.

use crate::support::{answers_of, chat, mixed, options, run, written};
use daepyo_backend::faulty::{Abilities, Fault, Faults, FaultyServer, Script};
use daepyo_backend::{Backend, BackendError, OpenAiBackend};
use daepyo_core::{FailureClass, Finish, Request, Response};
use std::sync::Arc;
use std::time::Duration;

fn sequence(faults: &[Option<Fault>]) -> Script {
    Script { faults: Faults::Sequence(faults.to_vec()), ..Script::default() }
}

fn class_of(response: &Response) -> Option<FailureClass> {
    match response {
        Response::Failed { class, .. } => Some(*class),
        Response::Loglikelihood { .. }
        | Response::LoglikelihoodRolling { .. }
        | Response::Generated { .. } => None,
    }
}

async fn same_answers(streaming: bool) {
    let requests = mixed(120);
    let script = Script::default();
    let (expected, _) = run(script.clone(), &requests, |options| options.streaming = streaming).await;
    for seed in 0..2 {
        let faults =
            Faults::Seeded { seed, per_mille: 600, most_per_request: 6, kinds: Fault::PASSING.to_vec() };
        let script = Script { faults, ..script.clone() };
        let (found, server) = run(script, &requests, |options| options.streaming = streaming).await;
        assert_eq!(found, expected);
        assert!(found.iter().all(|response| class_of(response).is_none()));
        let met = server.arrivals().iter().filter(|arrival| arrival.fault.is_some()).count();
        assert!(met > 100, "only {met} faults were met");
        assert!(server.most_under_way() <= 8);
    }
}

#[tokio::test]
async fn a_faulty_server_changes_no_answer() {
    same_answers(false).await;
}

#[tokio::test]
async fn a_faulty_server_changes_no_streamed_answer() {
    same_answers(true).await;
}

#[tokio::test]
async fn every_passing_fault_is_got_over_in_every_form() {
    let mut faults = Fault::PASSING.to_vec();
    faults.push(Fault::WrongContentType);
    for streaming in [false, true] {
        for request in [written("하나"), chat("하나")] {
            let one = [request];
            let (expected, _) = run(Script::default(), &one, |options| options.streaming = streaming).await;
            assert!(matches!(&expected[0], Response::Generated { finish: Finish::Stop, .. }));
            for fault in &faults {
                let script = sequence(&[Some(*fault), Some(*fault)]);
                let (found, server) = run(script, &one, |options| options.streaming = streaming).await;
                // An empty answer that comes twice is taken for what the candidate says.
                if matches!(fault, Fault::EmptyContent | Fault::NullContent) {
                    assert_eq!(server.arrivals().len(), 3, "{fault:?}");
                }
                match (&found[0], &expected[0]) {
                    (
                        Response::Generated { text, finish, .. },
                        Response::Generated { text: wanted, finish: end, .. },
                    ) => assert_eq!((text, finish), (wanted, end), "{fault:?}"),
                    other => panic!("{fault:?}: {other:?}"),
                }
            }
        }
    }
}

#[tokio::test]
async fn an_empty_answer_counts_when_it_comes_twice() {
    let script = Script { answer: Arc::new(|_| String::new()), ..Script::default() };
    let (found, server) = run(script, &[chat("말이 없는 질문")], |_| {}).await;
    assert!(matches!(&found[0], Response::Generated { text, finish: Finish::Stop, .. } if text.is_empty()));
    assert_eq!(server.arrivals().len(), 2);
}

#[tokio::test]
async fn a_stop_text_that_the_server_leaves_in_is_cut() {
    let script =
        Script { answer: Arc::new(|_| "첫 문단\n\n둘째 문단".to_owned()), ..Script::default() };
    for streaming in [false, true] {
        let (found, _) =
            run(script.clone(), &[written("문단")], |options| options.streaming = streaming).await;
        assert!(matches!(&found[0], Response::Generated { text, .. } if text == "첫 문단"), "{found:?}");
    }
}

#[tokio::test]
async fn an_answer_that_begins_with_its_stop_text_is_not_asked_for_again() {
    let script = Script { answer: Arc::new(|_| "\n\n둘째 문단".to_owned()), ..Script::default() };
    let (found, server) = run(script, &[written("문단")], |_| {}).await;
    assert!(matches!(&found[0], Response::Generated { text, .. } if text.is_empty()), "{found:?}");
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn a_refused_request_is_not_sent_again_and_fails_alone() {
    let mut requests = mixed(20);
    requests.push(written("독이 든 요청"));
    let script = Script { always: vec![("독이 든".to_owned(), Fault::BadRequest)], ..Script::default() };
    let (found, server) = run(script, &requests, |_| {}).await;
    assert_eq!(class_of(&found[20]), Some(FailureClass::Rejected));
    assert_eq!(server.arrivals_of("독이 든"), 1);
    assert!(found[..20].iter().all(|response| class_of(response).is_none()));
}

#[tokio::test]
async fn a_hopeless_request_fails_alone_after_its_attempts() {
    for (fault, class) in [
        (Fault::ServerError, FailureClass::Server),
        (Fault::TooMany, FailureClass::Server),
        (Fault::CloseBeforeHeaders, FailureClass::Connection),
        (Fault::CutStream, FailureClass::Connection),
        (Fault::HalfJson, FailureClass::Malformed),
        (Fault::Page, FailureClass::Malformed),
        (Fault::NullUnfinished, FailureClass::Malformed),
        (Fault::Stall, FailureClass::Deadline),
        (Fault::Endless, FailureClass::Malformed),
    ] {
        let mut requests = mixed(8);
        requests.insert(4, written("가망 없는 요청"));
        let script = Script { always: vec![("가망 없는".to_owned(), fault)], ..Script::default() };
        let (found, server) = run(script, &requests, |options| {
            options.retry.attempts = 3;
            options.body_limit_bytes = 1 << 20;
            if fault == Fault::Stall {
                options.deadline = Duration::from_secs(1);
            }
        })
        .await;
        assert_eq!(class_of(&found[4]), Some(class), "{fault:?}: {:?}", found[4]);
        assert_eq!(server.arrivals_of("가망 없는"), 3, "{fault:?}");
        let failed = found.iter().filter(|response| class_of(response).is_some()).count();
        assert_eq!(failed, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_again_without_need() {
    let requests = mixed(40);
    let (_, server) = run(Script::default(), &requests, |_| {}).await;
    let mut bodies: Vec<_> = server.arrivals().iter().map(|arrival| arrival.body).collect();
    let sent = bodies.len();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), sent);
}

#[tokio::test]
async fn nobody_asks_before_the_time_that_the_server_named() {
    for (fault, wait) in [
        (Fault::TooManyAfterSeconds(1), Duration::from_secs(1)),
        (Fault::TooManyAfterMs(300), Duration::from_millis(300)),
        (Fault::TooManyUntil(1), Duration::from_secs(1)),
    ] {
        // A date means nothing to a clock of ours: the scripted server lives in 1994.
        let requests = [written("하나"), written("둘"), written("셋")];
        let (found, server) =
            run(sequence(&[Some(fault)]), &requests, |options| options.concurrency = 1).await;
        assert!(found.iter().all(|response| class_of(response).is_none()));
        let arrivals = server.arrivals();
        assert_eq!(arrivals.len(), 4);
        assert!(arrivals[1].at - arrivals[0].at >= wait, "{fault:?}");
    }
}

#[tokio::test]
async fn a_long_wait_is_capped_by_the_deadline() {
    let (found, server) =
        run(sequence(&[Some(Fault::TooManyAfterSeconds(86_400))]), &[written("하나")], |options| {
            options.deadline = Duration::from_secs(1);
        })
        .await;
    assert_eq!(class_of(&found[0]), None);
    assert_eq!(server.arrivals().len(), 2);
}

#[tokio::test]
async fn the_total_time_ends_the_attempts() {
    let script = sequence(&[Some(Fault::TooManyAfterSeconds(2)); 12]);
    let (found, server) = run(script, &[written("하나")], |options| {
        options.retry.total = Duration::from_secs(1);
    })
    .await;
    assert_eq!(class_of(&found[0]), Some(FailureClass::Server));
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn a_stalled_attempt_is_given_up_and_repeated() {
    let (found, server) = run(sequence(&[Some(Fault::Stall)]), &[written("하나")], |options| {
        options.deadline = Duration::from_secs(1);
    })
    .await;
    assert_eq!(class_of(&found[0]), None);
    assert_eq!(server.arrivals().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_leaves_stops_the_sending() {
    let script = Script { always: vec![("문제".to_owned(), Fault::SlowPieces)], ..Script::default() };
    let server = FaultyServer::start(script).await.unwrap();
    let backend = OpenAiBackend::new(options(&server)).unwrap();
    let requests: Arc<[Request]> = (0..500).map(|number| written(&format!("문제 {number}"))).collect();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let leave = async {
        receiver.recv().await.unwrap();
        drop(receiver);
    };
    let (outcome, ()) = tokio::join!(backend.answer(requests, sender), leave);
    outcome.unwrap();
    let sent = server.arrivals().len();
    assert!(sent < 100, "{sent} requests were sent");
    drop(backend);
    tokio::time::sleep(Duration::from_millis(50)).await;
    // What was written into a socket before the end may still arrive: at most what was under way.
    assert!(server.arrivals().len() <= sent + 8);
}

#[tokio::test]
async fn a_server_without_stream_options_still_streams() {
    let script = Script {
        abilities: Abilities { stream_options: false, ..Abilities::default() },
        ..Script::default()
    };
    let requests: Vec<Request> = (0..20).map(|number| chat(&format!("질문 {number}"))).collect();
    let (found, _) = run(script, &requests, |options| options.streaming = true).await;
    assert!(found.iter().all(|response| class_of(response).is_none()), "{found:?}");
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error_of_the_whole() {
    let server = FaultyServer::start(Script::default()).await.unwrap();
    let mut options = options(&server);
    // Port 9 of loopback: nobody listens there.
    options.base_url = "http://127.0.0.1:9/v1".to_owned();
    options.retry.attempts = 2;
    let backend = OpenAiBackend::new(options).unwrap();
    assert!(matches!(backend.capabilities().await, Err(BackendError::Engine(_))));
    let found = answers_of(&backend, &[written("하나")]).await;
    assert_eq!(class_of(&found[0]), Some(FailureClass::Connection));
}

#[tokio::test]
async fn as_many_requests_are_under_way_as_the_settings_allow_and_no_more() {
    let script = Script { always: vec![("문제".to_owned(), Fault::SlowPieces)], ..Script::default() };
    let requests: Vec<Request> = (0..60).map(|number| written(&format!("문제 {number}"))).collect();
    let (found, server) = run(script, &requests, |options| options.concurrency = 4).await;
    assert!(found.iter().all(|response| class_of(response).is_none()));
    assert_eq!(server.most_under_way(), 4);
}

#[test]
fn byte_order_marks_before_the_events_are_passed_over() {
    let body = "\u{feff}\u{feff}data: {\"choices\": [{\"index\": 0, \"text\": \"네\", \"finish_reason\": \"stop\"}]}\n\n";
    let (first, rest) = body.as_bytes().split_at(2);
    for chunks in [vec![body.as_bytes()], vec![first, rest]] {
        let response = daepyo_backend::openai::fuzz::generated(&chunks, true, false, &[]);
        assert!(matches!(&response, Response::Generated { text, .. } if text == "네"), "{response:?}");
    }
}
