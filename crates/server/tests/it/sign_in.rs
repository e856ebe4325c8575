//! First run, accounts, codes, sessions.

use crate::site::{Answer, TestSite, start, start_with};
use reqwest::StatusCode;
use std::time::Duration;

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_first_run_makes_the_office_once() {
    let site = start().await;
    let link = site.running.first_run_link().await.unwrap().unwrap();
    let path = link.strip_prefix(&site.base).unwrap().to_owned();
    assert_eq!(site.browser().get("/first-run?token=AAAA").await.status, StatusCode::FORBIDDEN);
    let mut office = site.browser();
    assert_eq!(office.get(&path).await.status, StatusCode::OK);
    let token = path.split_once('=').unwrap().1;
    let short =
        office.submit("/first-run", &[("token", token), ("name", "office"), ("password", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made =
        office.submit("/first-run", &[("token", token), ("name", "office"), ("password", PASSWORD)]).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/office/accounts"));
    assert_eq!(office.get("/office/accounts").await.status, StatusCode::OK);

    assert_eq!(site.running.first_run_link().await.unwrap(), None);
    assert_eq!(site.browser().get(&path).await.status, StatusCode::GONE);
    let fields = [("token", token), ("name", "second"), ("password", PASSWORD)];
    assert_eq!(site.browser().submit("/first-run", &fields).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn the_secret_is_the_owners_alone_and_stays() {
    let site = start().await;
    let path = site.folder.path().join("secret.key");
    assert_eq!(std::fs::read(&path).unwrap().len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let keys = daepyo_server::Keys::open(site.folder.path()).unwrap();
    assert_eq!(keys.subject("p", "n"), site.running.app().keys().subject("p", "n"));
    assert_ne!(keys.subject("p", "n"), keys.subject("pn", ""));
}

async fn try_password(site: &TestSite, name: &str, password: &str) -> Answer {
    site.browser()
        .submit("/sign-in", &[("name", name), ("password", password), ("next", "/office/accounts")])
        .await
}

#[tokio::test]
async fn only_the_right_password_signs_in() {
    let site = start().await;
    site.office("office", PASSWORD).await;
    let right = try_password(&site, " OFFICE ", PASSWORD).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, "/office/accounts"));
    // A wrong password and an unknown name look the same.
    let wrong = try_password(&site, "office", "correct horse batterz").await;
    let unknown = try_password(&site, "nobody", PASSWORD).await;
    let empty = try_password(&site, "", "").await;
    let long = try_password(&site, "office", &PASSWORD.repeat(20)).await;
    for answer in [&wrong, &unknown, &empty, &long] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.set_cookies().iter().all(|cookie| !cookie.starts_with("daepyo=")), "{answer:?}");
    }
    let without = |answer: &Answer| answer.text.replace(&answer.hidden("csrf").unwrap(), "");
    assert_eq!(without(&wrong), without(&unknown));
}

#[tokio::test]
async fn a_sign_in_never_leads_off_the_site() {
    let site = start().await;
    site.office("office", PASSWORD).await;
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"] {
        let fields = [("name", "office"), ("password", PASSWORD), ("next", next)];
        let answer = site.browser().submit("/sign-in", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"), "{next}");
    }
}

#[tokio::test]
async fn a_session_ends_with_sign_out_with_time_and_with_a_new_sign_in() {
    let site = start().await;
    let mut office = site.office("office", PASSWORD).await;
    let first = office.cookies["daepyo"].clone();

    // The token changes with every sign-in, and the one before is worth nothing.
    let mut again = office.clone();
    let csrf = again.csrf().await;
    let fields = [("csrf", csrf.as_str()), ("name", "office"), ("password", PASSWORD)];
    assert_eq!(again.post("/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
    assert_ne!(again.cookies["daepyo"], first);
    assert_eq!(office.get("/office/accounts").await.status, StatusCode::SEE_OTHER);

    let mut kept = again.clone();
    let out = again.submit("/sign-out", &[]).await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/"));
    assert!(!again.cookies.contains_key("daepyo"));
    // The cookie that somebody copied is dead as well.
    assert_eq!(kept.get("/office/accounts").await.status, StatusCode::SEE_OTHER);

    let mut third = site.browser();
    third.submit("/sign-in", &[("name", "office"), ("password", PASSWORD)]).await;
    assert_eq!(third.get("/office/accounts").await.status, StatusCode::OK);
    site.clock.step(Duration::from_hours(12) + Duration::from_secs(1));
    assert_eq!(third.get("/office/accounts").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn cookies_are_bound_to_the_host_and_out_of_reach_of_scripts() {
    let site = start().await;
    let mut browser = site.browser();
    let page = browser.get("/sign-in").await;
    let forms = page.set_cookies();
    assert_eq!(forms.len(), 1, "{forms:?}");
    assert!(
        forms[0].starts_with("daepyo-forms=") && forms[0].ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{forms:?}"
    );
    let office = site.office("office", PASSWORD).await;
    assert_eq!(office.cookies["daepyo"].len(), 43);
    let right = try_password(&site, "office", PASSWORD).await;
    let cookie = right.set_cookies().into_iter().find(|cookie| cookie.starts_with("daepyo=")).unwrap();
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200"), "{cookie}");

    // Behind TLS they have the prefix that binds them to the host, and are never sent without it.
    let site = start_with(|settings| settings.base_url = "https://vote.example.kr/".parse().unwrap()).await;
    let page = site.browser().get("/sign-in").await;
    let forms = page.set_cookies();
    assert!(
        forms[0].starts_with("__Host-daepyo-forms=") && forms[0].ends_with("SameSite=Lax; Secure"),
        "{forms:?}"
    );
    assert!(page.header("strict-transport-security").starts_with("max-age=63072000"));
}

#[tokio::test]
async fn the_office_makes_accounts_and_codes_that_sign_in() {
    let site = start().await;
    let mut office = site.office("office", PASSWORD).await;
    let made = office.submit("/office/accounts", &[("name", "lee"), ("role", "expert"), ("team", "")]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    let password = made.text.split_once("class=\"secret\">").unwrap().1.split_once('<').unwrap().0.to_owned();
    // Shown this once.
    assert!(!office.get("/office/accounts").await.text.contains(&password));
    let mut expert = site.browser();
    let entered = expert.submit("/sign-in", &[("name", "lee"), ("password", &password)]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);
    assert_eq!(expert.get("/office/accounts").await.status, StatusCode::FORBIDDEN);

    let taken = office.submit("/office/accounts", &[("name", "Lee"), ("role", "auditor")]).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    for (name, role, team) in
        [("a b", "expert", ""), ("x", "king", ""), ("y", "citizen", ""), ("z", "team", "No Team")]
    {
        let wrong =
            office.submit("/office/accounts", &[("name", name), ("role", role), ("team", team)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {role}");
    }

    let codes = office.submit("/office/codes", &[("count", "3")]).await;
    assert_eq!(codes.status, StatusCode::OK);
    let codes: Vec<_> =
        codes.text.split("<li><code>").skip(1).map(|rest| rest.split_once('<').unwrap().0).collect();
    assert_eq!(codes.len(), 3);
    let mut citizen = site.browser();
    let typed = codes[0].to_lowercase();
    assert_eq!(citizen.submit("/sign-in/code", &[("code", &typed)]).await.status, StatusCode::SEE_OTHER);
    assert!(citizen.get("/").await.text.contains("/sign-out"));
    assert_eq!(citizen.get("/office/accounts").await.status, StatusCode::FORBIDDEN);
    let wrong = site.browser().submit("/sign-in/code", &[("code", "00000-00000-00000-00000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for count in ["0", "-1", "1001", "x"] {
        assert_eq!(
            office.submit("/office/codes", &[("count", count)]).await.status,
            StatusCode::BAD_REQUEST,
            "{count}"
        );
    }
}

#[tokio::test]
async fn a_form_sent_after_the_session_ended_leads_back_to_its_page_and_says_that_it_was_not_taken() {
    let site = start().await;
    let mut office = site.office("office", PASSWORD).await;
    let page = office.get("/office/codes?lang=en").await;
    let csrf = page.hidden("csrf").unwrap();
    site.clock.step(Duration::from_hours(12) + Duration::from_secs(1));
    let sent = office.post("/office/codes/revoke", &[("csrf", &csrf), ("number", "1")]).await;
    let to = sent.header("location").to_owned();
    assert_eq!(
        (sent.status, to.as_str()),
        (StatusCode::SEE_OTHER, "/sign-in?next=%2Foffice%2Fcodes&lost=yes")
    );
    let asked = office.get(&to).await;
    assert!(asked.text.contains("what you sent was not taken"), "{}", asked.text);
    let next = asked.hidden("next").unwrap();
    let entered =
        office.submit("/sign-in", &[("name", "office"), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!((entered.status, entered.header("location")), (StatusCode::SEE_OTHER, "/office/codes"));
    assert_eq!(office.get("/office/codes").await.status, StatusCode::OK);

    // A page that was only asked for keeps its query, and nothing was lost.
    let asked = site.browser().get("/office/codes?lang=en&below=7").await;
    let to = asked.header("location").to_owned();
    assert_eq!(to, "/sign-in?next=%2Foffice%2Fcodes%3Fbelow%3D7");
    let page = site.browser().get(&format!("{to}&lang=en")).await;
    assert!(!page.text.contains("was not taken"), "{}", page.text);
}
