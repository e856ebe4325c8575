//! Contests in an export: their pages, files and log; and that every public page is stored.

use crate::contest::{CONTEST, begin, citizen, opened, with_contest};
use crate::export::{day, export_twice, follow};
use crate::finished::{files, first};
use crate::markup;
use crate::site::TestSite;
use daepyo_contest::check_closed;
use daepyo_evidence::VerifierKey;
use daepyo_server::{Kind, Roles, Settings, export, routes};
use reqwest::{Method, StatusCode};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Where the files will stand.
const BASE: &str = "https://daepyo.example/archive/";

fn settings(site: &TestSite, programme: &TempDir) -> Settings {
    let address = "127.0.0.1:0".parse().unwrap();
    let mut settings = Settings::new(site.folder.path(), address, BASE.parse().unwrap());
    settings.programme = Some(programme.path().join("programme.toml"));
    settings
}

/// A site whose contest is closed, with enough votes for a ranking.
async fn closed() -> (TestSite, TempDir) {
    let (site, folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    for _ in 0..3 {
        let mut voter = citizen(&site, &mut office).await;
        for choice in ["left", "right", "tie", "left", "right", "left"] {
            let battle = begin(&mut voter).await;
            voter.submit(&format!("{battle}/vote"), &[("choice", choice)]).await;
        }
    }
    let done = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    (site, folder)
}

fn page(out: &Path, language: &str, path: &str) -> String {
    fs::read_to_string(out.join(format!("{language}{path}/index.html"))).unwrap()
}

fn first_table(page: &str) -> &str {
    page.split_once("<table").unwrap().1.split_once("</table>").unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_contest_is_exported_with_its_results_and_checks_again() {
    let (site, folder) = closed().await;
    let work = tempfile::tempdir().unwrap();
    let out = export_twice(&settings(&site, &folder), work.path());
    let all = follow(&out);
    for (language, navigation, of) in
        [("ko", "국민 평가", "마감되었습니다"), ("en", "Public contest", "Closed.")]
    {
        let live = site.browser().get(&format!("{CONTEST}?lang={language}")).await.text;
        let stored = page(&out, language, CONTEST);
        assert_eq!(first_table(&stored), first_table(&live));
        assert!(stored.contains(of) && stored.contains(&format!(">{navigation}</a>")), "{stored}");
        assert!(page(&out, language, "/contests").contains(of));
        assert!(page(&out, language, "/receipts").contains("daepyo contest receipt receipt.json --key"));
        assert!(page(&out, language, "/api").contains("/api/v1/contests/{stage}/{criterion}"));
    }
    let key = fs::read_to_string(out.join("ballots/key.pub")).unwrap();
    assert_eq!(key, fs::read_to_string(site.folder.path().join("log/key.pub")).unwrap());
    let key = VerifierKey::parse(key.trim_end()).unwrap();
    let given = out.join("contests/public/users/files");
    let checked = check_closed(&given, &out.join("ballots"), Some(&key)).unwrap();
    assert_eq!((checked.summary.counts.voted, checked.summary.counts.voters), (18, 3));
    let list = fs::read_to_string(given.join("fetch.curl")).unwrap();
    let addresses: Vec<_> = list.lines().filter_map(|line| line.strip_prefix("url = \"")).collect();
    assert!(addresses.len() > 9, "{list}");
    for address in addresses {
        let path = address.strip_prefix(BASE).unwrap().trim_end_matches('"');
        assert!(out.join(markup::decoded(path)).is_file(), "{address}");
    }
    // Of the site's own folder nothing else comes along.
    let is_secret =
        |path: &&String| ["secret", "site.db", "contest.key"].iter().any(|name| path.contains(name));
    assert_eq!(all.iter().find(is_secret), None);
    let document: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("api/v1/openapi.json")).unwrap()).unwrap();
    assert!(document["paths"]["/api/v1/contests"].is_object());
    assert_eq!(document["servers"], serde_json::json!([]), "stored files answer no request");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_contest_that_is_not_published_its_days_and_rules_are_exported() {
    let (site, folder) = with_contest(|_| {}).await;
    let mut office = opened(&site).await;
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    // It comes once the log has the vote.
    voter.get(&format!("{battle}/receipt")).await;
    let work = tempfile::tempdir().unwrap();
    let (out, without) = (work.path().join("out"), work.path().join("without"));
    let mut settings = settings(&site, &folder);
    assert_eq!(export(&settings, day(), &out).unwrap().broken, 0);
    follow(&out);
    settings.data = work.path().join("nothing");
    export(&settings, day(), &without).unwrap();
    let all = follow(&without);
    assert!(!all.iter().any(|path| path.contains("ballots/") || path.contains("/receipts/")));
    for out in [&out, &without] {
        for (language, days, unknown, rule) in [
            (
                "ko",
                "2026-11-01부터 2027-12-31까지",
                "지금 투표가 열려 있는지도 알 수 없습니다",
                "두 답의 주인은",
            ),
            ("en", "from 2026-11-01 to 2027-12-31", "does not know whether", "Whose answers they are"),
        ] {
            let text = page(out, language, CONTEST);
            assert!([days, unknown, rule].iter().all(|said| text.contains(said)), "{text}");
            assert!(!text.contains("id=\"results\"") && !text.contains("<table"), "{text}");
            assert!(page(out, language, "/contests").contains(days));
        }
        assert!(!out.join("contests").exists());
    }
    assert!(daepyo_evidence::verify(&out.join("ballots"), None).is_ok());
    assert!(page(&out, "en", CONTEST).contains(&format!("{BASE}ballots/checkpoint")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_contest_that_does_not_hold_only_that_is_exported() {
    let (site, folder) = closed().await;
    let (work, data) = (tempfile::tempdir().unwrap(), site.folder.path());
    let settings = settings(&site, &folder);
    let votes = data.join("contests/public/users/votes.csv");
    let text = fs::read_to_string(&votes).unwrap();
    fs::write(&votes, text.replace("left", "right")).unwrap();
    let out = work.path().join("files");
    let done = export(&settings, day(), &out).unwrap();
    assert_eq!((done.broken, done.pages + done.files), (1, files(&out).len()));
    follow(&out);
    let found = page(&out, "en", CONTEST);
    assert!(found.contains("does not verify") && found.contains("closed::changed"), "{found}");
    assert!(!found.contains("id=\"results\"") && found.contains("ballots/checkpoint"), "{found}");
    assert!(!out.join("contests/public/users").exists());

    fs::write(data.join("log/checkpoint"), "another one").unwrap();
    let out = work.path().join("log");
    let done = export(&settings, day(), &out).unwrap();
    assert_eq!((done.broken, done.pages + done.files), (2, files(&out).len()));
    follow(&out);
    for (language, said) in
        [("ko", "투표 기록이 검증되지 않아"), ("en", "The log of ballots does not verify")]
    {
        assert!(page(&out, language, CONTEST).contains(said));
    }
    assert!(!out.join("ballots").exists() && !out.join("en/receipts").exists());
}

/// What everybody may ask a site for and an export leaves out, each with why.
const NOT_STORED: [(&str, &str); 10] = [
    ("/lang", "remembers a language; a stored page links to its other language"),
    ("/sign-in", "takes forms"),
    ("/sign-in/oidc/{provider}", "leads on to a provider"),
    ("/sign-in/oidc/{provider}/callback", "takes a provider's answer"),
    ("/signed-out", "belongs to a session"),
    ("/first-run", "makes the first account"),
    ("/receipts/{commitment}", "looks for any vote; the log and the receipt have it"),
    ("/live", "tells what happens"),
    ("/healthz", "tells how a server is"),
    ("/metrics", "tells how a server is"),
];

/// A row's path with parts that the export below has.
fn filled(template: &str) -> String {
    let (stage, id) = if template.starts_with("/contests/") { ("public", "") } else { ("first", "first") };
    let id = if template.starts_with("/candidates/") { "garam-1" } else { id };
    let rest = if template.starts_with("/data/") { "rules.json" } else { "checkpoint" };
    let parts = [
        ("{stage}", stage),
        ("{id}", id),
        ("{criterion}", "users"),
        ("{file}", "votes.csv"),
        ("{index}", "0"),
        ("{*path}", rest),
    ];
    parts.iter().fold(template.to_owned(), |path, (name, part)| path.replace(name, part))
}

/// Whether an export has the page of a path in both languages, or its file.
fn is_stored(out: &Path, path: &str) -> bool {
    let page = path.trim_end_matches('/');
    let file = path.trim_start_matches('/');
    let files = [
        file.to_owned(),
        format!("{file}.html"),
        file.replace("/entry", ".json"),
        file.replace("/proof", ".tlog-proof"),
    ];
    let has = |file: &String| out.join(file).is_file();
    ["ko", "en"].iter().all(|language| has(&format!("{language}{page}/index.html"))) || files.iter().any(has)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_public_page_is_stored_or_has_a_reason_not_to_be() {
    let (site, folder) = closed().await;
    let work = tempfile::tempdir().unwrap();
    let mut settings = settings(&site, &folder);
    settings.published = vec![first(work.path())];
    let out = work.path().join("out");
    export(&settings, day(), &out).unwrap();
    let mut left_out = Vec::new();
    for row in routes().iter().filter(|row| row.method == Method::GET && row.who == Roles::ANYONE) {
        let is_answer = row.kind == Kind::Api && row.path != "/api/v1/openapi.json";
        // Stored pages have no script.
        if is_answer || row.path.starts_with("/script/") {
            continue;
        }
        let is_left_out = NOT_STORED.iter().any(|(path, _)| *path == row.path);
        assert_ne!(is_stored(&out, &filled(&row.path)), is_left_out, "{row:?}");
        if is_left_out {
            left_out.push(row.path.to_string());
        }
    }
    assert_eq!(left_out.len(), NOT_STORED.len(), "{left_out:?}");
}
