//! One answer of the server, complete or as events, within a bound of bytes.

use super::client::Answered;
use super::plain::Plain;
use super::trouble::Trouble;
use super::written::Form;
use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::{BodyExt, BodyStream};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

/// A complete answer, whatever form it came in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// One JSON value.
    Whole(Value),
    /// The JSON values of server-sent events, up to `[DONE]` or the end.
    Events(Vec<Value>),
    /// A written answer in its usual form.
    Plain(Plain),
}

impl Body {
    /// Tokens read and written, where the server tells both.
    pub(super) fn usage(&self) -> Option<(u32, u32)> {
        match self {
            Self::Whole(value) => tokens(value),
            Self::Events(events) => events.iter().rev().find_map(tokens),
            Self::Plain(plain) => told(plain.prompt_tokens, plain.completion_tokens, plain.total_tokens),
        }
    }
}

fn tokens(value: &Value) -> Option<(u32, u32)> {
    let usage = value.get("usage")?;
    let count = |name: &str| usage.get(name)?.as_u64().and_then(|count| u32::try_from(count).ok());
    told(count("prompt_tokens"), count("completion_tokens"), count("total_tokens"))
}

fn told(read: Option<u32>, written: Option<u32>, all: Option<u32>) -> Option<(u32, u32)> {
    let read = read?;
    Some((read, written.or_else(|| all?.checked_sub(read))?))
}

/// Reads the body of a response with status 200; `form` is that of a written answer, where one was asked for.
pub(super) async fn read(
    mut answered: Answered<'_>,
    form: Option<Form>,
    limit_bytes: usize,
) -> Result<Body, Trouble> {
    if is_events(answered.response.headers()) {
        let mut left = limit_bytes;
        let chunks = BodyStream::new(answered.response.body_mut()).map(move |frame| {
            // Trailers say nothing here.
            let chunk = frame.map_err(|error| Trouble::broken_off(&error))?.into_data().unwrap_or_default();
            left = left.checked_sub(chunk.len()).ok_or_else(|| too_large(limit_bytes))?;
            Ok(chunk)
        });
        let body = events(std::pin::pin!(chunks)).await;
        answered.keep();
        return body;
    }
    let bytes = read_bytes(answered.response.body_mut(), limit_bytes).await?;
    answered.keep();
    whole(bytes, form).await
}

/// Whether a body is said to be events.
pub(super) fn is_events(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream"))
}

/// Reads a body that is not said to be events.
pub(super) async fn whole(bytes: Bytes, form: Option<Form>) -> Result<Body, Trouble> {
    if let Some(plain) = form.and_then(|form| Plain::read(&bytes, form)) {
        return Ok(Body::Plain(plain));
    }
    // Some proxies lose the content type of events.
    if bytes.starts_with(b"data:") || bytes.starts_with(b": ") {
        return events(stream::iter([Ok(bytes)])).await;
    }
    serde_json::from_slice(&bytes)
        .map(Body::Whole)
        .map_err(|error| Trouble::malformed(format!("the answer is not JSON: {error}")))
}

/// The server's own words in a refusal: `error.message`, `error`, `message`, `detail` or the text itself.
pub(super) async fn read_words(mut answered: Answered<'_>) -> String {
    const LIMIT_BYTES: usize = 64 << 10;
    let Ok(bytes) = read_bytes(answered.response.body_mut(), LIMIT_BYTES).await else {
        return String::new();
    };
    answered.keep();
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(value) => words(&value),
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

/// The words of an error object.
pub(super) fn words(value: &Value) -> String {
    let places = ["/error/message", "/error", "/message", "/detail"];
    let found = places.iter().find_map(|place| match value.pointer(place)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    });
    found.unwrap_or_default()
}

async fn read_bytes(body: &mut Incoming, limit_bytes: usize) -> Result<Bytes, Trouble> {
    // Most bodies come in one piece, which is not copied.
    let mut first = Bytes::new();
    let mut joined = Vec::new();
    while let Some(frame) = body.frame().await {
        // Trailers say nothing here.
        let Ok(piece) = frame.map_err(|error| Trouble::broken_off(&error))?.into_data() else { continue };
        if first.len().max(joined.len()) + piece.len() > limit_bytes {
            return Err(too_large(limit_bytes));
        }
        if first.is_empty() {
            first = piece;
            continue;
        }
        if joined.is_empty() {
            joined.extend_from_slice(&first);
        }
        joined.extend_from_slice(&piece);
    }
    Ok(if joined.is_empty() { first } else { Bytes::from(joined) })
}

fn too_large(limit_bytes: usize) -> Trouble {
    Trouble::malformed(format!("the answer is longer than {limit_bytes} bytes"))
}

/// Reads server-sent events, however the network cut them into chunks.
pub(super) async fn events<S, B>(chunks: S) -> Result<Body, Trouble>
where
    S: Stream<Item = Result<B, Trouble>> + Unpin,
    B: AsRef<[u8]>,
{
    let mut found = Vec::new();
    let mut matched = Some(0);
    let chunks = chunks.map(move |chunk| chunk.map(|chunk| without_marks(&mut matched, chunk.as_ref())));
    let mut source = chunks.eventsource();
    while let Some(event) = source.try_next().await.map_err(broken_stream)? {
        if event.data.trim() == "[DONE]" {
            break;
        }
        let value = serde_json::from_str(&event.data)
            .map_err(|error| Trouble::malformed(format!("an event of the answer is not JSON: {error}")))?;
        found.push(value);
    }
    Ok(Body::Events(found))
}

/// `chunk` without byte-order marks at the beginning of the stream, on which the reader of events would panic.
///
/// `matched` counts the bytes of a mark that may have begun and are held back; none once something else was read.
fn without_marks(matched: &mut Option<usize>, chunk: &[u8]) -> Vec<u8> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let Some(before) = *matched else { return chunk.to_vec() };
    let expected = MARK.iter().cycle().skip(before);
    let same = chunk.iter().zip(expected).take_while(|(found, expected)| found == expected).count();
    let held = (before + same) % MARK.len();
    if same == chunk.len() {
        *matched = Some(held);
        return Vec::new();
    }
    *matched = None;
    [MARK.get(..held).unwrap_or_default(), chunk.get(same..).unwrap_or_default()].concat()
}

fn broken_stream(error: EventStreamError<Trouble>) -> Trouble {
    match error {
        EventStreamError::Utf8(_) => Trouble::malformed("an event of the answer is not UTF-8"),
        EventStreamError::Parser(_) => Trouble::malformed("the answer is not a stream of events"),
        EventStreamError::Transport(trouble) => trouble,
    }
}
