//! An OpenAI-compatible server over one local model: completions with `echo` and `logprobs`, chat, streams.

mod chat;
mod completions;
mod failure;
mod fields;
mod gather;
mod logprobs;
mod sse;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use daepyo_backend::BackendError;
use daepyo_llama::{ChatTemplate, LlamaBackend};
use failure::Failure;
use serde_json::{Value, json};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Prompts of a whole batch of a long context fit.
const MOST_BODY_BYTES: usize = 64 << 20;

/// What is served.
pub(crate) struct ServedModel {
    backend: Arc<LlamaBackend>,
    name: String,
    template: Option<ChatTemplate>,
    /// Unix seconds that answers give as their time.
    created_s: u64,
    answers: AtomicU64,
}

impl ServedModel {
    /// `name` is what clients call the model; without a template, chat is refused. `created_s` (Unix seconds) is
    /// written into every answer, as the protocol asks.
    pub(crate) fn new(
        backend: Arc<LlamaBackend>,
        name: String,
        template: Option<ChatTemplate>,
        created_s: u64,
    ) -> Self {
        Self { backend, name, template, created_s, answers: AtomicU64::new(0) }
    }

    /// A name for the next answer, and a seed for one without its own.
    fn next(&self) -> u64 {
        self.answers.fetch_add(1, Ordering::Relaxed)
    }

    fn check_name(&self, asked: Option<&str>) -> Result<(), Failure> {
        match asked {
            Some(asked) if asked != self.name => Err(Failure::unknown_model(asked, &self.name)),
            Some(_) | None => Ok(()),
        }
    }

    fn engine_failure(error: &BackendError) -> Failure {
        Failure::engine(error.to_string())
    }
}

/// Serves `model` on `listener` until `stop` is ready, then ends the open answers.
pub(crate) async fn serve(
    model: ServedModel,
    listener: tokio::net::TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(model)).with_graceful_shutdown(stop).await
}

fn router(model: ServedModel) -> Router {
    Router::new()
        .route("/health", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/v1/models", get(models))
        .route("/v1/completions", post(completions::answer))
        .route("/v1/chat/completions", post(chat::answer))
        .fallback(|| async { Failure::no_such_path() })
        .method_not_allowed_fallback(|| async { Failure::wrong_method() })
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .with_state(Arc::new(model))
}

async fn models(State(model): State<Arc<ServedModel>>) -> Json<Value> {
    Json(json!({
        "object": "list",
        "data": [{
            "id": model.name,
            "object": "model",
            "created": model.created_s,
            "owned_by": "daepyo",
            "max_model_len": model.backend.context_tokens(),
        }],
    }))
}

#[cfg(test)]
mod tests;
