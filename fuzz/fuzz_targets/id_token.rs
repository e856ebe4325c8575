//! Id tokens and sets of keys: what is read of a set serves signatures alone, and no token is believed that nobody signed.
#![no_main]

use daepyo_identity::{Expected, KeySet, check_id_token};
use libfuzzer_sys::fuzz_target;

const KEYS: &[u8] = br#"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
const EXPECTED: Expected<'_> =
    Expected { issuer: "https://id.example", client_id: "site", nonce: "n", now_s: 1_796_083_200 };

fuzz_target!(|bytes: &[u8]| {
    if let Ok(keys) = KeySet::parse(bytes) {
        assert!(keys.len() <= 64);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let keys = KeySet::parse(KEYS).expect("the example of RFC 7515 is a key");
    assert!(check_id_token(text, &keys, &EXPECTED).is_err(), "forged");
});
