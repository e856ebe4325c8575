//! `/api/v1`: its document, lists, tags, refusals, and a vote that is the one of the pages.

use crate::contest::{CONTEST, citizen, opened, with_contest};
use crate::finished::{first, second};
use crate::public::with;
use crate::site::{Answer, TestSite, start};
use daepyo_core::{Digest, Verdict};
use daepyo_server::{Kind, routes};
use daepyo_store::site::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const API: &str = "/api/v1/contests/public/users";

async fn get(site: &TestSite, path: &str) -> Answer {
    site.browser().get(path).await
}

#[test]
fn below_api_everything_is_described_and_nothing_else() {
    for row in routes() {
        // Streams of a page refuse as the API does, for a script to read; they are the page's own.
        let is_of_page = row.streams && row.path.starts_with("/battles/");
        assert_eq!(row.path.starts_with("/api/"), row.kind == Kind::Api && !is_of_page, "{row:?}");
    }
}

/// Every link within the document leads somewhere.
fn check_links(whole: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(link)) = members.get("$ref") {
                let pointer = link.strip_prefix('#').unwrap();
                assert!(whole.pointer(pointer).is_some(), "{link} leads nowhere");
            }
            members.values().for_each(|member| check_links(whole, member));
        }
        Value::Array(items) => items.iter().for_each(|item| check_links(whole, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_every_row_of_the_table_and_no_other() {
    let work = tempfile::tempdir().unwrap();
    let site = with(vec![first(work.path())]).await;
    let document = get(&site, "/api/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    check_links(&document, &document);
    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut links = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let what = format!("{method} {path}");
            described.insert((method.to_uppercase(), path.clone()));
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{what}");
            // A message that is not there is written in braces.
            assert!(!operation["summary"].as_str().unwrap().starts_with('{'), "{what}");
            let parts = path.split('/').filter(|part| part.starts_with('{')).count();
            let parameters = operation["parameters"].as_array().unwrap();
            let of_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
            assert_eq!(of_path.clone().count(), parts, "{what}");
            for parameter in of_path {
                assert!(path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap())), "{what}");
                assert_eq!(parameter["required"], true, "{what}");
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("400") && responses.contains_key("429"), "{what}");
            let ok = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap().1;
            assert!(ok["content"]["application/json"]["schema"].is_object(), "{what}");
            for link in ok["links"].as_object().into_iter().flatten() {
                links.push(link.1["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    assert!(links.iter().all(|link| ids.contains(link)), "{links:?}");
    let rows = routes().into_iter().filter(|row| row.path.starts_with("/api/"));
    let rows: BTreeSet<_> = rows.map(|row| (row.method.to_string(), row.path.to_string())).collect();
    assert_eq!(described, rows);
    // The page lists the same in both languages.
    for word in ["ko", "en"] {
        let page = get(&site, &format!("/api?lang={word}")).await;
        crate::markup::check("/api", &page.text);
        assert!(!page.text.contains("{api-") && !page.text.contains("{site-"), "{word}");
        for (method, path) in &rows {
            assert!(page.text.contains(&format!("{method} {path}")), "{word}: {method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_can_be_read_whole() {
    let work = tempfile::tempdir().unwrap();
    let site = with(vec![first(work.path()), second(work.path())]).await;
    let programme = get(&site, "/api/v1/programme").await.json();
    assert_eq!(programme["stages"][0]["standing"], "decided");
    let stage = get(&site, "/api/v1/stages/first").await.json();
    assert_eq!((&stage["id"], &stage["folders"][0]), (&json!("first"), &json!("first")));
    let verdict = get(&site, "/api/v1/verdicts/first").await.json();
    let given: Verdict = serde_json::from_value(verdict["verdict"].clone()).unwrap();
    let kept = std::fs::read(work.path().join("first/verdict.json")).unwrap();
    assert_eq!(given, serde_json::from_slice::<Verdict>(&kept).unwrap());
    let rules = get(&site, "/api/v1/rules").await.json();
    let sealed = std::fs::read(work.path().join("first/rules.json")).unwrap();
    assert_eq!(rules["history"][0]["digest"], Digest::of(&sealed).to_string());
    assert_eq!(get(&site, "/api/v1/data").await.json()["licence"], "CC-BY-4.0");
    let log = get(&site, "/api/v1/evidence/first").await.json();
    let entry = get(&site, "/api/v1/evidence/first/entries/2").await.json();
    let bytes = get(&site, "/evidence/first/2/entry").await.text;
    assert_eq!((&entry["entry"], &entry["key"]), (&json!(bytes), &log["key"]));
    assert_eq!(entry["proof"], get(&site, "/evidence/first/2/proof").await.text);
    for path in ["/api/v1/evidence/first/entries/02", "/api/v1/verdicts/third", "/api/v1/candidates/nobody"] {
        assert_eq!(get(&site, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// A list walked to its end by its own links; how many requests that took.
async fn walk(site: &TestSite, path: &str) -> (Vec<Value>, usize) {
    let (mut next, mut items, mut requests) = (Some(path.to_owned()), Vec::new(), 0);
    while let Some(path) = next {
        let answer = get(site, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        let page = answer.json();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        requests += 1;
        let link = answer.header("link").strip_prefix('<').and_then(|link| link.split_once('>'));
        next = link.map(|(path, _)| path.to_owned());
        assert_eq!(next.is_some(), page["next"].is_string(), "{path}");
        assert!(requests < 10_000, "{path} has no end");
    }
    (items, requests)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_walked_whole_and_nothing_comes_twice() {
    let work = tempfile::tempdir().unwrap();
    let site = with(vec![first(work.path())]).await;
    let (all, _) = walk(&site, "/api/v1/evidence/first/observations?limit=200").await;
    let (slowly, requests) = walk(&site, "/api/v1/evidence/first/observations?limit=7").await;
    assert_eq!(all, slowly);
    assert!(requests > 1);
    let indexes: BTreeSet<u64> = all.iter().map(|item| item["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes.len(), all.len());
    let verdict = get(&site, "/api/v1/verdicts/first").await.json();
    assert_eq!(verdict["verdict"]["observations"], all.len());
    // A filter takes what it names, and all of it.
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &all {
        *by_kind.entry(item["observation"]["kind"].as_str().unwrap()).or_default() += 1;
    }
    for (kind, count) in by_kind {
        let (some, _) =
            walk(&site, &format!("/api/v1/evidence/first/observations?kind={kind}&limit=3")).await;
        assert_eq!(some.len(), count, "{kind}");
        assert!(some.iter().all(|item| item["observation"]["kind"] == kind), "{kind}");
    }
    let (of_one, _) = walk(&site, "/api/v1/evidence/first/observations?candidate=garam&kind=sample").await;
    assert!(!of_one.is_empty() && of_one.iter().all(|item| item["observation"]["candidate"] == "garam"));
    let (files, _) = walk(&site, "/api/v1/data/first?limit=1").await;
    let paths: BTreeSet<&str> = files.iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), files.len());
    assert!(paths.contains("verdict.json") && paths.contains("manifest.json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_tags_by_content() {
    let site = with(Vec::new()).await;
    let one = get(&site, "/api/v1/stages").await;
    let tag = one.header("etag").to_owned();
    assert!(tag.starts_with('"') && one.header("cache-control") == "no-cache", "{tag}");
    let known = site.browser().with("if-none-match", &tag).get("/api/v1/stages").await;
    assert_eq!(
        (known.status, known.text.as_str(), known.header("etag")),
        (StatusCode::NOT_MODIFIED, "", tag.as_str())
    );
    let other = site.browser().with("if-none-match", "\"x\"").get("/api/v1/stages").await;
    assert_eq!(other.status, StatusCode::OK);
    let wanted = site.browser().with("if-match", &tag).get("/api/v1/stages").await;
    assert_eq!(wanted.status, StatusCode::OK);
    let gone = site.browser().with("if-match", "\"x\"").get("/api/v1/stages").await;
    assert_eq!(
        (gone.status, gone.json()["code"].as_str()),
        (StatusCode::PRECONDITION_FAILED, Some("server::other_version"))
    );
    // Whoever is signed in gets the same, kept nowhere.
    let own = site.signed_in(Role::Citizen).await.get("/api/v1/stages").await;
    assert_eq!((own.text, own.headers["cache-control"].to_str().unwrap()), (one.text, "no-store"));
}

#[tokio::test]
async fn refusals_say_what_is_wrong_and_where() {
    let site = start().await;
    let mut office = site.signed_in(Role::Office).await;
    let cases = [
        (
            get(&site, "/api/v1/stages?limt=3").await,
            400,
            "server::bad_form",
            json!([{ "parameter": "limt" }]),
        ),
        (
            get(&site, "/api/v1/stages?limit=0").await,
            400,
            "server::bad_form",
            json!([{ "parameter": "limit" }]),
        ),
        (
            get(&site, "/api/v1/stages?limit=2&limit=2").await,
            400,
            "server::bad_form",
            json!([{ "parameter": "limit" }]),
        ),
        (
            get(&site, "/api/v1/stages?after=x").await,
            400,
            "server::bad_form",
            json!([{ "parameter": "after" }]),
        ),
        (get(&site, "/api/v1/programme").await, 404, "server::not_found", Value::Null),
        (get(&site, "/api/v1/me").await, 401, "server::signed_out", Value::Null),
        (
            site.browser().with("accept", "text/html").get("/api/v1/stages").await,
            406,
            "server::not_acceptable",
            Value::Null,
        ),
        (
            office.send("/api/v1/office/codes", Some(&json!({ "count": 0 }))).await,
            400,
            "server::bad_form",
            json!([{ "pointer": "#/count" }]),
        ),
        (
            office.send("/api/v1/office/codes", Some(&json!({ "count": 1, "x": 1 }))).await,
            400,
            "server::bad_form",
            json!([{ "pointer": "#/x" }]),
        ),
        (office.send("/api/v1/office/codes", None).await, 415, "server::media_type", Value::Null),
        (
            office.submit("/api/v1/office/codes", &[("count", "1")]).await,
            415,
            "server::media_type",
            Value::Null,
        ),
        (office.ask(Method::DELETE, "/api/v1/me", None).await, 405, "server::wrong_method", Value::Null),
    ];
    for (answer, status, code, errors) in cases {
        let problem = answer.json();
        assert_eq!((answer.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:daepyo:{code}"));
        assert_eq!(problem["request_id"], answer.header("x-request-id"));
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        assert_eq!(problem["errors"], errors, "{problem}");
        assert_eq!(answer.header("allow").is_empty(), status != 405);
    }
    // Without the token of changes nothing is changed, whatever the body.
    let body = Some(("application/json", json!({ "count": 1 }).to_string()));
    let forged = office.ask_with(Method::POST, "/api/v1/office/codes", body).await;
    assert_eq!(
        (forged.status, forged.json()["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("server::forged"))
    );
    let made = office.send("/api/v1/office/codes", Some(&json!({ "count": 3 }))).await;
    assert_eq!((made.status, made.json()["codes"].as_array().map(Vec::len)), (StatusCode::CREATED, Some(3)));
}

#[tokio::test]
async fn a_vote_is_the_same_by_page_and_by_api() {
    let (site, _folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let mut other = citizen(&site, &mut office).await;
    let begun = voter.send(&format!("{API}/battles"), None).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
    let battle = begun.json()["battle"].as_str().unwrap().to_owned();
    for name in ["garam", "narae", "dasom", "meridian"] {
        assert!(!begun.text.contains(name), "{name} stands in a battle");
    }
    // It is the battle that the page shows, and nobody else's.
    let page = voter.submit(&format!("{CONTEST}/battles"), &[]).await;
    assert_eq!(page.header("location"), format!("/battles/{battle}"));
    assert_eq!(other.get(&format!("/api/v1/battles/{battle}")).await.status, StatusCode::NOT_FOUND);
    let vote = json!({ "choice": "left", "reason": "근거가 분명하다" });
    let refused = other.send(&format!("/api/v1/battles/{battle}/vote"), Some(&vote)).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);

    let sent = voter.send(&format!("/api/v1/battles/{battle}/vote"), Some(&vote)).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.text);
    let by_page = voter.get(&format!("/battles/{battle}/receipt")).await.json();
    let by_api = voter.get(&format!("/api/v1/battles/{battle}/receipt")).await.json();
    assert_eq!(by_page, by_api);
    assert_eq!(sent.json()["commitment"], by_api["commitment"]);
    let again = [("choice", "left"), ("reason", "근거가 분명하다")];
    assert_eq!(voter.submit(&format!("/battles/{battle}/vote"), &again).await.status, StatusCode::SEE_OTHER);
    let changed =
        voter.send(&format!("/api/v1/battles/{battle}/vote"), Some(&json!({ "choice": "tie" }))).await;
    assert_eq!(changed.status, StatusCode::CONFLICT);
    let body = Some(("application/json", by_api.to_string()));
    let checked = site.browser().ask_with(Method::POST, "/api/v1/receipts/check", body).await.json();
    assert_eq!((&checked["holds"], &checked["choice"]), (&json!(true), &json!("left")), "{checked}");
    let mut forged = by_api.clone();
    forged["ballot"]["choice"] = json!("right");
    let body = Some(("application/json", forged.to_string()));
    let checked = site.browser().ask_with(Method::POST, "/api/v1/receipts/check", body).await.json();
    assert_eq!(
        (&checked["holds"], &checked["why"]),
        (&json!(false), &json!("receipt::other_vote")),
        "{checked}"
    );
    let own = voter.get("/api/v1/votes").await.json();
    assert_eq!(own["items"][0]["battle"], battle);
    assert_eq!(get(&site, &format!("{API}/results")).await.status, StatusCode::NOT_FOUND);

    let closed = office.send("/api/v1/office/contests/public/users/close", None).await;
    assert_eq!(
        (closed.status, &closed.json()["state"]),
        (StatusCode::OK, &json!("closed")),
        "{}",
        closed.text
    );
    let results = get(&site, &format!("{API}/results")).await.json();
    assert_eq!(results["counts"]["voted"], 1, "{results}");
}

#[tokio::test]
async fn an_account_by_api_signs_in_by_page() {
    let site = start().await;
    let mut office = site.office("office", "a long enough password").await;
    let made =
        office.send("/api/v1/office/accounts", Some(&json!({ "role": "auditor", "name": "Kim" }))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let password = made.json()["password"].as_str().unwrap().to_owned();
    let mut auditor = site.browser();
    auditor.submit("/sign-in", &[("name", "kim"), ("password", &password)]).await;
    let me = auditor.get("/api/v1/me").await.json();
    assert_eq!(me["role"], "auditor");
    let people = auditor.get("/api/v1/office/people").await.json();
    assert!(people["items"].as_array().unwrap().iter().any(|person| person["person"] == me["person"]));
    let number = &me["person"];
    let given =
        office.send("/api/v1/office/people", Some(&json!({ "role": "expert", "person": number }))).await;
    assert_eq!((given.status, &given.json()["role"]), (StatusCode::OK, &json!("expert")), "{}", given.text);
    assert_eq!(auditor.get("/api/v1/office/people").await.status, StatusCode::FORBIDDEN);
    let own = office.get("/api/v1/me").await.json();
    let refused = office
        .send("/api/v1/office/people", Some(&json!({ "role": "citizen", "person": own["person"] })))
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
}
