//! A transaction of SQLite as few ways to its thread as it has questions: each way there and back costs as much as a row.
//!
//! What begins a transaction, and statements whose answer nobody waits for, are put off ([`InFile::later`]) and go over with
//! the next one that is asked, or with the commit. An error of theirs comes up there, and undoes the transaction like any
//! other. A text is prepared once; those with rows once for each number of rows.

use super::database::{Value, add_to_file_query};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// So many rows are put in by one statement, at most.
const ROWS: usize = 64;

/// Statements that run one after the other, with their values at each `?`.
///
/// A row that is refused must undo the whole transaction: then a statement says `OR FAIL`, and SQLite need not keep what
/// would undo that statement alone.
#[derive(Default)]
pub(super) struct Script<'a> {
    text: String,
    values: Vec<Value<'a>>,
}

impl<'a> Script<'a> {
    /// Adds a statement.
    pub(super) fn then(&mut self, text: &str, values: &[Value<'a>]) {
        self.text.push_str(text);
        self.text.push(';');
        self.values.extend_from_slice(values);
    }

    /// Adds rows: `head`, their values, `tail`.
    pub(super) fn rows<const N: usize>(&mut self, head: &str, rows: &[[Value<'a>; N]], tail: &str) {
        for rows in rows.chunks(ROWS) {
            self.text.push_str(head);
            for place in 0..rows.len() {
                self.text.push_str(if place == 0 { " VALUES (?" } else { ", (?" });
                for _ in 1..N {
                    self.text.push_str(", ?");
                }
                self.text.push(')');
            }
            self.text.push_str(tail);
            self.text.push(';');
            self.values.extend_from_slice(rows.as_flattened());
        }
    }
}

/// The one connection that writes.
#[derive(Clone)]
pub(super) struct Writer {
    pool: SqlitePool,
    /// Where it lies between two transactions, as long as nothing goes wrong.
    kept: Arc<Mutex<Option<PoolConnection<Sqlite>>>>,
    /// Whether its transaction was left open.
    is_open: Arc<AtomicBool>,
}

impl Writer {
    /// A pool of one connection, whose `is_open` says whether its last transaction was left open (see [`is_clean`]).
    pub(super) fn new(pool: SqlitePool, is_open: Arc<AtomicBool>) -> Self {
        Self { pool, kept: Arc::default(), is_open }
    }

    /// Begins a transaction, once the connection is free; who comes first has it first.
    pub(super) async fn begin(&self) -> Result<InFile, sqlx::Error> {
        let mut kept = Arc::clone(&self.kept).lock_owned().await;
        let link = match kept.take() {
            Some(link) => link,
            None => self.pool.acquire().await?,
        };
        Ok(InFile {
            link,
            kept,
            is_open: Arc::clone(&self.is_open),
            later: "BEGIN IMMEDIATE;".to_owned(),
            values: SqliteArguments::default(),
        })
    }

    /// Waits for what is under way, and closes the connection.
    pub(super) async fn close(&self) {
        self.kept.lock().await.take();
        self.pool.close().await;
    }
}

/// Whether a connection may write again; what was left open is undone.
///
/// On a full disk SQLite undoes a transaction by itself: there is nothing to undo then, which is an error, and a new
/// connection takes this one's place.
pub(super) async fn is_clean(link: &mut SqliteConnection, is_open: &AtomicBool) -> bool {
    !is_open.swap(false, Ordering::SeqCst) || sqlx::query("ROLLBACK").execute(link).await.is_ok()
}

/// A transaction; undone where it is dropped before [`InFile::commit`].
pub(super) struct InFile {
    link: PoolConnection<Sqlite>,
    kept: OwnedMutexGuard<Option<PoolConnection<Sqlite>>>,
    is_open: Arc<AtomicBool>,
    later: String,
    values: SqliteArguments,
}

impl InFile {
    /// Puts statements off.
    pub(super) fn later(&mut self, script: &Script<'_>) -> Result<(), sqlx::Error> {
        self.later.push_str(&script.text);
        self.add(&script.values)
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn run(&mut self, text: &'static str, values: &[Value<'_>]) -> Result<u64, sqlx::Error> {
        // Apart: statements before it may count as if they had touched rows.
        if !self.later.is_empty() {
            self.go("").await?;
        }
        self.add(values)?;
        self.go(text).await
    }

    /// Reads rows; where statements with values were put off, each place of a value is a `?`.
    pub(super) async fn rows(
        &mut self,
        text: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        self.add(values)?;
        let (text, values) = self.taken(text);
        sqlx::query_with(AssertSqlSafe(text), values).fetch_all(&mut *self.link).await
    }

    /// Commits: everybody sees it from now on.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.go("COMMIT").await?;
        self.is_open.store(false, Ordering::SeqCst);
        let Self { link, mut kept, .. } = self;
        *kept = Some(link);
        Ok(())
    }

    async fn go(&mut self, text: &'static str) -> Result<u64, sqlx::Error> {
        let (text, values) = self.taken(text);
        let done = sqlx::query_with(AssertSqlSafe(text), values).execute(&mut *self.link).await?;
        Ok(done.rows_affected())
    }

    /// What goes over now.
    fn taken(&mut self, text: &'static str) -> (String, SqliteArguments) {
        self.is_open.store(true, Ordering::SeqCst);
        let mut whole = mem::take(&mut self.later);
        whole.push_str(text);
        (whole, mem::take(&mut self.values))
    }

    fn add(&mut self, values: &[Value<'_>]) -> Result<(), sqlx::Error> {
        add_to_file_query(&mut self.values, values)
    }
}
