//! llama.cpp in process: a [`Backend`](daepyo_backend::Backend) over one GGUF file.
//!
//! # What a response depends on
//! Every request is evaluated in shapes that follow from the request alone: its context is cut into pieces of
//! [`LlamaOptions::batch_tokens`], the rest of the context is a piece of its own, and so is the continuation.
//! A piece whose tokens and predecessors are already in the key-value cache is not evaluated again; a piece is
//! never evaluated together with another request's tokens. Hence, on one machine with the same options, the same
//! request has the same bits in its answer, whatever was asked before, beside or after it (tested), and a run
//! that was interrupted goes on as if it had not been.
//!
//! Between different shapes (another `batch_tokens`, the whole text evaluated at once) the same bits were measured
//! on the two models of the tests as well; with llama.cpp's flash attention, which is therefore off, a token moved
//! by .04 nats on average and .64 at most. On another machine sums may be rounded in another order; the tests
//! allow [`SHAPE_TOLERANCE_NATS`] for each token.

mod backend;
mod completion;
mod evaluator;
mod options;
mod row;
mod run;
mod sampling;
mod score;
mod text;
mod vocabulary;
mod windows;
mod worker;

pub use backend::LlamaBackend;
pub use completion::{Completion, CompletionEvent, TokenLogprob};
pub use options::{LlamaOptions, LlamaStats};

/// How far a token's log-probability (natural logarithm) may move when the same tokens are evaluated in other
/// batch shapes: a bound, not what was measured, which is 0; see the crate's documentation.
pub const SHAPE_TOLERANCE_NATS: f64 = 1e-3;
