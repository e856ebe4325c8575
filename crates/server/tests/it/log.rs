//! What is logged, and what never is.

use crate::site::{logged, start};
use reqwest::StatusCode;

#[tokio::test]
async fn no_secret_is_ever_logged() {
    let site = start().await;
    let mut office = site.office("office", "a password that is not logged").await;
    let made = office.submit("/office/accounts", &[("name", "lee"), ("role", "expert")]).await;
    let password = made.text.split_once("class=\"secret\">").unwrap().1.split_once('<').unwrap().0.to_owned();
    let codes = office.submit("/office/codes", &[("count", "1")]).await;
    let code = codes.text.split_once("<li><code>").unwrap().1.split_once('<').unwrap().0.to_owned();
    let mut citizen = site.browser();
    assert_eq!(citizen.submit("/sign-in/code", &[("code", &code)]).await.status, StatusCode::SEE_OTHER);
    office.get("/nothing-q7x/secret-path?token=secret-query-q7x").await;
    office.submit("/sign-in", &[("name", "name-q7x"), ("password", "wrong-q7x")]).await;
    let subject = site.running.app().keys().subject("code", &code);
    let key = std::fs::read(site.folder.path().join("secret.key")).unwrap();

    let all = logged();
    let csrf = office.csrf().await;
    let secrets = [
        "a password that is not logged",
        &password,
        &code,
        &csrf,
        &office.cookies["daepyo"],
        &citizen.cookies["daepyo"],
        &subject.hex(),
        &crate::site::base64(&key),
        "q7x",
    ];
    for secret in secrets {
        assert!(!all.contains(secret), "the log holds {secret}");
    }
    let last = codes.header("x-request-id");
    let line = all.lines().find(|line| line.contains(last)).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&line["route"], &line["method"], &line["status"]),
        (&"/office/codes".into(), &"POST".into(), &200.into())
    );
    assert!(line["ms"].is_u64());
}
