//! One way to say a query to SQLite and to PostgreSQL: text with `$1`, values, rows by the names of their columns.

use super::SiteError;
use super::script::{InFile, Writer};
use super::wal::Wal;
use daepyo_core::Digest;
use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Decode, PgPool, Row as _, SqlitePool, Transaction, Type};
use std::io;
use std::sync::Arc;
use tracing::{Instrument as _, Span};

/// A key of PostgreSQL's advisory locks: the first half says that it is ours ("daep").
pub(super) const LOCKS: i32 = 0x6461_6570;
/// Held by the one writer of the log.
pub(super) const LEAD: i32 = 1;

/// Every transaction that needs its contest to stay open holds lock 2 shared, from before its first snapshot on; closing
/// a contest takes it alone. So whoever sees a contest open knows that it is until the end of the transaction. A lock of
/// the contest's row would do the same, but shared locks of rows can keep a writer waiting without end, and are written
/// to the table.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock_shared(1684104560, 2)";
const BEGIN_ALONE: &str = "BEGIN; SELECT pg_advisory_xact_lock(1684104560, 2)";

/// The text of a statement, for each of the two.
#[derive(Clone, Copy)]
pub(super) struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

/// A statement that the two do not write alike.
pub(super) const fn either(sqlite: &'static str, postgres: &'static str) -> Sql {
    Sql { sqlite, postgres }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        either(text, text)
    }
}

/// The span of a call of the database. The statement's text is one of ours; its values are in no span.
fn span(system: &'static str, text: &'static str) -> Span {
    let verb = text.split([' ', ';']).next().unwrap_or_default();
    tracing::debug_span!(
        target: "daepyo_trace",
        "store",
        otel.name = verb,
        otel.kind = "client",
        db.system.name = system,
        db.operation.name = verb,
        db.query.text = text,
    )
}

impl Sql {
    fn sqlite_span(self) -> Span {
        span("sqlite", self.sqlite)
    }

    fn postgres_span(self) -> Span {
        span("postgresql", self.postgres)
    }
}

/// A value for a place of a statement.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Int(i64),
    NoInt,
    Text(&'a str),
    NoText,
    Bytes(&'a [u8]),
    NoBytes,
    /// PostgreSQL: an array; SQLite: its JSON, for `json_each`.
    Ints(&'a [i64]),
    /// The same; for PostgreSQL only.
    Texts(&'a [&'a str]),
    /// The same; for PostgreSQL only.
    Blobs(&'a [&'a [u8]]),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::NoInt, Self::Int)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::NoText, Self::Text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<Option<&'a [u8]>> for Value<'a> {
    fn from(value: Option<&'a [u8]>) -> Self {
        value.map_or(Self::NoBytes, Self::Bytes)
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(value: &'a Digest) -> Self {
        Self::Bytes(value.as_bytes())
    }
}

/// The values of a statement: `values![id, name, now_ms]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::site::database::Value::from($value)),*] };
}
pub(super) use values;

/// Adds values to those of a query of SQLite; lists as their JSON.
pub(super) fn add_to_file_query(
    arguments: &mut SqliteArguments,
    values: &[Value<'_>],
) -> Result<(), sqlx::Error> {
    let mut add = |value: &Value<'_>| match *value {
        Value::Int(value) => arguments.add(value),
        Value::NoInt => arguments.add(None::<i64>),
        Value::Text(value) => arguments.add(value),
        Value::NoText => arguments.add(None::<&str>),
        Value::Bytes(value) => arguments.add(value),
        Value::NoBytes => arguments.add(None::<&[u8]>),
        Value::Ints(list) => arguments.add(json(list)),
        Value::Texts(list) => arguments.add(json(list)),
        Value::Blobs(list) => arguments.add(json(list)),
    };
    values.iter().try_for_each(&mut add).map_err(sqlx::Error::Encode)
}

fn sqlite_query(
    sql: Sql,
    values: &[Value<'_>],
) -> Result<Query<'static, Sqlite, SqliteArguments>, SiteError> {
    let mut arguments = SqliteArguments::default();
    add_to_file_query(&mut arguments, values).map_err(SiteError::Query)?;
    Ok(sqlx::query_with(sql.sqlite, arguments))
}

fn postgres_query(sql: Sql, values: &[Value<'_>]) -> Query<'static, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(sql.postgres), |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::NoInt => query.bind(None::<i64>),
        Value::Text(value) => query.bind(value),
        Value::NoText => query.bind(None::<&str>),
        Value::Bytes(value) => query.bind(value),
        Value::NoBytes => query.bind(None::<&[u8]>),
        Value::Ints(list) => query.bind(list),
        Value::Texts(list) => query.bind(list),
        Value::Blobs(list) => query.bind(list),
    })
}

