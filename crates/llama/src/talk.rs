//! Conversations with a model of this process, as they are written.

use crate::{
    backend::LlamaBackend,
    completion::{Completion, CompletionEvent},
};
use daepyo_backend::{
    TalkTimes,
    talk::{End, Piece, Pieces, Talk, TalkError},
};
use daepyo_core::{FailureClass, GenerateParams, Message};
use futures_util::stream;
use std::{fmt, sync::Arc};
use tokio::{
    sync::mpsc::Receiver,
    time::{Instant, timeout_at},
};

/// Makes messages a prompt, with the turn of the assistant opened; an error is told to whoever asked.
pub type ChatTemplate = Box<dyn Fn(&[Message]) -> Result<String, String> + Send + Sync>;

/// A candidate whose model is in this process.
///
/// It is written on the backend's threads; one that is opened with one worker writes one answer after another. A model
/// writes on where its reader is slow, and stops at the next token, or at the next piece of the prompt, where the
/// reader is gone. Failures have the codes that a server's have; what `daepyo model serve` would refuse is a status.
///
/// # Examples
/// ```no_run
/// use daepyo_backend::TalkTimes;
/// use daepyo_llama::{ChatTemplate, LlamaBackend, LlamaOptions, LlamaTalk};
/// let options = LlamaOptions { workers: Some(1), ..LlamaOptions::default() };
/// let backend = LlamaBackend::open("model.gguf".as_ref(), options)?;
/// let template: ChatTemplate = Box::new(|messages| {
///     Ok(messages.iter().map(|message| format!("{}\n", message.content)).collect())
/// });
/// let talk = LlamaTalk::new(backend.into(), template, TalkTimes::default());
/// # drop(talk);
/// # Ok::<(), daepyo_backend::BackendError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LlamaTalk {
    model: Arc<Model>,
}

struct Model {
    backend: Arc<LlamaBackend>,
    template: ChatTemplate,
    times: TalkTimes,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("backend", &self.backend)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

impl LlamaTalk {
    /// A candidate that this model writes for. Of `times`, `connect` means nothing here.
    pub fn new(backend: Arc<LlamaBackend>, template: ChatTemplate, times: TalkTimes) -> Self {
        Self { model: Arc::new(Model { backend, template, times }) }
    }
}

impl Talk for LlamaTalk {
    fn begin(&self, messages: Vec<Message>, params: GenerateParams) -> Pieces {
        let model = Arc::clone(&self.model);
        let asking = Step::Asked { model, messages, params };
        Pieces::new(stream::unfold(Some(asking), |step| async {
            let mut answer = match step? {
                Step::Asked { model, messages, params } => match model.ask(&messages, params) {
                    Ok(events) => Answer::new(events, model.times),
                    Err(error) => return Some((Err(error), None)),
                },
                Step::Under(answer) => answer,
            };
            let piece = answer.next().await;
            let goes_on = matches!(piece, Ok(Piece::Text(_) | Piece::Thought { .. }));
            Some((piece, goes_on.then_some(Step::Under(answer))))
        }))
    }
}

/// How far a conversation is.
enum Step {
    /// Nothing is asked of the model before the first piece is asked for.
    Asked { model: Arc<Model>, messages: Vec<Message>, params: GenerateParams },
    /// The model has it.
    Under(Answer),
}

impl Model {
    fn ask(
        &self,
        messages: &[Message],
        params: GenerateParams,
    ) -> Result<Receiver<CompletionEvent>, TalkError> {
        let text = (self.template)(messages).map_err(|detail| TalkError::Status { status: 400, detail })?;
        let prompt = self.backend.prompt_tokens(&text);
        let completion = Completion { prompt, params, score_prompt: false, top: None };
        self.backend.complete(completion).map_err(|error| TalkError::Dropped { detail: error.to_string() })
    }
}

/// One answer under way.
struct Answer {
    events: Receiver<CompletionEvent>,
    times: TalkTimes,
    first_by: Instant,
    whole_by: Instant,
    has_token: bool,
    /// The end, once it has come; it is given after the text that came with it.
    end: Option<End>,
}

impl Answer {
    fn new(events: Receiver<CompletionEvent>, times: TalkTimes) -> Self {
        let now = Instant::now();
        let (first_by, whole_by) = (now + times.first_token, now + times.whole);
        Self { events, times, first_by, whole_by, has_token: false, end: None }
    }

