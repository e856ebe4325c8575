//! Text to tokens and back, with lm-eval's rules for what is context and what is judged.

use llama_cpp_2::{model::LlamaModel, token::LlamaToken};
use std::sync::Arc;

/// Why one request cannot be answered; its text reaches people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the text has {tokens} tokens, but the context holds {limit}")]
    TooLong { tokens: usize, limit: usize },
    #[error("the continuation has no token")]
    EmptyContinuation,
    #[error("the text is empty, and the model has neither a beginning-of-text nor an end-of-text token")]
    NoPrefix,
    #[error("this backend takes text: the chat template was not applied to the messages")]
    Messages,
    #[error("token {0} is not in the model's vocabulary")]
    UnknownToken(u32),
    #[error("the model's output is not a number")]
    NotANumber,
}

/// Tokens that stand before, and tokens that are judged; neither is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) context: Vec<LlamaToken>,
    pub(crate) continuation: Vec<LlamaToken>,
}

/// A model's tokenizer.
#[derive(Clone, Debug)]
pub(crate) struct Vocabulary {
    model: Arc<LlamaModel>,
    bos: Option<LlamaToken>,
    eos: Option<LlamaToken>,
    adds_bos: bool,
}

impl Vocabulary {
    pub(crate) fn new(model: Arc<LlamaModel>) -> Self {
        let (bos, eos, adds_bos) = {
            let vocab = model.vocab();
            let known = |token: LlamaToken| (token.0 >= 0).then_some(token);
            (known(vocab.bos()), known(vocab.eos()), vocab.should_add_bos())
        };
        Self { adds_bos: adds_bos && bos.is_some(), model, bos, eos }
    }

    /// The tokens of `text` with nothing added. Special tokens written out in the text are read as such, as
    /// Hugging Face tokenizers do: chat templates depend on it.
    pub(crate) fn plain(&self, text: &str) -> Vec<LlamaToken> {
        if text.is_empty() {
            return Vec::new();
        }
        self.model.vocab().tokenize(text.as_bytes(), false, true)
    }

    /// The tokens of `text` as a prompt: after a beginning-of-text token where the model wants one and the text
    /// does not already begin with it.
    pub(crate) fn prompt(&self, text: &str) -> Vec<LlamaToken> {
        let mut tokens = self.plain(text);
        if let Some(bos) = self.bos
            && self.adds_bos
            && tokens.first() != Some(&bos)
        {
            tokens.insert(0, bos);
        }
        tokens
    }

    /// What stands before an empty text: the beginning-of-text token, else the end-of-text token.
    pub(crate) fn prefix(&self) -> Option<LlamaToken> {
        self.bos.or(self.eos)
    }

    /// The tokens of `text` without a beginning-of-text token even where the text has one written out.
    pub(crate) fn body(&self, text: &str) -> Vec<LlamaToken> {
        let mut tokens = self.plain(text);
        if self.bos.is_some() && tokens.first() == self.bos.as_ref() {
            tokens.remove(0);
        }
        tokens
    }

    /// Splits `context` and `continuation` as lm-eval's `_encode_pair` and `loglikelihood` do: white space at
    /// the end of the context is judged, both texts are read as one, and the judged tokens begin where the
    /// context's own tokens end.
    ///
    /// It differs in one point: where the last token of the context swallows the whole continuation, lm-eval
    /// judges nothing; here everything from the first token that differs is judged.
    pub(crate) fn split(&self, context: &str, continuation: &str) -> Result<Pair, Refusal> {
        let kept =
            context.trim_end_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c));
        if kept.is_empty() {
            return self.split_without_context(&format!("{context}{continuation}"));
        }
        let mut whole = self.prompt(&format!("{context}{continuation}"));
        let before = self.prompt(kept);
        let at = if before.len() < whole.len() {
            before.len()
        } else {
            whole.iter().zip(&before).take_while(|(a, b)| a == b).count()
        };
        let continuation = whole.split_off(at.min(whole.len()));
        if continuation.is_empty() {
            return Err(Refusal::EmptyContinuation);
        }
        if whole.is_empty() {
            whole.push(self.prefix().ok_or(Refusal::NoPrefix)?);
        }
        Ok(Pair { context: whole, continuation })
    }

    fn split_without_context(&self, continuation: &str) -> Result<Pair, Refusal> {
        let mut continuation = self.plain(continuation);
        let prefix = self.prefix().ok_or(Refusal::NoPrefix)?;
        if continuation.first() == Some(&prefix) {
            continuation.remove(0);
        }
        if continuation.is_empty() {
            return Err(Refusal::EmptyContinuation);
        }
        Ok(Pair { context: vec![prefix], continuation })
    }

    /// The token with this number.
    pub(crate) fn token(&self, number: u32) -> Result<LlamaToken, Refusal> {
        i32::try_from(number)
            .ok()
            .filter(|number| *number < self.model.n_vocab())
            .map(LlamaToken::new)
            .ok_or(Refusal::UnknownToken(number))
    }

    /// Whether the model ends its text with this token.
    pub(crate) fn ends(&self, token: LlamaToken) -> bool {
        self.model.vocab().is_eog(token)
    }

    /// The bytes that a token adds to a text; none for a special token.
    pub(crate) fn piece(&self, token: LlamaToken) -> Vec<u8> {
        self.model.vocab().token_to_piece(token, false, None)
    }

    /// The bytes of a token, special tokens written out.
    pub(crate) fn name(&self, token: LlamaToken) -> Vec<u8> {
        self.model.vocab().token_to_piece(token, true, None)
    }

    pub(crate) fn bos_text(&self) -> Option<String> {
        self.bos.map(|token| String::from_utf8_lossy(&self.name(token)).into_owned())
    }

    pub(crate) fn eos_text(&self) -> Option<String> {
        self.eos.map(|token| String::from_utf8_lossy(&self.name(token)).into_owned())
    }

    pub(crate) fn adds_bos(&self) -> bool {
        self.adds_bos
    }
}
