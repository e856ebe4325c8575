//! Reads a written answer out of a completion or chat completion, whole or as events.

use super::body::{Body, words};
use super::plain::Plain;
use super::trouble::{Next, Trouble};
use crate::stop;
use daepyo_core::{FailureClass, Finish, Response};
use serde_json::Value;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) finish: Finish,
    pub(super) prompt_tokens: Option<u32>,
    pub(super) completion_tokens: Option<u32>,
    /// Nothing was written at all, not even a stop text.
    is_blank: bool,
}

/// Which of the two forms was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Completion,
    Chat,
}

impl Written {
    /// The answer in `body`, cut at the first stop text.
    pub(super) fn read(body: &Body, form: Form, stop: &[String]) -> Result<Self, Trouble> {
        let mut written = match body {
            Body::Whole(value) => Self::whole(value, form)?,
            Body::Events(events) => Self::events(events, form)?,
            Body::Plain(plain) => Self::plain(plain)?,
        };
        written.is_blank = written.text.is_empty();
        let (kept, is_cut) = stop::cut(&written.text, stop);
        if is_cut {
            written.text = kept.to_owned();
            written.finish = Finish::Stop;
        }
        Ok(written)
    }

    /// Whether a server's fault looks just like this: nothing written, and said to be finished.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_blank && self.finish == Finish::Stop
    }

    pub(super) fn into_response(self) -> Response {
        Response::Generated {
            text: self.text,
            finish: self.finish,
            prompt_tokens: self.prompt_tokens,
            completion_tokens: self.completion_tokens,
        }
    }

    fn plain(plain: &Plain) -> Result<Self, Trouble> {
        Ok(Self {
            text: plain.text.clone(),
            finish: finish(Some(&plain.reason))?,
            prompt_tokens: plain.prompt_tokens,
            completion_tokens: plain.completion_tokens,
            is_blank: false,
        })
    }

    fn whole(value: &Value, form: Form) -> Result<Self, Trouble> {
        check_error(value)?;
        let choice = choice(value)?;
        let text = match form {
            Form::Completion => choice.get("text").map(text_of),
            Form::Chat => choice.get("message").filter(|message| message.is_object()).map(message_text),
        };
        let text = text.flatten().ok_or_else(|| {
            Trouble::malformed(match form {
                Form::Completion => "the choice has no `text`",
                Form::Chat => "the choice has no `message` with content",
            })
        })?;
        let reason = choice.get("finish_reason").and_then(Value::as_str);
        Ok(Self {
            text,
            finish: finish(reason)?,
            prompt_tokens: usage(value, "prompt_tokens"),
            completion_tokens: usage(value, "completion_tokens"),
            is_blank: false,
        })
    }

    fn events(events: &[Value], form: Form) -> Result<Self, Trouble> {
        let mut text = String::new();
        let mut reason = None;
        let (mut prompt_tokens, mut completion_tokens) = (None, None);
        for event in events {
            check_error(event)?;
            prompt_tokens = usage(event, "prompt_tokens").or(prompt_tokens);
            completion_tokens = usage(event, "completion_tokens").or(completion_tokens);
            let choices = event.get("choices").and_then(Value::as_array);
            let choices =
                choices.ok_or_else(|| Trouble::malformed("an event of the answer has no `choices`"))?;
            let ours = choices
                .iter()
                .filter(|choice| choice.get("index").is_none_or(|index| index.as_u64() == Some(0)));
            for choice in ours {
                let piece = match form {
                    Form::Completion => choice.get("text"),
                    Form::Chat => choice.pointer("/delta/content"),
                };
                if let Some(piece) = piece {
                    let piece = text_of(piece)
                        .ok_or_else(|| Trouble::malformed("a piece of the answer is not text"))?;
                    text.push_str(&piece);
                }
                reason = choice.get("finish_reason").and_then(Value::as_str).or(reason);
            }
        }
        if reason.is_none() {
            return Err(Trouble::malformed("the stream ended before the answer did"));
        }
        Ok(Self { text, finish: finish(reason)?, prompt_tokens, completion_tokens, is_blank: false })
    }
}

/// The choice with index 0, wherever it stands.
pub(super) fn choice(value: &Value) -> Result<&Value, Trouble> {
    let choices = value.get("choices").and_then(Value::as_array);
    let choices = choices.ok_or_else(|| Trouble::malformed("the answer has no `choices`"))?;
    let by_index = choices.iter().find(|choice| choice.get("index").and_then(Value::as_u64) == Some(0));
    let alone = match choices.as_slice() {
        [alone] if alone.get("index").is_none() => Some(alone),
        _ => None,
    };
    by_index.or(alone).ok_or_else(|| Trouble::malformed("the answer has no choice with index 0"))
}

/// A count of tokens from `usage`, where it is told.
pub(super) fn usage(value: &Value, name: &str) -> Option<u32> {
    let count = value.get("usage")?.get(name)?.as_u64()?;
    u32::try_from(count).ok()
}

