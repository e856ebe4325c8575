//! Forms of other sites change nothing.

use crate::site::{start, start_with};
use daepyo_store::site::Role;
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn a_form_without_the_sessions_own_token_is_refused() {
    let site = start().await;
    let mut office = site.signed_in(Role::Office).await;
    let mut other = site.signed_in(Role::Auditor).await;
    let own = office.csrf().await;
    let others = other.csrf().await;
    let nobodys = site.browser().csrf().await;
    assert_ne!(own, others);
    let mut flipped = own.clone();
    flipped.replace_range(..1, if own.starts_with('A') { "B" } else { "A" });
    for (what, token) in
        [("none", ""), ("another's", &others), ("nobody's", &nobodys), ("flipped", &flipped), ("odd", "가!")]
    {
        let answer = office.post("/office/codes", &[("csrf", token), ("count", "1")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
        assert!(answer.text.contains("server::forged"), "{what}");
    }
    assert_eq!(office.post("/office/codes", &[("count", "1")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(office.post("/office/codes", &[("csrf", &own), ("count", "1")]).await.status, StatusCode::OK);
    // Scripts send it in a header.
    let mut script = office.clone().with("x-csrf", &own);
    assert_eq!(script.post("/office/codes", &[("count", "1")]).await.status, StatusCode::OK);
    // A token in the address is none.
    let path = format!("/office/codes?csrf={own}");
    assert_eq!(office.post(&path, &[("count", "1")]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_request_that_another_site_makes_is_refused_even_with_the_token() {
    let site = start().await;
    let mut office = site.signed_in(Role::Office).await;
    let own = office.csrf().await;
    let base = site.base.clone();
    let cases = [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("origin", base.as_str(), StatusCode::OK),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-origin", StatusCode::OK),
    ];
    for (name, value, status) in cases {
        let mut browser = office.clone().with(name, value);
        let answer = browser.post("/office/codes", &[("csrf", &own), ("count", "1")]).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
}

#[tokio::test]
async fn signing_in_needs_the_browsers_own_form() {
    let site = start().await;
    let mut victim = site.browser();
    let attackers = site.browser().csrf().await;
    victim.get("/sign-in").await;
    let fields = [("csrf", attackers.as_str()), ("code", "x")];
    assert_eq!(victim.post("/sign-in/code", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.browser().post("/sign-in/code", &fields).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let site = start_with(|settings| settings.body_limit_bytes = 1000).await;
    let mut office = site.signed_in(Role::Office).await;
    let csrf = office.csrf().await;
    let body = |length: usize| format!("csrf={csrf}&count=1&x={}", "y".repeat(length));
    assert_eq!(office.ask(Method::POST, "/office/codes", Some(body(100))).await.status, StatusCode::OK);
    let large = office.ask(Method::POST, "/office/codes", Some(body(1000))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    // A row's own limit comes before the site's.
    let large = site.browser().ask(Method::POST, "/sign-in", Some("x".repeat(5000))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
}
