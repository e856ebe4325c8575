//! What is written opens again with the same content, and what is hostile is refused with its place.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed assertion is the point of a test"
)]

mod archives;
mod hostile;
mod made;
mod recordings;
mod written;
