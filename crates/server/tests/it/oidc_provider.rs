//! Signing in with a real identity provider: npm's `oidc-provider`, which the claim `site-oidc` installs and names.

use crate::figure::skipped;
use crate::site::{Browser, TestSite, start_with};
use daepyo_server::{OidcProvider, Secret};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode, Url};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The provider's process; it ends with this value.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The person's browser as the provider sees it.
struct AtProvider {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl AtProvider {
    fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client, cookies: BTreeMap::new() }
    }

    /// Asks; gives where it leads to, and the page.
    async fn ask(&mut self, method: Method, url: &Url, body: Option<String>) -> (Option<Url>, String) {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.client.request(method, url.clone()).header(COOKIE, cookies.join("; "));
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let to = response.headers().get(LOCATION).map(|to| url.join(to.to_str().unwrap()).unwrap());
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success() || status.is_redirection(), "{url}: {status} {text}");
        (to, text)
    }

    /// Follows it from an address, filling in the form of each page, until it leads to the site.
    async fn walk(&mut self, from: &str, site: &str, login: &str) -> Url {
        let mut url: Url = from.parse().unwrap();
        for _ in 0..20 {
            if url.as_str().starts_with(site) {
                return url;
            }
            let (mut to, text) = self.ask(Method::GET, &url, None).await;
            if to.is_none() {
                let (action, body) = form(&text, login);
                let action = url.join(&action).unwrap();
                to = self.ask(Method::POST, &action, Some(body)).await.0;
            }
            url = to.expect("the provider leads on");
        }
        panic!("the provider does not lead back");
    }
}

/// The first form of a page: its address, and its fields filled in.
fn form(text: &str, login: &str) -> (String, String) {
    let attribute = |tag: &str, name: &str| {
        tag.split(&format!("{name}=\""))
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
    };
    let form = text.split("<form").nth(1).unwrap_or_else(|| panic!("no form: {text}"));
    let form = form.split("</form>").next().unwrap();
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for tag in form.split("<input").chain(form.split("<button")).filter_map(|rest| rest.split('>').next()) {
        if let Some(name) = attribute(tag, "name") {
            let value = match name.as_str() {
                "login" => login.to_owned(),
                "password" => "any".to_owned(),
                _ => attribute(tag, "value").unwrap_or_default(),
            };
            body.append_pair(&name, &value);
        }
    }
    // A button may stand outside its form and name it; a person presses the first.
    let outside = text.split("<button").skip(1).filter_map(|rest| rest.split('>').next());
    let pressed = outside.filter(|tag| attribute(tag, " form").is_some());
    if let Some((name, value)) = pressed.map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).next()
        && let Some(name) = name
    {
        body.append_pair(&name, &value.unwrap_or_default());
    }
    (attribute(form, "action").unwrap_or_default(), body.finish())
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// The site's clock stands at the hour of the provider.
fn set_clock(site: &TestSite) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    site.clock.set_ms(i64::try_from(now.as_millis()).unwrap());
}

async fn sign_in(site: &TestSite, person: &mut AtProvider, login: &str) -> (Browser, String) {
    set_clock(site);
    let mut browser = site.browser();
    browser.get("/sign-in").await;
    let begun = browser.get("/sign-in/oidc/real?next=/me").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let back = person.walk(begun.header("location"), &site.base, login).await;
    set_clock(site);
    let entered = browser.get(&format!("{}?{}", back.path(), back.query().unwrap())).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/me"),
        "{}",
        entered.text
    );
    let me = browser.get("/me?lang=en").await;
    assert!(me.text.contains("<dd>citizen</dd>"), "{}", me.text);
    let number = me.text.split("<dd>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    (browser, number)
}

#[tokio::test]
async fn a_real_provider_signs_a_citizen_in_and_out() {
    let Some(folder) = std::env::var_os("DAEPYO_OIDC_PROVIDER").map(PathBuf::from) else {
        return skipped(
            "no provider of identity (set DAEPYO_OIDC_PROVIDER to the folder where npm installed it)",
        );
    };
    let mut kept = Vec::new();
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let issuer = format!("http://127.0.0.1:{}", free_port());
        let real = OidcProvider {
            id: "real".to_owned(),
            issuer: issuer.clone(),
            client_id: "daepyo".to_owned(),
            client_secret: Some(Secret::new("a secret: of + the test")),
            label_ko: "인증".to_owned(),
            label_en: "ID".to_owned(),
        };
        let site = start_with(|settings| settings.oidc = vec![real]).await;
        set_clock(&site);
        let log = std::fs::File::create(folder.join("provider.log")).unwrap();
        let node = Command::new("node")
            .current_dir(&folder)
            .args(["server.mjs", &issuer, &site.base, algorithm])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        let _node = Node(node.unwrap());
        let discovery = format!("{issuer}/.well-known/openid-configuration");
        let client = Client::builder().no_proxy().build().unwrap();
        for _ in 0..100 {
            if client.get(&discovery).send().await.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }

        let mut person = AtProvider::new();
        let (mut first, number) = sign_in(&site, &mut person, "kim").await;
        // At the provider the person is known now; from another browser they are asked again.
        assert_eq!(sign_in(&site, &mut person, "kim").await.1, number);
        assert_eq!(sign_in(&site, &mut AtProvider::new(), "kim").await.1, number);
        assert_ne!(sign_in(&site, &mut AtProvider::new(), "lee").await.1, number);

        let out = first.submit("/sign-out", &[]).await;
        let page = first.get(&format!("{}&lang=en", out.header("location"))).await;
        let link = page.text.split("class=\"button\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let back = person.walk(&link.replace("&amp;", "&"), &site.base, "kim").await;
        assert_eq!(back.path(), "/signed-out");
        // There nobody is signed in any more: the next sign-in asks for the name again.
        assert_ne!(sign_in(&site, &mut person, "lee").await.1, number);
        kept.push(algorithm);
    }
    if let Some(file) = std::env::var_os("DAEPYO_FIGURE") {
        let figure = format!(
            "{} of 3 algorithms ({}): five sign-ins each, three of them one person's, and the provider's sign-out",
            kept.len(),
            kept.join(", ")
        );
        std::fs::write(file, figure).unwrap();
    }
}
