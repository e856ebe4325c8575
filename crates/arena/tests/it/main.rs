//! Behaviour of a public contest's pure parts from outside.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod answer;
mod assign;
mod chance;
mod leak;
mod leak_table;
mod markdown;
mod personal;
mod screen;
mod stream;
