//! Proofs of who somebody is, checked: id tokens of OpenID Connect and passkeys (WebAuthn). No network, no clock.
//!
//! Everything read here comes from a provider, a browser or an authenticator and is hostile: sizes are bounded, and what
//! is not understood is refused. Algorithms come from closed lists ([`Algorithm`]), never from what is checked.

pub mod cbor;
mod jwk;
pub mod passkey;
mod signature;
mod token;

pub use jwk::KeySet;
pub use signature::{Algorithm, PublicKey};
pub use token::{Expected, TokenError, check_id_token};
