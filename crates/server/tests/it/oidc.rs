//! Signing in with an identity provider, and every way in which one may be false or fail.

use crate::provider::{Fault, Key, Provider};
use crate::site::{Answer, Browser, TestSite, logged, start_with};
use daepyo_server::Clock as _;
use daepyo_store::site::Role;
use reqwest::StatusCode;
use ring::hmac;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// 2026-12-01T00:00:00Z, where the site's clock begins.
const NOW_S: i64 = 1_796_083_200;

async fn start() -> (TestSite, Provider) {
    let provider = Provider::start(NOW_S).await;
    let settings = provider.settings("test");
    let site = start_with(|all| {
        all.oidc = vec![settings];
        all.oidc_patience = Duration::from_millis(400);
    });
    (site.await, provider)
}

/// Begins a sign-in; gives where the site leads to.
async fn begin(browser: &mut Browser, next: &str) -> String {
    browser.get("/sign-in").await;
    let answer = browser.get(&format!("/sign-in/oidc/test?next={next}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.header("location").to_owned()
}

fn path(back: &url::Url) -> String {
    format!("{}?{}", back.path(), back.query().unwrap())
}

/// A whole sign-in.
async fn sign_in(site: &TestSite, provider: &Provider) -> (Browser, Answer) {
    let mut browser = site.browser();
    let back = provider.agree(&begin(&mut browser, "/me").await);
    let answer = browser.get(&path(&back)).await;
    (browser, answer)
}

fn refused(answer: &Answer, code: &str) {
    assert!(answer.text.contains(code), "{code}: {} {}", answer.status, answer.text);
    assert!(answer.set_cookies().iter().all(|cookie| !cookie.starts_with("daepyo=")));
}

#[tokio::test]
async fn a_citizen_signs_in_and_is_the_same_person_the_next_time() {
    let (site, provider) = start().await;
    let page = site.browser().get("/sign-in").await;
    assert!(page.text.contains("시험 인증"), "{}", page.text);
    let (mut browser, entered) = sign_in(&site, &provider).await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/me"));
    let me = browser.get("/me").await;
    assert_eq!(me.status, StatusCode::OK);
    let number =
        |answer: &Answer| answer.text.split("<dd>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(browser.get("/office/accounts").await.status, StatusCode::FORBIDDEN);
    let (mut again, _) = sign_in(&site, &provider).await;
    assert_eq!(number(&again.get("/me").await), number(&me));
    provider.script.lock().unwrap().subject = "lee".to_owned();
    let (mut other, _) = sign_in(&site, &provider).await;
    assert_ne!(number(&other.get("/me").await), number(&me));

    // Asked once each, and with the secret where it belongs (RFC 6749, 2.3.1).
    let script = provider.script.lock().unwrap();
    assert_eq!((script.asked["discovery"], script.asked["jwks"], script.asked["token"]), (1, 1, 3));
    let basic = "Basic YStzaXRlOnMlM0FlJTJCY3JldA==";
    assert_eq!(script.exchanged.0, basic);
    assert!(!script.exchanged.1.contains("client_secret"), "{}", script.exchanged.1);
    drop(script);

    // Nothing of the person is kept or logged.
    for entry in std::fs::read_dir(site.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        let text = String::from_utf8_lossy(&bytes);
        for word in ["kim@example.kr", "김민준", "\"kim\"", &provider.issuer] {
            assert!(!text.contains(word), "{} in {}", word, path.display());
        }
    }
    let log = logged();
    for word in ["kim@example.kr", "김민준", "code-0", "s:e+cret", "id_token"] {
        assert!(!log.contains(word), "{word}");
    }
}

/// Changes a token's header and claims.
type Change = fn(&mut Value, &mut Value);
/// Signs a token in a way of its own.
type Sign = fn(&str, &Value) -> Vec<u8>;

#[tokio::test]
async fn a_token_that_is_false_in_any_way_signs_nobody_in() {
    let (site, provider) = start().await;
    let cases: [(&str, Change); 11] = [
        ("nonce", |_, claims| claims["nonce"] = json!("another")),
        ("no nonce", |_, claims| claims["nonce"] = Value::Null),
        ("audience", |_, claims| claims["aud"] = json!("another")),
        ("audiences", |_, claims| claims["aud"] = json!(["a site", "another"])),
        ("party", |_, claims| claims["azp"] = json!("another")),
        ("issuer", |_, claims| claims["iss"] = json!("https://id.example")),
        ("expired", |_, claims| claims["exp"] = json!(NOW_S - 61)),
        ("future", |_, claims| claims["iat"] = json!(NOW_S + 61)),
        ("subject", |_, claims| claims["sub"] = json!("")),
        ("none", |header, _| header["alg"] = json!("none")),
        ("key", |header, _| header["kid"] = json!("another")),
    ];
    for (what, change) in cases {
        provider.script.lock().unwrap().change = change;
        let (_, answer) = sign_in(&site, &provider).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{what}");
        refused(&answer, "server::provider_answer");
    }
    let signs: [(&str, Sign); 4] = [
        ("none", |_, _| Vec::new()),
        ("zeros", |_, _| vec![0; 64]),
        ("secret", |signed, jwk| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, jwk.to_string().as_bytes());
            hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }),
        ("short", |_, _| vec![1; 10]),
    ];
    for (what, sign) in signs {
        {
            let mut script = provider.script.lock().unwrap();
            script.sign = Some(sign);
            script.change =
                if what == "secret" { |header, _| header["alg"] = json!("HS256") } else { |_, _| {} };
        }
        let (_, answer) = sign_in(&site, &provider).await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{what}");
        refused(&answer, "server::provider_answer");
    }
    provider.script.lock().unwrap().sign = None;
    provider.script.lock().unwrap().change = |_, _| {};
    assert_eq!(sign_in(&site, &provider).await.1.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_sign_in_is_bound_to_its_browser_its_provider_and_its_time_and_serves_once() {
    let (site, provider) = start().await;
    // Another browser, with or without a sign-in of its own under way: an attacker's code signs nobody in.
    let mut attacker = site.browser();
    let back = provider.agree(&begin(&mut attacker, "/").await);
    let mut victim = site.browser();
    refused(&victim.get(&path(&back)).await, "server::sign_in_stale");
    begin(&mut victim, "/").await;
    refused(&victim.get(&path(&back)).await, "server::sign_in_stale");
    // Another session's forms with the same cookie of the sign-in.
    let mut half = site.browser();
    half.get("/sign-in").await;
    half.cookies.insert("daepyo-oidc".to_owned(), attacker.cookies["daepyo-oidc"].clone());
    refused(&half.get(&path(&back)).await, "server::sign_in_stale");

    // A changed state, and none.
    let with_state = |state: &str| {
        let mut changed = back.clone();
        changed.query_pairs_mut().clear().append_pair("code", "code-0").append_pair("state", state);
        path(&changed)
    };
    for state in ["", "AAAA", "가"] {
        refused(&attacker.clone().get(&with_state(state)).await, "server::sign_in_stale");
    }
    // Once.
    let mut copy = attacker.clone();
    assert_eq!(attacker.get(&path(&back)).await.status, StatusCode::SEE_OTHER);
    refused(&copy.get(&path(&back)).await, "server::sign_in_stale");

    // Too late.
    let mut slow = site.browser();
    let back = provider.agree(&begin(&mut slow, "/").await);
    site.clock.step(Duration::from_secs(601));
    refused(&slow.get(&path(&back)).await, "server::sign_in_stale");
}

#[tokio::test]
async fn one_provider_cannot_answer_for_another() {
    let (honest, evil) = (Provider::start(NOW_S).await, Provider::start(NOW_S).await);
    let all = vec![honest.settings("test"), evil.settings("evil")];
    let site = start_with(|settings| settings.oidc = all).await;
    // The browser set out for one and comes back at the other's address, or with the other's name.
    let mut browser = site.browser();
    let back = honest.agree(&begin(&mut browser, "/").await);
    let elsewhere = path(&back).replace("/oidc/test/", "/oidc/evil/");
    refused(&browser.clone().get(&elsewhere).await, "server::sign_in_stale");
    let renamed = |issuer: &str| {
        let mut renamed = back.clone();
        let kept = |(name, _): &(String, String)| name != "iss";
        let pairs: Vec<_> = back.query_pairs().into_owned().filter(kept).collect();
        renamed.query_pairs_mut().clear().extend_pairs(pairs);
        if !issuer.is_empty() {
            renamed.query_pairs_mut().append_pair("iss", issuer);
        }
        path(&renamed)
    };
    refused(&browser.get(&renamed(&evil.issuer)).await, "server::provider_answer");
    // One that says it names itself must.
    let mut browser = site.browser();
    let back = honest.agree(&begin(&mut browser, "/").await);
    let mut unnamed = back.clone();
    let pairs: Vec<_> = back.query_pairs().into_owned().filter(|(name, _)| name != "iss").collect();
    unnamed.query_pairs_mut().clear().extend_pairs(pairs);
    refused(&browser.get(&path(&unnamed)).await, "server::provider_answer");
    assert_eq!(honest.script.lock().unwrap().asked.get("token"), None);
}

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_names_one_and_not_more_often_than_that() {
    let (site, provider) = start().await;
    assert_eq!(sign_in(&site, &provider).await.1.status, StatusCode::SEE_OTHER);
    provider.script.lock().unwrap().key = Key::new("second");
    // Not at once: what a token names must not make the site ask and ask.
    assert_eq!(sign_in(&site, &provider).await.1.status, StatusCode::BAD_GATEWAY);
    assert_eq!(provider.script.lock().unwrap().asked["jwks"], 1);
    site.clock.step(Duration::from_secs(11));
    assert_eq!(sign_in(&site, &provider).await.1.status, StatusCode::SEE_OTHER);
    assert_eq!(provider.script.lock().unwrap().asked["jwks"], 2);
    // The old key is none any more, and after an hour all is asked for again.
    site.clock.step(Duration::from_secs(3601));
    provider.script.lock().unwrap().now_s += 3612;
    assert_eq!(sign_in(&site, &provider).await.1.status, StatusCode::SEE_OTHER);
    let script = provider.script.lock().unwrap();
    assert_eq!((script.asked["jwks"], script.asked["discovery"]), (3, 2));
}

#[tokio::test]
async fn a_provider_that_fails_is_told_of_in_both_languages_and_bounded() {
    let faults = [Fault::Down, Fault::Slow, Fault::Huge, Fault::Endless, Fault::Redirects];
    for fault in faults {
        let (site, provider) = start().await;
        provider.script.lock().unwrap().fault = fault;
        provider.script.lock().unwrap().at = "discovery";
        let begun = Instant::now();
        for (language, words) in [("ko", "신원 확인 서비스에 연결하지"), ("en", "cannot be reached")]
        {
            let answer = site.browser().get(&format!("/sign-in/oidc/test?lang={language}")).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
            assert!(answer.text.contains(words), "{fault:?}: {}", answer.text);
            refused(&answer, "server::provider_away");
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{fault:?}");
        // It failed a moment ago: the second one did not ask again.
        assert_eq!(provider.script.lock().unwrap().asked["discovery"], 1, "{fault:?}");
        // Back again.
        provider.script.lock().unwrap().fault = Fault::None;
        site.clock.step(Duration::from_secs(6));
        assert_eq!(sign_in(&site, &provider).await.1.status, StatusCode::SEE_OTHER, "{fault:?}");
        // And each later answer.
        for at in ["token", "jwks"] {
            site.clock.step(Duration::from_secs(3601));
            provider.script.lock().unwrap().now_s = site.clock.now_ms() / 1000;
            let mut browser = site.browser();
            let back = provider.agree(&begin(&mut browser, "/").await);
            provider.script.lock().unwrap().fault = fault;
            provider.script.lock().unwrap().at = at;
            let answer = browser.get(&path(&back)).await;
            provider.script.lock().unwrap().fault = Fault::None;
            let is_refused = matches!(answer.status.as_u16(), 502 | 503);
            assert!(is_refused, "{fault:?} at {at}: {}", answer.status);
            refused(&answer, "server::provider_a");
        }
    }
}

#[tokio::test]
async fn a_provider_that_says_something_false_of_itself_is_not_used() {
    for (fault, at) in [(Fault::OtherIssuer, ""), (Fault::PlainEndpoint, ""), (Fault::NoJson, "discovery")] {
        let (site, provider) = start().await;
        provider.script.lock().unwrap().fault = fault;
        provider.script.lock().unwrap().at = at;
        let answer = site.browser().get("/sign-in/oidc/test").await;
        assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "{fault:?}");
        refused(&answer, "server::provider_answer");
    }
    let (site, provider) = start().await;
    let mut browser = site.browser();
    let back = provider.agree(&begin(&mut browser, "/").await);
    provider.script.lock().unwrap().fault = Fault::Refuses;
    provider.script.lock().unwrap().at = "token";
    refused(&browser.get(&path(&back)).await, "server::provider_answer");
    assert_eq!(site.browser().get("/sign-in/oidc/other").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_who_declines_is_back_at_the_sign_in_and_nothing_of_the_provider_is_shown() {
    let (site, provider) = start().await;
    let mut browser = site.browser();
    let back = provider.agree(&begin(&mut browser, "/").await);
    let state = back.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("state", state.as_str()), ("iss", &provider.issuer), ("error", "access_denied")])
        .append_pair("error_description", "<b>call 010-1234</b>")
        .finish();
    let answer = browser.get(&format!("/sign-in/oidc/test/callback?{query}")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.text.contains("010-1234"), "{}", answer.text);
    // No address leads off the site in the end.
    let mut browser = site.browser();
    let back = provider.agree(&begin(&mut browser, "//evil.example").await);
    assert_eq!(browser.get(&path(&back)).await.header("location"), "/");
}

#[tokio::test]
async fn signing_out_offers_the_providers_own_sign_out() {
    let (site, provider) = start().await;
    let (mut browser, _) = sign_in(&site, &provider).await;
    let out = browser.submit("/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/signed-out?way=test");
    assert!(!browser.cookies.contains_key("daepyo") && !browser.cookies.contains_key("daepyo-way"));
    let page = browser.get("/signed-out?way=test&lang=en").await;
    let link = page.text.split("class=\"button\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let link: url::Url = link.replace("&amp;", "&").parse().unwrap();
    assert!(link.as_str().starts_with(&format!("{}/leave?x=1&", provider.issuer)), "{link}");
    let pairs: Vec<_> = link.query_pairs().into_owned().collect();
    assert_eq!(pairs[1], ("client_id".to_owned(), "a site".to_owned()));
    assert_eq!(pairs[2], ("post_logout_redirect_uri".to_owned(), format!("{}/signed-out", site.base)));
    assert_eq!(browser.get("/signed-out?way=none").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_office_gives_a_role_to_somebody_who_came_from_a_provider() {
    let (site, provider) = start().await;
    let (mut browser, _) = sign_in(&site, &provider).await;
    let me = browser.get("/me").await;
    let number = me.text.split("<dd>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let mut office = site.signed_in(Role::Office).await;
    let own = site.person(Role::Office).await.0.to_string();
    let fields = |person: &str, role: &str| {
        [("person".to_owned(), person.to_owned()), ("role".to_owned(), role.to_owned())]
    };
    for (person, role, status) in [
        (number.as_str(), "king", StatusCode::UNPROCESSABLE_ENTITY),
        (number.as_str(), "team", StatusCode::UNPROCESSABLE_ENTITY),
        ("x", "expert", StatusCode::UNPROCESSABLE_ENTITY),
        ("999999", "expert", StatusCode::UNPROCESSABLE_ENTITY),
        (own.as_str(), "citizen", StatusCode::UNPROCESSABLE_ENTITY),
        (number.as_str(), "auditor", StatusCode::SEE_OTHER),
    ] {
        let fields = fields(person, role);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(office.submit("/office/people", &fields).await.status, status, "{person} {role}");
    }
    assert_eq!(browser.get("/office/accounts").await.status, StatusCode::OK);
}
