//! The evidence log from outside: what is written is what is read, and nothing changes unseen.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod damage;
mod golden;
mod history;
mod keys;
mod parsers;
mod proofs;
mod round_trip;
mod sample;
