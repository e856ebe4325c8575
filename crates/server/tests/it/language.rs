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
        ("", "/"),
    ] {
        let answer = site.browser().get(&format!("/lang?to=en&back={back}")).await;
        assert_eq!(answer.header("location"), to, "{back}");
    }
    assert_eq!(site.browser().get("/lang?to=xx").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(site.browser().get("/lang").await.status, StatusCode::BAD_REQUEST);
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
