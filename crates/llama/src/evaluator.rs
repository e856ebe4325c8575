//! The model's context with its key-value cache, which pieces of equal tokens share.

use crate::{options::Counters, row::Row};
use llama_cpp_2::{context::LlamaContext, llama_batch::LlamaBatch, token::LlamaToken};
use std::{ops::Range, sync::Arc};

/// The sequence of the text that is evaluated.
const TEXT: i32 = 0;
/// A sequence of tokens that fill a batch up and are forgotten.
const FILLER: i32 = 1;
/// llama.cpp multiplies rows in fours, and those left over with other kernels that round otherwise. Pieces filled up
/// to fours are rounded alike, however a text is cut.
const ROWS: usize = 4;
/// At most so many tokens fill a piece up: for its own rows, and for its rows of logits.
pub(crate) const MOST_FILLERS: u32 = 7;

/// The engine failed; no request explains it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("llama.cpp failed at {tokens} tokens from position {position}: {cause}")]
pub(crate) struct EngineFailure {
    position: usize,
    tokens: usize,
    cause: String,
}

/// One evaluated piece in the cache.
struct Piece {
    tokens: Vec<LlamaToken>,
    /// The logits after its last token, where they were asked for.
    row: Option<Arc<Row>>,
}

/// Evaluates tokens in pieces, and keeps the pieces of the last text for the next.
pub(crate) struct Evaluator<'model> {
    context: LlamaContext<'model>,
    batch: LlamaBatch<'static>,
    piece_tokens: usize,
    limit_tokens: usize,
    held: Vec<Piece>,
    /// Tokens in the cache; more than those of `held` after a continuation.
    cached_tokens: usize,
    /// Whether held pieces serve the next text.
    pub(crate) shares_beginnings: bool,
    counters: Arc<Counters>,
}

impl<'model> Evaluator<'model> {
    /// `piece_tokens` is at most the context's micro-batch.
    pub(crate) fn new(
        context: LlamaContext<'model>,
        piece_tokens: usize,
        limit_tokens: usize,
        counters: Arc<Counters>,
    ) -> Self {
        let batch = LlamaBatch::new(piece_tokens + 2 * ROWS, 1);
        Self {
            context,
            batch,
            piece_tokens,
            limit_tokens,
            held: Vec::new(),
            cached_tokens: 0,
            shares_beginnings: true,
            counters,
        }
    }

    /// Tokens of prompt and answer together.
    pub(crate) fn limit_tokens(&self) -> usize {
        self.limit_tokens
    }

    /// Puts `tokens` in the cache, and gives the logits after the last of them. `tokens` must not be empty.
    pub(crate) fn after(&mut self, tokens: &[LlamaToken]) -> Result<Arc<Row>, EngineFailure> {
        let row = self.after_while(tokens, &|| true)?;
        row.ok_or_else(|| self.failure(tokens.len(), "there is no token to evaluate"))
    }

