//! Two servers on one PostgreSQL, which behave as one.

use crate::contest::{CONTEST, citizen, example, opened};
use crate::moving::Stream;
use crate::provider::Provider;
use crate::site::{TestSite, start_with};
use daepyo_server::{Clock, Limit, Server, Settings, StartError};
use daepyo_store::postgres_server::PostgresServer;
use reqwest::StatusCode;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;

const PASSWORD: &str = "correct horse battery";

/// Two servers with one database, one folder (of the secret and the keys) and one address for people.
struct Both {
    first: TestSite,
    second: TestSite,
    /// Ends behind both servers.
    _database: PostgresServer,
    _folder: TempDir,
}

async fn both(change: impl Fn(&mut Settings)) -> Both {
    let database = PostgresServer::start().await.unwrap();
    let url = database.database("site").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let share = |settings: &mut Settings, path: &Path| {
        settings.store_url.clone_from(&url);
        path.clone_into(&mut settings.data);
        settings.keys = path.join("keys");
        change(settings);
    };
    let mut base = None;
    let first = start_with(|settings| {
        share(settings, folder.path());
        base = Some(settings.base_url.clone());
    })
    .await;
    let second = start_with(|settings| {
        share(settings, folder.path());
        settings.base_url = base.unwrap();
    })
    .await;
    Both { first, second, _database: database, _folder: folder }
}

/// Why a further server, with the settings of the first one but for what is changed, does not start.
async fn refused(both: &Both, change: impl FnOnce(&mut Settings)) -> StartError {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut settings = both.first.running.app().settings().clone();
    change(&mut settings);
    let clock = Arc::clone(&both.first.clock) as Arc<dyn Clock>;
    Server::serve(settings, clock, listener).await.unwrap_err()
}

/// Regression: a server with a folder of its own made a secret of its own and went on with the store's contests under it.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_keys_of_its_own_does_not_start() {
    let path = example().join("programme.toml");
    let both = both(|settings| settings.programme = Some(path.clone())).await;
    let own = tempfile::tempdir().unwrap();
    let error = refused(&both, |settings| own.path().clone_into(&mut settings.data)).await;
    assert_eq!(error.code(), "server::secret");
    let secret = own.path().join("secret.key");
    assert!(error.to_string().contains(&secret.display().to_string()), "{error}");
    assert!(!own.path().join("log").exists(), "it has begun a log");
    // The same secret, but another key of the log.
    let error = refused(&both, |settings| settings.keys = own.path().join("keys")).await;
    assert_eq!(error.code(), "server::secret");
    assert!(
        matches!(&error, StartError::Contests(cause) if cause.to_string().contains("contest.key")),
        "{error:?}"
    );
    // With the secret from the backup it starts.
    let settings = both.first.running.app().settings();
    std::fs::copy(settings.data.join("secret.key"), &secret).unwrap();
    let restored = start_with(|restored| {
        restored.store_url.clone_from(&settings.store_url);
        own.path().clone_into(&mut restored.data);
    })
    .await;
    assert_eq!(restored.browser().get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_holds_at_every_server_and_ends_at_every_server() {
    let both = both(|_| {}).await;
    let mut office = both.first.office("office", PASSWORD).await.at(&both.second);
    assert_eq!(office.get("/office/accounts").await.status, StatusCode::OK);
    // The link of the first run has served, wherever it is opened.
    assert_eq!(both.second.running.first_run_link().await.unwrap(), None);
    let mut kept = office.clone().at(&both.first);
    assert_eq!(office.submit("/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(kept.get("/office/accounts").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_began_at_one_server_ends_at_another_once() {
    let provider = Provider::start(1_796_083_200).await;
    let both = both(|settings| settings.oidc = vec![provider.settings("test")]).await;
    let mut browser = both.first.browser();
    browser.get("/sign-in").await;
    let leads_to = browser.get("/sign-in/oidc/test?next=/me").await;
    assert_eq!(leads_to.status, StatusCode::SEE_OTHER, "{}", leads_to.text);
    let back = provider.agree(leads_to.header("location"));
    let path = format!("{}?{}", back.path(), back.query().unwrap());
    let mut copied = browser.clone();
    let mut browser = browser.at(&both.second);
    let entered = browser.get(&path).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (StatusCode::SEE_OTHER, "/me"),
        "{}",
        entered.text
    );
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
    // The same answer again, at the server that has not seen it.
    let again = copied.get(&path).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.text.contains("server::sign_in_stale"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_get_no_more_by_going_to_several_servers() {
    let both = both(|settings| {
        settings.limits.sign_in = Limit { burst: 4, per_minute: 1 };
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let mut statuses = Vec::new();
    for client in 0..8 {
        let site = if client % 2 == 0 { &both.first } else { &both.second };
        let mut browser = site.browser().with("x-forwarded-for", &format!("203.0.113.{client}"));
        let fields = [("name", "office"), ("password", "guess guess guess")];
        statuses.push(browser.submit("/sign-in", &fields).await.status.as_u16());
    }
    assert_eq!(statuses, [422, 422, 422, 422, 429, 429, 429, 429]);
    // What is kept of the names and addresses that were tried is not readable.
    let log = crate::site::logged();
    assert!(!log.contains("203.0.113."), "an address in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_one_server_hear_what_happens_at_another() {
    let programme = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(example()).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() && file.file_name() != "votes.csv" {
            std::fs::copy(file.path(), programme.path().join(file.file_name())).unwrap();
        }
    }
    let path = programme.path().join("programme.toml");
    let both = both(|settings| settings.programme = Some(path.clone())).await;
    let mut stream = Stream::open(&both.second).await;
    let mut office = opened(&both.first).await;
    stream.until("data: contests\n\n").await;
    let page = both.second.browser().get(&format!("{CONTEST}?lang=en")).await;
    assert_eq!(page.status, StatusCode::OK);
    stream.until("log\n\n").await;
    stream.forget();
    // A vote at one server is in the log, and on the other's page of the office.
    let mut voter = citizen(&both.first, &mut office).await;
    let battle = crate::contest::begin(&mut voter).await;
    let mut voter = voter.at(&both.second);
    let sent = voter.submit(&format!("{battle}/vote"), &[("choice", "tie")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    stream.until("log\n\n").await;
    let seen = office.at(&both.first).get("/office/contests?lang=en").await.text;
    assert!(seen.contains("Votes that hold: 1."), "{seen}");
}
