//! Own sessions and passwords; accounts that the office resets and disables; codes that it revokes.

use crate::site::{Answer, Browser, TestSite, start, start_with};
use daepyo_store::site::Role;
use reqwest::StatusCode;
use std::time::Duration;

const PASSWORD: &str = "correct horse battery";

/// Names and values of a form.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// A password that a page shows.
fn shown(page: &Answer) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.text.split_once("class=\"secret\">").unwrap().1.split_once('<').unwrap().0.to_owned()
}

async fn enter(site: &TestSite, name: &str, password: &str) -> (Browser, StatusCode) {
    let mut browser = site.browser();
    let answer = browser.submit("/sign-in", &[("name", name), ("password", password)]).await;
    (browser, answer.status)
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/me").await.status == StatusCode::OK
}

/// The office, and an expert `lee` with a password.
async fn with_expert() -> (TestSite, Browser, String) {
    let site = start().await;
    let mut office = site.office("office", PASSWORD).await;
    let made = office.submit("/office/accounts", &[("name", "lee"), ("role", "expert")]).await;
    (site, office, shown(&made))
}

/// The number of a person in the office's table, by the account's name.
async fn number(office: &mut Browser, name: &str) -> String {
    let page = office.get("/office/accounts").await.text;
    let before = page.split_once(&format!("<td>{name}</td>")).unwrap().0;
    before.rsplit_once("<th scope=\"row\">").unwrap().1.split_once('<').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_never_beyond_its_end() {
    let site = start_with(|settings| {
        settings.session_idle = Duration::from_hours(1);
        settings.session_lifetime = Duration::from_mins(150);
    })
    .await;
    let mut used = site.office("office", PASSWORD).await;
    let (mut left, _) = enter(&site, "office", PASSWORD).await;
    for _ in 0..2 {
        site.clock.step(Duration::from_mins(59));
        assert!(is_in(&mut used).await);
    }
    assert!(!is_in(&mut left).await);
    // 148 minutes after the sign-in, and 151.
    site.clock.step(Duration::from_mins(30));
    assert!(is_in(&mut used).await);
    site.clock.step(Duration::from_mins(3));
    assert!(!is_in(&mut used).await);
}

#[tokio::test]
async fn whoever_is_signed_in_sees_their_sessions_and_ends_others() {
    let (site, mut office, password) = with_expert().await;
    let (mut here, _) = enter(&site, "lee", &password).await;
    site.clock.step(Duration::from_mins(2));
    let (mut there, _) = enter(&site, "lee", &password).await;
    let (mut third, _) = enter(&site, "lee", &password).await;
    let page = here.get("/me?lang=en").await;
    assert_eq!(page.text.matches("action=\"/me/sessions/end\"").count(), 2, "{}", page.text);
    // Neither a token nor its digest stands in the page.
    for browser in [&here, &there, &third] {
        assert!(!page.text.contains(&browser.cookies["daepyo"]));
    }
    // Somebody else's name for a session ends nothing.
    let named = page.hidden("session").unwrap();
    let foreign = office.submit("/me/sessions/end", &[("session", &named)]).await;
    assert_eq!(foreign.status, StatusCode::SEE_OTHER);
    assert!(is_in(&mut there).await && is_in(&mut third).await);
    here.submit("/me/sessions/end", &[("session", &named)]).await;
    let left = [is_in(&mut there).await, is_in(&mut third).await];
    assert_eq!(left.iter().filter(|is_in| **is_in).count(), 1, "{left:?}");
    assert!(is_in(&mut here).await);
    here.submit("/me/sessions/end-others", &[]).await;
    assert!(!is_in(&mut there).await && !is_in(&mut third).await && is_in(&mut here).await);
    assert!(is_in(&mut office).await);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_old_one() {
    let (site, mut office, old) = with_expert().await;
    let (mut here, _) = enter(&site, "lee", &old).await;
    let (mut there, _) = enter(&site, "lee", &old).await;
    let new = "another horse battery";
    for (given, first, second, said) in [
        ("wrong", new, new, "present password is not right"),
        (&old, new, "another horse batterz", "passwords differ"),
        (&old, "short", "short", "12 to 256"),
    ] {
        let fields = [("old", given), ("new", first), ("again", second)];
        let refused = here.submit("/me/password?lang=en", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains(said), "{}", refused.text);
    }
    assert_eq!(enter(&site, "lee", &old).await.1, StatusCode::SEE_OTHER);
    let changed = here.submit("/me/password", &[("old", &old), ("new", new), ("again", new)]).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    assert!(is_in(&mut here).await && !is_in(&mut there).await && is_in(&mut office).await);
    assert_eq!(enter(&site, "lee", &old).await.1, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(enter(&site, "lee", new).await.1, StatusCode::SEE_OTHER);
    // Whoever has no local account has no password.
    let mut citizen = site.signed_in(Role::Citizen).await;
    assert!(!citizen.get("/me").await.text.contains("/me/password"));
    let none = citizen.submit("/me/password", &[("old", &old), ("new", new), ("again", new)]).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn guesses_at_the_old_password_are_few() {
    let (site, _office, old) = with_expert().await;
    let (mut here, _) = enter(&site, "lee", &old).await;
    let csrf = here.csrf().await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let new = "another horse battery";
        let fields = [("csrf", csrf.as_str()), ("old", "guess"), ("new", new), ("again", new)];
        statuses.push(here.post("/me/password", &fields).await.status);
    }
    let refused = |status: &&StatusCode| **status == StatusCode::TOO_MANY_REQUESTS;
    assert_eq!(statuses.iter().filter(refused).count(), 2, "{statuses:?}");
}

#[tokio::test]
async fn the_office_resets_an_account_and_its_sessions_end() {
    let (site, mut office, old) = with_expert().await;
    let (mut lee, _) = enter(&site, "lee", &old).await;
    let person = number(&mut office, "lee").await;
    let new = shown(&office.submit("/office/accounts/reset", &[("person", &person)]).await);
    assert!(!is_in(&mut lee).await);
    assert_eq!(enter(&site, "lee", &old).await.1, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(enter(&site, "lee", &new).await.1, StatusCode::SEE_OTHER);
    let own = number(&mut office, "office").await;
    for (person, status) in [
        (own.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("x", StatusCode::UNPROCESSABLE_ENTITY),
        ("999", StatusCode::NOT_FOUND),
    ] {
        let answer = office.submit("/office/accounts/reset", &[("person", person)]).await;
        assert_eq!(answer.status, status, "{person}");
    }
}

#[tokio::test]
async fn whoever_is_disabled_is_out_at_once_until_they_are_let_in_again() {
    let (site, mut office, password) = with_expert().await;
    let (mut lee, _) = enter(&site, "lee", &password).await;
    let person = number(&mut office, "lee").await;
    let done = office.submit("/office/accounts/disable", &[("person", &person)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(!is_in(&mut lee).await);
    let mut browser = site.browser();
    let fields = [("name", "lee"), ("password", password.as_str())];
    let refused = browser.submit("/sign-in?lang=en", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("This account is disabled"), "{}", refused.text);
    assert!(!browser.cookies.contains_key("daepyo"));
    assert!(office.get("/office/accounts?lang=en").await.text.contains("disabled since 2026-12-01"));
    office.submit("/office/accounts/enable", &[("person", &person)]).await;
    assert!(!is_in(&mut lee).await);
    assert_eq!(enter(&site, "lee", &password).await.1, StatusCode::SEE_OTHER);
    // Not oneself.
    let own = number(&mut office, "office").await;
    let refused = office.submit("/office/accounts/disable", &[("person", &own)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_in(&mut office).await);
}

/// Regression: "… could not be read. person" stood on a page of its own, and what was typed was gone.
#[tokio::test]
async fn the_offices_forms_say_what_is_wrong_and_keep_what_was_typed() {
    let site = start_with(|settings| {
        settings.programme = Some(crate::contest::example().join("programme.toml"));
    })
    .await;
    let mut office = site.office("office", PASSWORD).await;
    let own = number(&mut office, "office").await;
    let page = office.get("/office/accounts?lang=en").await;
    for id in ["id=\"team\"", "id=\"given-team\""] {
        assert!(page.text.contains(&format!("<select {id}")), "{id}: {}", page.text);
    }
    let person = [("person", own.as_str())];
    let role = [("person", own.as_str()), ("role", "auditor")];
    let team = [("person", "12345"), ("role", "team"), ("team", "nobody")];
    let account = [("name", "lee-7"), ("role", "team"), ("team", "nobody")];
    let nobody = [("person", "12345")];
    let cases: [(&str, Fields<'_>, &str, &str, &str); 5] = [
        ("/office/people", &role, "자기 역할은", "Nobody gives themselves", &own),
        ("/office/people", &team, "그런 팀이", "no such team", "12345"),
        ("/office/accounts", &account, "그런 팀이", "no such team", "lee-7"),
        ("/office/accounts/disable", &person, "자기 계정에는", "your own account", &own),
        ("/office/accounts/disable", &nobody, "이 번호를 가진", "Nobody has this number", "12345"),
    ];
    for (path, fields, ko, en, kept) in cases {
        for (word, said) in [("ko", ko), ("en", en)] {
            let refused = office.submit(&format!("{path}?lang={word}"), fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            let page = crate::markup::check(path, &refused.text);
            assert!(refused.text.contains(said), "{said}: {}", refused.text);
            assert!(page.iter().any(|one| one.get("value") == Some(kept)), "{kept}: {}", refused.text);
        }
    }
}

/// Regression: a button that reads "Let in again" was named "Let number 5 sign in again", which nobody who speaks to their
/// machine says (WCAG 2.5.3).
#[tokio::test]
async fn what_a_button_shows_stands_in_its_name() {
    let (_site, mut office, _) = with_expert().await;
    let person = number(&mut office, "lee").await;
    for done in ["disable", "enable"] {
        for word in ["ko", "en"] {
            let page = office.get(&format!("/office/accounts?lang={word}")).await.text;
            let mut buttons = 0;
            for rest in page.split("<button").skip(1) {
                let (head, rest) = rest.split_once('>').unwrap();
                let Some((_, name)) = head.split_once("aria-label=\"") else { continue };
                let name = name.split_once('"').unwrap().0.to_lowercase();
                let shown = rest.split_once('<').unwrap().0.to_lowercase();
                assert!(name.contains(&shown), "{shown}: {name}");
                buttons += 1;
            }
            assert!(buttons > 1, "{page}");
        }
        office.submit(&format!("/office/accounts/{done}"), &[("person", &person)]).await;
    }
}

/// Regression: on phones the navigation stood behind the tools and came before them for the keyboard; on paper tables were cut.
#[tokio::test]
async fn what_is_seen_comes_in_the_order_of_the_keyboard_and_whole_on_paper() {
    let site = start().await;
    let page = site.browser().get("/").await.text;
    let style = page.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split_once('"').unwrap().0;
    let style = site.browser().get(style).await.text;
    let navigation = style.split(".top nav {").skip(1).map(|rest| rest.split_once('}').unwrap().0);
    assert!(navigation.into_iter().all(|rule| !rule.contains("order: ")), "{style}");
    let paper = style.split_once("@media print").unwrap().1;
    assert!(paper.contains(".scroll { overflow: visible; }"), "{paper}");
}

#[tokio::test]
async fn codes_are_listed_by_state_and_revoked_one_by_one() {
    let site = start().await;
    let mut office = site.office("office", PASSWORD).await;
    let made = office.submit("/office/codes", &[("count", "2")]).await;
    let codes: Vec<_> = made.text.split("<code>").skip(1).map(|rest| &rest[..23]).collect();
    let listed = office.get("/office/codes").await.text;
    let numbers = listed.split("name=\"code\" value=\"").skip(1);
    let numbers: Vec<_> = numbers.map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!((codes.len(), numbers.len()), (2, 2), "{}", made.text);
    let enter = async |code: &str| {
        let mut browser = site.browser();
        let answer = browser.submit("/sign-in/code?lang=en", &[("code", code)]).await;
        (browser, answer)
    };
    let (mut first, entered) = enter(codes[0]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    let page = office.get("/office/codes?lang=en").await.text;
    assert!(page.contains("1 unused, 1 used, 0 revoked"), "{page}");
    // The list has numbers and states, never a code.
    assert!(codes.iter().all(|code| !page.contains(code)));

    for number in &numbers {
        let revoked = office.submit("/office/codes/revoke", &[("code", number)]).await;
        assert_eq!(revoked.status, StatusCode::SEE_OTHER, "{}", revoked.text);
    }
    assert!(!is_in(&mut first).await);
    for code in codes {
        let (browser, refused) = enter(code).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("was revoked"), "{}", refused.text);
        assert!(!browser.cookies.contains_key("daepyo"));
    }
    let page = office.get("/office/codes?lang=en").await.text;
    assert!(page.contains("0 unused, 0 used, 2 revoked") && page.contains("revoked on 2026-12-01"), "{page}");
    for (number, status) in [("999", StatusCode::NOT_FOUND), ("x", StatusCode::BAD_REQUEST)] {
        let answer = office.submit("/office/codes/revoke", &[("code", number)]).await;
        assert_eq!(answer.status, status, "{number}");
    }
    let seen = site.signed_in(Role::Auditor).await.get("/office/codes").await;
    assert!(seen.status == StatusCode::OK && !seen.text.contains("/office/codes/revoke"), "{}", seen.text);
}

#[tokio::test]
async fn the_list_of_codes_goes_on_over_pages() {
    let site = start().await;
    let mut office = site.office("office", PASSWORD).await;
    office.submit("/office/codes", &[("count", "130")]).await;
    let page = office.get("/office/codes").await.text;
    assert_eq!(page.matches("name=\"code\"").count(), 100);
    let older = page.split_once("href=\"/office/codes?below=").unwrap().1.split_once('"').unwrap().0;
    let rest = office.get(&format!("/office/codes?below={older}")).await.text;
    assert_eq!(rest.matches("name=\"code\"").count(), 30);
    assert!(!rest.contains("?below="));
}
