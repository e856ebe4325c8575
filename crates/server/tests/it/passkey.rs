//! Passkeys, by an authenticator that is written here.

use crate::site::{Answer, Browser, TestSite, base64, start, start_with};
use daepyo_store::site::Role;
use reqwest::StatusCode;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use std::time::Duration;

/// An authenticator with one passkey.
struct Authenticator {
    pair: EcdsaKeyPair,
    id: [u8; 32],
    counter: u32,
    handle: String,
    origin: String,
    site: &'static str,
}

impl Authenticator {
    fn new(site: &TestSite) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let mut id = [0; 32];
        id.copy_from_slice(digest(&SHA256, pkcs8.as_ref()).as_ref());
        let origin = site.base.replace("127.0.0.1", "localhost");
        Self { pair, id, counter: 0, handle: String::new(), origin, site: "localhost" }
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let origin = &self.origin;
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}","crossOrigin":false}}"#)
            .into_bytes()
    }

    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        [digest(&SHA256, self.site.as_bytes()).as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// The fields that the page's script sends for a new passkey.
    fn make(&mut self, page: &Answer) -> Vec<(&'static str, String)> {
        let challenge = page.hidden("challenge").unwrap();
        let handle = page.text.split("data-handle=\"").nth(1).unwrap();
        handle.split('"').next().unwrap().clone_into(&mut self.handle);
        let point = self.pair.public_key().as_ref().to_vec();
        let key = [
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..],
            &point[1..33],
            &[0x22, 0x58, 32],
            &point[33..],
        ]
        .concat();
        let mut data = self.data(0x45);
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend(self.id);
        data.extend(key);
        let length = u8::try_from(data.len()).unwrap();
        let object = [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[length], &data].concat();
        let client = self.client_data("webauthn.create", &challenge);
        vec![("challenge", challenge), ("client_data", base64(&client)), ("attestation", base64(&object))]
    }

    /// The fields that the page's script sends for a sign-in.
    fn sign(&mut self, page: &Answer) -> Vec<(&'static str, String)> {
        let challenge = page.hidden("challenge").unwrap();
        let client = self.client_data("webauthn.get", &challenge);
        let data = self.data(0x05);
        let signed = [&data[..], digest(&SHA256, &client).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        vec![
            ("challenge", challenge),
            ("credential", base64(&self.id)),
            ("client_data", base64(&client)),
            ("authenticator_data", base64(&data)),
            ("signature", base64(signature.as_ref())),
            ("handle", self.handle.clone()),
            ("next", "/me".to_owned()),
        ]
    }
}

async fn named() -> TestSite {
    start_with(|settings| settings.base_url.set_host(Some("localhost")).unwrap()).await
}

async fn send(browser: &mut Browser, path: &str, page: &Answer, fields: &[(&str, String)]) -> Answer {
    let csrf = page.hidden("csrf").unwrap();
    let all: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &[&[("csrf", csrf.as_str())][..], &all[..]].concat()).await
}

/// Somebody with a passkey, and its authenticator.
async fn registered(site: &TestSite, role: Role) -> (Browser, Authenticator) {
    let mut browser = site.signed_in(role).await;
    let mut authenticator = Authenticator::new(site);
    let page = browser.get("/me").await;
    let fields = authenticator.make(&page);
    let added = send(&mut browser, "/me/passkeys", &page, &fields).await;
    assert_eq!((added.status, added.header("location")), (StatusCode::SEE_OTHER, "/me#passkeys"));
    (browser, authenticator)
}

