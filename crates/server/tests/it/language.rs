//! Which language an answer speaks.

use crate::site::start;
use reqwest::StatusCode;

#[tokio::test]
async fn the_browsers_languages_decide_until_somebody_chooses() {
    let site = start().await;
    assert!(site.browser().get("/").await.text.contains("<html lang=\"ko\">"));
    let mut browser = site.browser().with("accept-language", "fr;q=0.9, ko;q=0.3, en;q=0.5");
    assert!(browser.get("/").await.text.contains("<html lang=\"en\">"));
    let switched = browser.get("/lang?to=ko&back=%2Fsign-in").await;
    assert_eq!((switched.status, switched.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    assert!(browser.get("/").await.text.contains("<html lang=\"ko\">"));
    // A link with the language in it decides for that page and from then on.
    assert!(browser.get("/?lang=en").await.text.contains("<html lang=\"en\">"));
    assert!(browser.get("/sign-in").await.text.contains("<html lang=\"en\">"));
    assert!(browser.get("/?lang=xx").await.text.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn the_switch_leads_back_to_pages_of_this_site_only() {
    let site = start().await;
    for (back, to) in [
        ("%2F%2Fevil.example", "/"),
        ("https:%2F%2Fevil.example", "/"),
        ("%2Fsign-in%2Fcode", "/"),
        ("%2Fsign-in%2Fcode%3Fnext=%2F", "/"),
        ("%2Fbattles%2Fabc%2Fvote", "/"),
        ("%2Fnothing", "/"),
        ("%2Flive", "/"),
        ("%2F%5Cevil.example", "/"),
        ("%2F%3F%2F%2Fevil.example", "/?//evil.example"),
        ("%2Fsign-in%3Fnext%3D%252Fme", "/sign-in?next=%2Fme"),
        ("%2Fstages%2Ffirst%3Fa%3D1", "/stages/first?a=1"),
        ("", "/"),
    ] {
        let answer = site.browser().get(&format!("/lang?to=en&back={back}")).await;
        assert_eq!(answer.header("location"), to, "{back}");
    }
    assert_eq!(site.browser().get("/lang?to=xx").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.browser().get("/lang").await.status, StatusCode::BAD_REQUEST);
}

/// Where the language switch of a page leads, with the mark-up's own signs read.
fn switch_of(page: &str) -> String {
    let link = page.split_once("href=\"/lang?").unwrap().1.split_once('"').unwrap().0;
    format!("/lang?{}", link.replace("&amp;", "&"))
}

#[tokio::test]
async fn the_switch_keeps_what_stands_behind_the_address() {
    let site = start().await;
    let link = site.running.first_run_link().await.unwrap().unwrap();
    let first_run = link.strip_prefix(&site.base).unwrap().to_owned();
    let token = first_run.split_once('=').unwrap().1;
    let mut browser = site.browser();
    let page = browser.get(&format!("{first_run}&lang=ko")).await;
    let switched = browser.get(&switch_of(&page.text)).await;
    assert_eq!(switched.header("location"), first_run);
    let page = browser.get(&first_run).await;
    assert!(page.status == StatusCode::OK && page.text.contains("<html lang=\"en\">"), "{}", page.text);
    // Also where a form was refused.
    let short = [("token", token), ("name", "office"), ("password", "short")];
    let refused = browser.submit("/first-run", &short).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let switched = browser.get(&switch_of(&refused.text)).await;
    assert_eq!(browser.get(switched.header("location")).await.status, StatusCode::OK);

    let page = browser.get("/sign-in?next=%2Foffice%2Fcodes").await;
    let switched = browser.get(&switch_of(&page.text)).await;
    assert_eq!(switched.header("location"), "/sign-in?next=%2Foffice%2Fcodes");
    let wrong = [("name", "nobody"), ("password", "correct horse battery"), ("next", "/office/codes")];
    let refused = browser.submit("/sign-in", &wrong).await;
    let switched = browser.get(&switch_of(&refused.text)).await;
    assert_eq!(switched.header("location"), "/sign-in?next=%2Foffice%2Fcodes");

    let mut office = site.office("office", "correct horse battery").await;
    let page = office.get("/office/codes?below=7").await;
    let switched = office.get(&switch_of(&page.text)).await;
    assert_eq!(switched.header("location"), "/office/codes?below=7");
}

#[tokio::test]
async fn the_switch_of_a_page_for_everybody_has_nobodys_query() {
    let site = start().await;
    let first = site.browser().get("/about?lang=en&secret=1").await;
    assert!(switch_of(&first.text).ends_with("back=%2Fabout"), "{}", first.text);
    let second = site.browser().get("/about?lang=en").await;
    assert_eq!(first.text, second.text);
}

#[tokio::test]
async fn every_page_says_everything_in_both_languages() {
    let site = start().await;
    let mut office = site.office("office", "correct horse battery").await;
    for path in ["/", "/office/accounts", "/nothing"] {
        for word in ["ko", "en"] {
            let page = office.get(&format!("{path}?lang={word}")).await;
            assert!(!page.text.contains("{site-"), "{path} {word}: {}", page.text);
            assert!(
                page.text.contains("<main id=\"main\"") && page.text.contains("href=\"#main\""),
                "{path}"
            );
        }
    }
}
