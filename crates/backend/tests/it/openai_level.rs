//! The level that a server takes is found from its answers, for all that share the server.

use crate::support::{answers_of, chat, options, written};
use daepyo_backend::faulty::{Delay, Fault, Faults, FaultyServer, Script};
use daepyo_backend::{Backend, Endpoints, OpenAiBackend, RetryPolicy};
use daepyo_core::{Request, Response};
use std::time::{Duration, Instant};

fn written_ones(count: usize) -> Vec<Request> {
    (0..count).map(|number| written(&format!("문제 {number}: 다음 중 옳은 것은?"))).collect()
}

/// Asks a server of this script with this ceiling; gives the server and the level that was found.
async fn level(script: Script, count: usize, ceiling: u32) -> (FaultyServer, u32) {
    let server = FaultyServer::start(script).await.unwrap();
    let endpoints = Endpoints::default();
    let mut options = options(&server);
    options.concurrency = ceiling;
    options.retry.attempts = 100;
    let backend = OpenAiBackend::sharing(options, &endpoints).unwrap();
    let answers = answers_of(&backend, &written_ones(count)).await;
    assert!(answers.iter().all(|answer| matches!(answer, Response::Generated { .. })));
    let levels = endpoints.levels();
    assert_eq!((levels.len(), levels[0].ceiling), (1, ceiling));
    (server, levels[0].limit)
}

#[tokio::test]
async fn a_server_that_takes_six_at_once_is_asked_about_six_at_once() {
    let delay = Delay { fixed: Duration::from_millis(3), for_each: Duration::ZERO };
    let script = Script { takes_at_once: Some(6), delay, ..Script::default() };
    let (server, level) = level(script, 500, 64).await;
    assert!((3..=8).contains(&level), "{level}");
    let refused = server.arrivals().iter().filter(|arrival| arrival.fault.is_some()).count();
    assert!(refused > 0 && refused < 150, "{refused} of 500 were refused");
}

#[tokio::test]
async fn a_server_that_keeps_up_is_asked_far_more_at_once_than_in_the_beginning() {
    // Longer than a busy machine keeps an answer waiting.
    let delay = Delay { fixed: Duration::from_millis(150), for_each: Duration::ZERO };
    let (server, level) = level(Script { delay, ..Script::default() }, 250, 48).await;
    assert!(level > 20, "{level}");
    assert!((20..=48).contains(&server.most_under_way()), "{}", server.most_under_way());
}

#[tokio::test]
async fn a_server_that_slows_down_with_each_request_is_not_asked_more_and_more() {
    let delay = Delay { fixed: Duration::ZERO, for_each: Duration::from_millis(15) };
    let (server, level) = level(Script { delay, ..Script::default() }, 200, 256).await;
    assert!(level < 64 && server.most_under_way() < 100, "{level}, at most {}", server.most_under_way());
}

#[tokio::test]
async fn a_pause_that_the_server_asks_of_one_candidate_holds_for_the_other() {
    let faults = Faults::Sequence(vec![Some(Fault::TooManyAfterMs(400))]);
    let server = FaultyServer::start(Script { faults, ..Script::default() }).await.unwrap();
    let endpoints = Endpoints::default();
    let mut first = options(&server);
    first.retry = RetryPolicy { attempts: 1, ..first.retry };
    let second = options(&server);
    let first = OpenAiBackend::sharing(first, &endpoints).unwrap();
    let second = OpenAiBackend::sharing(second, &endpoints).unwrap();
    let asked = Instant::now();
    let refused = answers_of(&first, &[written("하나")]).await;
    assert!(matches!(refused[0], Response::Failed { .. }));
    answers_of(&second, &[chat("둘")]).await;
    let arrivals = server.arrivals();
    assert_eq!(arrivals.len(), 2);
    assert!(arrivals[1].at.duration_since(asked) >= Duration::from_millis(400));
    assert_eq!(endpoints.levels()[0].limit, 4, "half of the eight that were written");
}

#[tokio::test]
async fn a_candidate_keeps_to_its_own_ceiling_where_another_may_ask_more() {
    let delay = Delay { fixed: Duration::from_millis(5), for_each: Duration::ZERO };
    let server = FaultyServer::start(Script { delay, ..Script::default() }).await.unwrap();
    let endpoints = Endpoints::default();
    let with = |concurrency| {
        let mut options = options(&server);
        options.concurrency = concurrency;
        OpenAiBackend::sharing(options, &endpoints).unwrap()
    };
    let (_wide, narrow) = (with(64), with(3));
    answers_of(&narrow, &written_ones(60)).await;
    assert_eq!(server.most_under_way(), 3);
    assert_eq!(endpoints.levels()[0].ceiling, 64);
    assert!(narrow.tokenize("").is_none());
}
