//! Passkeys made by an authenticator that is written here.

use crate::signer::encoded;
use daepyo_identity::PublicKey;
use daepyo_identity::passkey::{
    Assertion, PasskeyError, Registered, Site, check_assertion, check_registration,
};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

const SITE: Site<'_> = Site { origin: "https://vote.example.kr", id: "vote.example.kr" };
const CHALLENGE: &[u8] = &[7; 32];
const REGISTER: u8 = 0x45;
const SIGN_IN: u8 = 0x05;

enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    fn p256() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self::P256(
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap(),
        )
    }

    fn ed25519() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
    }

    /// COSE by hand: a map with small keys.
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let head = [0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
                [&head[..], &point[1..33], &[0x22, 0x58, 32], &point[33..]].concat()
            }
            Self::Ed25519(pair) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], pair.public_key().as_ref()].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

fn client_data(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
    let challenge = encoded(challenge);
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false,"x":1}}"#)
        .into_bytes()
}

fn authenticator_data(site: &str, flags: u8, counter: u32) -> Vec<u8> {
    [digest(&SHA256, site.as_bytes()).as_ref(), &[flags], &counter.to_be_bytes()].concat()
}

fn with_credential(mut data: Vec<u8>, cose: &[u8], id: &[u8]) -> Vec<u8> {
    data.extend([0; 16]);
    data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
    data.extend(id);
    data.extend(cose);
    data
}

