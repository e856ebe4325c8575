//! Opening the store of the site: addresses without their passwords, connections, layouts.

use super::database::Pools;
use super::news::{self, News};
use super::script::{self, Writer};
use super::wal::Wal;
use super::{Inner, Site, SiteError};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqlSafeStr as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Connections that read a file of SQLite beside the one that writes.
const READERS: u32 = 4;

/// Connections to PostgreSQL of one server; two more listen and hold the right to write the log.
const CONNECTIONS: u32 = 16;

/// Pages are copied from SQLite's log of writes into the file once for many votes.
const CHECKPOINT_PAGES: u32 = 8 << 10;

/// Pages that the writing connection keeps at hand: indices of random numbers are written all over.
const WRITER_KIB: u32 = 32 << 10;

/// Statements that the writing connection keeps prepared: of some there is one for each number of rows.
const WRITER_STATEMENTS: usize = 512;

/// A connection that has not been used for so long is asked whether it still lives.
const STALE: Duration = Duration::from_secs(1);

/// The layouts of a file or database, oldest first; embedded by hand, as those of the store of responses are.
fn migrations(texts: &[(&'static str, &'static str)]) -> Migrator {
    let migration = |(version, (name, text)): (i64, &(&'static str, &'static str))| {
        Migration::new(version, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations((1..).zip(texts).map(migration).collect())
}

/// Opens the store behind an address.
pub(super) async fn open(url: &str) -> Result<Site, SiteError> {
    match url.split_once(':') {
        Some(("sqlite", path)) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err(SiteError::Url { url: url.to_owned() });
            }
            open_file(Path::new(path)).await
        }
        Some(("postgres" | "postgresql", _)) => {
            // The cause is left out: it could repeat a piece of a password that was taken for something else.
            let options = PgConnectOptions::from_str(url).map_err(|_| SiteError::Url { url: shown(url) })?;
            open_server(options).await
        }
        _ => Err(SiteError::Url { url: shown(url) }),
    }
}

/// An address as it may be shown: where anything in it could be a password, only its beginning.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').map_or(("", url), |(scheme, rest)| (scheme, rest));
    let is_plain = rest.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
    if is_plain && url.len() <= 100 {
        return url.to_owned();
    }
    let is_scheme =
        (1..=20).contains(&scheme.len()) && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_scheme { format!("{scheme}:…") } else { "…".to_owned() }
}

async fn open_file(path: &Path) -> Result<Site, SiteError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(Duration::from_secs(10))
        .disable_statement_logging();
    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Text that somebody has deleted does not stay in the file's free space.
        .pragma("secure_delete", "ON")
        // What undoes one statement alone stays in memory.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        .pragma("cache_size", format!("-{WRITER_KIB}"))
        .statement_cache_capacity(WRITER_STATEMENTS);
    // An acknowledged vote survives a power cut, not only the death of the process: where there is a log of changes, whoever
    // commits waits for it (see `wal`); on a file system that allows none, SQLite itself does.
    let has_wal = has_wal(&writing).await.map_err(SiteError::Open)?;
    let writing =
        writing.synchronous(if has_wal { SqliteSynchronous::Normal } else { SqliteSynchronous::Full });
    let wal =
        if has_wal { Some(Wal::of(path).map_err(|error| SiteError::Disk(Arc::new(error)))?) } else { None };
    let pool = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    let is_open = Arc::new(AtomicBool::new(false));
    let left_open = Arc::clone(&is_open);
    let writer = pool().max_connections(1).after_release(move |link, _| {
        let left_open = Arc::clone(&left_open);
        Box::pin(async move { Ok(script::is_clean(link, &left_open).await) })
    });
    let writer = writer.connect_with(writing).await.map_err(SiteError::Open)?;
    let layouts = migrations(&[
        ("site", include_str!("../../migrations/site/sqlite/0001_site.sql")),
        ("talks", include_str!("../../migrations/site/sqlite/0002_talks.sql")),
        ("people", include_str!("../../migrations/site/sqlite/0003_people.sql")),
        ("examinations", include_str!("../../migrations/site/sqlite/0004_examinations.sql")),
        ("tallies", include_str!("../../migrations/site/sqlite/0005_tallies.sql")),
        ("deferred", include_str!("../../migrations/site/sqlite/0006_deferred.sql")),
        ("withdrawals", include_str!("../../migrations/site/sqlite/0007_withdrawals.sql")),
        ("reports", include_str!("../../migrations/site/sqlite/0008_reports.sql")),
        ("skipped", include_str!("../../migrations/site/sqlite/0009_skipped.sql")),
        ("characters", include_str!("../../migrations/site/sqlite/0010_characters.sql")),
        ("claims", include_str!("../../migrations/site/sqlite/0011_claims.sql")),
    ]);
    layouts.run(&writer).await.map_err(SiteError::Migrate)?;
    let reading = options.pragma("query_only", "ON");
    let readers = pool().max_connections(READERS).connect_with(reading).await.map_err(SiteError::Open)?;
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    Ok(Site {
        inner: Arc::new(Inner {
            pools: Pools::Sqlite { writer: Writer::new(writer, is_open), readers, wal },
            news: News::within(),
            turn: Arc::default(),
            caps: std::sync::Mutex::default(),
            lock: PathBuf::from(lock),
        }),
    })
}

