//! The store of responses, keyed by candidate digest and request digest.

use daepyo_core::{Digest, Response, canonical};
use futures_util::TryStreamExt as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Row, SqlSafeStr, SqlitePool};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or migrated.
    #[error("store::open: {} cannot be opened as a store of responses", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: sqlx::Error,
    },
    /// The file holds a newer layout than this program knows.
    #[error("store::migrate: {} cannot be brought to the layout of this version", path.display())]
    Migrate {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: sqlx::migrate::MigrateError,
    },
    /// Reading or writing failed.
    #[error("store::query: a query failed")]
    Query(#[source] sqlx::Error),
    /// A row that is no response; the file was changed by something else.
    #[error("store::corrupt: the response to request {request} cannot be read")]
    Corrupt {
        /// The request.
        request: String,
        /// Why not.
        #[source]
        cause: serde_json::Error,
    },
}

/// The layouts of the file, oldest first. Embedded by hand: sqlx's macro would bring a compile-time dependency on `serde`
/// into the build scripts of other crates, and with it a second build of llama.cpp.
fn migrations() -> Migrator {
    let migration = |version, name: &'static str, text: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        migration(1, "responses", include_str!("../migrations/sqlite/0001_responses.sql")),
        migration(2, "spending", include_str!("../migrations/sqlite/0002_spending.sql")),
        migration(3, "received", include_str!("../migrations/sqlite/0003_received.sql")),
    ])
}

/// Rows of one statement at most, a power of two: it has five variables a row and `SQLite` takes 32,766.
const ROWS: usize = 1024;

/// Pages are copied from the log of writes into the file once for many batches.
const CHECKPOINT_PAGES: u32 = 8 << 10;

/// What was sent for a candidate and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spending {
    /// Requests that carry a prompt, retries and probes among them.
    pub requests: u64,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// Of the requests, those whose tokens the server did not tell: they count with the most they can have taken.
    pub untold: u64,
}

