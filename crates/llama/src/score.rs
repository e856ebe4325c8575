//! Log-probabilities of given text.

use crate::{
    evaluator::{EngineFailure, Evaluator},
    options::Counters,
    vocabulary::{Refusal, Vocabulary},
    windows::windows,
};
use daepyo_core::Response;
use llama_cpp_2::token::LlamaToken;

/// What kept a request from its answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Engine(#[from] EngineFailure),
    /// Nobody waits for the answer any more.
    #[error("cancelled")]
    Cancelled,
}

/// The log-probability of `continuation` after `context`.
pub(crate) fn loglikelihood(
    evaluator: &mut Evaluator<'_>,
    vocabulary: &Vocabulary,
    counters: &Counters,
    context: &str,
    continuation: &str,
) -> Result<Response, Trouble> {
    let pair = vocabulary.split(context, continuation)?;
    let asked = pair.context.len() + pair.continuation.len() - 1;
    counters.add_asked(asked);
    fits(asked, evaluator.limit_tokens())?;
    let mut judged = Judged::new(&pair.continuation);
    let first = evaluator.after(&pair.context)?;
    judged.take(0, &first);
    // One token is judged by the context alone: all choices of one letter read the same row.
    if let Some((_, input)) = pair.continuation.split_last()
        && !input.is_empty()
    {
        evaluator.cut(pair.context.len())?;
        evaluator.extend(input, |index, row| judged.take(index + 1, row))?;
    }
    let (logprob, is_greedy) = judged.finish()?;
    Ok(Response::Loglikelihood { logprob, is_greedy, tokens: count(pair.continuation.len()) })
}

/// The log-probability of a whole text, each token once, in windows as long as the context.
pub(crate) fn rolling(
    evaluator: &mut Evaluator<'_>,
    vocabulary: &Vocabulary,
    counters: &Counters,
    text: &str,
    mut cancelled: impl FnMut() -> bool,
) -> Result<Response, Trouble> {
    let tokens = vocabulary.body(text);
    let prefix = vocabulary.prefix().ok_or(Refusal::NoPrefix)?;
    let mut judged = Judged::new(&tokens);
    for window in windows(tokens.len(), evaluator.limit_tokens()) {
        if cancelled() {
            return Err(Trouble::Cancelled);
        }
        let mut input: Vec<LlamaToken> = if window.prefixed { vec![prefix] } else { Vec::new() };
        let start = window.judged.start;
        input.extend_from_slice(tokens.get(window.context.start..window.judged.end - 1).unwrap_or_default());
        counters.add_asked(input.len());
        let from = input.len() - window.judged.len();
        evaluator.read(&input, from, |position, row| judged.take(start + position - from, row))?;
    }
    let (logprob, _) = judged.finish()?;
    Ok(Response::LoglikelihoodRolling { logprob, tokens: count(tokens.len()) })
}

pub(crate) fn fits(tokens: usize, limit: usize) -> Result<(), Refusal> {
    if tokens > limit { Err(Refusal::TooLong { tokens, limit }) } else { Ok(()) }
}

/// A number of tokens, which a context of 32 bits always holds.
pub(crate) fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Sums the log-probabilities of given tokens.
struct Judged<'t> {
    tokens: &'t [LlamaToken],
    logprob: f64,
    is_greedy: bool,
}

impl<'t> Judged<'t> {
    fn new(tokens: &'t [LlamaToken]) -> Self {
        Self { tokens, logprob: 0.0, is_greedy: true }
    }

    /// `row` stands before token `index`.
    fn take(&mut self, index: usize, row: &crate::row::Row) {
        if let Some(token) = self.tokens.get(index) {
            self.logprob += row.logprob(*token);
            self.is_greedy &= row.best() == *token;
        }
    }

    fn finish(self) -> Result<(f64, bool), Refusal> {
        if self.logprob.is_finite() { Ok((self.logprob, self.is_greedy)) } else { Err(Refusal::NotANumber) }
    }
}
