//! llama.cpp in process: a [`Backend`](daepyo_backend::Backend) over one GGUF file, and a
//! [`Talk`](daepyo_backend::Talk) over it.
//!
//! # What a response depends on
//! Every request is evaluated in shapes that follow from the request alone: its context is cut into pieces of
//! [`LlamaOptions::batch_tokens`], the rest of the context is a piece of its own, and so is the continuation.
//! A piece whose tokens and predecessors are already in the key-value cache is not evaluated again; a piece is
//! never evaluated together with another request's tokens. Hence, on one machine with the same options, the same
//! request has the same bits in its answer, whatever was asked before, beside or after it (tested), and a run
//! that was interrupted goes on as if it had not been.
//!
//! Between different shapes (another `batch_tokens`, the whole text evaluated at once) and on another machine, sums
//! are rounded in another order, and quantised activations enlarge that. Pieces are filled up to fours of rows, so
//! that llama.cpp multiplies them alike; measured on 40 pairs of context and continuation each, evaluated in pieces
//! and at once, all of `SmolLM2`'s (`Q4_1`) have the same bits, and 28 of Gemma 3's (`Q4_K_M`), the others differing
//! by .03 nats a token on average and .10 at most. The tests allow [`SHAPE_TOLERANCE_NATS`]. llama.cpp's flash
//! attention is off: it sums short pieces in 16 bits, which moved a token by up to .64.

mod backend;
mod completion;
mod evaluator;
mod options;
mod row;
mod run;
mod sampling;
mod score;
mod talk;
mod text;
mod vocabulary;
mod windows;
mod worker;

pub use backend::LlamaBackend;
pub use completion::{Completion, CompletionEvent, TokenLogprob};
pub use options::{LlamaOptions, LlamaStats};
pub use talk::{ChatTemplate, LlamaTalk};

/// How far a token's log-probability (natural logarithm) may move when the same tokens are evaluated in other
/// batch shapes: a bound above what was measured; see the crate's documentation.
pub const SHAPE_TOLERANCE_NATS: f64 = 0.15;