/// Whether a database gets a log of changes: not on file systems without shared memory.
async fn has_wal(options: &SqliteConnectOptions) -> Result<bool, sqlx::Error> {
    let mut link = options.clone().connect().await?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut link).await?;
    link.close().await?;
    Ok(mode.eq_ignore_ascii_case("wal"))
}

async fn open_server(options: PgConnectOptions) -> Result<Site, SiteError> {
    let options = options.application_name("daepyo").disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .test_before_acquire(false)
        // Asking every time would cost each vote a way to the database and back.
        .before_acquire(|link, meta| {
            Box::pin(async move {
                if meta.idle_for >= STALE {
                    link.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(SiteError::Open)?;
    let layouts = migrations(&[
        ("site", include_str!("../../migrations/site/postgres/0001_site.sql")),
        ("talks", include_str!("../../migrations/site/postgres/0002_talks.sql")),
        ("people", include_str!("../../migrations/site/postgres/0003_people.sql")),
        ("examinations", include_str!("../../migrations/site/postgres/0004_examinations.sql")),
        ("tallies", include_str!("../../migrations/site/postgres/0005_tallies.sql")),
        ("withdrawals", include_str!("../../migrations/site/postgres/0006_withdrawals.sql")),
        ("reports", include_str!("../../migrations/site/postgres/0007_reports.sql")),
        ("skipped", include_str!("../../migrations/site/postgres/0008_skipped.sql")),
        ("characters", include_str!("../../migrations/site/postgres/0009_characters.sql")),
        ("claims", include_str!("../../migrations/site/postgres/0010_claims.sql")),
    ]);
    layouts.run(&pool).await.map_err(SiteError::Migrate)?;
    let news = news::listen(options).await.map_err(SiteError::Open)?;
    Ok(Site {
        inner: Arc::new(Inner {
            pools: Pools::Postgres(pool),
            news,
            turn: Arc::default(),
            caps: std::sync::Mutex::default(),
            lock: PathBuf::new(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_could_be_a_password_is_not_shown() {
        assert_eq!(shown("mysql://localhost/site"), "mysql://localhost/site");
        for secret in [
            "mysql://daepyo:hush@host/site",
            "mysql://daepyo:h?us/h@host/site",
            "mysql://host/site?password=hush@1",
            "host=db password=hush",
            "daepyo:hush@host",
        ] {
            assert!(!shown(secret).contains('h') || shown(secret) == "mysql:…", "{}", shown(secret));
        }
        assert_eq!(shown("daepyo:hush@host"), "daepyo:…");
        assert_eq!(shown("host=db password=hush"), "…");
    }
}