/// An error told with status 200, as some servers do, in the middle of a stream or in place of the answer.
pub(super) fn check_error(value: &Value) -> Result<(), Trouble> {
    match value.get("error") {
        None | Some(Value::Null) => Ok(()),
        Some(_) => Err(Trouble {
            class: FailureClass::Server,
            message: format!("the server told of an error in its answer: {}", words(value)),
            next: Next::Later,
        }),
    }
}

/// The text of a value; null is empty text.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(|part| part.get("text").and_then(Value::as_str)).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// Content; without any, the refusal that some vendors tell in a field of its own.
fn message_text(message: &Value) -> Option<String> {
    let content = match message.get("content") {
        None if message.get("role").is_some() => Some(String::new()),
        None => None,
        Some(content) => text_of(content),
    }?;
    match message.get("refusal").and_then(Value::as_str) {
        Some(refusal) if content.is_empty() => Some(refusal.to_owned()),
        _ => Some(content),
    }
}

pub(super) fn finish(reason: Option<&str>) -> Result<Finish, Trouble> {
    match reason {
        None => Err(Trouble::malformed("the answer has no `finish_reason`")),
        Some("length" | "max_tokens" | "model_length") => Ok(Finish::Length),
        Some("content_filter") => Ok(Finish::ContentFilter),
        Some(reason @ ("error" | "abort" | "cancelled")) => Err(Trouble {
            class: FailureClass::Server,
            message: format!("the server gave up the answer: {reason}"),
            next: Next::Later,
        }),
        // stop, eos, eos_token, stop_sequence, end_turn, tool_calls: servers differ in the word.
        Some(_) => Ok(Finish::Stop),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
mod tests {
    use super::{Body, Form, Written};
    use daepyo_core::{FailureClass, Finish};
    use serde_json::json;

    fn chat(body: serde_json::Value) -> Result<Written, super::Trouble> {
        Written::read(&Body::Whole(body), Form::Chat, &["\n".to_owned()])
    }

    #[test]
    fn the_choice_is_found_by_its_index() {
        let body = json!({"choices": [
            {"index": 1, "message": {"content": "decoy"}, "finish_reason": "stop"},
            {"index": 0, "message": {"content": "right\nand more"}, "finish_reason": "length"},
        ], "usage": {"prompt_tokens": 3, "completion_tokens": 9}});
        let written = chat(body).unwrap();
        assert_eq!((written.text.as_str(), written.finish), ("right", Finish::Stop));
        assert_eq!((written.prompt_tokens, written.completion_tokens), (Some(3), Some(9)));
    }

    #[test]
    fn null_content_is_an_answer_only_with_a_finish_reason() {
        let null = |reason| json!({"choices": [{"index": 0, "message": {"content": null}, "finish_reason": reason}]});
        assert!(chat(null(json!("stop"))).unwrap().is_doubtful());
        assert_eq!(chat(null(json!("content_filter"))).unwrap().finish, Finish::ContentFilter);
        assert_eq!(chat(null(json!(null))).unwrap_err().class, FailureClass::Malformed);
    }

    #[test]
    fn wrong_shapes_are_malformed() {
        for body in [
            json!([]),
            json!({"choices": []}),
            json!({"choices": [{"index": 0, "finish_reason": "stop"}]}),
            json!({"choices": [{"index": 0, "message": "text", "finish_reason": "stop"}]}),
            json!({"choices": [{"index": 0, "message": {"content": 7}, "finish_reason": "stop"}]}),
            json!({"choices": {"index": 0}}),
        ] {
            assert_eq!(chat(body.clone()).unwrap_err().class, FailureClass::Malformed, "{body}");
        }
    }

    #[test]
    fn a_stream_without_its_end_is_no_answer() {
        let piece = json!({"choices": [{"index": 0, "text": "하나", "finish_reason": null}]});
        let other = json!({"choices": [{"index": 1, "text": "decoy", "finish_reason": "stop"}]});
        let end = json!({"choices": [{"index": 0, "text": " 둘", "finish_reason": "length"}]});
        let read = |events: &[&serde_json::Value]| {
            let events = events.iter().map(|event| (*event).clone()).collect();
            Written::read(&Body::Events(events), Form::Completion, &[])
        };
        assert_eq!(read(&[&piece, &other]).unwrap_err().class, FailureClass::Malformed);
        let written = read(&[&piece, &other, &end]).unwrap();
        assert_eq!((written.text.as_str(), written.finish), ("하나 둘", Finish::Length));
    }

    #[test]
    fn an_error_in_a_good_status_is_the_servers_fault() {
        let error = chat(json!({"error": {"message": "engine died"}})).unwrap_err();
        assert_eq!(error.class, FailureClass::Server);
        assert!(error.message.contains("engine died"));
    }
}
