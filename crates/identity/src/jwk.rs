//! A provider's keys (RFC 7517): those that are of use, by their ids.

use crate::signature::{Algorithm, PublicKey};
use crate::token::TokenError;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// A set's size in bytes at most.
const MOST_BYTES: usize = 256 << 10;
/// Keys looked at, at most; a provider has a few.
const MOST_KEYS: usize = 64;

#[derive(Deserialize)]
struct Written {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default, rename = "key_ops")]
    operations: Option<Vec<String>>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

/// A provider's public keys for signatures.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<(Option<String>, PublicKey)>);

impl KeySet {
    /// Reads a JSON Web Key Set. Keys for other purposes or of other kinds are left out, as RFC 7517 asks.
    ///
    /// Fails where the whole is no such set, or larger than 256 KiB.
    pub fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        if bytes.len() > MOST_BYTES {
            return Err(TokenError::TooLarge);
        }
        let written: Written =
            serde_json::from_slice(bytes).map_err(|_| TokenError::Form { what: "the set of keys" })?;
        let usable = written.keys.into_iter().take(MOST_KEYS).filter_map(|key| {
            let key: Key = serde_json::from_value(key).ok()?;
            let public = usable(&key)?;
            Some((key.kid, public))
        });
        Ok(Self(usable.collect()))
    }

    /// How many keys are of use.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys that a token of this algorithm and key id may be signed with.
    pub(crate) fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a PublicKey> {
        let fitting = self.0.iter().filter(move |(known, key)| {
            key.algorithm() == algorithm && (id.is_none() || known.as_deref() == id)
        });
        fitting.map(|(_, key)| key)
    }
}

/// The public key, where it is one for signatures of an algorithm that is taken.
fn usable(key: &Key) -> Option<PublicKey> {
    let is_for_signatures = key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
        && key.operations.as_ref().is_none_or(|operations| operations.iter().any(|name| name == "verify"));
    if !is_for_signatures {
        return None;
    }
    let bytes = |text: &Option<String>| BASE64_URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
    let public = match (key.kty.as_str(), key.crv.as_deref()) {
        ("RSA", _) => PublicKey::rsa(&bytes(&key.n)?, &bytes(&key.e)?)?,
        ("EC", Some("P-256")) => PublicKey::p256(&bytes(&key.x)?, &bytes(&key.y)?)?,
        ("OKP", Some("Ed25519")) => PublicKey::EdDsa(bytes(&key.x)?.try_into().ok()?),
        _ => return None,
    };
    let is_its_algorithm =
        key.alg.as_deref().is_none_or(|name| Algorithm::named(name) == Some(public.algorithm()));
    is_its_algorithm.then_some(public)
}