#[tokio::test]
async fn a_passkey_is_added_signs_in_and_is_removed() {
    let site = named().await;
    let (mut browser, mut authenticator) = registered(&site, Role::Office).await;
    let me = browser.get("/me").await;
    let id = base64(&authenticator.id);
    assert!(me.text.contains(&id[..8]), "{}", me.text);
    // The browser is told which one it has already.
    assert!(me.text.contains(&format!("data-known=\"{id}\"")), "{}", me.text);

    let mut fresh = site.browser();
    let page = fresh.get("/sign-in").await;
    let fields = authenticator.sign(&page);
    let entered = send(&mut fresh, "/sign-in/passkey", &page, &fields).await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/me"));
    assert_eq!(fresh.get("/office/accounts").await.status, StatusCode::OK);

    // Somebody else cannot remove it; its owner can, and then it signs nobody in.
    let mut other = site.signed_in(Role::Expert).await;
    other.submit("/me/passkeys/remove", &[("credential", &id)]).await;
    assert!(browser.get("/me").await.text.contains(&id[..8]));
    let removed = browser.submit("/me/passkeys/remove", &[("credential", &id)]).await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert!(!browser.get("/me").await.text.contains(&id[..8]));
    let mut late = site.browser();
    let page = late.get("/sign-in").await;
    let fields = authenticator.sign(&page);
    let refused = send(&mut late, "/sign-in/passkey", &page, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_answer_serves_once_in_its_own_browser_and_in_time() {
    let site = named().await;
    let (_, mut authenticator) = registered(&site, Role::Citizen).await;
    let wrong = |answer: &Answer| {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        assert!(answer.set_cookies().iter().all(|cookie| !cookie.starts_with("daepyo=")));
    };
    let mut browser = site.browser();
    let page = browser.get("/sign-in").await;
    let fields = authenticator.sign(&page);
    // Stolen on its way and sent from elsewhere.
    let mut thief = site.browser();
    let own = thief.get("/sign-in").await;
    wrong(&send(&mut thief, "/sign-in/passkey", &own, &fields).await);
    let mut copy = browser.clone();
    assert_eq!(send(&mut browser, "/sign-in/passkey", &page, &fields).await.status, StatusCode::SEE_OTHER);
    wrong(&send(&mut copy, "/sign-in/passkey", &page, &fields).await);

    let mut slow = site.browser();
    let page = slow.get("/sign-in").await;
    let fields = authenticator.sign(&page);
    site.clock.step(Duration::from_secs(601));
    wrong(&send(&mut slow, "/sign-in/passkey", &page, &fields).await);
}

#[tokio::test]
async fn a_false_answer_signs_nobody_in() {
    let site = named().await;
    let (_, mut authenticator) = registered(&site, Role::Citizen).await;
    let (_, stranger) = registered(&site, Role::Expert).await;
    let origin = authenticator.origin.clone();
    for what in ["origin", "site", "counter", "signature", "handle", "credential", "purpose", "nothing"] {
        let mut browser = site.browser();
        let mut page = browser.get("/sign-in").await;
        match what {
            "origin" => authenticator.origin = "https://evil.example".to_owned(),
            "site" => authenticator.site = "evil.example",
            "counter" => authenticator.counter = 0,
            // A challenge for adding a passkey is none for a sign-in.
            "purpose" => {
                browser = site.signed_in(Role::Citizen).await;
                page = browser.get("/me").await;
            }
            _ => {}
        }
        let before = browser.cookies.get("daepyo").cloned();
        let mut fields = authenticator.sign(&page);
        authenticator.origin.clone_from(&origin);
        authenticator.site = "localhost";
        match what {
            "signature" => {
                let other = if fields[4].1[12..].starts_with('A') { "B" } else { "A" };
                fields[4].1.replace_range(12..13, other);
            }
            "handle" => fields[5].1.clone_from(&stranger.handle),
            "credential" => fields[1].1 = base64(&[5; 32]),
            "nothing" => fields.retain(|(name, _)| *name == "challenge"),
            _ => {}
        }
        let answer = send(&mut browser, "/sign-in/passkey", &page, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert_eq!(browser.cookies.get("daepyo").cloned(), before, "{what}");
        if what == "counter" {
            authenticator.counter = 10;
        }
    }
    let mut browser = site.browser();
    let page = browser.get("/sign-in").await;
    let fields = authenticator.sign(&page);
    let entered = send(&mut browser, "/sign-in/passkey", &page, &fields).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_false_registration_adds_nothing() {
    let site = named().await;
    let mut browser = site.signed_in(Role::Citizen).await;
    let mut authenticator = Authenticator::new(&site);
    let page = browser.get("/me").await;
    authenticator.origin = "https://evil.example".to_owned();
    let fields = authenticator.make(&page);
    assert_eq!(
        send(&mut browser, "/me/passkeys", &page, &fields).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // The challenge is spent with it, and another person's is none.
    let mut honest = Authenticator::new(&site);
    let fields = honest.make(&page);
    assert_eq!(
        send(&mut browser, "/me/passkeys", &page, &fields).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let others = site.signed_in(Role::Expert).await.get("/me").await;
    let fields = honest.make(&others);
    assert_eq!(
        send(&mut browser, "/me/passkeys", &page, &fields).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // Known to the site already, under somebody else.
    let (_, mut taken) = registered(&site, Role::Office).await;
    let page = browser.get("/me").await;
    let fields = taken.make(&page);
    let answer = send(&mut browser, "/me/passkeys", &page, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let empty = browser.submit("/me/passkeys", &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn pages_with_passkeys_load_the_sites_own_script_and_no_other() {
    let site = named().await;
    let page = site.browser().get("/sign-in").await;
    let scripts: Vec<_> = page.text.split("<script").skip(1).collect();
    assert_eq!(scripts.len(), 1);
    let path = scripts[0].strip_prefix(" src=\"").unwrap().split('"').next().unwrap().to_owned();
    assert!(path.starts_with("/script/passkey.") && scripts[0].contains("></script>"), "{}", scripts[0]);
    let script = site.browser().get(&path).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(page.text.contains("<noscript>"));
    // Browsers take no passkeys for a site that is a number.
    let numbered = start().await;
    assert!(!numbered.browser().get("/sign-in").await.text.contains("data-passkey"));
    let mut citizen = numbered.signed_in(Role::Citizen).await;
    assert!(!citizen.get("/me").await.text.contains("data-passkey"));
}