    /// As [`Evaluator::after`], but asks before each piece whether it is still wanted; `None` where it is not.
    pub(crate) fn after_while(
        &mut self,
        tokens: &[LlamaToken],
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Option<Arc<Row>>, EngineFailure> {
        let mut last = None;
        let from = tokens.len().saturating_sub(1);
        self.read_while(tokens, from, is_wanted, |_, row| last = Some(Arc::clone(row)))?;
        Ok(last)
    }

    /// Puts `tokens` in the cache, and hands over the logits after each position from `from` on.
    pub(crate) fn read(
        &mut self,
        tokens: &[LlamaToken],
        from: usize,
        each: impl FnMut(usize, &Arc<Row>),
    ) -> Result<(), EngineFailure> {
        self.read_while(tokens, from, &|| true, each)
    }

    /// As [`Evaluator::read`], but stops before a piece that is not wanted any more.
    fn read_while(
        &mut self,
        tokens: &[LlamaToken],
        from: usize,
        is_wanted: &dyn Fn() -> bool,
        mut each: impl FnMut(usize, &Arc<Row>),
    ) -> Result<(), EngineFailure> {
        let last = tokens.len().saturating_sub(1);
        let pieces = pieces(tokens.len(), self.piece_tokens);
        if !self.shares_beginnings {
            self.held.clear();
        }
        let shared = pieces
            .iter()
            .zip(&self.held)
            .take_while(|(range, held)| {
                let same = tokens.get((*range).clone()) == Some(held.tokens.as_slice());
                same && (range.end <= from || (from == last && range.end > last && held.row.is_some()))
            })
            .count();
        self.held.truncate(shared);
        if let Some(row) = self.held.last().and_then(|piece| piece.row.as_ref())
            && shared == pieces.len()
        {
            each(last, row);
        }
        for range in pieces.into_iter().skip(shared) {
            if !is_wanted() {
                return Ok(());
            }
            let piece = tokens.get(range.clone()).unwrap_or_default();
            let start = range.start;
            let mut row = None;
            self.decode(piece, start, from.saturating_sub(start), |index, found| {
                each(start + index, found);
                // A row that was computed beside others is not kept: an answer's shape is its own.
                row = (from == last && start + index == last).then(|| Arc::clone(found));
            })?;
            self.held.push(Piece { tokens: piece.to_vec(), row });
        }
        Ok(())
    }

    /// Evaluates `tokens` after what is in the cache, and hands over the logits after each of them, rounded as
    /// [`Evaluator::read`] would.
    pub(crate) fn extend(
        &mut self,
        tokens: &[LlamaToken],
        mut each: impl FnMut(usize, &Arc<Row>),
    ) -> Result<(), EngineFailure> {
        let start = self.cached_tokens;
        for range in pieces(tokens.len(), self.piece_tokens) {
            let piece = tokens.get(range.clone()).unwrap_or_default();
            self.decode_at(piece, start + range.start, 0, |index, row| each(range.start + index, row))?;
        }
        Ok(())
    }

    /// Evaluates a token after what is in the cache, alone: quicker than [`Evaluator::extend`], rounded otherwise.
    pub(crate) fn step(&mut self, token: LlamaToken) -> Result<Arc<Row>, EngineFailure> {
        let position = self.cached_tokens;
        let mut row = None;
        self.decode_rows(&[token], position, 0, 0, |_, found| row = Some(Arc::clone(found)))?;
        row.ok_or_else(|| self.failure(1, "there are no logits"))
    }

    /// Drops what lies behind the held pieces, then evaluates `piece` at `position`.
    fn decode(
        &mut self,
        piece: &[LlamaToken],
        position: usize,
        from: usize,
        each: impl FnMut(usize, &Arc<Row>),
    ) -> Result<(), EngineFailure> {
        if self.cached_tokens > position {
            self.cut(position)?;
        }
        self.decode_at(piece, position, from, each)
    }

    /// Leaves the first `position` tokens in the cache.
    pub(crate) fn cut(&mut self, position: usize) -> Result<(), EngineFailure> {
        let start = u32::try_from(position).unwrap_or(u32::MAX);
        let removed = self.context.clear_kv_cache_seq(Some(0), Some(start), None);
        self.cached_tokens = position;
        if removed == Ok(true) {
            return Ok(());
        }
        // A model with a recurrent state cannot go back: all is read again.
        self.context.clear_kv_cache();
        self.cached_tokens = 0;
        let held: Vec<LlamaToken> = self.held.iter().flat_map(|piece| piece.tokens.iter().copied()).collect();
        for range in pieces(position.min(held.len()), self.piece_tokens) {
            self.decode_at(held.get(range.clone()).unwrap_or_default(), range.start, usize::MAX, |_, _| {})?;
        }
        Ok(())
    }

    fn decode_at(
        &mut self,
        piece: &[LlamaToken],
        position: usize,
        from: usize,
        each: impl FnMut(usize, &Arc<Row>),
    ) -> Result<(), EngineFailure> {
        self.decode_rows(piece, position, from, fillers(piece.len(), from), each)?;
        let filler = u32::try_from(FILLER).unwrap_or_default();
        if self.context.clear_kv_cache_seq(Some(filler), None, None) == Ok(true) {
            return Ok(());
        }
        Err(self.failure(piece.len(), "what filled the batch cannot be forgotten"))
    }

    fn decode_rows(
        &mut self,
        piece: &[LlamaToken],
        position: usize,
        from: usize,
        fillers: usize,
        mut each: impl FnMut(usize, &Arc<Row>),
    ) -> Result<(), EngineFailure> {
        self.batch.clear();
        let text =
            piece.iter().enumerate().map(|(index, token)| (*token, position + index, TEXT, index >= from));
        let missing_rows = piece.len().saturating_sub(from).wrapping_neg() % ROWS;
        let filler = piece.first().copied().unwrap_or(LlamaToken::new(0));
        let filling = (0..fillers).map(|index| (filler, index, FILLER, index < missing_rows));
        let mut refused = None;
        for (token, at, sequence, logits) in text.chain(filling) {
            let at = i32::try_from(at).unwrap_or(i32::MAX);
            refused = refused.or(self.batch.add(token, at, &[sequence], logits).err());
        }
        if let Some(error) = refused {
            return Err(self.failure(piece.len(), &error.to_string()));
        }
        if let Err(error) = self.context.decode(&mut self.batch) {
            let failure = self.failure(piece.len(), &error.to_string());
            self.context.clear_kv_cache();
            self.held.clear();
            self.cached_tokens = 0;
            return Err(failure);
        }
        self.counters.add_evaluated(piece.len());
        self.cached_tokens = position + piece.len();
        for index in from..piece.len() {
            let row = Row::new(self.context.get_logits_ith(i32::try_from(index).unwrap_or(i32::MAX)));
            each(index, &Arc::new(row));
        }
        Ok(())
    }

    fn failure(&self, tokens: usize, cause: &str) -> EngineFailure {
        EngineFailure { position: self.cached_tokens, tokens, cause: cause.to_owned() }
    }
}

/// How many tokens fill a piece up whose rows of logits begin at `from`.
fn fillers(tokens: usize, from: usize) -> usize {
    let for_tokens = tokens.wrapping_neg() % ROWS;
    let for_logits = tokens.saturating_sub(from).wrapping_neg() % ROWS;
    if for_tokens < for_logits { for_tokens + ROWS } else { for_tokens }
}

/// Cuts `tokens` tokens into pieces of `size`, the last one shorter.
fn pieces(tokens: usize, size: usize) -> Vec<Range<usize>> {
    (0..tokens).step_by(size.max(1)).map(|start| start..(start + size).min(tokens)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filled_pieces_and_their_rows_of_logits_come_in_fours() {
        for tokens in 1..40 {
            for from in 0..=tokens {
                let fillers = fillers(tokens, from);
                assert_eq!((tokens + fillers) % ROWS, 0);
                assert!(fillers >= (tokens - from).wrapping_neg() % ROWS);
                assert!(fillers <= MOST_FILLERS as usize);
            }
        }
    }

    #[test]
    fn pieces_cover_all_tokens_in_order() {
        assert_eq!(pieces(10, 4), [0..4, 4..8, 8..10]);
        assert_eq!(pieces(8, 4), [0..4, 4..8]);
        assert!(pieces(0, 4).is_empty());
    }
}
