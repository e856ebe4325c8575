//! Answers as a stream of server-sent events.

use super::failure::Failure;
use axum::response::{
    IntoResponse, Response,
    sse::{Event, Sse},
};
use daepyo_llama::CompletionEvent;
use futures_util::{Stream, stream};
use serde_json::Value;
use std::{collections::VecDeque, convert::Infallible};
use tokio::sync::mpsc::Receiver;

/// Makes the chunks of one answer.
pub(crate) trait Chunks: Send + 'static {
    /// The next completion, where one follows (a request may hold several prompts).
    fn start(&mut self) -> Option<Result<Receiver<CompletionEvent>, Failure>>;
    /// The chunks that an event of the running completion makes.
    fn chunks(&mut self, event: CompletionEvent) -> Result<Vec<Value>, Failure>;
}

/// Streams an answer. What fails before its first event is an ordinary error with its status; what fails later
/// is an event.
pub(crate) async fn stream_answer(chunks: impl Chunks) -> Result<Response, Failure> {
    let mut answer = Answer { chunks, events: None, waiting: VecDeque::new(), over: false };
    answer.fill().await?;
    Ok(Sse::new(answer.into_stream()).into_response())
}

struct Answer<C> {
    chunks: C,
    events: Option<Receiver<CompletionEvent>>,
    waiting: VecDeque<Value>,
    over: bool,
}

impl<C: Chunks> Answer<C> {
    /// Waits until there is a chunk to send or the answer is over.
    async fn fill(&mut self) -> Result<(), Failure> {
        while self.waiting.is_empty() && !self.over {
            let Some(events) = &mut self.events else {
                match self.chunks.start() {
                    None => self.over = true,
                    Some(events) => self.events = Some(events?),
                }
                continue;
            };
            let Some(event) = events.recv().await else {
                return Err(Failure::engine("the model ended before its answer did".to_owned()));
            };
            if matches!(event, CompletionEvent::End { .. }) {
                self.events = None;
            }
            self.waiting.extend(self.chunks.chunks(event)?);
        }
        Ok(())
    }

    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        stream::unfold((self, false), |(mut answer, done)| async move {
            if done {
                return None;
            }
            if let Err(failure) = answer.fill().await {
                let event = Event::default().data(failure.json().to_string());
                return Some((Ok(event), (answer, true)));
            }
            Some(match answer.waiting.pop_front() {
                Some(chunk) => (Ok(Event::default().data(chunk.to_string())), (answer, false)),
                None => (Ok(Event::default().data("[DONE]")), (answer, true)),
            })
        })
    }
}
