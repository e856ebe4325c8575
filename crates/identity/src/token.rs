//! Id tokens (OpenID Connect Core 1.0, 3.1.3.7), from which nothing is taken but the subject.

use crate::jwk::KeySet;
use crate::signature::Algorithm;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// A token's size in bytes at most.
const MOST_BYTES: usize = 16 << 10;
/// Clocks may differ by so much.
const LEEWAY_S: i64 = 60;
/// A subject's length in characters at most (OpenID Connect Core 1.0, section 2).
const MOST_SUBJECT: usize = 255;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider, exactly as it writes itself.
    pub issuer: &'a str,
    /// This site, as the provider knows it.
    pub client_id: &'a str,
    /// What the sign-in began with.
    pub nonce: &'a str,
    /// The time, in seconds since 1970.
    pub now_s: i64,
}

/// Why a token is not believed. Nothing of the token is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is larger than anything that is read.
    #[error("too large")]
    TooLarge,
    /// It cannot be read.
    #[error("{what} cannot be read")]
    Form {
        /// Which part.
        what: &'static str,
    },
    /// It asks for extensions that must be understood.
    #[error("the token has critical extensions")]
    Critical,
    /// It names an algorithm that is not taken: none, a shared secret, or an unknown one.
    #[error("the token's algorithm is not taken")]
    Algorithm,
    /// No key of the set has its id; the provider may have new keys.
    #[error("no key of the provider has the token's key id")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("the token's signature is wrong")]
    Signature,
    /// Another provider made it.
    #[error("the token is another issuer's")]
    Issuer,
    /// It is not for this site alone.
    #[error("the token is for another audience")]
    Audience,
    /// It was given to somebody else.
    #[error("the token was given to another party")]
    Party,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come.
    #[error("the token is from the future")]
    Early,
    /// It answers another sign-in.
    #[error("the token's nonce is another one")]
    Nonce,
    /// It names nobody, or in a way that cannot be kept.
    #[error("the token names no subject")]
    Subject,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

/// The claims that are looked at. Of a claim that stands twice none is believed: serde refuses it.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

/// Checks an id token and gives its subject: what the provider calls the person.
///
/// The audience must be this site and nobody else, since no other one is trusted. Times are whole seconds and may differ
/// by a minute. Fails with the first thing that is wrong; [`TokenError::UnknownKey`] is worth another try with the
/// provider's keys of now.
pub fn check_id_token(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<String, TokenError> {
    if token.len() > MOST_BYTES {
        return Err(TokenError::TooLarge);
    }
    let form = |what| move || TokenError::Form { what };
    let (signed, signature) = token.rsplit_once('.').ok_or_else(form("the token"))?;
    let (header, claims) = signed.split_once('.').ok_or_else(form("the token"))?;
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let header = decode(header).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let header: Header = header.ok_or_else(form("the token's header"))?;
    if header.crit.is_some() {
        return Err(TokenError::Critical);
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(TokenError::Algorithm)?;
    let signature = decode(signature).ok_or_else(form("the token's signature"))?;
    let mut candidates = keys.candidates(algorithm, header.kid.as_deref()).peekable();
    if candidates.peek().is_none() {
        return Err(TokenError::UnknownKey);
    }
    if !candidates.any(|key| key.has_signed(signed.as_bytes(), &signature)) {
        return Err(TokenError::Signature);
    }
    let claims = decode(claims).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    check_claims(claims.ok_or_else(form("the token's claims"))?, expected)
}

fn check_claims(claims: Claims, expected: &Expected<'_>) -> Result<String, TokenError> {
    if claims.iss != expected.issuer {
        return Err(TokenError::Issuer);
    }
    let is_for_us = match &claims.aud {
        Value::String(one) => one == expected.client_id,
        Value::Array(all) => {
            !all.is_empty() && all.iter().all(|one| one.as_str() == Some(expected.client_id))
        }
        _ => false,
    };
    if !is_for_us {
        return Err(TokenError::Audience);
    }
    if claims.azp.is_some_and(|party| party != expected.client_id) {
        return Err(TokenError::Party);
    }
    if expected.now_s >= claims.exp.saturating_add(LEEWAY_S) {
        return Err(TokenError::Expired);
    }
    let latest = expected.now_s.saturating_add(LEEWAY_S);
    if claims.iat > latest || claims.nbf.is_some_and(|from| from > latest) {
        return Err(TokenError::Early);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    let is_subject = !claims.sub.is_empty() && claims.sub.chars().count() <= MOST_SUBJECT;
    is_subject.then_some(claims.sub).ok_or(TokenError::Subject)
}
