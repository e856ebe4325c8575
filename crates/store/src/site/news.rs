//! What servers of one database tell each other.

use super::database::{Pools, values};
use super::{Site, SiteError};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use std::time::Duration;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::task::JoinHandle;

/// The channel's name; `tell` has it in its statement.
const CHANNEL: &str = "daepyo_news";

/// News that a receiver may be behind.
const KEPT: usize = 1024;

/// Bytes of one piece of news; PostgreSQL takes less than 8,000.
const LONGEST: usize = 4000;

/// How long to wait before listening again where that failed.
const PAUSE: Duration = Duration::from_millis(500);

/// Where news comes in.
pub(super) struct News {
    sender: Sender<String>,
    listener: Option<JoinHandle<()>>,
}

impl News {
    /// News between the clones of one `Site`: a file of SQLite belongs to one server.
    pub(super) fn within() -> Self {
        Self { sender: Sender::new(KEPT), listener: None }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.abort();
        }
    }
}

/// Listens to PostgreSQL on a connection of its own until the news is dropped; listens already when this returns.
pub(super) async fn listen(options: PgConnectOptions) -> Result<News, sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect_lazy_with(options);
    let first = subscribe(&pool).await?;
    let sender = Sender::new(KEPT);
    let out = sender.clone();
    let listener = tokio::spawn(async move {
        let mut listener = Some(first);
        loop {
            let Some(open) = &mut listener else {
                tokio::time::sleep(PAUSE).await;
                listener = subscribe(&pool).await.ok();
                continue;
            };
            // It connects again by itself where the connection ends; news in between is missed.
            match open.recv().await {
                // An error says that nobody listens here.
                Ok(news) => drop(out.send(news.payload().to_owned())),
                Err(_) => listener = None,
            }
        }
    });
    Ok(News { sender, listener: Some(listener) })
}

async fn subscribe(pool: &sqlx::PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

impl Site {
    /// Tells every server of this database something, at most 4,000 bytes without the character 0; this one hears it too.
    /// PostgreSQL: NOTIFY, heard by all servers. SQLite: heard by the clones of this `Site` alone.
    pub async fn tell(&self, news: &str) -> Result<(), SiteError> {
        if news.len() > LONGEST || news.contains('\0') {
            let why = "news of more than 4,000 bytes, or with the character 0";
            return Err(SiteError::Query(sqlx::Error::Encode(why.into())));
        }
        match &self.inner.pools {
            Pools::Sqlite { .. } => {
                // An error says that nobody listens here.
                drop(self.inner.news.sender.send(news.to_owned()));
                Ok(())
            }
            Pools::Postgres(_) => {
                let sql = "SELECT pg_notify('daepyo_news', $1)";
                self.inner.pools.run(sql, &values![news]).await.map(|_| ()).map_err(SiteError::Query)
            }
        }
    }

    /// What servers tell each other from now on, this one's own among it. Lagging receivers miss the oldest; while the
    /// connection to PostgreSQL is made anew, everybody here misses what is told: who must know all looks again now and
    /// then.
    pub fn news(&self) -> Receiver<String> {
        self.inner.news.sender.subscribe()
    }
}

// The receiver's type is part of the contract.
const _: fn(&Site) -> broadcast::Receiver<String> = Site::news;
