//! Looks at what a run would send before it is sent, and tells in words what would spoil it.

mod message;
mod template;

use crate::{Capabilities, ChatSupport};
use daepyo_core::{Digest, Prompt, Request};

/// What is looked at.
pub struct Preflight<'a> {
    /// What the backend can do.
    pub capabilities: &'a Capabilities,
    /// What would be sent.
    pub requests: &'a [Request],
    /// Whether the rules ask for the candidate's chat template.
    pub chat_asked: bool,
    /// Tokens of a text, where there is a tokenizer: [`Backend::tokenize`](crate::Backend::tokenize).
    pub tokenize: &'a dyn Fn(&str) -> Option<Vec<u32>>,
}

/// How much a finding spoils.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// The named requests are measured otherwise than meant, or fail.
    Warning,
    /// The run can't measure what it should.
    Error,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreflightCode {
    /// The prompt begins with the beginning-of-text token that the backend puts before it as well.
    DoubleBos {
        /// Text of the token.
        bos: String,
    },
    /// A chat template is asked for, or messages are planned, and the backend has none.
    ChatTemplateMissing,
    /// A turn of the chat template begins within another one.
    ChatTemplateTwice {
        /// Text that begins a turn.
        marker: String,
    },
    /// The chat template can make the candidate think before it answers.
    ThinkingTemplate {
        /// Text in the template that tells so.
        marker: String,
    },
    /// A prompt has a thinking tag.
    ThinkingPrompt {
        /// The tag.
        marker: String,
    },
    /// Prompt and answer are longer together than the context.
    PromptTooLong {
        /// The longest of them, in tokens, with the answer.
        longest_tokens: u64,
        /// The context's length, in tokens.
        context_tokens: u32,
    },
    /// Lengths were not compared: the context's length or the tokenizer is not known.
    LengthUnknown,
    /// A continuation without a token of its own.
    EmptyContinuation {
        /// The text.
        continuation: String,
    },
    /// Log-likelihoods are planned, and the backend gives none.
    LogprobsMissing,
}

/// One finding, for all requests that it holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreflightFinding {
    /// What was found, with what its words need.
    pub code: PreflightCode,
    /// For so many requests; 0 where it is about none in particular.
    pub count: u64,
    /// The first of them.
    pub example: Option<Digest>,
}

/// Everything that is found, in a fixed order.
pub fn preflight(look: &Preflight<'_>) -> Vec<PreflightFinding> {
    let mut found = Vec::new();
    found.extend(logprobs_missing(look));
    found.extend(chat_template_missing(look));
    found.extend(template::twice(look));
    found.extend(double_bos(look));
    found.extend(template::thinking(look));
    found.extend(lengths(look));
    found.extend(empty_continuation(look));
    found
}

/// Counts requests for a finding, and keeps the first.
#[derive(Default)]
struct Tally {
    count: u64,
    example: Option<Digest>,
}

impl Tally {
    fn of<'a>(requests: impl Iterator<Item = &'a Request>) -> Self {
        let mut tally = Self::default();
        for request in requests {
            tally.add(request);
        }
        tally
    }

    fn add(&mut self, request: &Request) {
        self.count += 1;
        if self.example.is_none() {
            self.example = Some(request.digest());
        }
    }

    fn finding(self, code: PreflightCode) -> Option<PreflightFinding> {
        (self.count > 0).then_some(PreflightFinding { code, count: self.count, example: self.example })
    }
}

/// The text that stands first in what the model sees, where the request gives it as text.
fn beginning(request: &Request) -> Option<&str> {
    match request {
        Request::Loglikelihood { context, continuation } => {
            Some(if context.is_empty() { continuation } else { context })
        }
        Request::LoglikelihoodRolling { text } | Request::Generate { prompt: Prompt::Text(text), .. } => {
            Some(text)
        }
        Request::Generate { prompt: Prompt::Chat(_), .. } => None,
    }
}

