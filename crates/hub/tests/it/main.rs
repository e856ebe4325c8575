//! A hub on loopback, and what daepyo makes of it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod cache;
mod faults;
mod layouts;
mod models;
mod offline;
mod secrets;
mod server;
mod sets;
