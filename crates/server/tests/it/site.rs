//! A running site for a test, and a browser that asks it.

use daepyo_core::Digest;
use daepyo_server::{Clock, Running, Server, Settings};
use daepyo_store::site::{PersonId, Role};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::form_urlencoded::Serializer;

/// 2026-12-01T00:00:00Z.
const BEGIN_MS: i64 = 1_796_083_200_000;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Captured;

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that any site of this process has logged.
pub(crate) fn logged() -> String {
    String::from_utf8(LOGGED.lock().unwrap().clone()).unwrap()
}

fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
        let subscriber = daepyo_server::log::subscriber(|| Captured, tracing::Level::DEBUG);
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// A clock that stands still until it is stepped.
#[derive(Debug, Default)]
pub(crate) struct Stepped(AtomicI64);

impl Stepped {
    pub(crate) fn step(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Stepped {
    /// Stands at a time of day, for what lives by the real one.
    pub(crate) fn set_ms(&self, now_ms: i64) {
        self.0.store(now_ms - BEGIN_MS, Ordering::SeqCst);
    }
}

impl Clock for Stepped {
    fn now_ms(&self) -> i64 {
        BEGIN_MS + self.0.load(Ordering::SeqCst)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst).unsigned_abs())
    }
}

/// A running site.
pub(crate) struct TestSite {
    pub(crate) running: Running,
    pub(crate) clock: Arc<Stepped>,
    pub(crate) base: String,
    pub(crate) folder: TempDir,
}

pub(crate) async fn start() -> TestSite {
    start_with(|_| {}).await
}

/// A site with settings changed.
pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> TestSite {
    start_in(tempfile::tempdir().unwrap(), change).await
}

/// A site over a folder that is there already.
pub(crate) async fn start_in(folder: TempDir, change: impl FnOnce(&mut Settings)) -> TestSite {
    prepare();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut settings = Settings::new(folder.path(), addr, format!("http://{addr}/").parse().unwrap());
    // Cheap hashes: how dear they are is not what these tests are about.
    settings.password_memory_kib = 64;
    change(&mut settings);
    let clock = Arc::new(Stepped::default());
    let running = Server::serve(settings, Arc::clone(&clock) as Arc<dyn Clock>, listener).await.unwrap();
    TestSite { running, clock, base: format!("http://{addr}"), folder }
}

impl TestSite {
    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Browser { client, base: self.base.clone(), cookies: BTreeMap::new(), extra: HeaderMap::new() }
    }

    /// Stops, and starts again over the same folder, as late as it was.
    pub(crate) async fn again(self, change: impl FnOnce(&mut Settings)) -> Self {
        let now_ms = self.clock.now_ms();
        self.running.stop().await;
        let site = start_in(self.folder, change).await;
        site.clock.set_ms(now_ms);
        site
    }

    /// What the site's clock says.
    pub(crate) fn clock_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Browsers of different people over one client, in which each is signed in as a citizen of their own.
    pub(crate) async fn citizens(&self, count: usize) -> Vec<Browser> {
        let (site, now_ms) = (self.running.app().site(), self.clock.now_ms());
        let one = self.browser();
        let mut browsers = Vec::new();
        for number in 0..count {
            let subject = self.running.app().keys().subject("test", &format!("citizen {number}"));
            let person = site.person_of_subject(subject, now_ms).await.unwrap().id;
            let token = *Digest::of(format!("{number} at {now_ms}").as_bytes()).as_bytes();
            let digest = Digest::of(&token);
            let _ = site.end_session(digest).await;
            site.start_session(digest, person, now_ms, now_ms + 3_600_000).await.unwrap();
            let mut browser = one.clone();
            browser.cookies.insert("daepyo".to_owned(), base64(&token));
            browsers.push(browser);
        }
        browsers
    }

    /// A person with a role, made without the pages.
    pub(crate) async fn person(&self, role: Role) -> PersonId {
        let site = self.running.app().site();
        let now_ms = self.clock.now_ms();
        match role {
            Role::Citizen => {
                let subject = self.running.app().keys().subject("test", "citizen");
                site.person_of_subject(subject, now_ms).await.unwrap().id
            }
            Role::Office | Role::Team | Role::Expert | Role::Auditor => {
                let name = format!("{role:?}").to_lowercase();
                if let Some(account) = site.account(&name).await.unwrap() {
                    return account.person.id;
                }
                let team = (role == Role::Team).then(|| "team-a".parse().unwrap());
                site.add_account(&name, "$argon2id$none", role, team, now_ms).await.unwrap()
            }
        }
    }

    /// A browser in which somebody of this role is signed in.
    pub(crate) async fn signed_in(&self, role: Role) -> Browser {
        let person = self.person(role).await;
        let mut token = [0_u8; 32];
        token[..8].copy_from_slice(&person.0.to_be_bytes());
        token[8] = role as u8 + 1;
        let now_ms = self.clock.now_ms();
        let digest = Digest::of(&token);
        let _ = self.running.app().site().end_session(digest).await;
        let started = self.running.app().site().start_session(digest, person, now_ms, now_ms + 3_600_000);
        started.await.unwrap();
        let mut browser = self.browser();
        browser.cookies.insert("daepyo".to_owned(), base64(&token));
        browser
    }

    /// A browser in which the office has made its account by the first-run link.
    pub(crate) async fn office(&self, name: &str, password: &str) -> Browser {
        let link = self.running.first_run_link().await.unwrap().unwrap();
        let token = link.split_once("token=").unwrap().1.to_owned();
        let mut browser = self.browser();
        browser.get(&format!("/first-run?token={token}")).await;
        let fields = [("token", token.as_str()), ("name", name), ("password", password)];
        let made = browser.submit("/first-run", &fields).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
        browser
    }
}

