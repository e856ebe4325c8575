//! `POST /v1/chat/completions`.

use super::{
    ServedModel,
    failure::Failure,
    fields::Fields,
    gather::{finish_reason, gather},
    logprobs::chat_entry,
    sse::{Chunks, stream_answer},
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use daepyo_core::{Message, Role};
use daepyo_llama::{Completion, CompletionEvent, TokenLogprob};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;

/// The protocol's own limit.
const MOST_TOP_LOGPROBS: u32 = 20;

pub(crate) async fn answer(
    State(model): State<Arc<ServedModel>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let fields = Fields::read(body)?;
    model.check_name(fields.text("model")?)?;
    fields.refuse_what_is_not_done()?;
    let messages = messages(fields.value("messages"))?;
    let template = model.template.as_ref().ok_or_else(|| Failure::field("model", "has no chat template"))?;
    let text = template(&messages).map_err(|message| Failure::field("messages", &message))?;
    let number = model.next();
    let max_tokens = match fields.count("max_completion_tokens")? {
        Some(most) => most,
        None => fields.count("max_tokens")?.unwrap_or(u32::MAX),
    };
    let completion = Completion {
        prompt: model.backend.prompt_tokens(&text),
        params: fields.params(max_tokens, number)?,
        score_prompt: false,
        top: top(&fields)?,
    };
    let id = format!("chatcmpl-{number}");
    if fields.flag("stream")? {
        let chunks = Streamed { model, id, completion: Some(completion), begun: false };
        return stream_answer(chunks).await;
    }
    let events = model.backend.complete(completion).map_err(|error| ServedModel::engine_failure(&error))?;
    let gathered = gather(events).await?;
    let logprobs = (!gathered.written.is_empty()).then(|| logprobs(&gathered.written));
    Ok(Json(json!({
        "id": id,
        "object": "chat.completion",
        "created": model.created_s,
        "model": model.name,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": gathered.text},
            "logprobs": logprobs,
            "finish_reason": finish_reason(gathered.finish),
        }],
        "usage": {
            "prompt_tokens": gathered.prompt_tokens,
            "completion_tokens": gathered.completion_tokens,
            "total_tokens": u64::from(gathered.prompt_tokens) + u64::from(gathered.completion_tokens),
        },
    }))
    .into_response())
}

/// How many alternatives at each place; `None` where no log-probabilities are asked for.
fn top(fields: &Fields) -> Result<Option<usize>, Failure> {
    let count = fields.count("top_logprobs")?.unwrap_or(0);
    if count > MOST_TOP_LOGPROBS {
        return Err(Failure::field("top_logprobs", &format!("is at most {MOST_TOP_LOGPROBS}")));
    }
    let count = usize::try_from(count).unwrap_or_default();
    Ok(fields.flag("logprobs")?.then_some(count))
}

fn logprobs(tokens: &[TokenLogprob]) -> Value {
    json!({"content": tokens.iter().map(chat_entry).collect::<Vec<_>>()})
}

fn messages(value: Option<&Value>) -> Result<Vec<Message>, Failure> {
    let wrong = |message: &str| Failure::field("messages", message);
    let list = value.and_then(Value::as_array).filter(|list| !list.is_empty());
    list.ok_or_else(|| wrong("is not a list of at least one message"))?
        .iter()
        .map(|message| {
            let role = match message.get("role").and_then(Value::as_str) {
                Some("system" | "developer") => Role::System,
                Some("user") => Role::User,
                Some("assistant") => Role::Assistant,
                Some(_) | None => {
                    return Err(wrong("has a message whose role is not system, user or assistant"));
                }
            };
            let content = message.get("content").and_then(text_of);
            let content = content.ok_or_else(|| wrong("has a message whose content is not text"))?;
            Ok(Message { role, content })
        })
        .collect()
}

/// A text, or the parts of one.
fn text_of(content: &Value) -> Option<String> {
    if let Some(text) = content.as_str() {
        return Some(text.to_owned());
    }
    let part = |part: &Value| {
        let is_text = part.get("type").and_then(Value::as_str) == Some("text");
        part.get("text").and_then(Value::as_str).filter(|_| is_text).map(str::to_owned)
    };
    content.as_array()?.iter().map(part).collect()
}

struct Streamed {
    model: Arc<ServedModel>,
    id: String,
    completion: Option<Completion>,
    begun: bool,
}

impl Streamed {
    fn chunk(&self, delta: &Value, logprobs: Option<&Value>, finish: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.model.created_s,
            "model": self.model.name,
            "choices": [{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}],
        })
    }
}

impl Chunks for Streamed {
    fn start(&mut self) -> Option<Result<Receiver<CompletionEvent>, Failure>> {
        let completion = self.completion.take()?;
        let events = self.model.backend.complete(completion);
        Some(events.map_err(|error| ServedModel::engine_failure(&error)))
    }

    fn chunks(&mut self, event: CompletionEvent) -> Result<Vec<Value>, Failure> {
        let mut chunks = Vec::new();
        if !self.begun && !matches!(event, CompletionEvent::Failed { .. }) {
            self.begun = true;
            chunks.push(self.chunk(&json!({"role": "assistant", "content": ""}), None, None));
        }
        match event {
            CompletionEvent::Prompt(_) => {}
            CompletionEvent::Token { text, logprob } => {
                let logprobs = logprob.map(|token| logprobs(&[token]));
                if !text.is_empty() || logprobs.is_some() {
                    chunks.push(self.chunk(&json!({"content": text}), logprobs.as_ref(), None));
                }
            }
            CompletionEvent::End { text, finish, .. } => {
                if !text.is_empty() {
                    chunks.push(self.chunk(&json!({"content": text}), None, None));
                }
                chunks.push(self.chunk(&json!({}), None, Some(finish_reason(finish))));
            }
            CompletionEvent::Failed { class, message } => return Err(Failure::of_class(class, message)),
        }
        Ok(chunks)
    }
}
