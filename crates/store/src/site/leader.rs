//! The right to write the log: one server of a database has it.

use super::database::{LEAD, LOCKS, Pools};
use super::{Site, SiteError};
use sqlx::postgres::PgConnection;
use sqlx::{ConnectOptions as _, Row as _};
use std::fmt;
use std::fs::{File, TryLockError};
use std::time::Duration;

/// A connection that says nothing for so long does not hold the right any more.
const SILENCE: Duration = Duration::from_secs(5);

/// The right to write the log. It is given back when this is dropped. With PostgreSQL it also ends with the connection;
/// another server may then have it before this one has noticed: what is written must still be refused where it does not
/// fit the log, as [`Site::logged`] does: it takes the queue's next numbers alone, at places behind the last one.
pub struct Leader {
    held: Held,
}

enum Held {
    /// SQLite: a file that is locked as long as it is open.
    File {
        _locked: File,
    },
    /// PostgreSQL: a lock of the connection's session.
    Connection(Box<PgConnection>),
    Lost,
}

impl fmt::Debug for Leader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.held {
            Held::File { .. } => "Leader(file)",
            Held::Connection(_) => "Leader(connection)",
            Held::Lost => "Leader(lost)",
        })
    }
}

impl Site {
    /// Becomes the one writer of the log among all servers of this database, or not; held until `Leader` is dropped or the
    /// connection dies. With SQLite the file `DATABASE.lock` is locked, with PostgreSQL an advisory lock of a connection of
    /// its own (which a pooler between must keep for it).
    pub async fn lead(&self) -> Result<Option<Leader>, SiteError> {
        match &self.inner.pools {
            Pools::Sqlite { .. } => {
                let failed = |cause| SiteError::Open(sqlx::Error::Io(cause));
                let mut options = File::options();
                let file = options.create(true).write(true).truncate(false).open(&self.inner.lock);
                let file = file.map_err(failed)?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Leader { held: Held::File { _locked: file } })),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(cause)) => Err(failed(cause)),
                }
            }
            Pools::Postgres(pool) => {
                let mut link = pool.connect_options().connect().await.map_err(SiteError::Open)?;
                // A holder whose machine has vanished loses the right within half a minute, not within two hours.
                let watch = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
                             SET tcp_keepalives_count = 3";
                sqlx::raw_sql(watch).execute(&mut link).await.map_err(SiteError::Query)?;
                let lock = sqlx::query("SELECT pg_try_advisory_lock($1, $2) AS held").bind(LOCKS).bind(LEAD);
                let held = lock.fetch_one(&mut link).await.and_then(|row| row.try_get("held"));
                let held: bool = held.map_err(SiteError::Query)?;
                Ok(held.then(|| Leader { held: Held::Connection(Box::new(link)) }))
            }
        }
    }
}

impl Leader {
    /// Whether the right is still held (the connection lives). Once it is lost it stays so.
    pub async fn holds(&mut self) -> bool {
        match &mut self.held {
            Held::File { .. } => true,
            Held::Lost => false,
            Held::Connection(link) => {
                let sql = "SELECT COUNT(*) AS held FROM pg_locks WHERE locktype = 'advisory' AND granted \
                           AND pid = pg_backend_pid() AND classid::bigint = $1 AND objid::bigint = $2";
                let asked =
                    sqlx::query(sql).bind(i64::from(LOCKS)).bind(i64::from(LEAD)).fetch_one(&mut **link);
                let held = match tokio::time::timeout(SILENCE, asked).await {
                    Ok(Ok(row)) => row.try_get::<i64, _>("held").is_ok_and(|held| held == 1),
                    Ok(Err(_)) | Err(_) => false,
                };
                if !held {
                    self.held = Held::Lost;
                }
                held
            }
        }
    }
}
