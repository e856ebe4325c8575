//! Backends against scripted servers and files.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod openai_faults;
mod openai_level;
mod openai_meter;
mod openai_scores;
mod openai_secrets;
mod preflight;
mod replay;
mod support;
mod talk_daily;
mod talk_faults;
mod talk_queue;
mod talk_replay;
mod talk_sse;
