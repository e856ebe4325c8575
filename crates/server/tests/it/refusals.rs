//! Refusals as pages in both languages and as problem+json.

use crate::site::start;
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn pages_say_it_in_the_readers_language() {
    let site = start().await;
    let missing = site.browser().get("/nothing?lang=ko").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("content-type"), "text/html; charset=utf-8");
    assert!(missing.text.contains("그런 쪽이 없습니다."), "{}", missing.text);
    assert!(missing.text.contains(missing.header("x-request-id")), "{}", missing.text);
    let missing = site.browser().get("/nothing?lang=en").await;
    assert!(missing.text.contains("There is no such page."), "{}", missing.text);
    for (word, said) in [("ko", "그렇게 요청할 수 없습니다"), ("en", "does not take such a request")]
    {
        let wrong = site.browser().ask(Method::DELETE, &format!("/sign-in?lang={word}"), None).await;
        assert_eq!(
            (wrong.status, wrong.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, POST")
        );
        assert!(wrong.text.contains(said), "{}", wrong.text);
    }
}

#[tokio::test]
async fn the_api_says_it_as_a_problem() {
    let site = start().await;
    let missing = site.browser().with("accept-language", "en").get("/api/nothing").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("content-type"), "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&missing.text).unwrap();
    assert_eq!(problem["type"], "urn:daepyo:server::not_found");
    assert_eq!(problem["title"], "There is no such page.");
    assert_eq!(problem["status"], 404);
    assert_eq!(problem["code"], "server::not_found");
    assert_eq!(problem["request_id"], missing.header("x-request-id"));
    assert!(problem["detail"].is_string());
}

#[tokio::test]
async fn what_is_asked_for_never_becomes_markup() {
    let site = start().await;
    for path in ["/sign-in?next=%22%3E%3Cb%3E", "/%22%3E%3Cb%3E", "/first-run?token=%22%3E%3Cb%3E"] {
        let answer = site.browser().get(path).await;
        assert!(!answer.text.contains("\"><b>"), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_head_request_has_no_body() {
    let site = start().await;
    let head = site.browser().ask(Method::HEAD, "/", None).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
}
