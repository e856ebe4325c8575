//! Looks at what a run would send before it is sent, and tells in words what would spoil it.

mod message;
mod template;

use crate::{Capabilities, ChatSupport};
use daepyo_core::{Digest, Prompt, Request};

/// A look at what would be sent: give it every request once with [`Preflight::look`], then ask for what was found.
pub struct Preflight<'a> {
    capabilities: &'a Capabilities,
    chat_asked: bool,
    tokenize: Tokenize<'a>,
    has_tokenizer: bool,
    is_empty: bool,
    logprobs_missing: Tally,
    messages: Tally,
    twice: Tally,
    double_bos: Tally,
    thinking: Tally,
    too_long: Tally,
    longest_tokens: u64,
    empty_continuation: Tally,
}

/// Tokens of a text, where there is a tokenizer: [`Backend::tokenize`](crate::Backend::tokenize).
pub type Tokenize<'a> = &'a dyn Fn(&str) -> Option<Vec<u32>>;

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

/// Counts requests for a finding, and keeps the first.
#[derive(Default)]
struct Tally {
    count: u64,
    example: Option<Digest>,
    /// What the first of them shows.
    shown: String,
}

impl Tally {
    fn add(&mut self, request: &Request, shown: &str) {
        self.count += 1;
        if self.example.is_none() {
            self.example = Some(request.digest());
            shown.clone_into(&mut self.shown);
        }
    }

    fn finding(&self, code: impl FnOnce(String) -> PreflightCode) -> Option<PreflightFinding> {
        (self.count > 0).then(|| PreflightFinding {
            code: code(self.shown.clone()),
            count: self.count,
            example: self.example,
        })
    }
}

impl<'a> Preflight<'a> {
    /// A look at requests to a backend with these capabilities; `chat_asked`: the rules ask for the candidate's chat
    /// template.
    pub fn new(capabilities: &'a Capabilities, chat_asked: bool, tokenize: Tokenize<'a>) -> Self {
        Self {
            capabilities,
            chat_asked,
            tokenize,
            has_tokenizer: tokenize("a").is_some(),
            is_empty: true,
            logprobs_missing: Tally::default(),
            messages: Tally::default(),
            twice: Tally::default(),
            double_bos: Tally::default(),
            thinking: Tally::default(),
            too_long: Tally::default(),
            longest_tokens: 0,
            empty_continuation: Tally::default(),
        }
    }

    /// Looks at one request that would be sent.
    pub fn look(&mut self, request: &Request) {
        self.is_empty = false;
        if !self.capabilities.loglikelihood && !matches!(request, Request::Generate { .. }) {
            self.logprobs_missing.add(request, "");
        }
        if is_chat(request) {
            self.messages.add(request, "");
        }
        if let Some(marker) = template::nested(request) {
            self.twice.add(request, marker);
        }
        if let Some(bos) = self.capabilities.added_bos.as_deref()
            && !bos.is_empty()
            && beginning(request).is_some_and(|text| text.starts_with(bos))
        {
            self.double_bos.add(request, bos);
        }
        if let Some(marker) = template::thinking_prompt(request) {
            self.thinking.add(request, marker);
        }
        self.look_at_length(request);
        if let Request::Loglikelihood { context, continuation } = request
            && self.is_empty_continuation(context, continuation)
        {
            self.empty_continuation.add(request, continuation);
        }
    }

    /// Everything that was found, in a fixed order.
    pub fn findings(&self) -> Vec<PreflightFinding> {
        let mut found = Vec::new();
        found.extend(self.logprobs_missing.finding(|_| PreflightCode::LogprobsMissing));
        found.extend(self.chat_template_missing());
        found.extend(self.twice.finding(|marker| PreflightCode::ChatTemplateTwice { marker }));
        found.extend(self.double_bos.finding(|bos| PreflightCode::DoubleBos { bos }));
        found.extend(template::thinking_template(self.capabilities, self.chat_asked));
        found.extend(self.thinking.finding(|marker| PreflightCode::ThinkingPrompt { marker }));
        found.extend(self.lengths());
        let empty = |continuation| PreflightCode::EmptyContinuation { continuation };
        found.extend(self.empty_continuation.finding(empty));
        found
    }

