//! Addresses: which are taken, and that no password is shown.

use daepyo_store::postgres_server::PostgresServer;
use daepyo_store::site::{Site, SiteError};
use std::error::Error;

/// An error with its causes, as a log has it.
fn whole(error: &SiteError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text} {inner} {inner:?}");
        cause = inner.source();
    }
    text
}

#[tokio::test]
async fn other_addresses_are_refused_without_showing_a_password() {
    for url in [
        "mysql://daepyo:hush@localhost/site",
        "postgres://daepyo:hush@localhost:notaport/site",
        "postgres://daepyo:hush@localhost:99999/site?sslmode=hush",
        "postgres://daepyo@localhost/site?sslmode=hush",
        "host=localhost password=hush",
        "sqlite:",
        "sqlite::memory:",
        "",
    ] {
        let error = Site::open(url).await.unwrap_err();
        assert_eq!(error.code(), "store::site_url", "{url}");
        assert!(!whole(&error).contains("hush"), "{}", whole(&error));
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().display().to_string().replace('/', "%2F");
    for url in
        [format!("postgres://daepyo:hush@{socket}/site"), "postgres://daepyo:hush@127.0.0.1:1/site".into()]
    {
        let error = Site::open(&url).await.unwrap_err();
        assert_eq!(error.code(), "store::site_open");
        assert!(!whole(&error).contains("hush"), "{}", whole(&error));
    }
}

#[tokio::test]
async fn nothing_shows_the_password_of_a_server() {
    let server = PostgresServer::start().await.unwrap();
    let url = server.database("shown").await.unwrap();
    let site = Site::open(&url).await.unwrap();
    let leader = site.lead().await.unwrap().unwrap();
    let password = PostgresServer::password();
    for text in [format!("{site:?}"), format!("{leader:?}"), format!("{site:#?}")] {
        assert!(!text.contains(password) && !text.contains("%2F"), "{text}");
    }
    let wrong = url.replace("daepyo:", "daepyo:hush");
    let error = Site::open(&wrong).await.unwrap_err();
    assert_eq!(error.code(), "store::site_open");
    assert!(!whole(&error).contains("hush") && !whole(&error).contains(password), "{}", whole(&error));
}

#[tokio::test]
async fn a_file_of_something_else_is_an_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.sqlite");
    std::fs::write(&path, "these are my notes, not a database; ".repeat(9)).unwrap();
    let error = Site::open(&format!("sqlite:{}", path.display())).await.unwrap_err();
    assert_eq!(error.code(), "store::site_open");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("these are my notes"));
    // A run's store of responses is not the site's.
    let run = folder.path().join("run.sqlite");
    daepyo_store::Store::open(&run).await.unwrap().close().await;
    let error = Site::open(&format!("sqlite:{}", run.display())).await.unwrap_err();
    assert_eq!(error.code(), "store::site_migrate");
}