/// A path of a row with something in the place of what varies.
pub(crate) fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Base 64 for URLs without padding, written by hand: the tests do not ask the code under test.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0_u8; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..=chunk.len() {
            let digit = (number >> (18 - 6 * place)) & 63;
            text.push(char::from(LETTERS[digit as usize]));
        }
    }
    text
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The answer as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The value of the first hidden field of this name.
    pub(crate) fn hidden(&self, name: &str) -> Option<String> {
        let rest = self.text.split_once(&format!("name=\"{name}\" value=\""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    }

    /// The cookies that it sets, whole.
    pub(crate) fn set_cookies(&self) -> Vec<String> {
        self.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }
}

/// Somebody's browser: keeps cookies, follows nothing by itself.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    base: String,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Headers that go with every request.
    pub(crate) extra: HeaderMap,
}

impl Browser {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.extra.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn ask(&mut self, method: Method, path: &str, body: Option<String>) -> Answer {
        self.ask_with(method, path, body.map(|body| ("application/x-www-form-urlencoded", body))).await
    }

    /// Sends JSON with the token of changes, as programs do.
    pub(crate) async fn send(&mut self, path: &str, body: Option<&serde_json::Value>) -> Answer {
        let csrf = self.csrf().await;
        let mut program = self.clone().with("x-csrf", &csrf);
        let body = body.map(|body| ("application/json", body.to_string()));
        program.ask_with(Method::POST, path, body).await
    }

    /// Asks with a body of some type.
    pub(crate) async fn ask_with(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Answer {
        let mut request =
            self.client.request(method, format!("{}{path}", self.base)).headers(self.extra.clone());
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        if let Some((kind, body)) = body {
            request = request.header(CONTENT_TYPE, kind).body(body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let is_stream = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        // A stream goes on: only its beginning is an answer.
        let text = if is_stream { String::new() } else { response.text().await.unwrap() };
        let answer = Answer { status, headers, text };
        for cookie in answer.set_cookies() {
            let pair = cookie.split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Asks for a stream with the token of forms, as a script does; nothing of it is read yet.
    pub(crate) async fn open(&mut self, path: &str, csrf: &str) -> reqwest::Response {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.post(format!("{}{path}", self.base)).headers(self.extra.clone());
        request.header(COOKIE, pairs.join("; ")).header("x-csrf", csrf).send().await.unwrap()
    }

    /// The same browser, whose requests a balancer leads to another server of the site.
    pub(crate) fn at(mut self, site: &TestSite) -> Self {
        self.base.clone_from(&site.base);
        self
    }

    /// Sends a form exactly so.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(Method::POST, path, Some(body)).await
    }

    /// The token of forms of this browser, as its pages have it.
    pub(crate) async fn csrf(&mut self) -> String {
        // Signed in, the form of signing out has it; otherwise those of signing in.
        let page = self.get("/sign-in").await;
        let page = if page.status == StatusCode::SEE_OTHER { self.get("/").await } else { page };
        page.hidden("csrf").unwrap()
    }

    /// Sends a form with the token of forms.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let whole: Vec<_> = [("csrf", csrf.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, &whole).await
    }
}