/// Responses of one run.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the file, making it where it does not exist.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged batch survives a power cut, not only the death of the process.
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .busy_timeout(Duration::from_secs(10));
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.map_err(|cause| StoreError::Open { path: path.to_owned(), cause })?;
        migrations()
            .run(&pool)
            .await
            .map_err(|cause| StoreError::Migrate { path: path.to_owned(), cause })?;
        Ok(Self { pool })
    }

    /// Every stored answer of a candidate, by request digest. Failures are not among them.
    pub async fn answers(&self, candidate: Digest) -> Result<BTreeMap<Digest, Response>, StoreError> {
        let mut found = BTreeMap::new();
        let keep = |request, response| {
            found.insert(request, response);
        };
        self.each_answer(candidate, keep).await?;
        Ok(found)
    }

    /// The last failure of each request of a candidate that has no answer.
    pub async fn failures(&self, candidate: Digest) -> Result<BTreeMap<Digest, Response>, StoreError> {
        let mut found = BTreeMap::new();
        let keep = |request, response| {
            found.insert(request, response);
        };
        self.each_failure(candidate, keep).await?;
        Ok(found)
    }

    /// Gives `each` every stored answer of a candidate with the digest of its request, one after the other: not all are
    /// held in memory at once. Where a request has several, the one that holds comes last.
    pub async fn each_answer(
        &self,
        candidate: Digest,
        each: impl FnMut(Digest, Response),
    ) -> Result<(), StoreError> {
        let query = "SELECT request, response FROM received WHERE candidate = ? AND NOT is_failed \
                     ORDER BY place DESC";
        self.each(query, candidate, each).await
    }

    /// The same for the last failure of each request that has no answer.
    pub async fn each_failure(
        &self,
        candidate: Digest,
        each: impl FnMut(Digest, Response),
    ) -> Result<(), StoreError> {
        let query = "SELECT request, response FROM received WHERE candidate = ?1 AND is_failed AND request \
                     NOT IN (SELECT request FROM received WHERE candidate = ?1 AND NOT is_failed) ORDER BY place";
        self.each(query, candidate, each).await
    }

    async fn each(
        &self,
        query: &'static str,
        candidate: Digest,
        mut each: impl FnMut(Digest, Response),
    ) -> Result<(), StoreError> {
        let mut rows = sqlx::query(query).bind(candidate.as_bytes().as_slice()).fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(StoreError::Query)? {
            let request: Vec<u8> = row.try_get("request").map_err(StoreError::Query)?;
            let response: String = row.try_get("response").map_err(StoreError::Query)?;
            let request = <[u8; 32]>::try_from(request.as_slice()).map(Digest::from_bytes).map_err(|_| {
                StoreError::Query(sqlx::Error::Decode("a request digest that has not 32 bytes".into()))
            })?;
            let corrupt = |cause| StoreError::Corrupt { request: request.to_string(), cause };
            each(request, serde_json::from_str(&response).map_err(corrupt)?);
        }
        Ok(())
    }

    /// What was spent on a candidate so far, by the count that was last stored.
    pub async fn spending(&self, candidate: Digest) -> Result<Spending, StoreError> {
        let query =
            "SELECT requests, prompt_tokens, completion_tokens, untold FROM spending WHERE candidate = ?";
        let query = sqlx::query(query).bind(candidate.as_bytes().as_slice());
        let row = query.fetch_optional(&self.pool).await.map_err(StoreError::Query)?;
        let Some(row) = row else { return Ok(Spending::default()) };
        let count = |name: &str| {
            let count = row.try_get::<i64, _>(name).map_err(StoreError::Query)?;
            Ok::<_, StoreError>(u64::try_from(count).unwrap_or(0))
        };
        Ok(Spending {
            requests: count("requests")?,
            prompt_tokens: count("prompt_tokens")?,
            completion_tokens: count("completion_tokens")?,
            untold: count("untold")?,
        })
    }

    /// Stores what was spent on a candidate, in place of an earlier count; when this returns, it is on the disk.
    pub async fn put_spending(&self, candidate: Digest, spending: Spending) -> Result<(), StoreError> {
        let query = spending_query(candidate.as_bytes(), spending);
        query.execute(&self.pool).await.map_err(StoreError::Query).map(|_| ())
    }

    /// Stores a batch in one transaction; when this returns, all of it is on the disk. An answer that is already
    /// stored holds; a failure holds until there is an answer.
    pub async fn put(&self, candidate: Digest, batch: &[(Digest, Response)]) -> Result<(), StoreError> {
        if batch.is_empty() { Ok(()) } else { self.put_all(candidate, batch, None).await }
    }

    /// The same with what was spent on the candidate so far, in the same transaction.
    pub async fn put_spent(
        &self,
        candidate: Digest,
        batch: &[(Digest, Response)],
        spending: Spending,
    ) -> Result<(), StoreError> {
        self.put_all(candidate, batch, Some(spending)).await
    }

    async fn put_all(
        &self,
        candidate: Digest,
        batch: &[(Digest, Response)],
        spending: Option<Spending>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await.map_err(StoreError::Query)?;
        let last = sqlx::query("SELECT COALESCE(MAX(place), 0) FROM received WHERE candidate = ?");
        let last = last.bind(candidate.as_bytes().as_slice()).fetch_one(&mut *transaction).await;
        let mut place: i64 = last.and_then(|row| row.try_get(0)).map_err(StoreError::Query)?;
        for rows in pieces(batch) {
            let mut query = sqlx::query(AssertSqlSafe(insert(rows.len())));
            for (request, response) in rows {
                let corrupt = |cause| StoreError::Corrupt { request: request.to_string(), cause };
                let text = canonical::to_bytes(response)
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                    .map_err(|error| corrupt(serde::ser::Error::custom(error)))?;
                let is_failed = matches!(response, Response::Failed { .. });
                place += 1;
                query = query.bind(candidate.as_bytes().as_slice()).bind(place).bind(is_failed);
                query = query.bind(request.as_bytes().as_slice()).bind(text);
            }
            query.execute(&mut *transaction).await.map_err(StoreError::Query)?;
        }
        if let Some(spending) = spending {
            let query = spending_query(candidate.as_bytes(), spending);
            query.execute(&mut *transaction).await.map_err(StoreError::Query)?;
        }
        transaction.commit().await.map_err(StoreError::Query)
    }

    /// Waits until all is written and closes the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

/// A batch in pieces of a power of two, so that there are few statements and each is prepared once.
fn pieces<T>(mut batch: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let power = batch.len().checked_ilog2()?;
        let (piece, rest) = batch.split_at_checked(ROWS.min(1 << power))?;
        batch = rest;
        Some(piece)
    })
}

/// The statement that adds so many rows. Its variables have no numbers: `SQLite` looks for a number from the first on.
fn insert(rows: usize) -> String {
    let values = vec!["(?, ?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO received (candidate, place, is_failed, request, response) VALUES {values}")
}

fn spending_query(
    candidate: &[u8; 32],
    spending: Spending,
) -> sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let query = "INSERT OR REPLACE INTO spending \
                 (candidate, requests, prompt_tokens, completion_tokens, untold) VALUES (?, ?, ?, ?, ?)";
    sqlx::query(query)
        .bind(candidate.as_slice())
        .bind(count(spending.requests))
        .bind(count(spending.prompt_tokens))
        .bind(count(spending.completion_tokens))
        .bind(count(spending.untold))
}