    fn chat_template_missing(&self) -> Option<PreflightFinding> {
        let is_missing = match self.capabilities.chat {
            ChatSupport::Native => return None,
            ChatSupport::Template { .. } => false,
            ChatSupport::None => self.chat_asked,
        };
        if is_missing && self.messages.count == 0 {
            return Some(PreflightFinding {
                code: PreflightCode::ChatTemplateMissing,
                count: 0,
                example: None,
            });
        }
        self.messages.finding(|_| PreflightCode::ChatTemplateMissing)
    }

    fn lengths(&self) -> Option<PreflightFinding> {
        if self.is_empty {
            return None;
        }
        let Some(context_tokens) = self.capabilities.context_tokens.filter(|_| self.has_tokenizer) else {
            return Some(PreflightFinding { code: PreflightCode::LengthUnknown, count: 0, example: None });
        };
        let longest_tokens = self.longest_tokens;
        self.too_long.finding(|_| PreflightCode::PromptTooLong { longest_tokens, context_tokens })
    }

    fn look_at_length(&mut self, request: &Request) {
        let Some(context_tokens) = self.capabilities.context_tokens.filter(|_| self.has_tokenizer) else {
            return;
        };
        let written = match request {
            // Read in windows, so that it may be longer.
            Request::LoglikelihoodRolling { .. } => return,
            Request::Loglikelihood { .. } => 0,
            Request::Generate { params, .. } => u64::from(params.max_tokens),
        };
        let around = written + u64::from(self.capabilities.added_bos.is_some());
        let context_tokens = u64::from(context_tokens);
        // A token stands for a byte at least, but for a space that some tokenizers put in front of each text.
        let most = request.text_bytes().saturating_add(MOST_ADDED_TOKENS);
        if u64::try_from(most).unwrap_or(u64::MAX).saturating_add(around) <= context_tokens {
            return;
        }
        let count = |text: &str| (self.tokenize)(text).map_or(0, |tokens| tokens.len() as u64);
        let read = match request {
            Request::Loglikelihood { context, continuation } => count(&format!("{context}{continuation}")),
            Request::LoglikelihoodRolling { text } | Request::Generate { prompt: Prompt::Text(text), .. } => {
                count(text)
            }
            // Without the template's own tokens: too few rather than too many.
            Request::Generate { prompt: Prompt::Chat(messages), .. } => {
                messages.iter().map(|message| count(&message.content)).sum()
            }
        };
        let tokens = around + read;
        if tokens > context_tokens {
            self.longest_tokens = self.longest_tokens.max(tokens);
            self.too_long.add(request, "");
        }
    }

    fn is_empty_continuation(&self, context: &str, continuation: &str) -> bool {
        if continuation.is_empty() {
            return true;
        }
        // What stands far before the continuation has no part in its tokens.
        let context = end_of(context);
        let whole = format!("{context}{continuation}");
        // White space at the end of a context is judged with the continuation.
        let context = context.trim_end();
        match ((self.tokenize)(&whole), (self.tokenize)(context)) {
            (Some(whole), Some(context)) => whole.len() <= context.len(),
            (None, _) | (_, None) => false,
        }
    }
}

/// Tokens that a tokenizer adds to those of a text's bytes, over all messages of a prompt, with room to spare.
const MOST_ADDED_TOKENS: usize = 64;

/// So much of a context is looked at with its continuation.
const END_BYTES: usize = 256;

/// The last [`END_BYTES`] of `text`, and a little more where a character begins before them.
fn end_of(text: &str) -> &str {
    let from = text.len().saturating_sub(END_BYTES);
    let from = (0..=from).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0);
    text.get(from..).unwrap_or(text)
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
