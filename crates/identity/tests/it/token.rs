//! Id tokens: what is believed, and everything that is not.

use crate::signer::{Signer, encoded};
use daepyo_identity::{Expected, KeySet, TokenError, check_id_token};
use ring::hmac;
use serde_json::{Value, json};

const NOW_S: i64 = 1_796_083_200;
const EXPECTED: Expected<'_> =
    Expected { issuer: "https://id.example/", client_id: "site", nonce: "n-1", now_s: NOW_S };

fn claims() -> Value {
    json!({"iss": "https://id.example/", "sub": "kim", "aud": "site", "exp": NOW_S + 300, "iat": NOW_S,
        "nonce": "n-1", "email": "kim@example.kr"})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn keys(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

#[test]
fn every_algorithm_that_is_taken_is_verified() {
    for signer in [Signer::rsa(), Signer::p256(), Signer::ed25519()] {
        let keys = keys(&[Signer::p256().jwk("other"), signer.jwk("a")]);
        let header = json!({"alg": signer.algorithm(), "kid": "a", "typ": "JWT"});
        let token = signer.token(&header, &claims());
        assert_eq!(check_id_token(&token, &keys, &EXPECTED).as_deref(), Ok("kim"), "{header}");
        // A bit of any part.
        for at in [0, token.find('.').unwrap() + 3, token.len() - 9] {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(check_id_token(&changed, &keys, &EXPECTED).is_err(), "{at}");
        }
        // Without a key id any key of the algorithm may be it.
        let unnamed = signer.token(&json!({"alg": signer.algorithm()}), &claims());
        assert_eq!(check_id_token(&unnamed, &keys, &EXPECTED).as_deref(), Ok("kim"));
    }
}

#[test]
fn no_other_algorithm_is_taken() {
    let signer = Signer::rsa();
    let jwk = signer.jwk("a");
    let keys = keys(std::slice::from_ref(&jwk));
    let part = |header: &Value| format!("{}.{}", encoded(header.to_string()), encoded(claims().to_string()));
    for name in ["none", "None", "NONE", "", "HS256", "RS384", "PS256", "ES256K", "RS256 "] {
        for signature in [String::new(), encoded([0; 64])] {
            let token = format!("{}.{signature}", part(&json!({"alg": name, "kid": "a"})));
            assert_eq!(check_id_token(&token, &keys, &EXPECTED), Err(TokenError::Algorithm), "{name}");
        }
    }
    // The public key as the secret of an HMAC, in the forms in which people have it at hand.
    let content = part(&json!({"alg": "HS256", "kid": "a"}));
    for secret in [jwk.to_string(), jwk["n"].as_str().unwrap().to_owned()] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let token = format!("{content}.{}", encoded(hmac::sign(&key, content.as_bytes())));
        assert_eq!(check_id_token(&token, &keys, &EXPECTED), Err(TokenError::Algorithm));
    }
    // The right signature under another algorithm's name finds no key of that algorithm.
    let token = signer.token(&json!({"alg": "ES256", "kid": "a"}), &claims());
    assert_eq!(check_id_token(&token, &keys, &EXPECTED), Err(TokenError::UnknownKey));
    // And an id that the header brings along with its own key is no key of the provider.
    let own = Signer::p256();
    let header = json!({"alg": "ES256", "kid": "a", "jwk": own.jwk("a"), "jku": "https://evil.example/"});
    assert_eq!(check_id_token(&own.token(&header, &claims()), &keys, &EXPECTED), Err(TokenError::UnknownKey));
}

#[test]
fn every_claim_that_matters_is_checked() {
    let signer = Signer::ed25519();
    let keys = keys(&[signer.jwk("a")]);
    let header = json!({"alg": "EdDSA", "kid": "a"});
    let check = |claims: &Value| check_id_token(&signer.token(&header, claims), &keys, &EXPECTED);
    let form = TokenError::Form { what: "the token's claims" };
    let cases = [
        (with("iss", json!("https://id.example")), TokenError::Issuer),
        (with("iss", json!("https://evil.example/")), TokenError::Issuer),
        (without("iss"), form),
        (with("aud", json!("other")), TokenError::Audience),
        (with("aud", json!([])), TokenError::Audience),
        (with("aud", json!(["site", "other"])), TokenError::Audience),
        (with("aud", json!({"site": 1})), TokenError::Audience),
        (without("aud"), form),
        (with("azp", json!("other")), TokenError::Party),
        (with("exp", json!(NOW_S - 60)), TokenError::Expired),
        (with("exp", json!(i64::MIN)), TokenError::Expired),
        (with("exp", json!("tomorrow")), form),
        (with("exp", json!(1e300)), form),
        (without("exp"), form),
        (with("iat", json!(NOW_S + 61)), TokenError::Early),
        (without("iat"), form),
        (with("nbf", json!(NOW_S + 61)), TokenError::Early),
        (with("nonce", json!("n-2")), TokenError::Nonce),
        (with("nonce", json!(null)), TokenError::Nonce),
        (without("nonce"), TokenError::Nonce),
        (with("sub", json!("")), TokenError::Subject),
        (with("sub", json!("x".repeat(256))), TokenError::Subject),
        (with("sub", json!(7)), form),
        (without("sub"), form),
        (json!([]), form),
    ];
    for (claims, error) in cases {
        assert_eq!(check(&claims), Err(error), "{claims}");
    }
    for good in [
        with("aud", json!(["site"])),
        with("azp", json!("site")),
        with("exp", json!(NOW_S - 59)),
        with("iat", json!(NOW_S + 60)),
        with("sub", json!("가".repeat(255))),
    ] {
        assert!(check(&good).is_ok(), "{good}");
    }
}

#[test]
fn a_claim_that_stands_twice_is_not_believed() {
    let signer = Signer::ed25519();
    let keys = keys(&[signer.jwk("a")]);
    let twice = claims().to_string().replacen('{', "{\"sub\":\"lee\",", 1);
    let content = format!("{}.{}", encoded("{\"alg\":\"EdDSA\"}"), encoded(twice));
    let token = format!("{content}.{}", encoded(signer.sign(content.as_bytes())));
    assert_eq!(
        check_id_token(&token, &keys, &EXPECTED),
        Err(TokenError::Form { what: "the token's claims" })
    );
}

#[test]
fn another_provider_s_key_is_none_and_an_unknown_id_says_so() {
    let (signer, other) = (Signer::p256(), Signer::p256());
    let token = |id: &str| signer.token(&json!({"alg": "ES256", "kid": id}), &claims());
    let set = keys(&[other.jwk("a")]);
    assert_eq!(check_id_token(&token("a"), &set, &EXPECTED), Err(TokenError::Signature));
    assert_eq!(check_id_token(&token("b"), &set, &EXPECTED), Err(TokenError::UnknownKey));
    assert_eq!(check_id_token(&token("a"), &KeySet::default(), &EXPECTED), Err(TokenError::UnknownKey));
    let critical = signer.token(&json!({"alg": "ES256", "crit": ["exp"]}), &claims());
    assert_eq!(check_id_token(&critical, &set, &EXPECTED), Err(TokenError::Critical));
}

#[test]
fn keys_for_other_purposes_are_left_out() {
    let signer = Signer::p256();
    let jwk = |name: &str, value: Value| {
        let mut jwk = signer.jwk("a");
        jwk[name] = value;
        jwk
    };
    for bad in [
        jwk("use", json!("enc")),
        jwk("key_ops", json!(["encrypt"])),
        jwk("alg", json!("RS256")),
        jwk("crv", json!("P-384")),
        jwk("x", json!("AAAA")),
        jwk("y", json!(null)),
        json!({"kty": "oct", "k": "AAAA"}),
        json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        json!(7),
    ] {
        assert!(keys(std::slice::from_ref(&bad)).is_empty(), "{bad}");
    }
    assert_eq!(keys(&[jwk("use", json!("sig")), jwk("key_ops", json!(["verify"]))]).len(), 2);
    let many = vec![signer.jwk("a"); 100];
    assert_eq!(keys(&many).len(), 64);
}

#[test]
fn what_is_no_token_and_no_set_is_refused_at_any_size() {
    for text in ["", ".", "..", "...", "a.b", "가.나.다", "e30.e30.", &"a".repeat(17 << 10), "{}.{}.{}"] {
        assert!(check_id_token(text, &KeySet::default(), &EXPECTED).is_err());
    }
    let deep = format!("{{\"keys\":{}", "[".repeat(100_000));
    for bytes in ["", "{}", "[]", "{\"keys\":{}}", &deep, &" ".repeat(300 << 10)] {
        assert!(KeySet::parse(bytes.as_bytes()).is_err());
    }
}
