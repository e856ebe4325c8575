//! Passkeys: registration and sign-in by WebAuthn level 2, without attestation.
//!
//! Offered are ES256 and `EdDSA`. Of an authenticator's answer are checked: kind, challenge, origin, the site's id, that
//! the person was there and was verified, the algorithm, the signature and its counter.

mod authenticator;
mod client;

use crate::cbor::{self, CborError, Value};
use crate::signature::PublicKey;
use authenticator::{Attested, AuthenticatorData};

/// Sizes in bytes at most.
const MOST_CLIENT_DATA: usize = 4 << 10;
const MOST_ATTESTATION: usize = 8 << 10;
const MOST_AUTHENTICATOR_DATA: usize = 4 << 10;
/// A credential's id has so many bytes (WebAuthn level 3, 5.8.3; below 16 it could be guessed).
const CREDENTIAL_BYTES: std::ops::RangeInclusive<usize> = 16..=1023;
/// COSE's numbers of the algorithms that are offered, the preferred one first.
pub const OFFERED: [i64; 2] = [-7, -8];

/// The site that passkeys are for.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// Its origin, as browsers write it.
    pub origin: &'a str,
    /// Its id: the host.
    pub id: &'a str,
}

/// A passkey that somebody has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The credential's id.
    pub credential: Vec<u8>,
    /// Its public key.
    pub key: PublicKey,
    /// The signature counter; 0 where the authenticator has none.
    pub counter: u32,
}

/// What a browser gives for a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    /// `clientDataJSON`.
    pub client_data: &'a [u8],
    /// `authenticatorData`.
    pub authenticator_data: &'a [u8],
    /// The signature of both.
    pub signature: &'a [u8],
}

/// Why an authenticator's answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// It is larger than anything that is read.
    #[error("too large")]
    TooLarge,
    /// What the browser says cannot be read.
    #[error("the client data cannot be read")]
    ClientData,
    /// It answers something else than a registration, or a sign-in.
    #[error("the answer is of another kind")]
    Kind,
    /// It answers another challenge.
    #[error("the challenge is another one")]
    Challenge,
    /// It was made on another site.
    #[error("the origin is another one")]
    Origin,
    /// It was made inside another site's frame.
    #[error("the page was in another site's frame")]
    Framed,
    /// The attestation cannot be read.
    #[error("the attestation cannot be read")]
    Cbor(#[source] CborError),
    /// The attestation has another form than `none`.
    #[error("the attestation is not of the form `none`")]
    Attestation,
    /// The authenticator's data cannot be read.
    #[error("the authenticator's data cannot be read: {what}")]
    Form {
        /// What.
        what: &'static str,
    },
    /// It is for another site.
    #[error("the passkey is another site's")]
    Site,
    /// Nobody was there.
    #[error("nobody was present")]
    Absent,
    /// Who was there was not verified.
    #[error("the person was not verified")]
    Unverified,
    /// The key is of no algorithm that was offered.
    #[error("the key's algorithm was not offered")]
    Algorithm,
    /// The signature is not that of the key.
    #[error("the signature is wrong")]
    Signature,
    /// The counter did not grow: there may be a copy of the authenticator.
    #[error("the counter did not grow")]
    Counter,
}

/// Checks what a browser gives for a new passkey: `clientDataJSON` and the attestation object.
pub fn check_registration(
    site: &Site<'_>,
    challenge: &[u8],
    client_data: &[u8],
    attestation: &[u8],
) -> Result<Registered, PasskeyError> {
    if attestation.len() > MOST_ATTESTATION {
        return Err(PasskeyError::TooLarge);
    }
    client::check(site, "webauthn.create", challenge, client_data)?;
    let (object, rest) = cbor::read(attestation).map_err(PasskeyError::Cbor)?;
    let is_none = object.get(&Value::Text("fmt")) == Some(&Value::Text("none"))
        && object.get(&Value::Text("attStmt")) == Some(&Value::Map(Vec::new()));
    if !is_none || !rest.is_empty() {
        return Err(PasskeyError::Attestation);
    }
    let data = object.get(&Value::Text("authData")).and_then(Value::bytes);
    let data = AuthenticatorData::read(data.ok_or(PasskeyError::Attestation)?)?;
    data.check(site)?;
    let Attested { credential, key } = data.attested.ok_or(PasskeyError::Form { what: "no credential" })?;
    Ok(Registered { credential, key, counter: data.counter })
}

/// Checks what a browser gives for a sign-in; gives the counter to keep.
///
/// The counter must have grown, unless the authenticator has none and never had.
pub fn check_assertion(
    site: &Site<'_>,
    challenge: &[u8],
    key: &PublicKey,
    counter: u32,
    assertion: &Assertion<'_>,
) -> Result<u32, PasskeyError> {
    client::check(site, "webauthn.get", challenge, assertion.client_data)?;
    let data = AuthenticatorData::read(assertion.authenticator_data)?;
    data.check(site)?;
    if data.attested.is_some() {
        return Err(PasskeyError::Form { what: "a credential in a sign-in" });
    }
    let mut signed = assertion.authenticator_data.to_vec();
    signed.extend_from_slice(client::digest(assertion.client_data).as_ref());
    if !key.has_asserted(&signed, assertion.signature) {
        return Err(PasskeyError::Signature);
    }
    let has_grown = data.counter > counter || (data.counter == 0 && counter == 0);
    if has_grown { Ok(data.counter) } else { Err(PasskeyError::Counter) }
}
