//! News between servers.

use super::Fresh;
use super::scene::code;
use sqlx::Connection as _;
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn told_and_heard(fresh: Fresh) {
    let first = fresh.open().await;
    // Servers share a database of PostgreSQL; a file of SQLite belongs to one server, whose clones hear each other.
    let second = if fresh.is_server() { fresh.open().await } else { first.clone() };
    let (mut own, mut others) = (first.news(), second.news());
    let long = "가".repeat(1333);
    for news in ["first", "", "it's \"news\"", &long] {
        first.tell(news).await.unwrap();
        for receiver in [&mut own, &mut others] {
            assert_eq!(timeout(PATIENCE, receiver.recv()).await.unwrap().unwrap(), news);
        }
    }
    second.tell("back").await.unwrap();
    assert_eq!(timeout(PATIENCE, own.recv()).await.unwrap().unwrap(), "back");
    assert_eq!(code(first.tell(&"x".repeat(4001)).await), "store::site_query");
    assert_eq!(code(first.tell("\0").await), "store::site_query");
    first.tell("still there").await.unwrap();
    assert_eq!(timeout(PATIENCE, own.recv()).await.unwrap().unwrap(), "still there");
}

pub(crate) async fn heard_again_after_a_cut(fresh: Fresh) {
    if !fresh.is_server() {
        return;
    }
    let site = fresh.open().await;
    let mut news = site.news();
    let mut link = sqlx::PgConnection::connect(&fresh.url).await.unwrap();
    for _ in 0..2 {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND query LIKE 'LISTEN %'";
        assert_eq!(sqlx::query(cut).fetch_all(&mut link).await.unwrap().len(), 1);
        let heard = timeout(PATIENCE, async {
            loop {
                site.tell("again").await.unwrap();
                if let Ok(Ok(news)) = timeout(Duration::from_millis(50), news.recv()).await {
                    return news;
                }
            }
        });
        assert_eq!(heard.await.unwrap(), "again");
    }
}
