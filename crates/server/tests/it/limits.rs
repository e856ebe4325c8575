//! Too many requests.

use crate::site::{TestSite, start_with};
use daepyo_server::{Limit, Settings};
use daepyo_store::site::Role;
use reqwest::{Method, StatusCode};
use std::time::Duration;

fn few(settings: &mut Settings) {
    settings.limits.read = Limit { burst: 3, per_minute: 60 };
    settings.limits.address_factor = 2;
}

async fn answered(site: &TestSite, forwarded: &str, times: usize) -> usize {
    let mut answered = 0;
    for _ in 0..times {
        let answer = site.browser().with("x-forwarded-for", forwarded).get("/").await;
        if answer.status == StatusCode::OK {
            answered += 1;
        } else {
            assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
        }
    }
    answered
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_changes_their_address() {
    let site = start_with(few).await;
    assert_eq!(answered(&site, "203.0.113.1", 4).await, 4);
    assert_eq!(answered(&site, "203.0.113.2", 4).await, 2);
    site.clock.step(Duration::from_secs(1));
    assert_eq!(answered(&site, "203.0.113.3", 4).await, 2);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_limit() {
    let site = start_with(|settings| {
        few(settings);
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let site = site.await;
    assert_eq!(answered(&site, "203.0.113.1", 8).await, 6);
    assert_eq!(answered(&site, "203.0.113.2", 8).await, 6);
    // What the client itself wrote in front is not believed.
    assert_eq!(answered(&site, "198.51.100.7, 203.0.113.2", 3).await, 0);
    assert_eq!(answered(&site, "2001:db8::1", 4).await, 4);
    assert_eq!(answered(&site, "2001:db8::2", 4).await, 2);
}

#[tokio::test]
async fn an_account_has_its_own_limit_wherever_it_asks_from() {
    let site = start_with(|settings| {
        few(settings);
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let site = site.await;
    let mut citizen = site.signed_in(Role::Citizen).await;
    let mut answered = 0;
    for client in 0..6 {
        citizen = citizen.with("x-forwarded-for", &format!("203.0.113.{client}"));
        answered += usize::from(citizen.get("/").await.status == StatusCode::OK);
    }
    assert_eq!(answered, 3);
}

#[tokio::test]
async fn guesses_at_one_name_are_few_from_anywhere() {
    let site = start_with(|settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        settings.limits.sign_in = Limit { burst: 3, per_minute: 1 };
    });
    let site = site.await;
    let mut statuses = Vec::new();
    for client in 0..5 {
        let mut browser = site.browser().with("x-forwarded-for", &format!("203.0.113.{client}"));
        let fields = [("name", "office"), ("password", "guess guess guess")];
        statuses.push(browser.submit("/sign-in", &fields).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 429, 429]);
}

#[tokio::test]
async fn requests_without_a_row_are_limited_too_and_each_is_counted_once() {
    let site = start_with(few).await;
    let mut statuses = Vec::new();
    for (method, path) in [
        (Method::GET, "/nothing"),
        (Method::GET, "/api/nothing"),
        (Method::DELETE, "/about"),
        (Method::GET, "/nothing"),
        (Method::GET, "/about"),
        (Method::GET, "/nothing"),
        (Method::GET, "/nothing"),
        (Method::DELETE, "/about"),
        (Method::GET, "/about"),
        (Method::GET, "/healthz"),
    ] {
        statuses.push(site.browser().ask(method, path, None).await.status.as_u16());
    }
    assert_eq!(statuses, [404, 404, 405, 404, 200, 404, 429, 429, 429, 200]);
}

#[tokio::test]
async fn a_session_is_looked_up_only_where_the_address_may_ask() {
    let site = start_with(few).await;
    let mut citizen = site.signed_in(Role::Citizen).await;
    assert!(citizen.get("/about").await.text.contains("action=\"/sign-out\""));
    for _ in 0..5 {
        site.browser().get("/nothing").await;
    }
    let refused = citizen.get("/about").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.text.contains("action=\"/sign-out\""), "{}", refused.text);
    // They are signed in all the same.
    site.clock.step(Duration::from_secs(1));
    assert!(citizen.get("/about").await.text.contains("action=\"/sign-out\""));
}