/// A list as JSON, as SQLite's `json_each` reads it.
pub(super) fn json<T: serde::Serialize + ?Sized>(list: &T) -> String {
    // Numbers, texts and lists of them are always JSON.
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// A type that both can read.
pub(super) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

/// A row.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// A column by name.
    pub(super) fn get<T: Column>(&self, name: &str) -> Result<T, SiteError> {
        match self {
            Self::Sqlite(row) => row.try_get(name),
            Self::Postgres(row) => row.try_get(name),
        }
        .map_err(SiteError::Query)
    }

    /// A column of text that is kept as bytes.
    pub(super) fn text(&self, name: &str, what: &'static str) -> Result<String, SiteError> {
        String::from_utf8(self.get(name)?).map_err(|_| SiteError::Corrupt { what })
    }

    /// A column of 32 bytes.
    pub(super) fn bytes(&self, name: &str, what: &'static str) -> Result<[u8; 32], SiteError> {
        self.get::<Vec<u8>>(name)?.try_into().map_err(|_| SiteError::Corrupt { what })
    }

    /// A column that counts or numbers something.
    pub(super) fn count<T: TryFrom<i64>>(&self, name: &str, what: &'static str) -> Result<T, SiteError> {
        T::try_from(self.get(name)?).map_err(|_| SiteError::Corrupt { what })
    }
}

/// The connections.
pub(super) enum Pools {
    /// SQLite has one writer at a time: it is one connection here, so that writers queue without polling. Readers see the
    /// last commit and wait for nobody.
    Sqlite {
        writer: Writer,
        readers: SqlitePool,
        /// Where a commit becomes durable; none where SQLite itself waits within it.
        wal: Option<Wal>,
    },
    Postgres(PgPool),
}

impl Pools {
    /// Begins a transaction that writes; contests stay as they are until it ends.
    pub(super) async fn begin(&self) -> Result<Work, SiteError> {
        self.begin_with(BEGIN).await
    }

    /// Begins a transaction beside which no other of [`Pools::begin`] is open: for closing a contest.
    pub(super) async fn begin_alone(&self) -> Result<Work, SiteError> {
        self.begin_with(BEGIN_ALONE).await
    }

    async fn begin_with(&self, in_server: &'static str) -> Result<Work, SiteError> {
        match self {
            Self::Sqlite { writer, wal, .. } => {
                let begun = writer.begin().instrument(span("sqlite", "BEGIN IMMEDIATE")).await;
                begun.map(|link| Work::Sqlite(link, wal.clone()))
            }
            Self::Postgres(pool) => {
                pool.begin_with(in_server).instrument(span("postgresql", in_server)).await.map(Work::Postgres)
            }
        }
        .map_err(SiteError::Query)
    }

    /// Runs one statement that writes, as a transaction of its own; how many rows it touched.
    pub(super) async fn run(&self, sql: impl Into<Sql>, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        let sql = sql.into();
        match self {
            Self::Sqlite { writer, wal, .. } => {
                let work = async {
                    let mut work = writer.begin().await?;
                    let touched = work.run(sql.sqlite, values).await?;
                    work.commit().await.map(|()| touched)
                };
                let touched = work.instrument(sql.sqlite_span()).await?;
                if let Some(wal) = wal {
                    let lost = |error: Arc<io::Error>| sqlx::Error::Io(io::Error::new(error.kind(), error));
                    wal.durable().await.map_err(lost)?;
                }
                Ok(touched)
            }
            Self::Postgres(pool) => postgres_query(sql, values)
                .execute(pool)
                .instrument(sql.postgres_span())
                .await
                .map(|done| done.rows_affected()),
        }
    }

    /// What is committed by now.
    pub(super) fn durable(&self) -> Durable {
        match self {
            Self::Sqlite { wal, .. } => Durable(wal.clone()),
            Self::Postgres(_) => Durable(None),
        }
    }

