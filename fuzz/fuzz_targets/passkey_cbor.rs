//! What an authenticator gives: CBOR is read in one form only, and nothing that is read is believed without the site's own
//! challenge and a verified person.
#![no_main]

use daepyo_identity::cbor;
use daepyo_identity::passkey::{Assertion, Site, check_assertion, check_registration};
use daepyo_identity::PublicKey;
use libfuzzer_sys::fuzz_target;

const SITE: Site<'_> = Site { origin: "https://vote.example.kr", id: "vote.example.kr" };
const CHALLENGE: &[u8] = &[7; 32];
const CREATED: &[u8] = br#"{"type":"webauthn.create","challenge":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","origin":"https://vote.example.kr"}"#;
const ASKED: &[u8] = br#"{"type":"webauthn.get","challenge":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc","origin":"https://vote.example.kr"}"#;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((value, rest)) = cbor::read(bytes) {
        let written = cbor::write(&value);
        assert_eq!([written.as_slice(), rest].concat(), bytes, "another form");
    }
    if let Ok(made) = check_registration(&SITE, CHALLENGE, CREATED, bytes) {
        assert!((16..=1023).contains(&made.credential.len()));
        let kept = made.key.to_kept().expect("a passkey's key is kept");
        assert_eq!(PublicKey::from_kept(&kept), Some(made.key));
        assert!(check_registration(&SITE, &[8; 32], CREATED, bytes).is_err(), "another challenge");
    }
    let (client, answer) = bytes.split_at(bytes.len() / 2);
    let _ = check_registration(&SITE, &[8; 32], client, answer);
    // Nobody has this key.
    let key = PublicKey::EdDsa([3; 32]);
    let assertion = Assertion { client_data: ASKED, authenticator_data: client, signature: answer };
    assert!(check_assertion(&SITE, CHALLENGE, &key, 0, &assertion).is_err(), "forged");
});
