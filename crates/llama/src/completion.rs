//! Generation, token by token, with the log-probabilities that an OpenAI-compatible server shows.

use crate::{
    evaluator::Evaluator,
    options::Counters,
    row::Row,
    sampling::Sampler,
    score::{Trouble, count, fits},
    text::Assembler,
    vocabulary::{Refusal, Vocabulary},
};
use daepyo_core::{FailureClass, Finish, GenerateParams};
use llama_cpp_2::token::LlamaToken;

/// One completion for a server, by tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The prompt's tokens, any beginning-of-text token included; see [`crate::LlamaBackend::prompt_tokens`].
    pub prompt: Vec<u32>,
    /// How to write. `max_tokens` may be 0.
    pub params: GenerateParams,
    /// Whether the prompt's own tokens are judged first.
    pub score_prompt: bool,
    /// So many of the most probable tokens at each position; `None` means that no log-probability is asked for.
    pub top: Option<usize>,
}

/// What happens in the course of a completion, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum CompletionEvent {
    /// The prompt's tokens, all at once, where they were asked for. The first has no log-probability.
    Prompt(Vec<TokenLogprob>),
    /// A token was written.
    Token {
        /// New text that can be shown: whole characters, and no beginning of a stop text.
        text: String,
        /// The token, where log-probabilities were asked for.
        logprob: Option<TokenLogprob>,
    },
    /// The completion is over.
    End {
        /// Text that was held back.
        text: String,
        /// Why.
        finish: Finish,
        /// Tokens read.
        prompt_tokens: u32,
        /// Tokens written, an end token included.
        completion_tokens: u32,
    },
    /// The completion failed.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// What happened, for people.
        message: String,
    },
}

/// A token with what the model gave it.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenLogprob {
    /// Its number.
    pub token: u32,
    /// Its bytes, special tokens written out; may be a part of a character.
    pub bytes: Vec<u8>,
    /// Natural logarithm of its probability; `None` for the first token of a prompt.
    pub logprob: Option<f64>,
    /// The most probable tokens at its place with their log-probabilities, best first.
    pub top: Vec<(Vec<u8>, f64)>,
}

impl TokenLogprob {
    fn new(vocabulary: &Vocabulary, token: LlamaToken, row: Option<&Row>, top: usize) -> Self {
        let named = |(token, logprob)| (vocabulary.name(token), logprob);
        Self {
            token: u32::try_from(token.0).unwrap_or_default(),
            bytes: vocabulary.name(token),
            logprob: row.map(|row| row.logprob(token)),
            top: row.map(|row| row.top(top).into_iter().map(named).collect()).unwrap_or_default(),
        }
    }
}

/// Runs `completion`; `is_wanted` is asked while the prompt is read, and `give` returns false when nobody listens any
/// more.
pub(crate) fn run(
    evaluator: &mut Evaluator<'_>,
    vocabulary: &Vocabulary,
    counters: &Counters,
    completion: &Completion,
    is_wanted: &dyn Fn() -> bool,
    give: &mut dyn FnMut(CompletionEvent) -> bool,
) -> Result<(), Trouble> {
    let mut prompt = Vec::with_capacity(completion.prompt.len());
    for &number in &completion.prompt {
        prompt.push(vocabulary.token(number)?);
    }
    if prompt.is_empty() {
        prompt.push(vocabulary.prefix().ok_or(Refusal::NoPrefix)?);
    }
    let limit = evaluator.limit_tokens();
    counters.add_asked(prompt.len());
    fits(prompt.len(), limit)?;
    if completion.score_prompt {
        let scored = score_prompt(evaluator, vocabulary, &prompt, completion.top.unwrap_or(0))?;
        if !give(CompletionEvent::Prompt(scored)) {
            return Err(Trouble::Cancelled);
        }
    }

    let mut assembler = Assembler::new(&completion.params.stop);
    let mut sampler = Sampler::new(&completion.params);
    let mut written = 0_usize;
    let mut finish = Finish::Length;
    let most =
        usize::try_from(completion.params.max_tokens).unwrap_or(usize::MAX).min(limit + 1 - prompt.len());
    let mut row = None;
    if most > 0 {
        row = Some(evaluator.after_while(&prompt, is_wanted)?.ok_or(Trouble::Cancelled)?);
        evaluator.cut(prompt.len())?;
    }
    while let Some(before) = row.take() {
        if !before.is_finite() {
            return Err(Refusal::NotANumber.into());
        }
        let token = sampler.draw(&before);
        written += 1;
        let name = vocabulary.name(token);
        if vocabulary.ends(token) || assembler.is_stop(&name) || assembler.push(&vocabulary.piece(token)) {
            finish = Finish::Stop;
        }
        let logprob = completion.top.map(|top| TokenLogprob::new(vocabulary, token, Some(&before), top));
        let text = if finish == Finish::Stop { String::new() } else { assembler.ready() };
        if !give(CompletionEvent::Token { text, logprob }) {
            return Err(Trouble::Cancelled);
        }
        if finish == Finish::Stop || written >= most {
            break;
        }
        counters.add_asked(1);
        row = Some(evaluator.step(token)?);
    }
    give(CompletionEvent::End {
        text: assembler.rest(),
        finish,
        prompt_tokens: count(prompt.len()),
        completion_tokens: count(written),
    });
    Ok(())
}

fn score_prompt(
    evaluator: &mut Evaluator<'_>,
    vocabulary: &Vocabulary,
    prompt: &[LlamaToken],
    top: usize,
) -> Result<Vec<TokenLogprob>, Trouble> {
    let mut scored = Vec::with_capacity(prompt.len());
    if let Some(first) = prompt.first() {
        scored.push(TokenLogprob::new(vocabulary, *first, None, top));
    }
    evaluator.read(prompt, 0, |position, row| {
        if let Some(token) = prompt.get(position + 1) {
            scored.push(TokenLogprob::new(vocabulary, *token, Some(row), top));
        }
    })?;
    if scored.iter().any(|token| token.logprob.is_some_and(|logprob| !logprob.is_finite())) {
        return Err(Refusal::NotANumber.into());
    }
    Ok(scored)
}
