//! `POST /v1/completions`.

use super::{
    ServedModel,
    failure::Failure,
    fields::Fields,
    gather::{finish_reason, gather},
    logprobs::TokenLists,
    sse::{Chunks, stream_answer},
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use daepyo_core::GenerateParams;
use daepyo_llama::{Completion, CompletionEvent, LlamaBackend, TokenLogprob};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;

/// The protocol's default.
const DEFAULT_MAX_TOKENS: u32 = 16;
/// More alternatives at each place than anyone reads; keeps an answer small.
const MOST_LOGPROBS: u32 = 100;

/// What one prompt is answered from.
struct Prompt {
    tokens: Vec<u32>,
    text: String,
    /// Whether the first token was added to the text.
    added_bos: bool,
}

/// A whole request.
struct Request {
    prompts: Vec<Prompt>,
    params: GenerateParams,
    echo: bool,
    logprobs: Option<usize>,
}

pub(crate) async fn answer(
    State(model): State<Arc<ServedModel>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let fields = Fields::read(body)?;
    model.check_name(fields.text("model")?)?;
    fields.refuse_what_is_not_done()?;
    let number = model.next();
    let request = read(&model.backend, &fields, number)?;
    let id = format!("cmpl-{number}");
    if fields.flag("stream")? {
        let chunks = Streamed { model, request, id, prompt: 0, running: None };
        return stream_answer(chunks).await;
    }
    let mut choices = Vec::new();
    let (mut prompt_tokens, mut completion_tokens) = (0_u64, 0_u64);
    for (index, prompt) in request.prompts.iter().enumerate() {
        let gathered = gather(start(&model.backend, &request, prompt)?).await?;
        prompt_tokens += u64::from(gathered.prompt_tokens);
        completion_tokens += u64::from(gathered.completion_tokens);
        let logprobs = request.logprobs.map(|_| {
            let mut lists = TokenLists::default();
            push_prompt(&mut lists, prompt, &gathered.prompt);
            for token in &gathered.written {
                lists.push(token, true);
            }
            lists.json()
        });
        let text = if request.echo { format!("{}{}", prompt.text, gathered.text) } else { gathered.text };
        choices.push(choice(index, &text, logprobs.as_ref(), Some(finish_reason(gathered.finish))));
    }
    let mut answer = frame(&model, &id, &choices);
    if let Value::Object(fields) = &mut answer {
        let usage = json!({
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        });
        fields.insert("usage".to_owned(), usage);
    }
    Ok(Json(answer).into_response())
}

fn read(backend: &LlamaBackend, fields: &Fields, seed: u64) -> Result<Request, Failure> {
    let max_tokens = fields.count("max_tokens")?.unwrap_or(DEFAULT_MAX_TOKENS);
    let logprobs = fields.count("logprobs")?;
    if logprobs.is_some_and(|count| count > MOST_LOGPROBS) {
        return Err(Failure::field("logprobs", &format!("is at most {MOST_LOGPROBS}")));
    }
    Ok(Request {
        prompts: prompts(backend, fields.value("prompt"))?,
        params: fields.params(max_tokens, seed)?,
        echo: fields.flag("echo")?,
        logprobs: logprobs.and_then(|count| usize::try_from(count).ok()),
    })
}

/// A text, a list of texts, a list of tokens or a list of such lists.
fn prompts(backend: &LlamaBackend, value: Option<&Value>) -> Result<Vec<Prompt>, Failure> {
    let wrong = || Failure::field("prompt", "is not a text, a list of texts, or one or more lists of tokens");
    match value {
        Some(Value::String(text)) => Ok(vec![of_text(backend, text)]),
        Some(Value::Array(items)) if items.is_empty() => Err(Failure::field("prompt", "is empty")),
        Some(Value::Array(items)) if items.iter().all(Value::is_number) => {
            Ok(vec![of_tokens(backend, items)?])
        }
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| match item {
                Value::String(text) => Ok(of_text(backend, text)),
                Value::Array(tokens) => of_tokens(backend, tokens),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(wrong()),
            })
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(wrong()),
        None => Err(Failure::field("prompt", "is missing")),
    }
}

fn of_text(backend: &LlamaBackend, text: &str) -> Prompt {
    let tokens = backend.prompt_tokens(text);
    let added_bos = tokens.len() > backend.text_tokens(text).len();
    Prompt { tokens, text: text.to_owned(), added_bos }
}

