//! Pages that move: what they mark, and the stream that tells of it.

use crate::contest::{CONTEST, begin, citizen, opened, with_contest};
use crate::finished::first;
use crate::public::with;
use crate::site::{TestSite, start_with};
use daepyo_store::site::Role;
use reqwest::StatusCode;
use std::time::Duration;
use tokio::time::timeout;

/// Long enough for a slow machine; what is told comes within seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// A reader's stream.
pub(crate) struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    pub(crate) async fn open(site: &TestSite) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let response = client.get(format!("{}/live", site.base)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut stream = Self { response, text: String::new() };
        stream.until("retry: ").await;
        stream
    }

    /// Reads on until the stream has said this.
    pub(crate) async fn until(&mut self, words: &str) {
        let heard = timeout(PATIENCE, async {
            while !self.text.contains(words) {
                let piece = self.response.chunk().await.unwrap();
                self.text.push_str(std::str::from_utf8(&piece.expect("the stream goes on")).unwrap());
            }
        });
        assert!(heard.await.is_ok(), "{words} was not heard: {}", self.text);
    }

    /// Forgets what was heard so far.
    pub(crate) fn forget(&mut self) {
        self.text.clear();
    }

    /// Reads to the end of the stream.
    async fn end(mut self) {
        let ended = timeout(PATIENCE, async { while let Ok(Some(_)) = self.response.chunk().await {} });
        assert!(ended.await.is_ok(), "the stream does not end");
    }
}

#[tokio::test]
async fn a_reader_hears_of_an_opening_and_of_votes_and_the_page_says_so() {
    let (site, _folder) = with_contest(|_| {}).await;
    let before = site.browser().get(&format!("{CONTEST}?lang=en")).await.text;
    assert!(before.contains("id=\"standing\" data-live=\"contests\" aria-live=\"polite\""), "{before}");
    let mut stream = Stream::open(&site).await;
    let mut office = opened(&site).await;
    stream.until("event: news\ndata: contests\n\n").await;
    let after = site.browser().get(&format!("{CONTEST}?lang=en")).await.text;
    let part =
        |page: &str| page.split_once("id=\"standing\"").unwrap().1.split_once("</div>").unwrap().0.to_owned();
    assert_ne!(part(&before), part(&after));

    // The opening has an entry of its own in the log.
    stream.until("log\n\n").await;
    stream.forget();
    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    let sent = voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    stream.until("log\n\n").await;
    // It is given when the log has the vote.
    assert_eq!(voter.get(&format!("{battle}/receipt")).await.status, StatusCode::OK);
    let own = voter.get(&format!("{CONTEST}?lang=en")).await.text;
    assert!(own.contains("You have cast 1 vote of 60; of today’s 12 battles you have used 1."), "{own}");
    let seen = office.get("/office/contests?lang=en").await.text;
    assert!(seen.contains("Votes that hold: 1. People who cast them: 1."), "{seen}");
    assert!(seen.contains("data-live=\"contests log\"") && seen.contains("Waiting: 0."), "{seen}");
}

/// What stands inside the `div` with this id.
pub(crate) fn inside<'a>(page: &'a str, id: &str) -> &'a str {
    let (_, rest) =
        page.split_once(&format!("<div id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}: {page}"));
    let rest = rest.split_once('>').unwrap().1;
    let (mut depth, mut place) = (1, 0);
    while depth > 0 {
        let next = rest[place..].find("div").unwrap() + place;
        let before = &rest[..next];
        if before.ends_with("</") {
            depth -= 1;
        } else if before.ends_with('<') {
            depth += 1;
        }
        place = next + 3;
    }
    &rest[..place]
}

