//! What a sign-in begins with: a cookie, and what is derived from it.

use crate::door::cookies;
use crate::keys::{Keys, random};
use axum::http::HeaderValue;
use axum::http::header::InvalidHeaderValue;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// A sign-in has so long at the provider.
const LIFETIME_MS: i64 = 10 * 60 * 1000;
const LIFETIME_S: u64 = 10 * 60;
/// Bytes of the cookie before the path: when it began, and what was drawn.
const HEAD_BYTES: usize = 8 + 32;

/// The cookie of a sign-in that is under way.
pub(super) fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-daepyo-oidc" } else { "daepyo-oidc" }
}

/// The cookie that remembers the provider, for the sign-out.
pub(super) fn way_name(is_https: bool) -> &'static str {
    if is_https { "__Host-daepyo-way" } else { "daepyo-way" }
}

/// A sign-in that is under way. Whoever changes it gets another `state`.
#[derive(Debug)]
pub(super) struct Flow {
    begun_ms: i64,
    drawn: [u8; 32],
    next: String,
}

impl Flow {
    pub(super) fn begin(now_ms: i64, next: &str) -> Self {
        Self { begun_ms: now_ms, drawn: random(), next: next.to_owned() }
    }

    fn bytes(&self) -> Vec<u8> {
        [&self.begun_ms.to_be_bytes()[..], &self.drawn, self.next.as_bytes()].concat()
    }

    pub(super) fn read(value: &str) -> Option<Self> {
        // A path has at most 512 bytes, and base 64 a third more.
        if value.len() > 1024 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
        let (head, next) = bytes.split_at_checked(HEAD_BYTES)?;
        let (begun, drawn) = head.split_first_chunk::<8>()?;
        Some(Self {
            begun_ms: i64::from_be_bytes(*begun),
            drawn: drawn.try_into().ok()?,
            next: String::from_utf8(next.to_vec()).ok()?,
        })
    }

    pub(super) fn cookie(&self, is_https: bool) -> Result<HeaderValue, InvalidHeaderValue> {
        let value = BASE64_URL_SAFE_NO_PAD.encode(self.bytes());
        cookies::make(cookie_name(is_https), &value, Some(LIFETIME_S), is_https)
    }

    /// Where it leads in the end.
    pub(super) fn next(&self) -> &str {
        &self.next
    }

    pub(super) fn until_ms(&self) -> i64 {
        self.begun_ms.saturating_add(LIFETIME_MS)
    }

    pub(super) fn is_young(&self, now_ms: i64) -> bool {
        (self.begun_ms..=self.until_ms()).contains(&now_ms)
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.bytes()).into()
    }

    /// What goes to the provider and comes back, for this provider and this browser alone.
    pub(super) fn proof(&self, keys: &Keys, provider: &str, forms_token: &[u8; 32]) -> Proof {
        let bytes = self.bytes();
        let mac = |name| keys.mac(name, &[forms_token, provider.as_bytes(), &[0], &bytes]);
        let text = |name| BASE64_URL_SAFE_NO_PAD.encode(mac(name));
        Proof { state: mac("oidc state"), nonce: text("oidc nonce"), verifier: text("oidc verifier") }
    }
}

/// The three values that bind a sign-in to its browser.
pub(super) struct Proof {
    state: [u8; 32],
    /// Stands in the id token.
    pub(super) nonce: String,
    /// PKCE's verifier (RFC 7636): 43 characters.
    pub(super) verifier: String,
}

impl Proof {
    pub(super) fn state(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.state)
    }

    /// Whether this is the state. Digests are compared, so that the time it takes tells nothing of a wrong one.
    pub(super) fn is_state(&self, given: &str) -> bool {
        let given = BASE64_URL_SAFE_NO_PAD.decode(given);
        given.is_ok_and(|given| Sha256::digest(given) == Sha256::digest(self.state))
    }

    /// PKCE's challenge of the method S256.
    pub(super) fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    //! A sign-in is bound to its browser, its provider and its time.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn a_state_is_good_for_its_own_sign_in_only() {
        let keys = Keys::of([7; 32]);
        let flow = Flow::begin(1000, "/vote");
        let state = flow.proof(&keys, "a", &[1; 32]).state();
        let value = BASE64_URL_SAFE_NO_PAD.encode(flow.bytes());
        let again = Flow::read(&value).unwrap();
        assert_eq!(again.next(), "/vote");
        assert!(again.proof(&keys, "a", &[1; 32]).is_state(&state));
        assert!(!again.proof(&keys, "b", &[1; 32]).is_state(&state));
        assert!(!again.proof(&keys, "a", &[2; 32]).is_state(&state));
        assert!(!again.proof(&Keys::of([8; 32]), "a", &[1; 32]).is_state(&state));
        assert!(!Flow::begin(1000, "/vote").proof(&keys, "a", &[1; 32]).is_state(&state));
        let elsewhere = Flow { next: "/other".to_owned(), ..again };
        assert!(!elsewhere.proof(&keys, "a", &[1; 32]).is_state(&state));
        let proof = flow.proof(&keys, "a", &[1; 32]);
        assert!(!proof.is_state(&proof.nonce) && !proof.is_state(&proof.verifier) && !proof.is_state(""));
        assert!(
            flow.is_young(1000) && flow.is_young(601_000) && !flow.is_young(601_001) && !flow.is_young(999)
        );
    }

    #[test]
    fn what_is_no_sign_in_is_none() {
        for bad in ["", "AAAA", "가", &"A".repeat(52), &"A".repeat(2000)] {
            assert!(Flow::read(bad).is_none(), "{bad}");
        }
    }
}
