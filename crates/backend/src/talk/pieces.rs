//! The pieces of one answer, in order, with one end.

use super::TalkError;
use daepyo_core::Finish;
use futures_util::Stream;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What comes of an answer while it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The next characters; never empty. What a candidate writes is hostile; U+0000 comes as U+FFFD, since databases and
    /// pages cannot hold it.
    Text(String),
    /// So many characters of reasoning that the server keeps apart from the answer. Their text is not kept.
    Thought {
        /// Unicode scalar values.
        chars: u64,
    },
    /// The last piece.
    End(End),
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Why. An answer that passes the bound of characters ends as one that passes its tokens.
    pub reason: Finish,
    /// Tokens read, where the server tells.
    pub prompt_tokens: Option<u32>,
    /// Tokens written, those of reasoning included, where the server tells.
    pub completion_tokens: Option<u32>,
}

/// A stream of pieces that ends with exactly one [`Piece::End`] or one error. Reading it slowly slows the server;
/// dropping it ends the request.
pub struct Pieces {
    source: Pin<Box<dyn Stream<Item = Result<Piece, TalkError>> + Send>>,
    is_over: bool,
}

impl Pieces {
    /// The pieces of a source. Nothing after its end or first error is read, and a source that stops without an end has
    /// broken off.
    pub fn new(source: impl Stream<Item = Result<Piece, TalkError>> + Send + 'static) -> Self {
        Self { source: Box::pin(source), is_over: false }
    }
}

impl Stream for Pieces {
    type Item = Result<Piece, TalkError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let found = match self.source.as_mut().poll_next(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(found) => found.unwrap_or_else(|| {
                Err(TalkError::Dropped { detail: "the answer stopped without an end".to_owned() })
            }),
        };
        if matches!(found, Ok(Piece::End(_)) | Err(_)) {
            self.is_over = true;
            // The connection need not wait for the reader to drop this.
            self.source = Box::pin(futures_util::stream::empty());
        }
        Poll::Ready(Some(found))
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pieces").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}