#[tokio::test]
async fn an_open_page_gets_the_button_at_the_opening_and_the_results_at_the_close() {
    let (site, _folder) = with_contest(|_| {}).await;
    let path = format!("{CONTEST}?lang=en");
    let mut early = site.signed_in(Role::Citizen).await;
    let button = format!("action=\"{CONTEST}/battles\"");
    let before = early.get(&path).await.text;
    assert!(before.contains("id=\"held\" data-live=\"contests\""), "{before}");
    assert!(!inside(&before, "held").contains(&button), "{before}");
    let mut office = opened(&site).await;
    let open = early.get(&path).await.text;
    assert!(inside(&open, "held").contains(&button), "{open}");
    assert!(!open.contains("id=\"results\""), "{open}");

    let mut voter = citizen(&site, &mut office).await;
    let battle = begin(&mut voter).await;
    voter.submit(&format!("{battle}/vote"), &[("choice", "left")]).await;
    let closed = office.submit(&format!("/office{CONTEST}/close"), &[]).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text);
    let after = early.get(&path).await.text;
    assert!(inside(&after, "standing").contains(&format!("href=\"{CONTEST}#results\"")), "{after}");
    let part = inside(&after, "held");
    assert!(part.contains("id=\"results\"") && !part.contains(&button), "{after}");
    assert!(inside(part, "results").contains("/files/"), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_of_a_stage_gets_its_verdict_and_charts_when_they_are_published() {
    let work = tempfile::tempdir().unwrap();
    let (folder, aside) = (first(work.path()), work.path().join("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    let site = with(vec![folder.clone()]).await;
    let before = site.browser().get("/stages/first?lang=en").await.text;
    assert!(before.contains("id=\"folders\" data-live=\"stages\""), "{before}");
    assert!(before.contains("id=\"state\" data-live=\"contests stages\""), "{before}");
    assert!(!before.contains("composite-chart"), "{before}");
    let mut stream = Stream::open(&site).await;
    std::fs::rename(&aside, &folder).unwrap();
    site.clock.step(Duration::from_secs(5));
    // Any page that is asked for has the folders looked at.
    site.browser().get("/about").await;
    stream.until("data: stages\n\n").await;
    let after = site.browser().get("/stages/first?lang=en").await.text;
    let part = inside(&after, "folders");
    assert!(part.contains("composite-chart") && part.contains("class=\"sentence\""), "{after}");
}

/// Regression: only the office's page told of an opening; pages that were open did not hear of one by the API.
#[tokio::test]
async fn a_reader_hears_of_an_opening_by_the_api() {
    let (site, _folder) = with_contest(|_| {}).await;
    let before = site.browser().get("/?lang=en").await.text;
    let mut stream = Stream::open(&site).await;
    let mut office = site.signed_in(Role::Office).await;
    let done = office.send("/api/v1/office/contests/public/users/open", None).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    stream.until("event: news\ndata: contests\n\n").await;
    assert_ne!(site.browser().get("/?lang=en").await.text, before);
}

#[tokio::test]
async fn what_a_crowd_sees_follows_at_once_and_is_nobodys_own() {
    // The clock stands still: only what happens can make a page another one.
    let (site, _folder) = with_contest(|_| {}).await;
    let seen = async |path: &str| site.browser().get(path).await.text;
    let before = seen("/?lang=en").await;
    assert_eq!(seen("/?lang=en").await, before);
    assert_ne!(seen("/?lang=ko").await, before);
    let listed = seen("/api/v1/contests").await;
    assert!(listed.contains("\"state\":\"to_come\""), "{listed}");

    let mut office = opened(&site).await;
    let after = seen("/?lang=en").await;
    assert_ne!(after, before, "the contest is open");
    let listed = seen("/api/v1/contests").await;
    assert!(listed.contains("\"state\":\"open\""), "{listed}");

    let own = office.get("/?lang=en").await.text;
    assert!(own.contains("action=\"/sign-out\""), "{own}");
    assert_eq!(seen("/?lang=en").await, after, "nobody sees what was drawn for somebody else");

    // Whose browser has a token of forms is asked no less politely: the page has no form, and a tag.
    let mut visitor = site.browser();
    assert!(visitor.get("/sign-in").await.text.contains("name=\"csrf\""));
    for path in ["/rules?lang=en", CONTEST] {
        let page = visitor.get(path).await;
        assert!(!page.text.contains("name=\"csrf\"") && page.headers.contains_key("etag"), "{path}");
    }
}

#[tokio::test]
async fn only_pages_that_move_have_the_script_and_it_is_small() {
    let (site, _folder) = with_contest(|_| {}).await;
    let page = site.browser().get("/contests").await.text;
    let script = page.split_once("<script src=\"").unwrap().1.split_once('"').unwrap().0;
    let file = site.browser().get(script).await;
    assert_eq!(
        (file.status, file.header("content-type")),
        (StatusCode::OK, "text/javascript; charset=utf-8")
    );
    assert!(file.text.len() < 3 << 10, "{}", file.text.len());
    assert!(!file.text.contains("eval") && !file.text.contains("innerHTML = "), "{}", file.text);
    for still in ["/about", "/receipts", "/sign-in"] {
        assert!(!site.browser().get(still).await.text.contains("/script/moving"), "{still}");
    }
}

#[tokio::test]
async fn streams_leave_room_for_pages_and_end_with_the_server() {
    let site = start_with(|settings| settings.connections = 8).await;
    let (first, second) = (Stream::open(&site).await, Stream::open(&site).await);
    let third = site.browser().get("/live").await;
    assert_eq!((third.status, third.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert_eq!(site.signed_in(Role::Citizen).await.get("/").await.status, StatusCode::OK);
    site.running.stop().await;
    first.end().await;
    second.end().await;
}
