//! What a server sends back, read without a server: the entry points of the fuzz targets, no part of the API.

use super::body::{self, Body, words};
use super::plain::Plain;
use super::retry_after::retry_after;
use super::scores::{Beginning, Scores, Scoring};
use super::talk::{Fault, Reader, Said};
use super::trouble::{Trouble, clean};
use super::written::{Form, Written};
use crate::stop::Cutter;
use crate::talk::{End, TalkError};
use daepyo_core::{Finish, Response};
use futures_util::{FutureExt, stream};
use hyper::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// The answer to a generation: a stream of events in these chunks, or one body where `is_events` is false.
pub fn generated(chunks: &[&[u8]], is_events: bool, is_chat: bool, stop: &[String]) -> Response {
    let form = if is_chat { Form::Chat } else { Form::Completion };
    let read = read(chunks, is_events, Some(form)).and_then(|body| Written::read(&body, form, stop));
    read.map_or_else(|trouble| trouble.into_response(None), Written::into_response)
}

/// Whether an answer that is read in one pass is what the general reader makes of it, where that can read it.
pub fn reads_alike(body: &[u8], is_chat: bool) -> bool {
    let form = if is_chat { Form::Chat } else { Form::Completion };
    let (plain, general) = (Plain::read(body, form), serde_json::from_slice::<Value>(body));
    let (Some(plain), Ok(general)) = (plain, general) else { return true };
    let (plain, general) = (Body::Plain(plain), Body::Whole(general));
    let read = |body: &Body| (Written::read(body, form, &[]), body.usage());
    read(&plain) == read(&general)
}

/// The answer to a log-likelihood in a body of the echo format, or of `prompt_logprobs`.
pub fn loglikelihood(body: &[u8], is_echo: bool, context: &str, continuation: &str) -> Response {
    let scoring = if is_echo { Scoring::EchoAndOne } else { Scoring::PromptLogprobs };
    let sum = read(&[body], false, None).and_then(|body| Scores::read(&body, scoring)).and_then(|scores| {
        let beginning = scores.beginning(context).unwrap_or(Beginning::Unknown);
        scores.sum(scores.join(context, continuation, &beginning).unwrap_or_else(|| scores.sent() / 2))
    });
    match sum {
        Ok(sum) => {
            Response::Loglikelihood { logprob: sum.logprob, is_greedy: sum.is_greedy, tokens: sum.tokens }
        }
        Err(trouble) => trouble.into_response(None),
    }
}

/// The words of a refusal as they are kept.
pub fn refusal(body: &[u8]) -> String {
    clean(&serde_json::from_slice::<Value>(body).map(|value| words(&value)).unwrap_or_default(), None)
}

/// How long a `Retry-After` header asks to wait.
pub fn pause(header: &[u8]) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
    headers.insert(RETRY_AFTER, HeaderValue::from_bytes(header).ok()?);
    retry_after(&headers)
}

/// A streamed answer in these chunks: its text, the characters of its reasoning, and its end or why there is none. No
/// event may have more than `event_limit_bytes`.
pub fn talked(
    chunks: &[&[u8]],
    stop: &[String],
    event_limit_bytes: usize,
) -> (String, u64, Result<End, TalkError>) {
    let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(chunk.to_vec())).collect();
    let mut reader = Reader::new(stream::iter(chunks), event_limit_bytes);
    let mut cutter = Cutter::new(stop);
    let (mut text, mut thought) = (String::new(), 0_u64);
    let end = loop {
        // A source that is all there never waits.
        let said = reader.next().now_or_never();
        match said.unwrap_or_else(|| Err(Fault::malformed("the body did not end"))) {
            Ok(Said::Text(piece)) => {
                let (piece, is_stopped) = cutter.push(&piece);
                text.push_str(&piece);
                if is_stopped {
                    break Ok(reader.cut(Finish::Stop));
                }
            }
            Ok(Said::Thought(chars)) => thought += chars,
            Ok(Said::Nothing) => {}
            Ok(Said::Over) => break reader.end().ok_or_else(|| Reader::unfinished().error),
            Err(fault) => break reader.end().ok_or(fault.error),
        }
    };
    text.push_str(&cutter.rest());
    (text, thought, end)
}

fn read(chunks: &[&[u8]], is_events: bool, form: Option<Form>) -> Result<Body, Trouble> {
    let read = if is_events {
        let chunks: Vec<Result<Vec<u8>, Trouble>> = chunks.iter().map(|chunk| Ok(chunk.to_vec())).collect();
        body::events(stream::iter(chunks)).now_or_never()
    } else {
        body::whole(chunks.concat().into(), form).now_or_never()
    };
    // A source that is all there never waits.
    read.unwrap_or_else(|| Err(Trouble::malformed("the body did not end")))
}
