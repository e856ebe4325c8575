//! The store of responses, keyed by candidate digest and request digest.

use daepyo_core::{Digest, Response, canonical};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row, SqlSafeStr, SqlitePool};
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
    let first = Migration::new(
        1,
        "responses".into(),
        MigrationType::Simple,
        include_str!("../migrations/sqlite/0001_responses.sql").into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![first])
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
        self.all("SELECT request, response FROM responses WHERE candidate = ?", candidate).await
    }

    /// The last failure of each request of a candidate that has no answer.
    pub async fn failures(&self, candidate: Digest) -> Result<BTreeMap<Digest, Response>, StoreError> {
        self.all("SELECT request, response FROM failures WHERE candidate = ?", candidate).await
    }

    async fn all(
        &self,
        query: &'static str,
        candidate: Digest,
    ) -> Result<BTreeMap<Digest, Response>, StoreError> {
        let query = sqlx::query(query).bind(candidate.as_bytes().as_slice());
        let rows = query.fetch_all(&self.pool).await.map_err(StoreError::Query)?;
        let mut found = BTreeMap::new();
        for row in rows {
            let request: Vec<u8> = row.try_get("request").map_err(StoreError::Query)?;
            let response: String = row.try_get("response").map_err(StoreError::Query)?;
            let request = <[u8; 32]>::try_from(request.as_slice()).map(Digest::from_bytes).map_err(|_| {
                StoreError::Query(sqlx::Error::Decode("a request digest that has not 32 bytes".into()))
            })?;
            let corrupt = |cause| StoreError::Corrupt { request: request.to_string(), cause };
            found.insert(request, serde_json::from_str(&response).map_err(corrupt)?);
        }
        Ok(found)
    }

    /// Stores a batch in one transaction; when this returns, all of it is on the disk. An answer that is already
    /// stored stays as it is; an answer removes an earlier failure.
    pub async fn put(&self, candidate: Digest, batch: &[(Digest, Response)]) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await.map_err(StoreError::Query)?;
        for (request, response) in batch {
            let corrupt = |cause| StoreError::Corrupt { request: request.to_string(), cause };
            let text = canonical::to_bytes(response)
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .map_err(|error| corrupt(serde::ser::Error::custom(error)))?;
            let failed = matches!(response, Response::Failed { .. });
            let insert = if failed {
                "INSERT OR REPLACE INTO failures (candidate, request, response) VALUES (?, ?, ?)"
            } else {
                "INSERT OR IGNORE INTO responses (candidate, request, response) VALUES (?, ?, ?)"
            };
            let query = sqlx::query(insert)
                .bind(candidate.as_bytes().as_slice())
                .bind(request.as_bytes().as_slice())
                .bind(text);
            query.execute(&mut *transaction).await.map_err(StoreError::Query)?;
            if !failed {
                let query = sqlx::query("DELETE FROM failures WHERE candidate = ? AND request = ?")
                    .bind(candidate.as_bytes().as_slice())
                    .bind(request.as_bytes().as_slice());
                query.execute(&mut *transaction).await.map_err(StoreError::Query)?;
            }
        }
        transaction.commit().await.map_err(StoreError::Query)
    }

    /// Waits until all is written and closes the file.
    pub async fn close(self) {
        self.pool.close().await;
    }
}
