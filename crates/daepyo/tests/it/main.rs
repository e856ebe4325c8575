//! The real program on a small but complete programme: killed, interrupted, failed upon, tampered with, repeated.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod behaviour;
mod check;
mod contest;
mod course;
mod determinism;
mod draw;
mod faulty_server;
mod figure;
mod formats;
mod hidden;
mod https;
mod interrupt;
mod kill_resume;
mod line;
mod lineage_hub;
mod model_hub;
mod scoring;
mod sealing;
mod servers;
mod shards;
mod site;
mod spending;
mod verify;
