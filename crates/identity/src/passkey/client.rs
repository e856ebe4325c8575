//! What the browser says of a ceremony (`clientDataJSON`, WebAuthn level 2, 5.8.1).

use super::{MOST_CLIENT_DATA, PasskeyError, Site};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{Digest, SHA256};
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: Option<bool>,
    #[serde(default)]
    top_origin: Option<IgnoredAny>,
}

/// Checks kind, challenge and origin.
pub(super) fn check(
    site: &Site<'_>,
    kind: &str,
    challenge: &[u8],
    client_data: &[u8],
) -> Result<(), PasskeyError> {
    if client_data.len() > MOST_CLIENT_DATA {
        return Err(PasskeyError::TooLarge);
    }
    let said: ClientData = serde_json::from_slice(client_data).map_err(|_| PasskeyError::ClientData)?;
    if said.r#type != kind {
        return Err(PasskeyError::Kind);
    }
    let is_ours = BASE64_URL_SAFE_NO_PAD.decode(&said.challenge).is_ok_and(|given| given == challenge);
    if !is_ours {
        return Err(PasskeyError::Challenge);
    }
    if said.origin != site.origin {
        return Err(PasskeyError::Origin);
    }
    if said.cross_origin == Some(true) || said.top_origin.is_some() {
        return Err(PasskeyError::Framed);
    }
    Ok(())
}

/// SHA-256.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    ring::digest::digest(&SHA256, bytes)
}
