//! What every answer carries.

use crate::site::{Answer, filled, start};
use daepyo_server::{Kind, routes};
use daepyo_store::site::Role;
use reqwest::{Method, StatusCode};

fn assert_safe(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{what}");
    assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
    assert_eq!(answer.header("x-request-id").len(), 32, "{what}");
    // Scripts are files of the site; none stands in a page.
    let text = answer.text.replace("<script src=\"/script/", "").replace("defer></script>", "");
    assert!(!text.contains("style=\"") && !text.contains("script>") && !text.contains("<script"), "{what}");
}

#[tokio::test]
async fn every_answer_of_every_row_is_safe() {
    let site = start().await;
    let office = site.signed_in(Role::Office).await;
    for row in routes() {
        for mut browser in [site.browser(), office.clone()] {
            let body = (row.method != Method::GET).then(String::new);
            let answer = browser.ask(row.method.clone(), &filled(&row.path), body).await;
            assert_safe(&answer, &format!("{row:?}"));
            let is_signed_in = browser.cookies.contains_key("daepyo");
            if row.kind == Kind::Page && is_signed_in {
                assert_eq!(answer.header("cache-control"), "no-store", "{row:?}");
            }
        }
    }
    for path in ["/nothing", "/api/nothing", "/%00", "/office/accounts/"] {
        assert_safe(&site.browser().get(path).await, path);
    }
}

#[tokio::test]
async fn the_style_sheet_has_its_digest_in_its_name_and_is_kept() {
    let site = start().await;
    let page = site.browser().get("/").await;
    let path =
        page.text.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    assert!(
        path.starts_with("/style.")
            && path.strip_suffix(".css").is_some()
            && path.len() == "/style..css".len() + 16,
        "{path}"
    );
    let style = site.browser().get(&path).await;
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(style.set_cookies().is_empty());
    let digest = daepyo_core::Digest::of(style.text.as_bytes()).hex();
    assert!(path.contains(&digest[..16]));
    assert_eq!(site.browser().get("/style.0000000000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn health_and_measures_answer_whom_they_should() {
    let site = start().await;
    let health = site.browser().get("/healthz").await;
    assert_eq!((health.status, health.text.as_str()), (StatusCode::OK, "{\"status\":\"ok\"}"));
    let measures = site.browser().get("/metrics").await;
    assert_eq!(measures.status, StatusCode::OK);
    assert!(
        measures.text.contains("daepyo_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"} 1"),
        "{}",
        measures.text
    );
    // Whoever comes through a proxy is not near, though the proxy is.
    let far = site.browser().with("x-forwarded-for", "203.0.113.9").get("/metrics").await;
    assert_eq!(far.status, StatusCode::NOT_FOUND);
}
