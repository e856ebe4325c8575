//! What anyone sees: every public page in both languages, before, during and after a stage.

use crate::finished::{HIDDEN, first, programme, second};
use crate::markup;
use crate::site::{TestSite, start, start_with};
use daepyo_server::{Limit, Settings};
use daepyo_store::site::Role;
use reqwest::StatusCode;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn unlimited(settings: &mut Settings) {
    settings.limits.read = Limit { burst: 1_000_000, per_minute: 1_000_000 };
}

/// A site of the fixture's programme with these folders.
pub(crate) async fn with(folders: Vec<PathBuf>) -> TestSite {
    start_with(|settings| {
        unlimited(settings);
        settings.programme = Some(programme());
        settings.published = folders;
        settings.data_licence = Some("CC-BY-4.0".to_owned());
    })
    .await
}

/// Every page that can be reached by links from the first one, in one language: path and text.
async fn crawl(site: &TestSite, word: &str) -> Vec<(String, String)> {
    let mut browser = site.browser();
    browser.get(&format!("/?lang={word}")).await;
    let mut todo = vec!["/".to_owned()];
    let mut known: BTreeSet<String> = todo.iter().cloned().collect();
    let mut pages = Vec::new();
    while let Some(path) = todo.pop() {
        let answer = browser.get(&path).await;
        let what = format!("{word} {path}");
        if path.starts_with("/sign-in") {
            continue;
        }
        assert_eq!(answer.status, StatusCode::OK, "{what}: {}", answer.text);
        for hidden in HIDDEN {
            assert!(!answer.text.contains(hidden), "{what} shows a hidden document");
        }
        let is_page = answer.header("content-type").starts_with("text/html") && !path.ends_with("/report");
        if !is_page {
            continue;
        }
        assert!(answer.text.contains(&format!("<html lang=\"{word}\">")), "{what}");
        let all = markup::check(&what, &answer.text);
        for link in markup::links(&all) {
            if let Some(id) = link.strip_prefix('#') {
                assert!(all.iter().any(|one| one.get("id") == Some(id)), "{what} has no #{id}");
                continue;
            }
            assert!(link.starts_with('/'), "{what} leads to {link}");
            let path = link.split('#').next().unwrap().to_owned();
            if !path.starts_with("/lang") && known.insert(path.clone()) {
                todo.push(path);
            }
        }
        pages.push((path, answer.text));
    }
    pages
}