fn attestation(data: &[u8]) -> Vec<u8> {
    // The shortest form of the length, as CTAP2 asks for.
    let length = match u8::try_from(data.len()) {
        Ok(length) => vec![0x58, length],
        Err(_) => [&[0x59][..], &u16::try_from(data.len()).unwrap().to_be_bytes()].concat(),
    };
    [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"[..], &length, data].concat()
}

fn register(key: &Key) -> Registered {
    let data = with_credential(authenticator_data(SITE.id, REGISTER, 5), &key.cose(), &[9; 32]);
    let client = client_data("webauthn.create", CHALLENGE, SITE.origin);
    check_registration(&SITE, CHALLENGE, &client, &attestation(&data)).unwrap()
}

/// A sign-in, as the site would take it: the counter, or what is wrong.
fn sign_in(key: &Key, known: &PublicKey, kept: u32, client: &[u8], data: &[u8]) -> Result<u32, PasskeyError> {
    let signature = key.sign(&[data, digest(&SHA256, client).as_ref()].concat());
    let assertion = Assertion { client_data: client, authenticator_data: data, signature: &signature };
    check_assertion(&SITE, CHALLENGE, known, kept, &assertion)
}

#[test]
fn a_passkey_is_registered_and_signs_in() {
    for key in [Key::p256(), Key::ed25519()] {
        let made = register(&key);
        assert_eq!((made.credential.as_slice(), made.counter), ([9; 32].as_slice(), 5));
        let kept = made.key.to_kept().unwrap();
        assert_eq!(PublicKey::from_kept(&kept).as_ref(), Some(&made.key));
        let client = client_data("webauthn.get", CHALLENGE, SITE.origin);
        let data = authenticator_data(SITE.id, SIGN_IN, 6);
        assert_eq!(sign_in(&key, &made.key, 5, &client, &data), Ok(6));
        // An extension's output may follow; it is read and left.
        let extended =
            [authenticator_data(SITE.id, SIGN_IN | 0x80, 7), vec![0xa1, 0x61, b'a', 0xf5]].concat();
        assert_eq!(sign_in(&key, &made.key, 6, &client, &extended), Ok(7));
        let another = Key::p256();
        assert_eq!(sign_in(&another, &made.key, 5, &client, &data), Err(PasskeyError::Signature));
    }
}

#[test]
fn every_part_of_a_sign_in_is_checked() {
    let key = Key::p256();
    let known = register(&key).key;
    let good = client_data("webauthn.get", CHALLENGE, SITE.origin);
    let data = |flags, counter| authenticator_data(SITE.id, flags, counter);
    let framed = String::from_utf8(good.clone()).unwrap().replace("false", "true").into_bytes();
    let below = String::from_utf8(good.clone()).unwrap().replace("\"x\"", "\"topOrigin\"").into_bytes();
    let twice = String::from_utf8(good.clone()).unwrap().replacen('{', "{\"origin\":\"x\",", 1).into_bytes();
    let cases = [
        (client_data("webauthn.create", CHALLENGE, SITE.origin), data(SIGN_IN, 6), PasskeyError::Kind),
        (client_data("webauthn.get", &[8; 32], SITE.origin), data(SIGN_IN, 6), PasskeyError::Challenge),
        (client_data("webauthn.get", &[], SITE.origin), data(SIGN_IN, 6), PasskeyError::Challenge),
        (
            client_data("webauthn.get", CHALLENGE, "https://vote.example.kr.evil"),
            data(SIGN_IN, 6),
            PasskeyError::Origin,
        ),
        (
            client_data("webauthn.get", CHALLENGE, "http://vote.example.kr"),
            data(SIGN_IN, 6),
            PasskeyError::Origin,
        ),
        (framed, data(SIGN_IN, 6), PasskeyError::Framed),
        (below, data(SIGN_IN, 6), PasskeyError::Framed),
        (twice, data(SIGN_IN, 6), PasskeyError::ClientData),
        (b"{}".to_vec(), data(SIGN_IN, 6), PasskeyError::ClientData),
        (vec![b' '; 5000], data(SIGN_IN, 6), PasskeyError::TooLarge),
        (good.clone(), authenticator_data("evil.example", SIGN_IN, 6), PasskeyError::Site),
        (good.clone(), data(0x04, 6), PasskeyError::Absent),
        (good.clone(), data(0x01, 6), PasskeyError::Unverified),
        (good.clone(), data(0x15, 6), PasskeyError::Form { what: "the flags of its backup" }),
        (good.clone(), data(SIGN_IN, 5), PasskeyError::Counter),
        (good.clone(), data(SIGN_IN, 4), PasskeyError::Counter),
        (good.clone(), data(SIGN_IN, 0), PasskeyError::Counter),
        (good.clone(), vec![0; 36], PasskeyError::Form { what: "it is cut off" }),
        (
            good.clone(),
            [data(SIGN_IN, 6), vec![0]].concat(),
            PasskeyError::Form { what: "bytes are left over" },
        ),
        (
            good.clone(),
            with_credential(data(REGISTER, 6), &key.cose(), &[9; 32]),
            PasskeyError::Form { what: "a credential in a sign-in" },
        ),
        (good.clone(), vec![0; 5000], PasskeyError::TooLarge),
    ];
    for (client, data, error) in cases {
        assert_eq!(sign_in(&key, &known, 5, &client, &data), Err(error));
    }
    // An authenticator without a counter has none for good.
    assert_eq!(sign_in(&key, &known, 0, &good, &data(SIGN_IN, 0)), Ok(0));
    assert_eq!(sign_in(&key, &known, u32::MAX, &good, &data(SIGN_IN, 0)), Err(PasskeyError::Counter));
}

#[test]
fn every_part_of_a_registration_is_checked() {
    let key = Key::p256();
    let client = client_data("webauthn.create", CHALLENGE, SITE.origin);
    let check = |bytes: &[u8]| check_registration(&SITE, CHALLENGE, &client, bytes);
    let data = |cose: &[u8], id: &[u8]| with_credential(authenticator_data(SITE.id, REGISTER, 0), cose, id);
    let good = attestation(&data(&key.cose(), &[9; 32]));
    assert!(check(&good).is_ok());

    let packed = [&b"\xa3\x63fmt\x66packed"[..], &good[10..]].concat();
    assert_eq!(check(&packed), Err(PasskeyError::Attestation));
    let mut statement = good.clone();
    statement[18] = 0xf6;
    assert_eq!(check(&statement), Err(PasskeyError::Attestation));
    assert_eq!(check(&[&good[..], &[0]].concat()), Err(PasskeyError::Attestation));
    assert!(matches!(check(&good[..good.len() - 1]), Err(PasskeyError::Cbor(_))));
    assert_eq!(check(&vec![0; 9 << 10]), Err(PasskeyError::TooLarge));

    let mut rs256 = key.cose();
    rs256[4] = 0x25;
    let mut other_curve = key.cose();
    other_curve[6] = 2;
    let short = [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x44][..], &[0; 4]].concat();
    for cose in [rs256, other_curve, short, vec![0xa0], vec![0xf6]] {
        assert_eq!(check(&attestation(&data(&cose, &[9; 32]))), Err(PasskeyError::Algorithm));
    }
    for length in [0, 15, 1024] {
        let long = attestation(&data(&key.cose(), &vec![9; length]));
        assert_eq!(check(&long), Err(PasskeyError::Form { what: "the length of the credential's id" }));
    }
    let none = attestation(&authenticator_data(SITE.id, SIGN_IN, 0));
    assert_eq!(check(&none), Err(PasskeyError::Form { what: "no credential" }));
    let unverified =
        attestation(&with_credential(authenticator_data(SITE.id, 0x41, 0), &key.cose(), &[9; 32]));
    assert_eq!(check(&unverified), Err(PasskeyError::Unverified));
    let get = client_data("webauthn.get", CHALLENGE, SITE.origin);
    assert_eq!(check_registration(&SITE, CHALLENGE, &get, &good), Err(PasskeyError::Kind));
    assert_eq!(check_registration(&SITE, &[1; 32], &client, &good), Err(PasskeyError::Challenge));
}
