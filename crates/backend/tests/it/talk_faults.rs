//! Conversations with a faulty server: each fault has its outcome, nothing shown is shown twice, and leaving is noticed.

use crate::support::{Read, asked, options, params, read_all};
use daepyo_backend::faulty::{Abilities, Fault, Faults, FaultyServer, Script, StreamFault};
use daepyo_backend::talk::{Piece, Talk};
use daepyo_backend::{ApiKey, OpenAiTalk, TalkError, TalkOptions, TalkTimes};
use daepyo_core::Finish;
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

const ANSWER: &str = "가나다라마바사 아자차카타파하 하나 둘 셋 넷";

fn script(faults: &[Fault]) -> Script {
    let faults = faults.iter().copied().map(Some).collect();
    Script { faults: Faults::Sequence(faults), answer: Arc::new(|_| ANSWER.to_owned()), ..Script::default() }
}

fn always(fault: Fault) -> Script {
    Script { always: vec![(String::new(), fault)], ..script(&[]) }
}

/// Settings that wait milliseconds where others wait seconds.
fn talk_options(server: &FaultyServer) -> TalkOptions {
    let mut talk = TalkOptions::new(server.base_url(), "scripted");
    talk.server.retry = options(server).retry;
    talk.server.retry.attempts = 3;
    talk.times = TalkTimes {
        connect: Duration::from_secs(5),
        first_token: Duration::from_millis(400),
        between_tokens: Duration::from_millis(400),
        whole: Duration::from_secs(20),
    };
    talk
}

async fn talked(script: Script, set: impl FnOnce(&mut TalkOptions)) -> (Read, FaultyServer) {
    let server = FaultyServer::start(script).await.unwrap();
    let mut options = talk_options(&server);
    set(&mut options);
    let talk = OpenAiTalk::new(options).unwrap();
    let read = read_all(talk.begin(asked("질문"), params(&[]))).await;
    (read, server)
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..500 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}

