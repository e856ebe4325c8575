//! Asks a server once what it can do: the length of its context, and how it scores given text.

use super::body::Body;
use super::scores::{Beginning, Scoring};
use super::trouble::{Next, Trouble, clean};
use super::turn::Turn;
use super::{Job, Kind, OpenAiBackend, Place};
use crate::{BackendError, Charge};
use daepyo_core::FailureClass;
use serde_json::Value;

/// Plain words that every tokenizer splits at the spaces.
const PROBE_TEXT: &str = "The capital of France is Paris.";

/// What the server can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) context_tokens: Option<u32>,
    pub(super) scoring: Option<Scoring>,
    pub(super) beginning: Beginning,
}

impl OpenAiBackend {
    /// The probe's result; asked for once, and again only where the server could not be reached.
    pub(super) async fn probe<'a>(&'a self, turn: &mut Turn<'a>) -> Result<&'a Probe, BackendError> {
        self.probe
            .get_or_try_init(|| async {
                let context_tokens = self.probe_context(turn).await?;
                let (scoring, beginning) = self.probe_scoring(turn).await?;
                Ok(Probe { context_tokens, scoring, beginning })
            })
            .await
    }

    async fn probe_context<'a>(&'a self, turn: &mut Turn<'a>) -> Result<Option<u32>, BackendError> {
        let job = Job { place: Place::Models, body: None, most: Charge::default(), kind: Kind::Asked };
        let read = |body: Body| match body {
            Body::Whole(value) => Ok(value),
            Body::Events(_) | Body::Plain(_) => {
                Err(Trouble::malformed("a written answer is no list of models"))
            }
        };
        match self.persist(&job, turn, read, |_| false).await {
            Ok(models) => Ok(context_tokens(&models, &self.options.model)),
            Err(trouble) => self.fatal(&trouble).map(|()| None),
        }
    }

    async fn probe_scoring<'a>(
        &'a self,
        turn: &mut Turn<'a>,
    ) -> Result<(Option<Scoring>, Beginning), BackendError> {
        for scoring in [Scoring::Echo, Scoring::EchoAndOne, Scoring::PromptLogprobs] {
            match self.score(PROBE_TEXT, scoring, turn).await {
                Ok(scores) if scores.sum(1).is_ok() => {
                    let beginning = scores.beginning(PROBE_TEXT).unwrap_or(Beginning::Nothing);
                    return Ok((Some(scoring), beginning));
                }
                Ok(_) => {}
                Err(trouble) => self.fatal(&trouble)?,
            }
        }
        Ok((None, Beginning::Nothing))
    }

    /// An error where nothing can be asked of this server at all; otherwise it just cannot do this one thing.
    fn fatal(&self, trouble: &Trouble) -> Result<(), BackendError> {
        if trouble.next == Next::OverBudget {
            return Err(BackendError::Budget);
        }
        let is_key = trouble.next == Next::GiveUp && trouble.message.starts_with("status 401");
        let is_away = matches!(trouble.class, FailureClass::Connection | FailureClass::Deadline);
        if !is_key && !is_away {
            return Ok(());
        }
        let words = clean(&trouble.message, self.options.api_key.as_ref());
        Err(BackendError::Engine(if is_key {
            format!("the server refuses the API key, or asks for one: {words}")
        } else {
            format!("the server at {} can't be reached: {words}", self.options.base_url)
        }))
    }
}

/// The context's length of `model` in an answer to `/models`: vLLM, llama-server and others.
fn context_tokens(models: &Value, model: &str) -> Option<u32> {
    let listed = models.get("data").and_then(Value::as_array)?;
    let named = listed.iter().find(|entry| entry.get("id").and_then(Value::as_str) == Some(model));
    let alone = match listed.as_slice() {
        [alone] => Some(alone),
        _ => None,
    };
    let entry = named.or(alone)?;
    let places =
        ["/max_model_len", "/meta/n_ctx", "/meta/n_ctx_train", "/context_length", "/max_context_length"];
    places.iter().find_map(|place| entry.pointer(place)?.as_u64()).and_then(|count| u32::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use super::context_tokens;
    use serde_json::json;

    #[test]
    fn the_context_is_read_from_the_servers_own_field() {
        let vllm = json!({"data": [{"id": "a", "max_model_len": 1}, {"id": "b", "max_model_len": 32768}]});
        assert_eq!(context_tokens(&vllm, "b"), Some(32_768));
        assert_eq!(context_tokens(&vllm, "c"), None);
        let llama = json!({"data": [{"id": "/x.gguf", "meta": {"n_ctx_train": 2048}}]});
        assert_eq!(context_tokens(&llama, "other name"), Some(2048));
        assert_eq!(context_tokens(&json!({"data": 7}), "b"), None);
    }
}
