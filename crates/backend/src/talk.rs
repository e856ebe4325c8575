//! Conversations as they are written, for people who watch: the contract, recorded answers with a pace, who may begin
//! ([`Queue`]) and what a day may cost ([`DailyMeter`]).
//!
//! [`Backend`](crate::Backend) gives whole answers to a run; [`Talk`] gives one answer piece by piece to a reader who may
//! leave at any time. A server is asked by [`OpenAiTalk`](crate::OpenAiTalk), a model of this process by
//! `daepyo_llama::LlamaTalk`.

mod daily;
mod error;
mod pieces;
mod queue;
mod replay;

pub use daily::{CapReached, DailyMeter, Entry, Spent, estimated_tokens};
pub use error::TalkError;
pub use pieces::{End, Piece, Pieces};
pub use queue::{Place, Queue, QueueError, QueueLimits, Ticket};
pub use replay::{Pace, ReplayTalk};

use daepyo_core::{GenerateParams, Message};

/// A candidate that can be talked to.
pub trait Talk: Send + Sync {
    /// The candidate's answer to these messages. Nothing is sent before the first piece is asked for, nothing is read
    /// ahead of the reader but what the connection holds (or a model of this process has written), and dropping the pieces
    /// ends the request at the server.
    ///
    /// Stop texts are no part of the answer. Where a time passes, the connection breaks or the server answers with
    /// anything else, the last item is a [`TalkError`]; what was given before stays given and is never given again.
    fn begin(&self, messages: Vec<Message>, params: GenerateParams) -> Pieces;
}
