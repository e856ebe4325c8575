//! All of a completion, for an answer that is not streamed.

use super::failure::Failure;
use daepyo_core::Finish;
use daepyo_llama::{CompletionEvent, TokenLogprob};
use tokio::sync::mpsc::Receiver;

/// A whole completion.
pub(crate) struct Gathered {
    pub(crate) prompt: Vec<TokenLogprob>,
    pub(crate) written: Vec<TokenLogprob>,
    pub(crate) text: String,
    pub(crate) finish: Finish,
    pub(crate) prompt_tokens: u32,
    pub(crate) completion_tokens: u32,
}

/// Waits for the end of a completion.
pub(crate) async fn gather(mut events: Receiver<CompletionEvent>) -> Result<Gathered, Failure> {
    let mut gathered = Gathered {
        prompt: Vec::new(),
        written: Vec::new(),
        text: String::new(),
        finish: Finish::Length,
        prompt_tokens: 0,
        completion_tokens: 0,
    };
    while let Some(event) = events.recv().await {
        match event {
            CompletionEvent::Prompt(tokens) => gathered.prompt = tokens,
            CompletionEvent::Token { text, logprob } => {
                gathered.text.push_str(&text);
                gathered.written.extend(logprob);
            }
            CompletionEvent::End { text, finish, prompt_tokens, completion_tokens } => {
                gathered.text.push_str(&text);
                (gathered.finish, gathered.prompt_tokens) = (finish, prompt_tokens);
                gathered.completion_tokens = completion_tokens;
                return Ok(gathered);
            }
            CompletionEvent::Failed { class, message } => return Err(Failure::of_class(class, message)),
        }
    }
    Err(Failure::engine("the model ended before its answer did".to_owned()))
}

/// The protocol's word for why a completion ended.
pub(crate) fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
    }
}