fn is_chat(request: &Request) -> bool {
    matches!(request, Request::Generate { prompt: Prompt::Chat(_), .. })
}

fn logprobs_missing(look: &Preflight<'_>) -> Option<PreflightFinding> {
    if look.capabilities.loglikelihood {
        return None;
    }
    let planned = look.requests.iter().filter(|request| !matches!(request, Request::Generate { .. }));
    Tally::of(planned).finding(PreflightCode::LogprobsMissing)
}

fn chat_template_missing(look: &Preflight<'_>) -> Option<PreflightFinding> {
    let is_missing = match look.capabilities.chat {
        ChatSupport::Native => return None,
        ChatSupport::Template { .. } => false,
        ChatSupport::None => look.chat_asked,
    };
    let messages = Tally::of(look.requests.iter().filter(|request| is_chat(request)));
    if is_missing && messages.count == 0 {
        return Some(PreflightFinding { code: PreflightCode::ChatTemplateMissing, count: 0, example: None });
    }
    messages.finding(PreflightCode::ChatTemplateMissing)
}

fn double_bos(look: &Preflight<'_>) -> Option<PreflightFinding> {
    let bos = look.capabilities.added_bos.as_deref()?;
    if bos.is_empty() {
        return None;
    }
    let twice =
        look.requests.iter().filter(|request| beginning(request).is_some_and(|text| text.starts_with(bos)));
    Tally::of(twice).finding(PreflightCode::DoubleBos { bos: bos.to_owned() })
}

fn lengths(look: &Preflight<'_>) -> Option<PreflightFinding> {
    let unknown = PreflightFinding { code: PreflightCode::LengthUnknown, count: 0, example: None };
    if look.requests.is_empty() {
        return None;
    }
    let Some(context_tokens) = look.capabilities.context_tokens else {
        return Some(unknown);
    };
    if (look.tokenize)("a").is_none() {
        return Some(unknown);
    }
    let count = |text: &str| (look.tokenize)(text).map_or(0, |tokens| tokens.len() as u64);
    let added = u64::from(look.capabilities.added_bos.is_some());
    let mut longest_tokens = 0;
    let mut tally = Tally::default();
    for request in look.requests {
        let tokens = match request {
            Request::Loglikelihood { context, continuation } => {
                added + count(&format!("{context}{continuation}"))
            }
            // Read in windows, so that it may be longer.
            Request::LoglikelihoodRolling { .. } => 0,
            Request::Generate { prompt, params } => {
                let prompt = match prompt {
                    Prompt::Text(text) => count(text),
                    // Without the template's own tokens: too few rather than too many.
                    Prompt::Chat(messages) => messages.iter().map(|message| count(&message.content)).sum(),
                };
                added + prompt + u64::from(params.max_tokens)
            }
        };
        if tokens > u64::from(context_tokens) {
            longest_tokens = longest_tokens.max(tokens);
            tally.add(request);
        }
    }
    tally.finding(PreflightCode::PromptTooLong { longest_tokens, context_tokens })
}

fn empty_continuation(look: &Preflight<'_>) -> Option<PreflightFinding> {
    let mut example = None;
    let mut tally = Tally::default();
    for request in look.requests {
        if let Request::Loglikelihood { context, continuation } = request
            && is_empty_continuation(look, context, continuation)
        {
            example.get_or_insert_with(|| continuation.clone());
            tally.add(request);
        }
    }
    tally.finding(PreflightCode::EmptyContinuation { continuation: example.unwrap_or_default() })
}

fn is_empty_continuation(look: &Preflight<'_>, context: &str, continuation: &str) -> bool {
    if continuation.is_empty() {
        return true;
    }
    let whole = format!("{context}{continuation}");
    // White space at the end of a context is judged with the continuation.
    let context = context.trim_end();
    match ((look.tokenize)(&whole), (look.tokenize)(context)) {
        (Some(whole), Some(context)) => whole.len() <= context.len(),
        (None, _) | (_, None) => false,
    }
}
