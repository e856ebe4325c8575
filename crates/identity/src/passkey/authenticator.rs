//! What the authenticator says (`authenticatorData`, WebAuthn level 2, 6.1) and its public key (COSE, RFC 9053).

use super::{CREDENTIAL_BYTES, MOST_AUTHENTICATOR_DATA, PasskeyError, Site, client};
use crate::cbor::{self, Value};
use crate::signature::PublicKey;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_BACKED_UP: u8 = 1 << 3;
const IS_BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// The authenticator's data, read whole.
pub(super) struct AuthenticatorData {
    site: [u8; 32],
    flags: u8,
    pub(super) counter: u32,
    pub(super) attested: Option<Attested>,
}

/// A new credential.
pub(super) struct Attested {
    pub(super) credential: Vec<u8>,
    pub(super) key: PublicKey,
}

impl AuthenticatorData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PasskeyError> {
        if bytes.len() > MOST_AUTHENTICATOR_DATA {
            return Err(PasskeyError::TooLarge);
        }
        let short = PasskeyError::Form { what: "it is cut off" };
        let (site, rest) = bytes.split_first_chunk::<32>().ok_or(short)?;
        let ([flags], rest) = rest.split_first_chunk().ok_or(short)?;
        let (counter, mut rest) = rest.split_first_chunk().ok_or(short)?;
        let mut attested = None;
        if flags & HAS_CREDENTIAL != 0 {
            let (_aaguid, after) = rest.split_first_chunk::<16>().ok_or(short)?;
            let (length, after) = after.split_first_chunk().ok_or(short)?;
            let length = usize::from(u16::from_be_bytes(*length));
            if !CREDENTIAL_BYTES.contains(&length) {
                return Err(PasskeyError::Form { what: "the length of the credential's id" });
            }
            let (credential, after) = after.split_at_checked(length).ok_or(short)?;
            let (key, after) = cbor::read(after).map_err(PasskeyError::Cbor)?;
            attested = Some(Attested { credential: credential.to_vec(), key: public_key(&key)? });
            rest = after;
        }
        if flags & HAS_EXTENSIONS != 0 {
            let (extensions, after) = cbor::read(rest).map_err(PasskeyError::Cbor)?;
            if !matches!(extensions, Value::Map(_)) {
                return Err(PasskeyError::Form { what: "the extensions" });
            }
            rest = after;
        }
        if !rest.is_empty() {
            return Err(PasskeyError::Form { what: "bytes are left over" });
        }
        Ok(Self { site: *site, flags: *flags, counter: u32::from_be_bytes(*counter), attested })
    }

    /// Checks whose it is and that the person was there and verified.
    pub(super) fn check(&self, site: &Site<'_>) -> Result<(), PasskeyError> {
        let has = |flag| self.flags & flag != 0;
        if self.site != client::digest(site.id.as_bytes()).as_ref() {
            return Err(PasskeyError::Site);
        }
        if !has(PRESENT) {
            return Err(PasskeyError::Absent);
        }
        if !has(VERIFIED) {
            return Err(PasskeyError::Unverified);
        }
        // WebAuthn level 3, 7.1: what cannot be backed up is not.
        if has(IS_BACKED_UP) && !has(MAY_BE_BACKED_UP) {
            return Err(PasskeyError::Form { what: "the flags of its backup" });
        }
        Ok(())
    }
}

/// A COSE key of an algorithm that is offered, in the one form that WebAuthn allows.
fn public_key(key: &Value<'_>) -> Result<PublicKey, PasskeyError> {
    let number = |label: i64| match key.get(&Value::Int(label)) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    let bytes = |label: i64| key.get(&Value::Int(label)).and_then(Value::bytes);
    let (kind, algorithm, curve) = (number(1), number(3), number(-1));
    let found = match (kind, algorithm, curve) {
        // EC2, ES256, P-256.
        (Some(2), Some(-7), Some(1)) => bytes(-2).zip(bytes(-3)).and_then(|(x, y)| PublicKey::p256(x, y)),
        // OKP, EdDSA, Ed25519.
        (Some(1), Some(-8), Some(6)) => bytes(-2).and_then(|x| x.try_into().ok()).map(PublicKey::EdDsa),
        _ => None,
    };
    found.ok_or(PasskeyError::Algorithm)
}
