//! Contests held from the first battle to the check of what was published, over SQLite in a folder.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails says where"
)]

mod closing;
mod draws;
mod figure;
mod held;
mod killed;
mod live;
mod log;
mod scripted;
mod voting;
