//! The right to write the log.

use super::Fresh;
use daepyo_store::site::{Leader, Site};
use sqlx::Connection as _;
use std::time::Duration;

pub(crate) async fn one_at_a_time(fresh: Fresh) {
    let (first, second) = (fresh.open().await, fresh.open().await);
    let mut leader = first.lead().await.unwrap().unwrap();
    assert!(leader.holds().await);
    assert!(first.lead().await.unwrap().is_none());
    assert!(second.lead().await.unwrap().is_none());
    drop(leader);
    let mut leader = soon(&second).await;
    assert!(leader.holds().await);
    assert!(first.lead().await.unwrap().is_none());
}

pub(crate) async fn passed_on_when_its_connection_is_cut(fresh: Fresh) {
    if !fresh.is_server() {
        // A file's lock has no connection to be cut; that it ends with its process is seen in `durable::killed`.
        return;
    }
    let (first, second) = (fresh.open().await, fresh.open().await);
    let mut leader = first.lead().await.unwrap().unwrap();
    let mut link = sqlx::PgConnection::connect(&fresh.url).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(sqlx::query(cut).fetch_all(&mut link).await.unwrap().len(), 1);
    let mut next = soon(&second).await;
    assert!(next.holds().await);
    assert!(!leader.holds().await);
    assert!(!leader.holds().await);
    assert!(first.lead().await.unwrap().is_none());
}

/// The right, which is free within moments: a server notices a closed connection by itself.
pub(crate) async fn soon(site: &Site) -> Leader {
    for _ in 0..500 {
        if let Some(leader) = site.lead().await.unwrap() {
            return leader;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody gave the right back");
}
