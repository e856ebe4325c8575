//! Proofs from outside: made here with other code, then checked.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

mod browser;
mod cbor;
mod passkey;
mod signer;
mod token;