fn of_tokens(backend: &LlamaBackend, items: &[Value]) -> Result<Prompt, Failure> {
    let wrong = || Failure::field("prompt", "holds something that is not a token of this model");
    let mut tokens = Vec::with_capacity(items.len());
    let mut bytes = Vec::new();
    for item in items {
        let token = item.as_u64().and_then(|number| u32::try_from(number).ok()).ok_or_else(wrong)?;
        bytes.extend(backend.token_bytes(token).ok_or_else(wrong)?);
        tokens.push(token);
    }
    if tokens.is_empty() {
        return Err(Failure::field("prompt", "has no token"));
    }
    Ok(Prompt { tokens, text: String::from_utf8_lossy(&bytes).into_owned(), added_bos: false })
}

fn start(
    backend: &LlamaBackend,
    request: &Request,
    prompt: &Prompt,
) -> Result<Receiver<CompletionEvent>, Failure> {
    let completion = Completion {
        prompt: prompt.tokens.clone(),
        params: request.params.clone(),
        score_prompt: request.echo && request.logprobs.is_some(),
        top: request.logprobs,
    };
    backend.complete(completion).map_err(|error| ServedModel::engine_failure(&error))
}

fn push_prompt(lists: &mut TokenLists, prompt: &Prompt, tokens: &[TokenLogprob]) {
    for (place, token) in tokens.iter().enumerate() {
        lists.push(token, place > 0 || !prompt.added_bos);
    }
}

fn choice(index: usize, text: &str, logprobs: Option<&Value>, finish: Option<&str>) -> Value {
    json!({"index": index, "text": text, "logprobs": logprobs, "finish_reason": finish})
}

fn frame(model: &ServedModel, id: &str, choices: &[Value]) -> Value {
    json!({
        "id": id,
        "object": "text_completion",
        "created": model.created_s,
        "model": model.name,
        "choices": choices,
    })
}

/// The chunks of a streamed request, prompt after prompt.
struct Streamed {
    model: Arc<ServedModel>,
    request: Request,
    id: String,
    /// How many prompts were begun.
    prompt: usize,
    running: Option<Running>,
}

struct Running {
    index: usize,
    /// Characters of the text that the chunks so far account for.
    characters: usize,
    prompt_sent: bool,
}

impl Streamed {
    fn chunk(&self, index: usize, text: &str, logprobs: Option<&Value>, finish: Option<&str>) -> Value {
        frame(&self.model, &self.id, &[choice(index, text, logprobs, finish)])
    }

    fn prompt_chunk(&mut self, tokens: &[TokenLogprob]) -> Option<Value> {
        let running = self.running.as_mut()?;
        let prompt = self.request.prompts.get(running.index)?;
        if running.prompt_sent || !self.request.echo {
            return None;
        }
        running.prompt_sent = true;
        let mut lists = TokenLists::default();
        push_prompt(&mut lists, prompt, tokens);
        running.characters = lists.characters();
        let (index, text) = (running.index, prompt.text.clone());
        let logprobs = self.request.logprobs.map(|_| lists.json());
        Some(self.chunk(index, &text, logprobs.as_ref(), None))
    }
}

impl Chunks for Streamed {
    fn start(&mut self) -> Option<Result<Receiver<CompletionEvent>, Failure>> {
        let index = self.prompt;
        let prompt = self.request.prompts.get(index)?;
        self.prompt += 1;
        self.running = Some(Running { index, characters: 0, prompt_sent: false });
        Some(start(&self.model.backend, &self.request, prompt))
    }

    fn chunks(&mut self, event: CompletionEvent) -> Result<Vec<Value>, Failure> {
        if let CompletionEvent::Failed { class, message } = event {
            return Err(Failure::of_class(class, message));
        }
        let scored = if let CompletionEvent::Prompt(tokens) = &event { tokens.as_slice() } else { &[] };
        let mut chunks: Vec<Value> = self.prompt_chunk(scored).into_iter().collect();
        let Some(running) = &mut self.running else { return Ok(chunks) };
        let index = running.index;
        match event {
            CompletionEvent::Prompt(_) | CompletionEvent::Failed { .. } => {}
            CompletionEvent::Token { text, logprob } => {
                let logprobs = logprob.map(|token| {
                    let mut lists = TokenLists::after(running.characters);
                    lists.push(&token, true);
                    running.characters = lists.characters();
                    lists.json()
                });
                if !text.is_empty() || logprobs.is_some() {
                    chunks.push(self.chunk(index, &text, logprobs.as_ref(), None));
                }
            }
            CompletionEvent::End { text, finish, .. } => {
                chunks.push(self.chunk(index, &text, None, Some(finish_reason(finish))));
            }
        }
        Ok(chunks)
    }
}
