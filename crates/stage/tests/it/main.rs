//! Published folders, tampered with in every way, against the verifier.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod bit_flips;
mod contest;
mod finished;
mod forgery;
mod held;
mod lineage;
mod progress;
mod whole_files;