    /// The next piece, by the end of the whole at the latest.
    async fn next(&mut self) -> Result<Piece, TalkError> {
        if let Some(end) = self.end {
            return Ok(Piece::End(end));
        }
        let mut asked = Instant::now();
        loop {
            let by = if self.has_token { asked + self.times.between_tokens } else { self.first_by };
            let event = timeout_at(by.min(self.whole_by), self.events.recv()).await;
            let event = event.map_err(|_| self.times.passed(self.has_token, by >= self.whole_by))?;
            let text = match event {
                None => {
                    let detail = "the model's thread ended before its answer did".to_owned();
                    return Err(TalkError::Dropped { detail });
                }
                Some(CompletionEvent::Failed { class, message }) => return Err(failed(class, message)),
                // It is not asked for.
                Some(CompletionEvent::Prompt(_)) => continue,
                Some(CompletionEvent::Token { text, .. }) => text,
                Some(CompletionEvent::End { text, finish, prompt_tokens, completion_tokens }) => {
                    let end = End {
                        reason: finish,
                        prompt_tokens: Some(prompt_tokens),
                        completion_tokens: Some(completion_tokens),
                    };
                    self.end = Some(end);
                    if text.is_empty() {
                        return Ok(Piece::End(end));
                    }
                    text
                }
            };
            // A part of a character is a token as well, of which nothing can be shown yet.
            self.has_token = true;
            asked = Instant::now();
            if !text.is_empty() {
                return Ok(Piece::Text(text.replace('\0', "\u{fffd}")));
            }
        }
    }
}

/// The failure as a server in between would tell it.
fn failed(class: FailureClass, detail: String) -> TalkError {
    match class {
        FailureClass::Unsupported | FailureClass::Rejected => TalkError::Status { status: 400, detail },
        FailureClass::Server
        | FailureClass::Connection
        | FailureClass::Deadline
        | FailureClass::Malformed
        | FailureClass::NotRecorded => TalkError::Status { status: 500, detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daepyo_core::Finish;
    use futures_util::StreamExt as _;
    use std::time::Duration;

    fn written(text: &str) -> CompletionEvent {
        CompletionEvent::Token { text: text.to_owned(), logprob: None }
    }

    fn ended(text: &str) -> CompletionEvent {
        CompletionEvent::End {
            text: text.to_owned(),
            finish: Finish::Length,
            prompt_tokens: 7,
            completion_tokens: 3,
        }
    }

    type Given = Result<Piece, TalkError>;

    #[expect(clippy::unnecessary_wraps, reason = "what an answer gives, to compare with")]
    fn end() -> Given {
        let (prompt_tokens, completion_tokens) = (Some(7), Some(3));
        Ok(Piece::End(End { reason: Finish::Length, prompt_tokens, completion_tokens }))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what an answer gives, to compare with")]
    fn text(text: &str) -> Given {
        Ok(Piece::Text(text.to_owned()))
    }

    /// All pieces of an answer that consists of these events.
    async fn pieces(events: Vec<CompletionEvent>, times: TalkTimes) -> Vec<Given> {
        let (sender, receiver) = tokio::sync::mpsc::channel(events.len().max(1));
        for event in events {
            let sent = sender.send(event).await;
            assert!(sent.is_ok());
        }
        drop(sender);
        let source = stream::unfold(Answer::new(receiver, times), |mut answer| async move {
            Some((answer.next().await, answer))
        });
        Pieces::new(source).collect().await
    }

    #[tokio::test]
    async fn tokens_of_which_nothing_can_be_shown_make_no_piece_and_a_held_rest_goes_before_the_end() {
        let events = vec![written("대"), written(""), written("표"), written("a\0"), ended("!")];
        let expected = [text("대"), text("표"), text("a\u{fffd}"), text("!"), end()];
        assert_eq!(pieces(events, TalkTimes::default()).await, expected);
        assert_eq!(pieces(vec![ended("")], TalkTimes::default()).await, [end()]);
    }

    #[tokio::test]
    async fn a_model_that_refuses_fails_or_ends_early_is_a_failure_after_what_was_written() {
        let refused = |class| CompletionEvent::Failed { class, message: "no".to_owned() };
        for (class, status) in [(FailureClass::Unsupported, 400), (FailureClass::Server, 500)] {
            let error = TalkError::Status { status, detail: "no".to_owned() };
            let found = pieces(vec![written("a"), refused(class)], TalkTimes::default()).await;
            assert_eq!(found, [text("a"), Err(error)]);
        }
        let found = pieces(vec![written("a")], TalkTimes::default()).await;
        assert!(matches!(found.as_slice(), [Ok(_), Err(TalkError::Dropped { .. })]), "{found:?}");
    }

    #[tokio::test]
    async fn each_time_that_passes_has_its_own_failure() {
        let short = Duration::from_millis(20);
        let times = |first_token, between_tokens, whole| TalkTimes {
            first_token,
            between_tokens,
            whole,
            ..TalkTimes::default()
        };
        let long = Duration::from_mins(1);
        for (times, has_token, expected) in [
            (times(short, long, long), false, TalkError::FirstToken { limit_ms: 20 }),
            (times(long, short, long), true, TalkError::Stalled { limit_ms: 20 }),
            (times(long, long, short), false, TalkError::Deadline { limit_ms: 20 }),
            (times(long, long, short), true, TalkError::Deadline { limit_ms: 20 }),
        ] {
            // A sender that stays: the model writes nothing more.
            let (sender, receiver) = tokio::sync::mpsc::channel(1);
            let mut answer = Answer::new(receiver, times);
            if has_token {
                assert!(sender.send(written("a")).await.is_ok());
                assert_eq!(answer.next().await, text("a"));
            }
            assert_eq!(answer.next().await, Err(expected));
        }
    }
}
