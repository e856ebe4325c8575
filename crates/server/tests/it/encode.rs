//! What goes out compressed, and what never does.

use crate::site::{Browser, start};
use daepyo_store::site::Role;

fn takes(browser: Browser, encodings: &str) -> Browser {
    browser.with("accept-encoding", encodings)
}

#[tokio::test]
async fn pages_without_a_secret_and_the_sites_files_are_compressed_where_the_browser_takes_it() {
    let site = start().await;
    let page = takes(site.browser(), "br, gzip;q=0.5").get("/").await;
    assert_eq!(page.header("content-encoding"), "gzip");
    assert!(page.headers.get_all("vary").iter().any(|value| value == "accept-encoding"));
    let plain = site.browser().get("/").await;
    assert_eq!((plain.header("content-encoding"), plain.text.contains("<main")), ("", true));
    let refused = takes(site.browser(), "gzip;q=0, br").get("/").await;
    assert_eq!(refused.header("content-encoding"), "");
    let style = plain.text.split("href=\"/style.").nth(1).unwrap().split('"').next().unwrap();
    let style = takes(site.browser(), "gzip").get(&format!("/style.{style}")).await;
    assert_eq!(style.header("content-encoding"), "gzip");
}

/// Otherwise the length of a page would tell the token of its forms, letter by letter.
#[tokio::test]
async fn no_page_with_a_token_of_forms_is_compressed() {
    let site = start().await;
    let mut stranger = takes(site.browser(), "gzip");
    let form = stranger.get("/sign-in").await;
    assert_eq!(form.header("content-encoding"), "");
    assert!(form.hidden("csrf").is_some());
    assert_eq!(
        stranger.get("/").await.header("content-encoding"),
        "",
        "its token may stand in any page from now on"
    );
    let mut office = takes(site.signed_in(Role::Office).await, "gzip");
    assert_eq!(office.get("/").await.header("content-encoding"), "");
}