fn page<'a>(pages: &'a [(String, String)], path: &str) -> &'a str {
    &pages.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("{path} is not reached")).1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_finished_stages_is_sound_in_both_languages() {
    let work = tempfile::tempdir().unwrap();
    let site = with(vec![first(work.path()), second(work.path())]).await;
    for word in ["ko", "en"] {
        let pages = crawl(&site, word).await;
        let stage = page(&pages, "/stages/first");
        // The figure, its table, the report.
        assert!(
            stage.contains("id=\"composite-chart-title\"") && stage.contains("/stages/first/report"),
            "{stage}"
        );
        assert!(stage.contains(if word == "ko" { "진출" } else { "advance" }));
        // The public votes: ratings drawn, what the tests of voters found, what an attack takes.
        assert!(stage.contains("votes-") && stage.contains("-chart-title"), "{stage}");
        assert!(stage.contains(if word == "ko" { "검사한 투표자" } else { "Voters tested" }), "{stage}");
        assert!(!stage.contains("{report-") && !stage.contains("{site-") && !stage.contains("{contest-"));
        let candidate = page(&pages, "/candidates/garam");
        assert!(candidate.contains("33dea9c7ff28bcd0f0eda9c0c16ec06fff52a171ead7b2da55cc1dc6a9bab96d"));
        let rules = page(&pages, "/rules");
        assert!(rules.contains("/evidence/first/0") && rules.contains("/data/second/rules.json"));
        assert!(page(&pages, "/data").contains("CC-BY-4.0"));
        assert!(page(&pages, "/verify").contains("daepyo verify first --key 'line.example+"));
        page(&pages, "/evidence/first/1");
        page(&pages, "/accessibility");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_stage_only_rules_and_submissions_are_shown() {
    let site = with(Vec::new()).await;
    for word in ["ko", "en"] {
        let pages = crawl(&site, word).await;
        let stage = page(&pages, "/stages/second");
        assert!(stage.contains("line_passages") && stage.contains("2027-06-01"));
        let candidate = page(&pages, "/candidates/narae");
        assert!(candidate.contains("replay:replay/narae.jsonl") && !candidate.contains("class=\"badge in\""));
    }
    assert_eq!(
        site.browser().get("/rules/programme.toml").await.text,
        fs::read_to_string(programme()).unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_under_way_shows_how_far_it_is_and_no_score() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    for file in ["manifest.json", "verdict.json", "analysis.json", "report.html"] {
        fs::remove_file(folder.join(file)).unwrap();
    }
    fs::create_dir_all(folder.join(".work")).unwrap();
    let progress = r#"{"format":2,"phase":"measure","candidates":{"garam":{"answered":12345,"planned":67890}},
        "criteria":{"benchmark":{"answered":2345,"planned":7890}}}"#;
    fs::write(folder.join(".work/progress.json"), progress).unwrap();
    let path = folder.clone();
    let site = with(vec![folder]).await;
    let page = site.browser().get("/stages/first").await;
    for count in ["12,345", "67,890", "2,345", "7,890"] {
        assert!(page.text.contains(count), "{count}: {}", page.text);
    }
    // Regression: the id stood here where other pages have the team's name.
    assert!(!page.text.contains(">garam<"), "{}", page.text);
    // What the run writes meanwhile is seen at once.
    let more = progress.replace("12345", "23456").replace("measure", "decide");
    fs::write(path.join(".work/progress.json"), more).unwrap();
    let page = site.browser().get("/stages/first?lang=en").await;
    assert!(page.text.contains("23,456") && page.text.contains("the verdict is made"), "{}", page.text);
    assert!(!page.text.contains("composite-chart"));
    // Nothing of the folder is handed out before it is finished.
    for path in ["/data/first/rules.json", "/log/first/checkpoint", "/evidence/first", "/stages/first/report"]
    {
        assert_eq!(site.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// The stage's page, asked for again, the clock stepped, until `is_it` says so of it.
async fn until(site: &TestSite, is_it: impl Fn(&str) -> bool) -> String {
    let mut last = String::new();
    for _ in 0..600 {
        site.clock.step(Duration::from_secs(5));
        last = site.browser().get("/stages/first?lang=en").await.text;
        if is_it(&last) {
            return last;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_is_published_while_the_site_runs_is_shown_without_a_restart() {
    let work = tempfile::tempdir().unwrap();
    let (folder, aside) = (first(work.path()), work.path().join("aside"));
    fs::rename(&folder, &aside).unwrap();
    let site = with(vec![folder.clone()]).await;
    assert!(!site.browser().get("/stages/first").await.text.contains("composite-chart"));
    fs::rename(&aside, &folder).unwrap();
    until(&site, |page| page.contains("composite-chart")).await;
    assert_eq!(site.browser().get("/stages/first/report").await.status, StatusCode::OK);
    assert_eq!(site.browser().get("/data/first/verdict.json").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_no_longer_verifies_is_shown_as_that_without_a_restart() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let site = with(vec![folder.clone()]).await;
    assert!(site.browser().get("/stages/first").await.text.contains("composite-chart"));
    fs::write(folder.join("rules.json"), "{}").unwrap();
    let page = until(&site, |page| page.contains("does not verify")).await;
    assert!(!page.contains("composite-chart") && page.contains("rules.json"), "{page}");
    assert_eq!(site.browser().get("/data/first/verdict.json").await.status, StatusCode::NOT_FOUND);
}

async fn tampered(change: impl FnOnce(&Path)) -> TestSite {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    change(&folder);
    let site = with(vec![folder]).await;
    drop(work);
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_folder_that_does_not_verify_only_that_is_shown() {
    let verdict = |folder: &Path| {
        let text = fs::read_to_string(folder.join("verdict.json")).unwrap();
        fs::write(folder.join("verdict.json"), text.replacen("garam", "narae", 1)).unwrap();
    };
    let rules = |folder: &Path| fs::write(folder.join("rules.json"), "{}").unwrap();
    let log = |folder: &Path| fs::remove_file(folder.join("log/checkpoint")).unwrap();
    let unsealed = |folder: &Path| fs::remove_file(folder.join("rules.json")).unwrap();
    for (change, named) in [
        (&verdict as &dyn Fn(&Path), "verdict.json"),
        (&rules, "rules.json"),
        (&log, "checkpoint"),
        (&unsealed, "rules.json"),
    ] {
        let site = tampered(change).await;
        for word in ["ko", "en"] {
            let pages = crawl(&site, word).await;
            let home = page(&pages, "/");
            assert!(home.contains(named), "{named}: {home}");
            assert!(
                home.contains(if word == "ko" { "검증되지 않습니다" } else { "does not verify" }),
                "{named}"
            );
            // Regression: what was found stood in English on pages in Korean.
            if (word, named) == ("ko", "verdict.json") {
                assert!(home.contains("서명된 것과 다른 파일입니다"), "{home}");
            }
            for (path, text) in &pages {
                assert!(
                    !text.contains("composite-chart") && !text.contains("class=\"sentence\""),
                    "{named}: {path}"
                );
            }
        }
        for path in
            ["/data/first/verdict.json", "/log/first/key.pub", "/stages/first/report", "/evidence/first/0"]
        {
            assert_eq!(site.browser().get(path).await.status, StatusCode::NOT_FOUND, "{named}: {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_has_not_begun_raises_no_alarm() {
    let gone = |folder: &Path| fs::remove_dir_all(folder).unwrap();
    let empty = |folder: &Path| {
        fs::remove_dir_all(folder).unwrap();
        fs::create_dir_all(folder.join(".work")).unwrap();
    };
    for change in [&gone as &dyn Fn(&Path), &empty] {
        let site = tampered(change).await;
        for word in ["ko", "en"] {
            let pages = crawl(&site, word).await;
            for (path, text) in &pages {
                assert!(!text.contains("notice bad") && !text.contains("badge broken"), "{path}: {text}");
            }
            assert!(page(&pages, "/stages/first").contains("line_sums"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_was_shown_and_is_gone_stays_an_alarm() {
    for is_finished in [true, false] {
        let work = tempfile::tempdir().unwrap();
        let folder = first(work.path());
        if !is_finished {
            fs::remove_file(folder.join("manifest.json")).unwrap();
        }
        let site = with(vec![folder.clone()]).await;
        assert!(!site.browser().get("/stages/first?lang=en").await.text.contains("does not verify"));
        fs::remove_dir_all(&folder).unwrap();
        let page = until(&site, |page| page.contains("does not verify")).await;
        assert!(page.contains("evidence::unreadable_file"), "{page}");
        // And at every later look.
        for _ in 0..3 {
            site.clock.step(Duration::from_secs(5));
            tokio::time::sleep(Duration::from_millis(50)).await;
            let page = site.browser().get("/?lang=en").await.text;
            assert!(page.contains("does not verify"), "{page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_have_tags_by_content_and_language() {
    let site = with(Vec::new()).await;
    let (ko, en) = (site.browser().get("/rules?lang=ko").await, site.browser().get("/rules?lang=en").await);
    assert_ne!(ko.header("etag"), en.header("etag"));
    assert_eq!(ko.header("cache-control"), "no-cache");
    assert!(ko.header("vary").contains("Accept-Language"));
    let again = site.browser().with("if-none-match", ko.header("etag")).get("/rules?lang=ko").await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.header("etag"), ko.header("etag"));
    let other = site.browser().with("if-none-match", ko.header("etag")).get("/rules?lang=en").await;
    assert_eq!(other.status, StatusCode::OK);
    // Whoever is signed in gets a page with their own form, kept nowhere.
    let mut signed_in = site.signed_in(Role::Citizen).await.with("if-none-match", "*");
    let own = signed_in.get("/rules").await;
    assert_eq!((own.status, own.header("cache-control")), (StatusCode::OK, "no-store"));
    let head = site.browser().ask(reqwest::Method::HEAD, "/rules?lang=ko", None).await;
    assert_eq!(
        (head.status, head.text.as_str(), head.header("etag")),
        (StatusCode::OK, "", ko.header("etag"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_and_its_style_weigh_little() {
    let work = tempfile::tempdir().unwrap();
    let site = with(vec![first(work.path()), second(work.path())]).await;
    let home = site.browser().get("/").await;
    let style =
        home.text.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let style = site.browser().get(&style).await;
    let weight = home.text.len() + style.text.len();
    assert!(weight < 60_000, "{weight} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_programme_every_page_still_answers() {
    let site = start().await;
    for path in [
        "/",
        "/rules",
        "/candidates",
        "/evidence",
        "/data",
        "/verify",
        "/about",
        "/privacy",
        "/accessibility",
    ] {
        for word in ["ko", "en"] {
            let answer = site.browser().get(&format!("{path}?lang={word}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            markup::check(path, &answer.text);
        }
    }
    for path in ["/stages/first", "/candidates/garam", "/rules/programme.toml"] {
        assert_eq!(site.browser().get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