#[tokio::test]
async fn a_good_answer_comes_whole_with_its_tokens() {
    let ((text, thought, end), server) = talked(script(&[]), |_| {}).await;
    let end = end.unwrap();
    assert_eq!((text.as_str(), thought, end.reason), (ANSWER, 0, Finish::Stop));
    assert!(end.prompt_tokens.is_some() && end.completion_tokens == Some(6), "{end:?}");
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn what_passes_before_the_first_piece_is_tried_again_and_not_seen() {
    for fault in [
        Fault::TooMany,
        Fault::TooManyAfterMs(5),
        Fault::ServerError,
        Fault::UnavailablePage,
        Fault::CloseBeforeHeaders,
        Fault::CloseAfterHeaders,
        Fault::HalfJson,
        Fault::WrongShape,
        Fault::ErrorInBody,
        Fault::EmptyContent,
        Fault::NullUnfinished,
        Fault::Page,
        Fault::Stall,
        Fault::Stream(StreamFault::StallFirst),
        Fault::Stream(StreamFault::HugeLine),
        Fault::Stream(StreamFault::EndlessComments),
    ] {
        let ((text, _, end), server) = talked(script(&[fault]), |_| {}).await;
        assert_eq!((text.as_str(), end.map(|end| end.reason)), (ANSWER, Ok(Finish::Stop)), "{fault:?}");
        assert_eq!(server.arrivals().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn odd_forms_of_a_good_answer_are_read() {
    for fault in [
        Fault::Stream(StreamFault::SlowFirst(50)),
        Fault::Stream(StreamFault::Odd),
        Fault::Stream(StreamFault::Paced(1)),
        Fault::SlowPieces,
        Fault::WrongContentType,
    ] {
        let ((text, thought, end), server) = talked(script(&[fault]), |_| {}).await;
        assert_eq!((text.as_str(), end.as_ref().unwrap().reason), (ANSWER, Finish::Stop), "{fault:?}");
        let is_odd = fault == Fault::Stream(StreamFault::Odd);
        assert_eq!(thought, if is_odd { 5 } else { 0 });
        assert_eq!(end.unwrap().completion_tokens.is_none(), is_odd, "{fault:?}");
        assert_eq!(server.arrivals().len(), 1, "{fault:?}");
    }
}

/// Whether an error is the one that a fault gives.
type Expected = fn(&TalkError) -> bool;

#[tokio::test]
async fn what_breaks_midway_is_an_error_after_the_pieces_and_is_not_tried_again() {
    let is_dropped = |error: &TalkError| matches!(error, TalkError::Dropped { .. });
    let is_malformed = |error: &TalkError| matches!(error, TalkError::Malformed { .. });
    let is_told = |error: &TalkError| matches!(error, TalkError::Status { status: 200, .. });
    let is_stalled = |error: &TalkError| *error == TalkError::Stalled { limit_ms: 400 };
    let cases: [(StreamFault, Expected); 7] = [
        (StreamFault::StallMidway, is_stalled),
        (StreamFault::DropMidway, is_dropped),
        (StreamFault::EndMidway, is_dropped),
        (StreamFault::GarbageMidway, is_malformed),
        (StreamFault::BadUtf8Midway, is_malformed),
        (StreamFault::NulMidway, is_malformed),
        (StreamFault::ErrorMidway, is_told),
    ];
    for (fault, is_right) in cases {
        let ((text, _, end), server) = talked(script(&[Fault::Stream(fault)]), |_| {}).await;
        let error = end.unwrap_err();
        assert!(is_right(&error), "{fault:?}: {error:?}");
        assert!(!text.is_empty() && ANSWER.starts_with(&text) && text != ANSWER, "{fault:?}: {text}");
        assert_eq!(server.arrivals().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn hopeless_conversations_say_why() {
    let first = TalkError::FirstToken { limit_ms: 400 };
    for (fault, attempts, wanted) in [
        (Fault::Stall, 3, Some(first.clone())),
        (Fault::Stream(StreamFault::StallFirst), 3, Some(first.clone())),
        (Fault::Stream(StreamFault::EndlessComments), 3, Some(first)),
        (
            Fault::Stream(StreamFault::HugeLine),
            3,
            Some(TalkError::Oversized { what: "event", limit_bytes: 256 << 10 }),
        ),
        (Fault::ServerError, 3, Some(TalkError::Status { status: 500, detail: "internal error".to_owned() })),
        (Fault::BadRequest, 1, None),
        (Fault::Page, 3, None),
    ] {
        let ((text, _, end), server) = talked(always(fault), |_| {}).await;
        let error = end.unwrap_err();
        assert_eq!((text.as_str(), server.arrivals().len()), ("", attempts), "{fault:?}: {error}");
        match (fault, wanted) {
            (_, Some(wanted)) => assert_eq!(error, wanted, "{fault:?}"),
            (Fault::BadRequest, None) => assert!(matches!(error, TalkError::Status { status: 400, .. })),
            (_, None) => assert!(matches!(error, TalkError::Malformed { .. }), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn an_empty_answer_counts_when_it_comes_twice() {
    let script = Script { answer: Arc::new(|_| String::new()), ..script(&[]) };
    let ((text, _, end), server) = talked(script, |_| {}).await;
    assert_eq!((text.as_str(), end.unwrap().reason), ("", Finish::Stop));
    assert_eq!(server.arrivals().len(), 2);
}

#[tokio::test]
async fn an_endless_answer_ends_at_its_bound_and_the_connection_is_closed() {
    let ((text, _, end), server) = talked(always(Fault::Stream(StreamFault::Endless)), |options| {
        options.longest_chars = 1001;
    })
    .await;
    assert_eq!((text.chars().count(), end.unwrap().reason), (1001, Finish::Length));
    until(|| server.left() == 1).await;
}

#[tokio::test]
async fn an_endless_body_ends_at_its_bound_of_bytes() {
    let ((_, _, end), _) = talked(always(Fault::Stream(StreamFault::Endless)), |options| {
        options.server.body_limit_bytes = 100_000;
    })
    .await;
    assert_eq!(end, Err(TalkError::Oversized { what: "answer", limit_bytes: 100_000 }));
}

#[tokio::test]
async fn dropping_the_pieces_closes_the_connection() {
    for fault in [StreamFault::Endless, StreamFault::StallMidway, StreamFault::Paced(50)] {
        let server = FaultyServer::start(always(Fault::Stream(fault))).await.unwrap();
        let talk = OpenAiTalk::new(talk_options(&server)).unwrap();
        let mut pieces = talk.begin(asked("질문"), params(&[]));
        assert!(matches!(pieces.next().await, Some(Ok(Piece::Text(_)))), "{fault:?}");
        assert_eq!(server.left(), 0);
        drop(pieces);
        until(|| server.left() == 1).await;
    }
}

#[tokio::test]
async fn dropping_the_pieces_while_they_are_awaited_closes_the_connection() {
    let server = FaultyServer::start(always(Fault::Stream(StreamFault::StallFirst))).await.unwrap();
    let talk = OpenAiTalk::new(talk_options(&server)).unwrap();
    let mut pieces = talk.begin(asked("질문"), params(&[]));
    assert!(tokio::time::timeout(Duration::from_millis(100), pieces.next()).await.is_err());
    drop(pieces);
    until(|| server.left() == 1).await;
    assert_eq!(server.arrivals().len(), 1);
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_piece_is_asked_for() {
    let server = FaultyServer::start(script(&[])).await.unwrap();
    let talk = OpenAiTalk::new(talk_options(&server)).unwrap();
    drop(talk.begin(asked("질문"), params(&[])));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.arrivals().len(), 0);
}

#[tokio::test]
async fn a_reader_that_pauses_stops_the_server_from_writing() {
    let server = FaultyServer::start(always(Fault::Stream(StreamFault::Endless))).await.unwrap();
    let talk = OpenAiTalk::new(talk_options(&server)).unwrap();
    let mut pieces = talk.begin(asked("질문"), params(&[]));
    pieces.next().await.unwrap().unwrap();
    // Once the sockets are full, nothing more is taken.
    let mut before = usize::MAX;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = server.streamed_bytes();
        if now == before {
            break;
        }
        before = now;
    }
    assert_eq!(server.streamed_bytes(), before);
    // A slow reader is not taken for a slow server: more than the time between tokens has passed.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for _ in 0..1000 {
        assert!(matches!(pieces.next().await, Some(Ok(Piece::Text(_)))));
    }
}

#[tokio::test]
async fn the_whole_time_ends_a_slow_answer() {
    let ((text, _, end), server) = talked(always(Fault::Stream(StreamFault::Paced(60))), |options| {
        options.times.whole = Duration::from_millis(300);
    })
    .await;
    assert_eq!(end, Err(TalkError::Deadline { limit_ms: 300 }));
    assert!(!text.is_empty());
    until(|| server.left() == 1).await;
}

#[tokio::test]
async fn a_server_that_forgets_to_say_done_has_still_answered() {
    let ((text, _, end), server) = talked(always(Fault::Stream(StreamFault::NoDone)), |options| {
        options.times.whole = Duration::from_secs(1);
    })
    .await;
    let end = end.unwrap();
    assert_eq!((text.as_str(), end.reason, end.completion_tokens), (ANSWER, Finish::Stop, Some(6)));
    until(|| server.left() == 1).await;
}

#[tokio::test]
async fn a_stop_text_ends_the_answer_and_is_not_shown() {
    let server = FaultyServer::start(script(&[])).await.unwrap();
    let talk = OpenAiTalk::new(talk_options(&server)).unwrap();
    let (text, _, end) = read_all(talk.begin(asked("질문"), params(&["파하 하"]))).await;
    assert_eq!((text.as_str(), end.unwrap().reason), ("가나다라마바사 아자차카타", Finish::Stop));
}

#[tokio::test]
async fn a_server_without_stream_options_tells_no_tokens_and_is_read_all_the_same() {
    let abilities = Abilities { stream_options: false, ..Abilities::default() };
    let ((text, _, end), server) = talked(Script { abilities, ..script(&[]) }, |_| {}).await;
    assert_eq!((text.as_str(), end.unwrap().completion_tokens), (ANSWER, None));
    assert_eq!(server.arrivals().len(), 2);
}

#[tokio::test]
async fn a_server_that_is_away_is_unreachable() {
    let server = FaultyServer::start(script(&[])).await.unwrap();
    let mut options = talk_options(&server);
    // Port 9 of loopback: nobody listens there.
    options.server.base_url = "http://127.0.0.1:9/v1".to_owned();
    let talk = OpenAiTalk::new(options).unwrap();
    let (_, _, end) = read_all(talk.begin(asked("질문"), params(&[]))).await;
    assert!(matches!(end, Err(TalkError::Unreachable { .. })), "{end:?}");
}

#[tokio::test]
async fn a_key_that_the_server_repeats_is_in_no_error() {
    let ((_, _, end), _) = talked(always(Fault::BadRequest), |options| {
        options.server.api_key = Some(ApiKey::new("sk-very-secret"));
    })
    .await;
    let error = end.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("sk-very"), "{error}");
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = FaultyServer::start(script(&[])).await.unwrap();
    let talk = OpenAiTalk::new(talk_options(&server)).unwrap();
    for _ in 0..20 {
        let (text, _, end) = read_all(talk.begin(asked("질문"), params(&[]))).await;
        assert_eq!((text.as_str(), end.is_ok()), (ANSWER, true));
    }
    assert_eq!((server.arrivals().len(), server.connections()), (20, 1));
}
