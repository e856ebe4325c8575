//! Bytes of streams as pieces, however they are cut.

use crate::support::Read;
use daepyo_backend::TalkError;
use daepyo_backend::openai::fuzz::talked;
use daepyo_core::Finish;

const LIMIT: usize = 1 << 10;

fn whole(body: &[u8]) -> Read {
    talked(&[body], &["\n\n".to_owned()], LIMIT)
}

#[test]
fn every_cut_reads_the_same() {
    let body = "\u{feff}: 시작\r\n\r\ndata: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"하나\\u0000\",\"reasoning\":\"흠\"}}]}\r\r\
        data: {\"choices\":\ndata: [{\"index\":0,\"delta\":{\"content\":\" 둘😀\"},\"finish_reason\":\"length\"}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n";
    let read = whole(body.as_bytes());
    let end = read.2.clone().unwrap();
    assert_eq!((read.0.as_str(), read.1, end.reason), ("하나\u{fffd} 둘😀", 1, Finish::Length));
    assert_eq!((end.prompt_tokens, end.completion_tokens), (Some(3), Some(4)));
    for at in 0..body.len() {
        let (first, rest) = body.as_bytes().split_at(at);
        assert_eq!(talked(&[first, rest], &["\n\n".to_owned()], LIMIT), read, "{at}");
    }
    let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
    assert_eq!(talked(&bytes, &["\n\n".to_owned()], LIMIT), read);
}

#[test]
fn long_lines_long_events_and_long_comments_are_refused_and_many_short_ones_are_not() {
    let oversized = Err(TalkError::Oversized { what: "event", limit_bytes: LIMIT });
    assert_eq!(whole("data: ".repeat(1000).as_bytes()).2, oversized);
    assert_eq!(whole("data: 1\n".repeat(1000).as_bytes()).2, oversized);
    assert_eq!(whole(format!(": {}", "x".repeat(5000)).as_bytes()).2, oversized);
    let good = "data: {\"choices\":[{\"delta\":{\"content\":\"네\"},\"finish_reason\":\"stop\"}]}\n\n";
    let body = [": ping\n".repeat(10_000), "\n".repeat(10_000), good.to_owned()].concat();
    assert_eq!(whole(body.as_bytes()).0, "네");
}

#[test]
fn bytes_that_are_not_utf8_end_the_stream_at_once() {
    let (_, _, end) = whole(b"data: \xff\n\ndata: [DONE]\n\n");
    assert!(matches!(end, Err(TalkError::Malformed { .. })), "{end:?}");
}

#[test]
fn nothing_is_an_answer_without_an_end() {
    for body in ["", "data: [DONE]\n\n", "data: {\"choices\":[]}\n\n", "\u{feff}", "\n\n\u{feff}\u{feff}\n"] {
        assert!(matches!(whole(body.as_bytes()).2, Err(TalkError::Dropped { .. })), "{body:?}");
    }
}
