//! What the events of a streamed chat completion say; no clock.

use super::Fault;
use super::lines::lines;
use crate::talk::{End, TalkError};
use daepyo_core::Finish;
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures_util::{Stream, StreamExt};
use serde_json::Value;
use std::pin::Pin;

use crate::openai::written::{check_error, finish, text_of, usage};

/// What one event says.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::openai) enum Said {
    /// The next characters; never empty.
    Text(String),
    /// So many characters of reasoning.
    Thought(u64),
    /// Nothing for the reader: a role, a count of tokens, the reason of the end.
    Nothing,
    /// `[DONE]`, or the end of the stream.
    Over,
}

type Events = Pin<Box<dyn Stream<Item = Result<Event, EventStreamError<Fault>>> + Send>>;

/// Reads the events of one answer.
pub(in crate::openai) struct Reader {
    events: Events,
    reason: Option<Finish>,
    prompt_tokens: Option<u32>,
    completion_tokens: Option<u32>,
    /// Of an event that said two things.
    next: Option<Said>,
}

impl Reader {
    /// A reader of these chunks, however they are cut.
    pub(in crate::openai) fn new<S, B>(chunks: S, event_limit_bytes: usize) -> Self
    where
        S: Stream<Item = Result<B, Fault>> + Send + Unpin + 'static,
        B: AsRef<[u8]> + Send + 'static,
    {
        Self {
            events: Box::pin(lines(chunks, event_limit_bytes).eventsource()),
            reason: None,
            prompt_tokens: None,
            completion_tokens: None,
            next: None,
        }
    }

    /// What the next event says. Nothing is lost where this is not awaited to its end.
    pub(in crate::openai) async fn next(&mut self) -> Result<Said, Fault> {
        if let Some(said) = self.next.take() {
            return Ok(said);
        }
        match self.events.next().await {
            None => Ok(Said::Over),
            Some(Ok(event)) if event.data.trim() == "[DONE]" => Ok(Said::Over),
            Some(Ok(event)) => self.read(&event.data),
            Some(Err(EventStreamError::Transport(fault))) => Err(fault),
            Some(Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_))) => {
                Err(Fault::malformed("the answer is not a stream of events"))
            }
        }
    }

    /// The end, once the server has told its reason.
    pub(in crate::openai) fn end(&self) -> Option<End> {
        let (prompt_tokens, completion_tokens) = (self.prompt_tokens, self.completion_tokens);
        self.reason.map(|reason| End { reason, prompt_tokens, completion_tokens })
    }

    /// The end of an answer that we cut ourselves.
    pub(in crate::openai) fn cut(&self, reason: Finish) -> End {
        End { reason, prompt_tokens: self.prompt_tokens, completion_tokens: None }
    }

    fn read(&mut self, data: &str) -> Result<Said, Fault> {
        let value: Value = serde_json::from_str(data)
            .map_err(|error| Fault::malformed(format!("an event of the answer is not JSON: {error}")))?;
        check_error(&value)?;
        self.prompt_tokens = usage(&value, "prompt_tokens").or(self.prompt_tokens);
        self.completion_tokens = usage(&value, "completion_tokens").or(self.completion_tokens);
        let (mut text, mut thought) = (String::new(), 0_u64);
        let choices = match value.get("choices") {
            None | Some(Value::Null) if value.is_object() => &[],
            Some(Value::Array(choices)) => choices.as_slice(),
            None | Some(_) => return Err(Fault::malformed("an event of the answer has no `choices`")),
        };
        let is_ours = |choice: &&Value| choice.get("index").is_none_or(|index| index.as_u64() == Some(0));
        for choice in choices.iter().filter(is_ours) {
            if let Some(delta) = choice.get("delta").filter(|_| self.reason.is_none()) {
                text.push_str(&content(delta)?);
                thought += reasoning_chars(delta);
            }
            if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
                self.reason = Some(finish(Some(reason))?);
            }
        }
        let text = (!text.is_empty()).then(|| Said::Text(text.replace('\0', "\u{fffd}")));
        if thought == 0 {
            return Ok(text.unwrap_or(Said::Nothing));
        }
        self.next = text;
        Ok(Said::Thought(thought))
    }

    /// Why a stream that is over without a reason cannot count.
    pub(in crate::openai) fn unfinished() -> Fault {
        Fault::later(TalkError::Dropped { detail: "the stream ended before the answer did".to_owned() })
    }
}

/// Content; without any, the refusal that some vendors tell in a field of its own.
fn content(delta: &Value) -> Result<String, Fault> {
    let text = delta.get("content").map_or_else(|| Some(String::new()), text_of);
    let text = text.ok_or_else(|| Fault::malformed("a piece of the answer is not text"))?;
    match delta.get("refusal").and_then(Value::as_str) {
        Some(refusal) if text.is_empty() => Ok(refusal.to_owned()),
        Some(_) | None => Ok(text),
    }
}

/// Servers differ in the name of what a model thinks before it answers.
fn reasoning_chars(delta: &Value) -> u64 {
    let names = ["reasoning_content", "reasoning"];
    let text = names.iter().find_map(|name| delta.get(name)?.as_str());
    text.map_or(0, |text| u64::try_from(text.chars().count()).unwrap_or(u64::MAX))
}
