//! The events of a turn, as a browser's script reads them.

use crate::who::Who;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use daepyo_arena::stream::Side;
use daepyo_store::site::Ended;
use futures_util::stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Events that wait for a slow reader; then the answers wait.
const WAITING: usize = 16;
/// Whoever reads nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a page is told.
pub(super) enum Event {
    /// So many conversations wait before this one.
    Place { ahead: usize },
    /// Both are asked now.
    Begun,
    /// The next characters of a side.
    Text { side: Side, text: String },
    /// A side is whole.
    Ended { side: Side },
    /// Both answers are stored: the page has the vote.
    Done,
    /// The battle is over without a vote.
    Over { end: Ended },
    /// It stopped before it was done, and can be taken up again.
    Again,
}

/// Whoever read has gone.
pub(super) struct Gone;

/// The way to the reader.
pub(super) struct Out(mpsc::Sender<Bytes>);

impl Out {
    /// Sends an event; waits where the reader is slow.
    pub(super) async fn send(&self, who: &Who, event: &Event) -> Result<(), Gone> {
        self.put(event.bytes(who)).await
    }

    /// Sends what a reader passes over, to notice where there is none.
    pub(super) async fn beat(&self) -> Result<(), Gone> {
        self.put(Bytes::from_static(b":\n\n")).await
    }

    async fn put(&self, bytes: Bytes) -> Result<(), Gone> {
        match timeout(PATIENCE, self.0.send(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    /// Returns when the reader has gone.
    pub(super) async fn gone(&self) {
        self.0.closed().await;
    }
}

/// A way to a reader, and the answer that it reads.
pub(super) fn channel() -> (Out, Response) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let events = stream::unfold(receiver, |mut receiver| async move {
        let bytes: Bytes = receiver.recv().await?;
        Some((Ok::<_, Infallible>(bytes), receiver))
    });
    (Out(sender), answer(Body::from_stream(events)))
}

/// An answer of one event, for a battle that was over before anything was asked.
pub(super) fn over_at_once(who: &Who, end: &Ended) -> Response {
    answer(Body::from(Event::Over { end: end.clone() }.bytes(who)))
}

fn answer(body: Body) -> Response {
    // Proxies of one kind gather what comes before they pass it on, unless they are told.
    let headers =
        [(header::CONTENT_TYPE.as_str(), "text/event-stream; charset=utf-8"), ("x-accel-buffering", "no")];
    (headers, body).into_response()
}

impl Event {
    fn bytes(&self, who: &Who) -> Bytes {
        let said = |id| json!({ "said": who.say(id, &[]) });
        let (name, data): (&str, Value) = match self {
            Self::Place { ahead: 0 } => ("place", said("site-live-next")),
            Self::Place { ahead } => {
                let said = who.say("site-live-place", &[("count", &ahead.to_string())]);
                ("place", json!({ "ahead": ahead, "said": said }))
            }
            Self::Begun => ("begun", said("site-live-writing")),
            Self::Text { side, text } => ("text", json!({ "side": side, "text": text })),
            Self::Ended { side } => ("ended", json!({ "side": side })),
            Self::Done => ("done", said("site-live-done")),
            Self::Over { end } => ("over", said(super::super::battle::ended_message(end))),
            Self::Again => ("again", said("site-live-again")),
        };
        // JSON has no line ends, so that one line of data holds whatever a candidate wrote.
        Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
    }
}
