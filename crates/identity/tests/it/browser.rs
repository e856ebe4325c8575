//! What a real browser made: Chromium 156 with its virtual authenticator, on a site at `http://localhost:39555`.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use daepyo_identity::PublicKey;
use daepyo_identity::passkey::{Assertion, PasskeyError, Site, check_assertion, check_registration};

const SITE: Site<'_> = Site { origin: "http://localhost:39555", id: "localhost" };
const ADD_CHALLENGE: &str = "3gVy5XNWdJALxO5ZJvGuagijxeIMQxuu3DnqoZ0uIJRUFNxTAvy5FdydjGBXBZSLfxW741nklH8";
const ADD_CLIENT_DATA: &str = "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiM2dWeTVYTldkSkFMeE81Wkp2R3VhZ2lqeGVJTVF4dXUz\
    RG5xb1owdUlKUlVGTnhUQXZ5NUZkeWRqR0JYQlpTTGZ4Vzc0MW5rbEg4Iiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDoz\
    OTU1NSIsImNyb3NzT3JpZ2luIjpmYWxzZX0";
const ATTESTATION: &str = "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVikSZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAQECAwQF\
    BgcIAQIDBAUGBwgAIGQrWg-LOphx2p75n4f9ruqUCszdyMSzWcOm7AMJsmeUpQECAyYgASFYIAUizYaGIq0EX7HGiTbfTGEy\
    M9Jj-DztiaiUV3CahayJIlggYcuLLB5XRSwGAqQ248U4c2-rMbFLiMPSVOxL-OCWmKw";
const CREDENTIAL: &str = "ZCtaD4s6mHHanvmfh_2u6pQKzN3IxLNZw6bsAwmyZ5Q";
const CHALLENGE: &str = "OTrbw7FWvU797IrVHs0c-2t5vQT2POo9cEZx7xsQA3XFlASuzdE-2T0SUWM1R76qM1vEB8xJsiA";
const CLIENT_DATA: &str = "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiT1RyYnc3Rld2VTc5N0lyVkhzMGMtMnQ1dlFUMlBPbzljRVp4\
    N3hzUUEzWEZsQVN1emRFLTJUMFNVV00xUjc2cU0xdkVCOHhKc2lBIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDozOTU1\
    NSIsImNyb3NzT3JpZ2luIjpmYWxzZX0";
const AUTHENTICATOR_DATA: &str = "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAw";
const SIGNATURE: &str =
    "MEYCIQDQDF5EncoI_SyvzIJDWJhRmie1xAOb07Wz4eeSVIAg6AIhAKWvPdH4kn_T8XMjx8dZyo_tyVS7glYweDGYwgyZ7R3X";

fn decoded(text: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()
}

#[test]
fn a_passkey_that_chromium_made_is_taken_and_signs_in() {
    let client_data = decoded(ADD_CLIENT_DATA);
    let made =
        check_registration(&SITE, &decoded(ADD_CHALLENGE), &client_data, &decoded(ATTESTATION)).unwrap();
    assert_eq!((made.credential.clone(), made.counter), (decoded(CREDENTIAL), 1));

    let (client_data, data) = (decoded(CLIENT_DATA), decoded(AUTHENTICATOR_DATA));
    let signature = decoded(SIGNATURE);
    let assertion = Assertion { client_data: &client_data, authenticator_data: &data, signature: &signature };
    let check =
        |key: &PublicKey, counter| check_assertion(&SITE, &decoded(CHALLENGE), key, counter, &assertion);
    assert_eq!(check(&made.key, 1), Ok(3));
    assert_eq!(check(&made.key, 3), Err(PasskeyError::Counter));
    assert_eq!(check(&PublicKey::EdDsa([3; 32]), 1), Err(PasskeyError::Signature));
    let elsewhere = Site { origin: "http://localhost:39556", ..SITE };
    let moved = check_assertion(&elsewhere, &decoded(CHALLENGE), &made.key, 1, &assertion);
    assert_eq!(moved, Err(PasskeyError::Origin));
}