    /// Reads rows.
    pub(super) async fn rows(
        &self,
        sql: impl Into<Sql>,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, SiteError> {
        let sql = sql.into();
        match self {
            Self::Sqlite { readers, .. } => {
                let rows = sqlite_query(sql, values)?.fetch_all(readers).instrument(sql.sqlite_span()).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let rows = postgres_query(sql, values).fetch_all(pool).instrument(sql.postgres_span()).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        }
        .map_err(SiteError::Query)
    }

    /// Reads rows one by one, all of one moment, and keeps none.
    pub(super) async fn each<E: From<SiteError>>(
        &self,
        sql: impl Into<Sql>,
        values: &[Value<'_>],
        mut each: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = sql.into();
        let query = |error| E::from(SiteError::Query(error));
        match self {
            Self::Sqlite { readers, .. } => {
                let mut rows = sqlite_query(sql, values)?.fetch(readers);
                while let Some(row) = rows.try_next().await.map_err(query)? {
                    each(&Row::Sqlite(row))?;
                }
            }
            Self::Postgres(pool) => {
                let mut rows = postgres_query(sql, values).fetch(pool);
                while let Some(row) = rows.try_next().await.map_err(query)? {
                    each(&Row::Postgres(row))?;
                }
            }
        }
        Ok(())
    }

    /// Reads a row, where there is one.
    pub(super) async fn row(
        &self,
        sql: impl Into<Sql>,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, SiteError> {
        let sql = sql.into();
        match self {
            Self::Sqlite { readers, .. } => sqlite_query(sql, values)?
                .fetch_optional(readers)
                .instrument(sql.sqlite_span())
                .await
                .map(|row| row.map(Row::Sqlite)),
            Self::Postgres(pool) => postgres_query(sql, values)
                .fetch_optional(pool)
                .instrument(sql.postgres_span())
                .await
                .map(|row| row.map(Row::Postgres)),
        }
        .map_err(SiteError::Query)
    }
}

/// What was committed, to wait for.
#[derive(Clone, Debug)]
#[must_use = "what was committed may be gone after a power cut until this was waited for"]
pub struct Durable(Option<Wal>);

impl Durable {
    /// Waits until it survives a power cut. Where that fails, nobody may be told that anything was kept.
    pub async fn wait(self) -> Result<(), Arc<io::Error>> {
        match self.0 {
            Some(wal) => wal.durable().await,
            None => Ok(()),
        }
    }
}

/// A transaction that writes; undone where it is dropped before [`Work::commit`].
pub(super) enum Work {
    Sqlite(InFile, Option<Wal>),
    Postgres(Transaction<'static, Postgres>),
}

impl Work {
    /// Runs a statement; how many rows it touched.
    pub(super) async fn run(
        &mut self,
        sql: impl Into<Sql>,
        values: &[Value<'_>],
    ) -> Result<u64, sqlx::Error> {
        let sql = sql.into();
        match self {
            Self::Sqlite(link, _) => link.run(sql.sqlite, values).instrument(sql.sqlite_span()).await,
            Self::Postgres(link) => postgres_query(sql, values)
                .execute(&mut **link)
                .instrument(sql.postgres_span())
                .await
                .map(|done| done.rows_affected()),
        }
    }

    /// Reads rows.
    pub(super) async fn rows(
        &mut self,
        sql: impl Into<Sql>,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, SiteError> {
        let sql = sql.into();
        match self {
            Self::Sqlite(link, _) => {
                let rows = link.rows(sql.sqlite, values).instrument(sql.sqlite_span()).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(link) => {
                let rows =
                    postgres_query(sql, values).fetch_all(&mut **link).instrument(sql.postgres_span()).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        }
        .map_err(SiteError::Query)
    }

    /// Reads a row, where there is one.
    pub(super) async fn row(
        &mut self,
        sql: impl Into<Sql>,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, SiteError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// On PostgreSQL runs a statement that locks rows; SQLite's transaction is the only one that writes anyway. What
    /// comes behind it sees what was committed before the lock was given.
    pub(super) async fn lock(
        &mut self,
        postgres: &'static str,
        values: &[Value<'_>],
    ) -> Result<(), SiteError> {
        match self {
            Self::Sqlite(..) => Ok(()),
            Self::Postgres(_) => self.run(postgres, values).await.map(|_| ()).map_err(SiteError::Query),
        }
    }

    /// Makes all of it durable.
    pub(super) async fn commit(self) -> Result<(), SiteError> {
        self.commit_soon().await?.wait().await.map_err(SiteError::Disk)
    }

    /// Commits: everybody sees it, and it is durable once that was waited for.
    pub(super) async fn commit_soon(self) -> Result<Durable, SiteError> {
        match self {
            Self::Sqlite(link, wal) => {
                link.commit().instrument(span("sqlite", "COMMIT")).await.map(|()| Durable(wal))
            }
            Self::Postgres(link) => {
                link.commit().instrument(span("postgresql", "COMMIT")).await.map(|()| Durable(None))
            }
        }
        .map_err(SiteError::Query)
    }
}

/// Whether a constraint of uniqueness was violated.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
